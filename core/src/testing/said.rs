//! What a provider says: to a person, and in the URLs that it opens and requests.

use serde_json::Value;

use super::ending::Ending;
use super::fault::CONTROL;
use super::parts::Parts;
use super::script::Script;
use super::scripted::Scripted;
use super::secrets::Secrets;
use crate::failure::Failure;
use crate::messages::{Call, decode};
use crate::provider::Request;

/// The secrets that the provider was given: those of the test and of the request, and the answers of `ask_secret`. Values
/// that a server calls secret, such as a code, do not count: a provider shows codes, and its URLs contain states.
pub struct Given(Secrets);

impl Given {
    pub fn of(script: &Script, request: &Request) -> Self {
        // A URL that is a secret, such as that of a webhook, is there to be requested.
        let texts: Vec<_> =
            script.secrets.iter().filter(|it| !it.contains("://")).cloned().collect();
        let mut secrets = Secrets::new(&texts);
        if let Some(token) = &request.token {
            secrets.add(token.expose());
            secrets.add(token.bearer().expose());
        }
        // A state that is no object may be an account or a part of an address.
        let state = request.stored_state.as_ref().map(|it| serde_json::from_str(it.expose()));
        if let Some(Ok(members)) = state {
            Parts::new(&mut secrets).json("", &Value::Object(members));
        }
        Self(secrets)
    }

    /// With what a person typed, and with the token of the sign-in.
    fn after(&self, session: &Scripted, ending: &Ending) -> Secrets {
        let mut secrets = self.0.clone();
        for (call, answer) in session.calls.iter().zip(&session.answers) {
            if matches!(call, Call::Ask { secret: true, .. }) {
                let typed: Result<String, _> = decode(answer);
                typed.iter().for_each(|it| secrets.add(it));
            }
        }
        let token = ending.success().and_then(|it| it.token.as_ref());
        token.iter().for_each(|it| secrets.add(it));
        secrets
    }
}

/// A secret in what the provider says, and a character that changes more than a line of a terminal.
pub fn problems(given: &Given, session: &Scripted, ending: &Ending) -> Vec<String> {
    let secrets = given.after(session, ending);
    let mut problems = Vec::new();
    let mut add = |problem: String| {
        if !problems.contains(&problem) {
            problems.push(problem);
        }
    };
    for (what, text) in messages(session, ending) {
        if session.secrets.are_in(text) {
            add("a message contains a secret".into());
        }
        if has_control(text) {
            add(format!("{what} contains a control character or a line break"));
        }
    }
    for (what, text) in other_texts(session, ending) {
        if secrets.are_in(text) {
            add(format!("{what} contains a secret"));
        }
        if has_control(text) {
            add(format!("{what} contains a control character or a line break"));
        }
    }
    for (what, url) in session.calls.iter().filter_map(url_of) {
        if secrets.are_in(&without_hint(url)) {
            add(format!("{what} contains a secret"));
        }
    }
    problems
}

fn messages<'a>(
    session: &'a Scripted,
    ending: &'a Ending,
) -> impl Iterator<Item = (&'static str, &'a str)> {
    let failure = match ending {
        Ending::Failed(failure) => Some(failure),
        _ => None,
    };
    let of_failure = |it: &'a Failure| {
        [
            ("the message of its failure", Some(&it.message)),
            ("the hint of its failure", it.hint.as_ref()),
        ]
    };
    let of_failure = failure.into_iter().flat_map(of_failure);
    let of_failure = of_failure.filter_map(|(what, text)| Some((what, text?.as_str())));
    session.told().iter().map(|it| ("a told line", it.as_str())).chain(of_failure)
}

/// The account, and what a person is asked and shown.
fn other_texts<'a>(session: &'a Scripted, ending: &'a Ending) -> Vec<(&'static str, &'a str)> {
    let account = ending.success().and_then(|it| it.account.as_deref());
    let mut texts: Vec<_> = account.map(|it| ("the account", it)).into_iter().collect();
    for call in &session.calls {
        match call {
            Call::Ask { prompt, .. } => texts.push(("a prompt", prompt)),
            Call::Choose { prompt, items } => {
                texts.push(("a prompt", prompt));
                texts.extend(items.iter().map(|it| ("an item of a choice", it.as_str())));
            }
            Call::ShowCode { code, .. } => texts.push(("a code", code)),
            _ => {}
        }
    }
    texts
}

fn url_of(call: &Call) -> Option<(&'static str, &str)> {
    match call {
        Call::Visit { url } => Some(("the URL of a visit", url)),
        Call::Fetch(request) => Some(("the URL of a request", &request.url)),
        Call::ShowCode { url, .. } => Some(("the URL of a code", url)),
        _ => None,
    }
}

/// The URL without the ID token by which a browser signs out (OpenID Connect RP-Initiated Logout).
fn without_hint(url: &str) -> String {
    let parts = url.split_inclusive(['?', '&']);
    parts.filter(|it| !it.starts_with("id_token_hint=")).collect()
}

/// What a person typed may be repeated as it is.
fn has_control(text: &str) -> bool {
    let is_control = |it: char| it.is_control() || matches!(it, '\u{2028}' | '\u{2029}');
    text.replace(CONTROL, "").contains(is_control)
}
