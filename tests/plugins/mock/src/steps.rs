//! The steps of a login: each calls a method of the Session, or misbehaves.

use mesheryctl_plugin_sdk::failure::Failure;
use mesheryctl_plugin_sdk::session::{CallbackKind, HttpRequest, Session};

/// What the comma does in `steps`, the line does in `script`.
pub fn read<'a>(steps: &'a str, script: Option<&'a str>) -> Vec<&'a str> {
    let all: Vec<&str> = match script {
        Some(script) => script.lines().filter(|it| !it.trim_start().starts_with('#')).collect(),
        None => steps.split(',').collect(),
    };
    all.into_iter().map(str::trim).filter(|it| !it.is_empty()).collect()
}

pub struct Steps<'a> {
    pub session: &'a mut dyn Session,
    pub base: &'a str,
    /// The token of the last visit, or the one of the settings.
    pub token: &'a mut String,
}

impl Steps<'_> {
    /// Runs a step; returns its result, if it has one to report.
    pub fn run(&mut self, verb: &str, argument: &str) -> Result<Option<String>, Failure> {
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

pub fn number(text: &str) -> u64 {
    text.parse().unwrap_or(0)
}
