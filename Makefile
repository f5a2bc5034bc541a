# Each target does all its own set-up: a fresh machine needs Python 3.10+ and make (and Go, where no Pulumi CLI can be had otherwise).
.DEFAULT_GOAL := help
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Some machines say that Python is to keep no bytecode: each worker and each command would compile all sources anew.
unexport PYTHONDONTWRITEBYTECODE
WORKFLOWS := $(wildcard .github/workflows/*.yml) $(shell find templates -path '*/.github/workflows/*.yml')
ACTIONLINT := go run github.com/rhysd/actionlint/cmd/actionlint@v1.7.12 $(WORKFLOWS)

.PHONY: help
help:  ## this list
	@sed -nE 's/^([a-z-]+):.*## (.*)/  make \1|\2/p' $(MAKEFILE_LIST) | column -t -s '|'

$(VENV)/.installed: requirements-dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10) and "Python 3.10 or newer is needed; set PYTHON=python3.x")'
	$(PYTHON) -m venv $(VENV)
	@echo 'Installing the pinned packages into $(VENV) (one to three minutes)…'
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

.PHONY: venv
venv: $(VENV)/.installed  ## the virtual environment with everything pinned

.PHONY: demo
demo: venv  ## all steps on a local AWS, from inventory to costs
	@$(BIN)/python -m tools.demo

.PHONY: month
month: venv  ## goes through a month's chargeback on a local AWS
	@$(BIN)/python -m tools.month

.PHONY: local
local: venv  ## starts a local AWS; prints what to export
	@$(BIN)/python -m local_aws

.PHONY: test
test: venv engine browser  ## all tests, with the real Pulumi engine and a browser
	$(BIN)/pytest --numprocesses 3 --dist worksteal

.PHONY: coverage
coverage: venv engine browser  ## all tests, and lines that none of them runs; 15 minutes
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest --numprocesses 2 --dist worksteal
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report

.PHONY: mutation
mutation: venv  ## small faults that no fast test notices; an hour
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r tools/mutation/requirements.txt
	$(BIN)/python -m tools.mutation

.PHONY: focus-validator
focus-validator: venv .local/focus-validator/.installed  ## checks FOCUS files of `costs`; gets Python 3.12
	$(BIN)/python -m tools.focus_validator .local/focus-validator/bin/focus-validator

# Its NumPy has no wheels for newer Pythons.
.local/focus-validator/.installed: tools/focus_validator/requirements.txt | venv
	$(BIN)/uv venv --quiet --clear --python 3.12 .local/focus-validator
	$(BIN)/uv pip install --quiet --python .local/focus-validator --require-hashes -r $<
	@touch $@

.PHONY: engine
engine: venv  ## gets a Pulumi CLI for machines that have none
	@$(BIN)/python -m tools.engine > /dev/null

.PHONY: browser
browser:  ## gets Chromium for the tests of pages
	@tools/browser.sh > /dev/null

.PHONY: docs
docs: venv  ## the documentation site, into .local/site
	rm -rf .local/site
	$(BIN)/python -m tools.site .local/site

.PHONY: check
check: lint  ## lint, and the tests of layers, names, links and words
	@if command -v go > /dev/null; then $(ACTIONLINT); else echo 'actionlint did not run: it needs Go'; fi
	$(BIN)/pytest --quiet tests/unit/test_layers.py tests/unit/test_frozen_names.py tests/unit/test_docs.py tests/local_aws/test_docs.py

.PHONY: lint
lint: venv  ## format, lint, types, generated files, workflows
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m tools.inventory_document --check
	$(BIN)/python -m tools.iam_document --check
	$(BIN)/python -m tools.conformance_document --check
	$(BIN)/python -m tools.former_files --check
	$(BIN)/check-jsonschema --builtin-schema vendor.github-workflows $(WORKFLOWS)
	$(BIN)/check-jsonschema --builtin-schema vendor.gitlab-ci templates/gitlab/.gitlab-ci.yml
	$(BIN)/zizmor --quiet --offline --no-online-audits --persona=auditor $(WORKFLOWS)

.PHONY: licences
licences: venv  ## checks the licences of the packages that are needed
	@$(BIN)/python -m tools.licences

.PHONY: editor
editor:  ## checks what an editor marks in an inventory; needs npm
	npm ci --prefix tools/editor --silent --no-audit --no-fund --omit-lockfile-registry-resolved
	node tools/editor/check.mjs

.PHONY: snippets
snippets: venv  ## runs the TypeScript snippets of `use`; needs npm
	npm ci --prefix tools/snippets --silent --no-audit --no-fund --omit-lockfile-registry-resolved
	$(BIN)/python -m tools.snippets

.PHONY: release-check
release-check: venv  ## builds the release of this commit twice, and checks it
	$(BIN)/python -m tools.release

.PHONY: template
template: venv  ## writes the hash of the wheel into the template for teams
	$(BIN)/python -m tools.release --write-template

.PHONY: test-pinned
test-pinned: venv  ## the unit tests alone, with the pinned versions
	$(BIN)/pytest --numprocesses 2 tests/unit

.PHONY: test-oldest
test-oldest: .local/oldest  ## the unit tests with the oldest accepted versions
	$</bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-oldest.txt
	$</bin/pytest --numprocesses 2 tests/unit

.PHONY: test-newest
test-newest: .local/newest  ## the unit tests with the newest accepted versions
	$</bin/pip install --quiet --disable-pip-version-check --upgrade --upgrade-strategy eager '.[aws,exports,html,xlsx]'
	$</bin/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	$</bin/pytest --numprocesses 2 tests/unit

.local/oldest .local/newest: requirements-dev.txt requirements-oldest.txt pyproject.toml
	$(PYTHON) -m venv --clear $@
	$@/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	$@/bin/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

.PHONY: actionlint
actionlint:  ## checks the GitHub workflows; needs Go
	$(ACTIONLINT)

.PHONY: bench
bench: venv  ## how fast, as ratios in one run; ten minutes
	$(BIN)/python -m benchmarks.validate
	$(BIN)/python -m benchmarks.costs
	$(BIN)/python -m benchmarks.exports
	$(BIN)/python -m benchmarks.chargeback --json docs/benchmarks/chargeback.json
	$(BIN)/python -m benchmarks.use
	$(BIN)/python -m benchmarks.deploy --json docs/benchmarks/deploy.json --chart docs/benchmarks/deploy.svg

.PHONY: bench-fleet
bench-fleet: venv engine  ## how long 180 stacks take together; twenty minutes
	$(BIN)/python -m benchmarks.fleet --json docs/benchmarks/fleet.json

.PHONY: up
up: venv  ## pulumi up of STACK=dev; asks first, unless YES=1
	@$(BIN)/python -m tools.up "$(or $(STACK),$(error write make up STACK=dev))"

.PHONY: faults
faults: venv  ## writes docs/faults.md; ten minutes
	$(BIN)/python -m tools.fault_matrix

.PHONY: generate
generate: venv  ## writes the generated files anew
	$(BIN)/python -m tools.inventory_document --write
	$(BIN)/python -m tools.iam_document --write
	$(BIN)/python -m tools.conformance_document --write
	$(BIN)/python -m tools.former_files --write

.PHONY: expected
expected: generate engine  ## writes anew what tests hold word for word
	$(BIN)/pytest --quiet --update-expected $(shell grep -rl --include='test_*.py' 'expected: Expected' tests)

.PHONY: pictures
pictures: venv browser  ## draws the pictures of the documentation anew
	$(BIN)/python -m tools.pictures

.PHONY: format
format: venv  ## formats the sources
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
