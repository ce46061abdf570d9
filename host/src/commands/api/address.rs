//! The address of a request: a path at the server of the context, and no other origin.

use percent_encoding::percent_decode_str;
use reqwest::Url;

use crate::error::{Code, Error, Result, Suggestion};
use crate::text::Label;

/// The URL of this path at this server. A URL of the server's origin is a path too.
///
/// # Errors
/// `usage` for another origin, for a fragment, which is not sent, and for segments that leave the path.
pub fn of(path: &str, server: &Url, query: &[(String, String)]) -> Result<Url> {
    let refused = |why: &str| {
        // Without the query, and without what may be a password before a host: they may be secret.
        let shown = path.split(['?', '#']).next().unwrap_or_default();
        let shown = if shown.contains('@') { "that was given" } else { shown };
        let help = Suggestion::new("Help", "mesheryctl api --help");
        Err(Error::new(Code::Usage, format!("The path {} {why}.", Label::new(shown))).next(help))
    };
    if path.contains('#') {
        return refused("has a fragment, which is not sent to a server");
    }
    if path.contains('\\') || path.chars().any(char::is_control) {
        return refused("contains a character that no path has");
    }
    let base = server.as_str().trim_end_matches('/');
    let parsed = match path.split_once("://").is_some_and(|(it, _)| !it.contains(['/', '?'])) {
        true => Url::parse(path).ok(),
        false if path.starts_with("//") => return refused("names another host"),
        false => Url::parse(&format!("{base}/{}", path.trim_start_matches('/'))).ok(),
    };
    let Some(mut url) = parsed else { return refused("cannot be parsed") };
    let is_here = url.origin() == server.origin() && is_below(url.path(), server.path());
    if !is_here || url.username() != "" || url.password().is_some() {
        return refused(&format!("is not at {server}, and the token belongs there alone"));
    }
    if leaves_its_folder(path) {
        return refused("has a segment . or .., so that it is another path than it seems");
    }
    if !query.is_empty() {
        url.query_pairs_mut().extend_pairs(query);
    }
    Ok(url)
}

fn is_below(path: &str, base: &str) -> bool {
    path.strip_prefix(base.trim_end_matches('/')).is_some_and(|it| it.starts_with('/'))
}

/// Whether a segment is `.` or `..`, as URLs or servers read it: also as an escape, and before parameters.
fn leaves_its_folder(path: &str) -> bool {
    let path = decoded(path.split('?').next().unwrap_or_default());
    path.split(['/', '\\']).any(|it| matches!(it.split(';').next(), Some("." | "..")))
}

fn decoded(path: &str) -> String {
    percent_decode_str(path).decode_utf8_lossy().into_owned()
}

/// Whether a GET request for this address starts a load test, so that it must not be sent twice.
pub fn starts_a_load_test(url: &Url) -> bool {
    let path = decoded(url.path());
    let path = path.trim_end_matches('/');
    path.ends_with("/api/perf/profile")
        || (path.contains("/api/user/performance/profiles/") && path.ends_with("/run"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(path: &str) -> Option<String> {
        of(path, &Url::parse("http://localhost:9081/").unwrap(), &[]).ok().map(|it| it.to_string())
    }

    #[test]
    fn a_path_is_at_the_server_and_nowhere_else() {
        let user = Some("http://localhost:9081/api/user".to_owned());
        for path in ["/api/user", "api/user", "http://localhost:9081/api/user"] {
            assert_eq!(at(path), user, "{path}");
        }
        assert_eq!(at("api/x?a=b&c=d e"), Some("http://localhost:9081/api/x?a=b&c=d%20e".into()));
        assert_eq!(at("api/a..b/.c"), Some("http://localhost:9081/api/a..b/.c".into()));
        assert_eq!(
            at("api/x?u=http://evil.example/.."),
            Some("http://localhost:9081/api/x?u=http://evil.example/..".into())
        );
        assert_eq!(at("x:y"), Some("http://localhost:9081/x:y".into()));
        assert_eq!(at("api/time:now"), Some("http://localhost:9081/api/time:now".into()));
        for path in [
            "https://evil.example/api/user",
            "http://localhost:9082/api/user",
            "https://localhost:9081/api/user",
            "http://user@localhost:9081/api/user",
            "http://localhost:9081@evil.example/",
            "//evil.example/api/user",
            "\\\\evil.example\\x",
            "/\\evil.example",
            "file:///etc/passwd",
            "/api/user#x",
            "/api/../user",
            "/api/%2e%2E/user",
            "/api/./user",
            "/api/..",
            "..",
            "/api\nHost: evil",
            "/api/..%2fuser",
            "/api/..;x/user",
            "/api/%2e%2e%5cuser",
        ] {
            assert_eq!(at(path), None, "{path}");
        }
    }

    #[test]
    fn the_path_of_the_endpoint_and_the_query_are_kept() {
        let server = Url::parse("https://m.example/base").unwrap();
        let query = [("a[]".to_owned(), "x y&z".to_owned())];
        let url = of("/api/user?b=1", &server, &query).unwrap();
        assert_eq!(url.as_str(), "https://m.example/base/api/user?b=1&a%5B%5D=x+y%26z");
        for (path, is) in [
            ("https://m.example/base/api/user", true),
            ("https://m.example/other", false),
            ("https://m.example/base-2/x", false),
        ] {
            assert_eq!(of(path, &server, &[]).is_ok(), is, "{path}");
        }
    }

    #[test]
    fn what_starts_a_load_test_is_known() {
        for (path, is) in [
            ("api/perf/profile", true),
            ("api/perf/profile?name=x", true),
            ("api/%70erf/profile", true),
            ("api/user/performance/profiles/1/run", true),
            ("api/user/performance/profiles/1/run/", true),
            ("api/user/performance/profiles/1/results", false),
            ("api/perf/profile/result", false),
            ("api/user", false),
        ] {
            let url = of(path, &Url::parse("http://localhost:9081").unwrap(), &[]).unwrap();
            assert_eq!(starts_a_load_test(&url), is, "{path}");
        }
    }
}
