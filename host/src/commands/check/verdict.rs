//! The verdicts of the Meshery Server and of the provider on the token in use.

use std::fmt::Display;

use super::CheckRun;
use super::id::Id;
use super::report::{Line, bad, good, note};
use crate::error::{Command, Result, Suggestion};
use crate::net::meshery_server::{Server, Verdict};
use crate::sign_in::remedy;
use crate::sign_in::token_in_use::{Source, TokenInUse};
use crate::sign_in::verification::{Findings, ProviderVerdict, Verification, Verifier};
use crate::storage::config::edit;
use crate::text::{Name, Sentence};

impl CheckRun<'_> {
    /// The lines about the verdicts on the token. A problem of the server is shown with what mends it.
    pub fn verdicts(&self, used: &TokenInUse, found: &Findings) -> Result<Vec<Line>> {
        let provider = &used.auth.provider;
        let mut lines = lines(found, provider, self.args.verify, used.source);
        let Some(server) = &self.inquiry.server else { return Ok(lines) };
        let renamed =
            used.source == Source::File && self.inquiry.spelling(provider, server)?.is_some();
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
