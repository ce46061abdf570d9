//! `system provider default`: chooses the provider that `login` uses without asking.

use serde_json::json;

use crate::cli::{DefaultProvider, Global, Output};
use crate::error::Result;
use crate::net::Http;
use crate::output::print_json;
use crate::providers::catalog::Catalog;
use crate::providers::entry::Entry;
use crate::sign_in::target::Target;
use crate::storage::administration::{self, POLICY_FILE};
use crate::storage::kept_settings::KeptSettings;
use crate::terminal::Terminal;
use crate::text::Name;

pub fn run(global: &Global, args: &DefaultProvider, terminal: &Terminal) -> Result<()> {
    let http = Http::trusting(global.ca_file.as_deref(), global.server_user.as_deref())?;
    let target = Target::find(global)?;
    let home = &target.home;
    let is_change = args.unset || args.provider.is_some();
    if is_change && home.administration()?.default_provider().is_some() {
        return Err(administration::fixed("The default provider"));
    }
    if let Some(name) = &args.provider {
        let server = target.server(&http);
        let catalog = Catalog::gather(home)?.named_by("mesheryctl system provider default");
        let entry = catalog.pick(name, server.as_ref(), terminal)?;
        KeptSettings::change(home, |kept| kept.set_default_provider(Some(entry.id())))?;
        let name = entry.name();
        terminal.done(&format!("`mesheryctl system login` uses {name} without asking."));
    } else if args.unset {
        let mut was_set = false;
        KeptSettings::change(home, |kept| {
            was_set = kept.default_provider().is_some();
            kept.set_default_provider(None);
        })?;
        match was_set {
            true => terminal.done("`mesheryctl system login` asks for the provider."),
            false => terminal.say("There was no default provider. Nothing was changed."),
        }
    }
    let catalog = Catalog::gather(home)?;
    let default = catalog.default_provider();
    let id = default.map(|it| it.id);
    let entry = catalog.entries().iter().find(|it| id.is_some_and(|id| it.has_id(id)));
    let name = entry.map(Entry::name);
    match global.output {
        Output::Text if is_change => Ok(()),
        Output::Text => {
            let shown = name.or(id).map(|it| Name::new(it).to_string());
            let fixed = match default.is_some_and(|it| it.is_fixed) {
                true => format!(", set by {POLICY_FILE}"),
                false => String::new(),
            };
            let line = shown.map(|it| format!("Default provider: {it}{fixed}"));
            terminal.print(&[line.unwrap_or_else(|| "No default provider.".to_owned())])
        }
        Output::Json => print_json(&json!({
            "default": id,
            "name": name,
            "source": default.map(|it| if it.is_fixed { "policy" } else { "kept" }),
        })),
    }
}
