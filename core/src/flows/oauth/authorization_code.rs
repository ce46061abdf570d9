//! The authorization code flow: the browser goes to the identity provider and comes back with a code,
//! which only who sent the browser can exchange (RFC 6749, 7636, 8252, 9207, 9700).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use form_urlencoded::Serializer;
use sha2::{Digest, Sha256};

use super::message::{self, Error, Trouble};
use super::{Client, Metadata, Tokens};
use crate::failure::Failure;
use crate::secret::Secret;
use crate::session::{CallbackKind, Query, Session};

/// Each of the three secrets: 32 bytes are the 43 characters that RFC 7636 recommends.
const BYTES: u32 = 32;

/// Signs in by a browser.
///
/// # Errors
/// Any failure of an ask; `denied` when the person or the identity provider says no; `invalid_answer` for
/// an answer that is not to this sign-in.
pub fn sign_in(client: &Client, session: &mut dyn Session) -> Result<Tokens, Failure> {
    let redirect = session.callback(CallbackKind::Fixed)?;
    let once = Once::draw(session)?;
    let answer = session.visit(&destination(client, &redirect, &once)?)?;
    let code = code_of(&answer, &client.metadata, &once)?;
    let grant = [
        ("grant_type", "authorization_code"),
        ("code", code.expose()),
        ("redirect_uri", &redirect),
        ("code_verifier", once.verifier.expose()),
    ];
    let nonce = client.asks_for("openid").then(|| once.nonce.expose());
    Ok(client.exchange(&grant, nonce, session)?)
}

/// What is made anew for each sign-in: `state` ties the answer to it, `nonce` the ID token, and the
/// verifier proves who asked for the code.
struct Once {
    state: Secret,
    nonce: Secret,
    verifier: Secret,
}

impl Once {
    fn draw(session: &mut dyn Session) -> Result<Self, Failure> {
        let mut draw = || session.random(BYTES).map(Secret::new);
        Ok(Self { state: draw()?, nonce: draw()?, verifier: draw()? })
    }

    /// Only this is shown before the code is exchanged; the verifier cannot be told from it.
    fn challenge(&self) -> String {
        URL_SAFE_NO_PAD.encode(Sha256::digest(self.verifier.expose()))
    }
}

fn destination(client: &Client, redirect: &str, once: &Once) -> Result<String, Failure> {
    let Some(endpoint) = client.metadata.authorization_endpoint.as_deref() else {
        return Err(Failure::unsupported("Signing in by a browser at this identity provider"));
    };
    // RFC 6749, 3.1: it may have a query, which stays, and no fragment.
    if endpoint.contains('#') {
        return Err(Failure::invalid_answer(
            "The identity provider's authorization endpoint is no address to send a browser to.",
        ));
    }
    let mut query = Serializer::new(String::new());
    query
        .append_pair("response_type", "code")
        .append_pair("client_id", &client.id)
        .append_pair("redirect_uri", redirect)
        .append_pair("scope", &client.scope)
        .append_pair("state", once.state.expose())
        .append_pair("code_challenge", &once.challenge())
        .append_pair("code_challenge_method", "S256");
    if client.asks_for("openid") {
        query.append_pair("nonce", once.nonce.expose());
    }
    if client.asks_for("offline_access") {
        // OpenID Connect Core 1.0, 11: else the identity provider is to leave it out.
        query.append_pair("prompt", "consent");
    }
    let join = if endpoint.contains('?') { '&' } else { '?' };
    Ok(format!("{endpoint}{join}{}", query.finish()))
}

/// First whether the answer is one to this sign-in, then what it says: a forged refusal ends nothing.
fn code_of(answer: &Query, metadata: &Metadata, once: &Once) -> Result<Secret, Failure> {
    if answer.get("state") != Some(once.state.expose()) {
        return Err(Failure::invalid_answer("The answer belongs to another sign-in."));
    }
    check_issuer(answer.get("iss"), metadata)?;
    if let Some(error) = answer.get("error") {
        let error_description = answer.get("error_description").map(str::to_owned);
        return Err(Trouble::No(Error { error: error.to_owned(), error_description }).into());
    }
    let code = answer.get("code").map(Secret::new).filter(message::is_visible);
    code.ok_or_else(|| Failure::invalid_answer("The identity provider sent no code."))
}

/// RFC 9207: against an answer that one identity provider gives in another's name.
fn check_issuer(said: Option<&str>, metadata: &Metadata) -> Result<(), Failure> {
    match said {
        Some(issuer) if issuer == metadata.issuer => Ok(()),
        None if !metadata.authorization_response_iss_parameter_supported => Ok(()),
        Some(_) => Err(Failure::invalid_answer("The answer came from another identity provider.")),
        None => Err(Failure::invalid_answer(
            "The answer does not say which identity provider it came from, and this one always does.",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::failure::FailureKind;

    fn client(endpoint: &str) -> Client {
        let json = format!(
            r#"{{"issuer":"https://id.example","token_endpoint":"https://id.example/token",
                "authorization_endpoint":"{endpoint}"}}"#
        );
        let metadata = serde_json::from_str(&json).unwrap();
        Client { metadata, id: "a&b".into(), scope: "openid email".into() }
    }

    fn once(verifier: &str) -> Once {
        Once { state: Secret::new("s"), nonce: Secret::new("n"), verifier: Secret::new(verifier) }
    }

    #[test]
    fn the_challenge_is_that_of_the_standards_own_example() {
        // RFC 7636, appendix B.
        let once = once("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
        assert_eq!(once.challenge(), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }

    #[test]
    fn an_endpoints_own_query_stays_and_a_fragment_is_refused() {
        let to =
            |endpoint| destination(&client(endpoint), "http://127.0.0.1:1/callback", &once("v"));
        let plain = to("https://id.example/go").unwrap();
        assert!(plain.starts_with("https://id.example/go?response_type=code&client_id=a%26b&"));
        let own = to("https://id.example/go?tenant=1").unwrap();
        assert!(own.starts_with("https://id.example/go?tenant=1&response_type=code&"), "{own}");
        let failure = to("https://id.example/go#fragment").unwrap_err();
        assert_eq!(failure.kind, FailureKind::InvalidAnswer);
    }

    #[test]
    fn an_answer_without_the_state_of_this_sign_in_says_nothing_not_even_no() {
        let read = |pairs: &[(&str, &str)]| {
            let pairs = pairs.iter().map(|(name, value)| ((*name).into(), (*value).into()));
            let query = Query::new(pairs.collect());
            let code = code_of(&query, &client("https://id.example/go").metadata, &once("v"));
            code.map(|it| it.expose().to_owned()).map_err(|failure| failure.kind)
        };
        assert_eq!(read(&[("state", "s"), ("code", "c")]), Ok("c".into()));
        assert_eq!(read(&[("state", "s"), ("error", "access_denied")]), Err(FailureKind::Denied));
        for foreign in [
            &[("state", "S"), ("code", "c")][..],
            &[("code", "c")],
            &[("error", "access_denied")],
            &[("state", ""), ("error", "access_denied")],
            &[("state", "s"), ("code", "c\r\n")],
            &[("state", "s"), ("code", "c"), ("iss", "https://id.example/")],
        ] {
            assert_eq!(read(foreign), Err(FailureKind::InvalidAnswer), "{foreign:?}");
        }
    }
}
