# make demo and make test need only make, Python 3.11, 3.12 or 3.13, and PyPI.
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do \
	$$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null && { echo $$p; break; }; done)
PORT ?= 8000
BIN := .venv/bin

.PHONY: help demo demo-data test test-browser test-postgres test-faults test-stats test-walks bench messages lock clean
help: ## these targets
	@grep -E '^[a-z-]+:.*##' Makefile | sed 's/:.*##/\t/' | expand -t 16

.venv/bin/python:
	@test -n "$(PYTHON)" || { echo "zhikong needs Python 3.11, 3.12 or 3.13 on the path (or make PYTHON=/path/to/python)."; exit 1; }
	$(PYTHON) -m venv .venv

.venv/.runtime: .venv/bin/python requirements.lock pyproject.toml
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@

.venv/.dev: .venv/.runtime requirements-dev.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

demo: .venv/.runtime ## set everything up and run the platform with a realistic province
	$(BIN)/zhikong demo --port $(PORT)

demo-data: .venv/.runtime ## prepare the demo without serving it
	$(BIN)/zhikong demo --no-serve

test: .venv/.dev ## style, types, imports, and the fast suite on SQLite
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest

test-postgres: .venv/.dev ## the suite on PostgreSQL (ZHIKONG_TEST_POSTGRES names a server)
	scripts/test_postgres.sh

test-browser: .venv/.dev ## walks in headless Chromium, with axe
	scripts/test_browser.sh

test-faults: .venv/.dev ## kills workers, fills memory, restores backups
	$(BIN)/pytest -m faults -n 0

test-walks: .venv/.dev ## isolation: every address as every role on every object
	$(BIN)/pytest -m walks --dist load tests

test-stats: .venv/.dev ## the statistics in full: compiled kernels, long searches, pages with plots
	scripts/test_stats.sh

bench: .venv/.dev ## each benchmark prints its table
	@for file in bench/*.py; do echo "== $$file"; $(BIN)/python $$file || exit 1; done

messages: .venv/.dev ## bring the English catalogue up to the source
	$(BIN)/python scripts/messages.py update

lock: .venv/.dev ## resolve the pinned versions again
	scripts/lock.sh

clean:
	rm -rf .venv var
