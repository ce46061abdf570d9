//! `system provider list`: lists the providers that `login` can use.

use serde_json::json;

use crate::cli::{Global, Output};
use crate::error::Result;
use crate::net::Http;
use crate::output::{print, print_json};
use crate::providers::catalog::Catalog;
use crate::providers::entry::Entry;
use crate::sign_in::target::Target;
use crate::terminal::Terminal;

pub fn run(global: &Global, terminal: &Terminal) -> Result<()> {
    let http = Http::trusting(global.ca_file.as_deref())?;
    let target = Target::find(global)?;
    let mut catalog = Catalog::gather(&target.home)?;
    let not_listed = catalog.add_listed(target.server(&http)?.as_ref());
    not_listed.iter().for_each(|note| terminal.note(note));
    let current = target.context.as_ref().and_then(|it| it.provider.as_deref());
    match global.output {
        Output::Text => print(&text(current, catalog.entries())),
        Output::Json => {
            let providers: Vec<_> = catalog.entries().iter().map(described).collect();
            print_json(&json!({ "current": current, "providers": providers }))
        }
    }
}

/// The list in the format of the Go CLI.
fn text(current: Option<&str>, entries: &[Entry]) -> String {
    let mut text = String::new();
    if let Some(current) = current {
        text += &format!("Current provider: {}\n", crate::text::Title::new(current));
    }
    text += "Available providers:\n\n";
    for entry in entries {
        text += &match &entry.detail {
            Some(detail) => format!("- {}  ({detail})\n", entry.name()),
            None => format!("- {}\n", entry.name()),
        };
    }
    text
}

fn described(entry: &Entry) -> serde_json::Value {
    json!({
        "id": entry.id(),
        "name": entry.name(),
        "description": entry.manifest.description,
        "url": entry.url.as_ref().map(|it| it.as_str().trim_end_matches('/')),
    })
}
