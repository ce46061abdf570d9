//! The verdicts of the Meshery Server and of the provider on the token in use.

use std::fmt::Display;

use mesheryctl_core::provider::SignIn;
use reqwest::Url;

use super::CheckRun;
use super::id::Id;
use super::remedy;
use super::report::{Line, bad, good, note};
use super::token::{Source, Used};
use crate::clock::unix_now;
use crate::error::{Command, Result, Suggestion};
use crate::net::meshery_server::{Server, Verdict};
use crate::providers::catalog::{Catalog, Issuer};
use crate::providers::entry::{Entry, ReadyEntry};
use crate::sign_in::recipient;
use crate::sign_in::verification::{
    self, AskProvider, Findings, ProviderVerdict, Subject, Verification, Verifier, Verifiers,
};
use crate::storage::config::edit;
use crate::storage::token_store::{Origin, TokenRecord};
use crate::text::{Name, Sentence};

impl CheckRun<'_> {
    /// Asks the context's server, and, with `--verify` or to confirm the server's no, the provider.
    pub fn verify(&self, used: &Used) -> Result<Findings> {
        let (auth, server) = (&used.auth, self.server.as_ref());
        if let Some(server) = server {
            let line = format!("Asking the Meshery Server {} for its providers.", server.name());
            self.terminal.detail(&line);
        }
        let (url, mut withheld) = match server.map(|it| self.provider_url(used, it)).transpose()? {
            Some(Ok(url)) => (Some(url), None),
            Some(Err(why)) => (None, Some(why)),
            None => (None, None),
        };
        if let Some(server) = server.filter(|_| url.is_some() && self.args.token.is_none()) {
            withheld = recipient::withheld(self.target, server, &auth.token, self.terminal)?;
        }
        // A server that does not get the token must not choose, by its list, who gets it.
        let listing = server.filter(|_| withheld.is_none());
        let provider = match listing.is_some() || self.args.verify {
            true => self.issuer(used, listing)?,
            false => None,
        };
        let subject = Subject {
            token: &auth.token,
            stored_state: used.record.as_ref().and_then(|it| it.state.clone()),
            origin: Origin::Brought,
            name: &auth.provider,
            url: url.as_ref(),
            asks_provider: match self.args.verify {
                true => AskProvider::Always,
                false => AskProvider::ToConfirm,
            },
        };
        self.detail_asked(server.filter(|_| url.is_some() && withheld.is_none()), &provider);
        let (provider, http, terminal) = (provider.as_ref(), self.http, self.terminal);
        let verifiers = Verifiers { server, withheld, provider, http, terminal };
        Ok(verification::verify(&subject, &verifiers))
    }

    /// Says with `--verbose` who is asked about the token.
    fn detail_asked(&self, server: Option<&Server<'_>>, provider: &Option<ReadyEntry>) {
        if let Some(server) = server {
            let line = format!("Asking {} whether the token is valid.", server.name());
            self.terminal.detail(&line);
        }
        if let Some(entry) = provider {
            let when = if self.args.verify { "" } else { ", if the server cannot tell" };
            let line = format!("Asking {} whether the token is valid{when}.", entry.name());
            self.terminal.detail(&line);
        }
    }

    /// The provider that issued the token, with the settings of the login.
    fn issuer(&self, used: &Used, listing: Option<&Server<'_>>) -> Result<Option<ReadyEntry>> {
        let (home, record) = (&self.target.home, used.record.as_ref());
        // The provider of a variable is only a guess unless the variable beside it names it.
        if !used.names_provider && record.is_none() {
            return Ok(None);
        }
        let id = record.map(|it| it.provider_id.as_str());
        let is_plugin = record.is_some_and(|it| it.plugin_sha256.is_some());
        let issuer = Issuer { id, is_plugin, name: &used.auth.provider };
        let entry = Catalog::gather(home)?.issuer(issuer, listing);
        Ok(entry.and_then(|it| it.prepare_silently(record, home)))
    }

    /// The URL of the provider that the token file names in the list of the server, or why it has none.
    fn provider_url(
        &self,
        used: &Used,
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

    /// The lines about the verdicts on the token. A problem of the server is shown with what mends it.
    pub fn verdicts(&self, used: &Used, found: &Findings) -> Result<Vec<Line>> {
        let provider = &used.auth.provider;
        let mut lines = lines(found, provider, self.args.verify, used.source);
        let Some(server) = &self.server else { return Ok(lines) };
        let renamed = used.source == Source::File && self.spelling(provider, server)?.is_some();
        if let Some(line) = lines.first_mut().filter(|it| it.fix.is_none()) {
            if renamed {
                let mend = Suggestion::new("Use its name", "mesheryctl system check --fix");
                (line.id, line.fix) = (Id::ProviderName, Some(mend));
            } else {
                line.fix = self.server_remedy(server);
            }
        }
        Ok(lines)
    }

    /// What to do about a server that cannot be used.
    pub fn server_remedy(&self, server: &Server<'_>) -> Option<Suggestion> {
        let why = server.listed().err();
        let edit = self.target.config().map(edit).filter(|_| !server.is_usable());
        let known = server.next(&Command::again()).or(edit);
        let ask = || Some(Suggestion::new("Try it by hand", server.request()?));
        known.or_else(|| why.and_then(|_| ask()))
    }

    /// Records that a server of another config file than the person's own verified the token, so that the person is not
    /// asked again whether to send it there.
    pub fn remember(&self, used: &Used, found: &Findings) -> Result<()> {
        let Verification::Accepted { by: Verifier::Server(server), .. } = &found.verification
        else {
            return Ok(());
        };
        let recorded = used.record.as_ref().and_then(|it| it.verified_by.as_ref());
        let is_stored = used.source == Source::File && self.args.token.is_none();
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

/// The lines about the verdicts on a token of this provider. With `verify` the provider was to be asked.
fn lines(found: &Findings, provider: &str, verify: bool, source: Source) -> Vec<Line> {
    let rejected = |id: Id, by: &dyn Display| {
        let fix = match source {
            Source::Environment => remedy::variable(),
            Source::File => remedy::sign_in(),
        };
        bad(id, format!("Rejected by {by}")).with(fix)
    };
    let name = Name::new(provider);
    let rejected_by_server =
        matches!(found.verification, Verification::Rejected { by: Verifier::Server(_) });
    let of_server = match &found.server {
        None => note(Id::Server, "Not verified: no context names a Meshery Server"),
        Some(it) if matches!(it.verdict, Verdict::Accepted(_)) => {
            good(Id::Server, format!("Accepted by {}", it.server))
        }
        Some(it) if rejected_by_server => rejected(Id::Server, &it.server),
        Some(it) => {
            let why = it.without_verdict().unwrap_or_default();
            note(Id::Server, format!("Not verified: {why}"))
        }
    };
    let of_provider = match &found.provider {
        Some(ProviderVerdict::Account(_)) => {
            Some(good(Id::Provider, format!("Accepted by {name}")))
        }
        Some(ProviderVerdict::Denied(_)) => Some(rejected(Id::Provider, &name)),
        Some(ProviderVerdict::Forbidden(why) | ProviderVerdict::Unknown(why)) => {
            let text = format!("Not verified by {name}: {}", Sentence::new(why));
            Some(note(Id::Provider, text))
        }
        None if verify => {
            let text = format!("Not verified by {name}: it cannot be asked here");
            Some(note(Id::Provider, text))
        }
        None => None,
    };
    let of_provider = of_provider.filter(|_| verify || !rejected_by_server);
    std::iter::once(of_server).chain(of_provider).collect()
}
