//! The list of providers that a Meshery Server returns, in the spelling of any server version.

use mesheryctl_core::auth_file::is_provider_name;
use reqwest::Url;
use serde_json::{Map, Value};

use super::server_error;
use crate::net::Reply;
use crate::net::url::{self, authority};
use crate::text::{Line, Name};

/// One remote provider that the server lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// As the server spells it, and expects it in a cookie.
    pub name: Name,
    /// `None` if the server lists no URL, or one that this program does not connect to.
    pub url: Option<Url>,
    /// Whether it is the server's local provider, which has no URL.
    pub is_local: bool,
}

/// Reads the providers from the response to `/api/providers`.
///
/// # Errors
/// Why there is no list, as a sentence part that follows the server's name.
pub fn read(reply: &Reply) -> Result<Vec<Listed>, String> {
    match reply.status {
        200 => {}
        status @ 500.. => return Err(server_error(status)),
        status => return Err(format!("answered {status} for its list of providers")),
    }
    match serde_json::from_slice(&reply.body) {
        Ok(Value::Object(entries)) => {
            Ok(entries.iter().filter_map(|(key, entry)| listed(key, entry)).collect())
        }
        _ => Err("returned an invalid list of providers".into()),
    }
}

impl Listed {
    /// Whether it is the provider at this URL. Only host and port are compared, because servers spell paths
    /// differently.
    pub fn has_url(&self, url: &Url) -> bool {
        self.url.as_ref().is_some_and(|own| authority(own) == authority(url))
    }
}

/// Newer servers write camelCase, older ones snake_case. An entry without a name is left out.
fn listed(key: &str, entry: &Value) -> Option<Listed> {
    let entry = entry.as_object()?;
    let name = text(entry, "providerName", "provider_name").unwrap_or(key);
    if !is_provider_name(name) || Line::new(name).to_string().is_empty() {
        return None;
    }
    let url = text(entry, "providerUrl", "provider_url");
    Some(Listed {
        name: Name::new(name),
        url: url.and_then(url::base_url),
        is_local: url.is_none(),
    })
}

fn text<'a>(entry: &'a Map<String, Value>, camel: &str, snake: &str) -> Option<&'a str> {
    let text = |member| entry.get(member).and_then(Value::as_str).filter(|it| !it.is_empty());
    text(camel).or_else(|| text(snake))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn reply(status: u16, body: &str) -> Reply {
        Reply { status, headers: Vec::new(), body: body.into() }
    }

    #[test]
    fn a_response_is_a_list_of_providers_or_an_error() {
        let none = "returned an invalid list of providers";
        for (status, body, seen) in [
            (200, "{}", Ok(0)),
            (200, r#"{"Acme": {}}"#, Ok(1)),
            (200, r#"{"Acme": {}, "Zeta": {}, "Not a row": 1}"#, Ok(2)),
            (200, "[]", Err(none)),
            (200, "", Err(none)),
            (200, "<html>", Err(none)),
            (200, "null", Err(none)),
            (302, "{}", Err("answered 302 for its list of providers")),
            (401, "{}", Err("answered 401 for its list of providers")),
            (499, "{}", Err("answered 499 for its list of providers")),
            (500, "{}", Err("returned a server error (500)")),
            (503, "{}", Err("returned a server error (503)")),
        ] {
            let read = read(&reply(status, body)).map(|it| it.len());
            assert_eq!(read, seen.map_err(str::to_owned), "{status} {body}");
        }
    }

    #[test]
    fn a_provider_is_read_in_the_spelling_of_each_version() {
        let https = "https://a.example";
        for (key, entry, name, url, is_local) in [
            ("Acme", json!({}), "Acme", None, true),
            ("k", json!({"providerName": "Acme"}), "Acme", None, true),
            ("k", json!({"provider_name": "Acme"}), "Acme", None, true),
            ("k", json!({"provider_name": "Old", "providerName": "New"}), "New", None, true),
            ("Acme", json!({"providerName": ""}), "Acme", None, true),
            ("Acme", json!({"providerName": 1}), "Acme", None, true),
            ("Acme", json!({"providerUrl": https}), "Acme", Some(https), false),
            ("Acme", json!({"provider_url": https}), "Acme", Some(https), false),
            ("Acme", json!({"providerUrl": ""}), "Acme", None, true),
            // A URL that this program does not connect to.
            ("Acme", json!({"providerUrl": "http://a.example"}), "Acme", None, false),
        ] {
            let row = listed(key, &entry).unwrap();
            let url = url.map(|it| Url::parse(it).unwrap());
            assert_eq!(row, Listed { name: Name::new(name), url, is_local }, "{key} {entry}");
        }
    }

    #[test]
    fn a_provider_without_a_name_that_can_be_sent_and_shown_is_left_out() {
        for (key, entry) in [
            ("", json!({})),
            ("Acme", json!(null)),
            ("Acme", json!("https://a.example")),
            ("a; b=c", json!({})),
            ("a\r\nb", json!({})),
            ("\u{200b}", json!({})),
        ] {
            assert_eq!(listed(key, &entry), None, "{key:?} {entry}");
        }
    }

    #[test]
    fn a_provider_is_identified_by_host_and_port() {
        for (own, url, is) in [
            ("https://a.example", "https://a.example/login?x=1", true),
            ("https://a.example/base/", "https://A.EXAMPLE", true),
            ("https://a.example", "https://a.example:443", true),
            ("https://a.example", "https://a.example:8443", false),
            ("https://a.example", "https://b.example", false),
        ] {
            let row = listed("Acme", &json!({"providerUrl": own})).unwrap();
            assert_eq!(row.has_url(&Url::parse(url).unwrap()), is, "{own} {url}");
        }
        let local = listed("Acme", &json!({})).unwrap();
        assert!(!local.has_url(&Url::parse("https://a.example").unwrap()));
    }
}
