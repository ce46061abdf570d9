//! Plugins: found without being run, trusted by a person, and run each in a worker of its own.

pub mod admission;
mod blocks;
pub mod discovery;
mod frame;
pub mod guest;
pub mod library;
pub mod sandbox;
pub mod trust;
mod worker;

use mesheryctl_core::failure::Failure;
use mesheryctl_core::manifest::Manifest;
use mesheryctl_core::provider::{Provider, Request, SignIn};
use mesheryctl_core::session::Session;
use mesheryctl_core::wire;
use serde::de::DeserializeOwned;

use crate::terminal::Terminal;
use library::Sealed;
use worker::{Broken, Worker};

/// The most that a plugin may have kept for it, in bytes.
const LONGEST_KEPT: usize = 64 * 1024;

/// A provider in a shared library whose bytes a person trusted.
#[derive(Debug)]
pub struct Plugin {
    manifest: Manifest,
    /// As it stands in the library, byte for byte.
    json: String,
    library: Sealed,
    terminal: Terminal,
}

impl Plugin {
    /// One action, in one worker.
    fn act<T: DeserializeOwned>(
        &self,
        request: &Request,
        session: &mut dyn Session,
    ) -> Result<T, Failure> {
        let line = serde_json::to_string(request)
            .map_err(|_| Failure::internal("The request could not be written."))?;
        let mut worker = Worker::start(&self.library).map_err(|broken| self.broke(&broken))?;
        let answer = worker.run(&self.json, &line, session);
        for words in worker.last_words() {
            self.terminal.detail(&format!("{} on standard error: {words}", self.manifest.name));
        }
        let answer = answer.map_err(|broken| self.broke(&broken))?;
        wire::decode(&answer).map_err(|failure| match failure.message.as_str() {
            wire::NO_SENSE => self.broke(&Broken::Answer),
            _ => self.said(failure),
        })
    }

    /// Who broke, how, and whom to tell.
    fn broke(&self, broken: &Broken) -> Failure {
        if let Broken::Over(failure) = broken {
            return failure.clone();
        }
        Failure::internal(format!("The plugin {} {broken}.", self.manifest.name))
            .with_hint(format!("tell its maker: {}", self.manifest.support))
    }

    /// Whatever a plugin says stands behind its name.
    fn said(&self, failure: Failure) -> Failure {
        let Manifest { name, .. } = &self.manifest;
        // The host may have said it of the plugin, and the plugin passed it on.
        let message = match failure.message.starts_with(name.as_str()) {
            true => failure.message,
            false => format!("{name}: {}", failure.message),
        };
        Failure { message, ..failure }
    }
}

impl Provider for Plugin {
    fn login(&self, request: &Request, session: &mut dyn Session) -> Result<SignIn, Failure> {
        let signed_in: SignIn = self.act(request, session)?;
        let kept = signed_in.kept.as_ref().map_or(0, |it| it.expose().len());
        if kept > LONGEST_KEPT {
            return Err(self.broke(&Broken::Answer));
        }
        Ok(signed_in)
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
