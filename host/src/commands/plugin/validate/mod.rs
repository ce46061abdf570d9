//! `plugin validate`: runs a plugin as a host would, with answers of its own, and reports which rules it breaks.

mod actions;
mod checks;
mod course;
mod disturbance;
mod growth;
mod leaks;
mod plan;
mod report;
mod script;
mod seed;
mod server;

use std::path::Path;
use std::time::{Duration, Instant};

use mesheryctl_core::manifest::Manifest;

use self::plan::{Ended, Plan};
use self::report::Report;
use self::script::Limits;
use self::seed::Seed;
use super::source;
use crate::cli::{Global, Output, Validate};
use crate::clock::rounded;
use crate::error::{Code, Command, Error, Result, Suggestion};
use crate::nearest::nearest;
use crate::output::print_json;
use crate::platform::terminal_mode::Mode;
use crate::plugin::library::Library;
use crate::plugin::registry;
use crate::plugin::rules::{Grade, Rule};
use crate::plugin::trial::{Trial, unusable};
use crate::process::signals;
use crate::providers::entry::{Entry, Via};
use crate::storage::home::Home;
use crate::terminal::Terminal;
use crate::text::Name;

/// The whole validation may take this many times what one action may.
const ACTIONS: u32 = 24;

pub fn run(args: &Validate, global: &Global, terminal: &Terminal) -> Result<()> {
    let _ = signals::watch();
    let home = Home::find(global.plugins_dir.as_deref())?;
    let only = args.only.iter().map(|it| rule_called(it)).collect::<Result<Vec<_>>>()?;
    let file = source::find(&args.file, &home, terminal)?;
    let library = Library::read(&file).map_err(|why| unusable(&file, &why))?;
    let seed = args.seed.map_or_else(Seed::random, Seed);
    let shown = file.display().to_string();
    let mut report = Report::new(only, seed, shown, library.sha256.clone());
    validate(args, &file, &library, &home, terminal, &mut report)?;
    finish(args, &report, global, terminal)
}

/// # Errors
/// `usage` if there is no such rule.
fn rule_called(id: &str) -> Result<Rule> {
    let found = Rule::ALL.iter().copied().find(|it| it.id() == id);
    found.ok_or_else(|| {
        let ids: Vec<&str> = Rule::ALL.iter().map(|it| it.id()).collect();
        let message = format!("There is no rule {}.", Name::new(id).quoted());
        match nearest(id, &ids) {
            Some(meant) => {
                let only = Command::from("--only").value(meant);
                let error = Error::new(Code::Usage, message).nothing_changed();
                error.next(Suggestion::new("Did you mean", only))
            }
            None => {
                let message = format!("{message} The rules are {}.", ids.join(", "));
                Error::new(Code::Usage, message).nothing_changed()
            }
        }
    })
}

/// Fills the report, also of a plugin that cannot run.
fn validate(
    args: &Validate,
    file: &Path,
    library: &Library,
    home: &Home,
    terminal: &Terminal,
    report: &mut Report,
) -> Result<()> {
    const AT: &str = "provider.json";
    const EXPORT: &str = "Call `export_provider!(Plugin, include_str!(\"../provider.json\"))` in src/lib.rs, and build.";
    let json = match library.manifest() {
        Ok(json) => json,
        Err(why) => {
            report.decided(Rule::ManifestSound, AT, Some(why));
            report.change(Rule::ManifestSound, EXPORT);
            return Ok(());
        }
    };
    let strict = Manifest::parse_strictly(&json).err().map(|it| it.to_string());
    report.decided(Rule::ManifestSound, AT, strict);
    let Ok(manifest) = Manifest::parse(&json) else { return Ok(()) };
    report.plugin = Some([manifest.id.clone(), manifest.name.clone(), manifest.version.clone()]);
    report.decided(Rule::NameAllowed, AT, registry::refusal(&manifest));
    check_description(&manifest, report);
    let trial = Trial::of(library, manifest, json, home)?;
    report.isolation = trial.isolation().to_string();
    let mut entry = Entry::on_trial(&trial, file, home.administration()?.clone());
    let given = entry.read_given(&args.set, Via::Validate, terminal)?;
    script::fill_settings(&mut entry, report.seed);
    given.iter().for_each(|(key, value)| entry.set(key, value.expose().to_owned()));
    let seed = report.seed;
    let longest = args.timeout.saturating_mul(ACTIONS);
    let limits = Limits { action: args.timeout, end: Instant::now() + longest };
    // One mode for all runs: each change of the mode writes to the terminal.
    let _quiet = Mode::quiet();
    let plan = Plan { trial: &trial, entry: &entry, seed, limits, terminal, report };
    match signals::awaited(|| plan.run()) {
        Ok(()) => {}
        Err(Ended::Interrupted) => {
            report.is_interrupted = true;
            report.ended_because = "interrupted".to_owned();
        }
        Err(Ended::TimeOver) => report.ended_because = time_over(longest),
    }
    Ok(())
}

fn time_over(longest: Duration) -> String {
    format!("the validation may take {}, {ACTIONS} times --timeout", rounded(longest))
}

/// What a person reads before they trust it.
fn check_description(manifest: &Manifest, report: &mut Report) {
    const AT: &str = "provider.json";
    let is_empty = manifest.description.trim().is_empty() || manifest.publisher.trim().is_empty();
    let why = is_empty.then(|| "description or publisher is empty".to_owned());
    report.decided(Rule::Described, AT, why);
    let is_page = manifest.support.starts_with("https://");
    report.decided(Rule::SupportPage, AT, (!is_page).then(|| "support is no https URL".into()));
    if manifest.settings.is_empty() {
        return report.skipped(Rule::SettingsDescribed, "it has no settings");
    }
    let bare = manifest.settings.iter().find(|it| it.description.trim().is_empty());
    let why = bare.map(|it| format!("the setting {} has no description", it.key));
    report.decided(Rule::SettingsDescribed, AT, why);
}

/// Prints the report, and fails if the plugin breaks a rule that counts.
fn finish(args: &Validate, report: &Report, global: &Global, terminal: &Terminal) -> Result<()> {
    let grades = match args.strict {
        true => &[Grade::Must, Grade::Should][..],
        false => &[Grade::Must],
    };
    let broken = report.broken(grades);
    let error = match (signals::pending(), report.unchecked()) {
        (Some(signal), _) => Some(signals::error(signal)),
        (None, None) if broken.is_empty() => None,
        (None, unchecked) => Some(not_conforming(report, &broken, unchecked)),
    };
    // A signal must not separate the report from its summary.
    signals::deferred(|| match (global.output, &error) {
        (Output::Text, _) => terminal.print(&report.lines()),
        (Output::Json, None) => print_json(&report.json()),
        (Output::Json, Some(_)) => Ok(()),
    })?;
    error.map_or(Ok(()), |it| Err(it.beside("validation", report.json())))
}

fn not_conforming(report: &Report, broken: &[Rule], unchecked: Option<String>) -> Error {
    let name = report.plugin.as_ref().map(|[_, name, _]| Name::new(name).to_string());
    let name = name.unwrap_or_else(|| "The file".to_owned());
    let ids: Vec<&str> = broken.iter().map(|it| it.id()).collect();
    let rules = if ids.len() == 1 { "a rule" } else { "rules" };
    let breaks = (!ids.is_empty()).then(|| format!("{name} breaks {rules}: {}.", ids.join(", ")));
    let message: Vec<String> = breaks.into_iter().chain(unchecked).collect();
    Error::new(Code::PluginNotConforming, message.join(" ")).nothing_changed()
}
