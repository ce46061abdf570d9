//! URLs: which ones this program connects to, and the socket addresses of each.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs};

use reqwest::Url;

pub const LOOPBACK: [IpAddr; 2] =
    [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];

/// A base URL, to which paths are added: one that this program connects to, without query and fragment.
pub fn base_url(text: &str) -> Option<Url> {
    allowed_url(text).filter(|url| url.query().is_none() && url.fragment().is_none())
}

/// A URL that this program connects to: https, or http on loopback, without user information, and with a
/// host that is an IP address or a name of letters, digits, hyphens and underscores.
pub fn allowed_url(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let plain = url.username().is_empty() && url.password().is_none();
    (plain && has_host(&url) && is_secure(&url)).then_some(url)
}

/// Whether the host is an IP address or a name of letters, digits, hyphens and underscores. The URL standard also allows
/// `;`, `{` and `$(`, which would be code in a command that is copied to a shell.
fn has_host(url: &Url) -> bool {
    let is_label = |label: &str| {
        !label.is_empty()
            && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
    };
    let host = url.host_str().unwrap_or_default();
    let name = host.strip_suffix('.').unwrap_or(host);
    bare_host(url).parse::<IpAddr>().is_ok() || name.split('.').all(is_label)
}

/// Whether the text is a URL only relative to another one: it has no scheme.
pub fn is_relative(text: &str) -> bool {
    let base = Url::parse("https://base.example");
    Url::parse(text).is_err() && base.is_ok_and(|base| base.join(text).is_ok())
}

/// Whether the text is a URL whose scheme is permitted for its host, whatever else is wrong with it.
pub fn is_permitted_scheme(text: &str) -> bool {
    Url::parse(text).is_ok_and(|url| is_secure(&url))
}

/// https anywhere, http on loopback only.
pub fn is_secure(url: &Url) -> bool {
    url.scheme() == "https" || (url.scheme() == "http" && is_loopback(url))
}

/// Whether the host is loopback, in any spelling, such as `0x7f.1`.
pub fn is_loopback(url: &Url) -> bool {
    match bare_host(url) {
        "localhost" | "localhost." => true,
        host => match host.parse::<IpAddr>() {
            Ok(IpAddr::V4(ip)) => ip.is_loopback(),
            Ok(IpAddr::V6(ip)) => {
                ip.is_loopback() || ip.to_ipv4_mapped().is_some_and(|it| it.is_loopback())
            }
            Err(_) => false,
        },
    }
}

/// The host without the brackets of an IPv6 address; empty if the URL has no host.
pub fn bare_host(url: &Url) -> &str {
    url.host_str().unwrap_or_default().trim_matches(['[', ']'])
}

/// The socket addresses of a URL. `localhost` is not looked up, so that no resolver can map it to another address.
pub fn addresses(url: &Url) -> io::Result<Vec<SocketAddr>> {
    let port = url.port_or_known_default().unwrap_or(443);
    match bare_host(url) {
        "localhost" | "localhost." => Ok(LOOPBACK.iter().map(|it| (*it, port).into()).collect()),
        host => Ok((host, port).to_socket_addrs()?.collect()),
    }
}

/// `host` or `host:port`, as people write it; without the default port of the scheme.
pub fn authority(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn http_is_accepted_for_each_spelling_of_loopback_only() {
        for yes in [
            "http://localhost:9081",
            "http://LOCALHOST",
            "http://localhost.:1",
            "http://127.0.0.1",
            "http://127.9.9.9",
            "http://0x7f.1",
            "http://2130706433",
            "http://[::1]:8",
            "http://[::ffff:127.0.0.1]",
        ] {
            assert!(base_url(yes).is_some(), "{yes}");
        }
        for no in [
            "http://localhost.example.org",
            "http://10.0.0.1",
            "http://127.0.0.1.example.org",
            "http://0.0.0.0",
            "http://localhost@example.org",
            "ftp://localhost",
            "https://user@example.org",
            "https://",
            "https://example.org/?a=b",
            "https://example.org/#a",
            "localhost:9081",
            "",
        ] {
            assert!(base_url(no).is_none(), "{no}");
        }
        assert!(base_url("https://example.org").is_some());
    }

    fn parsed(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    #[test]
    fn an_allowed_url_is_https_or_http_on_this_computer_without_a_user() {
        for (text, is_allowed, is_base_url) in [
            ("https://example.org", true, true),
            ("https://example.org/path", true, true),
            ("https://example.org/?a=b", true, false),
            ("https://example.org/#a", true, false),
            ("https://example.org/?a=b#a", true, false),
            ("https://localhost", true, true),
            ("http://localhost", true, true),
            ("http://localhost/?a=b", true, false),
            ("https://10.0.0.1", true, true),
            ("http://10.0.0.1", false, false),
            ("http://example.org", false, false),
            ("https://user@example.org", false, false),
            ("https://:password@example.org", false, false),
            ("https://user:password@example.org", false, false),
            ("http://user@localhost", false, false),
            ("ftp://localhost", false, false),
            ("wss://example.org", false, false),
            ("httpss://localhost", false, false),
            ("mailto:a@example.org", false, false),
            ("data:,https://localhost", false, false),
            ("file:///etc/passwd", false, false),
            ("/path", false, false),
        ] {
            let seen = (allowed_url(text).is_some(), base_url(text).is_some());
            assert_eq!(seen, (is_allowed, is_base_url), "{text}");
        }
    }

    #[test]
    fn a_host_is_an_ip_address_or_labels_of_letters_digits_hyphens_and_underscores() {
        for (text, is_allowed) in [
            ("https://login.example.org", true),
            ("https://a-1.example", true),
            ("https://xn--bcher-kva.example", true),
            ("https://b\u{fc}cher.example", true),
            ("https://example.org.", true),
            ("https://[2001:db8::1]:8443", true),
            ("https://192.0.2.1", true),
            ("https://a;{echo,owned};{touch,pwned}", false),
            ("https://a$(id).example", false),
            ("https://a`id`.example", false),
            ("https://a&b.example", false),
            ("https://a'b.example", false),
            ("https://a,b.example", false),
            ("https://a_b.example", true),
            ("https://a..example", false),
            ("https://.example", false),
        ] {
            assert_eq!(allowed_url(text).is_some(), is_allowed, "{text}");
        }
    }

    #[test]
    fn a_scheme_is_permitted_whatever_else_is_wrong_with_the_url() {
        for (text, is) in [
            ("https://a;b", true),
            ("https://user@example.org", true),
            ("http://localhost/?a", true),
            ("http://example.org", false),
            ("ftp://localhost", false),
            ("localhost:9081", false),
            ("", false),
        ] {
            assert_eq!(is_permitted_scheme(text), is, "{text}");
        }
    }

    #[test]
    fn loopback_is_determined_by_the_parsed_host() {
        for (text, is) in [
            ("http://localhost", true),
            ("http://localhost.", true),
            ("https://127.0.0.1:8443", true),
            ("http://127.255.255.254", true),
            ("http://[::1]", true),
            ("http://[0:0:0:0:0:0:0:1]", true),
            ("http://[::ffff:127.0.0.1]", true),
            ("http://[::ffff:7f00:1]", true),
            ("http://128.0.0.1", false),
            ("http://126.255.255.255", false),
            ("http://[::2]", false),
            ("http://[::]", false),
            ("http://[::ffff:10.0.0.1]", false),
            ("http://[fe80::1]", false),
            ("http://local.host", false),
            ("http://example.org", false),
            ("mailto:a@localhost", false),
        ] {
            assert_eq!(is_loopback(&parsed(text)), is, "{text}");
        }
    }

    #[test]
    fn localhost_and_ip_addresses_are_not_looked_up() {
        for (text, all) in [
            ("http://localhost:9081", &["127.0.0.1:9081", "[::1]:9081"][..]),
            ("http://localhost.", &["127.0.0.1:80", "[::1]:80"]),
            ("https://localhost", &["127.0.0.1:443", "[::1]:443"]),
            ("https://127.0.0.1:8443/a", &["127.0.0.1:8443"]),
            ("https://[::1]/a", &["[::1]:443"]),
            ("https://192.0.2.1", &["192.0.2.1:443"]),
        ] {
            let all: Vec<SocketAddr> = all.iter().map(|it| it.parse().unwrap()).collect();
            assert_eq!(addresses(&parsed(text)).unwrap(), all, "{text}");
        }
        // An empty host cannot be looked up.
        assert!(addresses(&parsed("unix:/run/socket")).is_err());
    }

    #[test]
    fn a_url_without_a_scheme_is_relative() {
        for (text, expected) in [
            ("/x", true),
            ("x", true),
            ("", true),
            ("cloud.example/x", true),
            ("//cloud.example/x", true),
            ("https://cloud.example/x", false),
            ("http://cloud.example/x", false),
            ("ftp://cloud.example", false),
            ("https://", false),
        ] {
            assert_eq!(is_relative(text), expected, "{text}");
        }
    }

    #[test]
    fn an_authority_has_a_port_if_it_is_not_the_default_of_the_scheme() {
        for (text, name) in [
            ("https://example.org/path", "example.org"),
            ("https://example.org:443", "example.org"),
            ("https://example.org:8443", "example.org:8443"),
            ("http://localhost:80", "localhost"),
            ("http://localhost:443", "localhost:443"),
            ("http://[::1]:9081", "[::1]:9081"),
            ("https://[::1]", "[::1]"),
        ] {
            assert_eq!(authority(&parsed(text)), name, "{text}");
        }
    }
}
