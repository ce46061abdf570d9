//! The redirects of a Meshery Server for requests that are not signed in.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::net::http_server::{Reply, Request};

fn reference(request: &Request) -> String {
    format!("ref={}", URL_SAFE_NO_PAD.encode(&request.target))
}

pub(crate) fn to_provider_page(request: &Request) -> Reply {
    Reply::redirect(&format!("/provider?{}", reference(request)))
}

/// The response to a forged, malformed or expired token, and to any token while the provider is down.
pub(crate) fn rejected(request: &Request) -> Reply {
    let retries = request.cookie("meshery_auth_retries").and_then(|count| count.parse().ok());
    let retries: u32 = retries.unwrap_or(0);
    if retries >= 3 {
        return Reply::text(401, "Authentication failed after multiple attempts.\n");
    }
    Reply::redirect(&format!("/auth/login?{}", reference(request)))
        .with("Set-Cookie", "token=; Path=/; Max-Age=0; HttpOnly")
        .with("Set-Cookie", &format!("meshery_auth_retries={}; Path=/; Max-Age=120", retries + 1))
}
