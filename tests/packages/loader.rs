//! Other compilers on the side that loads: a program outside of this repository, built by another Rust, runs a plugin that this one
//! built. The other direction is tested in e2e/plugins/parity.rs.

use std::path::{Path, PathBuf};
use std::process::Command;

use mesheryctl_tests::*;

use crate::outside::{OldestRust, Outside, run};

/// Loads a library as the host does, after the check of its layout, and runs an action.
const LOADER: &str = r#"
use mesheryctl_plugin_sdk::failure::Failure;
use mesheryctl_plugin_sdk::provider::{Action, Provider, Request, Settings};
use mesheryctl_plugin_sdk::session::Session;
use mesheryctl_plugin_sdk::testing::Library;

struct Person;

impl Session for Person {
    fn tell(&mut self, text: &str) -> Result<(), Failure> {
        println!("told {text}");
        Ok(())
    }

    fn ask(&mut self, prompt: &str) -> Result<String, Failure> {
        println!("asked {prompt}");
        Ok("Ada".into())
    }

    fn random(&mut self, bytes: u32) -> Result<String, Failure> {
        Ok("r".repeat(bytes as usize))
    }
}

fn main() {
    let library = Library::open(std::env::args().nth(1).unwrap()).unwrap();
    assert!(library.manifest().contains("\"id\": \"hello\""));
    let settings = Settings::default().with("greeting", "Hello!");
    let signed_in = library.login(&Request::new(Action::Login, settings), &mut Person).unwrap();
    println!("signed in {}", signed_in.account.unwrap());
    let error = library.refresh(&Request::new(Action::Refresh, Settings::default()), &mut Person);
    println!("{}", error.unwrap_err().message);
}
"#;

const MANIFEST: &str = r#"
[package]
name = "loader"
version = "0.1.0"
edition = "2024"

[dependencies]
mesheryctl-plugin-sdk = { version = "0.1", features = ["testing"] }
"#;

/// The rustc of Debian's package.
const OTHER_RUST: &str = "/usr/bin/rustc";

fn loader(outside: &Outside) -> PathBuf {
    outside.write_crate("loader", MANIFEST.to_owned(), "main.rs", LOADER)
}

/// Builds the loader with this cargo into this folder of the target directory, and runs it.
fn assert_that_it_loads(cargo: &mut Command, target: &str) {
    let target = target_directory().join(target);
    run(cargo.env("CARGO_TARGET_DIR", &target).args(["build", "--quiet", "--offline"]));
    let said = run(Command::new(target.join("debug/loader")).arg(built_library("hello-provider")));
    let expected = "told Hello!\nasked Your name\nsigned in Ada\nrefresh is not supported here.\n";
    assert_eq!(said, expected);
}

#[test]
fn a_loader_built_by_the_oldest_rust_runs_a_plugin_built_by_this_one() {
    let outside = Outside::unpacked();
    let Some(rust) = OldestRust::installed(&outside) else { return };
    assert_that_it_loads(&mut rust.cargo(&loader(&outside)), "oldest-rust");
}

#[test]
fn a_loader_built_by_another_rust_runs_a_plugin_built_by_this_one() {
    if !Path::new(OTHER_RUST).exists() {
        assert!(std::env::var_os("CI").is_none(), "apt-get install rustc-web");
        return;
    }
    let outside = Outside::unpacked();
    let mut cargo = cargo();
    cargo.env("RUSTC", OTHER_RUST).current_dir(loader(&outside));
    assert_that_it_loads(&mut cargo, "other-rustc");
}
