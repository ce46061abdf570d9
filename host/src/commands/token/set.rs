//! `system token set`: lets a context use another token file.

use serde_json::json;

use crate::cli::{Global, Output};
use crate::commands::config_file::{ConfigFile, named_token};
use crate::error::{Command, Result};
use crate::output::print_json;
use crate::storage::config::Change;
use crate::terminal::Terminal;
use crate::text::Line;

pub fn run(global: &Global, name: &str, terminal: &Terminal) -> Result<()> {
    let file = ConfigFile::find(global)?;
    let set = || Command::from("mesheryctl system token set");
    let token = named_token(&file.tokens(), name, set())?.name;
    let context = file.context(global.context.as_deref())?.name;
    file.change(|config| {
        let value = named_token(&config.tokens(), &token, set())?.name;
        Ok(vec![Change::ContextMember { context: context.clone(), key: "token", value }])
    })?;
    match global.output {
        Output::Text => {
            let (token, context) = (Line::new(&token), Line::new(&context));
            terminal.print(&[format!("Token {token} set for context {context}")])
        }
        Output::Json => print_json(&json!({ "token": token, "context": context })),
    }
}
