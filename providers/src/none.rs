//! None: no account; work stays local and is not kept.

use mesheryctl_core::failure::Failure;
use mesheryctl_core::provider::{Provider, Request, SignIn};
use mesheryctl_core::session::Session;
use mesheryctl_core::token::Token;

use crate::BuiltIn;

inventory::submit! {
    BuiltIn { provider: &NoAccount, manifest: include_str!("none.json"), rank: 1 }
}

/// Proves nothing and needs nobody: the token is empty.
struct NoAccount;

impl Provider for NoAccount {
    fn login(&self, _request: &Request, _session: &mut dyn Session) -> Result<SignIn, Failure> {
        Ok(SignIn::with_token(Token::empty()))
    }
}
