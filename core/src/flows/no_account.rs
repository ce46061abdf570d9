//! Work without an account: no sign-in, and an empty token.

use crate::failure::Failure;
use crate::provider::{Provider, Request, SignIn};
use crate::session::Session;
use crate::token::Token;

/// A provider that needs no account, and returns the empty token. A host refuses it of a plugin.
///
/// ```
/// use mesheryctl_plugin_sdk::flows::no_account::NoAccount;
/// use mesheryctl_plugin_sdk::provider::{Action, Provider, Request, Settings};
/// use mesheryctl_plugin_sdk::session::Session;
///
/// struct NoSession;
/// impl Session for NoSession {}
///
/// let request = Request::new(Action::Login, Settings::default());
/// assert!(NoAccount.login(&request, &mut NoSession)?.token.is_empty());
/// # Ok::<(), mesheryctl_plugin_sdk::failure::Failure>(())
/// ```
#[derive(Debug)]
pub struct NoAccount;

impl Provider for NoAccount {
    fn login(&self, _request: &Request, _session: &mut dyn Session) -> Result<SignIn, Failure> {
        Ok(SignIn::with_token(Token::empty()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::{Action, Settings};

    struct NoSession;

    impl Session for NoSession {}

    #[test]
    fn a_login_makes_no_session_call_and_returns_the_empty_token() {
        let request = Request::new(Action::Login, Settings::default());
        let sign_in = NoAccount.login(&request, &mut NoSession);
        assert_eq!(sign_in, Ok(SignIn::with_token(Token::empty())));
    }
}
