//! [`Plan`]: which actions a validation runs, and with which answers.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use mesheryctl_core::provider::{Action, Request, Settings};
use serde_json::{Value, json};

use super::checks::{OF_EVERY_COURSE, check, check_disturbed, check_failure};
use super::course::{self, Course, End, named, request_json};
use super::disturbance::Disturbance;
use super::growth::{Growth, grows};
use super::report::Report;
use super::script::{Limits, Script, Stop};
use super::seed::Seed;
use super::server::Server;
use crate::plugin::rules::Rule;
use crate::plugin::trial::Trial;
use crate::process::signals;
use crate::providers::entry::Entry;
use crate::terminal::Terminal;

/// The most calls of one action that are disturbed, each in turn: the first of each kind, and of the others as many.
const MAX_DISTURBED: usize = 24;
/// After so many courses that do not end, the action is disturbed no more: each takes the whole time limit.
const MAX_HANGS: u32 = 2;
/// How long a cancelled login may take from the answer to its end.
const PROMPT: Duration = Duration::from_millis(250);
/// How often it must take longer. A busy computer delays some of them.
const SLOW_CANCELS: usize = 5;

/// Why the validation ended before everything was run.
pub enum Ended {
    Interrupted,
    TimeOver,
}

pub(super) type Step<T = ()> = Result<T, Ended>;

pub struct Plan<'a> {
    pub trial: &'a Trial,
    pub entry: &'a Entry,
    pub seed: Seed,
    pub limits: Limits,
    pub terminal: &'a Terminal,
    pub report: &'a mut Report,
}

/// What a course is run with.
#[derive(Clone)]
pub(super) struct Setup {
    pub name: String,
    pub request: Request,
    pub extra: Option<(&'static str, Value)>,
    pub server: Server,
}

impl Setup {
    pub fn named(&self, name: &str) -> Self {
        Self { name: name.to_owned(), ..self.clone() }
    }
}

impl<'a> Plan<'a> {
    /// Runs everything that the wanted rules need.
    pub fn run(mut self) -> Step {
        let login = self.login(true);
        let plain = self.course(&login, None)?;
        self.check_sign_in(&plain);
        self.check_implemented(&plain);
        if !plain.is_ended() {
            self.report.ended_because = format!("the login broke: {}", plain.outcome());
            return Ok(());
        }
        self.disturb(&login, &plain)?;
        let device = self.login(false).named("login without a browser");
        let without_browser = self.course(&device, None)?;
        if without_browser.script.calls != plain.script.calls && without_browser.is_ended() {
            self.disturb(&device, &without_browser)?;
        }
        self.odd_requests(&login, &plain)?;
        self.note_silence(&plain);
        self.other_actions(&plain)?;
        if self.report.wants(&[Rule::NoGrowth]) { self.growth(&login) } else { Ok(()) }
    }

    pub(super) fn can(&self, action: Action) -> bool {
        self.entry.manifest.actions.contains(&action)
    }

    fn login(&self, browser: bool) -> Setup {
        let mut request = Request::new(Action::Login, self.entry.settings.clone());
        request.browser = browser;
        Setup { name: "login".into(), request, extra: None, server: Server::new(self.seed) }
    }

    fn script(&self, setup: &Setup) -> Script<'a> {
        let mut script = Script::new(self.entry, setup.server.clone(), self.seed, self.limits);
        for setting in self.entry.manifest.settings.iter().filter(|it| it.secret) {
            let value = setup.request.settings.get(&setting.key).map(str::to_owned);
            script.secrets.extend(value.map(|it| ("a secret setting", it)));
        }
        let token = setup.request.token.as_ref().map(|it| it.expose().to_owned());
        script.secrets.extend(token.map(|it| ("the token of the request", it)));
        let state = setup.request.stored_state.as_ref().map(|it| it.expose().to_owned());
        script.secrets.extend(state.map(|it| ("the stored state of the request", it)));
        script
    }

    /// Runs one action, and checks it for the rules of every course.
    pub(super) fn course(
        &mut self,
        setup: &Setup,
        disturbed: Option<(usize, &str, Disturbance)>,
    ) -> Step<Course<'a>> {
        let course = self.course_of_any_settings(setup, disturbed)?;
        check_failure(&course, &self.entry.manifest, self.report);
        Ok(course)
    }

    /// As [`Plan::course`], with settings that are perhaps not those of the manifest.
    fn course_of_any_settings(
        &mut self,
        setup: &Setup,
        disturbed: Option<(usize, &str, Disturbance)>,
    ) -> Step<Course<'a>> {
        self.check_time()?;
        let mut script = self.script(setup);
        script.disturbed = disturbed.map(|(at, _, how)| (at, how));
        let request = request_json(&setup.request, setup.extra.clone());
        let what = named(&setup.name, disturbed);
        self.terminal.detail(&format!("Running {what}."));
        let course = course::run(self.trial, what, setup.request.action, &request, script);
        if let End::Stopped(Stop::Interrupted | Stop::TimeOver) = course.end {
            self.check_time()?;
        }
        check(&course, self.report);
        Ok(course)
    }

    /// Ends the validation if a signal came or its time is over.
    fn check_time(&self) -> Step {
        match signals::pending() {
            Some(_) => Err(Ended::Interrupted),
            None if Instant::now() >= self.limits.end => Err(Ended::TimeOver),
            None => Ok(()),
        }
    }

    /// Runs the action with each of its calls disturbed in each way.
    pub(super) fn disturb(&mut self, setup: &Setup, plain: &Course<'_>) -> Step {
        let of_disturbed = [
            Rule::StopsWhenCancelled,
            Rule::AnswerTolerant,
            Rule::DenialRespected,
            Rule::CancelPrompt,
        ];
        if !self.report.wants(&OF_EVERY_COURSE) && !self.report.wants(&of_disturbed) {
            return Ok(());
        }
        let mut hangs = 0;
        let calls = &plain.script.calls;
        let chosen = chosen(calls);
        if chosen.len() < calls.len() {
            self.report.partly_disturbed(&setup.name, calls.len(), chosen.len());
        }
        for (at, call) in chosen {
            for how in Disturbance::ALL.into_iter().filter(|it| it.applies_to(call)) {
                let course = self.course(setup, Some((at, call, how)))?;
                check_disturbed(&course, plain, how, self.report);
                if how == Disturbance::Cancelled && setup.request.action == Action::Login {
                    self.check_prompt(setup, &course, (at, call, how))?;
                }
                hangs += u32::from(matches!(course.end, End::Stopped(_)));
                if hangs >= MAX_HANGS {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    fn check_prompt(
        &mut self,
        setup: &Setup,
        course: &Course<'_>,
        disturbed: (usize, &str, Disturbance),
    ) -> Step {
        let mut took = course.ended_after.unwrap_or_default();
        for _ in 1..SLOW_CANCELS {
            if took <= PROMPT || !course.is_ended() {
                break;
            }
            took = self.course(setup, Some(disturbed))?.ended_after.unwrap_or_default().min(took);
        }
        let why = format!("it ended after {} ms", took.as_millis());
        self.report.decided(Rule::CancelPrompt, &course.what, (took > PROMPT).then_some(why));
        Ok(())
    }

    /// A login that makes no call has no answers to disturb.
    fn note_silence(&mut self, login: &Course<'_>) {
        let calls = &login.script.calls;
        if calls.is_empty() {
            for rule in [Rule::StopsWhenCancelled, Rule::CancelPrompt] {
                self.report.skipped(rule, "the login makes no call");
            }
        }
        if !calls.iter().any(|it| it == "fetch" || it == "visit") {
            let why = "the login fetches and visits nothing";
            self.report.skipped(Rule::AnswerTolerant, why);
        }
        if !calls.iter().any(|it| it == "visit") {
            self.report.skipped(Rule::DenialRespected, "the login visits nothing");
        }
    }

    /// What a login says of itself.
    fn check_sign_in(&mut self, login: &Course<'_>) {
        let End::SignedIn(sign_in) = &login.end else {
            self.report.decided(Rule::SignsIn, &login.what, Some(login.outcome()));
            let why = "the login did not end with a sign-in";
            self.report.skipped(Rule::AccountGiven, why);
            return self.report.skipped(Rule::ExpiryGiven, why);
        };
        self.report.decided(Rule::SignsIn, &login.what, None);
        let expiry = sign_in.expires_at.or(sign_in.token.claims().ends_at());
        let missing = |is_missing: bool| is_missing.then(|| "it is missing".to_owned());
        self.report.decided(Rule::ExpiryGiven, &login.what, missing(expiry.is_none()));
        let asks = self.can(Action::Whoami);
        let account = missing(sign_in.account.is_none() && !asks);
        self.report.decided(Rule::AccountGiven, &login.what, account);
    }

    /// Requests that a host of another version may send, or one without what it must have.
    fn odd_requests(&mut self, login: &Setup, plain: &Course<'_>) -> Step {
        let extra = Some(("later", json!({ "version": [2] })));
        let setup = Setup { extra, ..login.named("login with an unknown member in its request") };
        let course = self.course(&setup, None)?;
        let why = (!course.ended_as(plain)).then(|| course.outcome());
        self.report.decided(Rule::RequestTolerant, &course.what, why);
        self.without_required_settings(login)?;
        let unknown = Setup {
            extra: Some(("action", json!("teleport"))),
            ..login.named("an action that no version has")
        };
        self.unsupported(&Setup {
            request: Request::new(Action::Unknown, self.entry.settings.clone()),
            ..unknown
        })
    }

    /// A host insists on them, and a plugin may be run by another host.
    fn without_required_settings(&mut self, login: &Setup) -> Step {
        let (required, others): (Vec<_>, Vec<_>) =
            self.entry.manifest.settings.iter().partition(|it| it.required);
        if required.is_empty() {
            self.report.skipped(Rule::SettingsMissing, "it requires no settings");
            return Ok(());
        }
        let mut setup = login.named("login without required settings");
        setup.request.settings = Settings::default();
        for setting in others {
            if let Some(value) = self.entry.settings.get(&setting.key) {
                setup.request.settings.set(&setting.key, value);
            }
        }
        let course = self.course_of_any_settings(&setup, None)?;
        let is_failed = course.is_ended() && course.failure().is_some();
        let why = (!is_failed).then(|| course.outcome());
        self.report.decided(Rule::SettingsMissing, &course.what, why);
        Ok(())
    }

    fn growth(&mut self, login: &Setup) -> Step {
        let request = request_json(&login.request, None);
        let growth = grows(self.trial, &request, || self.script(login));
        self.check_time()?;
        self.report.count_run();
        let why = match growth {
            Growth::None => None,
            Growth::Found(why) => Some(why),
            Growth::Unknown(why) => {
                self.report.not_run(Rule::NoGrowth, &why);
                return Ok(());
            }
        };
        self.report.decided(Rule::NoGrowth, "100 logins", why);
        Ok(())
    }
}

/// The calls that are disturbed, by their numbers: the first of each name, and of the others as many as the limit allows, at
/// equal distances.
fn chosen(calls: &[String]) -> Vec<(usize, &str)> {
    let mut names = BTreeSet::new();
    let numbered = calls.iter().map(String::as_str).enumerate();
    let (mut chosen, others): (Vec<_>, Vec<_>) = numbered.partition(|(_, it)| names.insert(*it));
    chosen.truncate(MAX_DISTURBED);
    let more = others.len().min(MAX_DISTURBED - chosen.len());
    chosen.extend((0..more).filter_map(|it| others.get(it * others.len() / more)));
    chosen.sort_unstable();
    chosen
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_call_of_each_name_is_disturbed_and_others_at_equal_distances() {
        let calls = |names: &[(&str, usize)]| -> Vec<String> {
            let repeated = names.iter().map(|(name, count)| vec![(*name).to_owned(); *count]);
            repeated.collect::<Vec<_>>().concat()
        };
        let numbers = |calls: &[String]| -> Vec<usize> {
            chosen(calls).into_iter().map(|(at, _)| at).collect()
        };
        let few = calls(&[("now", 20), ("ask", 4)]);
        assert_eq!(numbers(&few), (0..24).collect::<Vec<_>>());
        let many = calls(&[("now", 24), ("ask_secret", 1), ("now", 100), ("fetch", 1)]);
        let numbers = numbers(&many);
        assert_eq!(numbers.len(), MAX_DISTURBED);
        assert!(numbers.contains(&24) && numbers.contains(&125), "{numbers:?}");
        let last = numbers.iter().rev().nth(1).unwrap();
        assert!(*last > 110 && numbers.iter().filter(|it| **it < 24).count() < 8, "{numbers:?}");
    }
}
