#!/bin/sh
# Installs what the tests need from the system (three browsers, Chromium once more without windows, a screen for one of them,
# fonts, nginx, curl, PHP and Ruby for the snippets) and is not there yet: quietly as root, else it says how.
# Go is 464 MB: its snippets are tested where it is there.
set -eu

PACKAGES="chromium chromium-headless-shell firefox-esr webkit2gtk-driver xvfb xauth fonts-liberation nginx-light curl php-cli ruby"

installed() { dpkg-query --show --showformat '${db:Status-Status}' "$1" 2>/dev/null | grep -qx installed; }

if ! command -v dpkg-query >/dev/null; then
    command -v chromium >/dev/null && exit
    echo "passalong: the tests need Chromium (and its headless shell, if you have it), Firefox, WebKit's WebDriver with its MiniBrowser, Xvfb, the Liberation fonts, nginx, curl, PHP and Ruby; install them with your system's packages." >&2
    exit 1
fi

missing=
for package in $PACKAGES; do
    installed "$package" || missing="$missing $package"
done
[ -z "$missing" ] && exit
case "$missing" in *headless-shell*) missing="$missing chromium" ;; esac # both of one version

if [ "$(id -u)" != 0 ]; then
    echo "passalong: the tests need system packages. Run: sudo apt-get install -y --no-install-recommends$missing" >&2
    exit 1
fi

echo "Installing from the system's packages:$missing"
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
# $missing is a list of words on purpose; dpkg's own chatter is kept for the case that it fails.
log=$(mktemp)
# shellcheck disable=SC2086
if ! apt-get install -y -qq --no-install-recommends $missing >"$log" 2>&1; then
    cat "$log" >&2
    exit 1
fi
rm -f "$log"
