//! `plugin list`: lists the files of the plugin directory, and which of them may run.

use std::path::PathBuf;

use mesheryctl_core::manifest::Manifest;
use serde_json::{Value, json};

use crate::cli::{Global, Output};
use crate::error::Result;
use crate::output::print_json;
use crate::plugin::library::Library;
use crate::plugin::library::discovery::PluginFile;
use crate::plugin::trust::gate::TrustStatus;
use crate::plugin::trust::store::Trust;
use crate::providers::configuration::Configuration;
use crate::providers::plugins::plugin_files;
use crate::storage::administration::POLICY_FILE;
use crate::storage::home::Home;
use crate::terminal::Terminal;
use crate::text::{Label, Line, Sentence, Version};

/// One file of the list.
struct Row {
    path: PathBuf,
    manifest: Option<Manifest>,
    status: String,
    note: Option<String>,
}

pub fn run(global: &Global, terminal: &Terminal) -> Result<()> {
    let home = Home::find(global.plugins_dir.as_deref())?;
    let trust = Trust::load(&home)?;
    let directory = home.plugins()?;
    if home.administration()?.plugins_dir().is_some() {
        terminal.say(&format!("The plugin directory is set by {POLICY_FILE}."));
    }
    let files = plugin_files(&home, &Configuration::load(&home)?)?.into_iter();
    let rows: Vec<Row> = files.map(|it| row(it, &trust)).collect();
    match global.output {
        Output::Text => terminal.print(&lines(&rows, &home.short(&directory))),
        Output::Json => print_json(&json!({
            "directory": directory.display().to_string(),
            "plugins": rows.iter().map(described).collect::<Vec<_>>(),
        })),
    }
}

/// The whole library is read for its hash, so this is done only if that decides.
fn row(found: PluginFile, trust: &Trust) -> Row {
    let note = found.note();
    let PluginFile { path, manifest, .. } = found;
    let status = match &manifest {
        Err(why) => format!("cannot be used: {why}"),
        Ok(manifest) if !trust.needs_hash(&manifest.id) => TrustStatus::New.to_string(),
        Ok(manifest) => match Library::read(&path) {
            Err(why) => format!("cannot be used: {why}"),
            Ok(library) => TrustStatus::of(trust, &manifest.id, &library.sha256).to_string(),
        },
    };
    Row { path, manifest: manifest.ok(), status, note }
}

fn lines(rows: &[Row], directory: &str) -> Vec<String> {
    if rows.is_empty() {
        return vec![format!("No plugins in {}.", Line::new(directory))];
    }
    let line = |row: &Row| {
        let file = row.path.file_name().unwrap_or_default().to_string_lossy();
        let file = Label::new(&file).delimited();
        let note = row.note.as_ref().map(|it| format!("; {}", Sentence::new(it)));
        let note = note.unwrap_or_default();
        let status = Sentence::new(&row.status);
        match &row.manifest {
            Some(it) => {
                let version = Version::new(&it.version).delimited();
                format!("{}  ({} {version}, {file}): {status}{note}", it.name, it.id)
            }
            None => format!("{file}: {status}{note}"),
        }
    };
    rows.iter().map(line).collect()
}

fn described(row: &Row) -> Value {
    let manifest = row.manifest.as_ref();
    json!({
        "file": row.path.display().to_string(),
        "id": manifest.map(|it| &it.id),
        "name": manifest.map(|it| &it.name),
        "version": manifest.map(|it| &it.version),
        "status": row.status,
        "note": row.note,
    })
}
