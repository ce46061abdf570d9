//! `system login`: signs in with a provider or an existing token, verifies the token, saves it, and announces it.

use mesheryctl_core::secret::Secret;

use crate::callback::Outcome;
use crate::callback::fixed_port::{self, FixedPort};
use crate::cli::{Global, Login, Output};
use crate::error::{Code, Command, Error, Exit, Result, Suggestion};
use crate::net::Http;
use crate::net::meshery_server::Server;
use crate::output::print_json;
use crate::process::signals;
use crate::providers::catalog::Catalog;
use crate::providers::entry::ReadyEntry;
use crate::session::pasted::{self, Pasted};
use crate::session::{LoginSession, Route};
use crate::sign_in::failure;
use crate::sign_in::finish::{Credential, SavedLogin, verify_and_save};
use crate::sign_in::recipient;
use crate::sign_in::target::Target;
use crate::sign_in::token_input;
use crate::sign_in::verification::Verifiers;
use crate::storage::token_record::Origin;
use crate::terminal::Terminal;

pub fn run(global: &Global, args: &Login, terminal: &Terminal) -> Result<()> {
    signals::watch().map_err(|error| no_signals(&error))?;
    let http = Http::trusting(global.ca_file.as_deref(), global.server_user.as_deref())?;
    let target = Target::find(global)?;
    let server = target.server(&http).filter(|_| !args.no_server_check);
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
    /// The person named the token for this command, so the server may receive it.
    fn with_token(&self, bytes: &[u8]) -> Result<()> {
        let home = &self.target.home;
        let server = self.server.as_ref().filter(|_| !self.args.no_verify);
        let credential = token_input::read(bytes, self.args, home, server, self.terminal)?;
        let provider = match self.args.no_verify {
            true => None,
            false => token_input::verifier(&credential, self.args, home, server)?,
        };
        let verifiers = self.verifiers(provider.as_ref(), None);
        self.announce(&verify_and_save(credential, verifiers.as_ref(), self.target)?)
    }

    /// Who is asked about the token. `withheld` is why the server is not sent it.
    fn verifiers<'b>(
        &'b self,
        provider: Option<&'b ReadyEntry>,
        withheld: Option<String>,
    ) -> Option<Verifiers<'b>> {
        let server = self.server.as_ref();
        let (http, terminal) = (self.http, self.terminal);
        (!self.args.no_verify).then_some(Verifiers { server, withheld, provider, http, terminal })
    }

    fn with_provider(&self) -> Result<()> {
        let (entry, pasted) = self.choose()?;
        self.target.store.check_writable(entry.has_state())?;
        let port = fixed_port::chosen(self.args.callback_port)?;
        let route = Route::choose(self.args.no_browser, self.args.device, port);
        // Before the person signs in, because another program may use the port.
        let uses_port = entry.manifest.needs_account() && route.receives_callback();
        let port = port.filter(|_| uses_port).map(FixedPort::listen).transpose()?;
        let timeout = self.args.timeout;
        let mut session = LoginSession::new(&entry, self.terminal, self.http, route, timeout)
            .with_pasted(pasted)
            .receiving_on(port);
        let saved = self.sign_in_and_save(&entry, route, &mut session);
        let announced = match &saved {
            Ok(login) => self.announce(login),
            Err(_) => Ok(()),
        };
        if saved.is_ok() && entry.was_asked() {
            self.offer_to_keep(&entry);
        }
        session.close(&outcome(&saved));
        saved?;
        announced
    }

    /// The provider, and the token that was pasted at the menu.
    fn choose(&self) -> Result<(ReadyEntry, Option<Secret>)> {
        let (home, server) = (&self.target.home, self.server.as_ref());
        let catalog = Catalog::gather(home)?;
        let (entry, pasted) = match &self.args.provider {
            Some(name) => (catalog.pick(name, server, self.terminal)?, None),
            None => catalog.choose(self.args.choose, server, self.terminal, named_issuer)?,
        };
        let entry = entry.with_flags(self.args.flags(self.global));
        Ok((entry.prepare(&self.args.set, home, self.terminal)?, pasted))
    }

    fn sign_in_and_save(
        &self,
        entry: &ReadyEntry,
        route: Route,
        session: &mut LoginSession<'_>,
    ) -> Result<SavedLogin> {
        let signed_in = entry.login(route.receives_callback(), session);
        session.ignore_menu_paste();
        entry.take_notes().iter().for_each(|note| self.terminal.note(note));
        let sign_in =
            signed_in.map_err(|failure| failure::error(&failure, session, entry, self.target))?;
        if entry.manifest.needs_account() && sign_in.token.is_empty() {
            return Err(empty_token(entry, self.target));
        }
        let origin = if session.token_was_pasted() { Origin::Brought } else { Origin::Login };
        let credential = Credential::from_sign_in(entry, sign_in, origin);
        let server = self.server.as_ref().filter(|_| credential.has_account);
        let withheld = match server.filter(|_| !self.args.no_verify) {
            Some(it) => recipient::withheld(self.target, it, credential.token(), self.terminal)?,
            None => None,
        };
        let verifiers = self.verifiers(Some(entry), withheld);
        verify_and_save(credential, verifiers.as_ref(), self.target)
    }

    /// A login stores no setting for the next one: `provider configure` does, and asks for those that are secret.
    fn offer_to_keep(&self, entry: &ReadyEntry) {
        let indent = if self.terminal.stderr { "  " } else { "" };
        let configure = entry.configuring().repeating(&self.global.typed);
        let line = format!("{indent}To keep these settings for later logins: {configure}");
        self.terminal.say(&line);
    }

    fn announce(&self, saved: &SavedLogin) -> Result<()> {
        let notes = saved.notes(self.target, self.terminal);
        notes.iter().for_each(|note| self.terminal.note(note));
        if saved.lacks_the_server() {
            let check = Command::from("mesheryctl system check").repeating(&self.global.typed);
            let indent = if self.terminal.stderr { "  " } else { "" };
            self.terminal.say(&format!("{indent}Find out why: {check}"));
        }
        match self.global.output {
            Output::Text => Ok(()),
            Output::Json => print_json(&saved.to_json(self.target)),
        }
    }
}

/// The provider that a text pasted at the menu names as the issuer of its token, if it names one.
///
/// # Errors
/// Why it is no token, as a clause that follows "That".
fn named_issuer(text: &str) -> std::result::Result<Option<String>, String> {
    match pasted::read(text) {
        Pasted::Token(_) => Ok(None),
        Pasted::File(file) if file.token.is_empty() => {
            Err("was an auth.json without a token".into())
        }
        Pasted::File(file) => Ok(Some(file.provider)),
        Pasted::Address(_) => Err("was a URL, and no login is waiting for one yet".into()),
        Pasted::Wrong(why) => Err(why),
    }
}

/// The outcome that the browser's tab shows.
fn outcome(saved: &Result<SavedLogin>) -> Outcome {
    match saved {
        Ok(login) if login.is_signed_in() => Outcome::SignedIn(login.account()),
        Ok(_) => Outcome::Saved,
        Err(error) if error.exit() == Exit::Denied => Outcome::Denied,
        Err(_) => Outcome::Failed,
    }
}

/// Only a provider without an account may return the empty token.
fn empty_token(entry: &ReadyEntry, target: &Target) -> Error {
    let message = format!("{} returned an empty token.", entry.name());
    Error::new(Code::InvalidAnswer, message)
        .nothing_saved()
        .unchanged(target.store.file())
        .next(Suggestion::new("Try again", entry.command()))
}

fn no_signals(error: &std::io::Error) -> Error {
    Error::new(Code::InternalError, format!("Cannot listen for signals: {error}."))
}
