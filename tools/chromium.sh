#!/usr/bin/env bash
# Makes sure that the browser tests find Chromium or Chrome: looks for one,
# installs Debian's package when it may, and says what to do otherwise.
set -euo pipefail

found() {
	local name
	for name in chromium chromium-browser google-chrome google-chrome-stable headless-shell chrome; do
		command -v "$name" >/dev/null && return 0
	done
	[ -x "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome" ] ||
		[ -x "/Applications/Chromium.app/Contents/MacOS/Chromium" ]
}

found && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
	echo "chromium: not found; installing it"
	export DEBIAN_FRONTEND=noninteractive
	apt-get update -qq </dev/null
	apt-get install -y -qq --no-install-recommends chromium </dev/null >/dev/null
	found && exit 0
fi
echo "chromium: the browser tests need Chromium or Google Chrome, and neither is in PATH." >&2
echo "chromium: install one (Debian: apt-get install chromium; macOS: brew install --cask google-chrome)." >&2
exit 1
