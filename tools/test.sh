#!/usr/bin/env bash
# All tests, with the race detector. The walk of all routes, which is not built
# with it (internal/gateway/walk_norace_test.go), runs beside them.
set -euo pipefail
cd "$(dirname "$0")/.."

walks() {
	go test -vet=off -count=1 -timeout=30m -run='^TestNobodyPassesWhoMayNot$' ./internal/gateway | tee >(cat >&2) | { ! grep 'no tests to run'; }
}
walks &
walk=$!
status=0
go test -vet=off -race -shuffle=on -count=1 -timeout=30m ./... || status=$?
wait "$walk" || status=$?
exit "$status"
