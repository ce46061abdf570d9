//! [`Ending`]: how an action ended.

use std::any::Any;

use crate::failure::{Failure, FailureKind};
use crate::provider::SignIn;

pub enum Ending {
    /// With a value of a type that no action returns.
    Unknown,
    /// With an account, a confirmation or a sign-in.
    Succeeded(Success),
    Failed(Failure),
    /// With the text of the panic and its place.
    Panicked(String),
}

/// What an action returned.
#[derive(Default)]
pub struct Success {
    /// The token of a sign-in.
    pub token: Option<String>,
    /// The account of a sign-in or of `whoami`.
    pub account: Option<String>,
}

impl From<Result<SignIn, Failure>> for Ending {
    fn from(result: Result<SignIn, Failure>) -> Self {
        result.map_or_else(Self::Failed, |it| {
            let token = Some(it.token.expose().to_owned());
            Self::Succeeded(Success { token, account: it.account })
        })
    }
}

impl Ending {
    /// The ending of an action with this result.
    pub fn of(result: &dyn Any) -> Self {
        if let Some(result) = result.downcast_ref::<Result<SignIn, Failure>>() {
            return result.clone().into();
        }
        let account = result.downcast_ref::<Result<String, Failure>>();
        let result = account.map(|it| it.clone().map(Some)).or_else(|| {
            result.downcast_ref::<Result<(), Failure>>().map(|it| it.clone().map(|()| None))
        });
        match result {
            Some(Ok(account)) => Self::Succeeded(Success { token: None, account }),
            Some(Err(failure)) => Self::Failed(failure),
            None => Self::Unknown,
        }
    }

    pub fn success(&self) -> Option<&Success> {
        match self {
            Self::Succeeded(success) => Some(success),
            _ => None,
        }
    }

    /// As a clause.
    pub fn words(&self) -> String {
        match self {
            Self::Unknown => "the action ended".into(),
            Self::Succeeded(_) => "the action succeeded".into(),
            Self::Failed(failure) => {
                format!("the action failed ({}): {}", name(failure.kind), failure.message)
            }
            Self::Panicked(text) => format!("it panicked: {text}"),
        }
    }

    /// What a host does not accept of it, in words.
    pub fn refusal(&self) -> Option<String> {
        let is_empty = self.success().and_then(|it| it.token.as_deref()) == Some("");
        is_empty.then(|| "it returned an empty token, which the host refuses".to_owned())
    }
}

/// The name of the kind in JSON.
pub fn name(kind: FailureKind) -> String {
    let name = serde_json::to_value(kind).unwrap_or_default();
    name.as_str().unwrap_or_default().to_owned()
}
