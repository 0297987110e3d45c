#!/bin/sh
# Compiles gunicorn's C parser into .venv where there is a compiler and Python's headers. Without it everything works,
# and a note costs a fifth more.
set -eu
cd "$(dirname "$0")/.."

has_headers() { .venv/bin/python -c 'import os, sysconfig, sys; sys.exit(not os.path.exists(sysconfig.get_path("include") + "/Python.h"))'; }

command -v cc >/dev/null && has_headers || exit 0
.venv/bin/python -m pip --disable-pip-version-check --no-input -qq install --require-hashes --no-deps \
    --no-build-isolation -r requirements/fast.txt >/dev/null 2>&1 ||
    echo "The faster HTTP parser could not be compiled here; Passalong runs without it."
