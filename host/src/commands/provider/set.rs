//! `system provider set`: sets the provider of the deployment in a context.

use serde_json::json;

use crate::cli::{Global, Output, ProviderSet};
use crate::commands::config_file::{ConfigFile, named_context, provider_name};
use crate::error::{Code, Command, Error, Result, Suggestion};
use crate::nearest::nearest;
use crate::net::Http;
use crate::net::meshery_server::Server;
use crate::output::print_json;
use crate::storage::config::{Change, quoted};
use crate::terminal::Terminal;
use crate::text::{Name, Title, abridged};

pub fn run(global: &Global, args: &ProviderSet, terminal: &Terminal) -> Result<()> {
    let file = ConfigFile::find(global)?;
    let context = file.context(global.context.as_deref())?;
    let provider = provider_name(&args.provider)?;
    let provider = provider.as_str();
    if !args.force {
        let http = Http::trusting(global.ca_file.as_deref(), global.server_user.as_deref())?;
        let Some(endpoint) = context.endpoint.as_deref() else { return Err(no_server(provider)) };
        is_listed(provider, &Server::at(endpoint, &http))?;
    }
    write(&file, &context.name, provider)?;
    match global.output {
        Output::Text => terminal.print(&[format!("Provider set to {}", Title::new(provider))]),
        Output::Json => print_json(&json!({ "context": context.name, "provider": provider })),
    }
}

/// Writes the provider to the context.
pub fn write(file: &ConfigFile, context: &str, provider: &str) -> Result<()> {
    file.change(|config| {
        let name = named_context(Some(config), context, Command::again())?.name;
        let value = provider.to_owned();
        Ok(vec![Change::ContextMember { context: name, key: "provider", value }])
    })?;
    Ok(())
}

/// # Errors
/// If the server does not list the provider by exactly this name, as the Go CLI and the server compare names.
fn is_listed(provider: &str, server: &Server<'_>) -> Result<()> {
    let listed = server.listed().map_err(|why| {
        let message = format!("The Meshery Server {} {why}.", server.name());
        let error = Error::new(Code::Unreachable, message).nothing_changed();
        let error = server.next(&Command::again()).into_iter().fold(error, Error::next);
        error.next(without_server(provider))
    })?;
    let names: Vec<Name> = listed.iter().map(|it| it.name.clone()).collect();
    if names.iter().any(|it| it.raw() == provider) {
        return Ok(());
    }
    let message = format!(
        "The Meshery Server {} does not list {}. It lists {}.",
        server.name(),
        quoted(provider),
        abridged(names.iter())
    );
    let error = Error::new(Code::ProviderUnknownToServer, message).nothing_changed();
    let known: Vec<String> = names.iter().map(ToString::to_string).collect();
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    let set = Command::from("mesheryctl system provider set");
    Err(match nearest(provider, &known) {
        Some(near) => error.next(Suggestion::new("Did you mean", set.value(near))),
        None => error.next(without_server(provider)),
    })
}

fn no_server(provider: &str) -> Error {
    let message = "The context has no server, so the provider cannot be checked.";
    Error::new(Code::ServerMissing, message).nothing_changed().next(without_server(provider))
}

fn without_server(provider: &str) -> Suggestion {
    let set = Command::from("mesheryctl system provider set").value(provider);
    Suggestion::new("Set it unchecked", set.literal("--force"))
}
