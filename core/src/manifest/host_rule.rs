//! [`HostRule`]: an entry of a manifest's `hosts`.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

use serde::{Deserialize, Serialize};

use super::ManifestError;

/// A rule for the hosts that a provider may reach; in JSON a string.
///
/// ```
/// use mesheryctl_plugin_sdk::manifest::HostRule;
///
/// let rule = HostRule::try_from("*.example.org".to_owned())?;
/// assert!(rule.matches("login.example.org", |_| None));
/// assert!(!rule.matches("example.org", |_| None));
/// # Ok::<(), mesheryctl_plugin_sdk::manifest::ManifestError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[non_exhaustive]
pub enum HostRule {
    /// `login.example.org`: this host name, or an IP address (IPv6 in brackets).
    Exact(String),
    /// `*.example.org`: every subdomain of this name, and not the name itself.
    Subdomains(String),
    /// `{setting:url}`: the host of the URL that this setting holds.
    Setting(String),
}

impl HostRule {
    /// Whether the rule matches `host` (lower case, without a port). `setting_host` returns the host of the
    /// URL that the setting with this key holds.
    pub fn matches(&self, host: &str, setting_host: impl Fn(&str) -> Option<String>) -> bool {
        match self {
            Self::Exact(name) => host == name,
            Self::Subdomains(name) => host
                .strip_suffix(name.as_str())
                .is_some_and(|rest| rest.len() > 1 && rest.ends_with('.')),
            Self::Setting(key) => setting_host(key).is_some_and(|name| name == host),
        }
    }
}

impl TryFrom<String> for HostRule {
    type Error = ManifestError;

    fn try_from(text: String) -> Result<Self, ManifestError> {
        if let Some(key) = text.strip_prefix("{setting:").and_then(|it| it.strip_suffix('}')) {
            return Ok(Self::Setting(key.to_owned()));
        }
        match text.strip_prefix("*.") {
            // At least two labels: a rule must not match all of a top-level domain such as `com`.
            Some(name) if is_host_name(name) && name.contains('.') => {
                Ok(Self::Subdomains(name.to_owned()))
            }
            None if is_host_name(&text) || is_address(&text) => Ok(Self::Exact(text)),
            _ => Err(ManifestError(format!(
                "{text:?} in hosts is not a host name, such as login.example.org or *.example.org, without https:// and port"
            ))),
        }
    }
}

/// Labels of lower case letters, digits and hyphens; the last label begins with a letter, because a name that
/// ends with a number is parsed as an IPv4 address (URL standard, "ends in a number").
fn is_host_name(name: &str) -> bool {
    let is_allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let is_label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && label.chars().all(is_allowed)
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let last = name.rsplit('.').next().unwrap_or_default();
    name.len() <= 253
        && name.split('.').all(is_label)
        && last.starts_with(|c: char| c.is_ascii_lowercase())
}

/// An IPv4 address, or an IPv6 address in brackets, each as the URL standard serialises it.
fn is_address(text: &str) -> bool {
    let v4 = text.parse::<Ipv4Addr>().is_ok_and(|it| it.to_string() == text);
    let v6 = text.strip_prefix('[').and_then(|it| it.strip_suffix(']'));
    v4 || v6.is_some_and(|v6| v6.parse::<Ipv6Addr>().is_ok_and(|it| it.to_string() == v6))
}

impl From<HostRule> for String {
    fn from(rule: HostRule) -> Self {
        rule.to_string()
    }
}

impl fmt::Display for HostRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exact(name) => f.write_str(name),
            Self::Subdomains(name) => write!(f, "*.{name}"),
            Self::Setting(key) => write!(f, "{{setting:{key}}}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(text: &str) -> Result<HostRule, ManifestError> {
        HostRule::try_from(text.to_owned())
    }

    #[test]
    fn a_rule_is_read_and_written_in_one_spelling() {
        let label = "a".repeat(63);
        let longest = [&label[..], &label, &label, &label[..61]].join(".");
        let exact = |text: &str| HostRule::Exact(text.to_owned());
        for (text, expected) in [
            ("a.example", exact("a.example")),
            ("a-1.example", exact("a-1.example")),
            ("1a.example", exact("1a.example")),
            ("localhost", exact("localhost")),
            ("127.0.0.1", exact("127.0.0.1")),
            ("[::1]", exact("[::1]")),
            (&label, exact(&label)),
            (&longest, exact(&longest)),
            ("*.a.example", HostRule::Subdomains("a.example".into())),
            ("{setting:url}", HostRule::Setting("url".into())),
        ] {
            assert_eq!(rule(text), Ok(expected), "{text}");
            assert_eq!(String::from(rule(text).unwrap()), text);
            let json = serde_json::to_string(&rule(text).unwrap()).unwrap();
            assert_eq!(json, format!("{text:?}"));
        }
    }

    #[test]
    fn what_is_not_a_host_name_is_refused_and_quoted() {
        let label = "a".repeat(64);
        let long = ["a".repeat(63), "a".repeat(63), "a".repeat(63), "a".repeat(62)].join(".");
        for (text, why) in [
            ("", "no label"),
            (".", "empty labels"),
            ("a..b", "an empty label"),
            (".a", "an empty label first"),
            ("a.", "an empty label last"),
            ("A.example", "upper case"),
            ("ü.example", "not ASCII"),
            ("a_b.example", "an underscore"),
            ("-a.example", "a hyphen first"),
            ("a-.example", "a hyphen last"),
            (&label, "a label of 64 characters"),
            (&long, "254 characters"),
            ("a.1b", "a last label that begins with a digit"),
            ("127.1", "an IPv4 address in a short spelling"),
            ("127.0.0.01", "an IPv4 address in an octal spelling"),
            ("::1", "an IPv6 address without brackets"),
            ("[::1", "one bracket"),
            ("[0:0::1]", "an IPv6 address in a long spelling"),
            ("[127.0.0.1]", "an IPv4 address in brackets"),
            ("localhost:9081", "a port"),
            ("https://a.example", "a URL"),
            ("*.com", "all of a top-level domain"),
            ("*.", "no name after the asterisk"),
            ("*.127.0.0.1", "subdomains of an address"),
            ("*.*.a.example", "two asterisks"),
            ("a.*.example", "an asterisk in the middle"),
            ("*", "an asterisk alone"),
        ] {
            let error = rule(text).expect_err(why);
            let message = error.to_string();
            let expected = format!("{text:?} in hosts is not a host name, such as ");
            assert!(message.starts_with(&expected), "{message}");
        }
    }

    #[test]
    fn a_rule_matches_its_hosts_and_no_others() {
        let setting_host = |key: &str| (key == "url").then(|| "set.example".to_owned());
        for (text, host, expected) in [
            ("a.example", "a.example", true),
            ("a.example", "b.a.example", false),
            ("a.example", "aa.example", false),
            ("a.example", "a.example.evil", false),
            ("*.a.example", "b.a.example", true),
            ("*.a.example", "c.b.a.example", true),
            ("*.a.example", "a.example", false),
            ("*.a.example", "xa.example", false),
            ("*.a.example", ".a.example", false),
            ("*.a.example", "b.a.example.evil", false),
            ("{setting:url}", "set.example", true),
            ("{setting:url}", "b.set.example", false),
            ("{setting:other}", "set.example", false),
        ] {
            assert_eq!(rule(text).unwrap().matches(host, setting_host), expected, "{text} {host}");
        }
    }
}
