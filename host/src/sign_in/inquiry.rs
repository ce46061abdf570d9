//! [`Inquiry`]: asks the context's server and the provider about the token in use.

use mesheryctl_core::provider::{Action, SignIn};
use reqwest::Url;

use super::recipient;
use super::target::Target;
use super::token_in_use::{Source, TokenInUse};
use super::verification::{AskProvider, Findings, Subject, Verification, Verifier, Verifiers};
use crate::clock::unix_now;
use crate::error::Result;
use crate::net::Http;
use crate::net::meshery_server::{Listed, Server};
use crate::providers::catalog::{Catalog, Issuer};
use crate::providers::entry::{Entry, ReadyEntry, from_record};
use crate::storage::token_record::{Origin, TokenRecord};
use crate::terminal::Terminal;
use crate::text::Name;

/// Who can be asked about the token in use.
pub struct Inquiry<'a> {
    pub terminal: &'a Terminal,
    pub http: &'a Http,
    pub target: &'a Target,
    pub server: Option<Server<'a>>,
    /// Whether `--token` named the file of the token. The server may then receive it.
    pub named: bool,
}

/// Who may receive the token in use.
pub struct Parties {
    /// The URL of the provider in the server's list, if it has one.
    pub url: Option<Url>,
    /// Why the server must not receive the token, as a sentence part that follows its name.
    pub withheld: Option<String>,
    /// The provider that issued the token, with the settings of the login.
    pub provider: Option<ReadyEntry>,
}

impl Parties {
    /// Whether the server may receive the token.
    pub fn receives_server(&self) -> bool {
        self.url.is_some() && self.withheld.is_none()
    }
}

impl Inquiry<'_> {
    /// What is asked about the token, and who is asked.
    pub fn question<'b>(
        &'b self,
        used: &'b TokenInUse,
        parties: &'b Parties,
        is_wanted: bool,
    ) -> (Subject<'b>, Verifiers<'b>) {
        let Parties { url, withheld, provider } = parties;
        let subject = Subject {
            token: &used.auth.token,
            stored_state: used.record.as_ref().and_then(|it| it.state.clone()),
            origin: Origin::Brought,
            name: &used.auth.provider,
            url: url.as_ref(),
            asks_provider: match is_wanted {
                true => AskProvider::Always,
                false => AskProvider::ToConfirm,
            },
        };
        let (server, provider) = (self.server.as_ref(), provider.as_ref());
        let (http, terminal) = (self.http, self.terminal);
        let verifiers = Verifiers { server, withheld: withheld.clone(), provider, http, terminal };
        (subject, verifiers)
    }

    /// Who may receive the token. The provider is among them if that `is_wanted`, or if the server may receive it.
    pub fn parties(&self, used: &TokenInUse, is_wanted: bool) -> Result<Parties> {
        let server = self.server.as_ref();
        if let Some(server) = server {
            let line = format!("Asking the Meshery Server {} for its providers.", server.name());
            self.terminal.detail(&line);
        }
        let (url, mut withheld) = match server.map(|it| self.provider_url(used, it)).transpose()? {
            Some(Ok(url)) => (Some(url), None),
            Some(Err(why)) => (None, Some(why)),
            None => (None, None),
        };
        if let Some(server) = server.filter(|_| url.is_some() && !self.named) {
            withheld = recipient::withheld(self.target, server, &used.auth.token, self.terminal)?;
        }
        // A server that does not get the token must not choose, by its list, who gets it.
        let listing = server.filter(|_| withheld.is_none());
        let provider = match listing.is_some() || is_wanted {
            true => self.issuer(used, listing)?,
            false => None,
        };
        Ok(Parties { url, withheld, provider })
    }

    /// The provider that issued the token, with the settings of the login.
    pub fn issuer(
        &self,
        used: &TokenInUse,
        listing: Option<&Server<'_>>,
    ) -> Result<Option<ReadyEntry>> {
        let (home, record) = (&self.target.home, used.record.as_ref());
        // The provider of a variable is only a guess unless the variable beside it names it.
        if !used.names_provider && record.is_none() {
            return Ok(None);
        }
        let id = record.map(|it| it.provider_id.as_str());
        let is_plugin = record.is_some_and(|it| it.plugin_sha256.is_some());
        let issuer = Issuer { id, is_plugin, name: &used.auth.provider };
        let catalog = Catalog::gather(home)?;
        let configuration = catalog.configuration().clone();
        let entry = catalog.issuer(issuer, listing);
        // One that only the server listed at the login.
        let name = Name::new(&used.auth.provider);
        let of_record = || from_record(record?, &name, &configuration);
        Ok(entry.or_else(of_record).and_then(|it| it.prepare_silently(record, home)))
    }

    /// Whether the token can be renewed, as far as it is known without asking.
    ///
    /// # Errors
    /// As [`Inquiry::issuer`].
    pub fn can_renew(&self, used: &TokenInUse) -> Result<bool> {
        if !used.may_be_renewed() || self.named {
            return Ok(false);
        }
        // A provider that is not known here may be one that a server knows, which may renew the token.
        Ok(self.issuer(used, None)?.is_none_or(|it| it.can(Action::Refresh)))
    }

    /// The URL of the provider that the token file names in the list of the server, or why it has none.
    fn provider_url(
        &self,
        used: &TokenInUse,
        server: &Server<'_>,
    ) -> Result<std::result::Result<Url, String>> {
        let listed = match server.listed() {
            Ok(listed) => listed,
            Err(why) => return Ok(Err(why)),
        };
        let provider = &used.auth.provider;
        let name = Name::new(provider);
        if let Some(found) = listed.iter().find(|it| it.name.raw() == *provider) {
            let why = format!("lists {name} with a URL that is neither https nor on this computer");
            return Ok(found.url.clone().ok_or(why));
        }
        Ok(Err(match self.spelling(provider, server)? {
            Some(it) => format!("spells {name} {it}"),
            None => format!("does not list {name}"),
        }))
    }

    /// The name that the server gives this provider, if it is another one: that of the same URL, or of a provider that only
    /// the server knows, with other capitals.
    pub fn spelling(&self, provider: &str, server: &Server<'_>) -> Result<Option<Name>> {
        let Ok(listed) = server.listed() else { return Ok(None) };
        if listed.iter().any(|it| it.name.raw() == provider) {
            return Ok(None);
        }
        let catalog = Catalog::gather(&self.target.home)?;
        let is_own = |it: &&Entry| it.is_called(provider) && catalog.is_accepted(it);
        let own = catalog.entries().iter().find(is_own);
        let is_same = |it: &&Listed| match own {
            Some(own) => own.url.as_ref().is_some_and(|url| it.has_url(url)),
            None => !it.is_local && it.name.raw().to_lowercase() == provider.to_lowercase(),
        };
        let same: Vec<&Listed> = listed.iter().filter(is_same).collect();
        Ok(if let [one] = same.as_slice() { Some(one.name.clone()) } else { None })
    }

    /// Records that a server of another config file than the person's own verified the token, so that the person is not
    /// asked again whether to send it there.
    pub fn remember(&self, used: &TokenInUse, found: &Findings) -> Result<()> {
        let Verification::Accepted { by: Verifier::Server(server), .. } = &found.verification
        else {
            return Ok(());
        };
        let recorded = used.record.as_ref().and_then(|it| it.verified_by.as_ref());
        let is_stored = used.source == Source::File && !self.named;
        if recorded == Some(server) || !is_stored || self.target.foreign_config().is_none() {
            return Ok(());
        }
        let (token, name) = (&used.auth.token, &used.auth.provider);
        let record = match &used.record {
            Some(record) => record.clone(),
            None => {
                let catalog = Catalog::gather(&self.target.home)?;
                let issuer = Issuer { id: None, is_plugin: false, name };
                let entry = catalog.issuer(issuer, self.server.as_ref());
                let id = entry.as_ref().map_or(name.as_str(), |it| it.id());
                let plugin = entry.as_ref().and_then(Entry::file_sha256);
                TokenRecord::of(id, &SignIn::from_claims(token.clone())).by_plugin(plugin)
            }
        };
        let record = record.verified(unix_now(), server);
        let warning = self.target.store.amend(&used.auth, Some(&record))?;
        warning.flatten().iter().for_each(|it| self.terminal.say(it));
        Ok(())
    }
}
