//! `system context delete`: removes a context.

use serde_json::json;

use crate::cli::{ContextDelete, Global, Output};
use crate::commands::config_file::{ConfigFile, named_context};
use crate::error::{Code, Command, Error, Result, Suggestion};
use crate::output::print_json;
use crate::storage::config::{Change, Config, quoted};
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
        return match global.output {
            Output::Text => terminal.print(&["Delete aborted".to_owned()]),
            Output::Json => print_json(&json!({ "deleted": null, "current": null })),
        };
    };
    let mut next = None;
    file.change(|config| {
        let name = named_context(Some(config), &name, delete())?.name;
        let is_current = config.current().is_some_and(|it| is_same(&it, &name));
        let mut changes = vec![Change::RemoveContext(name.clone())];
        next = match &successor {
            Successor::Named(next) if is_current || args.set.is_some() => Some(next.clone()),
            Successor::None if is_current && config.names().len() == 1 => {
                changes.push(Change::CurrentContext(String::new()));
                None
            }
            // Another process made it the current one, or added a context.
            _ if is_current => return Err(current_meanwhile(&name)),
            _ => None,
        };
        if let Some(next) = &next {
            named_context(Some(config), next, delete())?;
            changes.push(Change::CurrentContext(next.clone()));
        }
        Ok(changes)
    })?;
    match global.output {
        Output::Text => {
            let current = next.as_ref();
            let current =
                current.map(|it| format!("The current context is now \"{}\"", Line::new(it)));
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
    if !file.current().is_some_and(|it| is_same(&it, name)) {
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

/// The Go CLI writes the name of the current context in small letters.
fn is_same(current: &str, name: &str) -> bool {
    current.to_lowercase() == name.to_lowercase()
}

/// Another process changed the file between the question and the change.
fn current_meanwhile(name: &str) -> Error {
    let message = format!("{} is the current context now.", quoted(name));
    Error::new(Code::ContextInUse, message)
        .nothing_changed()
        .next(Suggestion::new("Try again", Command::again()))
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
