//! [`Ending`]: how an action ended.

use std::any::Any;

use crate::failure::{Failure, FailureKind};
use crate::provider::SignIn;

pub enum Ending {
    /// With a result that is none of an action.
    Unknown,
    /// With an account, a confirmation or a sign-in; with the token of the sign-in.
    Succeeded(Option<String>),
    Failed(Failure),
    /// With the text of the panic and its place.
    Panicked(String),
}

impl From<Result<SignIn, Failure>> for Ending {
    fn from(result: Result<SignIn, Failure>) -> Self {
        result.map_or_else(Self::Failed, |it| Self::Succeeded(Some(it.token.expose().to_owned())))
    }
}

impl Ending {
    /// The ending of an action with this result.
    pub fn of(result: &dyn Any) -> Self {
        if let Some(result) = result.downcast_ref::<Result<SignIn, Failure>>() {
            return result.clone().into();
        }
        let account = result.downcast_ref::<Result<String, Failure>>();
        let result = account.map(|it| it.as_ref().map(drop)).or_else(|| {
            result.downcast_ref::<Result<(), Failure>>().map(|it| it.as_ref().map(drop))
        });
        match result {
            Some(Ok(())) => Self::Succeeded(None),
            Some(Err(failure)) => Self::Failed(failure.clone()),
            None => Self::Unknown,
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
        let is_empty = matches!(self, Self::Succeeded(Some(token)) if token.is_empty());
        is_empty.then(|| "it returned an empty token, which the host refuses".to_owned())
    }
}

/// The name of the kind in JSON.
pub fn name(kind: FailureKind) -> String {
    let name = serde_json::to_value(kind).unwrap_or_default();
    name.as_str().unwrap_or_default().to_owned()
}
