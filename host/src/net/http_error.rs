//! An HTTP error: why no response was received, and what a person can do about it.

use std::fmt;
use std::time::Duration;

use super::certificate_error::CertificateError;
use crate::error::{Command, Suggestion};
use crate::platform::OtherUser;
use crate::text::Label;

/// Why no response was received. There is one variant for each different thing that a person can do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HttpError {
    UnknownHost,
    /// There is no route, such as when this computer is offline.
    NoRoute,
    Refused,
    /// The timeout.
    TimedOut(Duration),
    /// The connection was closed before the response was complete.
    Dropped,
    /// The certificate of the server is not accepted.
    Certificate(CertificateError),
    /// The handshake failed for another reason, in the words of rustls.
    Tls(String),
    /// The port speaks plain HTTP.
    NotTls,
    /// The proxy failed: its name, the variable that names it, and how.
    Proxy(Label, &'static str, ProxyError),
    /// This variable names a proxy that cannot be used.
    BadProxy(&'static str),
    TooLarge,
    /// The URL is neither https nor http on loopback.
    NotSecure,
    /// The name in a request of a provider has only link-local or metadata addresses, or those of this computer.
    ForbiddenAddress,
    /// A port on loopback is not of this user.
    OtherUser(OtherUser),
    /// The body of the request could not be read: why. The server is not the cause.
    Input(String),
    Other(String),
}

/// How a proxy failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProxyError {
    NotThere,
    WantsSignIn,
    WouldNotConnect,
    Dropped,
    /// The proxy or the server behind it; which one cannot be known.
    TimedOut(Duration),
}

impl fmt::Display for HttpError {
    /// A sentence part that follows the name of the peer: "cloud.example …".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownHost => {
                f.write_str("cannot be resolved: the name is wrong, or this computer is offline")
            }
            Self::NoRoute => f.write_str("cannot be reached from this computer's network"),
            Self::Refused => f.write_str("refused the connection"),
            Self::TimedOut(within) => write!(f, "did not answer within {}", seconds(*within)),
            Self::Dropped => f.write_str("closed the connection without an answer"),
            Self::Certificate(why) => why.fmt(f),
            Self::Tls(why) => write!(f, "failed the TLS handshake ({why})"),
            Self::NotTls => f.write_str("uses plain http on this port, not https"),
            Self::Proxy(name, variable, ProxyError::TimedOut(within)) => {
                let within = seconds(*within);
                write!(f, "did not answer within {within} through the proxy {name} ({variable})")
            }
            Self::Proxy(name, variable, what) => {
                write!(f, "is behind the proxy {name} ({variable}), which {}", what.words())
            }
            Self::BadProxy(variable) => {
                write!(f, "was not contacted: {variable} is not the URL of an http or https proxy")
            }
            Self::TooLarge => f.write_str("sent more than 1 MiB"),
            Self::NotSecure => f.write_str("is neither https nor on this computer"),
            Self::ForbiddenAddress => f.write_str(
                "leads to a link-local or metadata address or to this computer, which is not allowed",
            ),
            Self::OtherUser(whose @ OtherUser::User(_)) => {
                write!(f, "was not used: its port is of {whose}, not of you")
            }
            Self::OtherUser(OtherUser::Closed) => {
                f.write_str("closed the connection before it was used")
            }
            Self::Input(why) => {
                write!(f, "was not sent the whole request, because its body cannot be read ({why})")
            }
            Self::Other(why) => write!(f, "could not be contacted ({why})"),
        }
    }
}

impl std::error::Error for HttpError {}

impl HttpError {
    /// An error that has no variant of its own.
    pub fn other(error: impl fmt::Display) -> Self {
        Self::Other(error.to_string())
    }

    pub fn is_timeout(&self) -> bool {
        matches!(self, Self::TimedOut(_) | Self::Proxy(_, _, ProxyError::TimedOut(_)))
    }

    /// Whether the peer may have received the request.
    pub fn may_have_arrived(&self) -> bool {
        match self {
            Self::TimedOut(_)
            | Self::Dropped
            | Self::TooLarge
            | Self::Input(_)
            | Self::Other(_) => true,
            Self::Proxy(_, _, what) => {
                matches!(what, ProxyError::Dropped | ProxyError::TimedOut(_))
            }
            Self::UnknownHost
            | Self::NoRoute
            | Self::Refused
            | Self::Certificate(_)
            | Self::Tls(_)
            | Self::NotTls
            | Self::BadProxy(_)
            | Self::NotSecure
            | Self::ForbiddenAddress
            | Self::OtherUser(_) => false,
        }
    }

    /// What to type next, if the cause alone determines it. `peer` is the host that did not respond, `command`
    /// the command that the person typed.
    pub fn next(&self, peer: &str, command: &Command) -> Option<Suggestion> {
        let host = peer.rsplit_once(':').map_or(peer, |(host, _)| host);
        let (label, command) = match self {
            Self::Certificate(
                CertificateError::UnknownIssuer(_) | CertificateError::SelfSigned,
            ) => ("If you trust it", command.clone().literal("--ca-file company-ca.pem")),
            Self::Certificate(CertificateError::NotInFile { file, .. }) => (
                "Inspect the file",
                Command::from("openssl x509 -noout -subject -in").value(file.raw()),
            ),
            Self::Certificate(
                CertificateError::Expired(..) | CertificateError::NotYetValid(..),
            ) => ("Check the clock", "date -u".into()),
            Self::Certificate(CertificateError::NoAuthorities(Some(variable), _)) => {
                ("Unset it", Command::from("unset").literal(variable))
            }
            Self::Proxy(name, variable, ProxyError::WantsSignIn) => (
                "Add credentials",
                Command::from("export")
                    .literal(variable)
                    .glued("=http://NAME:PASSWORD@")
                    .glued_value(name.raw()),
            ),
            Self::Proxy(..) => {
                ("Bypass the proxy", Command::from("NO_PROXY=").glued_value(host).then(command))
            }
            Self::OtherUser(whose @ OtherUser::User(_)) => (
                "If you trust that user",
                command.clone().literal("--server-user").value(whose.argument()),
            ),
            Self::BadProxy(variable) => (
                "Example",
                Command::from("export").literal(variable).glued("=http://proxy.example.org:3128"),
            ),
            _ => return None,
        };
        Some(Suggestion { label, command })
    }
}

impl ProxyError {
    fn words(&self) -> &'static str {
        match self {
            Self::NotThere => "is not answering",
            Self::WantsSignIn => "requires authentication",
            Self::WouldNotConnect => "refused to connect to it",
            Self::Dropped | Self::TimedOut(_) => "closed the connection without an answer",
        }
    }
}

fn seconds(time: Duration) -> String {
    match time.as_secs_f64().ceil() {
        seconds if seconds <= 1.0 => "1 second".into(),
        seconds => format!("{seconds} seconds"),
    }
}
