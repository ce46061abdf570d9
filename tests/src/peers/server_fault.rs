//! The faults that a Meshery Server on loopback can have.

use serde_json::json;

use crate::net::http_server::{Reply, Request};
use crate::peers::meshery_redirects::{rejected, to_provider_page};

/// `List…` are faults of `/api/providers`, `Token…` are faults of `/api/token`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ServerFault {
    /// `{}`
    ListEmpty,
    /// 200, an HTML page.
    ListHtml,
    /// 200, JSON, but an array.
    ListArray,
    /// 200, cut off in the middle.
    ListTruncated,
    List404,
    List500,
    /// To an HTML page.
    ListRedirect,
    /// White space without end.
    ListEndless,
    /// Informational responses without end.
    ListInformational,
    /// Accepts the request and sends nothing.
    ListSilent,
    /// Closes without a byte.
    ListDropped,
    /// A name with escape sequences and a line break.
    ListHostileName,

    /// 200 with an HTML page, which a client that follows redirects may take for a token.
    TokenHtml200,
    Token401,
    Token403,
    Token404,
    Token500,
    /// 500 with the token in the body and in a header.
    Token500Echo,
    /// 503 with JSON: the provider is down.
    Token503,
    /// 302 to `/auth/login` that clears the token cookie: an invalid token, or the provider is down.
    TokenRedirectLogin,
    /// 302 to `/provider`: no provider, or an unknown one.
    TokenRedirectProvider,
    /// 302 to this URL, like that to a provider's login.
    TokenRedirectTo(String),
    TokenDropped,
    TokenSilent,
    TokenEndless,
    /// Informational responses without end.
    TokenInformational,
    /// 200, `text/plain`, no JSON.
    TokenNotJson,
    /// 200 without a body.
    TokenNoBody,
    /// Another provider than that of the request.
    TokenOtherProvider,
    /// `"token": ""`
    TokenEmpty,
    /// `"token": null`
    TokenNull,
    /// `"token": 42`
    TokenNumber,
    /// No member `token`.
    TokenMissing,
    /// A token of 2 MiB.
    TokenHuge,
    /// A token with a line break and an escape sequence.
    TokenControl,
}

impl ServerFault {
    /// The faulty response to a request for the providers.
    pub(crate) fn list_reply(&self) -> Option<Reply> {
        Some(match self {
            Self::ListEmpty => Reply::text(200, "{}\n"),
            Self::ListHtml => Reply::html(200, "Meshery"),
            Self::ListArray => Reply::text(200, "[]\n"),
            Self::ListTruncated => Reply::text(200, r#"{"Layer5": {"provider_name": "Lay"#),
            Self::List404 => Reply::text(404, "404 page not found\n"),
            Self::List500 => Reply::text(500, "Internal Server Error\n"),
            Self::ListRedirect => Reply::redirect("/provider"),
            Self::ListEndless => Reply::Endless,
            Self::ListInformational => Reply::Informational,
            Self::ListSilent => Reply::Silent,
            Self::ListDropped => Reply::Dropped,
            Self::ListHostileName => {
                let name = "Evil\u{1b}[2J\u{1b}]0;title\u{7}\r\nLayer5\u{202e}";
                let entry = json!({"provider_name": name, "provider_url": "http://127.0.0.1:9"});
                Reply::text(200, json!({ name: entry }).to_string())
            }
            _ => return None,
        })
    }

    /// The faulty response to a request for the token.
    pub(crate) fn token_reply(&self, request: &Request) -> Option<Reply> {
        let sent = request.cookie("meshery-provider").unwrap_or_default();
        let token = request.cookie("token").unwrap_or_default();
        let answer = |token| {
            let answer = json!({"meshery-provider": sent, "token": token});
            Reply::text(200, format!("{answer}\n"))
        };
        Some(match self {
            Self::TokenHtml200 => Reply::html(200, "Meshery"),
            Self::Token401 => Reply::text(401, "Authentication failed after multiple attempts.\n"),
            Self::Token403 => Reply::text(403, "Forbidden\n"),
            Self::Token404 => Reply::text(404, "404 page not found\n"),
            Self::Token500 => Reply::text(500, "Error loading capabilities from remote provider\n"),
            Self::Token500Echo => {
                let body = format!("cannot decode token {token} of {sent}\n");
                Reply::text(500, body).with("X-Token", token)
            }
            Self::Token503 => Reply::json(503, json!({"error": "provider is down"}).to_string()),
            Self::TokenRedirectLogin => rejected(request),
            Self::TokenRedirectProvider => to_provider_page(request),
            Self::TokenRedirectTo(url) => Reply::redirect(url),
            Self::TokenDropped => Reply::Dropped,
            Self::TokenSilent => Reply::Silent,
            Self::TokenEndless => Reply::Endless,
            Self::TokenInformational => Reply::Informational,
            Self::TokenNotJson => Reply::text(200, "fine, thank you\n"),
            Self::TokenNoBody => Reply::text(200, ""),
            Self::TokenOtherProvider => {
                let answer = json!({"meshery-provider": "Somebody Else", "token": token});
                Reply::text(200, format!("{answer}\n"))
            }
            Self::TokenEmpty => answer(json!("")),
            Self::TokenNull => answer(json!(null)),
            Self::TokenNumber => answer(json!(42)),
            Self::TokenMissing => {
                Reply::text(200, format!("{}\n", json!({"meshery-provider": sent})))
            }
            Self::TokenHuge => answer(json!("A".repeat(2 * 1024 * 1024))),
            Self::TokenControl => answer(json!(format!("{token}\r\n\u{1b}[2J"))),
            _ => return None,
        })
    }
}
