//! [`SignedIn`]: who is signed in in a context, by what this computer knows.

use crate::cli::Global;
use crate::error::{Code, Result};
use crate::sign_in::target::Target;
use crate::sign_in::token_in_use::{Source, TokenInUse};
use crate::storage::config::Config;
use crate::terminal::Terminal;
use crate::text::{Label, Name};

/// The token of a context, or why it has none.
pub struct SignedIn {
    pub target: Target,
    used: Result<TokenInUse>,
}

/// Who is signed in in this context of the config file, which was this config.
///
/// # Errors
/// Those of reading the config file.
pub fn signed_in(global: &Global, config: Option<&Config>, context: &str) -> Result<SignedIn> {
    let global = Global { context: Some(context.to_owned()), ..global.clone() };
    let target = Target::find_in(config, &global)?;
    let used = TokenInUse::find(&target, false);
    Ok(SignedIn { target, used })
}

impl SignedIn {
    /// The token, if it has not ended.
    pub fn token(&self) -> Option<&TokenInUse> {
        self.used.as_ref().ok().filter(|it| !it.has_ended())
    }

    /// Says who is signed in, or that the context has no token.
    pub fn say(&self, terminal: &Terminal) {
        terminal.say(&self.sentence());
    }

    /// Says who it is, if there is a token.
    pub fn say_if_any(&self, terminal: &Terminal) {
        if self.used.as_ref().is_ok_and(|it| !it.auth.token.is_empty()) {
            self.say(terminal);
        }
    }

    fn sentence(&self) -> String {
        let used = match &self.used {
            Ok(used) => used,
            Err(error) if error.code == Code::NotSignedIn => {
                return "Not signed in there: mesheryctl system login".to_owned();
            }
            Err(error) => return error.to_string(),
        };
        let account = used.claimed_account().map(|it| Label::new(&it));
        let provider = Name::new(&used.auth.provider);
        if used.auth.token.is_empty() {
            return format!("Using {provider} there, without an account.");
        }
        let of = account.as_ref().map(|it| format!(" ({it})")).unwrap_or_default();
        match (used.source, used.has_ended(), used.was_verified(), account) {
            (Source::Environment, ..) => {
                "MESHERY_TOKEN is set: its token is used in every context.".to_owned()
            }
            (Source::File, true, ..) => {
                format!("The token there, of {provider}{of}, has expired: mesheryctl system login")
            }
            (Source::File, false, true, Some(account)) => {
                format!("Signed in there as {account} with {provider}.")
            }
            (Source::File, false, true, None) => format!("Signed in there with {provider}."),
            (Source::File, false, false, _) => {
                format!("The token there is of {provider}{of}, not verified.")
            }
        }
    }
}
