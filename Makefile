# Everything runs in .venv, made here from hash-pinned packages. Needs make and Python 3.11 or newer, nothing else.
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check --no-input
COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --only-binary :all: \
	--cache-dir build/uv --custom-compile-command "make lock"

.NOTPARALLEL:
.DEFAULT_GOAL := help
.PHONY: help run test test-real test-browser check generate lock

help: ## List these targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 16

run: $(BIN)/belgraph ## Start Neo4j and the API with the article loaded; Ctrl-C stops both
	@exec $(BIN)/belgraph up

test: .venv/dev ## Unit tests, then live tests on a Neo4j of their own
	$(BIN)/pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder -m "not alone" tests/unit tests/live
	$(BIN)/pytest -m alone tests/live

test-browser: .venv/dev ## Tests in a real Chromium
	$(BIN)/pytest tests/browser

test-real: .venv/dev ## Tests on real data: BELGRAPH_REAL_DATA=FOLDER make test-real
	@test -d "$$BELGRAPH_REAL_DATA" || { echo "BELGRAPH_REAL_DATA must name the folder of the real data" \
		"(it is '$$BELGRAPH_REAL_DATA')." >&2; exit 1; }
	$(BIN)/pytest tests/real

check: .venv/dev ## Lint, types, and whether the generated files are what the sources make
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/python -m ontology.render --check
	$(BIN)/python -m loaders.schema --check
	$(BIN)/python -m queries.render --check

generate: .venv/dev ## Make the generated files again
	$(BIN)/python -m ontology.render
	$(BIN)/python -m loaders.schema
	$(BIN)/python -m queries.render

# What is pinned stays as it is; UPGRADE="--upgrade" or "--upgrade-package NAME" moves it.
# setuptools builds the project itself, so it is pinned with the rest.
lock: .venv/dev ## Pin the packages of pyproject.toml
	echo "setuptools>=80" | $(COMPILE) $(UPGRADE) pyproject.toml - --output-file requirements.lock
	echo "setuptools>=80" | $(COMPILE) $(UPGRADE) pyproject.toml - --extra dev --constraints requirements.lock \
		--output-file requirements-dev.lock

# Without either of the two the environment is broken (its Python was removed, or its making was cut short): made anew.
$(BIN)/python $(BIN)/pip:
	@command -v "$(PYTHON)" >/dev/null || { echo "$(PYTHON) was not found:" \
		"install Python 3.11 or newer, or name one: make PYTHON=/path/to/python3" >&2; exit 1; }
	@"$(PYTHON)" -c "import sys; sys.exit(sys.version_info < (3, 11))" || { echo "$(PYTHON) is too old:" \
		"belgraph needs Python 3.11 or newer; name one: make PYTHON=/path/to/python3" >&2; exit 1; }
	@"$(PYTHON)" -c "import ensurepip, venv" 2>/dev/null || { echo "$(PYTHON) cannot make virtual environments:" \
		"install its venv package (on Debian and Ubuntu: apt install python3-venv)" >&2; exit 1; }
	"$(PYTHON)" -m venv --clear .venv

# The locks are whole, so pip need not look at what packages ask for.
# The installed command is its own stamp: pip writes it last, and again whenever this rule runs.
$(BIN)/belgraph: requirements.lock pyproject.toml | $(BIN)/python $(BIN)/pip
	@echo "Installing the packages of requirements.lock into .venv (half a minute) …"
	@$(PIP) install --require-hashes --only-binary :all: --no-deps -r requirements.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

.venv/dev: requirements-dev.lock $(BIN)/belgraph
	@echo "Installing the packages of requirements-dev.lock into .venv …"
	@$(PIP) install --require-hashes --only-binary :all: --no-deps -r requirements-dev.lock
	@touch $@
