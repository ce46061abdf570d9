//! The token in use: that of `--token`, else of `MESHERY_TOKEN`, else of the token file; and what is known of it.

use mesheryctl_core::auth_file::AuthFile;
use mesheryctl_core::token::Token;
use mesheryctl_core::token::shape::not_a_token;

use super::id::Id;
use super::remedy;
use super::report::{LastVerified, Line, Report, bad, good, note};
use crate::clock::{self, ago, unix_now};
use crate::error::{Command, Suggestion};
use crate::sign_in::target::Target;
use crate::sign_in::verification::Verification;
use crate::storage::token_store::{self, Stored, TokenRecord};
use crate::storage::write_error::reason;
use crate::text::{Label, Line as Shown, Name};

/// How far the clock of the issuer may be ahead, in seconds.
const CLOCK_LEEWAY: u64 = 60;

/// The token in use, and what is recorded about it.
pub struct Used {
    pub auth: AuthFile,
    pub source: Source,
    /// Whether the token file, or `MESHERY_PROVIDER` beside `MESHERY_TOKEN`, names the provider of this token.
    pub names_provider: bool,
    pub record: Option<TokenRecord>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    File,
    Environment,
}

/// Returns the token in use, or adds a line with the reason why no token is in use. With `named` the file was named on the
/// command line.
pub fn token_in_use(target: &Target, named: bool, report: &mut Report) -> Option<Used> {
    let stored = target.store.read();
    let environment = token_store::token_of_environment().filter(|_| !named);
    let source = if environment.is_some() { Source::Environment } else { Source::File };
    report.source = Some(source);
    let auth = match environment {
        Some(token) => from_environment(token.expose(), stored, target),
        None => from_file(stored, named, target),
    };
    match auth {
        Ok(auth) => {
            let record = target.store.record_of(&auth.token);
            let names_provider = source == Source::File || provider_of_environment().is_some();
            Some(Used { auth, source, names_provider, record })
        }
        Err(line) => {
            report.lines.push(line);
            None
        }
    }
}

fn from_file(stored: Stored, named: bool, target: &Target) -> Result<AuthFile, Line> {
    let file = target.token_file();
    let path = target.store.path().display().to_string();
    let mut fix = remedy::sign_in();
    let why = match stored {
        Stored::Token(auth) => {
            let text = auth.token.expose();
            return match not_a_token(text).filter(|_| named && !text.is_empty()) {
                Some(what) => {
                    Err(bad(Id::Token, format!("The \"token\" of {file} {what}")).with(fix))
                }
                None => Ok(auth),
            };
        }
        Stored::Nothing => format!("{file} is empty or missing"),
        Stored::Invalid(why) => {
            // A login replaces it, unless it may be of use.
            let refused = target.store.check_place().err();
            fix = refused.and_then(|it| it.suggestions().first().cloned()).unwrap_or(fix);
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
    Err(bad(Id::Token, format!("Authentication token not found: {why}")).with(fix))
}

fn provider_of_environment() -> Option<String> {
    std::env::var("MESHERY_PROVIDER").ok().filter(|it| !it.is_empty())
}

/// The token in `MESHERY_TOKEN`. Its provider is that of `MESHERY_PROVIDER`, else of the token file, else of the
/// context.
fn from_environment(text: &str, stored: Stored, target: &Target) -> Result<AuthFile, Line> {
    let refused = |why: String| bad(Id::Token, why).with(remedy::variable());
    let unnamed = |why: String| {
        let set = Suggestion::new("Name it", "export MESHERY_PROVIDER=Layer5");
        bad(Id::Token, why).with(set)
    };
    if let Some(what) = not_a_token(text) {
        return Err(refused(format!("MESHERY_TOKEN {what}")));
    }
    let token = Token::parse(text).map_err(|why| refused(format!("MESHERY_TOKEN {why}")))?;
    let of_file = match stored {
        Stored::Token(auth) => Some(auth.provider),
        _ => None,
    };
    let of_context = || target.context.as_ref().and_then(|it| it.provider.clone());
    match provider_of_environment().or(of_file).or_else(of_context) {
        Some(none) if ["none", "local"].contains(&none.to_lowercase().as_str()) => Err(unnamed(
            format!("MESHERY_TOKEN is set, but its provider would be {none}, which uses no token"),
        )),
        Some(provider) => Ok(AuthFile { provider, token }),
        None => Err(unnamed("MESHERY_TOKEN is set, but its provider is unknown".to_owned())),
    }
}

impl Used {
    /// The end that the provider stated when it issued the token, else that in the claims of the token.
    pub fn ends_at(&self) -> Option<u64> {
        let recorded = self.record.as_ref().and_then(|it| it.expires_at);
        recorded.or(self.auth.token.claims().ends_at())
    }

    /// Whether it has a refresh token and its time is over.
    pub fn ended_without_refresh(&self) -> bool {
        self.auth.token.claims().refresh_due.is_some_and(|at| at <= unix_now())
    }

    /// The first line about a token that a server or the provider verified, now or before.
    pub fn verified(&self, account: Option<&str>, target: &Target) -> Line {
        let name = Name::new(&self.auth.provider);
        let account =
            account.map(|it| format!(" as {}", Label::new(it).delimited())).unwrap_or_default();
        let text = match self.source {
            Source::Environment => format!("Using MESHERY_TOKEN of {name}{account}"),
            Source::File => format!("Signed in to {name}{account} ({})", target.token_file()),
        };
        good(Id::Token, text)
    }

    /// The first line about a token that neither a server nor the provider verified.
    pub fn unverified(&self, target: &Target) -> Line {
        let name = Name::new(&self.auth.provider);
        let text = match self.source {
            Source::Environment => format!("Using MESHERY_TOKEN of {name}, which is not verified"),
            Source::File => {
                format!("The token of {name} is not verified ({})", target.token_file())
            }
        };
        note(Id::Token, text)
    }

    /// The line about a token that has expired.
    pub fn expired(&self, target: &Target) -> Line {
        let ago = self.ends_at().map(ago).unwrap_or_default();
        match self.source {
            Source::Environment => {
                bad(Id::Token, format!("MESHERY_TOKEN expired {ago}")).with(remedy::variable())
            }
            Source::File => {
                let text = format!("Token expired {ago} ({})", target.token_file());
                bad(Id::Token, text).with(remedy::sign_in())
            }
        }
    }

    /// The line about a token that is valid only in the future. Only a wrong clock explains it, here or at the issuer.
    pub fn early(&self, accepted: bool) -> Option<Line> {
        let from = self.auth.token.claims().valid_from?;
        let ahead = from.checked_sub(unix_now()).filter(|it| *it > CLOCK_LEEWAY)?;
        let text = format!(
            "The token is valid only in {}, by the clock of this computer",
            clock::in_large_unit(ahead)
        );
        let line = if accepted { note(Id::Clock, text) } else { bad(Id::Clock, text) };
        Some(line.with(Suggestion::new("Check the clock", "date -u")))
    }

    /// The line about the expiry of a token that is used; a token may be accepted although it has `ended`.
    pub fn expiry(&self, ended: bool) -> Option<Line> {
        let at = self.ends_at()?;
        let text = clock::expiry(at).trim().trim_end_matches('.').to_owned();
        // A server would refresh it.
        let is_refreshed = self.auth.token.claims().refreshable;
        match (ended, is_refreshed) {
            (true, _) => {
                let text = format!("{text} by the clock of this computer, and is accepted");
                Some(note(Id::Expiry, text))
            }
            (false, true) => None,
            (false, false) => Some(good(Id::Expiry, text)),
        }
    }

    /// The account, if the server or the provider verified the token.
    pub fn account(&self, verification: &Verification) -> Option<String> {
        match verification {
            Verification::Accepted { account: Some(account), .. } => Some(account.clone()),
            Verification::Accepted { account: None, .. } => self.claimed_account(),
            _ => self.claimed_account().filter(|_| self.was_verified()),
        }
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

    /// The last verification that is recorded.
    pub fn last_verified(&self) -> Option<LastVerified> {
        let record = self.record.as_ref()?;
        Some(LastVerified { at: record.verified_at?, by: record.verified_by.clone()? })
    }

    /// The line about the last verification.
    pub fn last_verified_line(&self) -> Option<Line> {
        let (record, LastVerified { at, by }) = (self.record.as_ref()?, self.last_verified()?);
        let by = match by == record.provider_id {
            true => Name::new(&self.auth.provider).to_string(),
            false => Shown::new(&by).to_string(),
        };
        Some(note(Id::Verified, format!("Last verified {} by {by}", ago(at))))
    }
}
