//! The mock provider: uses every method of a Session, as its settings say.

use mesheryctl_plugin_sdk::export_provider;
use mesheryctl_plugin_sdk::failure::{Failure, FailureKind};
use mesheryctl_plugin_sdk::provider::{Provider, Request, Settings, SignIn};
use mesheryctl_plugin_sdk::session::{CallbackKind, HttpRequest, Session};
use mesheryctl_plugin_sdk::token::Token;

struct Mock;

impl Provider for Mock {
    fn login(&self, request: &Request, session: &mut dyn Session) -> Result<SignIn, Failure> {
        let settings = &request.settings;
        let mut token = settings.require("token")?.to_owned();
        let mut steps = Steps { session, base: settings.require("url")?, token: &mut token };
        for step in settings.require("steps")?.split(',').map(str::trim).filter(|it| !it.is_empty())
        {
            let (verb, argument) = step.split_once(':').unwrap_or((step, ""));
            if let Some(answer) = steps.run(verb, argument)? {
                steps.session.tell(&format!("{verb} gave {answer}"))?;
            }
        }
        session.sleep(number(settings.get("delay").unwrap_or("0")))?;
        end(settings, &token)
    }
}

fn end(settings: &Settings, token: &str) -> Result<SignIn, Failure> {
    if let Some(kind) = settings.get("error").filter(|it| !it.is_empty()) {
        return Err(Failure::new(kind_called(kind), "This failure was asked for.")
            .with_hint(settings.get("hint").unwrap_or_default()));
    }
    let token = Token::parse(token).map_err(|why| Failure::invalid_answer(why.to_string()))?;
    let mut sign_in = SignIn::with_token(token);
    sign_in.account = settings.get("account").map(str::to_owned);
    Ok(sign_in)
}

struct Steps<'a> {
    session: &'a mut dyn Session,
    base: &'a str,
    token: &'a mut String,
}

impl Steps<'_> {
    /// Runs a step; returns its result, if it has one to report.
    fn run(&mut self, verb: &str, argument: &str) -> Result<Option<String>, Failure> {
        let base = self.base.trim_end_matches('/');
        Ok(Some(match verb {
            "tell" => return self.session.tell(argument).map(|()| None),
            "ask" => self.session.ask(argument)?,
            "secret" => {
                let secret = self.session.ask_secret(argument)?;
                format!("{} characters", secret.expose().chars().count())
            }
            "choose" => {
                let items: Vec<String> = argument.split('|').map(str::to_owned).collect();
                self.session.choose("Which", &items)?.to_string()
            }
            "callback" => self.session.callback(CallbackKind::NoncePath)?,
            "callback-fixed" => self.session.callback(CallbackKind::FixedPath)?,
            "visit" => {
                let answer = self.session.visit(&format!("{base}{argument}"))?;
                if answer.get("error").is_some() {
                    return Err(Failure::denied("Sign-in was denied."));
                }
                let token = answer.get("token").filter(|it| !it.is_empty());
                let token = token.ok_or_else(|| Failure::invalid_answer("No token arrived."))?;
                *self.token = token.to_owned();
                format!("a token of {} characters", self.token.chars().count())
            }
            "fetch" => self
                .session
                .fetch(&HttpRequest::get(format!("{base}{argument}")))?
                .status
                .to_string(),
            "goto" => self.session.fetch(&HttpRequest::get(argument))?.status.to_string(),
            "show_code" => return self.session.show_code(base, "WDJB-MJHT", 600).map(|()| None),
            "headers" => {
                let fetch = (0..number(argument))
                    .fold(HttpRequest::get(base), |it, index| it.header(format!("x-{index}"), "y"));
                self.session.fetch(&fetch)?.status.to_string()
            }
            "header" => {
                let fetch = HttpRequest::get(base).header(argument, "evil.example");
                self.session.fetch(&fetch)?.status.to_string()
            }
            "now" => (self.session.now()? > 1_700_000_000).to_string(),
            "sleep" => return self.session.sleep(number(argument)).map(|()| None),
            "random" => {
                format!("{} characters", self.session.random(number(argument) as u32)?.len())
            }
            "cancelled" => {
                let cancelled = self.session.cancelled()?;
                if cancelled {
                    self.session.check_cancelled()?;
                }
                cancelled.to_string()
            }
            fault => return misbehave(fault),
        }))
    }
}

fn misbehave(fault: &str) -> Result<Option<String>, Failure> {
    match fault {
        "abort" => std::process::abort(),
        "hang" => loop {
            std::thread::park();
        },
        _ => Err(Failure::internal(format!("There is no step called {fault}."))),
    }
}

fn number(text: &str) -> u64 {
    text.parse().unwrap_or(0)
}

fn kind_called(name: &str) -> FailureKind {
    use FailureKind::*;
    let all = [
        ("unsupported", Unsupported),
        ("refused", Refused),
        ("cancelled", Cancelled),
        ("timed_out", TimedOut),
        ("unreachable", Unreachable),
        ("needs_terminal", NeedsTerminal),
        ("denied", Denied),
        ("invalid_answer", InvalidAnswer),
    ];
    all.iter().find(|(it, _)| *it == name).map_or(Internal, |(_, kind)| *kind)
}

export_provider!(Mock, include_str!("../provider.json"));
