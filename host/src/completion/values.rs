//! The values of arguments that depend on the files of this computer: contexts, tokens, providers, plugins and settings.
//!
//! A new argument gets its values by a line in [`VALUES`].

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::sync::Arc;

use clap::{Arg, Command};
use clap_complete::engine::{
    ArgValueCompleter, CompletionCandidate, PathCompleter, ValueCompleter,
};

use super::line::Line;
use crate::plugin::library::discovery::PluginFile;
use crate::plugin::rules::Rule;
use crate::plugin::trust::store::Trust;
use crate::providers::catalog::Catalog;
use crate::providers::configuration::Configuration;
use crate::providers::entry::Entry;
use crate::providers::plugins::plugin_files;
use crate::storage::config::Config;
use crate::storage::home::Home;
use crate::text::Label;

/// The words of a command after `mesheryctl`, the id of one of its arguments, and its values. A global argument is one of the
/// program, whose words are `""`.
const VALUES: [(&str, &str, Values); 19] = [
    ("", "context", contexts),
    ("system login", "provider", providers),
    ("system login", "set", settings),
    ("system token view", "name", tokens),
    ("system token set", "name", tokens),
    ("system token delete", "name", tokens),
    ("system context view", "name", contexts),
    ("system context switch", "name", contexts),
    ("system context ping", "name", contexts),
    ("system context delete", "name", contexts),
    ("system context delete", "set", contexts),
    ("system context create", "provider", providers),
    ("system provider set", "provider", providers),
    ("system provider default", "provider", providers),
    ("system provider configure", "provider", providers),
    ("plugin inspect", "file", plugins_and_files),
    ("plugin trust", "id", plugins),
    ("plugin validate", "only", rules),
    ("plugin untrust", "id", trusted_plugins),
];

/// What can stand for an argument, given the word that was begun. What cannot be read has no values.
type Values = fn(&Place, &OsStr) -> Option<Vec<CompletionCandidate>>;

/// The files and the provider that the command line names.
struct Place {
    home: Home,
    config: Option<PathBuf>,
    provider: Option<String>,
}

/// The definition with the values of its arguments.
pub fn attached(definition: Command, line: &Line) -> Command {
    match Place::of(line) {
        Some(place) => with_values(definition, "", &Arc::new(place)),
        None => definition,
    }
}

fn with_values(command: Command, path: &str, place: &Arc<Place>) -> Command {
    let command = command.mut_subcommands(|it| {
        let below = [path, it.get_name()].join(" ");
        with_values(it, below.trim_start(), place)
    });
    let of_command = |arg: &Arg| VALUES.iter().find(|it| it.0 == path && it.1 == arg.get_id());
    command.mut_args(|arg| match of_command(&arg) {
        Some((_, _, values)) => {
            let place = Arc::clone(place);
            arg.add(ArgValueCompleter::new(move |current: &OsStr| {
                values(&place, current).unwrap_or_default()
            }))
        }
        None => arg,
    })
}

impl Place {
    fn of(line: &Line) -> Option<Self> {
        let home = Home::find(None).ok()?;
        let path = |flag| line.value(&[flag]).map(|it| expanded(it, &home));
        let (plugins, config) = (path("--plugins-dir"), path("--config"));
        let provider = line.value(&["--provider", "-p"]);
        let provider = provider.map(|it| it.to_string_lossy().into_owned());
        Some(Self { home: Home::find(plugins.as_deref()).ok()?, config, provider })
    }

    fn config(&self) -> Option<Config> {
        let path = self.home.config_file(self.config.as_deref());
        Config::load(&path, false).ok()?
    }
}

/// A path as the shell will pass it: it expands `~`.
fn expanded(path: OsString, home: &Home) -> PathBuf {
    match PathBuf::from(&path).strip_prefix("~") {
        Ok(rest) => home.path().join(rest),
        Err(_) => path.into(),
    }
}

fn contexts(place: &Place, current: &OsStr) -> Option<Vec<CompletionCandidate>> {
    let config = place.config()?;
    let endpoint = |name: &str| config.context(Some(name)).ok()??.endpoint;
    let names = config.names().into_iter().map(|it| (it.to_owned(), endpoint(it)));
    Some(begun(names, current))
}

fn tokens(place: &Place, current: &OsStr) -> Option<Vec<CompletionCandidate>> {
    let tokens = place.config()?.tokens();
    Some(begun(tokens.into_iter().map(|it| (it.name, Some(it.location))), current))
}

/// By their names as they are shown, and by their ids for who begins one.
fn providers(place: &Place, current: &OsStr) -> Option<Vec<CompletionCandidate>> {
    let catalog = Catalog::gather(&place.home).ok()?;
    let about = |it: &Entry| Some(it.manifest.description.clone());
    let word = current.to_string_lossy();
    let called = |it: &Entry| {
        let name = one_word(it.name()).filter(|it| it.starts_with(&*word));
        name.unwrap_or_else(|| it.id().to_owned())
    };
    Some(begun(catalog.entries().iter().map(|it| (called(it), about(it))), current))
}

/// Those of the provider that the command line names.
fn settings(place: &Place, current: &OsStr) -> Option<Vec<CompletionCandidate>> {
    let named = place.provider.as_deref()?;
    let catalog = Catalog::gather(&place.home).ok()?;
    let entry = catalog.entries().iter().find(|it| it.id() == named || it.is_called(named))?;
    let settings = entry.manifest.settings.iter();
    let keys = settings.map(|it| (format!("{}=", it.key), Some(it.description.clone())));
    Some(begun(keys, current))
}

fn plugins(place: &Place, current: &OsStr) -> Option<Vec<CompletionCandidate>> {
    let manifests = files(place)?.into_iter().filter_map(|it| it.manifest.ok());
    Some(begun(manifests.map(|it| (it.id, Some(it.name))), current))
}

fn files(place: &Place) -> Option<Vec<PluginFile>> {
    plugin_files(&place.home, &Configuration::load(&place.home).ok()?).ok()
}

fn plugins_and_files(place: &Place, current: &OsStr) -> Option<Vec<CompletionCandidate>> {
    let mut all = plugins(place, current).unwrap_or_default();
    let files = files(place).unwrap_or_default().into_iter();
    all.extend(begun(files.map(|it| (it.file_name(), None)), current));
    all.extend(PathCompleter::file().complete(current));
    Some(all)
}

fn rules(_: &Place, current: &OsStr) -> Option<Vec<CompletionCandidate>> {
    let rules = Rule::ALL.iter().map(|it| (it.id().to_owned(), Some(it.holds().to_owned())));
    Some(begun(rules, current))
}

fn trusted_plugins(place: &Place, current: &OsStr) -> Option<Vec<CompletionCandidate>> {
    let trust = Trust::load(&place.home).ok()?;
    Some(begun(trust.ids().map(|it| (it.to_owned(), None)), current))
}

/// Those that begin with the word, each with what it is.
fn begun(
    values: impl Iterator<Item = (String, Option<String>)>,
    current: &OsStr,
) -> Vec<CompletionCandidate> {
    let word = current.to_string_lossy();
    // What begins so would be read as a flag, or be expanded.
    let is_value = |it: &str| !it.starts_with(['-', '=', '@']) && !it.contains(',');
    let values = values.filter(|(value, _)| value.starts_with(&*word) && is_value(value));
    let candidates = values.filter_map(|(value, about)| {
        let about = about.map(|it| Label::new(it).to_string().into());
        Some(CompletionCandidate::new(one_word(&value)?).help(about))
    });
    candidates.collect()
}

/// The text, if every shell reads it as one word and nothing else: it is inserted as it is, and names in files and answers
/// are text from outside.
pub fn one_word(text: &str) -> Option<String> {
    let is_plain = |c: char| c.is_alphanumeric() || "._-+@%=:,/".contains(c);
    (!text.is_empty() && text.chars().all(is_plain)).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_text_that_is_one_word_for_a_shell_is_offered() {
        for text in ["local", "prod-eu", "a@b.c", "key=", "a:b", "/x/y.so", "--flag=x", "é"] {
            assert_eq!(one_word(text).as_deref(), Some(text));
        }
        for text in ["", "a b", "$(touch x)", "`x`", "a;b", "a\nb", "a\tb", "\u{1b}[2J", "~", "a'"]
        {
            assert_eq!(one_word(text), None, "{text:?}");
        }
    }
}
