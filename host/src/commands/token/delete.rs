//! `system token delete`: removes the name of a token file. No context is left with a name that the file does not have.

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::cli::{Global, Output};
use crate::commands::config_file::{ConfigFile, named_token};
use crate::commands::context::{TOKEN, default_token};
use crate::error::{Code, Command, Error, Result, Suggestion};
use crate::output::print_json;
use crate::storage::config::{Change, Config, TokenEntry, quoted};
use crate::storage::token_store::{Stored, TokenStore};
use crate::terminal::{Terminal, prompt};
use crate::text::{Line, Name, abridged};

pub fn run(global: &Global, name: &str, terminal: &Terminal) -> Result<()> {
    let file = ConfigFile::find(global)?;
    let entry = named_token(&file.tokens(), name, delete())?;
    let users = file.config.as_ref().map(|it| it.token_users(&entry.name)).unwrap_or_default();
    let deletion = Deletion { path: file.path_of(&entry), name: entry.name.clone(), users };
    if !deletion.users.is_empty() {
        has_no_other_account(&entry, &deletion.users, &file)?;
        if !is_wanted(&entry.name, &deletion.users, global.yes, terminal)? {
            return deletion.announce_none(global.output, terminal);
        }
    }
    let mut moved_to = None;
    file.change(|config| {
        let changes;
        (changes, moved_to) = deletion.changes(config)?;
        Ok(changes)
    })?;
    if std::fs::metadata(&deletion.path).is_ok_and(|it| it.is_file() && it.len() > 0) {
        terminal.say(&format!("Its file stays: {}", file.home.short(&deletion.path)));
    }
    deletion.announce(moved_to.as_deref(), global.output, terminal)
}

fn delete() -> Command {
    Command::from("mesheryctl system token delete")
}

/// The name that is removed, and the contexts that used it when the command began.
struct Deletion {
    name: String,
    path: PathBuf,
    users: Vec<String>,
}

impl Deletion {
    /// The changes of the file as it is now, and the token that its users get.
    fn changes(&self, config: &Config) -> Result<(Vec<Change>, Option<String>)> {
        let token = named_token(&config.tokens(), &self.name, delete())?.name;
        let affected = config.token_users(&token);
        if let Some(new) = affected.iter().find(|it| !self.users.contains(it)) {
            return Err(used_meanwhile(&token, new));
        }
        let mut changes = Vec::new();
        let moved_to = (!affected.is_empty()).then(|| default_token(config, &mut changes));
        if moved_to.as_ref() == Some(&token) {
            return Err(is_default(&token, &self.users));
        }
        for (context, value) in affected.into_iter().zip(moved_to.iter().cycle()) {
            let value = value.clone();
            changes.push(Change::ContextMember { context, key: "token", value });
        }
        changes.push(Change::RemoveToken(token));
        Ok((changes, moved_to))
    }

    fn announce(&self, moved_to: Option<&str>, output: Output, terminal: &Terminal) -> Result<()> {
        match output {
            Output::Json => print_json(&self.json(Some(&self.name), moved_to)),
            Output::Text => {
                if let Some(token) = moved_to {
                    let named = abridged(self.users.iter().map(|it| quoted(it)));
                    terminal.say(&format!("The token {} is now that of {named}.", quoted(token)));
                }
                terminal.print(&[format!("Token {} deleted.", Line::new(&self.name))])
            }
        }
    }

    /// The person kept the name.
    fn announce_none(&self, output: Output, terminal: &Terminal) -> Result<()> {
        match output {
            Output::Json => print_json(&self.json(None, None)),
            Output::Text => terminal.print(&["Delete aborted".to_owned()]),
        }
    }

    fn json(&self, deleted: Option<&str>, moved_to: Option<&str>) -> Value {
        json!({
            "deleted": deleted,
            "path": self.path.display().to_string(),
            "contexts": self.users,
            "moved_to": moved_to,
        })
    }
}

/// # Errors
/// `token_in_use` if the default token is stored: a context must not act for another account because of a deletion.
fn has_no_other_account(entry: &TokenEntry, users: &[String], file: &ConfigFile) -> Result<()> {
    let default = file.config.as_ref().and_then(|it| it.token_entry(TOKEN));
    let location = default.map_or_else(|| file.home.auth_json(), |it| file.path_of(&it));
    if location == file.path_of(entry) {
        return Ok(());
    }
    let provider = match TokenStore::at(location, &file.home.meshery()).read() {
        Stored::Token(auth) if !auth.token.is_empty() => Name::new(&auth.provider),
        _ => return Ok(()),
    };
    let by = abridged(users.iter().map(|it| quoted(it)));
    let message = format!(
        "The token {} is used by {by}. Without it, the token `default` would be used, which is \
         another one, of {provider}.",
        quoted(&entry.name)
    );
    let context = users.first().map(String::as_str).unwrap_or_default();
    let set = Command::from("mesheryctl system token set").value(TOKEN);
    Err(Error::new(Code::TokenInUse, message)
        .nothing_changed()
        .next(Suggestion::new("If that is wanted", set.literal("--context").value(context))))
}

fn is_wanted(token: &str, users: &[String], yes: bool, terminal: &Terminal) -> Result<bool> {
    let by = abridged(users.iter().map(|it| quoted(it)));
    if token.eq_ignore_ascii_case("default") {
        return Err(is_default(token, users));
    }
    if yes {
        return Ok(true);
    }
    let about =
        format!("The token {} is used by {by}. They get the token `default`.", quoted(token));
    if !terminal.can_prompt() {
        let message = format!("{about} This is not a terminal, so you cannot be asked.");
        let delete = Command::from("mesheryctl system token delete").value(token);
        return Err(Error::new(Code::NeedsTerminal, message)
            .nothing_changed()
            .next(Suggestion::new("Without a question", delete.literal("--yes"))));
    }
    prompt::confirm(&[about], "Delete it?", terminal)
}

/// The default token cannot be replaced by itself.
fn is_default(token: &str, users: &[String]) -> Error {
    let by = abridged(users.iter().map(|it| quoted(it)));
    let message =
        format!("The token {} is used by {by}. Give them another one first.", quoted(token));
    let set = Command::from("mesheryctl system token set NAME");
    let context = users.first().map(String::as_str).unwrap_or_default();
    Error::new(Code::TokenInUse, message)
        .nothing_changed()
        .next(Suggestion::new("Such as", set.literal("--context").value(context)))
}

/// Another program changed the file between the question and the change.
fn used_meanwhile(token: &str, context: &str) -> Error {
    let message = format!("{} now uses the token {}.", quoted(context), quoted(token));
    Error::new(Code::TokenInUse, message)
        .nothing_changed()
        .next(Suggestion::new("Try again", Command::again()))
}
