//! The actions beside the login: whoami, refresh and logout, each with what the login returned.

use mesheryctl_core::failure::FailureKind;
use mesheryctl_core::provider::{Action, Request, SignIn};
use mesheryctl_core::token::Token;

use super::course::{Course, End};
use super::plan::{Plan, Setup, Step};
use crate::plugin::rules::Rule;

impl Plan<'_> {
    pub(super) fn unsupported(&mut self, setup: &Setup) -> Step {
        let course = self.course(setup, None)?;
        let is_unsupported = course.failure().is_some_and(|it| it.kind == FailureKind::Unsupported);
        let why = (!is_unsupported).then(|| course.outcome());
        self.report.decided(Rule::ActionUnsupported, &course.what, why);
        Ok(())
    }

    /// An action that the manifest names, with sound answers.
    pub(super) fn check_implemented(&mut self, course: &Course<'_>) {
        let is_unsupported = course.failure().is_some_and(|it| it.kind == FailureKind::Unsupported);
        let why = is_unsupported.then(|| course.outcome());
        self.report.decided(Rule::ActionsImplemented, &course.what, why);
    }

    /// Logout, refresh and whoami, with what the login returned.
    pub(super) fn other_actions(&mut self, login: &Course<'_>) -> Step {
        for (action, name) in
            [(Action::Whoami, "whoami"), (Action::Refresh, "refresh"), (Action::Logout, "logout")]
        {
            let setup = self.about(action, name, login);
            if !self.can(action) {
                self.unsupported(&setup)?;
                continue;
            }
            let plain = self.course(&setup, None)?;
            self.check_implemented(&plain);
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

    /// A request about the token of this login; without one, about a token that the server of the validation did not issue.
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
}

fn kind_of_action(action: Action) -> String {
    let name = serde_json::to_value(action).unwrap_or_default();
    name.as_str().unwrap_or_default().to_owned()
}
