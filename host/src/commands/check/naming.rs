//! The name of the provider in the token file, which a server may spell otherwise.

use mesheryctl_core::auth_file::AuthFile;

use super::CheckRun;
use super::id::Id;
use super::report::{Line, good};
use crate::error::Result;
use crate::storage::token_store::Stored;
use crate::text::Name;

impl CheckRun<'_> {
    /// Gives the provider in the token file the name that the server of the person's own config.yaml gives it.
    pub fn mend_name(&self) -> Result<Option<Line>> {
        let own_server =
            self.inquiry.server.as_ref().filter(|_| self.target.foreign_config().is_none());
        let (Some(server), Stored::Token(auth)) = (own_server, self.target.store.read()) else {
            return Ok(None);
        };
        let Some(name) = self.inquiry.spelling(&auth.provider, server)? else { return Ok(None) };
        let record = self.target.store.record_of(&auth.token);
        let old = Name::new(&auth.provider);
        let text = format!("Changed the provider from {old} to {name}, as {} does", server.name());
        let auth = AuthFile { provider: name.raw().to_owned(), token: auth.token };
        Ok(match self.target.store.amend(&auth, record.as_ref()) {
            // Another login or logout came first.
            Ok(None) => None,
            Ok(Some(warning)) => {
                warning.iter().for_each(|it| self.inquiry.terminal.say(it));
                Some(good(Id::ProviderName, text))
            }
            Err(error) => Some(Line::of_error(Id::ProviderName, &error)),
        })
    }
}
