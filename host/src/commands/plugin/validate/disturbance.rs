//! [`Disturbance`]: another answer than the sound one to a session call.

use std::fmt;

use mesheryctl_core::failure::{Failure, FailureKind};
use mesheryctl_core::messages;
use serde_json::{Value, json};

/// What is wrong with one answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disturbance {
    Refused,
    Cancelled,
    TimedOut,
    /// A value of another type.
    WrongType,
    /// The first half of the sound answer.
    Truncated,
    /// The sound answer with a member or parameter that no version has, and so the body of a response.
    UnknownMember,
    /// The person types nothing, the browser brings back an error, or the server answers 500.
    Unhelpful,
    /// The body of the response is `{}`.
    NoMembers,
    /// The body of the response is `[]`.
    NoObject,
    /// The body of the response has its members, with values of other types.
    OtherMembers,
    /// The sound response, with status 401.
    Unauthorized,
}

impl Disturbance {
    pub const ALL: [Self; 11] = [
        Self::Refused,
        Self::Cancelled,
        Self::TimedOut,
        Self::WrongType,
        Self::Truncated,
        Self::UnknownMember,
        Self::Unhelpful,
        Self::NoMembers,
        Self::NoObject,
        Self::OtherMembers,
        Self::Unauthorized,
    ];

    /// The failure after which every call fails, as in a login that is over.
    pub fn ends_with(self) -> Option<Failure> {
        match self {
            Self::Cancelled => Some(Failure::new(FailureKind::Cancelled, "Cancelled.")),
            Self::TimedOut => {
                Some(Failure::new(FailureKind::TimedOut, "Timed out after 5 minutes."))
            }
            _ => None,
        }
    }

    /// Whether this call has such an answer.
    pub fn applies_to(self, call: &str) -> bool {
        match self {
            Self::UnknownMember => matches!(call, "fetch" | "visit"),
            Self::NoMembers | Self::NoObject | Self::OtherMembers | Self::Unauthorized => {
                call == "fetch"
            }
            Self::Unhelpful => unhelpful(call).is_some(),
            _ => true,
        }
    }

    /// The answer in place of the sound one; `None` if this disturbance does not apply to the call.
    pub fn of(self, call: &str, sound: &str) -> Option<String> {
        match self {
            Self::Cancelled | Self::TimedOut => self.ends_with().map(failed),
            Self::Refused => Some(failed(Failure::new(FailureKind::Refused, "It was refused."))),
            Self::WrongType => Some(json!({ "ok": wrong_type(call) }).to_string()),
            Self::Truncated => {
                let half = (0..=sound.len() / 2).rev().find(|at| sound.is_char_boundary(*at))?;
                sound.get(..half).map(str::to_owned)
            }
            Self::UnknownMember => with_unknown_member(call, sound),
            Self::Unhelpful => unhelpful(call).map(|it| json!({ "ok": it }).to_string()),
            Self::NoMembers => with_response(sound, "body", |_| json!("{}")),
            Self::NoObject => with_response(sound, "body", |_| json!("[]")),
            Self::OtherMembers => with_response(sound, "body", of_other_types),
            Self::Unauthorized => with_response(sound, "status", |_| json!(401)),
        }
    }
}

fn failed(failure: Failure) -> String {
    messages::encode::<()>(Err(failure))
}

fn wrong_type(call: &str) -> Value {
    match call {
        "fetch" | "visit" | "ask" | "callback" | "random" => json!(7),
        _ => json!("seven"),
    }
}

/// The sound response with another value of this member.
fn with_response(sound: &str, name: &str, other: impl Fn(&Value) -> Value) -> Option<String> {
    let mut answer: Value = serde_json::from_str(sound).ok()?;
    let value = answer.get_mut("ok")?.get_mut(name)?;
    *value = other(value);
    Some(answer.to_string())
}

/// The body with a number for each text, and a text for everything else.
fn of_other_types(body: &Value) -> Value {
    let members: Option<Value> = body.as_str().and_then(|it| serde_json::from_str(it).ok());
    let Some(Value::Object(mut members)) = members else { return json!("7") };
    for (_, value) in &mut members {
        *value = if value.is_string() { json!(7) } else { json!("seven") };
    }
    Value::Object(members).to_string().into()
}

fn with_unknown_member(call: &str, sound: &str) -> Option<String> {
    let mut answer: Value = serde_json::from_str(sound).ok()?;
    let value = answer.get_mut("ok")?;
    match call {
        "fetch" => {
            let later = || ("later".to_owned(), json!({ "version": [2] }));
            let body: Option<Value> = serde_json::from_str(value["body"].as_str()?).ok();
            if let Some(Value::Object(mut members)) = body {
                members.extend([later()]);
                value["body"] = Value::Object(members).to_string().into();
            }
            value.as_object_mut()?.extend([later()]);
        }
        "visit" => value.as_array_mut()?.push(json!(["later", "2"])),
        _ => return None,
    }
    Some(answer.to_string())
}

fn unhelpful(call: &str) -> Option<Value> {
    match call {
        "ask" => Some(json!("")),
        "visit" => Some(json!([["error", "access_denied"]])),
        "fetch" => {
            let headers = [["content-type", "text/html"]];
            Some(json!({ "status": 500, "headers": headers, "body": "<html>" }))
        }
        _ => None,
    }
}

impl fmt::Display for Disturbance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Refused => "refused",
            Self::Cancelled => "cancelled",
            Self::TimedOut => "timed out",
            Self::WrongType => "answered with a value of another type",
            Self::Truncated => "answered with half an answer",
            Self::UnknownMember => "answered with an unknown member",
            Self::Unhelpful => "answered with nothing, an error or status 500",
            Self::NoMembers => "answered with the body {}",
            Self::NoObject => "answered with the body []",
            Self::OtherMembers => "answered with members of other types",
            Self::Unauthorized => "answered with status 401",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disturbance_replaces_the_sound_answer_or_does_not_apply() {
        use Disturbance::*;
        let fetched = r#"{"ok":{"body":"{}","status":200}}"#;
        let with_members = r#"{"ok":{"body":"{\"a\":\"x\",\"b\":1}","status":200}}"#;
        for (disturbance, call, sound, expected) in [
            (Refused, "now", r#"{"ok":1}"#, Some(r#""kind":"refused""#)),
            (Cancelled, "tell", r#"{"ok":null}"#, Some(r#""kind":"cancelled""#)),
            (TimedOut, "tell", r#"{"ok":null}"#, Some(r#""kind":"timed_out""#)),
            (WrongType, "ask", r#"{"ok":"Ada"}"#, Some(r#"{"ok":7}"#)),
            (WrongType, "now", r#"{"ok":1}"#, Some(r#"{"ok":"seven"}"#)),
            (Truncated, "ask", r#"{"ok":"Adä"}"#, Some(r#"{"ok":"#)),
            (UnknownMember, "fetch", fetched, Some(r#""later":{"version":[2]}"#)),
            (UnknownMember, "fetch", fetched, Some(r#""body":"{\"later\":{"#)),
            (UnknownMember, "visit", r#"{"ok":[]}"#, Some(r#"{"ok":[["later","2"]]}"#)),
            (UnknownMember, "visit", r#"{"failed":{"kind":"refused"}}"#, None),
            (UnknownMember, "tell", r#"{"ok":null}"#, None),
            (Unhelpful, "ask", r#"{"ok":"Ada"}"#, Some(r#"{"ok":""}"#)),
            (Unhelpful, "fetch", fetched, Some(r#""status":500"#)),
            (Unhelpful, "now", r#"{"ok":1}"#, None),
            (NoMembers, "fetch", fetched, Some(r#""body":"{}""#)),
            (NoObject, "fetch", fetched, Some(r#""body":"[]""#)),
            (OtherMembers, "fetch", with_members, Some(r#"{\"a\":7,\"b\":\"seven\"}"#)),
            (Unauthorized, "fetch", with_members, Some(r#""status":401"#)),
            (Unauthorized, "fetch", with_members, Some(r#"{\"a\":\"x\",\"b\":1}"#)),
            (Unauthorized, "fetch", r#"{"failed":{"kind":"refused"}}"#, None),
        ] {
            let answer = disturbance.of(call, sound);
            let is_expected = match (&answer, expected) {
                (Some(answer), Some(part)) => answer.contains(part),
                (answer, expected) => answer.is_none() && expected.is_none(),
            };
            assert!(is_expected, "{disturbance:?} {call}: {answer:?}");
        }
    }
}
