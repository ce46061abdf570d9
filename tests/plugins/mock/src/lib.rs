//! The mock provider: its settings say what each action does. Documented in docs/mock.md.

mod issued;
mod steps;

use mesheryctl_plugin_sdk::export_provider;
use mesheryctl_plugin_sdk::failure::{Failure, FailureKind};
use mesheryctl_plugin_sdk::provider::{Provider, Request, Settings, SignIn};
use mesheryctl_plugin_sdk::serde_json;
use mesheryctl_plugin_sdk::session::Session;

use issued::{Shape, answer, number_of};
use steps::{Steps, number};

struct Mock;

impl Provider for Mock {
    fn login(&self, request: &Request, session: &mut dyn Session) -> Result<SignIn, Failure> {
        let settings = &request.settings;
        let shape = Shape::of(settings)?;
        let mut token = settings.require("token")?.to_owned();
        let all = steps::read(settings.require("steps")?, settings.get("script"));
        let mut steps = Steps { session, base: settings.require("url")?, token: &mut token };
        for step in all {
            let (verb, argument) = step.split_once(':').unwrap_or((step, ""));
            if let Some(answer) = steps.run(verb, argument)? {
                steps.session.tell(&format!("{verb} gave {answer}"))?;
            }
        }
        session.sleep(number(settings.get("delay").unwrap_or("0")))?;
        fail_if_asked(settings)?;
        shape.issue(1, &token, session)
    }

    fn refresh(&self, request: &Request, session: &mut dyn Session) -> Result<SignIn, Failure> {
        obey(&request.settings, "refresh")?;
        let text = request.settings.require("token")?;
        Shape::of(&request.settings)?.issue(number_of(request) + 1, text, session)
    }

    fn whoami(&self, request: &Request, _: &mut dyn Session) -> Result<String, Failure> {
        obey(&request.settings, "whoami")?;
        Ok(request.settings.get("account").unwrap_or("mock").to_owned())
    }

    fn logout(&self, request: &Request, _: &mut dyn Session) -> Result<(), Failure> {
        obey(&request.settings, "logout")
    }
}

fn obey(settings: &Settings, action: &str) -> Result<(), Failure> {
    match answer(settings, action)? {
        "yes" => Ok(()),
        "rejected" => Err(Failure::rejected("This rejection was asked for.")),
        _ => Err(Failure::unsupported(action)),
    }
}

fn fail_if_asked(settings: &Settings) -> Result<(), Failure> {
    let Some(name) = settings.get("error").filter(|it| !it.is_empty()) else { return Ok(()) };
    let kind = serde_json::from_value(name.into()).unwrap_or(FailureKind::Internal);
    let failure = Failure::new(kind, "This failure was asked for.");
    Err(failure.with_hint(settings.get("hint").unwrap_or_default()))
}

export_provider!(Mock, include_str!("../provider.json"));
