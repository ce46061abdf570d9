//! `plugin trust` and `plugin untrust`: change which plugin files may run.

use std::path::{Path, PathBuf};

use mesheryctl_core::manifest::{HostRule, Manifest};
use serde_json::json;

use crate::cli::{Global, Output, Trust as TrustArgs};
use crate::commands::provider::leftover;
use crate::error::{Code, Command, Error, Result, Suggestion};
use crate::net::url::{self, authority};
use crate::output::print_json;
use crate::plugin::isolation::Isolation;
use crate::plugin::library::discovery;
use crate::plugin::registry::refusal;
use crate::plugin::trust::gate::{Candidate, Reach, short};
use crate::plugin::trust::store::Trust;
use crate::providers::configuration::Configuration;
use crate::storage::administration;
use crate::storage::home::Home;
use crate::terminal::{Terminal, layout};
use crate::text::{Id, Label, Line};

pub fn trust(args: &TrustArgs, global: &Global, terminal: &Terminal) -> Result<()> {
    let home = Home::find(global.plugins_dir.as_deref())?;
    check_hosts(&args.allow_host)?;
    let candidate = find(args, &home)?;
    check_policy(&candidate, &home)?;
    let id = candidate.manifest.id.clone();
    let isolation = Isolation::here();
    let already = Trust::load(&home)?.of(&id).cloned().unwrap_or_default();
    let is_known = already.sha256.contains(&candidate.library.sha256);
    let passed_on = match is_known {
        true => Vec::new(),
        false => Configuration::load(&home)?.passed_on(&id),
    };
    if args.sha256.is_none() {
        if let Some(why) = terminal.no_prompt_reason() {
            return Err(needs_terminal(why, args, &candidate));
        }
        if let Some(old) = already.sha256.first().filter(|it| **it != candidate.library.sha256) {
            let old = short(&Id::new(old).to_string());
            terminal
                .say(&format!("The file changed since you trusted it (its SHA-256 was {old})."));
        }
        if !passed_on.is_empty() {
            let keys = passed_on.join(", ");
            terminal.say(&format!("Once trusted, it receives the kept settings {keys}."));
        }
        // Every host that it may connect to afterwards, including those that were allowed earlier.
        let mut reach = reach_of(&candidate.manifest);
        reach.hosts.extend(already.hosts);
        reach.hosts.extend(args.allow_host.iter().cloned());
        candidate.ask(&reach, isolation, &home, terminal)?;
    }
    let sha256 = &candidate.library.sha256;
    let allowed = Trust::allow(&home, &id, sha256, &args.allow_host, isolation)?;
    let name = &candidate.manifest.name;
    terminal.done(&format!(
        "The plugin {name} is trusted. You will be asked again if the file changes."
    ));
    if !passed_on.is_empty() {
        say_passed_on(&id, &passed_on, terminal);
    }
    if !isolation.is_sandbox() {
        terminal.say(&format!("  {}", isolation.description()));
    }
    if !allowed.hosts.is_empty() {
        let hosts = allowed.hosts.join(", ");
        terminal.say(&format!("  Additional hosts: {hosts}."));
    }
    match global.output {
        Output::Text => Ok(()),
        Output::Json => print_json(&json!({
            "id": id,
            "sha256": candidate.library.sha256,
            "allowed_hosts": allowed.hosts,
            "receives": passed_on,
        })),
    }
}

/// Names the kept settings that the plugin receives from the one that it replaces, and the command that removes them.
fn say_passed_on(id: &str, keys: &[String], terminal: &Terminal) {
    let unset = layout::unbreakable(&leftover::unset(id, keys).to_string());
    let keys = keys.join(", ");
    terminal.say(&format!("  It receives the kept settings {keys}. To remove them: {unset}"));
}

/// Rejects a trust that the administrator's policy does not leave to the person.
fn check_policy(candidate: &Candidate, home: &Home) -> Result<()> {
    let policy = home.administration()?;
    if policy.forbids(&candidate.library.sha256) {
        return Err(candidate.forbidden());
    }
    match policy.decides_trust() {
        true => Err(administration::fixed("Which plugins are trusted")),
        false => Ok(()),
    }
}

/// The file with this id. If there are several, the one with the hash that was given.
fn find(args: &TrustArgs, home: &Home) -> Result<Candidate> {
    let directory = home.plugins()?;
    let found = discovery::scan(&directory, |_| None)
        .map_err(|error| unreadable(&directory, home, &error))?;
    let of_id: Vec<(PathBuf, Manifest)> = found
        .into_iter()
        .filter_map(|it| Some((it.path, it.manifest.ok()?)))
        .filter(|(_, manifest)| manifest.id == args.id)
        .collect();
    if of_id.is_empty() {
        let (id, directory) = (Id::new(&args.id), home.short(&directory));
        let message = format!("No usable plugin has the id {id} in {directory}.");
        return Err(Error::new(Code::PluginUnknown, message)
            .nothing_changed()
            .next(Suggestion::new("List plugins", "mesheryctl plugin list")));
    }
    let candidates: Result<Vec<Candidate>> =
        of_id.iter().map(|(path, manifest)| Candidate::read(path, manifest)).collect();
    let candidates = candidates?;
    if let Some(why) = candidates.iter().find_map(|it| refusal(&it.manifest)) {
        let message = format!("This plugin cannot be used: {why}.");
        return Err(Error::new(Code::PluginUnusable, message)
            .nothing_changed()
            .next(Suggestion::new("List plugins", "mesheryctl plugin list")));
    }
    let several = candidates.len() > 1;
    let error = hash_differs(args, &candidates);
    let matches = |it: &Candidate| match &args.sha256 {
        Some(wanted) => it.library.sha256.eq_ignore_ascii_case(wanted),
        None => !several,
    };
    candidates.into_iter().find(matches).ok_or(error)
}

fn unreadable(path: &Path, home: &Home, error: &std::io::Error) -> Error {
    let message = format!("Cannot read {}: {error}.", Line::new(home.short(path)));
    Error::new(Code::PluginsUnreadable, message).nothing_changed().next(Suggestion::new(
        "Show permissions",
        Command::from("ls -ld").value(path.display().to_string()),
    ))
}

/// What the manifest names, with the default of each setting.
fn reach_of(manifest: &Manifest) -> Reach {
    let default = |key: &str| manifest.settings.iter().find(|it| it.key == key)?.default.as_deref();
    Reach::of(manifest, |key| match default(key).and_then(url::base_url) {
        Some(url) => format!("{} or the host of its setting {key}", authority(&url)),
        None => format!("the host of its setting {key}"),
    })
}

fn hash_differs(args: &TrustArgs, candidates: &[Candidate]) -> Error {
    let hashes = candidates.iter().map(|it| it.library.sha256.as_str()).collect::<Vec<_>>();
    let (id, known) = (Id::new(&args.id), hashes.join(" or "));
    let message = format!("The SHA-256 of the plugin {id} is {known}, not the one that was given.");
    let error = Error::new(Code::PluginDiffers, message).nothing_changed();
    match candidates {
        [candidate] => error.next(with_hash(args, &candidate.library.sha256)),
        _ => error.next(Suggestion::new("List plugins", "mesheryctl plugin list")),
    }
}

fn needs_terminal(why: &str, args: &TrustArgs, candidate: &Candidate) -> Error {
    let message = format!("Cannot ask whether to trust it: {why}.");
    Error::new(Code::NeedsTerminal, message)
        .nothing_changed()
        .next(with_hash(args, &candidate.library.sha256))
}

/// The command that was typed, with this hash.
fn with_hash(args: &TrustArgs, sha256: &str) -> Suggestion {
    let command = Command::from("mesheryctl plugin trust").value(&args.id);
    let command = command.literal("--sha256").value(sha256);
    let hosts = args.allow_host.iter();
    let command = hosts.fold(command, |it, host| it.literal("--allow-host").value(host));
    Suggestion::new("To trust this file", command)
}

fn check_hosts(given: &[String]) -> Result<()> {
    for host in given {
        if !matches!(
            HostRule::try_from(host.clone()),
            Ok(HostRule::Exact(_) | HostRule::Subdomains(_))
        ) {
            let host = Label::new(host);
            let message = format!("{host} is not a host name.");
            return Err(Error::new(Code::HostInvalid, message).nothing_changed().next(
                Suggestion::new(
                    "Example",
                    "--allow-host login.example.org, or --allow-host '*.example.org'",
                ),
            ));
        }
    }
    Ok(())
}

pub fn untrust(id: &str, global: &Global, terminal: &Terminal) -> Result<()> {
    let home = Home::find(global.plugins_dir.as_deref())?;
    let was_allowed = Trust::forget(&home, id)?;
    let shown = Id::new(id);
    if was_allowed {
        terminal
            .done(&format!("The plugin {shown} is no longer trusted. Its file was not removed."));
    } else {
        terminal.say(&format!("The plugin {shown} was not trusted. Nothing was changed."));
    }
    match global.output {
        Output::Text => Ok(()),
        Output::Json => print_json(&json!({ "id": id, "was_allowed": was_allowed })),
    }
}
