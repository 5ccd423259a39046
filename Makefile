# What can be done here. `make demo` shows NSML at work; `make test` proves that it does what it says.
PREFIX ?= $(if $(filter 0,$(shell id -u)),/usr/local,$(HOME)/.local)

.DEFAULT_GOAL := help
.PHONY: help demo demo-stop demo-clean prepare build test faults lint format install bench

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | while IFS="$$(printf '\t')" read -r name text; do printf '  make %-12s %s\n' "$$name" "$$text"; done

demo: ## start a platform of its own, train three models side by side, ask one of them
	@scripts/demo.sh up

demo-stop: ## stop the demonstration's platform
	@scripts/demo.sh stop

demo-clean: ## stop it and remove all that it made
	@scripts/demo.sh clean

prepare: ## install what building and running need and what is missing (Debian, Ubuntu)
	@scripts/prepare.sh

build: ## build for debugging
	@scripts/page-parts.sh || echo "without the page: its parts cannot be had" >&2
	@swift build

test: ## build with warnings as errors and run all tests: Swift, Python, the examples
	@scripts/test.sh

faults: build ## kill server, supervisors and trainings at random, and count what is lost: minutes
	@python3 Tests/faults/kill_everything.py
	@python3 Tests/faults/kill_while_yielding.py

lint: ## formatting, types, who imports whom, what must not be written
	@scripts/lint.sh

format: ## bring all Swift into its form
	@swift format -i --recursive --parallel Sources Tests Package.swift

install: ## build for release and install into PREFIX (default: /usr/local as root, else ~/.local)
	@scripts/install.sh "$(PREFIX)"

bench: ## measure; takes minutes and needs a quiet machine
	@scripts/bench.sh
