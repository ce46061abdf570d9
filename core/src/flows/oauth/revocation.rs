//! Revocation: the identity provider is told to take tokens back (RFC 7009).

use super::Client;
use super::message::{self, Trouble};
use super::tokens::Kept;
use crate::failure::Failure;
use crate::session::Session;

/// Takes back what was kept of a sign-in: the refresh token first, since what was made of it goes with it.
///
/// # Errors
/// Any failure of a fetch; `unsupported` where the identity provider takes nothing back; `denied` when it
/// will not; `unreachable` when it cannot now.
pub fn revoke(client: &Client, kept: &Kept, session: &mut dyn Session) -> Result<(), Failure> {
    let Some(endpoint) = client.metadata.revocation_endpoint.as_deref() else {
        return Err(Failure::unsupported("Taking tokens back at this identity provider"));
    };
    let refresh = kept.refresh.as_ref().map(|it| ("refresh_token", it));
    for (hint, token) in refresh.into_iter().chain([("access_token", &kept.access)]) {
        let fields = [("token", token.expose()), ("token_type_hint", hint)];
        let answer = client.post(endpoint, &fields, session)?;
        // 200 says it all, whatever stands beside it: also for a token that was worth nothing already.
        if answer.status == 200 {
            continue;
        }
        match message::read::<serde_json::Value>(&answer, "revocation") {
            // Only of the token that stands for both: the other one expires soon.
            Err(Trouble::No(error))
                if error.error == "unsupported_token_type" && hint == "access_token" => {}
            Err(trouble) => return Err(trouble.into()),
            Ok(_) => {}
        }
    }
    Ok(())
}
