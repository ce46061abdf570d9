//! The test kit: a provider is tested without a person, a browser, a network, or waiting.
//!
//! | item | what it is for |
//! |---|---|
//! | [`Script`] | the asks that a test expects, each with its answer; plays them to a provider as a session |
//! | [`every_step`] | the same walk again, with each ask cancelled, refused, timed out or garbled in turn |
//! | [`Recorder`] | makes a script of a real sign-in, a text without its secrets |
//! | [`parameters`], [`fields`] | what a scripted browser or server reads in a URL or a form |
//!
//! A test of a provider that asks for a name:
//!
//! ```
//! use mesheryctl_plugin_sdk::failure::Failure;
//! use mesheryctl_plugin_sdk::provider::{Action, Provider, Request, Settings, SignIn};
//! use mesheryctl_plugin_sdk::session::Session;
//! use mesheryctl_plugin_sdk::testing::{Script, every_step};
//! use mesheryctl_plugin_sdk::token::Token;
//!
//! struct Hello;
//!
//! impl Provider for Hello {
//!     fn login(&self, _: &Request, session: &mut dyn Session) -> Result<SignIn, Failure> {
//!         let name = session.ask("Your name")?;
//!         Ok(SignIn::with_token(Token::parse(&session.random(32)?)?).account(name))
//!     }
//! }
//!
//! let request = Request::new(Action::Login, Settings::default());
//! let script = Script::new().expects_ask("Your name", "Ada");
//! let sign_in = script.run(|session| Hello.login(&request, session)).unwrap();
//! assert_eq!(sign_in.account.as_deref(), Some("Ada"));
//! every_step(&Hello, &request, &script).assert_sound();
//! ```

mod canary;
mod ending;
mod every_step;
mod exchange;
mod expected;
mod fault;
mod forwarding;
mod http_parts;
mod names;
mod panics;
mod parts;
mod random;
mod recorder;
mod redaction;
mod report;
mod said;
mod script;
mod scripted;
mod search;
mod secrets;
mod url_parts;
mod words;

pub use every_step::every_step;
pub use recorder::Recorder;
pub use report::Report;
pub use script::Script;
pub use scripted::Scripted;

use crate::session::{HttpRequest, Query};

/// The decoded parameters in the query of a URL, for a scripted browser.
///
/// ```
/// use mesheryctl_plugin_sdk::testing::parameters;
///
/// let sent = parameters("https://id.example.org/authorize?state=a%20b&scope=openid");
/// assert_eq!(sent.get("state"), Some("a b"));
/// ```
pub fn parameters(url: &str) -> Query {
    let (_, query) = url.split_once('?').unwrap_or_default();
    pairs(query.split('#').next().unwrap_or_default())
}

/// The decoded fields of a form that a provider posted, for a scripted server.
///
/// ```
/// use mesheryctl_plugin_sdk::session::HttpRequest;
/// use mesheryctl_plugin_sdk::testing::fields;
///
/// let request = HttpRequest::post_form("https://id.example.org/token", &[("code", "a b")]);
/// assert_eq!(fields(&request).get("code"), Some("a b"));
/// ```
pub fn fields(request: &HttpRequest) -> Query {
    pairs(request.body.as_deref().unwrap_or_default())
}

fn pairs(form: &str) -> Query {
    Query::new(pairs_of(form).collect())
}

fn pairs_of(form: &str) -> impl Iterator<Item = (String, String)> {
    form_urlencoded::parse(form.as_bytes()).into_owned()
}

#[cfg(test)]
mod tests;
