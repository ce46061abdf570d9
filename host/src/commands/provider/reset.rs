//! `system provider reset`: removes the provider of the deployment from a context.

use serde_json::json;

use super::set::write;
use crate::cli::{Global, Output};
use crate::commands::config_file::ConfigFile;
use crate::error::Result;
use crate::output::print_json;
use crate::terminal::Terminal;

const DONE: &str = "Provider has been reset. You will be prompted to select a provider on next Meshery start. If not, log out or clear existing browser sessions.";

pub fn run(global: &Global, terminal: &Terminal) -> Result<()> {
    let file = ConfigFile::find(global)?;
    let context = file.context(global.context.as_deref())?.name;
    write(&file, &context, "")?;
    match global.output {
        Output::Text => terminal.print(&[DONE.to_owned()]),
        Output::Json => print_json(&json!({ "context": context, "provider": null })),
    }
}
