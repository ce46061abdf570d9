//! The field `meshery_provider`: a plugin stands for a provider of a Meshery Server only at a host that its `hosts` show.

use super::{HostRule, Manifest, ManifestError};

impl Manifest {
    /// # Errors
    /// If `hosts` does not cover the URL, or it is neither a URL nor `{setting:KEY}`.
    pub(super) fn check_meshery_provider(&self) -> Result<(), ManifestError> {
        let Some(text) = &self.meshery_provider else { return Ok(()) };
        let wrong =
            |what: &str| Err(ManifestError(format!("meshery_provider is {text:?}, {what}")));
        if text.starts_with("{setting:") {
            let is_same =
                |rule: &HostRule| matches!(rule, HostRule::Setting(_)) && rule.to_string() == *text;
            return match self.hosts.iter().any(is_same) {
                true => Ok(()),
                false => wrong("which hosts does not contain"),
            };
        }
        // A setting may change, so a rule of a setting covers no URL.
        match host(text) {
            None => wrong("which is neither an https URL nor {setting:KEY}"),
            Some(host) if self.hosts.iter().any(|rule| rule.matches(&host, |_| None)) => Ok(()),
            Some(host) => wrong(&format!("and hosts does not contain {host}")),
        }
    }
}

/// The host of a URL, in lower case. `None` unless it is spelled so that every parser reads the same host.
fn host(url: &str) -> Option<String> {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"))?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, port),
        _ => (authority, ""),
    };
    let is_host =
        |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '[' | ']' | ':');
    let is_plain = !host.is_empty() && host.chars().all(is_host);
    (is_plain && port.chars().all(|c| c.is_ascii_digit())).then(|| host.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn parsed(meshery_provider: &str) -> Result<Manifest, ManifestError> {
        let json = json!({
            "id": "acme", "name": "Acme", "version": "1", "description": "", "publisher": "",
            "support": "https://acme.example/help", "generation": 1, "actions": ["login"],
            "hosts": ["sso.example", "*.id.example", "[::1]", "{setting:url}"],
            "settings": [{"key": "url", "description": "", "default": "https://other.example"},
                {"key": "more", "description": ""}],
            "meshery_provider": meshery_provider,
        });
        Manifest::parse(&json.to_string())
    }

    #[test]
    fn the_url_of_a_meshery_provider_has_a_host_of_the_manifest() {
        for url in [
            "https://sso.example",
            "https://SSO.example/login?a=b",
            "https://sso.example:8443/",
            "https://a.b.id.example#x",
            "http://[::1]:9081",
            "https://[::1]",
            "{setting:url}",
        ] {
            assert!(parsed(url).is_ok(), "{url}: {:?}", parsed(url));
        }
    }

    #[test]
    fn a_url_that_the_hosts_do_not_cover_is_refused_and_both_fields_are_named() {
        let no_url = "which is neither an https URL nor {setting:KEY}";
        for (url, why) in [
            ("https://evil.example", "and hosts does not contain evil.example"),
            ("https://id.example", "and hosts does not contain id.example"),
            ("https://other.example", "and hosts does not contain other.example"),
            ("https://sso.example.", "and hosts does not contain sso.example."),
            (
                "https://sso.example.evil.example",
                "and hosts does not contain sso.example.evil.example",
            ),
            ("{setting:more}", "which hosts does not contain"),
            ("{setting:none}", "which hosts does not contain"),
            ("{setting:url}/path", "which hosts does not contain"),
            ("https://sso.example@evil.example", no_url),
            ("https://evil.example\\@sso.example", no_url),
            ("https://evil.example\t.id.example", no_url),
            ("https://evil.example%2f.id.example", no_url),
            ("https://{setting:url}", no_url),
            ("https://sso.example:x", no_url),
            ("ftp://sso.example", no_url),
            ("HTTPS://sso.example", no_url),
            ("sso.example", no_url),
            ("https://", no_url),
            ("", no_url),
        ] {
            let said = parsed(url).unwrap_err().to_string();
            assert_eq!(said, format!("meshery_provider is {url:?}, {why}"), "{url}");
        }
    }
}
