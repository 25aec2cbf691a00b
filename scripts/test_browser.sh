#!/bin/sh
# Walks in headless Chromium. Installs Debian's browser and fonts where it may.
set -eu
cd "$(dirname "$0")/.."
if ! command -v chromium >/dev/null || ! fc-list 2>/dev/null | grep -qi "noto sans cjk"; then
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        apt-get update -qq
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium fonts-noto-cjk fontconfig >/dev/null
    else
        echo "The browser walks need Chromium and a Chinese font: apt-get install chromium fonts-noto-cjk" >&2
        exit 1
    fi
fi
exec .venv/bin/pytest -m browser -n 0 "$@"
