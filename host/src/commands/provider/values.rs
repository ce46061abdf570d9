//! The value of each setting of a provider and where it comes from, as `provider configure` and `plugin inspect` show it. The
//! value of a secret setting is never shown.

use mesheryctl_core::manifest::Setting;
use serde_json::{Value, json};

use crate::providers::entry::{Entry, ValueSource};
use crate::terminal::Terminal;
use crate::text::Sentence;

/// One line for each setting: its value and source, or that it has none.
pub fn lines(entry: &Entry, terminal: &Terminal) -> Vec<String> {
    let hidden = if terminal.utf8 { "●●●●" } else { "****" };
    let line = |setting: &Setting| {
        let key = &setting.key;
        let Some((value, source)) = value(entry, key) else {
            let required = if setting.required { ", and required" } else { "" };
            return format!("{key} is not set{required}");
        };
        match setting.secret {
            true => format!("{key} is {hidden} ({source})"),
            false => format!("{key} is {} ({source})", Sentence::new(value).quoted()),
        }
    };
    entry.manifest.settings.iter().map(line).collect()
}

/// The same for scripts.
pub fn json(entry: &Entry) -> Value {
    let row = |setting: &Setting| {
        let found = value(entry, &setting.key);
        json!({
            "key": setting.key,
            "required": setting.required,
            "secret": setting.secret,
            "value": found.filter(|_| !setting.secret).map(|(value, _)| value),
            "source": found.map(|(_, source)| source.name()),
        })
    };
    entry.manifest.settings.iter().map(row).collect()
}

fn value<'a>(entry: &'a Entry, key: &str) -> Option<(&'a str, &'a ValueSource)> {
    Some((entry.settings.get(key)?, entry.sources.get(key)?))
}
