//! Tests of the policy as tables: URLs and headers that are permitted or refused.

use super::*;
use crate::providers::entry::{Source, installed};
use mesheryctl_core::flows::no_account::NoAccount;
use mesheryctl_core::manifest::Manifest;

/// A provider whose manifest names good.example, and link-local and metadata addresses too.
fn entry() -> Entry {
    let json = r#"{"id": "acme", "name": "Acme", "version": "1", "description": "", "publisher": "",
        "support": "https://acme.example", "generation": 1, "actions": ["login"], "hosts": ["good.example", "{setting:url}",
        "169.254.169.254", "100.100.100.200", "[fe80::1]", "cloud.layer5.io"],
        "settings": [{"key": "url", "description": "", "default": "http://localhost:9081"}]}"#;
    installed(Manifest::parse(json).unwrap(), Source::BuiltIn(&NoAccount), &Default::default())
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
        let it = permit(&entry(), text).unwrap_or_else(|why| panic!("{text:?}: {why:?}"));
        assert_eq!(it.url.host_str(), Some("good.example"), "{text:?}");
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
    let layer5 = installed(layer5, Source::BuiltIn(&NoAccount), &Default::default());
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
        (
            "http://good.example/?code=secret",
            "Acme may not use http://good.example: https is needed, or http on this computer.",
            None,
        ),
        (
            "https://user:secret@good.example/",
            "Acme may not use a URL with a user name, or with such a host.",
            None,
        ),
        ("https://", "Acme used a text that is not a URL (empty host).", None),
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
            "Acme may not connect to evil.example: \"hosts\" of its provider.json does not name it.",
            Some("mesheryctl plugin trust acme --allow-host evil.example"),
        ),
        (
            "http://localhost:9082/",
            "Acme may not connect to localhost:9082: \"hosts\" of its provider.json does not name it.",
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

/// An address of this computer that is not loopback.
fn own_address() -> IpAddr {
    let socket = std::net::UdpSocket::bind("0.0.0.0:0").unwrap();
    // The address from which a packet to this one would come. Without a network it is a loopback address.
    match socket.connect(("192.0.2.1", 9)) {
        Ok(()) => socket.local_addr().unwrap().ip(),
        Err(_) => [127, 0, 0, 1].into(),
    }
}

#[test]
fn this_computer_is_reached_by_localhost_or_loopback_and_at_the_port_of_a_setting() {
    let own = own_address();
    let is_elsewhere = !own.is_loopback();
    let own = own.to_string();
    let of = |why: &str| {
        Err(format!(
            "{why} is an address of this computer, which is reached by localhost or a loopback address."
        ))
    };
    for (host, setting, text, expected) in [
        ("0.0.0.0", "", "https://0.0.0.0:8443", of("0.0.0.0")),
        ("0.0.0.0", "", "https://0/", of("0.0.0.0")),
        ("[::]", "", "https://[::]/", of("[::]")),
        ("[::ffff:0:0]", "", "https://[::ffff:0.0.0.0]/", of("[::ffff:0:0]")),
        ("[64:ff9b::7f00:1]", "", "https://[64:ff9b::127.0.0.1]/", of("[64:ff9b::7f00:1]")),
        ("a.example", "https://0.0.0.0:8443", "https://0.0.0.0:8443/", of("0.0.0.0")),
        ("127.0.0.1", "", "https://127.0.0.1:8443", Ok(Recipient::OfManifest)),
        ("localhost", "", "http://localhost:8443", Ok(Recipient::OfManifest)),
        ("198.51.100.7", "", "https://198.51.100.7", Ok(Recipient::OfManifest)),
        ("a.example", "https://a.example:8443", "https://a.example", Ok(Recipient::OfManifest)),
        ("a.example", "https://a.example:8443", "https://a.example:8443", Ok(Recipient::OfSetting)),
        (
            &own,
            "",
            &format!("https://{own}"),
            if is_elsewhere { of(&own) } else { Ok(Recipient::OfManifest) },
        ),
        (
            "a.example",
            &format!("https://{own}:8443"),
            &format!("https://{own}:8443"),
            Ok(Recipient::OfSetting),
        ),
    ] {
        let mut entry = entry();
        let rule = HostRule::try_from(host.to_owned()).unwrap_or(HostRule::Exact(host.to_owned()));
        entry.manifest.hosts.push(rule);
        entry.settings.set("url", setting);
        let seen = permit(&entry, text).map(|it| it.recipient).map_err(|it| it.failure.message);
        assert_eq!(seen, expected, "{host} {setting} {text}");
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
        let sizes: Vec<_> = headers.iter().map(|(name, value)| name.len() + value.len()).collect();
        assert_eq!(permit_headers(&headers).is_ok(), is_permitted, "{sizes:?}");
    }
}
