# `make` alone lists the targets.
.DEFAULT_GOAL := help
SHELL := /bin/bash

PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' && echo $$p && break; done)
PORT ?= 8866
VENV := .venv
BIN := $(VENV)/bin
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt
JS := pupiltrack_portal/widgets/js
NPM := PATH="$(CURDIR)/$(BIN):$$PATH" $(CURDIR)/$(BIN)/npm --prefix $(JS)
export PUPILTRACK_DATABASE_URL ?= sqlite:///var/pupiltrack.sqlite
# The demonstration's people have a password only; whoever serves real people leaves this out.
export PUPILTRACK_SECOND_STEP ?= optional

.PHONY: help serve test check fix bench js demo clean

help: ## List the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

$(VENV)/.made:
	@test -n "$(PYTHON)" || { echo "PupilTrack needs Python 3.11 or newer."; exit 1; }
	$(PYTHON) -m venv $(VENV)
	touch $@

$(VENV)/.runtime: $(VENV)/.made pyproject.toml constraints.txt
	@echo "Installing PupilTrack into $(VENV) (first time only) ..."
	$(PIP_INSTALL) --editable .
	touch $@

$(VENV)/.dev: $(VENV)/.runtime
	@echo "Installing the development tools ..."
	$(PIP_INSTALL) --editable '.[dev]'
	touch $@

$(JS)/node_modules/.made: $(VENV)/.dev $(JS)/package-lock.json
	$(NPM) ci --no-audit --no-fund --silent
	touch $@

serve: $(VENV)/.runtime ## Set up on first use and serve the portal: make serve [PORT=9000]
	@$(BIN)/pupiltrack demo --if-absent
	@PUPILTRACK_PORT=$(PORT) exec $(BIN)/pupiltrack-serve

demo: $(VENV)/.runtime ## Make a demo local authority in the configured database
	$(BIN)/pupiltrack demo

# Workers, servers and kernels start by the dozen: let each not compile every module anew.
test: export PYTHONDONTWRITEBYTECODE =
test: $(VENV)/.dev $(JS)/node_modules/.made ## Run every check and test
	@scripts/system-packages.sh
	$(MAKE) --no-print-directory check
	$(NPM) test --silent
	$(BIN)/python -m pytest tests/unit/domain tests/unit/calc tests/unit/schemas tests/unit/test_access.py -q \
		-n 2 --cov=pupiltrack_core.domain --cov=pupiltrack_core.calc --cov=pupiltrack_core.access \
		--cov-branch --cov-report=term:skip-covered --cov-fail-under=100
	$(BIN)/python -m pytest -n 2 --dist loadfile --durations=15 \
		--ignore=tests/unit/domain --ignore=tests/unit/calc --ignore=tests/unit/schemas \
		--deselect tests/unit/test_access.py $(PYTEST_ARGS)

check: $(VENV)/.dev $(JS)/node_modules/.made ## Lint, types, layers, notebooks, built JavaScript
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	git ls-files '*.ipynb' | xargs -r $(BIN)/nbstripout --verify --extra-keys "metadata.language_info.version cell.metadata.vscode"
	$(NPM) run check --silent

fix: $(VENV)/.dev ## Mend what can be mended by machine
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	git ls-files '*.ipynb' | xargs -r $(BIN)/nbstripout

bench: $(VENV)/.dev ## Measure; prints a table, writes build/bench.json (takes long)
	@scripts/system-packages.sh
	$(BIN)/python -m benchmarks

js: $(JS)/node_modules/.made ## Rebuild the browser code
	$(NPM) run build --silent

clean: ## Remove what the other targets made, the database excepted
	rm -rf $(VENV) build dist $(JS)/node_modules .pytest_cache .mypy_cache .ruff_cache .hypothesis
