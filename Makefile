# Every verb of the project; `make help` lists them. The environment is made when a verb first needs it.

VENV := .venv
export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)
export DVC_NO_ANALYTICS := 1
export MLFLOW_DISABLE_TELEMETRY := true
export PIP_DISABLE_PIP_VERSION_CHECK := 1
PYTHON ?= python3
REV ?= HEAD
PORT ?= 5000
JOBS ?= 2
STORE := $(or $(MLFLOW_TRACKING_URI),sqlite:///$(CURDIR)/mlflow.db)
LOCK := pip-compile --quiet --strip-extras --no-header --annotation-style line --no-emit-index-url --no-emit-find-links

.DEFAULT_GOAL := help
.PHONY: help setup repro test check unit format verify record bench times ui runs serve sweep screenshots lock clean

help: ## List the verbs
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(VENV)/dev ## Make the environment in .venv, with all that development needs

repro: $(VENV)/run ## Make the environment and run the whole pipeline: dvc repro
	dvc repro

test: check unit ## Run all checks and tests

check: $(VENV)/dev ## Run ruff and mypy
	ruff check .
	ruff format --check .
	mypy

unit: $(VENV)/dev ## Run the tests alone, two or more at a time (so threads that wait must not spin)
	OMP_WAIT_POLICY=passive pytest --numprocesses auto --dist loadfile

format: $(VENV)/dev ## Format the code, and mend what ruff can mend
	ruff check --fix .
	ruff format .

verify: $(VENV)/run ## Reproduce a commit (REV=HEAD) in a temporary clone, and compare every output
	makemore verify $(REV)

record: repro ## Like repro, and note the machine in environment.json: before committing results
	makemore environment > .environment.tmp
	mv .environment.tmp environment.json

bench: $(VENV)/run ## Measure side by side, and print ratios (half an hour; NAME=sampling for one)
	python -m benchmarks $(NAME)

times: $(VENV)/run ## Train all variants for their times, and draw the chart in docs/models.md
	CHART=docs/quality-against-time.svg python -m benchmarks training_time --here portable

ui: $(VENV)/run ## Open the MLflow UI on 127.0.0.1 (port 5000, or PORT=...)
	mlflow ui --backend-store-uri "$(STORE)" --host 127.0.0.1 --port $(PORT)

runs: $(VENV)/run ## List the MLflow run of each variant, and its link
	makemore runs

serve: $(VENV)/run ## Serve the champion over HTTP on 127.0.0.1 (port 5001, or PORT=...; docs/tracking.md)
	MLFLOW_TRACKING_URI="$(STORE)" mlflow models serve --model-uri models:/makemore@champion --env-manager local \
		--host 127.0.0.1 --port $(or $(filter-out 5000,$(PORT)),5001)

sweep: $(VENV)/run ## Try values side by side: NAME=rate SET='variants.gpt.lr=choice(0.002,0.004)' (JOBS=2)
	$(if $(and $(NAME),$(SET)),,$(error make sweep takes NAME=... and SET=...))
	dvc exp run --queue --name $(NAME) $(foreach set,$(SET),--set-param '$(set)')
	dvc exp run --run-all --jobs $(JOBS)
	makemore sweep $(NAME) --report reports/sweeps/$(NAME).html

screenshots: $(VENV)/dev ## Take the README's pictures of the MLflow record
	python -m tests.tracking.test_ui docs/images

lock: $(VENV)/dev ## Write the lock files anew from pyproject.toml
	pip install --quiet pip-tools
	$(LOCK) --output-file requirements.lock pyproject.toml
	$(LOCK) --extra dev --constraint requirements.lock --output-file requirements-dev.lock pyproject.toml
	sed -i 's/^torch==\([0-9.]*\)+cpu/torch==\1/' requirements.lock requirements-dev.lock # any build of this version

clean: ## Remove what the pipeline, the tests and make made, except DVC's cache and the MLflow record
	rm -rf $(VENV) artifacts reports/report.html reports/sweeps *.egg-info .*_cache .hypothesis
	find . -name __pycache__ -not -path './.git/*' -exec rm -rf {} +

# The lock file pins everything; --no-deps adds our own package and nothing else.
$(VENV)/run: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed: make PYTHON=python3.11" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)
	pip install --quiet --requirement requirements.lock
	pip install --quiet --no-deps --editable .
	@touch $@

$(VENV)/dev: requirements-dev.lock $(VENV)/run
	pip install --quiet --requirement requirements-dev.lock
	@touch $@
