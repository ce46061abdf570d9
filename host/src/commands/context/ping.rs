//! `system context ping`: asks the Meshery Server of a context whether it answers and accepts the token.

use serde_json::json;

use crate::cli::{Global, Output};
use crate::commands::config_file::{ConfigFile, named_context};
use crate::error::{Code, Command, Error, Result, Suggestion};
use crate::net::Http;
use crate::net::meshery_server::{Server, Verdict};
use crate::output::print_json;
use crate::process::signals;
use crate::sign_in::inquiry::Inquiry;
use crate::sign_in::not_signed_in::rejected;
use crate::sign_in::renewal::{NotRenewed, Verified};
use crate::sign_in::target::Target;
use crate::sign_in::token_in_use::TokenInUse;
use crate::sign_in::verification::{Findings, ServerVerdict, Verification, Verifier};
use crate::storage::config::{edit, quoted};
use crate::terminal::Terminal;
use crate::text::{Label, Line, Name};

pub fn run(global: &Global, name: Option<&str>, terminal: &Terminal) -> Result<()> {
    let _ = signals::watch();
    let http = Http::trusting(global.ca_file.as_deref(), global.server_user.as_deref())?;
    let context = match name {
        Some(name) => Some(argument(global, name)?),
        None => global.context.clone(),
    };
    let target = Target::find(&Global { context, ..global.clone() })?;
    let (Some(server), Some(context)) = (target.server(&http), &target.context) else {
        return Err(no_server(&target));
    };
    let lines = Lines { terminal, output: global.output };
    lines.say(format!("Context: {}", Line::new(&context.name)))?;
    lines.say(format!("Endpoint: {}", server.name()))?;
    if let Err(why) = server.listed() {
        return Err(unreachable(&server, &why));
    }
    lines.good("Server reachable")?;
    let used = TokenInUse::find(&target, false)?;
    if used.auth.token.is_empty() {
        let provider = Name::new(&used.auth.provider);
        lines.say(format!("- {provider} needs no token"))?;
        return lines.result(&target, &used, None);
    }
    let server = Some(server);
    let inquiry = Inquiry { terminal, http: &http, target: &target, server, named: false };
    let Verified { used, found, not_renewed } = inquiry.verify_renewed(used)?;
    inquiry.remember(&used, &found)?;
    if let Some(signal) = signals::pending() {
        return Err(signals::error(signal));
    }
    if found.is_rejected() {
        return Err(rejected(&used, not_renewed.as_ref().map(NotRenewed::why)));
    }
    let Verification::Accepted { by: Verifier::Server(_), account } = &found.verification else {
        return Err(no_verdict(&found));
    };
    let account = account.clone().or_else(|| used.claimed_account());
    let shown = account.as_ref().map_or("unknown".to_owned(), |it| Label::new(it).to_string());
    lines.good(&format!("Token valid (user: {shown})"))?;
    lines.result(&target, &used, account.as_deref())
}

/// The context that is named as an argument, in the spelling of the file.
fn argument(global: &Global, name: &str) -> Result<String> {
    let ping = Command::from("mesheryctl system context ping");
    Ok(named_context(ConfigFile::find(global)?.config.as_ref(), name, ping)?.name)
}

/// What is printed as it becomes known; with `--output json` only the result.
struct Lines<'a> {
    terminal: &'a Terminal,
    output: Output,
}

impl Lines<'_> {
    fn say(&self, line: String) -> Result<()> {
        match self.output {
            Output::Text => self.terminal.print(&[line]),
            Output::Json => Ok(()),
        }
    }

    /// A line with the mark of the Go CLI.
    fn good(&self, line: &str) -> Result<()> {
        self.say(format!("{} {line}", if self.terminal.utf8 { "✅" } else { "ok:" }))
    }

    fn result(&self, target: &Target, used: &TokenInUse, account: Option<&str>) -> Result<()> {
        let context = target.context.as_ref();
        match self.output {
            Output::Text => Ok(()),
            Output::Json => print_json(&json!({
                "context": context.map(|it| it.name.clone()),
                "endpoint": context.and_then(|it| it.endpoint.clone()),
                "provider": used.auth.provider,
                "account": account,
            })),
        }
    }
}

fn no_server(target: &Target) -> Error {
    let create = "mesheryctl system context create local --url http://localhost:9081 --set";
    match &target.context {
        None => Error::new(Code::ServerMissing, "No context is the current one.")
            .next(Suggestion::new("Create one", create)),
        Some(context) => {
            let message = format!("The context {} has no endpoint.", quoted(&context.name));
            let error = Error::new(Code::ServerMissing, message);
            target.config().into_iter().fold(error, |it, file| it.next(edit(file)))
        }
    }
}

fn unreachable(server: &Server<'_>, why: &str) -> Error {
    let message = format!("The Meshery Server {} {why}.", server.name());
    let error = Error::new(Code::Unreachable, message);
    match (server.next(&Command::again()), server.request()) {
        (Some(next), _) => error.next(next),
        (None, Some(request)) => error.next(Suggestion::new("Try it by hand", request)),
        (None, None) => error,
    }
}

/// The server answered, but not whether the token is valid.
fn no_verdict(found: &Findings) -> Error {
    let message = match &found.server {
        Some(ServerVerdict { server, verdict: Verdict::Unknown(why), .. }) => {
            format!("The Meshery Server {server} {why}.")
        }
        _ => "The Meshery Server did not say whether the token is valid.".to_owned(),
    };
    Error::new(Code::NoVerdict, message)
        .next(Suggestion::new("Find out why", "mesheryctl system check --verify"))
}
