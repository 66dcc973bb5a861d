#!/usr/bin/env bash
# Runs every fuzz target: for a minute (FUZZTIME) what reads input of strangers,
# ten seconds (FUZZTIME_REST) the rest; two targets at a time, one worker each.
# A target that fails leaves its input in testdata/fuzz, which then belongs into
# the commit.
set -euo pipefail
cd "$(dirname "$0")/.."

# The package reader, manifests, conditions, expressions and their SQL, the grammar of queries.
long=' FuzzOpen FuzzRead FuzzParseFilter FuzzParse FuzzCompile FuzzParseQuery '

# fuzz FOLDER TARGET. On a busy machine Go may report its own time limit as a
# failure ("context deadline exceeded"); only a failing input is one.
fuzz() {
	local said time="${FUZZTIME_REST:-${FUZZTIME:-10s}}"
	if [[ "$long" == *" $2 "* && "$1" != sdk/* ]]; then time="${FUZZTIME:-1m}"; fi
	said="$(mktemp)"
	if go test -vet=off -run='^$' -fuzz="^$2\$" -fuzztime="$time" -fuzzminimizetime=20x -parallel=1 "./$1" </dev/null >"$said" 2>&1; then
		echo "fuzz: $1 $2 $time: $(grep -o 'execs: [0-9]*' "$said" | tail -n 1)"
	elif grep -q 'context deadline exceeded' "$said" && ! grep -qE 'Failing input|panic:' "$said"; then
		echo "fuzz: $1 $2: out of time"
	else
		cat "$said"
		rm -f "$said"
		return 255 # xargs stops
	fi
	rm -f "$said"
}
export -f fuzz
export long

grep -rnE --include='*_test.go' --exclude-dir=node_modules '^func Fuzz[A-Za-z0-9_]*\(' . |
	sed -E 's|^\./(.*)/[^/]*_test\.go:[0-9]+:func (Fuzz[A-Za-z0-9_]*).*|\1 \2|' | sort -u |
	xargs -P 2 -L 1 bash -euo pipefail -c 'fuzz "$1" "$2"' fuzz
