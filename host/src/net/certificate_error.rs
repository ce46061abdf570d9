//! A certificate error: why a certificate is not accepted, described by the chain that the server sent.

use std::fmt;

use jiff::Timestamp;
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::{Error, OtherError};
use webpki::EndEntityCert;

use super::issuer;
use crate::text::{Label, Line};

/// Why a certificate is not accepted. There is one variant for each different thing that a person can do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CertificateError {
    /// The authority at the end of the chain.
    UnknownIssuer(Label),
    SelfSigned,
    /// `--ca-file` was given, and the authority at the end of the chain is not in it; `None` for a self-signed
    /// certificate.
    NotInFile {
        issuer: Option<Label>,
        file: Line,
        /// The names of the authorities in the file.
        contains: String,
    },
    /// The names that the certificate is for.
    OtherName(String),
    /// When it expired, and the time on this computer.
    Expired(String, String),
    /// When it becomes valid, and the time on this computer.
    NotYetValid(String, String),
    /// The certificate of an authority is used as that of a server.
    Authority,
    /// No authority is trusted: the variable that causes it, if one does, and why.
    NoAuthorities(Option<&'static str>, String),
    Other(String),
}

impl fmt::Display for CertificateError {
    /// A sentence part that follows the name of the peer: "cloud.example …".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let clock = "the clock of this computer shows";
        match self {
            Self::UnknownIssuer(name) => write!(
                f,
                "presented a certificate issued by {name}, which this computer does not trust"
            ),
            Self::SelfSigned => f.write_str(
                "presented a self-signed certificate, which this computer does not trust",
            ),
            Self::NotInFile { issuer, file, contains } => {
                match issuer {
                    Some(name) => write!(f, "presented a certificate issued by {name}")?,
                    None => f.write_str("presented a self-signed certificate")?,
                }
                write!(f, ", which is not in --ca-file {file}: it contains {contains}")
            }
            Self::OtherName(names) => {
                write!(f, "presented a certificate for {names}, not for this host")
            }
            Self::Expired(at, now) => {
                write!(f, "presented a certificate that expired on {at}; {clock} {now}")
            }
            Self::NotYetValid(from, now) => {
                write!(f, "presented a certificate that is not valid until {from}; {clock} {now}")
            }
            Self::Authority => {
                f.write_str("presented a CA certificate instead of a server certificate")
            }
            Self::NoAuthorities(_, why) => write!(f, "could not be verified: {why}"),
            Self::Other(why) => write!(f, "presented an invalid certificate ({why})"),
        }
    }
}

impl std::error::Error for CertificateError {}

/// Lets the verifier return it through rustls, which does not change it.
impl From<CertificateError> for Error {
    fn from(why: CertificateError) -> Self {
        Self::InvalidCertificate(rustls::CertificateError::Other(OtherError(std::sync::Arc::new(
            why,
        ))))
    }
}

impl CertificateError {
    /// The error of rustls for this chain, with details from the chain.
    pub fn of(
        error: &Error,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
    ) -> Self {
        let Error::InvalidCertificate(why) = error else { return Self::Other(error.to_string()) };
        match why {
            rustls::CertificateError::UnknownIssuer => unknown(certificate, intermediates),
            rustls::CertificateError::NotValidForNameContext { presented: names, .. } => {
                Self::OtherName(listed(names))
            }
            rustls::CertificateError::ExpiredContext { time, not_after } => {
                let (at, now) = points_in_time(*not_after, *time);
                Self::Expired(at, now)
            }
            rustls::CertificateError::NotValidYetContext { time, not_before } => {
                let (from, now) = points_in_time(*not_before, *time);
                Self::NotYetValid(from, now)
            }
            rustls::CertificateError::Other(OtherError(inner)) if is_authority(inner.as_ref()) => {
                Self::Authority
            }
            other => Self::Other(other.to_string()),
        }
    }

    /// The certificate error in an error of rustls, if the verifier returned one.
    pub fn within(error: &Error) -> Option<&Self> {
        match error {
            Error::InvalidCertificate(rustls::CertificateError::Other(OtherError(inner))) => {
                inner.downcast_ref()
            }
            _ => None,
        }
    }
}

fn is_authority(error: &(dyn std::error::Error + 'static)) -> bool {
    matches!(error.downcast_ref(), Some(webpki::Error::CaUsedAsEndEntity))
}

/// Follows the issuers through the certificates that the server sent. The last one is the unknown authority.
fn unknown(
    certificate: &CertificateDer<'_>,
    intermediates: &[CertificateDer<'_>],
) -> CertificateError {
    let Ok(leaf) = EndEntityCert::try_from(certificate) else {
        return CertificateError::Other("its certificate cannot be read".into());
    };
    if leaf.issuer() == leaf.subject() {
        return CertificateError::SelfSigned;
    }
    let served: Vec<_> =
        intermediates.iter().filter_map(|it| EndEntityCert::try_from(it).ok()).collect();
    let mut last = leaf.issuer();
    for _ in 0..served.len() {
        match served.iter().find(|it| it.subject() == last && it.issuer() != last) {
            Some(above) => last = above.issuer(),
            None => break,
        }
    }
    let name = issuer::name(last).unwrap_or_else(|| "an unnamed authority".into());
    CertificateError::UnknownIssuer(Label::new(name))
}

/// The names in `DnsName("a.example")`, which is how webpki formats them.
fn listed(names: &[String]) -> String {
    let inner = |it: &String| match it.split('"').nth(1) {
        Some(name) => Label::new(name),
        None => Label::new(it),
    };
    match names {
        [] => "no name".into(),
        [one] => inner(one).to_string(),
        [one, two] => format!("{} and {}", inner(one), inner(two)),
        [one, rest @ ..] => format!("{} and {} more names", inner(one), rest.len()),
    }
}

/// Two points in time as days, or to the minute if the days are equal.
fn points_in_time(one: UnixTime, other: UnixTime) -> (String, String) {
    let at = |time: UnixTime, format| {
        let time = i64::try_from(time.as_secs()).ok();
        let time = time.and_then(|it| Timestamp::from_second(it).ok());
        time.map_or_else(|| "an unknown date".into(), |it| it.strftime(format).to_string())
    };
    let days = (at(one, "%Y-%m-%d"), at(other, "%Y-%m-%d"));
    if days.0 != days.1 {
        return days;
    }
    (at(one, "%Y-%m-%d %H:%M UTC"), at(other, "%Y-%m-%d %H:%M UTC"))
}
