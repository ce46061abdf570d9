//! [`ReadyEntry`]: a provider that may act.

use std::ops::Deref;

use mesheryctl_core::failure::Failure;
use mesheryctl_core::provider::{Action, Provider, Request, SignIn};
use mesheryctl_core::secret::Secret;
use mesheryctl_core::session::Session;
use mesheryctl_core::token::Token;

use super::Entry;
use crate::terminal::note::{Note, Notes};

/// A provider that may act: its settings are complete, and a plugin is trusted and loaded into memory.
pub struct ReadyEntry {
    pub(super) entry: Entry,
    pub(super) provider: Box<dyn Provider>,
    /// What is to be shown about its actions.
    pub(super) notes: Notes,
}

impl Deref for ReadyEntry {
    type Target = Entry;

    fn deref(&self) -> &Entry {
        &self.entry
    }
}

impl ReadyEntry {
    /// Signs in. `browser` says whether a browser can return to this computer.
    pub fn login(&self, browser: bool, session: &mut dyn Session) -> Result<SignIn, Failure> {
        let mut request = Request::new(Action::Login, self.settings.clone());
        request.browser = browser;
        self.provider.login(&request, session)
    }

    /// The account of the token.
    ///
    /// # Errors
    /// Those of the provider; `unsupported` if its manifest has no such action. So for the other two.
    pub fn whoami(
        &self,
        token: &Token,
        stored_state: Option<Secret>,
        session: &mut dyn Session,
    ) -> Result<String, Failure> {
        let request = self.about(Action::Whoami, token, stored_state)?;
        self.provider.whoami(&request, session)
    }

    /// A new token in place of this one.
    pub fn refresh(
        &self,
        token: &Token,
        stored_state: Option<Secret>,
        session: &mut dyn Session,
    ) -> Result<SignIn, Failure> {
        let request = self.about(Action::Refresh, token, stored_state)?;
        let renewed = self.provider.refresh(&request, session)?;
        match renewed.token.is_empty() {
            true => Err(Failure::invalid_answer("The provider returned an empty token.")),
            false => Ok(renewed),
        }
    }

    /// Revokes the token at the provider.
    pub fn logout(
        &self,
        token: &Token,
        stored_state: Option<Secret>,
        session: &mut dyn Session,
    ) -> Result<(), Failure> {
        let request = self.about(Action::Logout, token, stored_state)?;
        self.provider.logout(&request, session)
    }

    fn about(
        &self,
        action: Action,
        token: &Token,
        stored_state: Option<Secret>,
    ) -> Result<Request, Failure> {
        if !self.manifest.actions.contains(&action) {
            return Err(Failure::unsupported("This action"));
        }
        let mut request = Request::new(action, self.settings.clone()).token(token.clone());
        request.stored_state = stored_state;
        Ok(request)
    }

    /// Whether its manifest has this action.
    pub fn can(&self, action: Action) -> bool {
        self.manifest.actions.contains(&action)
    }

    /// What is to be shown about its actions since the last call.
    pub fn take_notes(&self) -> Vec<Note> {
        self.notes.take()
    }
}
