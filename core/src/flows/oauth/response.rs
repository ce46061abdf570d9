//! Reads the response of an OAuth endpoint. A response is untrusted until it is parsed.

use serde::de::DeserializeOwned;

use super::rejection::ErrorResponse;
use crate::failure::Failure;
use crate::secret::Secret;
use crate::session::HttpResponse;

/// Why a response is not the expected message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum EndpointError {
    /// The endpoint returned an error response (RFC 6749, section 5.2).
    Rejected(ErrorResponse),
    /// The endpoint is temporarily unavailable: the same request may succeed later.
    Unavailable(String),
    /// The response is not valid: the same request would fail again.
    Invalid(String),
}

impl From<EndpointError> for Failure {
    fn from(error: EndpointError) -> Self {
        match error {
            EndpointError::Rejected(response) => response.into(),
            EndpointError::Unavailable(message) => Self::unreachable(message),
            EndpointError::Invalid(message) => Self::invalid_answer(message),
        }
    }
}

/// Parses the response of an endpoint; `subject` begins the sentence about it. A redirect is an error and never followed, because the request may
/// hold a secret.
pub(super) fn parse<T: DeserializeOwned>(
    response: &HttpResponse,
    subject: &str,
) -> Result<T, EndpointError> {
    let status = response.status;
    let invalid = |what: &str| EndpointError::Invalid(format!("{subject} {what}."));
    let error_response =
        || serde_json::from_str::<ErrorResponse>(&response.body).ok().filter(|_| is_json(response));
    match status {
        200 if !is_json(response) => Err(invalid("returned something that is not JSON")),
        200 => serde_json::from_str(&response.body)
            .map_err(|_| invalid("returned JSON with a missing or invalid member")),
        300..400 => Err(invalid("returned a redirect, which is not followed")),
        // RFC 8628 has `slow_down` with status 400; some identity providers send it with 429.
        429 if error_response().is_some_and(|it| it.error == "slow_down") => {
            let error = "slow_down".into();
            Err(EndpointError::Rejected(ErrorResponse { error, error_description: None }))
        }
        429 | 500.. => Err(EndpointError::Unavailable(format!(
            "{subject} is temporarily unavailable (status {status})."
        ))),
        _ => Err(match error_response() {
            Some(response) => EndpointError::Rejected(response),
            None => invalid(&format!("returned status {status} without a reason")),
        }),
    }
}

/// The error in a response of JSON, whatever its status.
pub(super) fn error_in(response: &HttpResponse) -> Option<EndpointError> {
    let error = serde_json::from_str(&response.body).ok().filter(|_| is_json(response));
    error.map(EndpointError::Rejected)
}

fn is_json(response: &HttpResponse) -> bool {
    let content_type = response.headers.iter().find(|(name, _)| name == "content-type");
    let media_type = content_type.and_then(|(_, value)| value.split(';').next());
    media_type.unwrap_or_default().trim().eq_ignore_ascii_case("application/json")
}

/// Whether a code or a token has only the characters that RFC 6749, appendix A, allows, and at least one.
/// Any other character could end an HTTP header.
pub(super) fn is_sendable(secret: &Secret) -> bool {
    !secret.is_empty() && secret.expose().bytes().all(|byte| (0x20..=0x7e).contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    const JSON: &str = "application/json";
    const TOKEN: &str = "The identity provider's token endpoint";

    fn parsed(
        status: u16,
        content_type: &str,
        body: &str,
    ) -> Result<serde_json::Value, EndpointError> {
        let response = HttpResponse::new(status, body)
            .with_header("x-content-type", "text/html")
            .with_header("content-type", content_type);
        parse(&response, TOKEN)
    }

    fn rejected(error: &str, description: Option<&str>) -> EndpointError {
        let error_description = description.map(str::to_owned);
        EndpointError::Rejected(ErrorResponse { error: error.into(), error_description })
    }

    fn invalid(what: &str) -> EndpointError {
        EndpointError::Invalid(format!("{TOKEN} {what}."))
    }

    #[test]
    fn a_response_is_classified_by_its_status_and_its_error_code() {
        let unavailable = |status: u16| {
            EndpointError::Unavailable(format!(
                "{TOKEN} is temporarily unavailable (status {status})."
            ))
        };
        let denied = r#"{"error":"access_denied"}"#;
        let slow_down = r#"{"error":"slow_down","error_description":"d"}"#;
        let bad_member = "returned JSON with a missing or invalid member";
        let redirect = "returned a redirect, which is not followed";
        let no_reason = |status| invalid(&format!("returned status {status} without a reason"));
        for (status, body, expected) in [
            (200, "{", invalid(bad_member)),
            (201, "{}", no_reason(201)),
            (299, "{}", no_reason(299)),
            (300, denied, invalid(redirect)),
            (302, "", invalid(redirect)),
            (399, denied, invalid(redirect)),
            (400, denied, rejected("access_denied", None)),
            (400, slow_down, rejected("slow_down", Some("d"))),
            (401, r#"{"error":"e","error_description":"d"}"#, rejected("e", Some("d"))),
            (404, "<html>", no_reason(404)),
            (404, r#"{"error":7}"#, no_reason(404)),
            (428, denied, rejected("access_denied", None)),
            (429, denied, unavailable(429)),
            (429, "<html>", unavailable(429)),
            (429, slow_down, rejected("slow_down", None)),
            (499, "", no_reason(499)),
            (500, denied, unavailable(500)),
            (503, slow_down, unavailable(503)),
        ] {
            assert_eq!(parsed(status, JSON, body), Err(expected), "{status} {body}");
        }
        assert_eq!(parsed(200, JSON, r#"{"a":1}"#), Ok(serde_json::json!({"a": 1})));
    }

    #[test]
    fn only_a_response_with_the_media_type_of_json_is_json() {
        for content_type in [JSON, "Application/JSON", "application/json ; charset=UTF-8"] {
            assert!(parsed(200, content_type, "{}").is_ok(), "{content_type}");
        }
        let slow_down = r#"{"error":"slow_down"}"#;
        for content_type in ["", "text/json", "application/jsonp", "text/html; application/json"] {
            let error = parsed(200, content_type, "{}");
            assert_eq!(error, Err(invalid("returned something that is not JSON")));
            let error = parsed(400, content_type, r#"{"error":"access_denied"}"#);
            assert_eq!(error, Err(invalid("returned status 400 without a reason")));
            let error = parsed(429, content_type, slow_down);
            assert!(matches!(error, Err(EndpointError::Unavailable(_))), "{content_type}");
        }
    }

    #[test]
    fn an_endpoint_error_becomes_a_failure_of_one_kind() {
        for (error, failure) in [
            (rejected("access_denied", None), Failure::denied("Sign-in was denied.")),
            (EndpointError::Unavailable("u".into()), Failure::unreachable("u")),
            (EndpointError::Invalid("i".into()), Failure::invalid_answer("i")),
        ] {
            assert_eq!(Failure::from(error), failure);
        }
    }

    #[test]
    fn a_secret_is_sendable_if_every_character_is_printable_ascii() {
        for (text, expected) in [
            ("a", true),
            (" ~", true),
            ("", false),
            ("a\u{1f}", false),
            ("a\u{7f}", false),
            ("a\r\n", false),
            ("é", false),
        ] {
            assert_eq!(is_sendable(&Secret::new(text)), expected, "{text:?}");
        }
    }
}
