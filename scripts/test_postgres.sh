#!/bin/sh
# The suite on PostgreSQL. ZHIKONG_TEST_POSTGRES names a server where a database may be created.
set -eu
cd "$(dirname "$0")/.."
url=${ZHIKONG_TEST_POSTGRES:-postgres://$(id -un)@127.0.0.1:5432/zhikong}
if ! .venv/bin/python - "$url" <<'PY'
import sys
from urllib.parse import urlsplit, urlunsplit

import psycopg

parts = urlsplit(sys.argv[1])
psycopg.connect(urlunsplit(parts._replace(path="/postgres")), connect_timeout=5).close()
PY
then
    echo "No PostgreSQL answers at $url. Install one (Debian: apt-get install postgresql) or set ZHIKONG_TEST_POSTGRES." >&2
    exit 1
fi
[ $# -gt 0 ] || set -- tests zhikong/hub # the statistics know no database
ZHIKONG_DATABASE=$url exec .venv/bin/pytest -m "not browser and not faults and not thorough" "$@"
