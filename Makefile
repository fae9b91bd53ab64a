# The one vocabulary, for people and continuous integration alike. `make help` lists it.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SERVE ?= 1
SUBSCRIBERS ?= 1000
MONTHS ?= 24
PORT ?= 8501
BENCH_SUBSCRIBERS ?= 100000
BENCH_ROWS ?= 1000000
FAST_TESTS = tests/architecture tests/lake tests/models tests/sources tests/sandbox
DBT = DBT_SEND_ANONYMOUS_USAGE_STATS=false $(BIN)/dbt
DBT_FOLDERS = --project-dir dbt_project --profiles-dir dbt_project
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Processes that tests and builds start need not compile our modules anew.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help demo test test-fast test-long test-all lint lint-python lint-sql format dagster bench bench-app docs lock audit secrets sbom licences clean

help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-11s %s\n", $$1, $$2}'

$(VENV)/python-is-supported:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "make: $(PYTHON) is `$(PYTHON) --version`, but ChurnIQ needs Python 3.11 or newer: run make with PYTHON=python3.11." >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/installed: requirements.lock pyproject.toml | $(VENV)/python-is-supported
	@echo "installing the locked dependencies into $(VENV)"
	@$(BIN)/pip install --quiet --no-compile --no-deps --require-hashes --requirement requirements.lock
	@$(BIN)/pip install --quiet --no-deps --no-build-isolation --editable .
	@$(BIN)/python -m compileall -q -j 0 $(VENV)/lib  # On all cores, where pip compiles on one.
	@$(BIN)/python -m pipelines.warehouse.dbt  # Parses the dbt project now, so that the first build need not.
	@touch $@

$(VENV)/installed-dev: requirements-dev.lock $(VENV)/installed
	@echo "installing the locked development tools into $(VENV)"
	@$(BIN)/pip install --quiet --no-deps --require-hashes --requirement requirements-dev.lock
	@touch $@

demo: $(VENV)/installed ## Simulate a business, build everything, print a summary, serve (SERVE=0 stops after the summary)
	@$(BIN)/churniq demo --subscribers $(SUBSCRIBERS) --months $(MONTHS) --port $(PORT) $(if $(filter 0,$(SERVE)),--no-serve,--serve)

# How SQL is laid out takes longer to judge than all else of it; test-long and lint do.
test: export SQL_RULES = --rules aliasing,ambiguous,capitalisation,convention,jinja,references,structure
test: $(VENV)/installed-dev lint ## Everything that has to pass: lint, types, SQL, and all tests but the long ones
	@# Three processes on two cores, since tests wait for other processes and for the disk.
	@$(BIN)/pytest -m "not long" --numprocesses 3 --dist loadfile --no-loadscope-reorder --durations 10

test-fast: $(VENV)/installed-dev ## For the loop while coding: what needs neither dbt, a build nor a browser
	@$(BIN)/pytest -m "not long and not browser" --numprocesses 2 --dist loadfile --durations 10 $(FAST_TESTS)

test-long: $(VENV)/installed-dev lint-sql ## The long suites, and how SQL is laid out
	@$(BIN)/pytest -m long --durations 10

test-all: test test-long ## Every test there is

lint: $(VENV)/installed-dev ## Ruff, mypy and sqlfluff
	@$(MAKE) --no-print-directory --jobs 2 --output-sync lint-python lint-sql

lint-python:
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

lint-sql:
	@$(BIN)/sqlfluff lint --processes 2 $(SQL_RULES) dbt_project

format: $(VENV)/installed-dev ## Let the formatters do what they can
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .
	@$(BIN)/sqlfluff fix --processes 2 dbt_project

dagster: $(VENV)/installed ## Open Dagster's pages on the environment of CHURNIQ_HOME
	@$(BIN)/churniq dagster

bench-app: $(VENV)/installed-dev ## Measure the server run of every page on the published snapshot of CHURNIQ_HOME
	@$(BIN)/python -m tests.bench.app

bench: $(VENV)/installed-dev ## Measure files to rows, builds by phase and a day more, beside bare readers and the month spine
	@$(BIN)/python -m tests.bench.ingest --rows $(BENCH_ROWS)
	@$(BIN)/python -m tests.bench --subscribers $(BENCH_SUBSCRIBERS)

docs: $(VENV)/installed ## Build the dbt documentation of the warehouse
	@CHURNIQ_WAREHOUSE=`$(BIN)/python -c 'from pipelines.warehouse.build import Build; print(Build().warehouse)'` $(DBT) docs generate $(DBT_FOLDERS)

lock: $(VENV)/installed-dev ## Pin every dependency again, with hashes and no registry
	@$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --no-emit-index-url --extra dev pyproject.toml --output-file requirements-dev.lock
	@$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --no-emit-index-url pyproject.toml --constraint requirements-dev.lock --output-file requirements.lock

audit: $(VENV)/installed-dev ## Known advisories of the locked versions; needs a network
	@$(BIN)/uvx pip-audit==2.10.1 --strict --disable-pip --no-deps --requirement requirements.lock

secrets: $(VENV)/installed-dev ## Secrets in what git tracks; invented ones of fixtures left out; needs a network
	@git ls-files -z | xargs -0 $(BIN)/uvx --from detect-secrets==1.5.0 detect-secrets-hook --exclude-files '^(tests|data)/|[.]lock$$'

sbom: $(VENV)/installed-dev ## What is in a release, as build/sbom.json (CycloneDX); needs a network
	@mkdir -p build
	@$(BIN)/uvx --from cyclonedx-bom==7.5.0 cyclonedx-py requirements requirements.lock --pyproject pyproject.toml \
		--output-reproducible --output-file build/sbom.json

licences: $(VENV)/installed-dev ## Licences of the dependencies, as docs/licences.md; needs a network
	@{ sed '/^| Name/,$$d' docs/licences.md; $(BIN)/uvx pip-licenses==5.5.5 --python $(BIN)/python --format markdown \
		--packages `sed -n 's/^\([a-z0-9._-]*\)==.*/\1/p' requirements.lock`; } > docs/licences.new
	@mv docs/licences.new docs/licences.md

clean: ## Remove what was generated, the sandbox environment included
	@rm -rf $(VENV) .churniq .mypy_cache .ruff_cache .pytest_cache .hypothesis
