//! The verification of a token before "Signed in" is said: the context's server is asked, and without its verdict the
//! provider.

use std::time::{Duration, Instant};

use mesheryctl_core::failure::{Failure, FailureKind};
use mesheryctl_core::secret::Secret;
use mesheryctl_core::token::Token;
use reqwest::Url;

use crate::net::Http;
use crate::net::meshery_server::{Server, Verdict};
use crate::platform::terminal_mode::Mode;
use crate::providers::entry::ReadyEntry;
use crate::session::silent::Silent;
use crate::storage::token_record::Origin;
use crate::terminal::Terminal;
use crate::text::Message;

/// For server and provider together.
pub const LIMIT: Duration = Duration::from_secs(5);
/// For the server, so that the provider can be asked if the server does not respond.
const SERVER_LIMIT: Duration = Duration::from_secs(3);

/// Whether a token is valid, and who says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verification {
    Accepted {
        by: Verifier,
        /// The account, if the provider stated it now.
        account: Option<String>,
    },
    Rejected {
        by: Verifier,
    },
    /// The server or the provider was asked, and gave no verdict. The reason is one sentence or more, without the last full stop.
    Unknown {
        reason: String,
    },
    NotAsked(NotAsked),
}

impl Verification {
    /// For scripts: whether the token is valid, and the id of who says so. `None` if neither server nor provider was asked.
    pub fn for_scripts(&self) -> (Option<bool>, Option<&str>) {
        match self {
            Self::Accepted { by, .. } => (Some(true), Some(by.id())),
            Self::Rejected { .. } | Self::Unknown { .. } => (Some(false), None),
            Self::NotAsked(_) => (None, None),
        }
    }
}

/// Who gave a verdict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verifier {
    /// The Meshery Server with this endpoint.
    Server(String),
    /// The provider with this id.
    Provider(String),
}

/// Why neither server nor provider was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotAsked {
    /// There is no server, and the provider cannot tell.
    Nobody,
    /// The person wanted it so.
    Declined,
}

impl Verifier {
    /// As it is recorded: an endpoint contains `://`, and an id never does.
    pub fn id(&self) -> &str {
        match self {
            Self::Server(endpoint) => endpoint,
            Self::Provider(id) => id,
        }
    }
}

/// Who may be asked about a token.
pub struct Verifiers<'a> {
    pub server: Option<&'a Server<'a>>,
    /// Why the token is not sent to the server, as a sentence part that follows its name.
    pub withheld: Option<String>,
    pub provider: Option<&'a ReadyEntry>,
    pub http: &'a Http,
    pub terminal: &'a Terminal,
}

/// A token whose validity is in question.
pub struct Subject<'a> {
    pub token: &'a Token,
    pub stored_state: Option<Secret>,
    pub origin: Origin,
    /// The provider's name, and the URL by which a server identifies it.
    pub name: &'a str,
    pub url: Option<&'a Url>,
    pub asks_provider: AskProvider,
}

/// When the provider is asked, besides the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AskProvider {
    /// Also for the account, or because the person wants to know.
    Always,
    /// If the server gave no verdict.
    WithoutVerdict,
    /// Only if the server cannot tell an invalid token from a provider that is down.
    ToConfirm,
}

impl AskProvider {
    fn after(self, server: Option<&Verdict>) -> bool {
        match server {
            Some(Verdict::Accepted(_) | Verdict::Rejected) => self == Self::Always,
            Some(Verdict::RejectedOrDown) => true,
            Some(Verdict::Unknown(_)) | None => self != Self::ToConfirm,
        }
    }
}

/// The verdict of a server on a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerVerdict {
    /// The server's endpoint as it is shown.
    pub server: String,
    /// Its name for the provider.
    pub provider: Option<String>,
    pub verdict: Verdict,
}

/// What the provider says about its token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProviderVerdict {
    /// The token is valid, and belongs to this account.
    Account(String),
    /// A clear no.
    Denied(String),
    /// A no to this request, which may be no word about the token.
    Forbidden(String),
    Unknown(String),
}

/// What was found out about a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Findings {
    pub verification: Verification,
    pub server: Option<ServerVerdict>,
    pub provider: Option<ProviderVerdict>,
}

impl Findings {
    pub fn declined() -> Self {
        let verification = Verification::NotAsked(NotAsked::Declined);
        Self { verification, server: None, provider: None }
    }

    /// Combines the verdicts. `id` is the provider's.
    pub fn of(
        server: Option<ServerVerdict>,
        provider: Option<ProviderVerdict>,
        id: &str,
        origin: Origin,
    ) -> Self {
        let verification = combined(server.as_ref(), provider.as_ref(), id, origin);
        Self { verification, server, provider }
    }

    /// Whether the server or the provider said a clear no. The provider's counts although a server accepts the token: the server may not
    /// have learned yet that the token was revoked.
    pub fn is_rejected(&self) -> bool {
        matches!(self.verification, Verification::Rejected { .. })
            || matches!(self.provider, Some(ProviderVerdict::Denied(_)))
    }

    /// Whether a new token may help: the server or the provider said a clear no, and the provider, which would issue it, not a yes.
    pub fn asks_for_renewal(&self) -> bool {
        self.is_rejected() && !matches!(self.provider, Some(ProviderVerdict::Account(_)))
    }
}

/// Asks about the token.
pub fn verify(subject: &Subject<'_>, verifiers: &Verifiers<'_>) -> Findings {
    let _quiet = Mode::quiet();
    let end = Instant::now() + LIMIT;
    let server = server_verdict(subject, verifiers);
    after_server(subject, verifiers, server, end.saturating_duration_since(Instant::now()))
}

/// Asks the server, if there is one.
pub fn server_verdict(subject: &Subject<'_>, verifiers: &Verifiers<'_>) -> Option<ServerVerdict> {
    let server = verifiers.server?;
    if subject.url.is_some() && verifiers.withheld.is_none() {
        let line = format!("Asking {} whether the token is valid.", server.name());
        verifiers.terminal.detail(&line);
    }
    Some(ask_server(server, verifiers.withheld.as_deref(), subject))
}

/// Asks the provider, if that is to be done after this verdict of the server, and combines the verdicts.
pub fn after_server(
    subject: &Subject<'_>,
    verifiers: &Verifiers<'_>,
    server: Option<ServerVerdict>,
    within: Duration,
) -> Findings {
    let asks = subject.asks_provider.after(server.as_ref().map(|it| &it.verdict));
    let provider = verifiers.provider.filter(|_| asks);
    if let Some(entry) = provider {
        let line = format!("Asking {} whether the token is valid.", entry.name());
        verifiers.terminal.detail(&line);
    }
    let verdict = provider.and_then(|it| ask_provider(it, subject, verifiers, within));
    let id = verifiers.provider.map_or("", |it| it.id());
    Findings::of(server, verdict, id, subject.origin)
}

fn ask_server(server: &Server<'_>, withheld: Option<&str>, subject: &Subject<'_>) -> ServerVerdict {
    let start = Instant::now();
    let listed = server.listed();
    let within = SERVER_LIMIT.saturating_sub(start.elapsed());
    let (name, verdict) = match (subject.url, listed, withheld) {
        (_, Err(why), _) => (None, Verdict::Unknown(why)),
        (_, _, Some(why)) => (None, Verdict::Unknown(why.to_owned())),
        (Some(url), Ok(_), None) => server.check(url, subject.token, within),
        (None, Ok(listed), None) => {
            let why = why_unasked(subject.name, listed.iter().map(|it| it.name.raw()));
            (None, Verdict::Unknown(why.to_owned()))
        }
    };
    let provider = name.map(|it| it.raw().to_owned());
    ServerVerdict { server: server.name().to_string(), provider, verdict }
}

/// Why a server cannot be asked about a provider of this name, whose URL is not known.
fn why_unasked<'a>(name: &str, mut listed: impl Iterator<Item = &'a str>) -> &'static str {
    match listed.any(|it| it == name) {
        true => "lists it with a URL that is neither https nor on this computer",
        false => "does not list this provider",
    }
}

/// `None` if the provider cannot tell.
fn ask_provider(
    entry: &ReadyEntry,
    subject: &Subject<'_>,
    verifiers: &Verifiers<'_>,
    within: Duration,
) -> Option<ProviderVerdict> {
    let mut session = Silent::new(entry, verifiers.terminal, verifiers.http, within);
    let state = subject.stored_state.clone();
    let answer = entry.whoami(subject.token, state, &mut session);
    provider_verdict(answer, session.last_status())
}

/// The verdict in the answer of a provider, which received a response with this status last. `None` if it cannot tell.
fn provider_verdict(
    answer: Result<String, Failure>,
    last_status: Option<u16>,
) -> Option<ProviderVerdict> {
    let failure = match answer {
        Ok(account) => return Some(ProviderVerdict::Account(account)),
        Err(failure) => failure,
    };
    let reason = Message::new(failure.message.trim_end_matches('.')).to_string();
    match failure.kind {
        FailureKind::Unsupported => None,
        FailureKind::Denied | FailureKind::Rejected => Some(ProviderVerdict::Denied(reason)),
        _ if last_status == Some(403) => Some(ProviderVerdict::Forbidden(reason)),
        _ => Some(ProviderVerdict::Unknown(reason)),
    }
}

fn combined(
    server: Option<&ServerVerdict>,
    provider: Option<&ProviderVerdict>,
    id: &str,
    origin: Origin,
) -> Verification {
    use ProviderVerdict::{Account, Denied, Forbidden, Unknown};
    let account = match provider {
        Some(Account(account)) => Some(account.clone()),
        _ => None,
    };
    let by_server = |it: &ServerVerdict| Verifier::Server(it.server.clone());
    match (server.map(|it| (it, &it.verdict)), provider) {
        (Some((it, Verdict::Accepted(_))), _) => {
            Verification::Accepted { by: by_server(it), account }
        }
        (Some((it, Verdict::Rejected)), _)
        | (Some((it, Verdict::RejectedOrDown)), Some(Denied(_) | Forbidden(_))) => {
            Verification::Rejected { by: by_server(it) }
        }
        (_, Some(Account(_))) => {
            Verification::Accepted { by: Verifier::Provider(id.to_owned()), account }
        }
        // The real answer of a provider to a token that it issued a moment ago may be another one than this.
        (_, Some(Denied(_))) if origin != Origin::Login => {
            Verification::Rejected { by: Verifier::Provider(id.to_owned()) }
        }
        (None, None) => Verification::NotAsked(NotAsked::Nobody),
        (server, provider) => {
            let of_server = server.and_then(|(it, _)| it.without_verdict());
            let of_provider = match provider {
                Some(Denied(why) | Forbidden(why) | Unknown(why)) => Some(why.clone()),
                _ => None,
            };
            let reasons: Vec<String> = of_server.into_iter().chain(of_provider).collect();
            Verification::Unknown { reason: reasons.join(". ") }
        }
    }
}

impl ServerVerdict {
    /// Why the server gave no verdict, as a sentence part that follows its name.
    pub fn why(&self) -> Option<&str> {
        match &self.verdict {
            Verdict::Unknown(why) => Some(why),
            Verdict::RejectedOrDown => Some("could not verify the token with the provider"),
            Verdict::Accepted(_) | Verdict::Rejected => None,
        }
    }

    /// Which server gave no verdict, and why, without a full stop.
    pub fn without_verdict(&self) -> Option<String> {
        self.why().map(|why| format!("{} {why}", self.server))
    }
}

#[cfg(test)]
mod tests;
