//! The binary `mesheryctl`. All of its code is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    mesheryctl::main()
}
