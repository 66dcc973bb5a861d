#!/usr/bin/env bash
# Runs every fuzz target for a short time (FUZZTIME, 5s each). A target that
# fails leaves its input in testdata/fuzz, which then belongs into the commit.
set -euo pipefail
cd "$(dirname "$0")/.."
said="$(mktemp)"
trap 'rm -f "$said"' EXIT

# fuzz FOLDER TARGET. On a busy machine Go may report its own time limit as a
# failure ("context deadline exceeded"); only a failing input is one.
fuzz() {
	if go test -run='^$' -fuzz="^$2\$" -fuzztime="${FUZZTIME:-5s}" "./$1" </dev/null >"$said" 2>&1; then
		echo "fuzz: $1 $2: $(grep -o 'execs: [0-9]*' "$said" | tail -n 1)"
	elif grep -q 'context deadline exceeded' "$said" && ! grep -qE 'Failing input|panic:' "$said"; then
		echo "fuzz: $1 $2: out of time"
	else
		cat "$said"
		return 1
	fi
}

targets="$(grep -rnE --include='*_test.go' --exclude-dir=node_modules '^func Fuzz[A-Za-z0-9_]*\(' . |
	sed -E 's|^\./(.*)/[^/]*_test\.go:[0-9]+:func (Fuzz[A-Za-z0-9_]*).*|\1 \2|' | sort -u)"
while read -r folder target; do
	if [ -n "$target" ]; then fuzz "$folder" "$target"; fi
done <<<"$targets"
