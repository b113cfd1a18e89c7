# ETRMS: everything a user or a contributor runs. `make help` lists the targets.

PYTHON ?= python3
HOST ?= 127.0.0.1
PORT ?= 8501

VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.set-up
MADE_FOR := $(VENV)/.made-for

ifdef ETRMS_HOME
export ETRMS_HOME
endif

.DEFAULT_GOAL := help
.PHONY: help setup run dev test e2e lint format bench mutants soak lock docs clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9]+:.*## /{printf "  make %-8s%s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

setup: $(STAMP) ## build the environment in .venv (done by every target that needs it)

run: $(STAMP) ## start the desk: PORT=8501 HOST=127.0.0.1 ETRMS_HOME=data/local
	@$(BIN)/etrms run --host "$(HOST)" --port "$(PORT)"

dev: $(STAMP) ## the same, reloading when a source file changes
	@$(BIN)/etrms run --reload --host "$(HOST)" --port "$(PORT)"

test: $(STAMP) ## all tests but those of browser and endurance; ARGS="-k drawdown" chooses
	$(BIN)/pytest -n 2 --dist loadfile $(ARGS)

e2e: $(STAMP) ## the tests in a browser (needs Chromium)
	$(BIN)/pytest tests/e2e -m e2e $(ARGS)

soak: $(STAMP) ## the endurance tests
	$(BIN)/pytest -m soak --timeout 0 $(ARGS)

lint: $(STAMP) ## format, style, types, layers, architecture
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest tests/test_architecture.py

format: $(STAMP) ## rewrite the sources as `make lint` wants them
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .

bench: $(STAMP) ## measure the hot paths, one JSON line per task
	@$(BIN)/python -m benchmarks $(ARGS)

mutants: $(STAMP) ## mutation score of gate and breakers (some minutes)
	@$(BIN)/python -m benchmarks.mutation_score

docs: $(STAMP) ## build the documentation into site/
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --site-dir site

clean: ## remove environment, caches and build products; never touches data/
	rm -rf $(VENV) site build dist etrms.egg-info .hypothesis .import_linter_cache .mypy_cache \
	  .pytest_cache .ruff_cache
	find app benchmarks etrms_core pages tests -name __pycache__ -type d -prune \
	  -exec rm -rf {} + 2>/dev/null || true

# An environment is made anew where there is none, where its Python is gone, and where the folder
# was copied or moved, since the scripts inside name the folder that they were made for.
ifneq ($(shell cat $(MADE_FOR) 2>/dev/null),$(CURDIR))
.PHONY: $(STAMP)
endif

define MAKE_VENV
if [ "$$(cat $(MADE_FOR) 2>/dev/null)" != "$(CURDIR)" ] \
   || ! $(BIN)/python -c '' 2>/dev/null || ! $(BIN)/uv --version >/dev/null 2>&1; then \
  command -v "$(PYTHON)" >/dev/null || { \
    echo "ETRMS needs Python 3.11 or newer, and there is no '$(PYTHON)'." >&2; \
    echo "On Debian and Ubuntu: apt-get install python3 python3-venv" >&2; exit 1; }; \
  "$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
    echo "ETRMS needs Python 3.11 or newer; '$(PYTHON)' is $$("$(PYTHON)" --version 2>&1)." >&2; \
    echo "If a newer one is installed, name it: make $(MAKECMDGOALS) PYTHON=python3.12" >&2; exit 1; }; \
  "$(PYTHON)" -c 'import ensurepip, venv' 2>/dev/null || { \
    echo "'$(PYTHON)' cannot make environments: its module venv or ensurepip is missing." >&2; \
    echo "On Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }; \
  echo "Making the environment in $(VENV)"; \
  "$(PYTHON)" -m venv --clear $(VENV); \
  sed -n '/^uv==/,/[^\\]$$/p' requirements.txt > $(VENV)/uv.txt; \
  $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes \
    --requirement $(VENV)/uv.txt; \
  echo "$(CURDIR)" > $(MADE_FOR); \
fi
endef

$(STAMP): requirements.txt pyproject.toml
	@set -e; $(MAKE_VENV)
	@echo "Installing the locked packages (some minutes on a slow line)"
	@$(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes requirements.txt
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@$(BIN)/etrms warm-up
	@touch $@

# Without UPGRADE only what pyproject.toml asks for changes.
lock: ## write requirements.txt from pyproject.toml; UPGRADE=1 takes the newest versions
	@set -e; $(MAKE_VENV)
	$(BIN)/uv pip compile --quiet $(if $(UPGRADE),--upgrade) --extra dev --universal \
	  --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links \
	  --custom-compile-command "make lock" --output-file requirements.txt pyproject.toml
