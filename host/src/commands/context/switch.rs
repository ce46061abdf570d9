//! `system context switch`: makes a context the current one, and shows who is signed in there.

use serde_json::json;

use crate::cli::{Global, Output};
use crate::commands::config_file::{ConfigFile, named_context};
use crate::error::{Code, Command, Result, Suggestion};
use crate::output::print_json;
use crate::sign_in::target::Target;
use crate::sign_in::token_in_use::{Source, TokenInUse};
use crate::storage::config::Change;
use crate::terminal::Terminal;
use crate::text::{Label, Line, Name};

pub fn run(global: &Global, name: &str, terminal: &Terminal) -> Result<()> {
    let file = ConfigFile::find(global)?;
    let name = named_context(file.config.as_ref(), name, switch()).map_err(|error| {
        let create = Command::from("mesheryctl system context create").value(name);
        error.next(Suggestion::new("Create it", create))
    })?;
    let (name, before) = (name.name, file.current());
    // The Go CLI writes the name in small letters, whatever those of the context are.
    let is_current = before.as_ref().is_some_and(|it| it.to_lowercase() == name.to_lowercase());
    if !is_current {
        file.change(|config| {
            let name = named_context(Some(config), &name, switch())?.name;
            Ok(vec![Change::CurrentContext(name)])
        })?;
    }
    let there = Target::find(&Global { context: Some(name.clone()), ..global.clone() })?;
    let used = TokenInUse::find(&there, false);
    match global.output {
        Output::Text => {
            let shown = Line::new(&name);
            terminal.print(&[match is_current {
                true => format!("already using context '{shown}'"),
                false => format!("switched to context '{shown}'"),
            }])?;
            terminal.say(&who(&used));
            Ok(())
        }
        Output::Json => {
            let used = used.as_ref().ok().filter(|it| !it.has_ended());
            print_json(&json!({
                "current": name,
                "previous": before,
                "provider": used.map(|it| it.auth.provider.clone()),
                "account": used.and_then(TokenInUse::claimed_account),
                "token_file": there.store.file().display().to_string(),
            }))
        }
    }
}

fn switch() -> Command {
    Command::from("mesheryctl system context switch")
}

/// Who is signed in, by what this computer knows.
fn who(used: &Result<TokenInUse>) -> String {
    let used = match used {
        Ok(used) => used,
        Err(error) if error.code == Code::NotSignedIn => {
            return "Not signed in there: mesheryctl system login".to_owned();
        }
        Err(error) => return error.to_string(),
    };
    let account = used.claimed_account().map(|it| Label::new(&it));
    let provider = Name::new(&used.auth.provider);
    if used.auth.token.is_empty() {
        return format!("Using {provider} there, without an account.");
    }
    let of = account.as_ref().map(|it| format!(" of {it}")).unwrap_or_default();
    match (used.source, used.has_ended(), used.was_verified(), account) {
        (Source::Environment, ..) => {
            "MESHERY_TOKEN is set: its token is used in every context.".to_owned()
        }
        (Source::File, true, ..) => {
            format!("The token of {provider}{of} there has expired: mesheryctl system login")
        }
        (Source::File, false, true, Some(account)) => {
            format!("Signed in there as {account} with {provider}.")
        }
        (Source::File, false, true, None) => format!("Signed in there with {provider}."),
        (Source::File, false, false, _) => {
            format!("There is a token of {provider}{of} there, not verified.")
        }
    }
}
