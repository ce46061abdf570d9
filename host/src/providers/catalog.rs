//! The catalog: every available provider, in a fixed order. Code that uses an entry does not
//! depend on its kind.

mod choice;

use std::sync::Arc;

use mesheryctl_core::manifest::Manifest;
use mesheryctl_providers::{BuiltIn, built_ins};

use crate::error::{Code, Command, Error, Result, Suggestion};
use crate::nearest::nearest;
use crate::net::meshery_server::{Listed, Server};
use crate::providers::configuration::Configuration;
use crate::providers::entry::{Entry, Source, from_server, installed};
use crate::providers::plugins::plugin_files;
use crate::storage::home::Home;
use crate::terminal::Terminal;
use crate::terminal::note::Note;
use crate::text::{Label, Name, Sentence, abridged};

/// Every provider that a login can choose.
pub struct Catalog {
    entries: Vec<Entry>,
    /// The plugins that are left out: the file, and the reason.
    unusable: Vec<(String, String)>,
    configuration: Arc<Configuration>,
    /// What stands before the name of a provider in the command that is suggested for an unknown one.
    command: &'static str,
}

/// What is known of the provider that issued a token.
#[derive(Debug, Clone, Copy)]
pub struct Issuer<'a> {
    /// Without an id, the name alone counts.
    pub id: Option<&'a str>,
    /// Whether the id is that of a plugin.
    pub is_plugin: bool,
    pub name: &'a str,
}

fn built_in_entries(configuration: &Arc<Configuration>) -> Result<Vec<Entry>> {
    let entry = |it: &BuiltIn| match Manifest::parse_built_in(it.manifest) {
        Ok(manifest) => Ok(installed(manifest, Source::BuiltIn(it.provider), configuration)),
        Err(why) => Err(Error::new(
            Code::InternalError,
            format!("A built-in provider has an invalid manifest: {why}."),
        )),
    };
    built_ins().iter().map(|it| entry(it)).collect()
}

impl Catalog {
    /// Reads the manifests. It loads no library, runs no plugin and asks no question.
    ///
    /// # Errors
    /// Those of [`Configuration::load`] and [`plugin_files`].
    pub fn gather(home: &Home) -> Result<Self> {
        let configuration = Configuration::load(home)?;
        let mut entries = built_in_entries(&configuration)?;
        let (files, mut unusable) = (plugin_files(home, &configuration)?, Vec::new());
        let built_in = entries.len();
        entries.reserve_exact(files.len());
        for plugin in files {
            match plugin.manifest {
                Ok(manifest) => {
                    let source = Source::File(plugin.path);
                    entries.push(installed(manifest, source, &configuration));
                }
                Err(ref why) => unusable.push((plugin.file_name(), why.clone())),
            }
        }
        entries[built_in..].sort_by_cached_key(|it| it.name().to_lowercase());
        let command = "mesheryctl system login --provider";
        Ok(Self { entries, unusable, configuration, command })
    }

    /// The same catalog for a command other than a login: what stands in it before the name of a provider.
    pub fn named_by(self, command: &'static str) -> Self {
        Self { command, ..self }
    }

    /// What decides about the settings of its entries.
    pub fn configuration(&self) -> &Arc<Configuration> {
        &self.configuration
    }

    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Whether it may take the place or the name of another provider.
    pub fn is_accepted(&self, entry: &Entry) -> bool {
        entry.is_accepted()
    }

    /// The installed provider that stands for this one of a server: it has its URL.
    pub fn standing_for(&self, listed: &Listed) -> Option<&Entry> {
        self.position_of(listed).map(|index| &self.entries[index])
    }

    fn position_of(&self, listed: &Listed) -> Option<usize> {
        let is_same = |it: &Entry| it.url.as_ref().is_some_and(|own| listed.has_url(own));
        self.entries.iter().position(|it| is_same(it) && self.is_accepted(it))
    }

    /// The provider with this name. A plugin that is not trusted has precedence over no provider that the server lists, so the
    /// server is asked first.
    pub fn pick(
        mut self,
        name: &str,
        server: Option<&Server<'_>>,
        terminal: &Terminal,
    ) -> Result<Entry> {
        let found = self.find(name)?;
        if let Some(index) = found.filter(|&it| self.is_accepted(&self.entries[it])) {
            return Ok(self.entries.swap_remove(index));
        }
        let note = self.add_listed(server);
        note.iter().filter(|_| found.is_none()).for_each(|note| terminal.note(note));
        let owner = || self.entries.iter().position(|it| it.is_or_was_called(name));
        match self.find(name)?.or_else(owner) {
            Some(index) => Ok(self.entries.swap_remove(index)),
            None => Err(self.unknown(name, server)),
        }
    }

    /// The provider that issued a token; never a plugin that is not trusted. One that only the server lists is never found by
    /// the name of an installed provider: the server would choose the host that receives a token of that name.
    pub fn issuer(mut self, of: Issuer<'_>, server: Option<&Server<'_>>) -> Option<Entry> {
        let installed = self.entries.len();
        self.add_listed(server);
        let is_named = |it: &Entry| it.is_or_was_called(of.name);
        let has_id = |it: &Entry, id: &str| it.has_id(id) && it.is_built_in() != of.is_plugin;
        let is_wanted = |it: &Entry| of.id.map_or_else(|| is_named(it), |id| has_id(it, id));
        let index = self.entries.iter().position(|it| is_wanted(it) && self.is_accepted(it))?;
        let name = self.entries[index].name();
        let claims_name = |it: &Entry| it.is_or_was_called(name) && self.is_accepted(it);
        let claimed = self.entries[..installed].iter().any(claims_name);
        (index < installed || !claimed).then(|| self.entries.swap_remove(index))
    }

    /// Adds the remote providers that the context's server lists and that are not installed. Returns a note if
    /// the server gave no list.
    pub fn add_listed(&mut self, server: Option<&Server<'_>>) -> Option<Note> {
        let server = server?;
        match server.listed() {
            Ok(all) => all.iter().for_each(|it| self.add(it)),
            Err(why) => {
                let line = format!(
                    "Cannot list the providers of the Meshery Server: {} {why}.",
                    server.name()
                );
                return Some(Note::Detail(line));
            }
        }
        None
    }

    /// A provider that the server lists is a row of its own, unless an accepted one stands for it.
    fn add(&mut self, listed: &Listed) {
        let Some(url) = &listed.url else { return };
        let name = listed.name.raw();
        match self.position_of(listed) {
            // A server must not give a plugin the name of another provider: the token of that one would be for it.
            Some(index) => {
                let mut others = self.entries.iter().enumerate().filter(|(at, _)| *at != index);
                if !others.any(|(_, it)| it.is_or_was_called(name) && self.is_accepted(it)) {
                    self.entries[index].alias = Some(name.to_owned());
                }
            }
            None => {
                let mut entry = from_server(listed, url, &self.configuration);
                let name = entry.name();
                let is_taken =
                    |it: &Entry| it.id() == name || it.is_called(name) || it.is_or_was_called(name);
                if !self.entries.iter().any(is_taken) {
                    entry.typed_as = entry.name().to_owned();
                }
                self.entries.push(entry);
            }
        }
    }

    /// The provider with this id, else of this name. The id of a plugin that is not trusted has no precedence over a name.
    fn find(&self, name: &str) -> Result<Option<usize>> {
        let with_id = self.entries.iter().position(|it| it.id() == name);
        if with_id.is_some_and(|it| self.is_accepted(&self.entries[it])) {
            return Ok(with_id);
        }
        let is_meant = |it: &usize| Some(*it) == with_id || self.entries[*it].is_called(name);
        let meant: Vec<usize> = (0..self.entries.len()).filter(is_meant).collect();
        match meant.as_slice() {
            [] => Ok(None),
            [index] => Ok(Some(*index)),
            several => {
                let several: Vec<&Entry> = several.iter().map(|&it| &self.entries[it]).collect();
                Err(self.ambiguous(name, &several))
            }
        }
    }

    fn ambiguous(&self, name: &str, several: &[&Entry]) -> Error {
        let ids = abridged(several.iter().map(|it| it.id()));
        let accepted = several.iter().find(|it| self.is_accepted(it));
        let untrusted = several.iter().find(|it| !self.is_accepted(it));
        let message = format!("More than one provider is called {}: {ids}.", Name::new(name));
        let error = Error::new(Code::ProviderAmbiguous, message).nothing_changed();
        let use_id = |it: &&Entry| Suggestion::new("Use an id", self.command_with(it.id()));
        let error = accepted.map(use_id).into_iter().fold(error, Error::next);
        let trust = |it: &&Entry| {
            let trust = Command::from("mesheryctl plugin trust").value(it.id());
            Suggestion::new("For the plugin, trust it first", trust)
        };
        untrusted.map(trust).into_iter().fold(error, Error::next)
    }

    fn unknown(&self, name: &str, server: Option<&Server<'_>>) -> Error {
        let names: Vec<&str> = self.entries.iter().map(Entry::name).collect();
        let (shown, known) = (Name::new(name), abridged(names.iter().copied()));
        let silent = server.and_then(|it| Some(format!("{} {}", it.name(), it.listed().err()?)));
        let message = match &silent {
            None => format!("There is no provider called {shown}. Available: {known}."),
            Some(why) => format!(
                "No installed provider is called {shown}, and those of the Meshery Server are \
                 unknown: {why}. Installed: {known}."
            ),
        };
        let mut error = Error::new(Code::ProviderUnknown, message).nothing_changed();
        if let Some((file, why)) = self.unusable.iter().find(|(file, _)| is_named_after(file, name))
        {
            let (file, why) = (Label::new(file), Sentence::new(why));
            let message = format!("The plugin {file} cannot be used: {why}.");
            return Error::new(Code::PluginUnusable, message)
                .nothing_changed()
                .next(Suggestion::new("List plugins", "mesheryctl plugin list"));
        }
        if silent.is_some() {
            error = error.next(Suggestion::new("Find out why", "mesheryctl system check"));
        }
        if !self.unusable.is_empty() {
            let list = "mesheryctl plugin list";
            error = error.next(Suggestion::new("See plugins that cannot be used", list));
        }
        match nearest(name, &names) {
            Some(nearest) => {
                error.next(Suggestion::new("Did you mean", self.command_with(nearest)))
            }
            None => {
                error.next(Suggestion::new("List providers", "mesheryctl system provider list"))
            }
        }
    }

    fn command_with(&self, provider: &str) -> Command {
        Command::from(self.command).value(provider)
    }
}

/// Whether a library's file is named after a provider: `libacme_sso.so` after `acme-sso`, `acme` or `acme_sso`.
fn is_named_after(file: &str, name: &str) -> bool {
    let stem = file.split('.').next().unwrap_or_default();
    let stem = stem.strip_prefix(std::env::consts::DLL_PREFIX).unwrap_or(stem);
    let (stem, name) =
        (stem.to_lowercase().replace('_', "-"), name.to_lowercase().replace(['_', ' '], "-"));
    let rest = stem.strip_prefix(&name);
    !name.is_empty() && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
}

#[cfg(test)]
mod tests;
