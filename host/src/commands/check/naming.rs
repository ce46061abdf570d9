//! The name of the provider in the token file, which a server may spell otherwise.

use mesheryctl_core::auth_file::AuthFile;

use super::CheckRun;
use super::id::Id;
use super::report::{Line, good};
use crate::error::Result;
use crate::net::meshery_server::{Listed, Server};
use crate::providers::catalog::Catalog;
use crate::providers::entry::Entry;
use crate::storage::token_store::Stored;
use crate::text::Name;

impl CheckRun<'_> {
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

    /// Gives the provider in the token file the name that the server of the person's own config.yaml gives it.
    pub fn mend_name(&self) -> Result<Option<Line>> {
        let own_server = self.server.as_ref().filter(|_| self.target.foreign_config().is_none());
        let (Some(server), Stored::Token(auth)) = (own_server, self.target.store.read()) else {
            return Ok(None);
        };
        let Some(name) = self.spelling(&auth.provider, server)? else { return Ok(None) };
        let record = self.target.store.record_of(&auth.token);
        let old = Name::new(&auth.provider);
        let text = format!("Changed the provider from {old} to {name}, as {} does", server.name());
        let auth = AuthFile { provider: name.raw().to_owned(), token: auth.token };
        Ok(match self.target.store.amend(&auth, record.as_ref()) {
            // Another login or logout came first.
            Ok(None) => None,
            Ok(Some(warning)) => {
                warning.iter().for_each(|it| self.terminal.say(it));
                Some(good(Id::ProviderName, text))
            }
            Err(error) => Some(Line::of_error(Id::ProviderName, &error)),
        })
    }
}
