//! `plugin inspect`: prints the manifest of a plugin without running it.

use std::path::{Path, PathBuf};

use mesheryctl_core::manifest::Manifest;
use serde_json::json;

use crate::cli::{Global, Output};
use crate::commands::provider::values;
use crate::error::{Code, Command, Error, Result, Suggestion};
use crate::output::print_json;
use crate::plugin::isolation::Isolation;
use crate::plugin::library::Library;
use crate::plugin::library::discovery::{self, PluginFile};
use crate::plugin::registry::refusal;
use crate::plugin::trust::gate::TrustStatus;
use crate::plugin::trust::store::{Allowed, Trust};
use crate::providers::configuration::Configuration;
use crate::providers::entry::{Source, installed, plugin_variable};
use crate::storage::home::Home;
use crate::terminal::Terminal;
use crate::text::{Line, Sentence, Whole, abridged};

pub fn run(file: &Path, global: &Global, terminal: &Terminal) -> Result<()> {
    let home = Home::find(global.plugins_dir.as_deref())?;
    let file = find(file, &home)?;
    let unusable = |why: String| {
        let file = Line::new(file.display().to_string());
        let message = format!("{file} cannot be used as a plugin: {}.", Sentence::new(&why));
        Error::new(Code::PluginUnusable, message)
    };
    let found = discovery::inspect(file.clone());
    let note = found.note();
    let manifest = found.manifest.map_err(unusable)?;
    let library = Library::read(&file).map_err(unusable)?;
    let trust = Trust::load(&home)?;
    let trusted = TrustStatus::of(&trust, &manifest.id, &library.sha256);
    let is_changed = matches!(trusted, TrustStatus::Changed { .. });
    let status = match refusal(&manifest) {
        Some(why) => format!("cannot be used: {why}"),
        None => trusted.to_string(),
    };
    let allowed = trust.of(&manifest.id);
    let configuration = Configuration::load(&home)?;
    let mut entry = installed(manifest.clone(), Source::File(file), &configuration);
    entry.take_kept_secrets();
    let passed_on = if is_changed { configuration.passed_on(&manifest.id) } else { Vec::new() };
    match global.output {
        Output::Text => {
            let mut lines = lines(&manifest, &library.sha256, &status, allowed);
            let values = values::lines(&entry, terminal).into_iter();
            lines.extend(values.map(|it| format!("{:<12} {it}", "Value")));
            if !passed_on.is_empty() {
                let keys = passed_on.join(", ");
                lines.push(format!("{:<12} Once trusted, the kept settings {keys}", "Receives"));
            }
            lines.extend(note.map(|it| format!("{:<12} {}", "Warning", Whole::new(it))));
            terminal.print(&lines)
        }
        Output::Json => print_json(&json!({
            "manifest": manifest,
            "sha256": library.sha256,
            "status": status,
            "note": note,
            "allowed_hosts": allowed.map(|it| it.hosts.clone()).unwrap_or_default(),
            "settings": values::json(&entry),
            "receives": passed_on,
            "isolation": Isolation::here().to_string(),
        })),
    }
}

/// A path, the name of a file in the plugin directory, or the id of a plugin there.
fn find(named: &Path, home: &Home) -> Result<PathBuf> {
    let directory = home.plugins()?;
    let mut paths = vec![named.to_owned(), directory.join(named)];
    paths.retain(|it| it.symlink_metadata().is_ok());
    // An id may be the name of a folder here too.
    if let Some(found) = paths.iter().find(|it| !it.is_dir()) {
        return Ok(found.clone());
    }
    // Also one that is not offered: the reason is then shown.
    let all = discovery::scan(&directory, |_| None).unwrap_or_default();
    let has_id = |it: &PluginFile| it.manifest.as_ref().is_ok_and(|it| named == Path::new(&it.id));
    let found: Vec<PluginFile> = all.into_iter().filter(has_id).collect();
    let shown = Line::new(named.display().to_string());
    match <[PluginFile; 1]>::try_from(found) {
        Ok([one]) => Ok(one.path),
        Err(none) if none.is_empty() => {
            if let Some(folder) = paths.pop() {
                return Ok(folder);
            }
            let message = format!("Cannot read {shown}: no such file, and no plugin has this id.");
            Err(Error::new(Code::Unreadable, message)
                .next(Suggestion::new("List plugins", "mesheryctl plugin list")))
        }
        Err(several) => {
            let files: Vec<_> = several.iter().map(PluginFile::file_name).collect();
            let names = Whole::new(abridged(files.iter()));
            let message = format!("Several plugins have the id {shown}: {names}.");
            let first = Command::from("mesheryctl plugin inspect").value(&files[0]);
            Err(Error::new(Code::Unreadable, message).next(Suggestion::new("Name a file", first)))
        }
    }
}

fn lines(
    manifest: &Manifest,
    sha256: &str,
    status: &str,
    allowed: Option<&Allowed>,
) -> Vec<String> {
    let line = |name: &str, value: &str| format!("{name:<12} {}", Sentence::new(value));
    let or_none = |hosts: Vec<String>| match hosts.is_empty() {
        true => "no host".to_owned(),
        false => hosts.join(", "),
    };
    let mut lines = vec![
        line("Name", &manifest.name),
        line("Id", &manifest.id),
        line("Version", &manifest.version),
        line("Publisher", &manifest.publisher),
        line("Description", &manifest.description),
        line("Support", &manifest.support),
    ];
    // Never shortened: a host that is not shown could not be judged.
    let hosts = or_none(manifest.hosts.iter().map(ToString::to_string).collect());
    lines.push(format!("{:<12} {}", "Hosts", Whole::new(&hosts)));
    if let Some(allowed) = allowed.filter(|it| !it.hosts.is_empty()) {
        lines.push(line("More hosts", &allowed.hosts.join(", ")));
    }
    if let Some(url) = &manifest.meshery_provider {
        let stands_for = format!("the Meshery provider at {url}, and receives its tokens");
        lines.push(line("Stands for", &stands_for));
    }
    for setting in &manifest.settings {
        let default = setting.default.as_ref().map(|it| format!(" [default: {it}]"));
        let marks = match (setting.required, setting.secret) {
            (true, true) => " (required, secret)",
            (true, false) => " (required)",
            (false, true) => " (secret)",
            (false, false) => "",
        };
        let default = default.unwrap_or_default();
        let variable = plugin_variable(&manifest.id, &setting.key);
        let variable = variable.map(|it| format!(" [variable: {it}]")).unwrap_or_default();
        let about = format!("{}{marks}: {}{default}{variable}", setting.key, setting.description);
        lines.push(line("Setting", &about));
    }
    lines.push(line("SHA-256", sha256));
    lines.push(line("Status", status));
    let isolation = Isolation::here();
    lines.push(line("Isolation", &format!("{isolation}. {}", isolation.description())));
    lines
}
