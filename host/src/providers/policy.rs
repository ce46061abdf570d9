//! The policy of the broker: the hosts that a provider may connect to. Every URL of a session call is checked
//! here before it is used.

use mesheryctl_core::failure::{Failure, FailureKind};
use mesheryctl_core::manifest::{HostRule, Manifest};
use reqwest::Url;
use reqwest::header::{HeaderName, HeaderValue};

use crate::error::{Command, Suggestion};
use crate::net::resolver;
use crate::net::url;
use crate::providers::entry::Entry;
use crate::text::{Label, Name};

const MAX_HEADERS: usize = 100;
const MAX_HEADER_BYTES: usize = 64 * 1024;

/// Headers that the HTTP client sets, and `Host`, by which a shared front end selects another site.
const RESERVED_HEADERS: [&str; 10] = [
    "host",
    "content-length",
    "transfer-encoding",
    "connection",
    "upgrade",
    "te",
    "trailer",
    "expect",
    "keep-alive",
    "via",
];

/// Why a URL is refused, with the command that allows its host, if that is possible.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyError {
    pub failure: Failure,
    pub suggestion: Option<Suggestion>,
}

/// Parses the URL if the provider may connect to it: https, or http on loopback, at a host that its manifest
/// names.
pub fn permit(entry: &Entry, text: &str) -> Result<Url, PolicyError> {
    let refused = |why: String| {
        let failure = Failure::new(FailureKind::Refused, why);
        Err(PolicyError { failure, suggestion: None })
    };
    let Some(url) = url::target(text) else {
        return refused(format!("{} may only use https, or http on this computer.", entry.name()));
    };
    let host = url.host_str().unwrap_or_default();
    if is_link_local(host) {
        return refused(format!(
            "{host} is a link-local or metadata address, which is not allowed."
        ));
    }
    if let Some(owner) = owner(host).filter(|it| it.id != entry.id()) {
        let (name, its) = (entry.name(), owner.name);
        return refused(format!("{name} may not connect to {host}: it belongs to {its}."));
    }
    // The port must be equal too: the person was shown host and port, and other ports of this computer belong to
    // other programs.
    let of_setting = |key: &str| {
        let setting = url::address(entry.settings.get(key)?)?;
        let same_port = setting.port_or_known_default() == url.port_or_known_default();
        setting.host_str().filter(|_| same_port).map(str::to_owned)
    };
    if entry.manifest.hosts.iter().any(|rule| rule.matches(host, of_setting)) {
        Ok(url)
    } else {
        let why = format!("{} may not connect to {}.", entry.name(), Label::new(host));
        let allow = Command::from("mesheryctl plugin trust").value(entry.id());
        let allow = allow.literal("--allow-host").value(host);
        Err(PolicyError {
            failure: Failure::new(FailureKind::Refused, why),
            suggestion: Some(Suggestion::new("To allow it", allow)),
        })
    }
}

fn is_link_local(host: &str) -> bool {
    host.trim_matches(['[', ']']).parse().is_ok_and(resolver::is_link_local)
}

/// The built-in provider that this host belongs to. No other provider may connect to it, whatever its manifest
/// names.
fn owner(host: &str) -> Option<Manifest> {
    let built_ins = mesheryctl_providers::built_ins();
    let mut manifests =
        built_ins.iter().filter_map(|it| Manifest::parse_built_in(it.manifest).ok());
    manifests.find(|it| {
        let of_setting = |key: &str| {
            let setting = it.settings.iter().find(|setting| setting.key == key)?;
            url::address(setting.default.as_deref()?)?.host_str().map(str::to_owned)
        };
        it.hosts.iter().any(|rule: &HostRule| rule.matches(host, of_setting))
    })
}

/// Accepts the headers of a provider's request, unless one of them affects the connection or selects another host.
///
/// # Errors
/// `Refused`, for such a header, a malformed one, or too many.
pub fn permit_headers(headers: &[(String, String)]) -> Result<(), Failure> {
    let refused = |why: String| Err(Failure::new(FailureKind::Refused, why));
    let bytes: usize = headers.iter().map(|(name, value)| name.len() + value.len()).sum();
    if headers.len() > MAX_HEADERS || bytes > MAX_HEADER_BYTES {
        return refused("A request may have at most 100 headers, 64 KiB in total.".into());
    }
    for (name, value) in headers {
        let lower = name.to_ascii_lowercase();
        let is_reserved = RESERVED_HEADERS.contains(&lower.as_str()) || lower.starts_with("proxy-");
        let is_well_formed =
            HeaderName::from_bytes(name.as_bytes()).is_ok() && HeaderValue::from_str(value).is_ok();
        if is_reserved || !is_well_formed {
            return refused(format!("The header {} may not be sent.", Name::new(name)));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::entry::{Source, installed};
    use mesheryctl_core::flows::no_account::NoAccount;

    /// A provider whose manifest names good.example, and link-local and metadata addresses too.
    fn entry() -> Entry {
        let json = r#"{"id": "acme", "name": "Acme", "version": "1", "description": "", "publisher": "",
            "support": "", "generation": 1, "actions": ["login"], "hosts": ["good.example", "{setting:url}",
            "169.254.169.254", "100.100.100.200", "[fe80::1]", "cloud.layer5.io"],
            "settings": [{"key": "url", "description": "", "default": "http://localhost:9081"}]}"#;
        installed(Manifest::parse(json).unwrap(), Source::BuiltIn(&NoAccount))
    }

    #[test]
    fn a_url_of_another_host_is_refused_in_every_spelling() {
        for text in [
            "https://evil.example",
            "https://good.example@evil.example/",
            "https://good.example:x@evil.example/",
            "https://good.example%2eevil.example/",
            "https://good.example%40evil.example/",
            "https://good.example%00.evil.example/",
            "https://evil.example\\@good.example/",
            "https://evil.example#@good.example/",
            "https://evil.example?@good.example/",
            "https://evil.example\t/@good.example/",
            "https://good.example\u{3002}evil.example/",
            "https://user@good.example/",
            "https://good.example./",
            "https://sub.good.example/",
            "https://g\u{43e}od.example/",
            "https://\u{262}ood.example/",
            "https://good\u{2010}.example/",
            "http://good.example/",
            "ftp://good.example/",
            "file://good.example/etc/passwd",
            "javascript:alert('https://good.example')",
            "data:text/html,https://good.example",
            "//good.example/",
            "good.example",
            "https://",
            "",
            "http://localhost:9082/",
            "http://localhost/",
            "http://127.0.0.1:9081/",
            "http://localhost.good.example:9081/",
        ] {
            assert!(permit(&entry(), text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_permitted_host_is_permitted_in_other_spellings() {
        for text in [
            "https://good.example/",
            "HTTPS://GOOD.EXAMPLE/",
            "https://\u{ff47}ood.example/",
            "https://good\u{3002}example/",
            "https://good%2eexample/",
            "https:\\\\good.example\\",
            "https://go\tod.exa\nmple/",
            " https:good.example",
            "https://good.example:8443/",
        ] {
            let url = permit(&entry(), text).unwrap_or_else(|why| panic!("{text:?}: {why:?}"));
            assert_eq!(url.host_str(), Some("good.example"), "{text:?}");
        }
        assert!(permit(&entry(), "http://localhost:9081/anything").is_ok());
    }

    #[test]
    fn link_local_and_metadata_addresses_are_refused_even_if_a_manifest_names_them() {
        for text in [
            "https://169.254.169.254/latest/meta-data",
            "https://169.254.169.254./",
            "https://2852039166/",
            "https://0xa9fea9fe/",
            "https://0251.0376.0251.0376/",
            "https://0xa9.254.0251.254/",
            "https://169.254.43518/",
            "https://\u{ff11}69.254.169.254/",
            "https://[::ffff:169.254.169.254]/",
            "https://[::ffff:a9fe:a9fe]/",
            "https://[64:ff9b::169.254.169.254]/",
            "https://[fe80::1]/",
            "https://[fd00:ec2::254]/",
            "https://100.100.100.200/",
        ] {
            let why = permit(&entry(), text).unwrap_err().failure.message;
            assert!(why.contains("link-local or metadata address"), "{text:?}: {why}");
        }
        assert!(permit(&entry(), "http://[::ffff:169.254.169.254]/").is_err());
        assert!(permit(&entry(), "https://[fe80::1%25eth0]/").is_err());
    }

    #[test]
    fn a_host_of_a_built_in_provider_is_refused_for_other_providers() {
        let why = permit(&entry(), "https://cloud.layer5.io/login").unwrap_err().failure.message;
        assert_eq!(why, "Acme may not connect to cloud.layer5.io: it belongs to Layer5.");
        let layer5 = mesheryctl_providers::built_ins()[0];
        let layer5 = Manifest::parse_built_in(layer5.manifest).unwrap();
        let layer5 = installed(layer5, Source::BuiltIn(&NoAccount));
        assert!(permit(&layer5, "https://cloud.layer5.io/login").is_ok());
    }

    #[test]
    fn headers_of_the_connection_and_malformed_headers_are_refused() {
        let long = "x".repeat(MAX_HEADER_BYTES);
        for (name, value) in [
            ("Host", "evil.example"),
            ("hOST", "evil.example"),
            ("Content-Length", "0"),
            ("Transfer-Encoding", "chunked"),
            ("Connection", "keep-alive, authorization"),
            ("Proxy-Authorization", "Basic eA=="),
            ("Upgrade", "h2c"),
            ("Accept", "a\r\nHost: evil.example"),
            ("Accept", "a\nb"),
            ("Accept", "a\0b"),
            ("Accept\r\nHost", "evil.example"),
            ("Accept:", "a"),
            (" Host", "evil.example"),
            ("Host ", "evil.example"),
            ("", "a"),
            ("H\u{f6}st", "a"),
            ("Accept", &long),
        ] {
            assert!(permit_headers(&[(name.into(), value.into())]).is_err(), "{name:?} {value:?}");
        }
        for (name, value) in [("Authorization", "Bearer a"), ("Cookie", "a=b"), ("X-A", "")] {
            assert!(permit_headers(&[(name.into(), value.into())]).is_ok(), "{name:?} {value:?}");
        }
    }

    #[test]
    fn a_refusal_has_a_reason_and_a_command_if_the_host_can_be_allowed() {
        for (text, why, command) in [
            ("http://good.example/", "Acme may only use https, or http on this computer.", None),
            (
                "https://169.254.169.254/",
                "169.254.169.254 is a link-local or metadata address, which is not allowed.",
                None,
            ),
            (
                "https://cloud.layer5.io/",
                "Acme may not connect to cloud.layer5.io: it belongs to Layer5.",
                None,
            ),
            (
                "https://evil.example/",
                "Acme may not connect to evil.example.",
                Some("mesheryctl plugin trust acme --allow-host evil.example"),
            ),
            (
                "http://localhost:9082/",
                "Acme may not connect to localhost.",
                Some("mesheryctl plugin trust acme --allow-host localhost"),
            ),
        ] {
            let refusal = permit(&entry(), text).unwrap_err();
            assert_eq!(refusal.failure.kind, FailureKind::Refused, "{text}");
            assert_eq!(refusal.failure.message, why, "{text}");
            let offered = refusal.suggestion.map(|it| it.command.to_string());
            assert_eq!(offered.as_deref(), command, "{text}");
        }
    }

    #[test]
    fn the_host_of_a_setting_is_permitted_at_its_port_only() {
        for (setting, text, is_permitted) in [
            ("http://localhost:9081", "http://localhost:9081/a", true),
            ("http://localhost:9081", "http://localhost:9082/a", false),
            ("http://localhost:9081", "http://localhost/a", false),
            ("http://localhost:9081", "https://localhost:9081/a", true),
            ("https://sso.example", "https://sso.example/a", true),
            ("https://sso.example", "https://sso.example:443/a", true),
            ("https://sso.example:443/base", "https://sso.example/a", true),
            ("https://sso.example", "https://sso.example:8443/a", false),
            ("https://sso.example:8443", "https://sso.example:8443/a", true),
            ("https://sso.example:8443", "https://sso.example/a", false),
            ("https://sso.example", "https://www.sso.example/a", false),
            // Not a URL that this program connects to.
            ("http://sso.example", "https://sso.example/a", false),
            ("sso.example", "https://sso.example/a", false),
            ("", "https://sso.example/a", false),
        ] {
            let mut entry = entry();
            entry.settings.set("url", setting);
            assert_eq!(permit(&entry, text).is_ok(), is_permitted, "{setting} {text}");
        }
    }

    #[test]
    fn headers_of_the_connection_are_refused_by_name() {
        for name in
            RESERVED_HEADERS.iter().copied().chain(["Proxy-Connection", "proxy-authenticate", "TE"])
        {
            let failure = permit_headers(&[(name.into(), "a".into())]).unwrap_err();
            assert_eq!(failure.kind, FailureKind::Refused, "{name}");
            assert_eq!(failure.message, format!("The header {name} may not be sent."));
        }
        // Names that only begin or end as those do.
        for name in ["Proxy", "X-Host", "Hosts", "Test", "X-Proxy-Connection"] {
            assert_eq!(permit_headers(&[(name.into(), "a".into())]), Ok(()), "{name}");
        }
    }

    #[test]
    fn a_request_has_at_most_100_headers_of_64_kib_in_total() {
        let header = |name: &str, length: usize| (name.to_owned(), "x".repeat(length));
        for (headers, is_permitted) in [
            (vec![header("a", 1); 100], true),
            (vec![header("a", 1); 101], false),
            (vec![header("abcd", 65_532)], true),
            (vec![header("abcd", 65_533)], false),
            (vec![header("abcd", 32_764); 2], true),
            (vec![header("abcd", 32_764), header("abcd", 32_765)], false),
            (vec![], true),
        ] {
            let sizes: Vec<_> =
                headers.iter().map(|(name, value)| name.len() + value.len()).collect();
            assert_eq!(permit_headers(&headers).is_ok(), is_permitted, "{sizes:?}");
        }
    }
}
