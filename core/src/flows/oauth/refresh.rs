//! Refreshing: new tokens for a refresh token, which is worth something once (RFC 6749, 6; RFC 9700, 4.14).

use super::tokens::Kept;
use super::{Client, Tokens};
use crate::failure::Failure;
use crate::session::Session;

/// Exchanges what was kept for new tokens. Whoever calls it keeps [`Tokens::kept`] of the answer at once:
/// the old refresh token may be worth nothing any more. It is sent once, whatever happens: a second time,
/// an identity provider takes it for stolen and ends the whole sign-in.
///
/// # Errors
/// Any failure of the fetch; `denied` when there is no refresh token, or it is worth nothing;
/// `invalid_answer`, also when the new tokens are of somebody else.
pub fn renew(client: &Client, kept: &Kept, session: &mut dyn Session) -> Result<Tokens, Failure> {
    let Some(old) = &kept.refresh else {
        return Err(Failure::denied(
            "The identity provider gave nothing to renew this sign-in with.",
        ));
    };
    let grant = [("grant_type", "refresh_token"), ("refresh_token", old.expose())];
    let mut tokens = client.exchange(&grant, None, session)?;
    let (was, is) = (kept.subject.as_ref(), tokens.id.as_ref().map(|it| &it.subject));
    if was.zip(is).is_some_and(|(was, is)| was != is) {
        return Err(Failure::invalid_answer(
            "The identity provider renewed somebody else's sign-in.",
        ));
    }
    // One that is not replaced stays good.
    tokens.refresh = tokens.refresh.or_else(|| Some(old.clone()));
    Ok(tokens)
}
