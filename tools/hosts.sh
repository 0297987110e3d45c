#!/bin/sh
# Installs the tools of the hosts whose pages `make test-hosts` builds: Sphinx, Django, npm packages, and Debian's Hugo, Jekyll, WordPress and MariaDB.
set -eu
cd "$(dirname "$0")/.."
tools=.venv/hosts

[ -x "$tools/bin/pip" ] || python3 -m venv "$tools"
"$tools/bin/pip" --disable-pip-version-check --no-input -qq install --require-hashes -r requirements/hosts.txt
cp tests/hosts/package.json tests/hosts/package-lock.json tests/hosts/.npmrc "$tools/"
(cd "$tools" && npm ci --silent)

packages="hugo jekyll wordpress wordpress-theme-twentytwentythree mariadb-server php-cli php-mysql"
missing=
for package in $packages; do
    dpkg-query --show --showformat '${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || missing="$missing $package"
done
[ -z "$missing" ] && exit
if [ "$(id -u)" != 0 ]; then
    echo "passalong: some hosts are not tried. To try them: sudo apt-get install -y --no-install-recommends$missing" >&2
    exit
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
# shellcheck disable=SC2086
apt-get install -y -qq --no-install-recommends $missing >/dev/null
