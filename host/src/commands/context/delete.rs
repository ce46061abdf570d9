//! `system context delete`: removes a context.

use serde_json::json;

use crate::cli::{ContextDelete, Global, Output};
use crate::commands::config_file::{ConfigFile, named_context, quoted};
use crate::error::{Code, Command, Error, Result, Suggestion};
use crate::output::print_json;
use crate::storage::config::{Change, Config};
use crate::terminal::Terminal;
use crate::terminal::prompt::{self, Menu, Row};
use crate::text::Line;

/// The context that becomes the current one.
enum Successor {
    /// The current context stays.
    Unneeded,
    Named(String),
    /// No context is left.
    None,
}

pub fn run(global: &Global, args: &ContextDelete, terminal: &Terminal) -> Result<()> {
    let file = ConfigFile::find(global)?;
    let delete = || Command::from("mesheryctl system context delete");
    let name = named_context(file.config.as_ref(), &args.name, delete())?.name;
    let Some(successor) = successor(&file, &name, args, global.yes, terminal)? else {
        return terminal.print(&["Delete aborted".to_owned()]);
    };
    file.change(|config| {
        let mut changes =
            vec![Change::RemoveContext(named_context(Some(config), &name, delete())?.name)];
        match &successor {
            Successor::Unneeded => {}
            Successor::Named(next) => {
                named_context(Some(config), next, delete())?;
                changes.push(Change::CurrentContext(next.clone()));
            }
            Successor::None => changes.push(Change::CurrentContext(String::new())),
        }
        Ok(changes)
    })?;
    let next = match &successor {
        Successor::Named(next) => Some(next.as_str()),
        _ => None,
    };
    match global.output {
        Output::Text => {
            let current =
                next.map(|it| format!("The current context is now \"{}\"", Line::new(it)));
            let deleted = format!("deleted context {}", Line::new(&name));
            terminal.print(&current.into_iter().chain([deleted]).collect::<Vec<_>>())
        }
        Output::Json => print_json(&json!({ "deleted": name, "current": next })),
    }
}

/// The context that becomes the current one; `None` if the person wants to keep the context.
fn successor(
    file: &ConfigFile,
    name: &str,
    args: &ContextDelete,
    yes: bool,
    terminal: &Terminal,
) -> Result<Option<Successor>> {
    let next = match &args.set {
        Some(next) => Some(given_successor(file.config.as_ref(), next, name, yes)?),
        None => None,
    };
    let is_current = file.current().is_some_and(|it| it.to_lowercase() == name.to_lowercase());
    if !is_current {
        return Ok(Some(next.map_or(Successor::Unneeded, Successor::Named)));
    }
    let others: Vec<&str> = file.names().into_iter().filter(|it| *it != name).collect();
    if !yes {
        if !terminal.can_prompt() {
            return Err(needs_answers(name, next.as_deref(), &others));
        }
        let question = "Are you sure you want to delete the current context?";
        if !prompt::confirm(&[], question, terminal)? {
            return Ok(None);
        }
    }
    Ok(Some(match (next, others.as_slice()) {
        (Some(next), _) => Successor::Named(next),
        (None, []) => Successor::None,
        (None, [only]) => Successor::Named((*only).to_owned()),
        (None, several) if terminal.can_prompt() => Successor::Named(chosen(several, terminal)?),
        (None, several) => return Err(needs_answers(name, None, several)),
    }))
}

/// The context of `--set`, in the spelling of the file.
fn given_successor(
    config: Option<&Config>,
    next: &str,
    deleted: &str,
    yes: bool,
) -> Result<String> {
    let delete = Command::from("mesheryctl system context delete").value(deleted);
    let delete = if yes { delete.literal("--yes") } else { delete };
    let next = named_context(config, next, delete.literal("--set"))?.name;
    if next == deleted {
        let message = "Choose a new context other than the context being deleted";
        let message = format!("{message}: {} cannot be the current one.", quoted(&next));
        return Err(Error::new(Code::Usage, message).nothing_changed());
    }
    Ok(next)
}

fn chosen(names: &[&str], terminal: &Terminal) -> Result<String> {
    let row = |it: &&str| Row { name: Line::new(it).to_string(), detail: None };
    let rows: Vec<Row> = names.iter().map(row).collect();
    let label = "Select context";
    let menu = Menu { asks: None, label, rows: &rows, current: 0, above: None, deadline: None };
    Ok(names[prompt::select(&menu, terminal)?].to_owned())
}

/// The questions cannot be asked.
fn needs_answers(name: &str, next: Option<&str>, others: &[&str]) -> Error {
    let message = format!("{} is the current context, and this is not a terminal.", quoted(name));
    let delete = Command::from("mesheryctl system context delete").value(name);
    let delete = match next.or(others.first().copied()) {
        Some(next) => delete.literal("--set").value(next),
        None => delete,
    };
    Error::new(Code::NeedsTerminal, message)
        .nothing_changed()
        .next(Suggestion::new("Without a question", delete.literal("--yes")))
}
