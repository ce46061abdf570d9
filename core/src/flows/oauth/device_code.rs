//! The device flow: a person enters a code on any device, while this one asks whether they have (RFC 8628).

use serde::Deserialize;

use super::client::Refusal;
use super::message::{self, Error, Trouble};
use super::{Client, Tokens};
use crate::failure::{Failure, FailureKind};
use crate::secret::Secret;
use crate::session::Session;

/// How often to ask where nobody says, and how much slower on each `slow_down`, in seconds.
const FIVE: u64 = 5;

/// The longest pause between two asks that trouble on the way may lead to, in seconds.
const LONGEST_BACKOFF: u64 = 60;

/// The message of RFC 8628, 3.2. `verification_uri_complete` is left alone: a person who types the code
/// compares it, and one who follows a ready-made link does not.
#[derive(Deserialize)]
struct Granted {
    device_code: Secret,
    user_code: String,
    #[serde(default)]
    verification_uri: Option<String>,
    /// Some say it as they did before there was an RFC, or both.
    #[serde(default)]
    verification_url: Option<String>,
    expires_in: u64,
    #[serde(default)]
    interval: Option<u64>,
}

/// Signs in without a browser here.
///
/// # Errors
/// Any failure of an ask; `unsupported` where the identity provider has no such flow; `denied`; `timed_out`
/// when the code expired; `invalid_answer`.
pub fn sign_in(client: &Client, session: &mut dyn Session) -> Result<Tokens, Failure> {
    let granted = ask_for_code(client, session)?;
    let end = session.now()?.saturating_add(granted.expires_in);
    let place = granted.verification_uri.as_ref().or(granted.verification_url.as_ref());
    let Some(place) = place else {
        return Err(Failure::invalid_answer(
            "The identity provider does not say where to sign in.",
        ));
    };
    session.show_code(place, &granted.user_code, granted.expires_in)?;
    let grant = [
        ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
        ("device_code", granted.device_code.expose()),
    ];
    let mut pace = Pace::new(granted.interval);
    loop {
        session.sleep(pace.pause())?;
        if session.now()? >= end {
            return Err(expired());
        }
        // Whatever is not a reason to ask again ends it: after a success, one more ask would make an
        // identity provider take the tokens back.
        match client.exchange(&grant, None, session) {
            Ok(tokens) => return Ok(tokens),
            Err(refusal) => pace.after(refusal)?,
        }
    }
}

fn ask_for_code(client: &Client, session: &mut dyn Session) -> Result<Granted, Failure> {
    let Some(endpoint) = client.metadata.device_authorization_endpoint.as_deref() else {
        return Err(Failure::unsupported("Signing in on another device at this identity provider"));
    };
    let answer = client.post(endpoint, &[("scope", &client.scope)], session)?;
    let granted: Granted = message::read(&answer, "device authorization")?;
    if !message::is_visible(&granted.device_code) || granted.user_code.is_empty() {
        return Err(Failure::invalid_answer("The identity provider sent no code."));
    }
    Ok(granted)
}

fn expired() -> Failure {
    Failure::new(FailureKind::TimedOut, "The code expired before anybody signed in with it.")
}

/// How long to wait between two asks.
#[derive(Debug, PartialEq, Eq)]
struct Pace {
    /// In seconds; only ever grows.
    interval: u64,
    /// How many asks in a row nobody answered.
    unanswered: u32,
}

impl Pace {
    fn new(interval: Option<u64>) -> Self {
        Self { interval: interval.unwrap_or(FIVE).max(1), unanswered: 0 }
    }

    /// In milliseconds. Twice as long after each ask that nobody answered, never shorter than the interval.
    fn pause(&self) -> u64 {
        let doubled = self.interval.saturating_mul(1 << self.unanswered.min(6));
        doubled.min(LONGEST_BACKOFF).max(self.interval).saturating_mul(1000)
    }

    /// Ok means: ask again.
    fn after(&mut self, refusal: Refusal) -> Result<(), Failure> {
        let is_trouble = match &refusal {
            Refusal::Answered(Trouble::No(_) | Trouble::Nonsense(_)) => false,
            Refusal::Answered(Trouble::Busy(_)) => true,
            Refusal::Failed(it) => {
                matches!(it.kind, FailureKind::TimedOut | FailureKind::Unreachable)
            }
        };
        self.unanswered = if is_trouble { self.unanswered + 1 } else { 0 };
        match refusal {
            _ if is_trouble => Ok(()),
            Refusal::Answered(Trouble::No(error)) => self.heed(error),
            refusal => Err(refusal.into()),
        }
    }

    fn heed(&mut self, error: Error) -> Result<(), Failure> {
        match error.error.as_str() {
            "authorization_pending" => {}
            "slow_down" => self.interval = self.interval.saturating_add(FIVE),
            "expired_token" => return Err(expired()),
            _ => return Err(Trouble::No(error).into()),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use super::*;
    use crate::flows::oauth::Metadata;
    use crate::session::{Fetch, Fetched};

    /// What happens at one ask.
    enum Poll {
        Says(&'static str),
        Status(u16),
        TooMany(&'static str),
        Fails(FailureKind),
        Tokens,
    }
    use Poll::{Fails, Says, Status, Tokens as Gives, TooMany};

    /// A host whose clock only moves when somebody sleeps.
    struct Script {
        granted: String,
        polls: VecDeque<Poll>,
        now: u64,
        asked_at: Vec<u64>,
        shown: Option<(String, String)>,
        over_at: u64,
    }

    impl Session for Script {
        fn fetch(&mut self, request: &Fetch) -> Result<Fetched, Failure> {
            let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
            let answer = |status, body: &str| Fetched { status, headers, body: body.to_owned() };
            assert!(request.headers.contains(&("Accept".into(), "application/json".into())));
            if request.url.ends_with("/device") {
                assert_eq!(request.body.as_deref(), Some("scope=email&client_id=c"));
                return Ok(answer(200, &self.granted));
            }
            self.asked_at.push(self.now);
            let tokens = r#"{"access_token":"a","token_type":"bearer"}"#;
            match self.polls.pop_front().expect("nobody should ask again") {
                Says(error) => Ok(answer(400, &format!(r#"{{"error":"{error}"}}"#))),
                TooMany(error) => Ok(answer(429, &format!(r#"{{"error":"{error}"}}"#))),
                Status(status) => Ok(answer(status, "<html>")),
                Fails(kind) => Err(Failure::new(kind, "on the way")),
                Gives => Ok(answer(200, tokens)),
            }
        }
        fn show_code(&mut self, url: &str, code: &str, _: u64) -> Result<(), Failure> {
            self.shown = Some((url.to_owned(), code.to_owned()));
            Ok(())
        }
        fn now(&mut self) -> Result<u64, Failure> {
            Ok(self.now)
        }
        fn sleep(&mut self, milliseconds: u64) -> Result<(), Failure> {
            self.now = self.now.saturating_add(milliseconds / 1000);
            match self.now >= self.over_at {
                true => Err(Failure::new(FailureKind::TimedOut, "the login is over")),
                false => Ok(()),
            }
        }
    }

    /// How it ended, and when it was asked.
    fn run(more: &str, polls: Vec<Poll>) -> (Result<Tokens, FailureKind>, Vec<u64>) {
        let (result, script) = play(more, polls);
        (result.map_err(|failure| failure.kind), script.asked_at)
    }

    fn play(more: &str, polls: Vec<Poll>) -> (Result<Tokens, Failure>, Script) {
        let granted = format!(
            r#"{{"device_code":"d","user_code":"U-1","verification_uri":"https://id.example/go",
                "verification_uri_complete":"https://id.example/go?user_code=U-1"{more}}}"#
        );
        answered(granted, polls)
    }

    /// The whole answer to the first question is this.
    fn answered(granted: String, polls: Vec<Poll>) -> (Result<Tokens, Failure>, Script) {
        let metadata: Metadata = serde_json::from_str(
            r#"{"issuer":"https://id.example","token_endpoint":"https://id.example/token",
                "device_authorization_endpoint":"https://id.example/device"}"#,
        )
        .unwrap();
        let client = Client { metadata, id: "c".into(), scope: "email".into() };
        let mut script = Script {
            granted,
            polls: polls.into(),
            now: 1000,
            asked_at: Vec::new(),
            shown: None,
            over_at: 1_000_000,
        };
        (sign_in(&client, &mut script), script)
    }

    const LONG: &str = r#","expires_in":6000,"interval":1"#;

    #[test]
    fn nobody_asks_before_the_first_interval_is_over_and_the_code_is_shown_as_it_is_typed() {
        let (result, script) = play(r#","expires_in":600,"interval":7"#, vec![Gives]);
        assert!(result.is_ok());
        assert_eq!(script.asked_at, [1007]);
        assert_eq!(script.shown, Some(("https://id.example/go".into(), "U-1".into())));
    }

    #[test]
    fn a_missing_interval_is_five_seconds_and_none_at_all_is_one() {
        let twice = || vec![Says("authorization_pending"), Gives];
        for (interval, asked_at) in [
            ("", [1005, 1010]),
            (r#","interval":null"#, [1005, 1010]),
            (r#","interval":0"#, [1001, 1002]),
        ] {
            let more = format!(r#","expires_in":600{interval}"#);
            assert_eq!(run(&more, twice()).1, asked_at, "{interval}");
        }
    }

    #[test]
    fn slow_down_is_five_seconds_more_for_good() {
        let polls = vec![
            Says("slow_down"),
            Says("authorization_pending"),
            Says("slow_down"),
            Says("authorization_pending"),
            Says("authorization_pending"),
            Gives,
        ];
        assert_eq!(run(LONG, polls).1, [1001, 1007, 1013, 1024, 1035, 1046]);
    }

    #[test]
    fn too_many_requests_is_trouble_that_passes_unless_it_says_slow_down() {
        let pending = || Says("authorization_pending");
        let polls = vec![TooMany("slow_down"), pending(), Gives];
        assert_eq!(run(LONG, polls).1, [1001, 1007, 1013]);
        for polls in [vec![TooMany("busy"), pending(), Gives], vec![Status(429), pending(), Gives]]
        {
            assert_eq!(run(LONG, polls).1, [1001, 1003, 1004]);
        }
    }

    #[test]
    fn where_the_code_is_to_be_entered_may_be_said_in_the_older_way_too() {
        let said = |how: &str| {
            let rest = r#""device_code":"d","user_code":"U-1","expires_in":600"#;
            answered(format!("{{{how}{rest}}}"), vec![Gives])
        };
        let (new, old) = (r#""verification_uri":"N","#, r#""verification_url":"O","#);
        for (how, place) in [(new.into(), "N"), (old.into(), "O"), (format!("{old}{new}"), "N")] {
            assert_eq!(said(&how).1.shown.unwrap().0, place, "{how}");
        }
        assert_eq!(said("").0.unwrap_err().kind, FailureKind::InvalidAnswer);
    }

    #[test]
    fn trouble_on_the_way_doubles_the_pause_until_somebody_answers() {
        let polls = vec![
            Fails(FailureKind::TimedOut),
            Fails(FailureKind::Unreachable),
            Status(503),
            Says("authorization_pending"),
            Gives,
        ];
        assert_eq!(run(LONG, polls).1, [1001, 1003, 1007, 1015, 1016]);
        // Never more often than the interval says, however long that is.
        let slow = r#","expires_in":6000,"interval":100"#;
        let polls = vec![Fails(FailureKind::TimedOut), Gives];
        assert_eq!(run(slow, polls).1, [1100, 1200]);
        let polls = (0..12).map(|_| Status(502)).chain([Gives]).collect();
        let asked_at = run(LONG, polls).1;
        let pauses: Vec<u64> = asked_at.windows(2).map(|two| two[1] - two[0]).collect();
        assert_eq!(pauses, [2, 4, 8, 16, 32, 60, 60, 60, 60, 60, 60, 60]);
    }

    #[test]
    fn trouble_does_not_undo_a_slow_down() {
        let polls = vec![
            Says("slow_down"),
            Fails(FailureKind::TimedOut),
            Says("authorization_pending"),
            Gives,
        ];
        assert_eq!(run(LONG, polls).1, [1001, 1007, 1019, 1025]);
    }

    #[test]
    fn an_answer_that_is_no_reason_to_go_on_ends_it() {
        for (last, kind) in [
            (Says("access_denied"), FailureKind::Denied),
            (Says("expired_token"), FailureKind::TimedOut),
            (Says("invalid_grant"), FailureKind::Denied),
            (Status(200), FailureKind::InvalidAnswer),
            (Status(302), FailureKind::InvalidAnswer),
            (Status(404), FailureKind::InvalidAnswer),
            (Fails(FailureKind::Cancelled), FailureKind::Cancelled),
            (Fails(FailureKind::Refused), FailureKind::Refused),
        ] {
            let (result, asked_at) = run(LONG, vec![Says("authorization_pending"), last]);
            assert_eq!((result, asked_at.len()), (Err(kind), 2));
        }
    }

    #[test]
    fn nobody_asks_past_the_time_of_the_code_or_of_the_login() {
        let pending = || (0..9).map(|_| Says("authorization_pending")).collect();
        let (result, asked_at) = run(r#","expires_in":12"#, pending());
        assert_eq!((result, asked_at), (Err(FailureKind::TimedOut), vec![1005, 1010]));
        // At the very second it is over.
        assert_eq!(run(r#","expires_in":10"#, pending()).1, [1005]);
        // What no clock can hold ends with the login, not with a panic.
        for more in [
            r#","expires_in":18446744073709551615,"interval":18446744073709551615"#,
            r#","expires_in":0"#,
        ] {
            assert_eq!(run(more, pending()), (Err(FailureKind::TimedOut), vec![]));
        }
    }

    #[test]
    fn a_grant_in_which_something_is_missing_or_wrong_is_none() {
        for more in ["", r#","expires_in":"600""#, r#","expires_in":-1"#] {
            assert_eq!(run(more, vec![]), (Err(FailureKind::InvalidAnswer), vec![]), "{more}");
        }
        let rest = r#""verification_uri":"N","expires_in":600"#;
        for codes in [
            r#""device_code":"d","user_code":"","#,
            r#""device_code":"","user_code":"U-1","#,
            r#""device_code":"d\r\n","user_code":"U-1","#,
            r#""device_code":"d","device_code":"e","user_code":"U-1","#,
        ] {
            let (result, script) = answered(format!("{{{codes}{rest}}}"), vec![]);
            assert_eq!(result.unwrap_err().kind, FailureKind::InvalidAnswer, "{codes}");
            assert_eq!(script.shown, None, "{codes}");
        }
    }
}
