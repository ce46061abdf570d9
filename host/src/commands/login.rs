//! `system login`: choose a provider, let it sign in, ask the server, save, and say so.

use crate::callback::Outcome;
use crate::cli::{Global, Login, Output};
use crate::error::{Code, Error, Exit, Result};
use crate::net::Http;
use crate::output::print_json;
use crate::process::signals;
use crate::providers::catalog::Catalog;
use crate::session::Console;
use crate::sign_in::failure;
use crate::sign_in::finish::{Credential, SavedLogin, finish};
use crate::sign_in::target::Target;
use crate::sign_in::token_input;
use crate::terminal::Terminal;
use crate::terminal::environment::Route;

pub fn run(global: &Global, args: &Login, terminal: &Terminal) -> Result<()> {
    signals::watch().map_err(|error| {
        Error::new(Code::InternalError, format!("Cannot listen for signals: {error}."))
    })?;
    let http = Http::trusting(global.ca_file.as_deref())?;
    let target = Target::find(global)?;
    let server = if args.no_server_check { None } else { target.server(&http) };
    let server = server.as_ref();
    terminal.detail(&target.description());

    if let Some(bytes) = token_input::source(args, terminal)? {
        let credential = token_input::read(&bytes, args, &target.home, server, terminal)?;
        return announce(&finish(credential, server, &target)?, &target, terminal, global.output);
    }

    let entry = Catalog::gather(&target.home)?
        .pick(args.provider.as_deref(), server, terminal)?
        .prepare(&args.set, &target.home, terminal)?;
    target.store.ready(entry.has_state())?;
    let route = Route::said(args.no_browser, args.device);
    let mut console = Console::new(&entry, terminal, &http, route, args.timeout);
    let signed_in = entry.login(route.returns(), &mut console);
    entry.take_notes().iter().for_each(|note| terminal.note(note));
    let saved = signed_in
        .map_err(|failure| failure::error(&failure, &console, &entry, &target))
        .and_then(|sign_in| finish(Credential::by(&entry, sign_in), server, &target));
    let announced = match &saved {
        Ok(saved) => announce(saved, &target, terminal, global.output),
        Err(_) => Ok(()),
    };
    console.close(match &saved {
        Ok(_) => Outcome::SignedIn,
        Err(error) if error.exit() == Exit::Denied => Outcome::Denied,
        Err(_) => Outcome::Failed,
    });
    saved.map(drop).and(announced)
}

fn announce(
    saved: &SavedLogin,
    target: &Target,
    terminal: &Terminal,
    output: Output,
) -> Result<()> {
    saved.notes(target, terminal).iter().for_each(|note| terminal.note(note));
    match output {
        Output::Text => Ok(()),
        Output::Json => print_json(&saved.to_json(target)),
    }
}
