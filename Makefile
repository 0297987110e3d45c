# `make` lists what can be made. Everything goes into .venv, widget/node_modules and data/; `make clean` takes it away.

PIP := .venv/bin/python -m pip --disable-pip-version-check --no-input -qq
NODE := $(CURDIR)/.venv/bin/node
# Two processes, each with a PostgreSQL and browsers of its own; a file's tests stay together, the long files come first.
PYTEST := .venv/bin/pytest -n 2 --dist loadfile --no-loadscope-reorder
LOCK := .venv/bin/pip-compile --quiet --generate-hashes --allow-unsafe --strip-extras --no-header \
	--no-emit-index-url --no-emit-find-links --no-emit-trusted-host

# pip, npm and the browser want a home to write to; where there is none they get one in .venv.
ifneq ($(shell test -n "$$HOME" && test -w "$$HOME" && echo good),good)
export HOME := $(CURDIR)/.venv/home
endif

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup run setup-test check test test-long coverage widget freeze lint types format lock chaos chaos-short bench bench-short clean stale

help:  ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-11s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

setup: .venv/.ready  ## make .venv with everything that Passalong needs to run
	@echo "Ready. Start it with: make run"

run: .venv/.ready  ## start Passalong with a demo page; Ctrl-C ends it
	@exec .venv/bin/passalong demo run

setup-test: .venv/.ready-to-test  ## the same with everything that the tests need, browsers included
	@tools/system_packages.sh

check: .venv/.ready-to-test lint types  ## lint, types and the fast tests, on both databases
	@$(PYTEST) -m "not browser and not slow and not long"

test: setup-test lint types  ## everything: lint, types, the widget, every test on both databases, in a real browser
	@$(PYTEST) -m "not long"

test-long: setup-test  ## what takes many minutes: all 121,370 edges of the cascades, on both databases
	@$(PYTEST) -m long

chaos: .venv/.ready-to-test  ## break it on purpose, at full length: crashes, power cuts, a full disk, overload (half an hour)
	@PYTHONPATH=tests .venv/bin/python -m chaos

chaos-short: .venv/.ready-to-test  ## the same experiments in a minute or two
	@PYTHONPATH=tests .venv/bin/python -m chaos --short

bench: .venv/.ready-to-test  ## measure: ratios of interleaved rounds, on both databases (a quarter of an hour)
	@PYTHONPATH=tests .venv/bin/python -m bench

bench-short: .venv/.ready-to-test  ## the same in a minute: to see that it runs, not how fast
	@PYTHONPATH=tests .venv/bin/python -m bench --short

coverage: setup-test  ## run every test and say which lines no test reached
	@.venv/bin/coverage run -m pytest -m "not long"
	@.venv/bin/coverage report

lint: .venv/.ready-to-test
	@.venv/bin/ruff check --quiet .
	@.venv/bin/ruff format --check --quiet . || { echo "run: make format"; exit 1; }

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
