//! [`Client`]: sends requests to the server of the context with the token in use, which is renewed once if it is refused.

use super::address;
use super::answer::{self, Refusal};
use super::request::Request;
use crate::error::{Code, Command, Error, Result, Suggestion};
use crate::net::meshery_server::Server;
use crate::net::transfer::Transfer;
use crate::net::transfer::incoming::Incoming;
use crate::net::url::authority;
use crate::net::{HttpError, Recipient};
use crate::sign_in::cookies::cookies;
use crate::sign_in::inquiry::Inquiry;
use crate::sign_in::not_signed_in::{rejected, remedy_of};
use crate::sign_in::recipient;
use crate::sign_in::renewal::{Reason, Renewal};
use crate::sign_in::token_in_use::TokenInUse;
use crate::text::{Line, Name};

/// The token in use, and the server that it is for.
pub struct Client<'a> {
    inquiry: &'a Inquiry<'a>,
    server: &'a Server<'a>,
    used: TokenInUse,
    is_renewed: bool,
}

impl<'a> Client<'a> {
    /// # Errors
    /// `token_withheld` if the server must not receive the token; `not_signed_in` if the token has ended.
    pub fn permitted(used: TokenInUse, inquiry: &'a Inquiry<'a>) -> Result<Self> {
        let Some(server) = &inquiry.server else { return Err(super::no_server()) };
        let used = if used.auth.token.is_empty() { used } else { inquiry.usable(used)? };
        let client = Self { inquiry, server, used, is_renewed: false };
        client.check_recipient()?;
        Ok(client)
    }

    /// Whether the server may receive the token in use. Another login may have replaced it meanwhile.
    fn check_recipient(&self) -> Result<()> {
        let Inquiry { target, terminal, named, .. } = self.inquiry;
        let token = &self.used.auth.token;
        if *named || token.is_empty() {
            return Ok(());
        }
        match recipient::withheld(target, self.server, token, terminal)? {
            Some(why) => Err(withheld(self.server, &why)),
            None => Ok(()),
        }
    }

    pub fn name(&self) -> Line {
        self.server.name()
    }

    /// The response to a request. If the token is refused, it is renewed once.
    ///
    /// # Errors
    /// `unreachable`; `not_signed_in` if the token is refused.
    pub fn answer(&mut self, request: &Request) -> Result<Incoming> {
        let answer = self.send(request)?;
        let Some(refusal) = answer::refusal(request, &answer) else { return Ok(answer) };
        if refusal == Refusal::UnknownProvider {
            return Err(self.unknown_provider());
        }
        if self.is_renewed || self.used.auth.token.is_empty() {
            return Err(rejected(&self.used, None));
        }
        match self.inquiry.renew(&self.used, Reason::Rejected)? {
            Renewal::Renewed(now) | Renewal::Replaced(now) => self.used = *now,
            Renewal::Failed(failed) => return Err(rejected(&self.used, Some(&failed.why))),
            Renewal::SignedOut(why) => return Err(rejected(&self.used, Some(&why))),
            Renewal::NotDue | Renewal::Unsupported => return Err(rejected(&self.used, None)),
        }
        self.is_renewed = true;
        self.check_recipient()?;
        match request.can_be_repeated() {
            true => self.answer(request),
            false => Err(self.not_repeated(request)),
        }
    }

    fn send(&self, request: &Request) -> Result<Incoming> {
        let cookies = cookies(&self.used)?.0;
        let headers = [request.headers.clone(), vec![("Cookie".to_owned(), cookies)]].concat();
        let transfer = Transfer {
            method: request.method.clone(),
            url: &request.url,
            headers: &headers,
            body: request.body()?,
            timeout: request.timeout,
            idle: Some(request.timeout),
            recipient: Recipient::Server,
        };
        let answer = self.inquiry.http.open(transfer);
        let answer = answer.map_err(|error| self.unreachable(request, &error))?;
        self.inquiry.terminal.detail(&format!("Requested {}: {}.", request.name(), answer.status));
        let kind = answer.header("content-type").unwrap_or_default();
        match kind.starts_with("text/event-stream") || address::starts_a_load_test(&request.url) {
            true => Ok(answer.without_limit()),
            false => Ok(answer),
        }
    }

    fn unreachable(&self, request: &Request, error: &HttpError) -> Error {
        if let HttpError::Input(why) = error {
            let message = format!("The body of the request cannot be read: {why}.");
            return Error::new(Code::Unreadable, message);
        }
        let message = format!("The Meshery Server {} {error}.", self.server.name());
        let next = error.next(&authority(&request.url), &Command::again());
        let again = || Suggestion::new("Try again", Command::again());
        Error::new(Code::Unreachable, message).next(next.unwrap_or_else(again))
    }

    fn unknown_provider(&self) -> Error {
        let name = Name::new(&self.used.auth.provider);
        let message = format!("The Meshery Server {} does not know {name}.", self.server.name());
        let check = Suggestion::new("See what is wrong", "mesheryctl system check");
        Error::new(Code::NotSignedIn, message).next(check)
    }

    fn not_repeated(&self, request: &Request) -> Error {
        let name = Name::new(&self.used.auth.provider);
        let message = format!(
            "The token of {name} was refused, and is renewed now. {} was not sent again, because it \
             may have an effect twice.",
            request.name()
        );
        Error::new(Code::NotSignedIn, message)
            .next(Suggestion::new("Send it again", Command::again()))
            .next(remedy_of(&self.used, false))
    }
}

fn withheld(server: &Server<'_>, why: &str) -> Error {
    let message = format!("The Meshery Server {} {why}.", server.name());
    let file = Command::again().literal("--token ~/.meshery/auth.json");
    Error::new(Code::TokenWithheld, message).next(Suggestion::new("To send it this token", file))
}
