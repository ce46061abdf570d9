//! A plugin as a provider: each action runs in a worker of its own.

use mesheryctl_core::failure::{Failure, FailureKind};
use mesheryctl_core::manifest::Manifest;
use mesheryctl_core::messages::{self, DecodeError};
use mesheryctl_core::provider::{Action, Provider, Request, SignIn};
use mesheryctl_core::session::Session;
use serde::de::DeserializeOwned;

use super::isolation::Isolation;
use super::library::Sealed;
use super::worker::{Worker, WorkerError};
use crate::terminal::note::{Note, Notes};
use crate::text::Address;

/// The most that a plugin may have kept for it, in bytes.
const LONGEST_STATE: usize = 64 * 1024;

/// No token lasts longer, and no calendar.
const YEAR_9999: u64 = 253_402_300_799;

/// A provider in a shared library whose bytes a person trusted.
#[derive(Debug)]
pub struct Plugin {
    manifest: Manifest,
    /// As it stands in the library, byte for byte.
    json: String,
    library: Sealed,
    /// As a person was told it would run.
    isolation: Isolation,
    /// What a person should hear of its runs beside its answers.
    notes: Notes,
}

impl Plugin {
    pub fn new(manifest: Manifest, json: String, library: Sealed, isolation: Isolation) -> Self {
        Self { manifest, json, library, isolation, notes: Notes::default() }
    }

    /// What is to be said of its runs: the words on its standard error, and what the sandbox denied it.
    pub fn notes(&self) -> Notes {
        self.notes.clone()
    }

    /// One action, in one worker.
    fn act<T: DeserializeOwned>(
        &self,
        request: &Request,
        session: &mut dyn Session,
    ) -> Result<T, Failure> {
        let line = serde_json::to_string(request)
            .map_err(|_| Failure::internal("The request could not be encoded."))?;
        let started = Worker::start(&self.library, self.isolation);
        let mut worker = started.map_err(|error| self.failure(&error))?;
        let answer = worker.run(&self.json, &line, phase(request.action), session);
        for words in worker.last_words() {
            let line = format!("{} on standard error: {words}", self.manifest.name);
            self.notes.add(Note::Detail(line));
        }
        // A library that could not be loaded has its reason, which says it better.
        if !matches!(answer, Err(WorkerError::Unusable(_)))
            && let Some(denied) = worker.denied()
        {
            self.notes
                .add(Note::Line(format!("The sandbox denied {}: {denied}.", self.manifest.name)));
        }
        let answer = answer.map_err(|error| self.failure(&error))?;
        messages::decode(&answer).map_err(|error| match error {
            DecodeError::Malformed => self.failure(&WorkerError::Answer(worker.phase)),
            DecodeError::Failure(failure) => self.said(failure, worker.refusal.as_ref()),
        })
    }

    /// Which plugin failed, how, and whom to tell.
    fn failure(&self, error: &WorkerError) -> Failure {
        if let WorkerError::Over(failure, phase) = error {
            return match phase.filter(|_| failure.kind == FailureKind::TimedOut) {
                Some(phase) => self.was_still(phase, failure),
                None => failure.clone(),
            };
        }
        let failure = Failure::internal(format!("The plugin {} {error}.", self.manifest.name));
        if let WorkerError::Uncontained(_) = error {
            return failure;
        }
        failure.with_hint(format!(
            "Report it to its publisher ({}).",
            Address::new(&self.manifest.support)
        ))
    }

    /// The time of a login is up, and it was the plugin's turn.
    fn was_still(&self, phase: &str, failure: &Failure) -> Failure {
        let message =
            format!("{} The plugin {} was still {phase}.", failure.message, self.manifest.name);
        Failure { message, ..failure.clone() }
    }

    /// Whatever a plugin says stands behind its name, unless it only passed on what the host said.
    fn said(&self, failure: Failure, by_the_host: Option<&Failure>) -> Failure {
        let name = &self.manifest.name;
        if by_the_host == Some(&failure) {
            return failure;
        }
        let hint = failure.hint.map(|it| format!(" {it}")).unwrap_or_default();
        let message = format!("{name}: {}{hint}", failure.message);
        // Only a person, and so only the host, knows of cancelling.
        let kind = match failure.kind {
            FailureKind::Cancelled => FailureKind::Internal,
            kind => kind,
        };
        Failure::new(kind, message)
    }
}

impl Provider for Plugin {
    fn login(&self, request: &Request, session: &mut dyn Session) -> Result<SignIn, Failure> {
        let signed_in: SignIn = self.act(request, session)?;
        let state = signed_in.stored_state.as_ref().map_or(0, |it| it.expose().len());
        if state > LONGEST_STATE {
            return Err(self.failure(&WorkerError::Answer(phase(request.action))));
        }
        let account = signed_in.account.map(|it| Address::new(it).to_string());
        let account = account.filter(|it| !it.is_empty());
        let expires_at = signed_in.expires_at.filter(|&at| at <= YEAR_9999);
        Ok(SignIn { account, expires_at, ..signed_in })
    }

    fn logout(&self, request: &Request, session: &mut dyn Session) -> Result<(), Failure> {
        self.act(request, session)
    }

    fn refresh(&self, request: &Request, session: &mut dyn Session) -> Result<SignIn, Failure> {
        self.act(request, session)
    }

    fn whoami(&self, request: &Request, session: &mut dyn Session) -> Result<String, Failure> {
        self.act(request, session)
    }
}

/// What a worker does that runs this action, in words that follow "while".
fn phase(action: Action) -> &'static str {
    match action {
        Action::Login => "signing in",
        Action::Logout => "signing out",
        Action::Refresh => "renewing the token",
        Action::Whoami => "asking for the account",
        Action::Unknown => "running an action",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_of_a_worker_names_the_action_that_ran() {
        for (action, said) in [
            (Action::Login, "was stopped while signing in: it did not respond in time"),
            (Action::Logout, "was stopped while signing out: it did not respond in time"),
            (Action::Refresh, "was stopped while renewing the token: it did not respond in time"),
            (
                Action::Whoami,
                "was stopped while asking for the account: it did not respond in time",
            ),
        ] {
            assert_eq!(WorkerError::Silent(phase(action)).to_string(), said);
        }
    }
}
