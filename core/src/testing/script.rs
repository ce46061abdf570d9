//! [`Script`]: what a test expects a provider to ask, and the answers.

use std::fmt;
use std::sync::Arc;

use serde_json::Value;

use super::ending::Ending;
use super::expected::{Expected, Step};
use super::recorder::VERSION;
use super::scripted::Scripted;
use super::secrets::Secrets;
use crate::failure::Failure;
use crate::messages::Call;
use crate::provider::Request;
use crate::session::{HttpRequest, HttpResponse, Query, Session};

/// When a script begins, in seconds since the Unix epoch: 17 March 2030.
const BEGIN: u64 = 1_900_000_000;

/// How long a scripted sign-in may take on its own clock, in seconds.
const TIME_LIMIT: u64 = 3600;

/// The asks that a test expects, in their order, and the answer to each.
///
/// A person is expected by [`expects_ask`](Self::expects_ask), [`expects_secret`](Self::expects_secret),
/// [`expects_choice`](Self::expects_choice) and [`expects_code`](Self::expects_code), a browser by
/// [`expects_visit`](Self::expects_visit), and a server by [`expects_fetch`](Self::expects_fetch). The other calls of a session
/// need no expectation: `tell` is collected, `callback` returns an address, `now` and `sleep` use a clock that advances only by
/// `sleep`, `random` depends on the [seed](Self::seed) alone, and nothing waits.
///
/// An ask that is not the expected one fails, and so does the test, in the words of the ask: ``expected fetch `POST
/// https://id.example.org/token`, but the provider asked visit `https://id.example.org/login` ``. No failure shows the query
/// of a URL, a header, a body or an answer.
///
/// ```
/// use mesheryctl_plugin_sdk::flows::remote_provider;
/// use mesheryctl_plugin_sdk::session::Query;
/// use mesheryctl_plugin_sdk::testing::{Script, parameters};
///
/// let script = Script::new().expects_visit("https://meshery.acme.example/login", |url| {
///     assert!(parameters(url).get("source").is_some());
///     Query::new(vec![("token".into(), "0123456789abcdef".into())])
/// });
/// let sign_in = script.run(|session| remote_provider::sign_in("https://meshery.acme.example", session));
/// assert_eq!(sign_in.unwrap().token.expose(), "0123456789abcdef");
/// ```
#[derive(Clone)]
pub struct Script {
    pub(super) steps: Vec<Step>,
    pub(super) secrets: Vec<String>,
    pub(super) seed: u64,
    pub(super) now: u64,
    pub(super) time_limit: u64,
    pub(super) allows_empty_token: bool,
}

impl Default for Script {
    fn default() -> Self {
        Self::new()
    }
}

impl Script {
    /// A script that expects nothing.
    pub fn new() -> Self {
        Self {
            steps: Vec::new(),
            secrets: Vec::new(),
            seed: 0,
            now: BEGIN,
            time_limit: TIME_LIMIT,
            allows_empty_token: false,
        }
    }

    fn with(mut self, expected: Expected) -> Self {
        self.steps.push(Step { expected, failure: None });
        self
    }

    /// The script of a recording, which [`Recorder`](super::Recorder) made. Each ask must be the recorded one but for what a
    /// secret or a random value changes: the query of a URL, headers, a body, a code.
    ///
    /// # Errors
    /// `invalid_answer` if the text is not a recording.
    pub fn replay(recording: &str) -> Result<Self, Failure> {
        let malformed = || Failure::invalid_answer("This text is not a recording of this version.");
        let recording: Value = serde_json::from_str(recording).map_err(|_| malformed())?;
        if recording["recording"] != VERSION {
            return Err(malformed());
        }
        let mut script = Self::new();
        for exchange in recording["asks"].as_array().ok_or_else(malformed)? {
            let call: Call =
                serde_json::from_value(exchange["ask"].clone()).map_err(|_| malformed())?;
            script = script.with(Expected::Recorded { call, answer: exchange["answer"].clone() });
        }
        Ok(script)
    }

    /// Expects this question, and answers it.
    pub fn expects_ask(self, prompt: impl Into<String>, answer: impl Into<String>) -> Self {
        self.with(Expected::Ask { prompt: prompt.into(), secret: false, answer: answer.into() })
    }

    /// Expects this question for a secret, and answers it.
    pub fn expects_secret(self, prompt: impl Into<String>, answer: impl Into<String>) -> Self {
        self.with(Expected::Ask { prompt: prompt.into(), secret: true, answer: answer.into() })
    }

    /// Expects this choice, and chooses `item`, which must be among its items.
    pub fn expects_choice(self, prompt: impl Into<String>, item: impl Into<String>) -> Self {
        self.with(Expected::Choice { prompt: prompt.into(), item: item.into() })
    }

    /// Expects that the browser is sent to `url`. `browser` receives the whole URL and returns the query that arrives at the
    /// callback. Without a query in `url` any query is right.
    pub fn expects_visit(
        self,
        url: impl Into<String>,
        browser: impl Fn(&str) -> Query + Send + Sync + 'static,
    ) -> Self {
        self.with(Expected::Visit { url: url.into(), browser: Arc::new(browser) })
    }

    /// Expects a request, written as `POST https://id.example.org/token`. `server` receives it and returns the response.
    /// Without a query in the expected URL any query is right. [`every_step`](super::every_step) calls `server` many times.
    pub fn expects_fetch(
        self,
        request: impl Into<String>,
        server: impl Fn(&HttpRequest) -> HttpResponse + Send + Sync + 'static,
    ) -> Self {
        self.with(Expected::Fetch { request: request.into(), peer: Arc::new(server) })
    }

    /// Expects that this code is shown, to be entered at this URL.
    pub fn expects_code(self, url: impl Into<String>, code: impl Into<String>) -> Self {
        self.with(Expected::Code { url: url.into(), code: code.into() })
    }

    /// The ask that was expected last fails with this failure.
    ///
    /// ```
    /// use mesheryctl_plugin_sdk::failure::Failure;
    /// use mesheryctl_plugin_sdk::testing::Script;
    ///
    /// let failure = Failure::cancelled("The sign-in was cancelled.");
    /// let script = Script::new().expects_ask("Your name", "").fails_with(failure.clone());
    /// assert_eq!(script.run(|session| session.ask("Your name")), Err(failure));
    /// ```
    ///
    /// # Panics
    /// If nothing is expected yet.
    #[track_caller]
    pub fn fails_with(mut self, failure: Failure) -> Self {
        assert!(!self.steps.is_empty(), "fails_with stands behind the ask that fails");
        if let Some(step) = self.steps.last_mut() {
            step.failure = Some(failure);
        }
        self
    }

    /// This text is a secret, such as the value of a setting: no message may contain it, and no failure of a test shows it.
    /// Answers of [`expects_secret`](Self::expects_secret), tokens that a server or a browser returns, and those of a
    /// request are secrets in any case.
    pub fn secret(mut self, text: impl Into<String>) -> Self {
        self.secrets.push(text.into());
        self
    }

    /// What the random bytes depend on; 0 if it is not given.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// When the script begins, in seconds since the Unix epoch; 1,900,000,000 if it is not given.
    pub fn begins_at(mut self, seconds: u64) -> Self {
        self.now = seconds;
        self
    }

    /// How many seconds the sign-in may take on the clock of the script, before `sleep` fails with `timed_out`; 3,600 if it
    /// is not given.
    pub fn time_limit(mut self, seconds: u64) -> Self {
        self.time_limit = seconds;
        self
    }

    /// The sign-in may have an empty token, as that of [`NoAccount`](crate::flows::no_account::NoAccount). A host refuses it of a
    /// plugin.
    pub fn allows_empty_token(mut self) -> Self {
        self.allows_empty_token = true;
        self
    }

    /// Runs an action on this script, and returns its result.
    ///
    /// # Panics
    /// If an ask was not expected, or an expected one was not made; then with the failure of an action of a
    /// [`Provider`](crate::provider::Provider), if it failed. If a sign-in has an empty token. For what was told, see
    /// [`session`](Self::session).
    #[track_caller]
    pub fn run<T: 'static>(&self, action: impl FnOnce(&mut dyn Session) -> T) -> T {
        let mut session = self.session();
        let result = action(&mut session);
        session.finish_after(&Ending::of(&result));
        result
    }

    /// A session that plays this script from its begin.
    pub fn session(&self) -> Scripted {
        Scripted::new(self.clone())
    }

    /// The script, whose secrets are also those of this request.
    pub(super) fn for_request(&self, request: &Request) -> Self {
        let mut script = self.clone();
        script.secrets.extend(Secrets::of(request).all().iter().cloned());
        script
    }
}

/// Neither answers nor secrets are shown.
impl fmt::Debug for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.steps.iter().map(Step::words)).finish()
    }
}
