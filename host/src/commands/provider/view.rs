//! `system provider view`: the provider of the deployment in a context.

use serde_json::{Value, json};

use crate::cli::{Global, Output};
use crate::commands::config_file::ConfigFile;
use crate::error::Result;
use crate::output::print_json;
use crate::storage::config::{Config, Context};
use crate::terminal::Terminal;
use crate::text::{Line, Title};

pub fn run(global: &Global, all: bool, terminal: &Terminal) -> Result<()> {
    let file = ConfigFile::find(global)?;
    let shown = match (&file.config, all) {
        (Some(config), true) => contexts(config),
        (None, true) => Vec::new(),
        (_, false) => vec![file.context(global.context.as_deref())?],
    };
    let current = file.current();
    match global.output {
        Output::Text => {
            let mut lines: Vec<String> = shown.iter().flat_map(rows).collect();
            if all {
                let current = current.as_deref().unwrap_or_default();
                lines.push(format!("Current Context: {}", Line::new(current)));
            }
            terminal.print(&lines)
        }
        Output::Json => {
            let described = |it: &Context| json!({ "context": it.name, "provider": it.provider });
            let contexts: Vec<Value> = shown.iter().map(described).collect();
            print_json(&json!({ "current": current, "contexts": contexts }))
        }
    }
}

fn contexts(config: &Config) -> Vec<Context> {
    config.names().into_iter().filter_map(|it| config.context(Some(it)).ok().flatten()).collect()
}

fn rows(context: &Context) -> [String; 2] {
    let provider = Title::new(context.provider.as_deref().unwrap_or_default());
    [format!("Context: {}", Line::new(&context.name)), format!("Provider: {provider}")]
}
