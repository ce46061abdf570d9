//! `system provider list`: lists the providers that `login` can use.

use serde_json::json;

use crate::cli::{Global, Output};
use crate::error::{Command, Result};
use crate::net::Http;
use crate::net::meshery_server::Server;
use crate::output::print_json;
use crate::providers::catalog::Catalog;
use crate::providers::entry::Entry;
use crate::sign_in::target::Target;
use crate::storage::token_store::Stored;
use crate::terminal::Terminal;
use crate::text::{Name, Title};

/// Which providers are in use, besides those on offer.
struct Current {
    /// The field `provider` of the context.
    of_context: Option<String>,
    /// The provider of the saved token.
    of_token: Option<String>,
    /// The id of the default provider.
    default: Option<String>,
}

pub fn run(global: &Global, terminal: &Terminal) -> Result<()> {
    let http = Http::trusting(global.ca_file.as_deref(), global.server_user.as_deref())?;
    let target = Target::find(global)?;
    let mut catalog = Catalog::gather(&target.home)?;
    let server = target.server(&http);
    catalog.add_listed(server.as_ref());
    let missing = server.as_ref().and_then(not_listed);
    if let Some(why) = &missing {
        let check = Command::from("mesheryctl system check").repeating(&global.typed);
        terminal.say(&format!("{why}. Find out why: {check}"));
    }
    let current = Current::of(&target, &catalog);
    match global.output {
        Output::Text => terminal.print(&lines(&current, catalog.entries())),
        Output::Json => {
            let providers: Vec<_> = catalog.entries().iter().map(described).collect();
            print_json(&json!({
                "current": current.of_context,
                "token_provider": current.of_token,
                "default": current.default,
                "not_listed": missing,
                "providers": providers,
            }))
        }
    }
}

impl Current {
    fn of(target: &Target, catalog: &Catalog) -> Self {
        let of_token = match target.store.read() {
            Stored::Token(auth) => Some(auth.provider),
            _ => None,
        };
        let of_context = target.context.as_ref().and_then(|it| it.provider.clone());
        let default = catalog.default_provider().map(|it| it.id.to_owned());
        Self { of_context, of_token, default }
    }
}

/// Why the providers of this server are missing in the list, without a full stop.
fn not_listed(server: &Server<'_>) -> Option<String> {
    let why = server.listed().err()?;
    Some(format!("The providers of the Meshery Server are missing: {} {why}", server.name()))
}

/// The list in the format of the Go CLI, below what is in use.
fn lines(current: &Current, entries: &[Entry]) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(name) = &current.of_context {
        lines.push(format!("Provider of the context: {}", Title::new(name)));
    }
    if let Some(name) = &current.of_token {
        lines.push(format!("Provider of the saved token: {}", Name::new(name)));
    }
    if let Some(id) = &current.default {
        lines.push(format!("Default provider: {}", Name::new(id)));
    }
    lines.extend(["Available providers:".to_owned(), String::new()]);
    lines.extend(entries.iter().map(|entry| match &entry.detail {
        Some(detail) => format!("- {}  ({detail})", entry.name()),
        None => format!("- {}", entry.name()),
    }));
    lines
}

fn described(entry: &Entry) -> serde_json::Value {
    json!({
        "id": entry.id(),
        "name": entry.name(),
        "description": entry.manifest.description,
        "url": entry.url.as_ref().map(|it| it.as_str().trim_end_matches('/')),
    })
}
