//! `system provider configure`: keeps settings of a provider for later logins, or shows what is in effect.

use std::collections::BTreeMap;

use mesheryctl_core::manifest::HostRule;
use mesheryctl_core::secret::Secret;
use serde_json::json;

use super::leftover::{self, Unusable};
use super::values;
use crate::cli::{Configure, Global, Output};
use crate::error::{Code, Command, Error, Result, Suggestion};
use crate::output::print_json;
use crate::providers::catalog::Catalog;
use crate::providers::entry::{Entry, Via};
use crate::storage::home::Home;
use crate::storage::kept_settings::KeptSettings;
use crate::terminal::Terminal;
use crate::text::Id;

/// What is to be kept and what not, by key.
struct Changes {
    keep: Vec<(String, Secret)>,
    unset: Vec<String>,
}

pub fn run(global: &Global, args: &Configure, terminal: &Terminal) -> Result<()> {
    let home = Home::find(global.plugins_dir.as_deref())?;
    let mut entry = match usable(&args.provider, &home, terminal) {
        Ok(entry) => entry,
        Err(unusable) => return leftover::run(global, args, &home, unusable, terminal),
    };
    entry.check_values()?;
    let changes = changes(&mut entry, args, terminal)?;
    if changes.is_empty() {
        if let Some(error) = entry.missing_error(Via::Configure) {
            return Err(error);
        }
    } else {
        check_hosts(&entry, &changes)?;
        let removed = keep(&entry, &changes, &home)?;
        entry = Catalog::gather(&home)?.pick(entry.id(), None, terminal)?;
        entry.take_kept_secrets();
        announce(&entry, &changes, removed, terminal);
    }
    match global.output {
        Output::Text if changes.is_empty() => {
            let none = || vec![format!("{} has no settings.", entry.name())];
            let lines = values::lines(&entry, terminal);
            terminal.print(&if lines.is_empty() { none() } else { lines })
        }
        Output::Text => Ok(()),
        Output::Json => print_json(&json!({
            "provider": entry.id(),
            "settings": values::json(&entry),
        })),
    }
}

impl Changes {
    fn is_empty(&self) -> bool {
        self.keep.is_empty() && self.unset.is_empty()
    }
}

/// The provider of this name, to which settings can be given.
fn usable(name: &str, home: &Home, terminal: &Terminal) -> std::result::Result<Entry, Unusable> {
    let catalog =
        Catalog::gather(home).map(|it| it.named_by("mesheryctl system provider configure"));
    let entry = catalog.and_then(|it| it.pick(name, None, terminal));
    let entry = entry.map_err(|error| Unusable { id: None, error })?;
    match check_trusted(&entry) {
        Ok(()) => Ok(entry),
        Err(error) => Err(Unusable { id: Some(entry.id().to_owned()), error }),
    }
}

/// What is kept is for exactly the bytes that the person trusts.
fn check_trusted(entry: &Entry) -> Result<()> {
    entry.check_allowed()?;
    if entry.is_accepted() {
        return Ok(());
    }
    let name = entry.name();
    let message = format!("The plugin {name} is not trusted, so no setting can be kept for it.");
    let trust = Command::from("mesheryctl plugin trust").value(entry.id());
    Err(Error::new(Code::PluginUntrusted, message)
        .nothing_changed()
        .next(Suggestion::new("If you trust it", trust)))
}

/// The changes of the command line, and on a terminal the answers to what is missing then. The entry has the new values.
fn changes(entry: &mut Entry, args: &Configure, terminal: &Terminal) -> Result<Changes> {
    let mut keep = entry.read_given(&args.settings, Via::Configure, terminal)?;
    check_not_empty(entry, &keep)?;
    for key in &args.unset {
        entry.check_known(key)?;
        if keep.iter().any(|(it, _)| it == key) {
            let message = format!("The setting {} is both set and unset.", Id::new(key));
            return Err(Error::new(Code::SettingInvalid, message).nothing_changed());
        }
    }
    let set = |entry: &mut Entry, changes: &[(String, Secret)]| {
        changes.iter().for_each(|(key, value)| entry.set(key, value.expose().to_owned()));
        entry.take_kept_secrets();
    };
    set(entry, &keep);
    if args.unset.is_empty() && terminal.can_prompt() {
        entry.kept_for_other_hosts().iter().for_each(|it| terminal.say(it));
        let answers = entry.answers(terminal)?;
        set(entry, &answers);
        keep.extend(answers);
    }
    Ok(Changes { keep, unset: args.unset.clone() })
}

/// An empty value of a required setting counts as none.
fn check_not_empty(entry: &Entry, keep: &[(String, Secret)]) -> Result<()> {
    let settings = &entry.manifest.settings;
    let is_required = |key: &str| settings.iter().any(|it| it.key == key && it.required);
    let is_empty = |it: &&(String, Secret)| it.1.expose().is_empty() && is_required(&it.0);
    let Some((key, _)) = keep.iter().find(is_empty) else { return Ok(()) };
    let message = format!("{} requires the setting {key}, so it cannot be empty.", entry.name());
    let configure = Command::from("mesheryctl system provider configure").value(entry.id());
    Err(Error::new(Code::SettingInvalid, message)
        .nothing_changed()
        .next(Suggestion::new("Keep none", configure.literal("--unset").value(key))))
}

/// A secret is kept with the hosts that may receive it, so these must be known.
fn check_hosts(entry: &Entry, changes: &Changes) -> Result<()> {
    let secret = changes.keep.iter().find(|(key, _)| entry.is_secret(key));
    let missing = entry.missing().into_iter().find(|setting| {
        let is_it = |rule: &HostRule| matches!(rule, HostRule::Setting(it) if *it == setting.key);
        entry.manifest.hosts.iter().any(is_it)
    });
    let (Some((key, _)), Some(host)) = (secret, missing) else { return Ok(()) };
    let name = entry.name();
    let host = &host.key;
    let message = format!("{name} gets the secret {key} at the host of {host}, which is not set.");
    let command = Command::from("mesheryctl system provider configure").value(entry.id());
    let command = command.value(host).glued("=…").value(key).glued("=@FILE");
    Err(Error::new(Code::SettingMissing, message)
        .nothing_changed()
        .next(Suggestion::new("Set both", command)))
}

/// Stores the changes. Returns whether settings of another plugin with this id were removed.
fn keep(entry: &Entry, changes: &Changes, home: &Home) -> Result<bool> {
    let (id, plugin) = (entry.id(), entry.file_sha256());
    let (secret, open): (Vec<_>, Vec<_>) =
        changes.keep.iter().partition(|(key, _)| entry.is_secret(key));
    let open: BTreeMap<String, String> =
        open.into_iter().map(|(key, value)| (key.clone(), value.expose().to_owned())).collect();
    let mut removed = false;
    KeptSettings::change(home, |kept| {
        removed = kept.owner(id).is_some_and(|owner| !entry.may_have(owner));
        if removed {
            kept.forget(id);
        }
        changes.unset.iter().for_each(|key| kept.remove(id, key));
        kept.keep(id, plugin.as_deref(), open);
        if !secret.is_empty() {
            let secrets = kept.secrets_mut(id);
            let hosts = entry.hosts_of_settings();
            if secrets.hosts != hosts {
                secrets.values.clear();
            }
            secrets.hosts = hosts;
            secrets.plugin = plugin;
            secrets.values.extend(secret.into_iter().cloned());
        }
    })?;
    Ok(removed)
}

fn announce(entry: &Entry, changes: &Changes, removed: bool, terminal: &Terminal) {
    let name = entry.name();
    if removed {
        terminal.say("What was kept for another plugin with this id was removed.");
    }
    let keys = |all: &[String]| all.join(", ");
    let kept: Vec<String> = changes.keep.iter().map(|(key, _)| key.clone()).collect();
    if !kept.is_empty() {
        terminal.done(&format!("Kept for later logins with {name}: {}.", keys(&kept)));
    }
    if !changes.unset.is_empty() {
        terminal.done(&format!("No longer kept for {name}: {}.", keys(&changes.unset)));
    }
    entry.kept_for_other_hosts().iter().for_each(|it| terminal.say(it));
    let missing: Vec<String> = entry.missing().iter().map(|it| it.key.clone()).collect();
    if !missing.is_empty() {
        terminal.say(&format!("A login with {name} also requires: {}.", keys(&missing)));
    }
}
