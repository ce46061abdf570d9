//! Messages: what an endpoint answered, hostile until it is parsed.

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::failure::{Failure, FailureKind};
use crate::secret::Secret;
use crate::session::Fetched;

/// The longest text of an identity provider that is passed on, in characters.
const LONGEST: usize = 200;

/// Why an answer is not the message that was asked for.
#[derive(Debug)]
pub(super) enum Trouble {
    /// It says no, in the words of RFC 6749, 5.2.
    No(Error),
    /// It cannot answer now, and may later.
    Busy(String),
    /// It makes no sense, and will not by being asked again.
    Nonsense(String),
}

/// An error of OAuth: a code that programs know, and words for people.
#[derive(Debug, Deserialize)]
pub(super) struct Error {
    pub error: String,
    #[serde(default)]
    pub error_description: Option<String>,
}

impl Error {
    /// What the identity provider said, as far as it is worth repeating.
    pub fn said(&self) -> String {
        let cut = |text: &str| text.chars().take(LONGEST).collect::<String>();
        match self.error_description.as_deref().filter(|it| !it.is_empty()) {
            Some(why) => format!("{} ({})", cut(&self.error), cut(why)),
            None => cut(&self.error),
        }
    }
}

impl From<Trouble> for Failure {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::No(error) if error.error == "access_denied" => denied(),
            Trouble::No(error) => {
                Self::denied(format!("The identity provider said no: {}.", error.said()))
            }
            Trouble::Busy(why) => Self::new(FailureKind::Unreachable, why),
            Trouble::Nonsense(why) => Self::invalid_answer(why),
        }
    }
}

pub(super) fn denied() -> Failure {
    Failure::denied("Access was not allowed.")
}

/// Reads the message that this endpoint answered. A redirect is none: forms hold secrets, and nobody
/// else gets to see them.
pub(super) fn read<T: DeserializeOwned>(answer: &Fetched, endpoint: &str) -> Result<T, Trouble> {
    let status = answer.status;
    let nonsense = |what: &str| {
        Trouble::Nonsense(format!("The identity provider's {endpoint} endpoint {what}."))
    };
    let said = || serde_json::from_str::<Error>(&answer.body).ok().filter(|_| is_json(answer));
    match status {
        200 if !is_json(answer) => Err(nonsense("answered something that is not JSON")),
        200 => serde_json::from_str(&answer.body)
            .map_err(|_| nonsense("answered JSON in which something is missing or wrong")),
        300..400 => Err(nonsense("sends elsewhere, where nobody follows")),
        // Some say so of a device code with the status of too many requests: it counts for good all the same.
        429 if said().is_some_and(|it| it.error == "slow_down") => {
            Err(Trouble::No(Error { error: "slow_down".into(), error_description: None }))
        }
        429 | 500.. => Err(Trouble::Busy(format!(
            "The identity provider's {endpoint} endpoint is out of order (status {status})."
        ))),
        _ => Err(match said() {
            Some(error) => Trouble::No(error),
            None => nonsense(&format!("answered with status {status} and no reason")),
        }),
    }
}

fn is_json(answer: &Fetched) -> bool {
    let kind = answer.headers.iter().find(|(name, _)| name == "content-type");
    let kind = kind.and_then(|(_, value)| value.split(';').next()).unwrap_or_default();
    kind.trim().eq_ignore_ascii_case("application/json")
}

/// What RFC 6749, appendix A, lets a code or a token be made of; anything else could end a header.
pub(super) fn is_visible(secret: &Secret) -> bool {
    !secret.is_empty() && secret.expose().bytes().all(|byte| (0x20..=0x7e).contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(status: u16, kind: &str, body: &str) -> Result<serde_json::Value, Trouble> {
        let headers = vec![("content-type".to_owned(), kind.to_owned())];
        read(&Fetched { status, headers, body: body.to_owned() }, "token")
    }

    #[test]
    fn json_is_what_calls_itself_so_in_whatever_spelling() {
        for kind in ["application/json", "Application/JSON", "application/json ; charset=UTF-8"] {
            assert!(said(200, kind, "{}").is_ok(), "{kind}");
        }
        for kind in ["", "text/json", "application/jsonp", "text/html; application/json"] {
            assert!(matches!(said(200, kind, "{}"), Err(Trouble::Nonsense(_))), "{kind}");
            let no = said(400, kind, r#"{"error":"access_denied"}"#);
            assert!(matches!(no, Err(Trouble::Nonsense(_))), "{kind}");
        }
    }

    #[test]
    fn words_of_an_identity_provider_are_passed_on_as_far_as_people_read() {
        let long = "w".repeat(5000);
        let body = format!(r#"{{"error":"e","error_description":"{long}"}}"#);
        let Err(Trouble::No(error)) = said(400, "application/json", &body) else {
            panic!("it says no");
        };
        assert_eq!(error.said().len(), "e ()".len() + LONGEST);
    }
}
