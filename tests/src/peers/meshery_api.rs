//! The API behind the sign-in of a Meshery Server on loopback: performance profiles and their results.

use serde_json::{Value, json};

use crate::net::http_server::{Reply, Request};

/// How many items a page has if the request does not say.
const PAGE: usize = 25;

/// A faulty answer of the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ApiFault {
    /// 200, and a body without end.
    Endless,
    /// 200, and so many bytes.
    Bulk(u64),
    /// 200, and a body that stops.
    Stops,
    /// 200, and a body that is shorter than its length.
    BreaksOff,
    /// 200, and bytes after the end of the body.
    TooLong,
    /// 200, and the page of the sign-in.
    LoginPage,
    /// A redirect to the sign-in.
    LoginRedirect,
    /// A redirect to the sign-in of the provider, which is another origin.
    ProviderLogin,
    /// 200, and the cookie of the token is cleared.
    SessionDropped,
    /// A redirect to the choice of a provider, as for one that the server does not know.
    ProviderPage,
    /// A redirect to another path.
    Moved,
    /// A redirect to another server, which has no sign-in.
    Bucket,
    /// 200, and `Content-Encoding: gzip` although nothing was asked for.
    Zipped,
    /// 200, and text that controls a terminal.
    Hostile,
    /// 403, 404 and 500 with Meshery's JSON of an error.
    Status(u16),
    /// A list whose total is never reached.
    LyingTotal,
    /// A list that is the same for every page.
    SamePage,
}

impl ApiFault {
    pub(crate) fn reply(self, request: &Request) -> Reply {
        match self {
            Self::Endless => Reply::Endless,
            Self::Bulk(length) => Reply::Bulk(length),
            Self::Stops => Reply::Stops,
            Self::BreaksOff => Reply::Short(b"{\"profiles\":".to_vec()),
            Self::TooLong => Reply::Long(b"{}".to_vec()),
            Self::LoginPage => Reply::html(200, "Sign in"),
            Self::LoginRedirect => Reply::redirect("/auth/login?ref=/"),
            Self::ProviderLogin => Reply::redirect("https://cloud.layer5.io/login?source=x"),
            Self::SessionDropped => {
                Reply::json(200, "{}").with("Set-Cookie", "token=; Path=/; Max-Age=0")
            }
            Self::ProviderPage => Reply::redirect("/provider?ref=/"),
            Self::Bucket => Reply::redirect("https://bucket.example/file"),
            Self::Moved => Reply::redirect("/api/elsewhere"),
            Self::Zipped => {
                Reply::new(200, "application/json", b"\x1f\x8b\x08\x00not really".to_vec())
                    .with("Content-Encoding", "gzip")
            }
            Self::Hostile => Reply::text(200, "a\u{1b}[2J\u{1b}]0;title\u{7}\r\nb\u{202e}c\n"),
            Self::Status(status) => {
                let error = json!({"error": "It failed.", "code": "meshery-server-1000"});
                Reply::json(status, format!("{error}\n"))
            }
            Self::LyingTotal => {
                let items = if page_of(request) == 0 { json!([1]) } else { json!([]) };
                let page = page_of(request);
                Reply::json(
                    200,
                    json!({"page": page, "total_count": 9, "profiles": items}).to_string(),
                )
            }
            Self::SamePage => {
                Reply::json(200, json!({"page": 0, "total_count": 9, "profiles": [1]}).to_string())
            }
        }
    }
}

/// The answer to a request with a valid token; so many profiles exist.
pub(crate) fn answer(request: &Request, profiles: usize) -> Option<Reply> {
    let path = request.path.strip_prefix("/api/")?;
    Some(match (request.method.as_str(), path) {
        ("GET", "user/performance/profiles") => list(
            request,
            "profiles",
            profiles,
            |number| json!({"id": format!("profile-{number}"), "name": format!("Profile {number}")}),
        ),
        ("POST", "user/performance/profiles") => {
            let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
            Reply::json(200, json!({"id": "profile-new", "received": body}).to_string())
        }
        ("GET", path) if path.ends_with("/results") => list(
            request,
            "results",
            2,
            |number| json!({"meshery_id": number, "runner_results": {"ActualQPS": 99.5}}),
        ),
        ("GET", path) if path.ends_with("/run") => {
            Reply::new(200, "text/event-stream", "data: {\"status\":\"success\"}\n\n")
        }
        ("GET", "perf/profile/result/result-1") => {
            Reply::new(200, "application/x-yaml", "test:\n  qps: 99.5\n")
                .with("Content-Disposition", "attachment; filename=result-1.yaml")
                .with("Set-Cookie", "token=renewed-0123456789; Path=/")
        }
        ("DELETE", path) if path.starts_with("user/performance/profiles/") => {
            Reply::new(204, "text/plain", "")
        }
        // What was sent, for tests of requests.
        (method, "echo") => {
            let body = String::from_utf8_lossy(&request.body);
            let header = |name: &str| request.header(name).unwrap_or_default().to_owned();
            Reply::json(200, json!({
                "method": method, "query": request.query, "length": request.body.len(),
                "body": body.chars().take(1000).collect::<String>(),
                "type": header("content-type"), "accept": header("accept"), "x": header("x-test"),
            }).to_string())
        }
        _ => return None,
    })
}

fn page_of(request: &Request) -> usize {
    request.param("page").and_then(|it| it.parse().ok()).unwrap_or(0)
}

/// A page of a list, in the envelope of Meshery.
fn list(request: &Request, name: &str, total: usize, item: impl Fn(usize) -> Value) -> Reply {
    let size = request.param("pagesize").and_then(|it| it.parse().ok()).unwrap_or(PAGE);
    let page = page_of(request);
    let items: Vec<Value> = (page * size..total.min((page + 1) * size)).map(item).collect();
    let envelope = json!({"page": page, "page_size": size, "total_count": total, name: items});
    Reply::json(200, envelope.to_string())
}
