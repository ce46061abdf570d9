//! `system context list`: the names of the contexts.

use serde_json::json;

use crate::cli::{Global, Output};
use crate::commands::config_file::ConfigFile;
use crate::error::Result;
use crate::output::print_json;
use crate::storage::config::{by_name, quoted};
use crate::terminal::Terminal;
use crate::text::Line;

const NONE: &str = "No contexts available. Use `mesheryctl system context create <name>` to create a new Meshery deployment context.";

pub fn run(global: &Global, terminal: &Terminal) -> Result<()> {
    let file = ConfigFile::find(global)?;
    let (current, names) = (file.current(), file.names());
    if let Some(missing) = missing(&file) {
        terminal.say(&format!("The current context {} does not exist.", quoted(&missing)));
    }
    match global.output {
        Output::Json => print_json(&json!({ "current": current, "contexts": names })),
        Output::Text if names.is_empty() => terminal.print(&[NONE.to_owned()]),
        Output::Text => terminal.print(&lines(current.as_deref(), &names)),
    }
}

/// The name of the current context, if there is no such context.
fn missing(file: &ConfigFile) -> Option<String> {
    file.current().filter(|it| by_name(file.names().into_iter(), it, |known| known).is_none())
}

/// The list in the format of the Go CLI.
fn lines(current: Option<&str>, names: &[&str]) -> Vec<String> {
    let current = match current {
        Some(name) => format!("Current context: {}", Line::new(name)),
        None => "Current context not set".to_owned(),
    };
    let head = [current, "Available contexts:".to_owned(), String::new()];
    head.into_iter().chain(names.iter().map(|it| format!("- {}", Line::new(it)))).collect()
}
