#!/usr/bin/env bash
# Brings the front-end packages and bundles web/ into web/dist, whenever the
# sources differ from those of the last bundle.
set -euo pipefail
cd "$(dirname "$0")/../web"

digest() { if command -v sha256sum >/dev/null; then sha256sum; else shasum -a 256; fi; }

# hash: one value for the names and contents of the files named on its input.
hash() {
	while IFS= read -r file; do
		printf '%s ' "$file"
		digest <"$file"
	done | digest | cut -d' ' -f1
}

packages="$(printf '%s\n' package.json package-lock.json | hash)"
if [ "$(cat node_modules/.dramac-packages 2>/dev/null)" != "$packages" ]; then
	echo "frontend: bringing packages"
	npm ci --no-audit --no-fund --loglevel=error </dev/null
	printf '%s\n' "$packages" >node_modules/.dramac-packages
fi

# The mark lies beside the packages, because dist goes into the binary whole.
built="$(find . \( -path ./node_modules -o -path ./dist \) -prune -o -type f -print | LC_ALL=C sort | hash)"
if [ ! -s dist/app.css ] || [ "$(cat node_modules/.dramac-built 2>/dev/null)" != "$built" ]; then
	echo "frontend: bundling"
	npm run --silent build </dev/null
	printf '%s\n' "$built" >node_modules/.dramac-built
fi
