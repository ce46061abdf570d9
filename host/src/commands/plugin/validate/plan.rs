//! [`Plan`]: which actions a validation runs, and with which answers.

use std::time::Duration;

use mesheryctl_core::failure::FailureKind;
use mesheryctl_core::provider::{Action, Request, Settings, SignIn};
use mesheryctl_core::token::Token;
use serde_json::{Value, json};

use super::checks::{OF_EVERY_COURSE, check, check_disturbed};
use super::course::{self, Course, End, named, request_json};
use super::disturbance::Disturbance;
use super::growth;
use super::report::Report;
use super::script::{Script, Stop};
use super::seed::Seed;
use super::server::Server;
use crate::plugin::rules::Rule;
use crate::plugin::trial::Trial;
use crate::process::signals;
use crate::providers::entry::Entry;
use crate::terminal::Terminal;

/// The most calls of one action that are disturbed, each in turn.
const MAX_DISTURBED: usize = 24;
/// After so many courses that do not end, the action is disturbed no more: each takes the whole time limit.
const MAX_HANGS: u32 = 2;
/// How long a cancelled login may take from the answer to its end.
const PROMPT: Duration = Duration::from_millis(250);
/// How often it must take longer. A busy computer delays some of them.
const SLOW_CANCELS: usize = 5;

/// A signal ended the validation.
pub struct Interrupted;

type Step<T = ()> = Result<T, Interrupted>;

pub struct Plan<'a> {
    pub trial: &'a Trial,
    pub entry: &'a Entry,
    pub seed: Seed,
    pub deadline: Duration,
    pub terminal: &'a Terminal,
    pub report: &'a mut Report,
}

/// What a course is run with.
#[derive(Clone)]
struct Setup {
    name: String,
    request: Request,
    extra: Option<(&'static str, Value)>,
    server: Server,
}

impl Setup {
    fn named(&self, name: &str) -> Self {
        Self { name: name.to_owned(), ..self.clone() }
    }
}

impl<'a> Plan<'a> {
    /// Runs everything that the wanted rules need.
    pub fn run(mut self) -> Step {
        let login = self.login(true);
        let plain = self.course(&login, None)?;
        self.check_sign_in(&plain);
        if !plain.is_ended() {
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

    fn can(&self, action: Action) -> bool {
        self.entry.manifest.actions.contains(&action)
    }

    fn login(&self, browser: bool) -> Setup {
        let mut request = Request::new(Action::Login, self.entry.settings.clone());
        request.browser = browser;
        Setup { name: "login".into(), request, extra: None, server: Server::new(self.seed) }
    }

    fn script(&self, setup: &Setup) -> Script<'a> {
        let mut script = Script::new(self.entry, setup.server.clone(), self.seed, self.deadline);
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
    fn course(
        &mut self,
        setup: &Setup,
        disturbed: Option<(usize, &str, Disturbance)>,
    ) -> Step<Course<'a>> {
        let mut script = self.script(setup);
        script.disturbed = disturbed.map(|(at, _, how)| (at, how));
        let request = request_json(&setup.request, setup.extra.clone());
        let what = named(&setup.name, disturbed);
        self.terminal.detail(&format!("Running {what}."));
        let course = course::run(self.trial, what, setup.request.action, &request, script);
        if matches!(course.end, End::Stopped(Stop::Interrupted)) || signals::pending().is_some() {
            return Err(Interrupted);
        }
        check(&course, self.report);
        Ok(course)
    }

    /// Runs the action with each of its calls disturbed in each way.
    fn disturb(&mut self, setup: &Setup, plain: &Course<'_>) -> Step {
        let of_disturbed = [Rule::StopsWhenCancelled, Rule::AnswerTolerant, Rule::CancelPrompt];
        if !self.report.wants(&OF_EVERY_COURSE) && !self.report.wants(&of_disturbed) {
            return Ok(());
        }
        let mut hangs = 0;
        for (at, call) in plain.script.calls.iter().take(MAX_DISTURBED).enumerate() {
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
        let course = self.course(&setup, None)?;
        let is_failed = course.is_ended() && course.failure().is_some();
        let why = (!is_failed).then(|| course.outcome());
        self.report.decided(Rule::SettingsMissing, &course.what, why);
        Ok(())
    }

    fn unsupported(&mut self, setup: &Setup) -> Step {
        let course = self.course(setup, None)?;
        let is_unsupported = course.failure().is_some_and(|it| it.kind == FailureKind::Unsupported);
        let why = (!is_unsupported).then(|| course.outcome());
        self.report.decided(Rule::ActionUnsupported, &course.what, why);
        Ok(())
    }

    /// Logout, refresh and whoami, with what the login returned.
    fn other_actions(&mut self, login: &Course<'_>) -> Step {
        for (action, name) in
            [(Action::Whoami, "whoami"), (Action::Refresh, "refresh"), (Action::Logout, "logout")]
        {
            let setup = self.about(action, name, login);
            if !self.can(action) {
                self.unsupported(&setup)?;
                continue;
            }
            let plain = self.course(&setup, None)?;
            if !plain.is_ended() {
                continue;
            }
            self.disturb(&setup, &plain)?;
            match action {
                Action::Whoami => self.check_whoami(&setup, &plain)?,
                Action::Refresh => self.check_refresh(&setup, &plain)?,
                _ => self.check_logout(&setup, &plain)?,
            }
        }
        for (action, rules) in [
            (Action::Whoami, &[Rule::WhoamiRejected, Rule::WhoamiNoVerdict][..]),
            (Action::Refresh, &[Rule::RefreshRotates]),
            (Action::Logout, &[Rule::LogoutIdempotent]),
        ] {
            let name = kind_of_action(action);
            let why = format!("the manifest has no action {name}");
            if !self.can(action) {
                rules.iter().for_each(|it| self.report.skipped(*it, &why));
            }
        }
        Ok(())
    }

    /// A request about the token of this login; a login without one has a token that nobody issued.
    fn about(&self, action: Action, name: &str, login: &Course<'_>) -> Setup {
        let sign_in = match &login.end {
            End::SignedIn(sign_in) => Some((**sign_in).clone()),
            _ => Token::parse(&self.seed.secret("token")).ok().map(SignIn::with_token),
        };
        let server = login.script.server.clone();
        let mut request = Request::new(action, self.entry.settings.clone());
        request.token = sign_in.as_ref().map(|it| it.token.clone());
        request.stored_state = sign_in.and_then(|it| it.stored_state);
        Setup { name: name.into(), request, extra: None, server }
    }

    fn check_whoami(&mut self, setup: &Setup, plain: &Course<'_>) -> Step {
        let is_asking = plain.script.calls.iter().any(|it| it == "fetch");
        if !is_asking {
            for rule in [Rule::WhoamiRejected, Rule::WhoamiNoVerdict] {
                self.report.skipped(rule, "whoami asks no server");
            }
            return Ok(());
        }
        for (rule, status) in [(Rule::WhoamiRejected, 401), (Rule::WhoamiNoVerdict, 500)] {
            let name = format!("whoami, with a server that answers {status}");
            let server = setup.server.clone().answering(status);
            let course = self.course(&Setup { server, ..setup.named(&name) }, None)?;
            let kind = course.failure().map(|it| it.kind);
            let is_right = match rule {
                Rule::WhoamiRejected => kind == Some(FailureKind::Rejected),
                _ => kind.is_some_and(|it| it != FailureKind::Rejected),
            };
            let why = (!is_right).then(|| course.outcome());
            self.report.decided(rule, &course.what, why);
        }
        Ok(())
    }

    fn check_refresh(&mut self, setup: &Setup, plain: &Course<'_>) -> Step {
        let End::SignedIn(first) = &plain.end else {
            let why = format!("the first refresh gave no sign-in: {}", plain.outcome());
            self.report.skipped(Rule::RefreshRotates, &why);
            return Ok(());
        };
        let mut again = Setup {
            server: plain.script.server.clone(),
            ..setup.named("a second refresh, with the state of the first")
        };
        again.request.token = Some(first.token.clone());
        again.request.stored_state = first.stored_state.clone();
        let course = self.course(&again, None)?;
        let is_signed_in = matches!(course.end, End::SignedIn(_));
        let why = (!is_signed_in).then(|| course.outcome());
        self.report.decided(Rule::RefreshRotates, &course.what, why);
        Ok(())
    }

    fn check_logout(&mut self, setup: &Setup, plain: &Course<'_>) -> Step {
        let server = plain.script.server.clone();
        let course = self.course(&Setup { server, ..setup.named("a second logout") }, None)?;
        let is_internal = course.failure().is_some_and(|it| it.kind == FailureKind::Internal);
        let is_wrong = is_internal || !course.is_ended();
        self.report.decided(
            Rule::LogoutIdempotent,
            &course.what,
            is_wrong.then(|| course.outcome()),
        );
        Ok(())
    }

    fn growth(&mut self, login: &Setup) -> Step {
        let request = request_json(&login.request, None);
        let why = growth::grows(self.trial, &request, || self.script(login));
        if signals::pending().is_some() {
            return Err(Interrupted);
        }
        self.report.count_run();
        self.report.decided(Rule::NoGrowth, "100 logins", why);
        Ok(())
    }
}

fn kind_of_action(action: Action) -> String {
    let name = serde_json::to_value(action).unwrap_or_default();
    name.as_str().unwrap_or_default().to_owned()
}
