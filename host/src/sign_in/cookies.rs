//! The two cookies that Meshery Server reads, of the token in use.

use mesheryctl_core::token::Token;

use super::remedy;
use super::token_in_use::TokenInUse;
use crate::error::{Code, Error, Result};
use crate::text::Name;

/// The value of a `Cookie` header, and the token in it. The refresh token is not among them: a server would spend it, and only this
/// program can store what it got.
///
/// # Errors
/// `invalid_token_file` if the token cannot be told from its refresh token, or if the provider's name would be more than a value.
pub fn cookies(used: &TokenInUse) -> Result<(String, Token)> {
    let provider = &used.auth.provider;
    let name = Name::new(provider);
    let invalid = |why: &str| {
        Error::new(Code::InvalidTokenFile, format!("The token of {} {why}.", name.delimited()))
            .next(remedy::sign_in())
    };
    let token = used.auth.token.without_refresh_token();
    let token = token.ok_or_else(|| invalid("cannot be sent without its refresh token"))?;
    if provider.contains([';', ',', '"', '\\']) || provider.chars().any(char::is_control) {
        return Err(invalid("cannot be sent, because of the name of its provider"));
    }
    Ok((format!("token={}; meshery-provider={provider}", token.expose()), token))
}
