//! `api`: one request to the Meshery Server of the context, with the token in use, as `gh api` does for GitHub.

mod address;
mod answer;
mod client;
mod destination;
mod fields;
mod pages;
mod request;

use std::io::Read;

use self::client::Client;
use self::destination::Destination;
use self::pages::{Joined, Page, Then};
use self::request::Request;
use crate::cli::{Api, Global};
use crate::error::{Code, Command, Error, Result, Suggestion};
use crate::net::Http;
use crate::process::signals;
use crate::sign_in::inquiry::Inquiry;
use crate::sign_in::target::Target;
use crate::sign_in::token_in_use::TokenInUse;
use crate::terminal::Terminal;

/// The longest page that is joined with others, in bytes.
const MAX_PAGE: u64 = 64 * 1024 * 1024;

pub fn run(global: &Global, args: &Api, terminal: &Terminal) -> Result<()> {
    let _ = signals::watch();
    let http = Http::trusting(global.ca_file.as_deref(), global.server_user.as_deref())?;
    let target = Target::find(global)?;
    let named = args.token.is_some();
    let target = match &args.token {
        Some(file) => target.with_file(file),
        None => target,
    };
    let server = target.server(&http);
    let endpoint = server.as_ref().map(|it| it.endpoint().ok_or_else(|| unusable(it)));
    let request = Request::read(args, endpoint.ok_or_else(no_server)??)?;
    let used = TokenInUse::find(&target, named)?;
    let inquiry = Inquiry { terminal, http: &http, target: &target, server, named };
    let mut client = Client::permitted(used, &inquiry)?;
    let mut destination = Destination::open(args.output_file.as_deref(), terminal)?;
    match args.paginate {
        true => join_pages(&request, &mut client, &mut destination, terminal)?,
        false => {
            let mut answer = client.answer(&request, args.timeout)?;
            if args.include {
                destination.write(answer::head(&answer).as_bytes())?;
            }
            answer::check(&request, &mut answer, terminal)?;
            destination.copy(&mut answer, &client.name())?;
        }
    }
    destination.finish(terminal)
}

/// Writes every page of a list as one.
fn join_pages(
    request: &Request,
    client: &mut Client<'_>,
    destination: &mut Destination,
    terminal: &Terminal,
) -> Result<()> {
    let (mut joined, mut number) = (Joined::default(), 0);
    loop {
        let page = request.page(number);
        let mut answer = client.answer(&page, page.timeout)?;
        answer::check(&page, &mut answer, terminal)?;
        let mut body = Vec::new();
        let read = (&mut answer).take(MAX_PAGE + 1).read_to_end(&mut body);
        read.map_err(|error| answer::broken(&error, &client.name()))?;
        let is_too_long = body.len() as u64 > MAX_PAGE;
        let parsed = if is_too_long { Err("is longer than 64 MiB") } else { Page::parse(&body) };
        let added = parsed.and_then(|page| joined.add(&page));
        let (text, then) = added.map_err(|why| not_a_page(&page, why))?;
        destination.write(text.as_bytes())?;
        match then {
            Then::Next(next) => number = next,
            Then::Complete => return Ok(()),
            Then::Short { count, total } => {
                terminal.say(&format!("The list ended after {count} of {total} items."));
                return Ok(());
            }
        }
    }
}

fn not_a_page(request: &Request, why: &str) -> Error {
    let message = format!("The answer to {} {why}.", request.name());
    let plain = Command::from("mesheryctl api").value(request.url.path());
    Error::new(Code::InvalidAnswer, message).next(Suggestion::new("One page", plain))
}

fn no_server() -> Error {
    let message = "No context names a Meshery Server.";
    let check = Suggestion::new("See the contexts", "mesheryctl system check");
    Error::new(Code::ServerMissing, message).next(check)
}

fn unusable(server: &crate::net::meshery_server::Server<'_>) -> Error {
    let why = server.listed().err().unwrap_or_default();
    let message = format!("The Meshery Server {} {why}.", server.name());
    let check = Suggestion::new("See what is wrong", "mesheryctl system check");
    Error::new(Code::ServerMissing, message).next(check)
}
