//! The end of a login, however the token was obtained: it is verified by the server, saved, and then announced.

mod announcement;

use mesheryctl_core::auth_file::AuthFile;
use mesheryctl_core::provider::SignIn;
use mesheryctl_core::token::Token;
use reqwest::Url;

use crate::clock::{expiry, unix_now};
use crate::error::{Code, Error, Result, Suggestion};
use crate::net::meshery_server::{Server, Verdict};
use crate::platform::terminal_mode::Mode;
use crate::process::signals;
use crate::providers::entry::Entry;
use crate::sign_in::target::Target;
use crate::storage::token_store::TokenRecord;
use crate::text::Name;

/// A token that is not saved yet, and the provider that issued it.
pub struct Credential {
    /// The provider's id; `None` if a file names a provider that is not in the catalog.
    pub id: Option<String>,
    /// The provider's name, which is saved in auth.json unless a server gives another one.
    pub name: String,
    /// Whether the provider signs in to an account. The provider None does not.
    has_account: bool,
    /// The URL by which a server identifies this provider.
    url: Option<Url>,
    sign_in: SignIn,
    /// The provider's name in the file, if it differs.
    name_in_file: Option<String>,
    /// Whether the person had the token before, instead of signing in for it now.
    is_existing: bool,
}

impl Credential {
    pub fn from_sign_in(entry: &Entry, sign_in: SignIn) -> Self {
        let (id, name) = (entry.id().to_owned(), entry.name().to_owned());
        Self {
            id: Some(id),
            name,
            has_account: entry.manifest.needs_account(),
            url: entry.url.clone(),
            sign_in,
            name_in_file: None,
            is_existing: false,
        }
    }

    /// A bare token, which the person says this provider issued.
    pub fn from_bare_token(entry: &Entry, token: Token) -> Self {
        Self { is_existing: true, ..Self::from_sign_in(entry, SignIn::from_claims(token)) }
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
            is_existing: true,
        }
    }

    fn shown_name(&self) -> Name {
        Name::new(&self.name)
    }
}

/// A login that is saved.
pub struct SavedLogin {
    credential: Credential,
    saved_as: String,
    server: Option<(String, Verdict)>,
    /// A sentence, if the token was saved and its state was not.
    warning: Option<String>,
    /// Why config.yaml could not be updated after the token was saved.
    config_error: Option<Error>,
}

/// The verdict of a server on a credential.
struct ServerVerdict {
    /// The server's name.
    server: String,
    /// Its name for the provider.
    provider: Option<String>,
    verdict: Verdict,
}

/// Asks the server for its verdict, saves the token, and adds the token file to config.yaml if the context needs it.
pub fn verify_and_save(
    credential: Credential,
    server: Option<&Server<'_>>,
    target: &Target,
) -> Result<SavedLogin> {
    let asked = server.filter(|_| credential.has_account).map(|server| ask(server, &credential));
    if let Some(signal) = signals::pending() {
        return Err(signals::error(signal));
    }
    save(credential, asked, target)
}

fn save(
    mut credential: Credential,
    asked: Option<ServerVerdict>,
    target: &Target,
) -> Result<SavedLogin> {
    if is_refused(&credential, asked.as_ref(), unix_now()) {
        return Err(expired(&credential, target));
    }
    if let Some(ServerVerdict { server, verdict: Verdict::Rejected, .. }) = &asked {
        return Err(rejected(&credential, server, target));
    }
    let auth = auth_file(&credential, asked.as_ref());
    if auth.token != credential.sign_in.token {
        credential.sign_in = renewed(credential.sign_in, auth.token.clone());
    }
    let id = credential.id.as_deref().filter(|_| credential.has_account);
    let state = id.map(|id| TokenRecord::of(id, &credential.sign_in));
    let warning = target.store.save(&auth, state.as_ref())?;
    let server = asked.map(|it| (it.server, it.verdict));
    let config_error = target.add_to_config().err();
    Ok(SavedLogin { credential, saved_as: auth.provider, server, warning, config_error })
}

/// Whether the token is refused as expired: only one that the person had before, and unless a server accepted it.
/// If a token that was issued now seems expired, the clock is wrong.
fn is_refused(credential: &Credential, asked: Option<&ServerVerdict>, now: u64) -> bool {
    let expired = credential.sign_in.expires_at.is_some_and(|at| at <= now);
    let accepted = asked.is_some_and(|it| matches!(it.verdict, Verdict::Accepted(_)));
    credential.is_existing && expired && !accepted
}

/// The content of auth.json: what the server returned, else the token with the server's name for its provider.
fn auth_file(credential: &Credential, asked: Option<&ServerVerdict>) -> AuthFile {
    let token = credential.sign_in.token.clone();
    match asked {
        Some(ServerVerdict { verdict: Verdict::Accepted(file), .. }) => file.clone(),
        Some(ServerVerdict { provider: Some(name), .. }) => {
            AuthFile { provider: name.clone(), token }
        }
        _ => AuthFile { provider: credential.name.clone(), token },
    }
}

/// The sign-in after the server renewed its token. The expiry of the old token does not apply.
fn renewed(sign_in: SignIn, token: Token) -> SignIn {
    let of_token = SignIn::from_claims(token);
    let account = of_token.account.clone().or(sign_in.account);
    SignIn { account, stored_state: sign_in.stored_state, ..of_token }
}

fn expired(credential: &Credential, target: &Target) -> Error {
    let ago = credential.sign_in.expires_at.map(expiry).unwrap_or_default();
    let message = format!("The token of {} cannot be used.{ago}", credential.shown_name());
    Error::new(Code::Expired, message)
        .nothing_saved()
        .unchanged(target.store.file())
        .next(Suggestion::new("Get a new token", "mesheryctl system login"))
}

fn ask(server: &Server<'_>, credential: &Credential) -> ServerVerdict {
    let _quiet = Mode::quiet();
    let (name, verdict) = match (&credential.url, server.listed()) {
        (Some(url), _) => server.check(url, &credential.sign_in.token),
        (None, Err(why)) => (None, Verdict::Unknown(why)),
        (None, Ok(listed)) => {
            let why = why_unasked(&credential.name, listed.iter().map(|it| it.name.raw()));
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

fn rejected(credential: &Credential, server: &str, target: &Target) -> Error {
    let name = credential.shown_name();
    Error::new(Code::Rejected, format!("{server} rejected the token of {name}."))
        .nothing_saved()
        .unchanged(target.store.file())
        .next(Suggestion::new("Sign in again", "mesheryctl system login"))
        .next(Suggestion::new("Save anyway", "mesheryctl system login --no-server-check"))
}

#[cfg(test)]
mod tests;
