#!/usr/bin/env bash
# All tests, with the race detector. The walk of all routes runs beside them
# without: it makes one request after another, and would take minutes longer.
set -euo pipefail
cd "$(dirname "$0")/.."

go test -vet=off -count=1 -timeout=30m -run='^TestNobodyPassesWhoMayNot$' ./internal/gateway &
walk=$!
status=0
go test -vet=off -race -shuffle=on -count=1 -timeout=30m ./... || status=$?
wait "$walk" || status=$?
exit "$status"
