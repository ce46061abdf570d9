//! An `http` URL, and the percent-encoding of queries.

use std::fmt;

/// Decoded names and values, in order, repeated names kept.
pub type Query = Vec<(String, String)>;

/// An `http` URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Url {
    /// Without brackets around an IPv6 address.
    pub host: String,
    pub port: u16,
    /// Path and query, with the leading slash.
    pub target: String,
}

impl Url {
    /// Parses an `http` URL; panics if the text is not one.
    #[track_caller]
    #[must_use]
    pub fn parse(text: &str) -> Self {
        Self::try_parse(text).unwrap_or_else(|| panic!("an http URL is expected, not {text:?}"))
    }

    pub(crate) fn try_parse(text: &str) -> Option<Self> {
        let rest = text.strip_prefix("http://")?;
        let rest = rest.split('#').next()?;
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, target) = rest.split_at(end);
        let (host, port) = match authority.strip_prefix('[') {
            Some(rest) => {
                let (host, port) = rest.split_once(']')?;
                (host, port.strip_prefix(':'))
            }
            None => match authority.split_once(':') {
                Some((host, port)) => (host, Some(port)),
                None => (authority, None),
            },
        };
        let slash = if target.starts_with('/') { "" } else { "/" };
        let port = port.map_or(Some(80), |port| port.parse().ok())?;
        let plain = !host.is_empty() && !host.contains(['@', ' ']);
        plain.then(|| Self { host: host.to_owned(), port, target: format!("{slash}{target}") })
    }

    /// Without the query.
    #[must_use]
    pub fn path(&self) -> &str {
        self.target.split_once('?').map_or(&self.target, |(path, _)| path)
    }

    #[must_use]
    pub fn query(&self) -> Query {
        self.target.split_once('?').map(|(_, query)| pairs(query)).unwrap_or_default()
    }

    /// The first value of this query parameter.
    #[must_use]
    pub fn param(&self, name: &str) -> Option<String> {
        self.query().into_iter().find(|(param, _)| param == name).map(|(_, value)| value)
    }

    /// Scheme, host and port: `http://localhost:4711`.
    #[must_use]
    pub fn origin(&self) -> String {
        format!("http://{}", self.authority())
    }

    /// Host and port as in a Host header.
    #[must_use]
    pub fn authority(&self) -> String {
        match self.host.contains(':') {
            true => format!("[{}]:{}", self.host, self.port),
            false => format!("{}:{}", self.host, self.port),
        }
    }

    /// The URL of a Location header in a response from this URL.
    #[track_caller]
    #[must_use]
    pub fn join(&self, location: &str) -> Self {
        if location.starts_with('/') && !location.starts_with("//") {
            return Self { target: location.to_owned(), ..self.clone() };
        }
        Self::parse(location)
    }
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.origin(), self.target)
    }
}

/// The decoded pairs of a query.
#[must_use]
pub fn pairs(query: &str) -> Query {
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    let pairs = pairs.map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    pairs.map(|(name, value)| (decode(name), decode(value))).collect()
}

/// Percent-encodes a text for a query, including the `+`, `/` and `=` of base64.
#[must_use]
pub fn encode(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                encoded.push(char::from(byte));
            }
            _ => encoded += &format!("%{byte:02X}"),
        }
    }
    encoded
}

/// Decodes a query text: `+` is a space; an invalid escape stays as it is.
#[must_use]
pub fn decode(text: &str) -> String {
    let text = text.replace('+', " ");
    let bytes = text.as_bytes();
    let mut decoded = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let escape = bytes.get(at..at + 3).filter(|three| three[0] == b'%');
        let byte = escape.and_then(|three| str::from_utf8(&three[1..]).ok());
        match byte.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                decoded.push(byte);
                at += 3;
            }
            None => {
                decoded.push(bytes[at]);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&decoded).into_owned()
}
