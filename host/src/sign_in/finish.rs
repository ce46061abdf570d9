//! The end of a login, however the token was obtained: it is verified, saved, and then announced.

mod announcement;

use std::time::Duration;

use mesheryctl_core::auth_file::AuthFile;
use mesheryctl_core::failure::{Failure, FailureKind};
use mesheryctl_core::provider::{Settings, SignIn};
use mesheryctl_core::token::Token;
use reqwest::Url;

use super::verification::{
    self, AskProvider, Findings, Subject, Verification, Verifier, Verifiers,
};
use crate::clock::{expiry, unix_now};
use crate::error::{Code, Command, Error, Result, Suggestion};
use crate::net::meshery_server::Verdict;
use crate::process::signals;
use crate::providers::entry::{Entry, ReadyEntry};
use crate::session::silent::Silent;
use crate::sign_in::renewal::rescue;
use crate::sign_in::target::Target;
use crate::sign_in::token_in_use::TokenInUse;
use crate::storage::token_record::{Origin, TokenRecord};
use crate::terminal::environment::is_ci;
use crate::text::{Message, Name};

/// A token that is not saved yet, and the provider that issued it.
pub struct Credential {
    /// The provider's id; `None` if a file names a provider that is not in the catalog.
    pub id: Option<String>,
    /// The provider's name, which is saved in auth.json unless a server gives another one.
    pub name: String,
    /// Whether the provider signs in to an account. The provider None does not.
    pub has_account: bool,
    /// The URL by which a server identifies this provider.
    url: Option<Url>,
    sign_in: SignIn,
    /// The provider's name in the file, if it differs.
    name_in_file: Option<String>,
    origin: Origin,
    /// Whether it was issued now in place of one that the person brought.
    is_renewed: bool,
    /// The provider's settings at a sign-in.
    settings: Option<Settings>,
    /// The bytes of the plugin that signed in, or whose token it is said to be.
    plugin_sha256: Option<String>,
    /// Whether the provider is asked for an account that the token does not state, also if a server accepts the token.
    needs_account: bool,
}

impl Credential {
    pub fn from_sign_in(entry: &Entry, sign_in: SignIn, origin: Origin) -> Self {
        let (id, name) = (entry.id().to_owned(), entry.name().to_owned());
        Self {
            id: Some(id),
            name,
            has_account: entry.manifest.needs_account(),
            url: entry.url.clone(),
            sign_in,
            name_in_file: None,
            origin,
            is_renewed: false,
            settings: Some(entry.settings.clone()),
            plugin_sha256: entry.plugin_sha256.clone(),
            needs_account: true,
        }
    }

    /// A bare token, which the person says this provider issued.
    pub fn from_bare_token(entry: &Entry, token: Token) -> Self {
        let sign_in = SignIn::from_claims(token);
        let credential = Self::from_sign_in(entry, sign_in, Origin::Brought);
        Self { needs_account: false, ..credential }.issued_by(Some(entry))
    }

    /// Names the provider whose token it is, with the settings by which it is asked from now on, and the bytes of a plugin, which
    /// does not run: another one may have its id later.
    pub fn issued_by(self, entry: Option<&Entry>) -> Self {
        let settings = self.settings.or(entry.map(|it| it.settings.clone()));
        Self { plugin_sha256: entry.and_then(Entry::file_sha256), settings, ..self }
    }

    /// Whether its id is that of a plugin.
    pub fn is_of_plugin(&self) -> bool {
        self.plugin_sha256.is_some()
    }

    pub fn from_auth_file(
        file: AuthFile,
        id: Option<String>,
        name: String,
        url: Option<Url>,
    ) -> Self {
        let name_in_file = Some(file.provider).filter(|it| *it != name);
        Self {
            id,
            name,
            has_account: true,
            url,
            sign_in: SignIn::from_claims(file.token),
            name_in_file,
            origin: Origin::Brought,
            is_renewed: false,
            settings: None,
            plugin_sha256: None,
            needs_account: false,
        }
    }

    pub fn token(&self) -> &Token {
        &self.sign_in.token
    }

    /// Whether the token was issued now.
    fn is_new(&self) -> bool {
        self.origin != Origin::Brought || self.is_renewed
    }

    fn subject(&self) -> Subject<'_> {
        Subject {
            token: &self.sign_in.token,
            stored_state: self.sign_in.stored_state.clone(),
            origin: if self.is_new() { Origin::Login } else { self.origin },
            name: &self.name,
            url: self.url.as_ref(),
            asks_provider: match self.needs_account && self.sign_in.account.is_none() {
                true => AskProvider::Always,
                false => AskProvider::WithoutVerdict,
            },
        }
    }

    fn shown_name(&self) -> Name {
        Name::new(&self.name)
    }
}

/// By how many seconds a clock may be wrong, here or at the issuer.
const CLOCK_TOLERANCE: u64 = 24 * 3600;

/// For the renewal of a token that was brought and whose time is over.
const RENEWAL_LIMIT: Duration = Duration::from_secs(5);

/// A login that is saved.
pub struct SavedLogin {
    credential: Credential,
    saved_as: String,
    found: Findings,
    /// A sentence, if the token was saved and its state was not.
    warning: Option<String>,
    /// Why config.yaml could not be updated after the token was saved.
    config_error: Option<Error>,
}

/// Verifies the token, saves it, and adds the token file to config.yaml if the context needs it. Without verifiers
/// neither server nor provider is asked.
pub fn verify_and_save(
    credential: Credential,
    verifiers: Option<&Verifiers<'_>>,
    target: &Target,
) -> Result<SavedLogin> {
    match ended_without_refresh(&credential, unix_now()) {
        true => renew_and_save(credential, verifiers, target),
        false => verify_then_save(credential, verifiers, target),
    }
}

/// As [`verify_and_save`], with a new token in place of this one. Its provider may accept the refresh token only once: a signal
/// must not separate the request from the save, and what cannot be saved is kept.
fn renew_and_save(
    credential: Credential,
    verifiers: Option<&Verifiers<'_>>,
    target: &Target,
) -> Result<SavedLogin> {
    let asked = verifiers.and_then(|it| Some((it, it.provider?)));
    let (verifying, entry) = asked.ok_or_else(|| expired(&credential, target))?;
    target.store.check_writable(true)?;
    signals::uninterrupted(|| {
        let sign_in = renewed(&credential, entry, verifying, target)?;
        let credential = Credential { sign_in, is_renewed: true, ..credential };
        verify_then_save(credential, verifiers, target)
    })
}

fn verify_then_save(
    credential: Credential,
    verifiers: Option<&Verifiers<'_>>,
    target: &Target,
) -> Result<SavedLogin> {
    let found = match verifiers.filter(|_| credential.has_account) {
        Some(verifiers) => verification::verify(&credential.subject(), verifiers),
        None => Findings::declined(),
    };
    if let Some(signal) = signals::pending() {
        return Err(signals::error(signal));
    }
    save(credential, found, target)
}

fn save(mut credential: Credential, found: Findings, target: &Target) -> Result<SavedLogin> {
    let auth = auth_file(&credential, &found);
    if auth.token != credential.sign_in.token {
        credential.sign_in = replaced(credential.sign_in, auth.token.clone());
    }
    if let Verification::Accepted { account: Some(account), .. } = &found.verification {
        credential.sign_in.account = Some(account.clone());
    }
    let record = record(&credential, &found.verification);
    let saved = match refusal(&credential, &found.verification, target) {
        Some(refused) => Err(refused),
        None => target.store.save(&auth, record.as_ref()),
    };
    let warning = match saved {
        Err(error) if credential.is_renewed => {
            return Err(rescue::rescued(&TokenInUse::of_file(auth, record), target, &error));
        }
        saved => saved?,
    };
    let config_error = target.add_to_config().err();
    Ok(SavedLogin { credential, saved_as: auth.provider, found, warning, config_error })
}

/// Why the token is not saved, if so.
fn refusal(credential: &Credential, verification: &Verification, target: &Target) -> Option<Error> {
    if is_refused(credential, verification, unix_now()) {
        return Some(expired(credential, target));
    }
    match verification {
        Verification::Rejected { by } => Some(rejected(credential, by, target)),
        _ => None,
    }
}

/// Whether the token has a refresh token, and its time is over. It is refused unless its provider renews it: a server that
/// cannot do so treats it as invalid. A clock may be wrong by a day, if the token was issued now.
fn ended_without_refresh(credential: &Credential, now: u64) -> bool {
    let tolerance = if credential.is_new() { CLOCK_TOLERANCE } else { 0 };
    let due = credential.token().claims().refresh_due;
    due.is_some_and(|at| at.saturating_add(tolerance) <= now)
}

/// The sign-in with a new token from the provider, in place of one whose time is over.
///
/// # Errors
/// `expired`; `unreachable` if the provider could not be asked.
fn renewed(
    credential: &Credential,
    entry: &ReadyEntry,
    verifiers: &Verifiers<'_>,
    target: &Target,
) -> Result<SignIn> {
    let mut session = Silent::new(entry, verifiers.terminal, verifiers.http, RENEWAL_LIMIT);
    let old = &credential.sign_in;
    let renewed = entry.refresh(&old.token, old.stored_state.clone(), &mut session);
    let mut renewed = renewed.map_err(|failure| match failure.kind {
        FailureKind::Unreachable | FailureKind::TimedOut => {
            not_renewed(credential, &failure, target)
        }
        _ => expired(credential, target),
    })?;
    if renewed.token.is_of_account_of(&old.token) == Some(false) {
        return Err(expired(credential, target));
    }
    renewed.account = renewed.account.take().or(old.account.clone());
    Ok(renewed)
}

/// The time of the token is over, and its provider could not be asked for a new one.
fn not_renewed(credential: &Credential, failure: &Failure, target: &Target) -> Error {
    let (name, why) = (credential.shown_name(), Message::new(&failure.message));
    let message = format!("The token of {name} has expired, and could not be renewed: {why}");
    Error::new(Code::Unreachable, message)
        .nothing_saved()
        .unchanged(target.store.file())
        .next(Suggestion::new("Try again", Command::again()))
}

/// Whether the token is refused as expired: only one that the person had before, and unless it was accepted. If a token
/// that was issued now seems expired, the clock is wrong.
fn is_refused(credential: &Credential, verification: &Verification, now: u64) -> bool {
    let expired = credential.sign_in.expires_at.is_some_and(|at| at <= now);
    let accepted = matches!(verification, Verification::Accepted { .. });
    !credential.is_new() && expired && !accepted
}

/// The content of auth.json: what the server returned, else the token with the server's name for its provider.
fn auth_file(credential: &Credential, found: &Findings) -> AuthFile {
    let token = credential.sign_in.token.clone();
    let server = found.server.as_ref();
    if let Some(Verdict::Accepted(file)) = server.map(|it| &it.verdict) {
        return file.clone();
    }
    let provider = server.and_then(|it| it.provider.clone());
    AuthFile { provider: provider.unwrap_or_else(|| credential.name.clone()), token }
}

/// What is stored beside the token. `None` for a provider without an account, and for one that is not in the catalog.
fn record(credential: &Credential, verification: &Verification) -> Option<TokenRecord> {
    let id = credential.id.as_deref().filter(|_| credential.has_account)?;
    let record = TokenRecord::of(id, &credential.sign_in)
        .with_origin(credential.origin, credential.settings.clone())
        .by_plugin(credential.plugin_sha256.clone());
    let record = match credential.is_new() {
        true => record.received(unix_now(), credential.token()),
        false => record,
    };
    Some(match verification {
        Verification::Accepted { by, .. } => record.verified(unix_now(), by.id()),
        _ => record,
    })
}

/// The sign-in after the server renewed its token. The expiry of the old token does not apply.
fn replaced(sign_in: SignIn, token: Token) -> SignIn {
    let mut of_token = SignIn::from_claims(token);
    of_token.account = of_token.account.take().or(sign_in.account);
    of_token.stored_state = sign_in.stored_state;
    of_token
}

fn expired(credential: &Credential, target: &Target) -> Error {
    let ends_at = credential.sign_in.expires_at.or(credential.sign_in.token.claims().ends_at());
    let ago = ends_at.map(expiry).unwrap_or_default();
    let clock = match credential.is_new() {
        true => " It was issued just now: check the clock of this computer.",
        false => "",
    };
    let name = credential.shown_name();
    Error::new(Code::Expired, format!("The token of {name} cannot be used.{ago}{clock}"))
        .nothing_saved()
        .unchanged(target.store.file())
        .next(match is_ci() {
            true => Suggestion::new("With a new token", Command::again()),
            false => Suggestion::new("Get a new token", "mesheryctl system login"),
        })
}

fn rejected(credential: &Credential, by: &Verifier, target: &Target) -> Error {
    let name = credential.shown_name();
    let (message, flag) = match by {
        Verifier::Server(server) => {
            (format!("{server} rejected the token of {name}."), "--no-server-check")
        }
        Verifier::Provider(_) => (format!("{name} rejected the token."), "--no-verify"),
    };
    let again = match credential.origin {
        Origin::Brought => "With another token",
        _ => "Sign in again",
    };
    Error::new(Code::Rejected, message)
        .nothing_saved()
        .unchanged(target.store.file())
        .next(Suggestion::new(again, Command::again()))
        .next(Suggestion::new("Save anyway", Command::again().literal(flag)))
}

#[cfg(test)]
mod tests;
