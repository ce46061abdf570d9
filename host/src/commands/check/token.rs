//! The token in use: that of `MESHERY_TOKEN`, else that of the token file, and its expiry.

use mesheryctl_core::auth_file::AuthFile;
use mesheryctl_core::token::Token;

use super::report::{Line, Mark, bad, good};
use crate::clock::{expiry, unix_now};
use crate::sign_in::target::Target;
use crate::storage::token_store::{self, Stored};
use crate::text::{Label, Name};

/// Returns the token in use, and adds a line about it, or about the reason why no token is in use.
pub fn token_in_use(target: &Target, lines: &mut Vec<Line>) -> Option<AuthFile> {
    let file = target.token_file();
    let stored = target.store.read();
    if let Some(token) = token_store::of_environment() {
        return from_environment(token.expose(), stored, target, lines);
    }
    let line = match stored {
        Stored::Token(auth) => {
            lines.push(good(signed_in(&auth, target)));
            return Some(auth);
        }
        Stored::Nothing => format!("Authentication token not found: {file} is empty or missing"),
        Stored::Invalid(why) => format!("Authentication token not found: {file} {why}"),
        Stored::Unreadable(error) => {
            format!("Authentication token not found: cannot read {file}: {error}")
        }
    };
    lines.push(bad(line));
    None
}

fn signed_in(auth: &AuthFile, target: &Target) -> String {
    let name = Name::new(&auth.provider);
    let file = target.token_file();
    if auth.token.is_empty() {
        return format!("Using {name} without an account ({file})");
    }
    let state = target.store.record_of(&auth.token);
    let account = state.and_then(|it| it.account).or_else(|| auth.token.claims().account);
    let account = account.map(|it| format!(" as {}", Label::new(&it))).unwrap_or_default();
    format!("Signed in to {name}{account} ({file})")
}

/// The token in `MESHERY_TOKEN`. Its provider is that of `MESHERY_PROVIDER`, else of the token file, else of the
/// context.
fn from_environment(
    text: &str,
    stored: Stored,
    target: &Target,
    lines: &mut Vec<Line>,
) -> Option<AuthFile> {
    let token = match Token::parse(text) {
        Ok(token) => token,
        Err(why) => {
            lines.push(bad(format!("MESHERY_TOKEN {why}")));
            return None;
        }
    };
    let of_file = match stored {
        Stored::Token(auth) => Some(auth.provider),
        _ => None,
    };
    let of_context = || target.context.as_ref().and_then(|it| it.provider.clone());
    let provider = std::env::var("MESHERY_PROVIDER").ok().filter(|it| !it.is_empty());
    match provider.or(of_file).or_else(of_context) {
        Some(none) if ["none", "local"].contains(&none.to_lowercase().as_str()) => {
            lines.push(bad(format!("MESHERY_TOKEN is set, but its provider would be {none}, which uses no token: set MESHERY_PROVIDER")));
            None
        }
        Some(provider) => {
            lines.push(good(format!("Using MESHERY_TOKEN of {}", Name::new(&provider))));
            Some(AuthFile { provider, token })
        }
        None => {
            lines.push(bad(
                "MESHERY_TOKEN is set, but its provider is unknown: set MESHERY_PROVIDER".into(),
            ));
            None
        }
    }
}

/// The expiry that the provider stated when it issued the token, else that in the claims of the token.
pub fn expires_at(token: &Token, target: &Target) -> Option<u64> {
    target.store.record_of(token).and_then(|it| it.expires_at).or(token.claims().expires_at)
}

/// The line about the expiry. An expired token is no error if the server accepts it.
pub fn expired(at: u64, verdict: Mark) -> Line {
    let text = expiry(at).trim().trim_end_matches('.').to_owned();
    match at > unix_now() || verdict == Mark::Good {
        true => good(text),
        false => bad(text),
    }
}
