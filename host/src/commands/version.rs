//! `version`: prints the version of mesheryctl.

use serde_json::json;

use crate::cli::Output;
use crate::error::Result;
use crate::output::{print, print_json};

pub fn run(output: Output) -> Result<()> {
    let version = env!("CARGO_PKG_VERSION");
    match output {
        Output::Text => print(&format!("mesheryctl {version}\n")),
        Output::Json => print_json(&json!({ "name": "mesheryctl", "version": version })),
    }
}
