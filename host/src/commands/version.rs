//! `version`: prints the version of mesheryctl.

use serde_json::json;

use crate::cli::Output;
use crate::error::Result;
use crate::output::print_json;
use crate::terminal::Terminal;

pub fn run(output: Output, terminal: &Terminal) -> Result<()> {
    let version = env!("CARGO_PKG_VERSION");
    match output {
        Output::Text => terminal.print(&[format!("mesheryctl {version}")]),
        Output::Json => print_json(&json!({ "name": "mesheryctl", "version": version })),
    }
}
