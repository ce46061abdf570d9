//! The address of a request: a path at the server of the context, and no other origin.

use reqwest::Url;

use crate::error::{Code, Error, Result, Suggestion};
use crate::text::Label;

/// The URL of this path at this server. A URL of the server's origin is a path too.
///
/// # Errors
/// `usage` for another origin, for a fragment, which is not sent, and for segments that leave the path.
pub fn of(path: &str, server: &Url, query: &[(String, String)]) -> Result<Url> {
    let refused = |why: &str| {
        let path = Label::new(path).delimited();
        let help = Suggestion::new("Help", "mesheryctl api --help");
        Err(Error::new(Code::Usage, format!("The path {path} {why}.")).next(help))
    };
    if path.contains('#') {
        return refused("has a fragment, which is not sent to a server");
    }
    if path.contains('\\') || path.chars().any(char::is_control) {
        return refused("contains a character that no path has");
    }
    let base = server.as_str().trim_end_matches('/');
    let is_url = path.split(['/', '?']).next().is_some_and(|it| it.ends_with(':'));
    let url = match is_url {
        true => Url::parse(path).ok(),
        false if path.starts_with("//") => return refused("names another host"),
        false => Url::parse(&format!("{base}/{}", path.trim_start_matches('/'))).ok(),
    };
    let Some(mut url) = url else { return refused("cannot be parsed") };
    if url.origin() != server.origin() || url.username() != "" || url.password().is_some() {
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

/// Whether a segment is `.` or `..`, which URLs resolve, also as an escape.
fn leaves_its_folder(path: &str) -> bool {
    let path = path.split('?').next().unwrap_or_default().to_ascii_lowercase().replace("%2e", ".");
    path.split('/').any(|it| it == "." || it == "..")
}

/// Whether a GET request for this address starts a load test, so that it must not be sent twice.
pub fn starts_a_load_test(url: &Url) -> bool {
    let path = url.path().trim_end_matches('/');
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
    }

    #[test]
    fn what_starts_a_load_test_is_known() {
        for (path, is) in [
            ("api/perf/profile", true),
            ("api/perf/profile?name=x", true),
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
