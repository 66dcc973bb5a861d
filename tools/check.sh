#!/usr/bin/env bash
# Everything that can be said about the code without running it: formatting,
# vet, staticcheck, and whether generated code is up to date.
set -euo pipefail
cd "$(dirname "$0")/.."
failed=0

# Packages, not folders: the front-end packages lie below web/ and hold Go too.
packages="$(go list ./... | grep -v /node_modules/)"

# generated prints the names and contents of all generated Go.
generated() {
	find . -name '*_templ.go' -not -path '*/node_modules/*' -exec cksum {} + | sort
}

echo "check: generated code"
before="$(generated)"
tools/generate.sh
if [ "$before" != "$(generated)" ]; then
	echo "check: generated code was out of date; it is made anew now: commit it" >&2
	failed=1
fi

echo "check: formatting"
# shellcheck disable=SC2086
unformatted="$(go list -f '{{$d := .Dir}}{{range .GoFiles}}{{$d}}/{{.}}{{"\n"}}{{end}}{{range .TestGoFiles}}{{$d}}/{{.}}{{"\n"}}{{end}}{{range .XTestGoFiles}}{{$d}}/{{.}}{{"\n"}}{{end}}{{range .IgnoredGoFiles}}{{$d}}/{{.}}{{"\n"}}{{end}}' $packages |
	grep '\.go$' | grep -v '_templ\.go$' | xargs go tool gofumpt -l)"
if [ -n "$unformatted" ]; then
	printf 'check: not formatted (run go tool gofumpt -w):\n%s\n' "$unformatted" >&2
	failed=1
fi

echo "check: vet"
# shellcheck disable=SC2086
go vet $packages || failed=1

echo "check: staticcheck"
# shellcheck disable=SC2086
go tool staticcheck $packages || failed=1
exit "$failed"
