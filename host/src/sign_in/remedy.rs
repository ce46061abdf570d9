//! What to do about a token that cannot be used: it depends on where the token is from, and whether a person can sign in.

use crate::error::Suggestion;
use crate::terminal::environment::is_ci;

const SET_VARIABLE: &str = "export MESHERY_TOKEN=\"$(cat token.txt)\"";

/// How to get a saved token.
pub fn sign_in() -> Suggestion {
    match is_ci() {
        true => save_token(),
        false => Suggestion::new("Sign in", "mesheryctl system login"),
    }
}

/// How to renew the saved token.
pub fn renew() -> Suggestion {
    Suggestion::new("Renew it", "mesheryctl system token refresh")
}

/// The ways to use a token in CI, where a browser sign-in is not possible.
pub fn for_ci() -> [Suggestion; 2] {
    let both = "export MESHERY_PROVIDER=Layer5 MESHERY_TOKEN=\"$(cat token.txt)\"";
    [Suggestion::new("Use a token", both), save_token()]
}

fn save_token() -> Suggestion {
    let login = "mesheryctl system login --provider Layer5 --with-token < token.txt";
    Suggestion::new("Save a token", login)
}

/// What to do about a `MESHERY_TOKEN` that cannot be used. Another login would change nothing: the variable takes precedence.
pub fn variable() -> Suggestion {
    match is_ci() {
        true => Suggestion::new("Set a new one", SET_VARIABLE),
        false => unset_variable(),
    }
}

pub fn unset_variable() -> Suggestion {
    Suggestion::new("Use the saved token", "unset MESHERY_TOKEN")
}

pub fn new_variable() -> Suggestion {
    Suggestion::new("Or set a new one", SET_VARIABLE)
}
