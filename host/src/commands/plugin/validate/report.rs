//! [`Report`]: what a validation found, as text and as JSON.

use std::collections::BTreeMap;
use std::time::Instant;

use serde_json::{Value, json};

use super::seed::Seed;
use crate::plugin::rules::{Grade, Rule};
use crate::text::{Line, Message, Version};

/// The most failures of one rule that are kept: the others are counted.
const MAX_FAILURES: usize = 3;
/// Checked also if only others are asked for: without them nothing else says anything.
const ALWAYS: [Rule; 2] = [Rule::ManifestSound, Rule::Loads];
/// More rules that were not run are not listed one by one.
const MAX_LISTED: usize = 5;

/// What was found about one rule.
#[derive(Debug, Clone, Default)]
struct Finding {
    /// In how many runs it was checked.
    runs: u32,
    failures: Vec<Failed>,
    /// The failures beyond [`MAX_FAILURES`].
    more: u32,
    skipped: Option<String>,
    not_run: Option<String>,
    /// What its author changes, if it is not what the rule says.
    change: Option<&'static str>,
}

/// Where and why a rule was broken.
#[derive(Debug, Clone)]
struct Failed {
    /// The first run.
    at: String,
    why: String,
    /// In how many runs for this reason.
    runs: u32,
}

/// Of how many calls of an action only some were disturbed.
#[derive(Debug, Clone)]
struct Part {
    action: String,
    calls: usize,
    disturbed: usize,
}

/// The verdict on one rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Ok,
    Failed,
    /// Nothing of the plugin can be checked for it.
    Skipped,
    /// The validation ended before.
    NotRun,
}

impl Verdict {
    fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
            Self::NotRun => "not_run",
        }
    }
}

/// The findings, and what they are about.
pub struct Report {
    only: Vec<Rule>,
    pub seed: Seed,
    begun: Instant,
    runs: u32,
    findings: BTreeMap<Rule, Finding>,
    parts: Vec<Part>,
    /// Whether a signal ended the validation.
    pub is_interrupted: bool,
    /// Why a rule was not run, if nothing else is known of it.
    pub ended_because: String,
    /// The file, its SHA-256, and its id, name and version if it has a manifest.
    pub file: String,
    pub sha256: String,
    pub plugin: Option<[String; 3]>,
    pub isolation: String,
}

impl Report {
    pub fn new(only: Vec<Rule>, seed: Seed, file: String, sha256: String) -> Self {
        Self {
            only,
            seed,
            begun: Instant::now(),
            runs: 0,
            findings: BTreeMap::new(),
            parts: Vec::new(),
            is_interrupted: false,
            ended_because: "the plugin did not get that far".to_owned(),
            file,
            sha256,
            plugin: None,
            isolation: String::new(),
        }
    }

    /// Whether one of these rules is asked for.
    pub fn wants(&self, rules: &[Rule]) -> bool {
        self.only.is_empty() || rules.iter().any(|it| self.only.contains(it))
    }

    /// Notes that only some of the calls of this action were disturbed.
    pub fn partly_disturbed(&mut self, action: &str, calls: usize, disturbed: usize) {
        self.parts.push(Part { action: action.to_owned(), calls, disturbed });
    }

    pub fn count_run(&mut self) {
        self.runs += 1;
    }

    pub fn checked(&mut self, rule: Rule) {
        self.findings.entry(rule).or_default().runs += 1;
    }

    pub fn failed(&mut self, rule: Rule, at: &str, why: String) {
        let finding = self.findings.entry(rule).or_default();
        if let Some(same) = finding.failures.iter_mut().find(|it| it.why == why) {
            same.runs += 1;
        } else if finding.failures.len() < MAX_FAILURES {
            finding.failures.push(Failed { at: at.to_owned(), why, runs: 1 });
        } else {
            finding.more += 1;
        }
    }

    /// As [`Report::checked`], and failed if there is a reason.
    pub fn decided(&mut self, rule: Rule, at: &str, why: Option<String>) {
        self.checked(rule);
        if let Some(why) = why {
            self.failed(rule, at, why);
        }
    }

    /// Notes why nothing of the plugin can be checked for this rule; a check has precedence.
    pub fn skipped(&mut self, rule: Rule, why: &str) {
        self.findings.entry(rule).or_default().skipped.get_or_insert_with(|| why.to_owned());
    }

    /// Notes why the plugin could not be checked for this rule.
    pub fn not_run(&mut self, rule: Rule, why: &str) {
        self.findings.entry(rule).or_default().not_run = Some(why.to_owned());
    }

    /// What the author changes, in place of what the rule says.
    pub fn change(&mut self, rule: Rule, change: &'static str) {
        self.findings.entry(rule).or_default().change = Some(change);
    }

    fn rules(&self) -> impl Iterator<Item = Rule> {
        Rule::ALL.iter().copied().filter(|it| self.wants(&[*it]) || ALWAYS.contains(it))
    }

    fn verdict(&self, rule: Rule) -> Verdict {
        match self.findings.get(&rule) {
            Some(it) if !it.failures.is_empty() => Verdict::Failed,
            Some(it) if it.runs > 0 => Verdict::Ok,
            Some(it) if it.skipped.is_some() => Verdict::Skipped,
            _ => Verdict::NotRun,
        }
    }

    /// The rules of these grades that the plugin breaks.
    pub fn broken(&self, grades: &[Grade]) -> Vec<Rule> {
        let is_broken = |it: &Rule| self.verdict(*it) == Verdict::Failed;
        self.rules().filter(|it| grades.contains(&it.grade())).filter(is_broken).collect()
    }

    fn those(&self, verdict: Verdict) -> Vec<Rule> {
        self.rules().filter(|it| self.verdict(*it) == verdict).collect()
    }

    fn count(&self, verdict: Verdict) -> usize {
        self.those(verdict).len()
    }

    fn why_not_run(&self, rule: Rule) -> String {
        let why = self.findings.get(&rule).and_then(|it| it.not_run.as_ref());
        Message::new(why.unwrap_or(&self.ended_because)).to_string()
    }

    /// The rules that are to be checked and were not, as a sentence; `None` if all were.
    pub fn unchecked(&self) -> Option<String> {
        let missing = self.those(Verdict::NotRun);
        let why = self.why_not_run(*missing.first()?);
        let were = if missing.len() == 1 { "rule was" } else { "rules were" };
        if missing.len() > MAX_LISTED {
            return Some(format!("{} {were} not run: {why}.", missing.len()));
        }
        let each = missing.iter().map(|it| format!("{} ({})", it.id(), self.why_not_run(*it)));
        let each: Vec<String> = each.collect();
        Some(format!("{} {were} not run: {}.", missing.len(), each.join(", ")))
    }

    /// The report for people: each rule on a line, then the summary.
    pub fn lines(&self) -> Vec<String> {
        let is_listed = self.count(Verdict::NotRun) <= MAX_LISTED;
        let mut lines = vec![self.head()];
        for rule in self.rules() {
            if is_listed || self.verdict(rule) != Verdict::NotRun {
                lines.extend(self.lines_of(rule));
            }
        }
        lines.extend(self.unchecked().filter(|_| !is_listed));
        for Part { action, calls, disturbed } in &self.parts {
            lines.push(format!("{action}: {disturbed} of {calls} calls were disturbed."));
        }
        lines.push(self.summary());
        lines
    }

    fn head(&self) -> String {
        let plugin = match &self.plugin {
            Some([id, name, version]) => {
                format!(
                    "{} {} ({})",
                    Line::new(name),
                    Version::new(version).delimited(),
                    Line::new(id)
                )
            }
            None => Line::new(&self.file).to_string(),
        };
        format!("{plugin}, SHA-256 {}, seed {}", self.sha256, self.seed.0)
    }

    fn lines_of(&self, rule: Rule) -> Vec<String> {
        let verdict = self.verdict(rule);
        let finding = self.findings.get(&rule).cloned().unwrap_or_default();
        let (shown, about) = match verdict {
            Verdict::Ok => ("ok", String::new()),
            Verdict::Failed => ("FAILED", format!(": {}", rule.holds())),
            Verdict::Skipped => {
                let why = Message::new(finding.skipped.unwrap_or_default());
                ("skipped", format!(": {why}"))
            }
            Verdict::NotRun => ("not run", format!(": {}", self.why_not_run(rule))),
        };
        let mut lines = vec![format!("{shown:<8} {:<7} {}{about}", rule.grade().name(), rule.id())];
        for Failed { at, why, runs } in &finding.failures {
            let runs = if *runs > 1 { format!(" (in {runs} runs)") } else { String::new() };
            lines.push(format!("    {}: {}{runs}", Line::new(at), Message::new(why)));
        }
        if finding.more > 0 {
            lines.push(format!("    and in {} other runs", finding.more));
        }
        if verdict == Verdict::Failed {
            lines.push(format!("    Change: {}", finding.change.unwrap_or(rule.change())));
        }
        lines
    }

    /// The last line, also of a validation that was interrupted.
    fn summary(&self) -> String {
        let broken = |grade: Grade| self.broken(&[grade]).len();
        let interrupted = if self.is_interrupted { "Interrupted. " } else { "" };
        let rest = self.count(Verdict::Skipped) + self.count(Verdict::NotRun);
        format!(
            "{interrupted}{} rules: {} ok, {} must failed, {} should failed, {} nice failed, {rest} not checked. \
             {} runs in {:.1} s; again with --seed {}.",
            self.rules().count(),
            self.count(Verdict::Ok),
            broken(Grade::Must),
            broken(Grade::Should),
            broken(Grade::Nice),
            self.runs,
            self.begun.elapsed().as_secs_f64(),
            self.seed.0,
        )
    }

    pub fn json(&self) -> Value {
        let rules: Vec<Value> = self.rules().map(|it| self.json_of(it)).collect();
        let broken = |grade: Grade| self.broken(&[grade]).len();
        json!({
            "file": self.file,
            "sha256": self.sha256,
            "plugin": self.plugin.as_ref().map(|[id, name, version]| {
                json!({ "id": id, "name": name, "version": version })
            }),
            "isolation": self.isolation,
            "seed": self.seed.0,
            "interrupted": self.is_interrupted,
            "runs": self.runs,
            "duration_ms": u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX),
            "failed": {
                "must": broken(Grade::Must),
                "should": broken(Grade::Should),
                "nice": broken(Grade::Nice),
            },
            "partly_disturbed": self.parts.iter().map(|it| {
                json!({ "action": it.action, "calls": it.calls, "disturbed": it.disturbed })
            }).collect::<Vec<_>>(),
            "rules": rules,
        })
    }

    fn json_of(&self, rule: Rule) -> Value {
        let finding = self.findings.get(&rule).cloned().unwrap_or_default();
        let verdict = self.verdict(rule);
        let failures = finding.failures.iter();
        let failures = failures.map(|it| json!({ "at": it.at, "why": it.why, "runs": it.runs }));
        json!({
            "rule": rule.id(),
            "grade": rule.grade().name(),
            "result": verdict.name(),
            "holds": rule.holds(),
            "failures": failures.collect::<Vec<_>>(),
            "more_failures": finding.more,
            "change": (verdict == Verdict::Failed)
                .then(|| finding.change.unwrap_or(rule.change())),
            "skipped_because": finding.skipped.filter(|_| verdict == Verdict::Skipped),
            "not_run_because": (verdict == Verdict::NotRun).then(|| self.why_not_run(rule)),
        })
    }
}
