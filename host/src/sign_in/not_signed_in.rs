//! The errors of a token that cannot be used.

use super::remedy;
use super::token_in_use::{Source, TokenInUse};
use crate::clock::ago;
use crate::error::{Code, Error, Suggestion};
use crate::text::Name;

/// A server or the provider rejected the token. `why` it was not renewed is a sentence.
pub fn rejected(used: &TokenInUse, why: Option<&str>) -> Error {
    let name = Name::new(&used.auth.provider);
    let message = format!("The token of {name} was rejected.{}", not_renewed(why));
    Error::new(Code::NotSignedIn, message).next(remedy_of(used, false))
}

/// The time of the token is over. `why` it was not renewed is a sentence.
pub fn ended(used: &TokenInUse, can_renew: bool, why: Option<&str>) -> Error {
    let name = Name::new(&used.auth.provider);
    let ends_at = used.ends_at().or(used.auth.token.claims().ends_at());
    let ago = ends_at.map(ago).unwrap_or_default();
    let message = format!("The token of {name} expired {ago}.{}", not_renewed(why));
    Error::new(Code::NotSignedIn, message).next(remedy_of(used, can_renew))
}

/// How to get a token that can be used.
pub fn remedy_of(used: &TokenInUse, can_renew: bool) -> Suggestion {
    match used.source {
        Source::Environment => remedy::variable(),
        Source::File if can_renew => remedy::renew(),
        Source::File => remedy::sign_in(),
    }
}

fn not_renewed(why: Option<&str>) -> String {
    why.map(|it| format!(" It could not be renewed: {it}")).unwrap_or_default()
}
