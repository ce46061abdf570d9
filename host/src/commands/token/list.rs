//! `system token list`: the names of the token files.

use serde_json::{Value, json};

use crate::cli::{Global, Output};
use crate::commands::config_file::ConfigFile;
use crate::error::Result;
use crate::output::print_json;
use crate::terminal::Terminal;
use crate::text::Line;

pub fn run(global: &Global, terminal: &Terminal) -> Result<()> {
    let file = ConfigFile::find(global)?;
    let entries = file.tokens();
    match global.output {
        Output::Text => {
            let names = entries.iter().map(|it| Line::new(&it.name).to_string());
            terminal.print(
                &["Available tokens: ".to_owned()].into_iter().chain(names).collect::<Vec<_>>(),
            )
        }
        Output::Json => {
            let described: Vec<Value> = entries
                .iter()
                .map(|it| {
                    let path = file.path_of(it).display().to_string();
                    json!({ "name": it.name, "location": it.location, "path": path })
                })
                .collect();
            print_json(&json!({ "tokens": described }))
        }
    }
}
