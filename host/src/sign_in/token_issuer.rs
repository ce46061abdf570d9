//! The issuer of a token: which provider the name in an auth.json means.

use std::time::Duration;

use mesheryctl_core::auth_file::AuthFile;
use mesheryctl_core::token::Token;

use super::finish::Credential;
use crate::error::{Code, Command, Error, Result, Suggestion};
use crate::net::meshery_server::{Listed, Server, Verdict};
use crate::providers::catalog::Catalog;
use crate::providers::entry::{Entry, row_id};
use crate::text::{Name, abridged};

/// For each of several providers that the token may be from.
const CHECK_LIMIT: Duration = Duration::from_secs(3);

/// Determines the provider of a file: by the server's list if there is one, else by the name alone.
pub fn identify(
    file: AuthFile,
    own: Option<&Entry>,
    catalog: &Catalog,
    wanted: Option<&Entry>,
    server: Option<&Server<'_>>,
) -> Result<Credential> {
    // The name may be a former or an alternative name of Layer5 Cloud.
    let owner = catalog.entries().iter().find(|it| it.is_or_was_called(&file.provider));
    let layer5 = owner.filter(|it| !it.manifest.former_names.is_empty());
    let Some((server, listed)) = server.and_then(|it| Some((it, it.listed().ok()?))) else {
        let entry = own.or(layer5);
        let name = match (own, layer5) {
            (Some(own), _) => own.name().to_owned(),
            (None, former) => {
                let name = former.and_then(|it| it.manifest.former_name(&file.provider));
                name.unwrap_or(&file.provider).to_owned()
            }
        };
        let id = entry.map(|it| it.id().to_owned());
        let url = entry.and_then(|it| it.url.clone());
        return Ok(Credential::from_auth_file(file, id, name, url).issued_by(entry));
    };
    let found = candidates(&file.provider, layer5, listed)?;
    let Some(chosen) = best(&found, wanted, &file.token, server) else {
        return Err(unknown_to_server(&file.provider, listed));
    };
    let installed = catalog.standing_for(chosen);
    let row = || chosen.url.as_ref().map(row_id);
    let id = installed.map(|it| it.id().to_owned()).or_else(row);
    let (name, url) = (chosen.name.raw().to_owned(), chosen.url.clone());
    Ok(Credential::from_auth_file(file, id, name, url).issued_by(installed))
}

/// The listed providers that the name in a file may mean, the most likely first.
fn candidates<'a>(
    name: &str,
    layer5: Option<&Entry>,
    listed: &'a [Listed],
) -> Result<Vec<&'a Listed>> {
    let layer5 = layer5.and_then(|it| it.url.as_ref());
    let at_layer5 = |it: &Listed| layer5.is_some_and(|url| it.has_url(url));
    let mut found: Vec<&Listed> = listed.iter().filter(|it| at_layer5(it)).collect();
    let others = || listed.iter().filter(|it| !it.is_local && !at_layer5(it));
    let exact: Vec<&Listed> = others().filter(|it| it.name.raw() == name).collect();
    if !exact.is_empty() {
        found.extend(exact);
        return Ok(found);
    }
    let alike: Vec<&Listed> =
        others().filter(|it| it.name.raw().to_lowercase() == name.to_lowercase()).collect();
    if alike.len() > 1 {
        let names = names_of(&alike);
        let message =
            format!("Your Meshery Server lists several providers with that name: {names}.");
        return Err(Error::new(Code::ProviderAmbiguous, message)
            .nothing_saved()
            .next(Suggestion::new("List providers", "mesheryctl system provider list")));
    }
    found.extend(alike);
    Ok(found)
}

/// The provider that was named on the command line, else the first that accepts the token, if there are several.
fn best<'a>(
    found: &[&'a Listed],
    wanted: Option<&Entry>,
    token: &Token,
    server: &Server<'_>,
) -> Option<&'a Listed> {
    let wanted = wanted.and_then(|it| it.url.as_ref());
    let named = found.iter().find(|it| wanted.is_some_and(|url| it.has_url(url)));
    let accepts = |it: &&&Listed| {
        it.url.as_ref().is_some_and(|url| {
            matches!(server.check(url, token, CHECK_LIMIT).1, Verdict::Accepted(_))
        })
    };
    let several = found.len() > 1;
    named.or_else(|| found.iter().filter(|_| several).find(accepts)).or(found.first()).copied()
}

fn names_of(listed: &[&Listed]) -> String {
    let names = abridged(listed.iter().map(|it| &it.name));
    if names.is_empty() { "none".to_owned() } else { names }
}

fn unknown_to_server(name: &str, listed: &[Listed]) -> Error {
    let known: Vec<&Listed> = listed.iter().filter(|it| !it.is_local).collect();
    let (name, known) = (Name::new(name), names_of(&known));
    let message = format!(
        "Your Meshery Server does not list {name}, the provider of this token (listed: {known})."
    );
    Error::new(Code::ProviderUnknownToServer, message)
        .nothing_saved()
        .next(Suggestion::new("Save anyway", Command::again().literal("--no-server-check")))
}

#[cfg(test)]
mod tests;
