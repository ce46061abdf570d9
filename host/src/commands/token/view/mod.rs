//! `system token view`: where the token of a context is; with `--format` the token itself, for another program.

mod format;

use serde_json::json;

use self::format::Printed;
use crate::cli::{Global, Output, TokenFormat, TokenView};
use crate::commands::config_file::named_token;
use crate::error::{Code, Command, Error, Result, Suggestion};
use crate::net::Http;
use crate::output::{print, print_json};
use crate::process::signals;
use crate::sign_in::inquiry::Inquiry;
use crate::sign_in::target::Target;
use crate::sign_in::token_in_use::TokenInUse;
use crate::storage::config::TokenEntry;
use crate::terminal::Terminal;
use crate::text::{Line, Name};

pub fn run(global: &Global, args: &TokenView, terminal: &Terminal) -> Result<()> {
    match args.format {
        Some(format) => print_token(format, global, args, terminal),
        None if args.all => print_all(global),
        None => print_location(global, args, terminal),
    }
}

fn print_all(global: &Global) -> Result<()> {
    let target = Target::find(global)?;
    match global.output {
        Output::Json => print_json(
            &json!({ "tokens": target.entries().iter().map(|it| json(it, &target)).collect::<Vec<_>>() }),
        ),
        Output::Text => {
            let rows = target.entries().iter();
            let rows = rows.map(|it| {
                format!(
                    "- token: {}\n  location: {}\n",
                    Line::new(&it.name),
                    Line::new(&it.location)
                )
            });
            print(&format!("Listing all available tokens...\n\n{}", rows.collect::<String>()))
        }
    }
}

fn print_location(global: &Global, args: &TokenView, terminal: &Terminal) -> Result<()> {
    let target = Target::find(global)?;
    let entry = match &args.name {
        Some(name) => named_token(target.entries(), name, view())?,
        None => {
            let context = target.context.as_ref().map(|it| Name::new(&it.name));
            terminal.say(&match context {
                Some(name) => {
                    format!("Token unspecified. Displaying token for current context \"{name}\"")
                }
                None => "Token unspecified, and there is no context. Displaying the default token"
                    .into(),
            });
            target.entry()
        }
    };
    match global.output {
        Output::Json => print_json(&json(&entry, &target)),
        Output::Text => print(&format!(
            "token: {}\nlocation: {}\n",
            Line::new(&entry.name),
            Line::new(&entry.location)
        )),
    }
}

fn view() -> Command {
    Command::from("mesheryctl system token view")
}

fn json(entry: &TokenEntry, target: &Target) -> serde_json::Value {
    let path = entry.path(&target.home.meshery(), target.home.path());
    json!({ "name": entry.name, "location": entry.location, "path": path.display().to_string() })
}

/// Prints the token, renewed if it is due. A token that has expired or is empty is an error.
fn print_token(
    format: TokenFormat,
    global: &Global,
    args: &TokenView,
    terminal: &Terminal,
) -> Result<()> {
    if global.output == Output::Json {
        return Err(json_without_secret());
    }
    if terminal.prints_to_terminal() && !args.show {
        return Err(on_terminal());
    }
    let _ = signals::watch();
    let http = Http::trusting(global.ca_file.as_deref(), global.server_user.as_deref())?;
    let mut target = Target::find(global)?;
    let named = args.token.is_some();
    // A server of a config file that is not the person's own gets no token without being asked about.
    let mut is_of_context = named || target.foreign_config().is_none();
    let used = match (&args.name, &args.token) {
        (Some(name), _) => {
            let entry = named_token(target.entries(), name, view())?;
            let own = target.store.path().to_owned();
            target = target.with_entry(&entry);
            // The context may be of another server than the token.
            is_of_context &= own == target.store.path();
            TokenInUse::of_target(&target)?
        }
        (None, Some(file)) => {
            target = target.with_file(file);
            TokenInUse::find(&target, true)?
        }
        (None, None) => TokenInUse::find(&target, false)?,
    };
    let inquiry =
        Inquiry { terminal, http: &http, target: &target, server: target.server(&http), named };
    let used = inquiry.usable(used)?;
    if let Some(signal) = signals::pending() {
        return Err(signals::error(signal));
    }
    let context = target.context.as_ref().filter(|_| is_of_context);
    let endpoint = context.and_then(|it| it.endpoint.as_deref());
    print(&Printed::of(&used, endpoint)?.text(format)?)
}

/// `--output json`, which never contains a secret.
fn json_without_secret() -> Error {
    let message = "--output json never contains the token. --format json does.";
    Error::new(Code::Usage, message)
        .next(Suggestion::new("As JSON", "mesheryctl system token view --format json"))
}

fn on_terminal() -> Error {
    let message = "Standard output is a terminal, and the token is a secret.";
    let pipe = "mesheryctl system token view --format header | curl -H @- …";
    Error::new(Code::NeedsPipe, message)
        .next(Suggestion::new("To a program", pipe))
        .next(Suggestion::new("Show it here", Command::again().literal("--show")))
}
