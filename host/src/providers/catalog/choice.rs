//! Which provider a login uses if none is named: the default one, or the one that the person selects in the menu.

use mesheryctl_core::secret::Secret;

use super::Catalog;
use crate::error::{Code, Error, Result, Suggestion};
use crate::net::meshery_server::Server;
use crate::providers::entry::Entry;
use crate::storage::administration::{self, POLICY_FILE};
use crate::storage::token_store;
use crate::terminal::prompt::{self, Menu, Row, Selected};
use crate::terminal::{Terminal, layout};
use crate::text::{Label, Name};

/// The provider that a login uses unless another is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DefaultProvider<'a> {
    pub id: &'a str,
    /// Whether the administrator's policy names it.
    pub is_fixed: bool,
}

impl DefaultProvider<'_> {
    /// Whose default it is, as a noun phrase.
    fn whose(&self) -> String {
        match self.is_fixed {
            true => format!("the default provider that is set by {POLICY_FILE}"),
            false => "your default provider".to_owned(),
        }
    }
}

impl Catalog {
    /// The default provider, of the administrator's policy or else of the person.
    pub fn default_provider(&self) -> Option<DefaultProvider<'_>> {
        let fixed = self.configuration.administration.default_provider();
        let kept = self.configuration.kept.default_provider();
        let id = fixed.or(kept)?;
        Some(DefaultProvider { id, is_fixed: fixed.is_some() })
    }

    /// The default provider, else the one that the person selects; and the token that they pasted instead of pressing a key.
    /// With `choose`, the person is asked although there is a default. `issuer` is that of [`Catalog::ask`].
    ///
    /// # Errors
    /// `needs_terminal`, `provider_unknown` for a default that is not there, or a signal.
    pub fn choose(
        mut self,
        choose: bool,
        server: Option<&Server<'_>>,
        terminal: &Terminal,
        issuer: impl Fn(&str) -> std::result::Result<Option<String>, String>,
    ) -> Result<(Entry, Option<Secret>)> {
        let is_fixed = self.default_provider().is_some_and(|it| it.is_fixed);
        let default = self.default_provider().map(|it| (it.id.to_owned(), it.whose()));
        let position = |all: &Self, id: &str| all.entries.iter().position(|it| it.has_id(id));
        if let Some((id, whose)) = default.as_ref().filter(|_| !choose)
            && let Some(index) = position(&self, id)
        {
            return Ok((self.use_default(index, whose, terminal), None));
        }
        let why_not = terminal.no_prompt_reason();
        if let Some(why) = why_not.filter(|_| choose || default.is_none()) {
            return Err(needs_terminal(why));
        }
        self.add_listed(server).iter().for_each(|note| terminal.note(note));
        let current = default.as_ref().and_then(|(id, _)| position(&self, id));
        let Some((id, whose)) = default.filter(|_| !choose) else {
            return self.ask(current.unwrap_or(0), None, terminal, issuer);
        };
        // One that only the server lists.
        if let Some(index) = current {
            return Ok((self.use_default(index, &whose, terminal), None));
        }
        let gone = format!("{}, {whose}, is not available.", Name::new(&id));
        match why_not {
            None => self.ask(0, Some(gone), terminal, issuer),
            Some(_) => Err(Error::new(Code::ProviderUnknown, gone)
                .nothing_changed()
                .next(Suggestion::new("List providers", "mesheryctl system provider list"))
                .next(Suggestion::new("See plugins that cannot be used", "mesheryctl plugin list"))
                .next(without_default(is_fixed))),
        }
    }

    fn use_default(mut self, index: usize, whose: &str, terminal: &Terminal) -> Entry {
        let entry = self.entries.swap_remove(index);
        let (name, other) = (entry.name(), layout::unbreakable("--choose"));
        terminal.say(&format!("Using {name}, {whose} (choose another with {other})."));
        entry
    }

    /// The provider that the person selects, and the token that they pasted instead of pressing a key. `issuer` names
    /// the provider in a pasted text, if it names one, or says why the text is no token: a clause after "That".
    fn ask(
        mut self,
        current: usize,
        above: Option<String>,
        terminal: &Terminal,
        issuer: impl Fn(&str) -> std::result::Result<Option<String>, String>,
    ) -> Result<(Entry, Option<Secret>)> {
        let rows: Vec<Row> = self.entries.iter().map(row).collect();
        let (mut current, mut above) = (current, above.or_else(|| self.unusable_plugins()));
        loop {
            let label = "Select a Provider";
            let menu = Menu {
                asks: None,
                label,
                rows: &rows,
                current,
                above: above.take(),
                deadline: None,
            };
            let (text, row) = match prompt::select_or_paste(&menu, terminal)? {
                Selected::Row(index) => return Ok((self.entries.swap_remove(index), None)),
                Selected::Pasted(text, row) => (text, row),
            };
            current = row;
            match issuer(text.expose())
                .and_then(|named| self.issuer_of_pasted(named.as_deref(), row))
            {
                Err(why) => above = Some(format!("That {why}. Ignored.")),
                Ok(index) => {
                    let question =
                        format!("That looks like a token for {}. Use it?", shown(&rows[index]));
                    if prompt::confirm_offer(&question, terminal)? {
                        return Ok((self.entries.swap_remove(index), Some(text)));
                    }
                }
            }
        }
    }

    /// The provider of a pasted token: the named one, else the current row, else the first with an account.
    fn issuer_of_pasted(
        &self,
        named: Option<&str>,
        row: usize,
    ) -> std::result::Result<usize, String> {
        let has_account = |it: &Entry| it.manifest.needs_account();
        let found = match named {
            Some(name) => {
                let is_named = |it: &Entry| it.is_or_was_called(name);
                let accepted = |it: &Entry| is_named(it) && self.is_accepted(it);
                let entries = || self.entries.iter();
                entries().position(accepted).or_else(|| entries().position(is_named))
            }
            None if has_account(&self.entries[row]) => Some(row),
            None => self.entries.iter().position(has_account),
        };
        let its = || Name::new(named.unwrap_or_default());
        let listed = found.filter(|&it| has_account(&self.entries[it]));
        listed.ok_or_else(|| format!("was a token of {}, which is not in this list", its()))
    }

    fn unusable_plugins(&self) -> Option<String> {
        let list = layout::unbreakable("mesheryctl plugin list");
        match self.unusable.len() {
            0 => None,
            1 => Some(format!("1 plugin cannot be used: {list}")),
            more => Some(format!("{more} plugins cannot be used: {list}")),
        }
    }
}

/// The name of a provider, and what its row says beside it: a name of the server's list could mislead alone.
fn shown(row: &Row) -> String {
    let detail = row.detail.as_ref().map(|it| format!(" ({})", Label::new(it)));
    format!("{}{}", Name::new(&row.name), detail.unwrap_or_default())
}

fn row(entry: &Entry) -> Row {
    Row { name: entry.name().to_owned(), detail: entry.detail.clone() }
}

/// What ends a default provider that is not available.
fn without_default(is_fixed: bool) -> Suggestion {
    match is_fixed {
        true => administration::correction(),
        false => Suggestion::new("Have no default", "mesheryctl system provider default --unset"),
    }
}

fn needs_terminal(why: &str) -> Error {
    let message = format!("Cannot ask which provider to use: {why}.");
    let error = Error::new(Code::NeedsTerminal, message)
        .next(Suggestion::new("Without an account", "mesheryctl system login --provider None"))
        .next(Suggestion::new(
            "With a token",
            "mesheryctl system login --provider Layer5 --with-token < token.txt",
        ))
        .next(Suggestion::new(
            "With a token file",
            "mesheryctl system login --token-file auth.json",
        ));
    match token_store::token_of_environment() {
        Some(_) => {
            error.next(Suggestion::new("With MESHERY_TOKEN (set)", "mesheryctl system check"))
        }
        None => error,
    }
}
