//! `api`: one request to the Meshery Server of the context, with the token in use, as `gh api` does for GitHub.

mod address;
mod answer;
mod client;
pub mod destination;
mod fields;
pub mod pages;
mod request;

use std::io::Read;

use self::client::Client;
use self::destination::{Destination, Reader};
use self::pages::{Joined, Page, Then};
use self::request::Request;
use crate::cli::{Api, Global};
use crate::error::{Code, Command, Error, Result, Suggestion};
use crate::net::Http;
use crate::output::print;
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
    let destination = match args.paginate {
        true => join_pages(&request, args, &mut client, terminal)?,
        false => copy(&request, args, &mut client, terminal)?,
    };
    destination.finish(terminal)
}

/// Writes one answer as it comes.
fn copy(
    request: &Request,
    args: &Api,
    client: &mut Client<'_>,
    terminal: &Terminal,
) -> Result<Destination> {
    let mut answer = client.answer(request)?;
    if args.include {
        print(&answer::head(&answer))?;
    }
    answer::check(request, &mut answer, terminal)?;
    let mut destination = Destination::open(args.output_file.as_deref(), terminal)?;
    destination.copy(&mut answer, &client.name())?;
    Ok(destination)
}

/// Writes every page of a list as one.
fn join_pages(
    request: &Request,
    args: &Api,
    client: &mut Client<'_>,
    terminal: &Terminal,
) -> Result<Destination> {
    let (mut joined, mut number, mut destination) = (Joined::default(), 0, None);
    loop {
        let page = request.page(number);
        let read = read_page(&page, client, terminal);
        let added = read.and_then(|body| {
            let added = Page::parse(&body).and_then(|page| joined.add(&page));
            added.map_err(|why| not_a_page(&page, args, why))
        });
        let mut open = match destination.take() {
            Some(open) => open,
            None if added.is_ok() => Destination::open(args.output_file.as_deref(), terminal)?,
            None => return added.map(|_| Destination::Pipe),
        };
        let (text, then) = added.map_err(|error| open.with_part(error))?;
        if open.write(text.as_bytes())? == Reader::Closed {
            return Ok(open);
        }
        match then {
            Then::Next(next) => (number, destination) = (next, Some(open)),
            Then::Complete => return Ok(open),
            Then::Short { count, total } => {
                terminal.say(&format!("The list ended after {count} of {total} items."));
                return Ok(open);
            }
        }
    }
}

fn read_page(page: &Request, client: &mut Client<'_>, terminal: &Terminal) -> Result<Vec<u8>> {
    let mut answer = client.answer(page)?;
    answer::check(page, &mut answer, terminal)?;
    let mut body = Vec::new();
    let read = (&mut answer).take(MAX_PAGE + 1).read_to_end(&mut body);
    read.map_err(|error| answer::broken(&error, &client.name()))?;
    match body.len() as u64 > MAX_PAGE {
        true => {
            let message = format!("A page of {} is longer than 64 MiB.", page.name());
            Err(Error::new(Code::InvalidAnswer, message))
        }
        false => Ok(body),
    }
}

fn not_a_page(page: &Request, args: &Api, why: &str) -> Error {
    let message = format!("The answer to {} {why}.", page.name());
    let plain = args.request.iter().fold(Command::from("mesheryctl api"), Command::value);
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
