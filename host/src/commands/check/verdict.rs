//! The line of `system check` about the verdict of the Meshery Server on the token in use.

use mesheryctl_core::auth_file::AuthFile;
use reqwest::Url;

use super::report::{Line, bad, good, note};
use crate::error::Result;
use crate::net::meshery_server::{Server, Verdict};
use crate::providers::catalog::Catalog;
use crate::storage::home::Home;
use crate::text::Name;

/// The line about the verdict of the context's server.
pub fn verdict(auth: &AuthFile, home: &Home, server: Option<&Server<'_>>) -> Result<Line> {
    let Some(server) = server else {
        return Ok(note("Not verified: no context names a Meshery Server".into()));
    };
    let name = server.name();
    Ok(match provider_url(auth, home, server)? {
        Err(why) => note(format!("Not verified: {name} {why}")),
        Ok(url) => match server.check(&url, &auth.token).1 {
            Verdict::Accepted(_) => good(format!("Accepted by {name}")),
            Verdict::Rejected => bad(format!("Rejected by {name}")),
            Verdict::Unknown(why) => note(format!("Not verified: {name} {why}")),
        },
    })
}

/// The URL of the provider that the token file names in the list of the server, or why it has none.
fn provider_url(
    auth: &AuthFile,
    home: &Home,
    server: &Server<'_>,
) -> Result<std::result::Result<Url, String>> {
    let listed = match server.listed() {
        Ok(listed) => listed,
        Err(why) => return Ok(Err(why)),
    };
    let name = Name::new(&auth.provider);
    if let Some(found) = listed.iter().find(|it| it.name.raw() == auth.provider) {
        let why = format!("lists {name} with a URL that is neither https nor on this computer");
        return Ok(found.url.clone().ok_or(why));
    }
    let catalog = Catalog::gather(home)?;
    let own = catalog.entries().iter().find(|it| it.is_called(&auth.provider));
    let own = own.and_then(|it| it.url.as_ref());
    let renamed = listed.iter().find(|it| own.is_some_and(|url| it.has_url(url)));
    Ok(Err(match renamed {
        Some(it) => format!("calls {name} {} now; sign in again", it.name),
        None => format!("does not list {name}"),
    }))
}
