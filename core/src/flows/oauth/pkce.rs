//! [`Pkce`]: the proof that the program that requests the tokens is the one that began the sign-in (RFC
//! 7636).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use crate::failure::Failure;
use crate::secret::Secret;
use crate::session::Session;

/// The length of a random value, in bytes; 32 are the 43 characters that RFC 7636, section 4.1, recommends.
pub(super) const RANDOM_BYTES: u32 = 32;

/// The only method used, and the only one accepted; `plain` does not protect the code (RFC 7636, section
/// 7.2).
pub(super) const S256: &str = "S256";

/// The verifier of one sign-in. It is sent to the token endpoint; until then only its hash is.
pub(super) struct Pkce {
    pub verifier: Secret,
}

impl Pkce {
    pub fn generate(session: &mut dyn Session) -> Result<Self, Failure> {
        Ok(Self { verifier: Secret::new(session.random(RANDOM_BYTES)?) })
    }

    /// The hash of the verifier (RFC 7636, section 4.2).
    pub fn challenge(&self) -> String {
        URL_SAFE_NO_PAD.encode(Sha256::digest(self.verifier.expose()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_challenge_is_that_of_the_example_in_rfc_7636() {
        // Appendix B.
        let verifier = Secret::new("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
        let challenge = Pkce { verifier }.challenge();
        assert_eq!(challenge, "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }
}
