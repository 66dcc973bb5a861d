# All commands of this repository. "make" lists them.
# Needed: Go, Node, git, make and a C compiler; the rest is brought.

SHELL := bash
.DEFAULT_GOAL := help
.PHONY: help run build test check fuzz bench generate frontend postgres chromium

help: ## list these commands
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | awk -F'\t' '{printf "  make %-10s %s\n", $$1, $$2}'

run: build ## build and start the server with the demo; a second run keeps all data
	@tools/postgres.sh run
	bin/dramac serve --demo

build: frontend ## build bin/dramac and bin/dramac-cli
	go build -o bin/ ./cmd/...

test: check postgres chromium ## everything: check, fuzz of each target, all tests
	tools/fuzz.sh
	tools/test.sh

check: frontend ## formatting, vet, staticcheck, generated code up to date
	@tools/check.sh

fuzz: ## each fuzz target: FUZZTIME (1m) for what strangers send, FUZZTIME_REST (10s) else
	@tools/fuzz.sh

bench: frontend postgres ## CPU per request beside a bare handler, as ratios
	go test -run='^$$' -bench=. -benchtime=1x -timeout=10m ./internal/bench/...

generate: ## templates to Go, and all golden files
	tools/generate.sh goldens

frontend: ## bring the front-end packages and bundle web/, when changed
	@tools/frontend.sh

postgres: ## bring PostgreSQL binaries, when none are found
	@tools/postgres.sh

chromium: ## find or install a browser for the tests
	@tools/chromium.sh
