//! `plugin`: the libraries in the plugins directory, and which of them may run.

use std::path::{Path, PathBuf};

use mesheryctl_core::manifest::{HostRule, Manifest};
use serde_json::{Value, json};

use super::{print, print_json};
use crate::cli::{Global, Output, Trust as TrustArgs};
use crate::foreign;
use crate::home::Home;
use crate::plugin::admission::{self, Applicant, Standing};
use crate::plugin::discovery::{self, Found};
use crate::plugin::library::Library;
use crate::plugin::trust::Trust;
use crate::problem::{Exit, Problem, Result, quoted};
use crate::terminal::Terminal;

/// What is told of one file.
struct Row {
    path: PathBuf,
    manifest: Option<Manifest>,
    status: String,
    note: Option<String>,
}

pub fn list(global: &Global) -> Result<()> {
    let home = Home::find(global.plugins_dir.as_deref())?;
    let trust = Trust::load(&home)?;
    let rows: Vec<Row> = admission::gather(&home)?.into_iter().map(|it| row(it, &trust)).collect();
    match global.output {
        Output::Text => print(&table(&rows, &home)),
        Output::Json => print_json(
            &json!({ "directory": home.plugins().display().to_string(), "plugins": rows.iter().map(described).collect::<Vec<_>>() }),
        ),
    }
}

/// Hashing reads the whole library, so it is done only where some bytes of that id are trusted.
fn row(found: Found, trust: &Trust) -> Row {
    let Found { path, manifest, note } = found;
    let status = match &manifest {
        Err(why) => format!("cannot be used: {why}"),
        Ok(manifest) if trust.of(&manifest.id).is_none() => "not yet allowed".to_owned(),
        Ok(manifest) => match Library::read(&path) {
            Err(why) => format!("cannot be used: {why}"),
            Ok(library) => standing(&Standing::of(trust, &manifest.id, &library.sha256)).to_owned(),
        },
    };
    Row { path, manifest: manifest.ok(), status, note }
}

fn standing(standing: &Standing) -> &'static str {
    match standing {
        Standing::Trusted => "allowed",
        Standing::New => "not yet allowed",
        Standing::Changed { .. } => "changed since it was allowed",
    }
}

fn table(rows: &[Row], home: &Home) -> String {
    if rows.is_empty() {
        return format!("No plugins in {}.\n", home.short(home.plugins()));
    }
    let mut text = String::new();
    for row in rows {
        let file = row.path.file_name().unwrap_or_default().to_string_lossy();
        let file = foreign::shown(&file, 80);
        let note = row
            .note
            .as_ref()
            .map(|it| format!("; {}", foreign::shown(it, 300)))
            .unwrap_or_default();
        let status = foreign::shown(&row.status, 300);
        text += &match &row.manifest {
            Some(it) => format!(
                "{}  ({} {}, {file}): {status}{note}\n",
                it.name,
                it.id,
                foreign::shown(&it.version, 20)
            ),
            None => format!("{file}: {status}{note}\n"),
        };
    }
    text
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

pub fn inspect(file: &Path, global: &Global) -> Result<()> {
    let home = Home::find(global.plugins_dir.as_deref())?;
    let unusable = |why: String| {
        let file = file.display();
        Problem::new(
            "plugin_unusable",
            Exit::Plugin,
            format!("{file} cannot be used as a plugin: {why}."),
        )
    };
    let manifest = discovery::inspect(file.to_owned()).manifest.map_err(unusable)?;
    let library = Library::read(file).map_err(unusable)?;
    let standing = standing(&Standing::of(&Trust::load(&home)?, &manifest.id, &library.sha256));
    match global.output {
        Output::Text => print(&inspected(&manifest, &library.sha256, standing)),
        Output::Json => print_json(&json!({
            "manifest": manifest, "sha256": library.sha256, "status": standing, "isolation": "process only",
        })),
    }
}

fn inspected(manifest: &Manifest, sha256: &str, standing: &str) -> String {
    let line = |name: &str, value: &str| format!("{name:<12} {}\n", foreign::shown(value, 300));
    let hosts: Vec<String> = manifest.hosts.iter().map(ToString::to_string).collect();
    let mut text = line("Name", &manifest.name);
    text += &line("Id", &manifest.id);
    text += &line("Version", &manifest.version);
    text += &line("Publisher", &manifest.publisher);
    text += &line("Description", &manifest.description);
    text += &line("Support", &manifest.support);
    let hosts = if hosts.is_empty() { "no host".to_owned() } else { hosts.join(", ") };
    text += &line("May talk to", &hosts);
    for setting in &manifest.settings {
        let required = if setting.required { " (required)" } else { "" };
        text += &line("Setting", &format!("{}{required}: {}", setting.key, setting.description));
    }
    text += &line("SHA-256", sha256);
    text += &line("Status", standing);
    text += &line("Isolation", "process only: it runs as you, without a sandbox");
    text
}

pub fn trust(args: &TrustArgs, global: &Global, terminal: &Terminal) -> Result<()> {
    let home = Home::find(global.plugins_dir.as_deref())?;
    let hosts = hosts(&args.allow_host)?;
    let applicant = find(args, home.plugins())?;
    let id = applicant.manifest.id.clone();
    if args.sha256.is_none() {
        if !terminal.can_prompt() {
            return Err(Problem::new(
                "needs_terminal",
                Exit::Usage,
                "cannot ask whether to trust it: this is not a terminal. Nothing was changed.",
            )
            .next(
                "If you trust these bytes",
                format!("mesheryctl plugin trust {id} --sha256 {}", applicant.library.sha256),
            ));
        }
        let mut shown: Vec<String> =
            applicant.manifest.hosts.iter().map(ToString::to_string).collect();
        shown.extend(hosts.iter().cloned());
        applicant.ask(&shown, &home, terminal)?;
    }
    Trust::load(&home)?.allow(&id, &applicant.library.sha256, &hosts)?;
    terminal.done(&format!(
        "The plugin {} may be used now, as long as its file stays the same.",
        applicant.manifest.name
    ));
    match global.output {
        Output::Text => Ok(()),
        Output::Json => print_json(
            &json!({ "id": id, "sha256": applicant.library.sha256, "status": "allowed" }),
        ),
    }
}

/// The file of this id; where there are several, the one with the hash that was given.
fn find(args: &TrustArgs, directory: &Path) -> Result<Applicant> {
    let found = discovery::look(directory).unwrap_or_default();
    let of_id: Vec<(PathBuf, Manifest)> = found
        .into_iter()
        .filter_map(|it| Some((it.path, it.manifest.ok()?)))
        .filter(|(_, manifest)| manifest.id == args.id)
        .collect();
    if of_id.is_empty() {
        let id = foreign::shown(&args.id, 64);
        return Err(Problem::new(
            "plugin_unknown",
            Exit::Usage,
            format!(
                "There is no usable plugin with the id {id} in {}. Nothing was changed.",
                directory.display()
            ),
        )
        .next("See all plugins", "mesheryctl plugin list"));
    }
    let applicants: Vec<Applicant> = of_id
        .iter()
        .map(|(path, manifest)| Applicant::read(path, manifest))
        .collect::<Result<_>>()?;
    let several = applicants.len() > 1;
    let hashes =
        applicants.iter().map(|it| it.library.sha256.clone()).collect::<Vec<_>>().join(", ");
    let fits = |it: &Applicant| match &args.sha256 {
        Some(wanted) => it.library.sha256.eq_ignore_ascii_case(wanted),
        None => !several,
    };
    applicants.into_iter().find(fits).ok_or_else(|| {
        Problem::new(
            "plugin_differs",
            Exit::Plugin,
            format!("The plugin {} has the sha256 {hashes}. Nothing was changed.", args.id),
        )
        .next("If you trust it", format!("mesheryctl plugin trust {} --sha256 …", quoted(&args.id)))
    })
}

fn hosts(given: &[String]) -> Result<Vec<String>> {
    for host in given {
        if !matches!(HostRule::try_from(host.clone()), Ok(HostRule::Exact(_) | HostRule::Below(_)))
        {
            let host = foreign::shown(host, 80);
            return Err(Problem::new(
                "host_invalid",
                Exit::Usage,
                format!(
                    "{host} is not a host name, such as login.example.org or *.example.org. Nothing was changed."
                ),
            ));
        }
    }
    Ok(given.to_vec())
}

pub fn untrust(id: &str, global: &Global, terminal: &Terminal) -> Result<()> {
    let home = Home::find(global.plugins_dir.as_deref())?;
    let was_trusted = Trust::load(&home)?.forget(id)?;
    let shown = foreign::shown(id, 64);
    if was_trusted {
        terminal.done(&format!(
            "The plugin {shown} may not be used any more. Its file is still there."
        ));
    } else {
        terminal.say(&format!("The plugin {shown} was not allowed. Nothing was changed."));
    }
    match global.output {
        Output::Text => Ok(()),
        Output::Json => print_json(&json!({ "id": id, "was_allowed": was_trusted })),
    }
}
