//! [`Plugin`]: a provider in a shared library. Each action runs in a separate worker process.

use mesheryctl_core::failure::{Failure, FailureKind};
use mesheryctl_core::manifest::Manifest;
use mesheryctl_core::messages::{self, DecodeError};
use mesheryctl_core::provider::{Action, Provider, Request, SignIn};
use mesheryctl_core::session::Session;
use mesheryctl_core::token;
use serde::de::DeserializeOwned;

use super::isolation::Isolation;
use super::library::Sealed;
use super::worker::Worker;
use super::worker_error::WorkerError;
use crate::terminal::note::{Note, Notes};
use crate::text::Line;

/// The longest stored state that is accepted from a plugin, in bytes.
const MAX_STATE: usize = 64 * 1024;

/// A provider in a shared library that the person trusted.
#[derive(Debug)]
pub struct Plugin {
    manifest: Manifest,
    /// The manifest exactly as it is in the library; the worker must report the same bytes.
    json: String,
    library: Sealed,
    /// The isolation that the person was shown; the worker must enter the same.
    isolation: Isolation,
    /// Notes about its runs that are not part of its answers.
    notes: Notes,
}

impl Plugin {
    pub fn new(manifest: Manifest, json: String, library: Sealed, isolation: Isolation) -> Self {
        Self { manifest, json, library, isolation, notes: Notes::default() }
    }

    /// Notes about its runs: lines of its standard error, and what the sandbox denied.
    pub fn notes(&self) -> Notes {
        self.notes.clone()
    }

    /// Runs one action in a new worker.
    fn act<T: DeserializeOwned>(
        &self,
        request: &Request,
        mut session: &mut dyn Session,
    ) -> Result<T, Failure> {
        let line = serde_json::to_string(request)
            .map_err(|_| Failure::internal("The request could not be encoded."))?;
        let started = Worker::start(&self.library, self.isolation);
        let mut worker = started.map_err(|error| self.failure(&error))?;
        let answer = worker.run(&self.json, &line, phase(request.action), &mut session);
        // A hint at a variable that is never set for a worker.
        for words in worker.stderr.lines().into_iter().filter(|it| !it.contains("RUST_BACKTRACE="))
        {
            let line = format!("{} printed: {words}", self.manifest.name);
            self.notes.add(Note::Detail(line));
        }
        // A load error already gives the reason; the denial would only repeat it.
        if !matches!(answer, Err(WorkerError::LoadFailed(_)))
            && let Some(denied) = worker.stderr.denied()
        {
            self.notes
                .add(Note::Line(format!("The sandbox denied {}: {denied}.", self.manifest.name)));
        }
        let answer = answer.map_err(|error| self.failure(&error))?;
        messages::decode(&answer).map_err(|error| match error {
            DecodeError::Malformed => self.failure(&WorkerError::InvalidAnswer(worker.phase)),
            DecodeError::Failure(failure) => self.attributed(failure, worker.last_failure.as_ref()),
        })
    }

    /// Converts the error, with the name of the plugin and where to report it.
    fn failure(&self, error: &WorkerError) -> Failure {
        if let WorkerError::Stopped(failure, phase) = error {
            return match phase.filter(|_| failure.kind == FailureKind::TimedOut) {
                Some(phase) => self.timed_out_while(phase, failure),
                None => failure.clone(),
            };
        }
        let failure = Failure::internal(format!("The plugin {} {error}.", self.manifest.name));
        match error {
            WorkerError::NotStarted(_) | WorkerError::Uncontained(_) => failure,
            _ => failure.with_hint(self.report_it()),
        }
    }

    /// A bug of the plugin is its publisher's to mend.
    fn report_it(&self) -> String {
        format!("Report it to its publisher ({}).", Line::new(&self.manifest.support))
    }

    /// Adds to a timeout what the plugin was doing.
    fn timed_out_while(&self, phase: &str, failure: &Failure) -> Failure {
        let mut failure = failure.clone();
        failure.message += &format!(" The plugin {} was still {phase}.", self.manifest.name);
        failure
    }

    /// Prefixes a failure of the plugin with its name, unless it only returns a failure of the host.
    fn attributed(&self, failure: Failure, host_failure: Option<&Failure>) -> Failure {
        let name = &self.manifest.name;
        if host_failure == Some(&failure) {
            return failure;
        }
        let hint = failure.hint.map(|it| format!(" {it}")).unwrap_or_default();
        // Many authors return the words of an error of Rust, which have no full stop.
        let is_ended = failure.message.trim_end().ends_with(['.', '!', '?', '…']);
        let stop = if is_ended || failure.message.is_empty() { "" } else { "." };
        let mut message = format!("{name}: {}{stop}{hint}", failure.message);
        // Only the host can report a cancellation; a plugin that claims one has failed.
        let kind = match failure.kind {
            FailureKind::Cancelled => FailureKind::Internal,
            kind => kind,
        };
        if kind == FailureKind::Internal {
            message += &format!(" {}", self.report_it());
        }
        let mut attributed = Failure::new(kind, message);
        attributed.settings = failure.settings;
        attributed
    }

    /// Runs a login or a refresh.
    fn signed_in(&self, request: &Request, session: &mut dyn Session) -> Result<SignIn, Failure> {
        let mut signed_in: SignIn = self.act(request, session)?;
        let state = signed_in.stored_state.as_ref().map_or(0, |it| it.expose().len());
        if state > MAX_STATE {
            return Err(self.failure(&WorkerError::InvalidAnswer(phase(request.action))));
        }
        let account = signed_in.account.map(|it| Line::new(it).to_string());
        signed_in.account = account.filter(|it| !it.is_empty());
        signed_in.expires_at = signed_in.expires_at.filter(|&at| at <= token::YEAR_9999);
        Ok(signed_in)
    }
}

impl Provider for Plugin {
    fn login(&self, request: &Request, session: &mut dyn Session) -> Result<SignIn, Failure> {
        self.signed_in(request, session)
    }

    fn logout(&self, request: &Request, session: &mut dyn Session) -> Result<(), Failure> {
        self.act(request, session)
    }

    fn refresh(&self, request: &Request, session: &mut dyn Session) -> Result<SignIn, Failure> {
        self.signed_in(request, session)
    }

    fn whoami(&self, request: &Request, session: &mut dyn Session) -> Result<String, Failure> {
        let account: String = self.act(request, session)?;
        Ok(Line::new(account).to_string())
    }
}

/// The action as a phrase that follows "while" in a message.
pub fn phase(action: Action) -> &'static str {
    match action {
        Action::Login => "signing in",
        Action::Logout => "signing out",
        Action::Refresh => "renewing the token",
        Action::Whoami => "asking for the account",
        _ => "running an action",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_worker_error_names_the_action_that_ran() {
        for (action, words) in [
            (Action::Login, "signing in"),
            (Action::Logout, "signing out"),
            (Action::Refresh, "renewing the token"),
            (Action::Whoami, "asking for the account"),
        ] {
            let said = format!(
                "was stopped while {words}: it made no session call for 30 seconds (a plugin waits with Session::sleep)"
            );
            assert_eq!(WorkerError::TimedOut(phase(action)).to_string(), said);
        }
    }
}
