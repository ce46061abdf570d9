//! `system context view`: the members of a context.

use serde_json::{Map, Value, json};

use crate::cli::{ContextView, Global, Output};
use crate::commands::config_file::{ConfigFile, named_context};
use crate::error::{Command, Result};
use crate::output::{print, print_json};
use crate::storage::config::{self, Config, Context};
use crate::terminal::Terminal;
use crate::text::Line;

/// The members that every context may have, in the order of the Go CLI.
const MEMBERS: [&str; 8] = [
    "endpoint",
    "token",
    "token-location",
    "platform",
    "components",
    "channel",
    "version",
    "provider",
];

pub fn run(global: &Global, args: &ContextView, terminal: &Terminal) -> Result<()> {
    let file = ConfigFile::find(global)?;
    let shown = match (&args.name, args.all) {
        (_, true) => all(&file),
        (Some(name), _) => {
            let view = Command::from("mesheryctl system context view");
            vec![named_context(file.config.as_ref(), name, view)?]
        }
        (None, _) => vec![file.context(global.context.as_deref())?],
    };
    for context in &shown {
        warning(context, file.config.as_ref()).iter().for_each(|it| terminal.say(it));
    }
    let described: Vec<_> = shown.iter().map(|it| (it, members(it, &file))).collect();
    match global.output {
        Output::Text => print(&text(&file, &described, args.all)),
        Output::Json if args.all => {
            let contexts = described.into_iter().map(|(it, of_it)| (it.name.clone(), of_it.into()));
            let contexts: Map<String, Value> = contexts.collect();
            print_json(&json!({ "current": file.current(), "contexts": contexts }))
        }
        Output::Json => {
            let [(context, members)] = described.as_slice() else { return Ok(()) };
            let (name, current) = (&context.name, file.current());
            print_json(&json!({ "name": name, "current": current, "context": members }))
        }
    }
}

fn all(file: &ConfigFile) -> Vec<Context> {
    let Some(config) = &file.config else { return Vec::new() };
    config.names().into_iter().filter_map(|it| config.context(Some(it)).ok().flatten()).collect()
}

/// What is wrong with the token of the context.
fn warning(context: &Context, config: Option<&Config>) -> Option<String> {
    let name = Line::new(&context.name);
    let Some(token) = &context.token else {
        return Some(format!("[Warning]: Token not specified/empty for context \"{name}\""));
    };
    let token = token.name.as_ref().filter(|_| token.location.is_none())?;
    let is_known = config.is_some_and(|it| it.token_entry(token).is_some());
    let token = Line::new(token);
    let missing =
        format!("[Warning]: Token \"{token}\" could not be found! for context \"{name}\"");
    (!is_known).then_some(missing)
}

/// The members as the file has them, with the path of the token file.
fn members(context: &Context, file: &ConfigFile) -> Map<String, Value> {
    let Some(config) = &file.config else { return Map::new() };
    let mut members = config.members(&context.name);
    let (meshery, home) = (file.home.meshery(), file.home.path());
    if let Some(path) = config.token_location(context, &meshery, home) {
        members.insert("token-location".to_owned(), json!(path.display().to_string()));
    }
    members
}

fn text(file: &ConfigFile, contexts: &[(&Context, Map<String, Value>)], all: bool) -> String {
    let current = file.current().unwrap_or_default();
    let mut text = format!("\nCurrent Context: {}\n", Line::new(&current));
    if let ([(context, _)], false) = (contexts, all)
        && context.name.to_lowercase() != current.to_lowercase()
    {
        text += &format!("Context: {}\n", Line::new(&context.name));
    }
    for (context, members) in contexts {
        text += "\n";
        let indent = if all { "  " } else { "" };
        if all {
            text += &format!("{}:\n", scalar(&context.name));
        }
        let others = members.keys().map(String::as_str).filter(|it| !MEMBERS.contains(it));
        for key in MEMBERS.into_iter().filter(|it| members.contains_key(*it)).chain(others) {
            text += &row(indent, key, &members[key]);
        }
    }
    text
}

/// A member as YAML: a list in lines of its own, any other value that is not one word as JSON, which YAML contains.
fn row(indent: &str, key: &str, value: &Value) -> String {
    let key = scalar(key);
    match value {
        Value::Array(items) if items.iter().any(Value::is_string) => {
            let rows = items.iter().map(|it| format!("{indent}- {}\n", word(it)));
            format!("{indent}{key}:\n{}", rows.collect::<String>())
        }
        value => format!("{indent}{key}: {}\n", word(value)),
    }
}

fn word(value: &Value) -> String {
    match value {
        Value::String(text) => scalar(text),
        other => Line::new(other.to_string()).to_string(),
    }
}

/// The text as a scalar of YAML, on one line.
fn scalar(text: &str) -> String {
    Line::new(config::scalar(text)).to_string()
}
