#!/bin/sh
# The statistics in full: compiled kernels, long searches, pages with plots, and R beside ours where R is or may be installed.
set -eu
cd "$(dirname "$0")/.."
if ! command -v Rscript >/dev/null; then
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        apt-get update -qq
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends r-base-core r-cran-mass >/dev/null
    else
        echo "Without R its comparisons are skipped: apt-get install r-base-core r-cran-mass" >&2
    fi
fi
exec .venv/bin/pytest -m thorough zhikong/stats "$@"
