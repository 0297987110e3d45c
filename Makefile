# `make` lists what can be made. Everything goes into .venv, widget/node_modules and data/; `make clean` takes it away.

PIP := .venv/bin/python -m pip --disable-pip-version-check --no-input -qq
NODE := $(CURDIR)/.venv/bin/node
# Three processes, each with a PostgreSQL and browsers of its own: they often wait, so two cores are busy with three; a file's tests stay together, the long files come first.
PYTEST := .venv/bin/pytest -n 3 --dist loadfile --no-loadscope-reorder
# Two at once: installing uses one core, and so do types; tests begin when lint is done.
TOGETHER := $(MAKE) --no-print-directory --jobs 2
# A minute's worth: the rules and their properties, the tables, the words, whole journeys, and one file of each pipeline.
QUICK := tests/core tests/lib tests/i18n tests/store tests/stories tests/test_architecture.py tests/test_names.py \
	tests/test_plain_english.py tests/flow/fold/test_fold.py tests/web/browser/test_notes.py \
	tests/web/api/test_conversions.py
FAST := not browser and not slow and not long
LOCK := .venv/bin/pip-compile --quiet --generate-hashes --allow-unsafe --strip-extras --no-header \
	--no-emit-index-url --no-emit-find-links --no-emit-trusted-host

# pip, npm and the browser want a home to write to; where there is none they get one in .venv.
ifneq ($(shell test -n "$$HOME" && test -w "$$HOME" && echo good),good)
export HOME := $(CURDIR)/.venv/home
endif

# Python and pytest keep what they compile: without it each process compiles all tests and the product anew.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help reference docs setup run setup-test system-packages check check-fast test quick-tests fast-tests all-tests \
	test-long test-costs test-pages compose fuzz test-hosts coverage widget freeze lint types format lock chaos chaos-short soak pictures bench bench-short clean stale

help:  ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-11s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

setup: .venv/.ready  ## make .venv with everything that Passalong needs to run
	@echo "Ready. Start it with: make run"
	@git config core.hooksPath >/dev/null 2>&1 || echo "To check commit subjects: git config core.hooksPath tools/hooks"

run: .venv/.ready  ## start Passalong with a demo page; Ctrl-C ends it
	@exec .venv/bin/passalong demo run

setup-test: .venv/.ready-to-test system-packages  ## the same with everything that the tests need, browsers included

system-packages:
	@tools/system_packages.sh

check:  ## in a minute: lint, types, and the tests that break first, on SQLite
	@$(TOGETHER) lint types quick-tests

check-fast:  ## in some minutes: lint, types and all fast tests, on both databases
	@$(TOGETHER) lint types fast-tests

test:  ## everything: lint, types, the widget, every test on both databases, in a real browser
	@$(TOGETHER) setup-test lint types all-tests

quick-tests: .venv/.ready-to-test
	@$(PYTEST) -n 2 -m "$(FAST) and not postgresql" $(QUICK)

fast-tests: .venv/.ready-to-test
	@$(PYTEST) -m "$(FAST)"

all-tests: setup-test
	@$(PYTEST) -m "not long"

test-long: setup-test  ## what takes many minutes: all 121,370 edges of the cascades, on both databases
	@$(PYTEST) -m long

fuzz: setup-test  ## all examples of every property and all garbage, where make test tries some
	@PASSALONG_FUZZ=full $(PYTEST) -m "(hypothesis or fuzz) and not long"

test-pages: setup-test  ## every page at all widths, in both colour schemes and by keys, where make test alternates
	@PASSALONG_FUZZ=full .venv/bin/pytest tests/browser/test_pages.py

test-hosts: setup-test  ## build pages with the tools that owners use, and drive each by a browser
	@PATH="$(dir $(NODE)):$$PATH" tools/hosts.sh
	@$(PYTEST) tests/hosts

chaos: .venv/.ready-to-test  ## break it on purpose, at full length: crashes, power cuts, a full disk, overload (half an hour)
	@PYTHONPATH=tests .venv/bin/python -m chaos

chaos-short: .venv/.ready-to-test  ## the same experiments in a minute or two
	@PYTHONPATH=tests .venv/bin/python -m chaos --short

soak: .venv/.ready-to-test  ## an hour of notes: memory stays flat, nothing is lost; also: make soak MINUTES=5 RATE=100, make soak NOTES=10000000
	@PYTHONPATH=tests .venv/bin/python -m $(if $(NOTES),chaos.many_notes $(NOTES),chaos.soak $(or $(MINUTES),60) $(RATE))

pictures: .venv/.ready-to-test  ## draw the pictures of docs/widget.md with the real widget
	@PYTHONPATH=tests .venv/bin/python tools/pictures.py

bench: .venv/.ready-to-test  ## measure: ratios of interleaved rounds, on both databases (a quarter of an hour)
	@PYTHONPATH=tests .venv/bin/python -m bench

bench-short: .venv/.ready-to-test  ## the same in a minute: to see that it runs, not how fast
	@PYTHONPATH=tests .venv/bin/python -m bench --short

test-costs: setup-test  ## processor seconds of every file of tests, one after the other; a sample: make test-costs SHARE=0.05
	@PYTHONPATH=tests .venv/bin/python -m costs --share $(or $(SHARE),1) -q -m "not long"

compose:  ## run both compose files with podman, on a base of Debian's packages (as root; some minutes)
	@tools/compose.sh

coverage: setup-test  ## run every test and say which lines no test reached
	@.venv/bin/coverage run -m pytest -m "not long"
	@.venv/bin/coverage report

reference: .venv/.ready-to-test  ## write docs/reference/ and the clients' types from the code
	@.venv/bin/python tools/reference.py

docs: .venv/.ready-to-test reference  ## build the docs as a site into build/docs
	@NO_MKDOCS_2_WARNING=1 .venv/bin/mkdocs build --quiet --strict

lint: .venv/.ready-to-test
	@.venv/bin/ruff check --quiet .
	@.venv/bin/ruff format --check --quiet . || { echo "run: make format"; exit 1; }
	@cd widget && PATH="$(CURDIR)/.venv/bin:$$PATH" npm run --silent lint

types: .venv/.ready-to-test
	@.venv/bin/mypy

format: .venv/.ready-to-test  ## lay the Python out and mend what ruff can mend
	@.venv/bin/ruff check --quiet --fix .
	@.venv/bin/ruff format --quiet .

widget: .venv/.ready-to-test  ## build the script from widget/src into the package
	@cd widget && "$(NODE)" build.mjs

freeze: .venv/.ready-to-test  ## publish the built script under a version, for ever: make freeze VERSION=1.4.0
	@.venv/bin/python tools/freeze.py '$(VERSION)'

lock: .venv/.ready-to-test  ## lock the newest versions that requirements/*.in allow
	@cd requirements && ../$(LOCK) --upgrade --output-file run.txt run.in
	@cd requirements && ../$(LOCK) --upgrade --output-file fast.txt fast.in
	@cd requirements && ../$(LOCK) --upgrade --output-file mcp.txt mcp.in
	@cd requirements && ../$(LOCK) --upgrade --output-file test.txt test.in

clean:  ## take away everything that was made here, but not data/
	rm -rf .venv widget/node_modules build dist server/*.egg-info
	rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage htmlcov
	find server tests bench chaos -name __pycache__ -prune -exec rm -rf {} +

# --- what was made, and from what -------------------------------------------------------------------------------------

# Only "stale" where .venv belongs to another folder or its Python has gone; then everything in it is made anew.
.venv/.made-for: $(shell tools/venv.sh --stale)
	@tools/venv.sh

.venv/.locked: .venv/.made-for requirements/run.txt requirements/fast.txt tools/fast_parser.sh
	@echo "Installing what runs, as locked in requirements/run.txt"
	@$(PIP) install --require-hashes -r requirements/run.txt
	@tools/fast_parser.sh
	@touch $@

.venv/.ready: .venv/.locked setup.cfg setup.py pyproject.toml CHANGELOG.md
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

.venv/.ready-to-test: .venv/.locked requirements/test.txt widget/package-lock.json tools/node.sh | .venv/.ready
	@echo "Installing what tests, as locked in requirements/test.txt"
	@$(PIP) install --require-hashes -r requirements/test.txt
	@tools/node.sh
	@cd widget && PATH="$(CURDIR)/.venv/bin:$$PATH" npm ci --no-audit --no-fund --no-update-notifier --loglevel=error >/dev/null
	@touch $@
