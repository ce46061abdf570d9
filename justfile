# The commands of this project. `just` lists them; CONTRIBUTING.md has each without just.

_list:
    @just --list --unsorted

# Build the program in debug mode
build:
    cargo build --locked

# Run every test
test:
    cargo test --workspace --locked

# Run the tests beside the code, which take seconds
test-quick:
    cargo test --workspace --exclude faults-provider --lib --bins --locked

# Run the end-to-end tests whose names contain FILTER
test-e2e FILTER:
    cargo test -p mesheryctl-tests --test e2e --locked {{ FILTER }}

# Check the format and the lints
lint:
    cargo fmt --all --check
    cargo clippy --workspace --all-targets --locked -- -D warnings

# Build the documentation of every crate
doc:
    RUSTDOCFLAGS='-D warnings' cargo doc --no-deps --workspace --locked

# Write the manual pages, one for each command, into FOLDER
man FOLDER="target/man":
    cargo run -p mesheryctl --example man --locked -- {{ FOLDER }}

# Check licences, sources and banned crates; .ci/run names the version of cargo-deny
deny:
    cargo fetch --locked
    cargo deny --offline --locked check -A duplicate bans licenses sources

# Fuzz each target as CI does
fuzz-short *TARGETS:
    tests/fuzz/run short {{ TARGETS }}

# Fuzz each target for RUNS executions (a million)
fuzz-long *TARGETS:
    tests/fuzz/run long {{ TARGETS }}

# Find changes of the code that no unit test notices (cargo install cargo-mutants --locked)
mutants PACKAGE="core":
    tests/mutants/run {{ PACKAGE }}

# Measure commands beside their floors and other programs: `quick`, `--write`
bench *ARGUMENTS:
    tests/bench/run {{ ARGUMENTS }}

# Compare instruction counts and size with tests/bench/counts.txt; `--write` writes it anew
bench-counts *ARGUMENTS:
    tests/bench/counts {{ ARGUMENTS }}

# Write the tables of docs/faults.md anew, from every case
faults:
    MESHERYCTL_RENEW_TABLES=1 MESHERYCTL_ALL_FAULTS=1 cargo test -p mesheryctl-tests --locked

# Write the public interface of the SDK anew
public-api:
    MESHERYCTL_RENEW_TABLES=1 cargo test -p mesheryctl-tests --test packages --locked public_api

# Write the pictures of the README and of docs/browser-page.md anew
screenshots:
    MESHERYCTL_RENEW_TABLES=1 cargo test -p mesheryctl-tests --test e2e --locked docs::picture
    MESHERYCTL_TESTS_PICTURES=1 cargo test -p mesheryctl-tests --test e2e --locked result_page

# Make what people download of this version, in target/distribution; .ci/release/make names what it needs
release *MACHINES:
    .ci/release/make {{ MACHINES }}

# Try that release: the package in a fresh Debian, the archive in an older one, arm64 under qemu
release-try *PARTS:
    .ci/release/try {{ PARTS }}

# Run what a change must pass
ci:
    .ci/run
