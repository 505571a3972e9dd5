# Targets of PCN Hub. Bare `make` lists them. What is done is remembered by stamps, so a second run takes no time.

SHELL := /bin/bash
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= $(firstword $(foreach python,python3 python3.13 python3.12 python3.11 python3.14,\
	$(shell $(python) -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && echo $(python))))
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
FRONTEND := pcnhub/config/frontend/.gathered
# one test process a core, the tests of one file in one process, in the order of tests/conftest.py
PYTEST := $(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder
# the linters read Django's settings; what these write must not mix with a hub's data, nor its settings with theirs
LINT := env -u PCNHUB_DATABASE_URL -u PCNHUB_OWNER_DATABASE_URL PCNHUB_DATA=$(VENV)/lint

.PHONY: help setup setup-dev demo demo-mesh demo-reset check test test-fast test-all lint format types contract templates browser nginx slapd hunt proof bench lock clean

help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

setup: $(VENV)/.installed $(FRONTEND) ## Everything that a hub needs, in .venv and node_modules

setup-dev: $(VENV)/.installed-dev $(FRONTEND) ## The same, and everything that its checks need

$(VENV)/.made:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed, and none was found. Install it, or say: make PYTHON=/path/to/python3" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "$(PYTHON) has no venv module: on Debian and Ubuntu install python3-venv." >&2; exit 1; }
	@touch $@

$(VENV)/.installed: $(VENV)/.made requirements.lock pyproject.toml
	@echo "Installing what the hub needs"
	@$(PIP) install --require-hashes -r requirements.lock
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed requirements-dev.lock
	@echo "Installing what the checks need"
	@$(PIP) install --require-hashes -r requirements-dev.lock
	@touch $@

node_modules/.installed: package.json package-lock.json | $(VENV)/.installed
	@echo "Fetching the NHS.UK front end"
	@$(BIN)/npm ci --ignore-scripts --loglevel=error --no-progress
	@touch $@

$(FRONTEND): node_modules/.installed tools/gather_frontend.py
	@$(BIN)/python tools/gather_frontend.py node_modules $(@D)
	@touch $@

demo: setup ## A running hub with a synthetic network; PCNHUB_PORT (8000)
	@exec $(BIN)/pcnhub demo

demo-mesh: setup-dev $(FRONTEND) ## The demo with a message exchange: one practice keeps its record elsewhere (docs/operate/mesh.md)
	@exec $(BIN)/pcnhub demo --mesh

demo-reset: setup ## The same, from the beginning: deletes the demo's data first
	@exec $(BIN)/pcnhub demo --reset

check: lint types contract templates test-fast ## The fast part: lint, format, types, import contract, templates, fast tests

test: ## Everything that must pass, browser journeys included
	@$(MAKE) --no-print-directory --jobs=2 --output-sync=target setup-dev machine
	@$(MAKE) --no-print-directory --jobs=2 --output-sync=target types gathered lint contract templates
	@$(MAKE) --no-print-directory test-all

test-fast: setup-dev ## Tests without the slow ones and the browser
	@$(PYTEST) -m "not slow and not browser"

test-all: setup-dev ## Every test
	@$(PYTEST)

.PHONY: gathered
gathered: setup-dev  # compiled while mypy leaves a core idle; the test processes would each compile everything for themselves
	@$(BIN)/python -m pytest --collect-only -qq > $(VENV)/gathered.txt || { cat $(VENV)/gathered.txt; exit 1; }

lint: setup-dev ## ruff: lint and format
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --check --quiet . || { echo "Not formatted: make format" >&2; exit 1; }

format: setup-dev ## Put every file into its format, and mend what ruff can
	@$(BIN)/ruff check --quiet --fix . ; $(BIN)/ruff format --quiet .

types: setup-dev ## mypy, strict, with Django's types
	@$(LINT) $(BIN)/mypy

contract: setup-dev ## The import contract (.importlinter)
	@$(BIN)/lint-imports --no-cache

templates: setup-dev ## djlint on every template
	@if find pcnhub -name '*.jinja' | grep -q .; then $(BIN)/djlint --quiet --lint -e jinja pcnhub; fi

browser:
	@tools/chromium.sh

nginx:
	@tools/nginx.sh

slapd:
	@tools/slapd.sh

.PHONY: machine
machine:  # one after the other: the system's installer lets nobody in beside itself
	@$(MAKE) --no-print-directory browser
	@$(MAKE) --no-print-directory nginx
	@$(MAKE) --no-print-directory slapd

hunt: setup-dev ## The generated tests with new examples, ten times as many: what it finds becomes an @example
	@$(PYTEST) --hypothesis-profile=hunt -m "not browser" $$(grep -rl "^from hypothesis import" tests --include=test_*.py)

proof: setup-dev ## One slot, one booking: N attempts (20000) of several processes, kills, each guard taken away (docs/proof.md)
	@$(BIN)/python -m tests.proof.histories --attempts $(or $(N),20000) $(PROOF)

bench: setup-dev ## Measure, each figure beside a reference; not a test. BENCH=--quick for a look (docs/bench.md)
	@$(BIN)/python -m tests.bench $(BENCH)
	@$(BIN)/python -m tests.bench.national $(filter --quick --record,$(BENCH))

lock: ## Compile the lock files anew (needs uv)
	@tools/lock.sh

clean: ## Remove what was installed; the hub's data in var/ stays
	rm -rf $(VENV) node_modules $(dir $(FRONTEND)) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .grimp_cache
