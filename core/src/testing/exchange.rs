//! The values in a call and in its answer.

use serde_json::Value;

use super::http_parts::{body, header};
use super::parts::Parts;
use super::url_parts::url;
use crate::messages::Call;
use crate::session::HttpRequest;

/// The longest answer of a person that is no more than a yes or a no.
const SHORT_ANSWER: usize = 3;

/// The call with what replaces its values.
pub fn call(parts: &mut Parts<'_>, call: &Call) -> Call {
    let mut new = call.clone();
    match &mut new {
        Call::Tell { text } => *text = parts.prose(text),
        Call::Ask { prompt, .. } => *prompt = parts.prose(prompt),
        Call::Choose { prompt, items } => {
            *prompt = parts.prose(prompt);
            items.iter_mut().for_each(|it| *it = parts.prose(it));
        }
        Call::Visit { url: to } => *to = url(parts, to, false),
        Call::Fetch(request) => fetched(parts, request),
        Call::ShowCode { url: at, code, .. } => {
            *at = url(parts, at, false);
            *code = parts.opaque("user_code", code);
        }
        _ => {}
    }
    new
}

fn fetched(parts: &mut Parts<'_>, request: &mut HttpRequest) {
    request.url = url(parts, &request.url, false);
    let kind = content_type(&request.headers);
    request.headers.iter_mut().for_each(|(name, value)| *value = header(parts, name, value));
    request.body = request.body.as_ref().map(|it| body(parts, &kind, it));
}

/// The answer, which is JSON, with what replaces its values.
pub fn answer(parts: &mut Parts<'_>, call: &Call, answer: &Value) -> Value {
    let mut new = answer.clone();
    let failure = new.get_mut("failed").and_then(Value::as_object_mut);
    for (name, value) in failure.into_iter().flatten() {
        let is_text = ["message", "hint"].contains(&name.as_str());
        if let Some(text) = value.as_str().filter(|_| is_text) {
            *value = parts.prose(text).into();
        }
    }
    if let Some(ok) = new.get_mut("ok") {
        *ok = result(parts, call, ok);
    }
    new
}

fn result(parts: &mut Parts<'_>, call: &Call, ok: &Value) -> Value {
    match (call, ok) {
        (Call::Ask { secret: true, .. }, Value::String(text)) => {
            parts.opaque("secret", text).into()
        }
        (Call::Ask { .. }, Value::String(text)) => {
            let is_short =
                text.len() <= SHORT_ANSWER && text.chars().all(|c| c.is_ascii_alphabetic());
            if is_short { ok.clone() } else { parts.opaque("answer", text).into() }
        }
        (Call::Random { .. }, Value::String(text)) => parts.opaque("random_secret", text).into(),
        (Call::Callback { .. }, Value::String(text)) => url(parts, text, false).into(),
        (Call::Visit { .. }, _) => {
            let new =
                pairs_of(ok).map(|(name, value)| (parts.name(&name), parts.named(&name, &value)));
            let new: Vec<_> = new.collect();
            serde_json::to_value(new).unwrap_or_default()
        }
        (Call::Fetch(_), Value::Object(members)) => {
            let headers: Vec<(String, String)> =
                members.get("headers").map(|it| pairs_of(it).collect()).unwrap_or_default();
            let text = members.get("body").and_then(Value::as_str).unwrap_or_default();
            let new_body = body(parts, &content_type(&headers), text);
            let redacted =
                |(name, value): &(String, String)| (name.clone(), header(parts, name, value));
            let new_headers: Vec<_> = headers.iter().map(redacted).collect();
            let mut members = members.clone();
            members.insert("headers".into(), serde_json::to_value(new_headers).unwrap_or_default());
            members.insert("body".into(), new_body.into());
            members.into()
        }
        (Call::Now | Call::Choose { .. } | Call::Cancelled, _) => ok.clone(),
        _ => parts.json("", ok),
    }
}

/// Pairs of texts in JSON.
fn pairs_of(json: &Value) -> impl Iterator<Item = (String, String)> {
    let text = |pair: &Value, at: usize| pair[at].as_str().unwrap_or_default().to_owned();
    json.as_array().into_iter().flatten().map(move |it| (text(it, 0), text(it, 1)))
}

fn content_type(headers: &[(String, String)]) -> String {
    let found = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-type"));
    found.map(|(_, value)| value.to_ascii_lowercase()).unwrap_or_default()
}
