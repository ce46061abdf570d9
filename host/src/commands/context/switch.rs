//! `system context switch`: makes a context the current one, and shows who is signed in there.

use serde_json::json;

use super::signed_in::signed_in;
use crate::cli::{Global, Output};
use crate::commands::config_file::{ConfigFile, named_context};
use crate::error::{Command, Result, Suggestion};
use crate::output::print_json;
use crate::sign_in::token_in_use::TokenInUse;
use crate::storage::config::Change;
use crate::terminal::Terminal;
use crate::text::Line;

pub fn run(global: &Global, name: &str, terminal: &Terminal) -> Result<()> {
    let mut file = ConfigFile::find(global)?;
    let name = named_context(file.config.as_ref(), name, switch()).map_err(|error| {
        let create = Command::from("mesheryctl system context create").value(name);
        error.next(Suggestion::new("Create it", create))
    })?;
    let (name, before) = (name.name, file.current());
    // The Go CLI writes the name in small letters, whatever those of the context are.
    let is_current = before.as_ref().is_some_and(|it| it.to_lowercase() == name.to_lowercase());
    if !is_current {
        let changed = file.change(|config| {
            let name = named_context(Some(config), &name, switch())?.name;
            Ok(vec![Change::CurrentContext(name)])
        })?;
        file.config = Some(changed);
    }
    let there = signed_in(global, file.config.as_ref(), &name)?;
    match global.output {
        Output::Text => {
            let shown = Line::new(&name);
            terminal.print(&[match is_current {
                true => format!("already using context '{shown}'"),
                false => format!("switched to context '{shown}'"),
            }])?;
            there.say(terminal);
            Ok(())
        }
        Output::Json => {
            let used = there.token();
            print_json(&json!({
                "current": name,
                "previous": before,
                "provider": used.map(|it| it.auth.provider.clone()),
                "account": used.and_then(TokenInUse::claimed_account),
                "token_file": there.target.store.file().display().to_string(),
            }))
        }
    }
}

fn switch() -> Command {
    Command::from("mesheryctl system context switch")
}
