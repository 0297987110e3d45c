#!/bin/sh
# Makes .venv, or makes it anew where it cannot be used: another folder, another Python, half made.
# `tools/venv.sh --stale` only asks: it prints "stale" where .venv would have to be made anew.
set -eu

complain() { echo "passalong: $*" >&2; exit 1; }

# What a usable .venv was made for: this very folder (its scripts hold the path) and a Python that is still there.
made_for() { printf '%s %s' "$PWD" "$(readlink -f .venv/bin/python)"; }

fresh() {
    [ -x .venv/bin/python ] && [ -f .venv/.made-for ] && [ "$(cat .venv/.made-for)" = "$(made_for)" ]
}

new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

find_python() {
    for candidate in ${PYTHON:-} /usr/bin/python3 python3 python3.14 python3.13 python3.12 python3.11; do
        if new_enough "$candidate"; then echo "$candidate"; return; fi
    done
    complain "Python 3.11 or newer is needed. On Debian and Ubuntu: apt-get install python3 python3-venv"
}

if [ "${1:-}" = --stale ]; then fresh || echo stale; exit; fi
if fresh; then exit; fi

{ mkdir -p .venv && : > .venv/.writable && rm .venv/.writable; } 2>/dev/null ||
    complain "$PWD cannot be written by $(id -un 2>/dev/null || id -u). Copy the project to a folder of your own, or change its owner."
python=$(find_python)
"$python" -c 'import ensurepip, venv' 2>/dev/null ||
    complain "$python cannot make virtual environments. On Debian and Ubuntu: apt-get install python3-venv"

echo "Making .venv with $("$python" --version)"
"$python" -m venv --clear .venv
mkdir -p .venv/home
made_for > .venv/.made-for
