# All commands of the project; `make help` lists them. They create the environment in .venv when they first need it.

VENV := .venv
export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)
export DVC_NO_ANALYTICS := 1
export MLFLOW_DISABLE_TELEMETRY := true
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_ROOT_USER_ACTION := ignore
PYTHON ?= python3
# What you type after make; a variable of the shell that happens to have the same name does not count.
REV := HEAD
HOST := 127.0.0.1
DATA :=
COLUMN :=
WEIGHT :=
JOBS :=
NAME :=
SET :=
EXAMPLES := 2000
# The store may be a database, whose URI contains a password: commands that use it are not echoed.
STORE := $(or $(MLFLOW_TRACKING_URI),sqlite:///mlflow.db)
LOCK := uv pip compile --quiet --universal --python-version 3.11 --strip-extras --no-header --no-annotate
# Tests run in parallel, one worker per core, in the order of the folders. Long files come first, so that none is started
# when the other workers are almost done.
PYTEST := pytest --numprocesses auto --dist loadfile --no-loadscope-reorder

.DEFAULT_GOAL := help
.PHONY: help setup repro quick test check ruff mypy workflow unit slow soak fuzz format verify record bench times ui runs serve sweep notebook screenshots package lock clean

help: ## List the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(VENV)/dev ## Create the environment in .venv, with everything for development

# DATA, COLUMN and WEIGHT are passed through the environment: they may have spaces and quotes.
repro: export FILE := $(DATA)
repro: export FIELD := $(COLUMN)
repro: export COUNTS := $(WEIGHT)
repro: $(VENV)/run ## Run what changed, JOBS=... stages at a time (default: one per core); DATA=file: on your own names
	@makemore repro $(if $(JOBS),--jobs $(JOBS)) $(if $(DATA),--data "$$FILE") $(if $(COLUMN),--column "$$FIELD") \
		$(if $(WEIGHT),--weight "$$COUNTS")

quick: $(VENV)/dev ## After each edit: run all checks and the unit tests, side by side
	@$(MAKE) --no-print-directory --jobs unit mypy ruff workflow

test: quick slow ## Before a commit: run all checks and tests

check: mypy ruff workflow ## Run ruff, mypy and a check of the workflows

ruff: $(VENV)/dev
	ruff check .
	ruff format --check .

mypy: $(VENV)/dev
	mypy

workflow: $(VENV)/dev
	jactionlint --strict-exit --no-online --shellcheck= --pyflakes= .github/workflows/*.yml

unit: $(VENV)/dev
	$(PYTEST) tests/unit

slow: $(VENV)/dev ## Run the tests that quick leaves out
	$(PYTEST) tests/pipeline tests/tracking tests --ignore tests/unit

# In the pipeline's tests, commands start warm (tests/warm); here, all of them are processes of their own.
soak: $(VENV)/dev fuzz ## Run what CI runs each night: long tests, long fuzzing, and the pipeline's tests in real processes
	$(PYTEST) tests/nightly
	REAL_PROCESSES=1 $(PYTEST) tests/pipeline

fuzz: $(VENV)/dev ## Run the fuzz tests with many examples (EXAMPLES=2000 each)
	FUZZ_EXAMPLES=$(EXAMPLES) $(PYTEST) tests/fuzz

format: $(VENV)/dev ## Format the code, and fix what ruff can fix
	ruff check --fix .
	ruff format .

verify: $(VENV)/run ## Recompute a commit (REV=HEAD) in a temporary clone, and compare every output
	makemore verify $(REV)

record: repro ## Before committing results: recompute them and note this machine in environment.json
	makemore environment > .environment.tmp
	mv .environment.tmp environment.json

bench: $(VENV)/run ## Run all benchmarks and print ratios (NAME=sampling runs one)
	python -m benchmarks $(NAME)

times: $(VENV)/run ## Measure the training time of every variant, and draw the chart in docs/models.md
	CHART=docs/quality-against-time.svg python -m benchmarks training_time --here exact

ui: PORT := 5000
ui: $(VENV)/run ## Start MLflow's UI on 127.0.0.1:5000 (or HOST=... PORT=...), and print the link to the table of runs
	@makemore ui --host $(HOST) --port $(PORT)

runs: $(VENV)/run ## List the MLflow run of each variant, with its link
	makemore runs

serve: PORT := 5001
serve: $(VENV)/run ## Serve the champion over HTTP on 127.0.0.1:5001 (or HOST=... PORT=...; docs/tracking.md)
	@MLFLOW_TRACKING_URI="$(STORE)" MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR=false \
		mlflow models serve --model-uri models:/makemore@champion --env-manager local --host $(HOST) --port $(PORT)

# SET is passed through the environment: a value may have spaces, quotes and brackets.
sweep: export SETTINGS := $(SET)
sweep: $(VENV)/run ## Compare values: NAME=rate SET='variants.gpt.lr=choice(0.002,0.004)' (JOBS=... at a time; docs/sweeps.md)
	$(if $(and $(NAME),$(SET)),,$(error make sweep needs NAME=... and SET=...))
	@makemore sweep $(NAME) --set "$$SETTINGS" $(if $(JOBS),--jobs $(JOBS))

notebook: $(VENV)/dev ## Execute docs/lectures.ipynb, after make repro, and write its outputs into it
	python -m tests.pipeline.notebook docs/lectures.ipynb

screenshots: $(VENV)/dev ## Take the screenshots in the docs, of the report and of MLflow
	python -m tests.browser.screenshots docs/images

package: build/tools/ready ## Build the wheel and the sdist in dist/, and check them
	build/tools/bin/python -m build --no-isolation
	build/tools/bin/twine check --strict dist/*

# Not $(VENV), which takes minutes to create: a package needs nothing of what it depends on.
build/tools/ready: requirements-dev.lock
	@$(PYTHON) -m venv build/tools
	@build/tools/bin/pip install --quiet --constraint requirements-dev.lock build setuptools twine
	@touch $@

lock: $(VENV)/dev ## Update the lock files from pyproject.toml
	python -m pip install --quiet uv==0.13.9
	$(LOCK) --output-file requirements.lock pyproject.toml
	$(LOCK) --extra dev --constraint requirements.lock --output-file requirements-dev.lock pyproject.toml
	sed -i -E '/^(cuda|nvidia|triton)/d' requirements.lock requirements-dev.lock # each build of torch names its own

clean: ## Delete what the pipeline, the tests and make created, except DVC's cache and the MLflow runs
	rm -rf $(VENV) artifacts reports/report.html reports/experiments build dist *.egg-info .*_cache .hypothesis
	find . -name __pycache__ -not -path './.git/*' -exec rm -rf {} +

# What is wrong with PYTHON, in one line: its version, or Debian's Python without the package that makes environments.
define CHECK_PYTHON
import sys
version = "%d.%d" % sys.version_info[:2]
if not (3, 11) <= sys.version_info < (3, 14):
    sys.exit("error: Python 3.11, 3.12 or 3.13 is required, and $(PYTHON) is %s: make PYTHON=python3.13" % version)
from importlib.util import find_spec
if not find_spec("ensurepip"):
    sys.exit("error: $(PYTHON) cannot make an environment; install it: apt install python%s-venv" % version)
endef
export CHECK_PYTHON

# The lock file pins every package; --no-deps installs our own package and nothing else.
$(VENV)/run: requirements.lock pyproject.toml
	@$(PYTHON) -c "$$CHECK_PYTHON"
	@echo "creating the environment in $(VENV) from requirements.lock (minutes, the first time)"
	@$(PYTHON) -m venv $(VENV)
	@python -m pip install --quiet --requirement requirements.lock
	@python -m pip install --quiet --no-deps --editable .
	@touch $@

$(VENV)/dev: requirements-dev.lock $(VENV)/run
	@python -m pip install --quiet --requirement requirements-dev.lock
	@touch $@
