# Everything a person or a machine does with Drydock. `make run` and `make test` do their own set-up.

CARGO_FLAGS ?= --locked
# A target folder per feature set: two builds with other features would undo each other's work.
HEADLESS := --no-default-features --target-dir target/headless
TOOLS := target/tools

.PHONY: run test check build golden validate bench-scheduler bench-simulation digest bench-window types setup-run setup-test ui deny clean

run: setup-run ui
	@scripts/run

test: setup-test
	@scripts/test

check: setup-test ui $(TOOLS)/bin/cargo-deny
	cargo fmt --all --check
	cargo clippy $(CARGO_FLAGS) $(HEADLESS) --workspace --all-targets -- -D warnings
	cargo clippy $(CARGO_FLAGS) --target-dir target/desktop -p drydock --features custom-protocol -- -D warnings
	$(TOOLS)/bin/cargo-deny check --hide-inclusion-graph licenses bans sources
	scripts/types --check
	cd ui && npm run format:check && npm run lint && npm run check

# The release binary, with the window and the bundle in it.
build: setup-run ui
	cargo build $(CARGO_FLAGS) --release --features custom-protocol

# Decisions of the real kube-scheduler and HPA controller, played again.
golden:
	@scripts/golden

# Pods placed a second, one thread, all nodes scored; the growth with nodes and pods; peak memory.
bench-scheduler:
	@cargo bench $(CARGO_FLAGS) $(HEADLESS) --quiet -p drydock-scheduler --bench scheduler

# Events played a second in a bare queue, beside SimPy's; an hour of the reference world; two threads on replications.
bench-simulation:
	@scripts/bench-simulation

# The engine against closed forms, seeds 1 to 100.
validate:
	@cargo bench $(CARGO_FLAGS) $(HEADLESS) --quiet -p drydock-simulation --bench validate

# The debug and the release binary answer with the same bytes, on one core and on all.
digest: build
	cargo build $(CARGO_FLAGS) $(HEADLESS)
	@scripts/digest target/headless/debug/drydock target/release/drydock

# First frame, memory, size of the binary and a large heatmap, in the real window.
bench-window: setup-test build
	@node ui/window/bench.mjs

# TypeScript types of the window, from the table of operations.
types:
	scripts/types

ui: ui/node_modules/.package-lock.json
	cd ui && npm run --silent build

ui/node_modules/.package-lock.json: ui/package-lock.json
	cd ui && npm ci --no-audit --no-fund

setup-run:
	@scripts/packages build

setup-test:
	@scripts/packages build test

deny: $(TOOLS)/bin/cargo-deny
	$(TOOLS)/bin/cargo-deny check licenses bans sources

# Unoptimised: it runs for a second, and builds in a third of the time.
$(TOOLS)/bin/cargo-deny:
	cargo install --debug --locked --root $(TOOLS) --target-dir target/tools-build --version 0.20.2 cargo-deny

clean:
	rm -rf target ui/dist ui/node_modules
