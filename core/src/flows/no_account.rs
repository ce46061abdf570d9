//! No account: it proves nothing and needs nobody; the token is empty.

use crate::failure::Failure;
use crate::provider::{Provider, Request, SignIn};
use crate::session::Session;
use crate::token::Token;

/// Work without an account.
#[derive(Debug)]
pub struct NoAccount;

impl Provider for NoAccount {
    fn login(&self, _request: &Request, _session: &mut dyn Session) -> Result<SignIn, Failure> {
        Ok(SignIn::with_token(Token::empty()))
    }
}
