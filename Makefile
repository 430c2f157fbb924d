# Everything a newcomer needs: `make demo` shows the product, `make test` proves it. Both set the machine up first.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help setup fonts web build test lint unit browser demo validate bench fuzz clean

SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)
APT := dicom3tools poppler-utils fontconfig chromium
DENY := 0.20.2
NEXTEST := 0.9.143
DOSEWRIGHT ?= target/debug/dosewright
# what the browser application is built from; folders too, so that a file that went away counts
WEB := $(shell find web/src web/public web/build web/index.html web/vite.config.ts web/svelte.config.js docs/terms.md ! -name keys.ts)

help: ## this list
	@grep -hE '^[a-z]+:.*##' Makefile | sed -E 's/^([a-z]+):.*## /\1\t/' | expand -t 12

setup: fonts ## install what the machine lacks (Debian packages, cargo tools, fonts)
	@missing=$$(for p in $(APT); do dpkg -s $$p >/dev/null 2>&1 || echo $$p; done); \
	if [ -n "$$missing" ]; then $(SUDO) apt-get update -qq && DEBIAN_FRONTEND=noninteractive $(SUDO) apt-get install -y -qq --no-install-recommends $$missing; fi
	@rustup component list --installed 2>/dev/null | grep -q clippy || rustup component add clippy rustfmt
	@cargo nextest --version >/dev/null 2>&1 || cargo install --locked --debug cargo-nextest@$(NEXTEST)
	@cargo deny --version >/dev/null 2>&1 || cargo install --locked --debug --no-default-features cargo-deny@$(DENY)

fonts: ## fetch the report's fonts from the npm registry (checked against package-lock.json)
	@assets/fonts.sh

web: web/dist/index.html ## the browser application: web/dist, which the program carries

web/node_modules/.package-lock.json: web/package-lock.json web/package.json
	cd web && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

web/dist/index.html: web/node_modules/.package-lock.json $(WEB)
	cd web && npm run --silent build -- --logLevel warn
	@touch $@

build: fonts web ## the optimised program: target/release/dosewright
	cargo build --locked --release --package dosewright

lint: web ## formatting, clippy, types, invariants, licences
	cargo fmt --all --check
	cd web && npm run --silent check
	cargo clippy --locked --workspace --all-targets --quiet -- -D warnings
	cargo xtask tidy
	cargo deny --log-level error check licenses bans sources

unit: web ## the test suite alone
	cd web && npm test --silent
	cargo nextest run --locked --workspace
	cargo test --locked --workspace --doc --quiet

browser: web ## the main paths in a real browser, against the program DOSEWRIGHT names
	@[ "$(DOSEWRIGHT)" != target/debug/dosewright ] || cargo build --locked --workspace --bins --quiet
	cd web && DOSEWRIGHT="$(abspath $(DOSEWRIGHT))" npm run --silent browser

test: setup ## set up, then everything that must hold before a change lands
	$(MAKE) --no-print-directory lint
	$(MAKE) --no-print-directory unit
	$(MAKE) --no-print-directory browser

demo: build ## three made-up patients, verified, with reports one can read
	tools/demo.sh

validate: build ## rewrite docs/validation/ from measurements (takes long)
	cargo xtask validate

bench: fonts ## speed of every engine beside its naive twin and the machine's limit
	cargo bench --locked --workspace

fuzz: fonts ## attack the readers and the contour code for some minutes (see fuzz/README.md)
	tools/fuzz.sh 90

clean:
	cargo clean
