# `make run` and `make test` need Python 3.11 or newer and nothing else. The rest is for those who change the code.

PY ?= $(shell for p in python3.13 python3.12 python3.11 python3 python; do \
	if $$p -c 'import sys, venv; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then echo $$p; break; fi; done)
N ?= 2
ARGS ?=
BIN := .venv/bin
LOCK_OPTIONS := --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header
# Settings as in a plant, for checks that need settings but no database.
AS_PLANT := SECRET_KEY=$$($(BIN)/python -c 'import secrets; print(secrets.token_urlsafe(64))') \
	DATABASE_URL=postgresql:///none REDIS_URL=redis://127.0.0.1:1/0

.PHONY: run test lint types bench check lock lock-check clean

run: .venv/.run-ok
	@exec $(BIN)/python -m config.run

test: .venv/.ok
	$(BIN)/python -m pytest -n $(N) $(ARGS)

lint: .venv/.ok lock-check
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/lint-imports
	$(BIN)/mypy
	$(AS_PLANT) $(BIN)/python -W ignore::RuntimeWarning manage.py makemigrations --check --dry-run
	$(AS_PLANT) $(BIN)/python manage.py check --deploy --fail-level WARNING
	$(AS_PLANT) $(BIN)/python manage.py spectacular --validate --fail-on-warn --file /dev/null

bench: .venv/.ok
	$(BIN)/python -m benchmarks $(ARGS)

check: lint test

# Needs uv. UPGRADE=--upgrade takes the newest versions that pyproject.toml allows.
lock:
	uv pip compile $(LOCK_OPTIONS) $(UPGRADE) pyproject.toml -o requirements.txt
	uv pip compile $(LOCK_OPTIONS) $(UPGRADE) pyproject.toml --group dev -c requirements.txt -o requirements-dev.txt
	@$(MAKE) --no-print-directory lock-check

# A lock names packages and digests, never the host they come from.
lock-check:
	@! grep -nE '(https?|file|git|ssh)[+a-z]*://|^ *-(-(index|extra|find|trusted|no-index)|i |f )' requirements*.txt

.venv/.run-ok: requirements.txt
	@PY="$(PY)" sh deploy/environment.sh requirements.txt
	@touch $@

.venv/.ok: requirements-dev.txt
	@PY="$(PY)" sh deploy/environment.sh requirements-dev.txt
	@touch .venv/.run-ok $@

clean:
	rm -rf .venv var .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
