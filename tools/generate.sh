#!/usr/bin/env bash
# Makes what is generated and committed: Go from templates and, with "goldens",
# the golden files of every package whose tests know the flag -update.
set -euo pipefail
cd "$(dirname "$0")/.."

find . -name '*.templ' -not -path '*/node_modules/*' -exec dirname {} + | sort -u | while read -r folder; do
	go tool templ generate -path "$folder" -log-level warn </dev/null
done
if [ "${1:-}" = goldens ]; then
	grep -rlE --include='*_test.go' --exclude-dir=node_modules 'flag\.Bool\("update"' . |
		xargs -r -n1 dirname | sort -u | while read -r folder; do
		go test -count=1 "$folder" -update </dev/null
	done
fi
