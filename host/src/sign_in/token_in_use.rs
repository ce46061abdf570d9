//! [`TokenInUse`]: the token that a command uses: that of `--token`, else of `MESHERY_TOKEN`, else of the token file; and
//! what is recorded about it.

use mesheryctl_core::auth_file::AuthFile;
use mesheryctl_core::token::Token;
use mesheryctl_core::token::shape::not_a_token;

use super::remedy;
use super::target::Target;
use crate::clock::unix_now;
use crate::error::{Code, Command, Error, Suggestion};
use crate::storage::held_token::HeldToken;
use crate::storage::token_record::{Next, TokenRecord};
use crate::storage::token_store::{self, Stored};
use crate::storage::write_error::reason;

const DAY: u64 = 24 * 3600;

/// The token that a command uses, and what is recorded about it.
pub struct TokenInUse {
    pub auth: AuthFile,
    pub source: Source,
    /// Whether the token file, or `MESHERY_PROVIDER` beside `MESHERY_TOKEN`, names the provider of this token.
    pub names_provider: bool,
    pub record: Option<TokenRecord>,
}

/// Where the token in use is from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    File,
    Environment,
}

impl Source {
    /// Where a token is from, if there is one. With `named` the file was named on the command line.
    pub fn here(named: bool) -> Self {
        match token_store::token_of_environment() {
            Some(_) if !named => Self::Environment,
            _ => Self::File,
        }
    }
}

impl TokenInUse {
    /// Finds the token in use. With `named` the file was named on the command line.
    ///
    /// # Errors
    /// `not_signed_in`: why no token is in use, and what to type next.
    pub fn find(target: &Target, named: bool) -> Result<Self, Error> {
        // A file that is named is only read.
        let (stored, record) = target.store.read_with_record(!named);
        let environment = token_store::token_of_environment().filter(|_| !named);
        let source = if environment.is_some() { Source::Environment } else { Source::File };
        let auth = match environment {
            Some(token) => from_environment(token.expose(), stored, target)?,
            None => from_file(stored, named, target)?,
        };
        let record = record.filter(|it| it.is_of(&auth.token));
        let names_provider = source == Source::File || provider_of_environment().is_some();
        Ok(Self { auth, source, names_provider, record })
    }

    /// Finds the token of the target's file, whatever `MESHERY_TOKEN` is.
    ///
    /// # Errors
    /// As [`TokenInUse::find`].
    pub fn of_target(target: &Target) -> Result<Self, Error> {
        let (stored, record) = target.store.read_with_record(true);
        let auth = from_file(stored, false, target)?;
        let record = record.filter(|it| it.is_of(&auth.token));
        Ok(Self::of_file(auth, record))
    }

    /// The token that this process holds.
    pub fn of_held(held: &HeldToken<'_>) -> Self {
        Self::of_file(held.auth.clone(), held.record.clone())
    }

    /// The token that replaces another.
    pub fn of_next(next: &Next) -> Self {
        Self::of_file(next.auth_file(), Some(next.record.clone()))
    }

    /// The token of the token file.
    pub fn stored(auth: AuthFile, target: &Target) -> Self {
        let record = target.store.record_of(&auth.token);
        Self::of_file(auth, record)
    }

    /// A token of a token file, with what is recorded about it.
    pub fn of_file(auth: AuthFile, record: Option<TokenRecord>) -> Self {
        Self { auth, source: Source::File, names_provider: true, record }
    }

    /// The end by the record. If this program did not receive the token from its issuer, else by the claims of the token.
    pub fn ends_at(&self) -> Option<u64> {
        let record = self.record.as_ref();
        let recorded = record.and_then(|it| it.expires_at);
        match record.and_then(|it| it.received_at) {
            Some(_) => recorded,
            None => recorded.or(self.auth.token.claims().ends_at()),
        }
    }

    /// Whether its time is over, by the clock of this computer.
    pub fn has_ended(&self) -> bool {
        self.ends_at().is_some_and(|at| at <= unix_now())
    }

    /// Whether its end is known, and less than a day from now or past.
    pub fn ends_within_a_day(&self) -> bool {
        self.ends_at().is_some_and(|at| at <= unix_now() + DAY)
    }

    /// Whether it has a refresh token and its time is over.
    pub fn ended_without_refresh(&self) -> bool {
        self.auth.token.claims().refresh_due.is_some() && self.has_ended()
    }

    /// Whether it came with what a renewal needs. Its provider may still renew no token.
    pub fn may_be_renewed(&self) -> bool {
        let has_state = self.record.as_ref().is_some_and(|it| it.state.is_some());
        self.source == Source::File && (has_state || self.auth.token.claims().refreshable)
    }

    /// Whether a server or the provider verified this token before.
    pub fn was_verified(&self) -> bool {
        self.record.as_ref().is_some_and(|it| it.verified_at.is_some())
    }

    /// The account by the record, else by the claims of the token.
    pub fn claimed_account(&self) -> Option<String> {
        let recorded = self.record.as_ref().and_then(|it| it.account.clone());
        recorded.or_else(|| self.auth.token.claims().account)
    }
}

fn refused(why: &str, next: Suggestion) -> Error {
    Error::new(Code::NotSignedIn, format!("{why}.")).next(next)
}

fn from_file(stored: Stored, named: bool, target: &Target) -> Result<AuthFile, Error> {
    let file = target.token_file();
    let path = target.store.path().display().to_string();
    let mut fix = remedy::sign_in();
    let why = match stored {
        Stored::Token(auth) => {
            let text = auth.token.expose();
            return match not_a_token(text).filter(|_| named && !text.is_empty()) {
                Some(what) => Err(refused(&format!("The \"token\" of {file} {what}"), fix)),
                None => Ok(auth),
            };
        }
        Stored::Nothing => format!("{file} is empty or missing"),
        Stored::Invalid(why) => {
            // A login replaces it, unless it may be of use.
            let misplaced = target.store.check_place().err();
            fix = misplaced.and_then(|it| it.suggestions().first().cloned()).unwrap_or(fix);
            format!("{file} {why}")
        }
        Stored::Unreadable(_) if target.store.path().is_dir() => {
            fix = Suggestion::new(
                "Move it away",
                Command::from("mv").value(&path).value(&path).glued(".bak"),
            );
            format!("{file} is a directory")
        }
        Stored::Unreadable(error) => {
            fix = Suggestion::new("Show permissions", Command::from("ls -ld").value(&path));
            format!("cannot read {file}: {}", reason(&error))
        }
    };
    Err(refused(&format!("Authentication token not found: {why}"), fix))
}

fn provider_of_environment() -> Option<String> {
    std::env::var("MESHERY_PROVIDER").ok().filter(|it| !it.is_empty())
}

/// The token in `MESHERY_TOKEN`. Its provider is that of `MESHERY_PROVIDER`, else of the token file, else of the
/// context.
fn from_environment(text: &str, stored: Stored, target: &Target) -> Result<AuthFile, Error> {
    let unnamed =
        |why: &str| refused(why, Suggestion::new("Name it", "export MESHERY_PROVIDER=Layer5"));
    if let Some(what) = not_a_token(text) {
        return Err(refused(&format!("MESHERY_TOKEN {what}"), remedy::variable()));
    }
    let token = Token::parse(text)
        .map_err(|why| refused(&format!("MESHERY_TOKEN {why}"), remedy::variable()))?;
    let of_file = match stored {
        Stored::Token(auth) => Some(auth.provider),
        _ => None,
    };
    let of_context = || target.context.as_ref().and_then(|it| it.provider.clone());
    match provider_of_environment().or(of_file).or_else(of_context) {
        Some(none) if ["none", "local"].contains(&none.to_lowercase().as_str()) => Err(unnamed(
            &format!("MESHERY_TOKEN is set, but its provider would be {none}, which uses no token"),
        )),
        Some(provider) => Ok(AuthFile { provider, token }),
        None => Err(unnamed("MESHERY_TOKEN is set, but its provider is unknown")),
    }
}
