//! `system token create`: adds the name of a token file.

use std::path::Path;

use serde_json::json;

use crate::cli::{Global, Output, TokenCreate};
use crate::commands::config_file::{ConfigFile, new_name, taken};
use crate::error::{Code, Error, Result};
use crate::output::print_json;
use crate::storage::config::{Change, TokenEntry, by_name, quoted};
use crate::terminal::Terminal;
use crate::text::{Line, abridged};

pub fn run(global: &Global, args: &TokenCreate, terminal: &Terminal) -> Result<()> {
    let name = new_name("token", &args.name)?;
    let file = ConfigFile::find(global)?;
    let context = match args.set {
        true => Some(file.context(global.context.as_deref())?.name),
        false => None,
    };
    let entry =
        TokenEntry { name: name.clone(), location: location(&args.filepath, file.home.path())? };
    file.change(|config| {
        // Two names that differ only in capitals are one to a person.
        if by_name(config.tokens().iter(), &name, |it| &it.name).is_some() {
            return Err(taken("token", &name));
        }
        let mut changes = vec![Change::AddToken(entry.clone())];
        if let Some(context) = context.clone() {
            changes.push(Change::ContextMember { context, key: "token", value: name.clone() });
        }
        Ok(changes)
    })?;
    let path = file.path_of(&entry);
    say_place(&entry, &file, terminal);
    match global.output {
        Output::Text => {
            let set = context.as_ref();
            let set = set
                .map(|it| format!("Token: {} set on context {}.", Line::new(&name), Line::new(it)));
            let created = format!("Token {} created.", Line::new(&name));
            terminal.print(&[created].into_iter().chain(set).collect::<Vec<_>>())
        }
        Output::Json => print_json(&json!({
            "created": name,
            "location": entry.location,
            "path": path.display().to_string(),
            "context": context,
        })),
    }
}

/// The path as it is written to config.yaml. The Go CLI reads `~` in two ways, so it is expanded here.
fn location(path: &str, home: &Path) -> Result<String> {
    let path = path.trim();
    let is_plain = !path.is_empty() && !path.chars().any(char::is_control) && !path.ends_with('/');
    if !is_plain || path == "~" {
        let message = "--filepath is not the path of a file.";
        return Err(Error::new(Code::Usage, message).nothing_changed());
    }
    Ok(match path.strip_prefix("~/") {
        Some(rest) => home.join(rest).display().to_string(),
        None => path.to_owned(),
    })
}

/// Where the token is, what else uses this file, and whether the Go CLI looks for it elsewhere: it reads an absolute path
/// outside of the home directory, and `~`, as a path below `~/.meshery`.
fn say_place(entry: &TokenEntry, file: &ConfigFile, terminal: &Terminal) {
    let path = file.path_of(entry);
    let shared = file.tokens().into_iter().filter(|it| file.path_of(it) == path);
    let shared: Vec<String> = shared.map(|it| quoted(&it.name)).collect();
    let shown = file.home.short(&path);
    terminal.say(&match (shared.is_empty(), path.starts_with(file.home.path())) {
        (false, _) => format!(
            "Its file is {shown}, as that of {}: a login with one replaces the other.",
            abridged(shared.iter())
        ),
        (true, true) => format!("Its file is {shown}."),
        (true, false) => format!(
            "Its file is {shown}. The Go mesheryctl finds only files below your home directory."
        ),
    });
}
