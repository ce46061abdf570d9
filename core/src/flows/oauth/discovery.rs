//! Discovery: what an identity provider says of itself, at the address that its issuer leads to.

use serde::Deserialize;

use super::message;
use crate::failure::Failure;
use crate::session::{Fetch, Session};

/// What OpenID Connect Discovery 1.0 puts below an issuer.
const WELL_KNOWN: &str = "/.well-known/openid-configuration";

/// The one way of proving a code that is used. The other, `plain`, protects against nobody who can read.
const S256: &str = "S256";

/// What an identity provider says of itself, as far as a sign-in needs it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Metadata {
    /// Who it is: a URL that every later message names byte for byte.
    pub issuer: String,
    /// Where the browser goes.
    #[serde(default)]
    pub authorization_endpoint: Option<String>,
    /// Where codes are exchanged for tokens.
    pub token_endpoint: String,
    /// Where a code for another device is asked for.
    #[serde(default)]
    pub device_authorization_endpoint: Option<String>,
    /// Where a token is taken back.
    #[serde(default)]
    pub revocation_endpoint: Option<String>,
    /// Where it is said whose token it is.
    #[serde(default)]
    pub userinfo_endpoint: Option<String>,
    /// How a code can be bound to who asked for it. None says nothing either way.
    #[serde(default)]
    pub code_challenge_methods_supported: Option<Vec<String>>,
    /// Whether every answer names its issuer (RFC 9207).
    #[serde(default)]
    pub authorization_response_iss_parameter_supported: bool,
}

impl Metadata {
    /// Asks the identity provider of this issuer, and believes the answer only if it names the same one.
    ///
    /// A slash at the end is no difference here: both spellings lead to the same address, so that nobody
    /// else can answer there. From here on the issuer is what the answer says, byte for byte.
    ///
    /// # Errors
    /// Any failure of the fetch; `invalid_answer` for one of another issuer, without PKCE, or none at all.
    pub fn discover(issuer: &str, session: &mut dyn Session) -> Result<Self, Failure> {
        let asked = issuer.trim_end_matches('/');
        let fetch = Fetch::get(format!("{asked}{WELL_KNOWN}")).header("Accept", "application/json");
        let answer = session.fetch(&fetch)?;
        let metadata: Self = message::read(&answer, "discovery")?;
        let said = metadata.issuer.strip_suffix('/').unwrap_or(&metadata.issuer);
        if said != asked {
            return Err(Failure::invalid_answer(format!(
                "The identity provider at {asked} says that it is {}, which is another one.",
                metadata.issuer
            )));
        }
        metadata.insist_on_pkce()?;
        Ok(metadata)
    }

    /// One that lists its methods and leaves ours out would let a stolen code pass. Many that know it list
    /// nothing: it is sent to them all the same.
    fn insist_on_pkce(&self) -> Result<(), Failure> {
        match &self.code_challenge_methods_supported {
            Some(methods) if !methods.iter().any(|it| it == S256) => Err(Failure::invalid_answer(
                "The identity provider does not offer PKCE with S256, and nothing weaker is used.",
            )),
            _ => Ok(()),
        }
    }
}
