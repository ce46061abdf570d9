//! `system context create`: adds a context.

use clap::ValueEnum as _;
use reqwest::Url;
use serde_json::json;

use super::signed_in::signed_in;
use crate::cli::{ContextCreate, Global, Output};
use crate::commands::config_file::{ConfigFile, new_context, provider_name, taken};
use crate::error::{Code, Error, Result, Suggestion};
use crate::net::url;
use crate::output::print_json;
use crate::storage::config::{Change, Config, Member, TokenEntry, quoted};
use crate::terminal::Terminal;
use crate::text::Line;

/// The token that a new context gets, as in the Go CLI.
pub const TOKEN: &str = "default";

pub fn run(global: &Global, args: &ContextCreate, terminal: &Terminal) -> Result<()> {
    let new = NewContext {
        name: new_context(&args.name)?,
        endpoint: endpoint(&args.url)?,
        provider: args.provider.as_deref().map(provider_name).transpose()?,
        args,
    };
    let file = ConfigFile::find(global)?;
    let mut is_current = false;
    let config = file.change(|config| {
        if config.names().iter().any(|it| it.to_lowercase() == new.name) {
            return Err(taken("context", &new.name));
        }
        is_current = args.set || config.current().is_none();
        Ok(new.changes(config, is_current))
    })?;
    if url::base_url(&new.endpoint).is_none() {
        let shown = Line::new(&new.endpoint);
        terminal.say(&format!(
            "{shown} is neither https nor on this computer, so no token is sent to it."
        ));
    }
    let name = &new.name;
    let current = is_current.then(|| format!("The current context is now \"{name}\""));
    match global.output {
        Output::Text => {
            let added = format!("Added `{name}` context");
            terminal.print(&[added].into_iter().chain(current).collect::<Vec<_>>())?;
            // The context has the default token, so its server may receive it.
            signed_in(global, Some(&config), name)?.say_if_any(terminal);
            Ok(())
        }
        Output::Json => print_json(&json!({ "created": name, "is_current": is_current })),
    }
}

struct NewContext<'a> {
    name: String,
    endpoint: String,
    provider: Option<String>,
    args: &'a ContextCreate,
}

impl NewContext<'_> {
    fn changes(&self, config: &Config, is_current: bool) -> Vec<Change> {
        let mut missing = Vec::new();
        let token = default_token(config, &mut missing);
        let platform = self.args.platform.to_possible_value().map(|it| it.get_name().to_owned());
        let text = |text: &str| Member::Text(text.to_owned());
        let mut members = vec![
            ("endpoint", text(&self.endpoint)),
            ("token", text(&token)),
            ("platform", text(&platform.unwrap_or_default())),
            ("components", Member::List(self.args.components.clone())),
            ("channel", text("stable")),
            ("version", text("latest")),
        ];
        members.extend(self.provider.as_ref().map(|it| ("provider", text(it))));
        let mut changes = vec![Change::AddContext { name: self.name.clone(), members }];
        if is_current {
            changes.push(Change::CurrentContext(self.name.clone()));
        }
        changes.extend(missing);
        changes
    }
}

/// The name of the default token, in the spelling of the file. If the file has no such entry, it is to be added.
pub fn default_token(config: &Config, changes: &mut Vec<Change>) -> String {
    if let Some(entry) = config.token_entry(TOKEN) {
        return entry.name;
    }
    let (name, location) = (TOKEN.to_owned(), "auth.json".to_owned());
    changes.push(Change::AddToken(TokenEntry { name, location }));
    TOKEN.to_owned()
}

/// The URL without a trailing slash.
fn endpoint(text: &str) -> Result<String> {
    let text = text.trim();
    let wrong = |why: &str| {
        let message = format!("{} {why}.", quoted(text));
        let example = "mesheryctl system context create NAME --url https://meshery.example.org";
        Err(Error::new(Code::Usage, message)
            .nothing_changed()
            .next(Suggestion::new("Such as", example)))
    };
    let Ok(url) = Url::parse(text) else { return wrong("is not a URL") };
    if !matches!(url.scheme(), "http" | "https") {
        return wrong("is not a supported protocol: use http or https");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return wrong("has a user name, which is not supported");
    }
    let host = text.split_once("://").map(|(_, rest)| rest);
    let has_host = host.is_some_and(|it| !it.starts_with(['/', '\\']));
    let is_plain = text.chars().all(|it| it.is_ascii_graphic());
    if !has_host || !is_plain || url.query().is_some() || url.fragment().is_some() {
        return wrong("is not the URL of a server");
    }
    Ok(text.trim_end_matches('/').to_owned())
}
