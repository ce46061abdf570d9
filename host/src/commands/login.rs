//! `system login`: signs in with a provider or an existing token, verifies the token, saves it, and announces it.

use crate::callback::Outcome;
use crate::cli::{Global, Login, Output};
use crate::error::{Code, Error, Exit, Result};
use crate::net::Http;
use crate::net::meshery_server::Server;
use crate::output::print_json;
use crate::process::signals;
use crate::providers::catalog::Catalog;
use crate::providers::entry::ReadyEntry;
use crate::session::{Console, Route};
use crate::sign_in::failure;
use crate::sign_in::finish::{Credential, SavedLogin, verify_and_save};
use crate::sign_in::target::Target;
use crate::sign_in::token_input;
use crate::terminal::Terminal;

pub fn run(global: &Global, args: &Login, terminal: &Terminal) -> Result<()> {
    signals::watch().map_err(|error| no_signals(&error))?;
    let http = Http::trusting(global.ca_file.as_deref())?;
    let target = Target::find(global)?;
    let server = target.server(&http)?.filter(|_| !args.no_server_check);
    terminal.detail(&target.description());
    let login = LoginRun { global, args, terminal, http: &http, target: &target, server };
    match token_input::source(args, terminal)? {
        Some(bytes) => login.with_token(&bytes),
        None => login.with_provider(),
    }
}

/// What the steps of a login share.
struct LoginRun<'a> {
    global: &'a Global,
    args: &'a Login,
    terminal: &'a Terminal,
    http: &'a Http,
    target: &'a Target,
    /// The server of the context, unless `--no-server-check` was given.
    server: Option<Server<'a>>,
}

impl LoginRun<'_> {
    fn with_token(&self, bytes: &[u8]) -> Result<()> {
        let (home, server) = (&self.target.home, self.server.as_ref());
        let credential = token_input::read(bytes, self.args, home, server, self.terminal)?;
        self.announce(&verify_and_save(credential, server, self.target)?)
    }

    fn with_provider(&self) -> Result<()> {
        let entry = self.choose()?;
        self.target.store.check_writable(entry.has_state())?;
        let route = Route::choose(self.args.no_browser, self.args.device);
        let mut session = Console::new(&entry, self.terminal, self.http, route, self.args.timeout);
        let saved = self.sign_in_and_save(&entry, route, &mut session);
        let announced = match &saved {
            Ok(login) => self.announce(login),
            Err(_) => Ok(()),
        };
        session.close(outcome(&saved));
        saved?;
        announced
    }

    fn choose(&self) -> Result<ReadyEntry> {
        Catalog::gather(&self.target.home)?
            .pick(self.args.provider.as_deref(), self.server.as_ref(), self.terminal)?
            .prepare(&self.args.set, &self.target.home, self.terminal)
    }

    fn sign_in_and_save(
        &self,
        entry: &ReadyEntry,
        route: Route,
        session: &mut Console<'_>,
    ) -> Result<SavedLogin> {
        let signed_in = entry.login(route.receives_callback(), session);
        entry.take_notes().iter().for_each(|note| self.terminal.note(note));
        let sign_in =
            signed_in.map_err(|failure| failure::error(&failure, session, entry, self.target))?;
        verify_and_save(Credential::from_sign_in(entry, sign_in), self.server.as_ref(), self.target)
    }

    fn announce(&self, saved: &SavedLogin) -> Result<()> {
        let notes = saved.notes(self.target, self.terminal);
        notes.iter().for_each(|note| self.terminal.note(note));
        match self.global.output {
            Output::Text => Ok(()),
            Output::Json => print_json(&saved.to_json(self.target)),
        }
    }
}

/// The outcome that the browser's tab shows.
fn outcome(saved: &Result<SavedLogin>) -> Outcome {
    match saved {
        Ok(_) => Outcome::SignedIn,
        Err(error) if error.exit() == Exit::Denied => Outcome::Denied,
        Err(_) => Outcome::Failed,
    }
}

fn no_signals(error: &std::io::Error) -> Error {
    Error::new(Code::InternalError, format!("Cannot listen for signals: {error}."))
}
