.PHONY: check test golden

check:
	cargo fmt --all --check
	cargo clippy --locked --workspace --all-targets -- -D warnings

test:
	cargo test --locked --workspace

# Decisions of the real kube-scheduler and HPA controller, played again.
golden:
	@scripts/golden
