//! [`Issued`]: a token that a server or a provider returned in place of the one in use.

use mesheryctl_core::auth_file::AuthFile;
use mesheryctl_core::failure::Failure;
use mesheryctl_core::provider::SignIn;

use crate::clock::unix_now;
use crate::providers::entry::ReadyEntry;
use crate::sign_in::token_in_use::TokenInUse;
use crate::storage::token_record::{Next, TokenRecord};

/// A token that was issued in place of the one in use.
pub struct Issued {
    sign_in: SignIn,
    /// The provider's name as it is saved.
    provider: String,
    /// The endpoint of the server that returned and verified it, if one did.
    by_server: Option<String>,
}

impl Issued {
    pub fn by_provider(sign_in: SignIn, name: &str) -> Self {
        Self { sign_in, provider: name.to_owned(), by_server: None }
    }

    /// A server may return the access token alone: the refresh token of `old` is kept then.
    pub fn by_server(file: AuthFile, server: String, old: &TokenInUse) -> Self {
        let sign_in = SignIn::from_claims(file.token.with_refresh_token_of(&old.auth.token));
        Self { sign_in, provider: file.provider, by_server: Some(server) }
    }

    /// Refuses a token of another account, the old token, and an older one.
    ///
    /// # Errors
    /// `invalid_answer`, with the reason.
    pub fn checked(self, old: &TokenInUse) -> Result<Self, Failure> {
        if self.is_of_account_of(old) == Some(false) {
            let message = "The renewed token is of another account, and was not used.";
            return Err(Failure::invalid_answer(message));
        }
        if self.is_old(old) {
            let message = "No new token was issued, but the old one or an older one.";
            return Err(Failure::invalid_answer(message));
        }
        Ok(self)
    }

    /// By what both tokens state; without that by the accounts, if both are e-mail addresses. `None` if it is not known.
    fn is_of_account_of(&self, old: &TokenInUse) -> Option<bool> {
        let is_email = |it: &&String| it.contains('@');
        let recorded = old.record.as_ref().and_then(|it| it.account.as_ref()).filter(is_email);
        let stated = self.sign_in.account.as_ref().filter(is_email);
        let by_account = || Some(recorded?.eq_ignore_ascii_case(stated?));
        self.sign_in.token.is_of_account_of(&old.auth.token).or_else(by_account)
    }

    fn is_old(&self, old: &TokenInUse) -> bool {
        let (before, now) = (old.auth.token.claims(), self.sign_in.token.claims());
        // A provider may replace its refresh token alone.
        let old_state = old.record.as_ref().and_then(|it| it.state.as_ref());
        let has_new_state =
            self.sign_in.stored_state.as_ref().is_some_and(|it| Some(it) != old_state);
        let is_same = old.auth.token.is_same_as(&self.sign_in.token) && !has_new_state;
        let begins = before.valid_from.zip(now.valid_from).map(|(old, new)| new < old);
        let ends = || before.ends_at().zip(now.ends_at()).map(|(old, new)| new < old);
        is_same || begins.or_else(ends).unwrap_or(false)
    }

    /// What is stored: what was issued, and else what was recorded before.
    pub fn next(self, old: &TokenInUse, provider: Option<&ReadyEntry>) -> Next {
        let now = unix_now();
        let id = provider.map_or(self.provider.as_str(), |it| it.id());
        let unknown = || TokenRecord::of(id, &SignIn::from_claims(old.auth.token.clone()));
        let old = old.record.clone().unwrap_or_else(unknown);
        let plugin = provider.and_then(|it| it.plugin_sha256.clone());
        let plugin = plugin.or_else(|| old.plugin_sha256.clone());
        let token = self.sign_in.token.clone();
        let record = TokenRecord::of(&old.provider_id, &self.sign_in).in_place_of(old);
        let record = record.by_plugin(plugin);
        let record = match &self.by_server {
            // A server may have renewed it some time ago. If it seems to be over, a clock is wrong.
            Some(server) if token.claims().ends_at().is_some_and(|at| at > now) => {
                record.verified(now, server)
            }
            Some(server) => record.received(now, &token).verified(now, server),
            None => record.received(now, &token),
        };
        Next { provider: self.provider, token, record }
    }
}
