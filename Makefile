.DEFAULT_GOAL := help
.PHONY: help setup demo test browser check bench chaos

BIN := target/debug/earshot

help: ## Show this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/make \1	\2/p' Makefile | expand -t 14

setup: ## Install what this machine lacks
	@scripts/setup

demo: setup ## Run everything on this machine with invented conversations
	scripts/web build
	cargo build --workspace --bins
	$(BIN) demo $(ARGS)

test: setup ## Run all tests against a real Kafka and PostgreSQL (ARGS="-p runtime")
	cargo build --workspace --bins --features chaos
	$(BIN) local run -- cargo test $(if $(findstring -p ,$(ARGS) ),,--workspace --features chaos) $(ARGS)

browser: setup ## What a person does at the desk, in a real browser (ARGS=e2e/02-reply.test.mjs: a part of it)
	scripts/web build
	cargo build --workspace --bins --features chaos
	scripts/web test $(ARGS)

check: setup ## Formatting, lints, documentation, dependencies, generated files
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps
	scripts/cargo-deny
	scripts/web check
	scripts/unchanged scripts/regenerate

bench: setup ## Measure throughput and delay (ARGS=lists: the API at a million items; replies: kills of the sender; events: live streams; desk: a browser at 100,000 rows)
	$(if $(filter desk,$(firstword $(ARGS))),scripts/web build)
	cargo build --release --workspace --bins
	target/release/earshot-bench $(if $(filter lists replies events desk,$(firstword $(ARGS))),,bench) $(ARGS)

chaos: setup ## Kill processes at random and look for losses (ARGS=--defences: leave out each defence)
	scripts/chaos $(ARGS)
