# Every target is one obvious line; `make` alone lists them.

PYTHON ?= python3
PORT ?= 8000
export PORT
BIN := .venv/bin
RESOLVE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--no-annotate --custom-compile-command "make lock" setup.cfg

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: $(BIN)/installed ## Make .venv with everything that running, testing and checking need

run: $(BIN)/runnable ## Serve the demo chain on http://127.0.0.1:8000 (PORT=… for another port, DEMO_BUSY=1 for a busy morning)
	@$(BIN)/flask demo run

# Exported, not written before the command: so make runs it without a shell between, and passes on its signals.
run: export DEMO = 1

test: $(BIN)/installed ## Run every test on SQLite and PostgreSQL, in parallel, with coverage
	$(BIN)/python -W 'ignore:Unable to activate pytest' -m slipcover --branch --source service --skip-covered -m pytest -n auto --dist worksteal

campaign: $(BIN)/installed ## Run the long tests: crashes, cuts, storms and brute force at length
	$(BIN)/python -m pytest -n auto -m campaign

check: lint types contracts drift audit ## Check style, types, layers, migrations, OpenAPI, known vulnerabilities

bench: $(BIN)/installed ## Measure orders/s, CPU and latency beside the database's own floor
	$(BIN)/python -m bench

bench-live: $(BIN)/installed ## Measure event to screen: 20 screens and 200 customers following (MANY=--many: 5,000)
	$(BIN)/python -m bench.live $(MANY)

bench-promise: $(BIN)/installed ## Replay days in simulated time: promises kept by the engine and by two estimates
	$(BIN)/python -m bench.promise

bench-preferences: $(BIN)/installed ## Measure what 200 rules cost a quote of 10 lines, and its explanation
	$(BIN)/python -m bench.preferences

chaos: $(BIN)/installed ## Kill processes and cut connections under a busy morning; then look for what was lost (FOR=120 seconds)
	$(BIN)/python -m bench.chaos --seconds $(or $(FOR),120)

lint: $(BIN)/installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(BIN)/installed
	$(BIN)/mypy

contracts: $(BIN)/installed
	$(BIN)/lint-imports

drift: $(BIN)/installed
	@.ci/drift

audit: $(BIN)/installed
	@.ci/audit

openapi: $(BIN)/installed ## Write docs/openapi.json anew
	$(BIN)/flask openapi docs/openapi.json

migration: $(BIN)/installed ## Write a migration from the models' changes: make migration m="what changes"
	$(BIN)/flask db upgrade && $(BIN)/flask db revision "$(m)"

lock: $(BIN)/installed ## Resolve the requirements anew (both lock files)
	$(RESOLVE) --upgrade --all-extras -o requirements.lock
	$(RESOLVE) --extra build --extra postgres --extra push -c requirements.lock -o requirements-run.lock

# Two stamps, so that `make run` waits for 64 packages and not for 140 (docs/decisions/0006).
$(BIN)/runnable: requirements-run.lock setup.cfg pyproject.toml
	@PYTHON="$(PYTHON)" .ci/install requirements-run.lock
	@touch $@

$(BIN)/installed: requirements.lock setup.cfg pyproject.toml
	@PYTHON="$(PYTHON)" .ci/install requirements.lock
	@touch $(BIN)/runnable $@

.PHONY: help install run test campaign check bench bench-live bench-promise bench-preferences chaos lint types contracts drift audit openapi migration lock
