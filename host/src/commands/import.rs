//! A token that the person already has: from a downloaded auth.json, or from standard input.

use std::fs;
use std::io::{self, Read};
use std::path::Path;

use mesheryctl_core::auth_file::{AuthFile, InvalidAuthFile, LARGEST};
use mesheryctl_core::provider::SignIn;
use mesheryctl_core::token::Token;

use super::settle::Presented;
use crate::catalog::{Catalog, Entry};
use crate::cli::Login;
use crate::foreign;
use crate::http;
use crate::problem::{Exit, Problem, Result};
use crate::server::{Listed, Server, Verdict};
use crate::terminal::Terminal;
use crate::token_store::read_bounded;

/// The bytes that stand in for a sign-in, if the command line names any.
pub fn source(args: &Login, terminal: &Terminal) -> Result<Option<Vec<u8>>> {
    if let Some(path) = &args.token_file {
        return read_file(path).map(Some);
    }
    if !args.with_token {
        return Ok(None);
    }
    if terminal.stdin {
        return Err(usage("needs_pipe", "--with-token reads a token from a pipe or a file, and standard input is a terminal. Nothing was changed.")
            .next("From a file", "mesheryctl system login --provider Layer5 --with-token < token.txt"));
    }
    let mut bytes = Vec::new();
    let read = io::stdin().lock().take(LARGEST as u64 + 1).read_to_end(&mut bytes);
    read.map_err(|error| {
        usage("unreadable", format!("Cannot read standard input: {error}. Nothing was changed."))
    })?;
    Ok(Some(bytes))
}

fn read_file(path: &Path) -> Result<Vec<u8>> {
    read_bounded(path).map_err(|error| {
        let shown = path.display();
        let why = match error.kind() {
            io::ErrorKind::NotFound => "there is no such file".to_owned(),
            io::ErrorKind::PermissionDenied => "you may not read it".to_owned(),
            _ => error.to_string(),
        };
        let exists = fs::symlink_metadata(path).is_ok();
        let problem =
            usage("unreadable", format!("Cannot read {shown}: {why}. Nothing was changed."));
        if exists { problem.next("See what it is", format!("ls -l {shown}")) } else { problem }
    })
}

/// What the bytes present: a whole auth.json, or on standard input a bare token too.
pub fn read(
    bytes: &[u8],
    args: &Login,
    server: Option<&Server<'_>>,
    terminal: &Terminal,
) -> Result<Presented> {
    let named = args.provider.as_deref();
    match AuthFile::parse(bytes) {
        Ok(file) => whole(file, named, server, terminal),
        Err(InvalidAuthFile::NotJson { .. } | InvalidAuthFile::NotAnObject) if args.with_token => {
            bare(bytes, named, server, terminal)
        }
        Err(why) => Err(not_a_token_file(args, &why)),
    }
}

fn bare(
    bytes: &[u8],
    named: Option<&str>,
    server: Option<&Server<'_>>,
    terminal: &Terminal,
) -> Result<Presented> {
    let text = String::from_utf8_lossy(bytes);
    let token = Token::parse(text.trim()).map_err(|why| {
        usage("invalid_token", format!("What came on standard input {why}. Nothing was saved."))
    })?;
    let Some(named) = named else {
        return Err(usage(
            "provider_missing",
            "A bare token does not say whose it is. Nothing was saved.",
        )
        .next(
            "Name the provider",
            "mesheryctl system login --provider Layer5 --with-token < token.txt",
        ));
    };
    let entry = Catalog::gather()?.choose(Some(named), server, terminal)?;
    if entry.id() == "none" {
        return Err(none_with_a_token());
    }
    Ok(Presented::by(&entry, sign_in(token)))
}

fn whole(
    file: AuthFile,
    named: Option<&str>,
    server: Option<&Server<'_>>,
    terminal: &Terminal,
) -> Result<Presented> {
    let catalog = Catalog::gather()?;
    let none = catalog.entries().iter().find(|it| it.is_called(&file.provider) && it.url.is_none());
    if let Some(none) = none {
        if !file.token.is_empty() {
            return Err(none_with_a_token());
        }
        let presented = Presented::by(none, sign_in(file.token));
        return same_provider(named, presented, server, terminal);
    }
    if file.token.is_empty() {
        let name = foreign::shown(&file.provider, 40);
        return Err(usage(
            "no_token",
            format!("The file names {name} but holds no token. Nothing was saved."),
        )
        .next("Sign in instead", "mesheryctl system login"));
    }
    let presented = identify(file, &catalog, server, terminal)?;
    same_provider(named, presented, server, terminal)
}

/// Which provider a file means: by the server's list where there is one, else by its name alone.
fn identify(
    file: AuthFile,
    catalog: &Catalog,
    server: Option<&Server<'_>>,
    terminal: &Terminal,
) -> Result<Presented> {
    let own = catalog.entries().iter().find(|it| it.is_called(&file.provider));
    let layer5 = catalog.entries().first().filter(|_| is_layer5(&file.provider));
    let Some(Ok(listed)) = server.map(Server::listed) else {
        let entry = own.or(layer5);
        return Ok(Presented {
            id: entry.map(|it| it.id().to_owned()),
            url: entry.and_then(|it| it.url.clone()),
            name: file.provider,
            sign_in: sign_in(file.token),
        });
    };
    let found = candidates(&file, layer5, listed);
    let Some(chosen) = best(&found, &file.token, server) else {
        return Err(unknown_to_server(&file.provider, listed));
    };
    if chosen.name != file.provider {
        let from = foreign::shown(&file.provider, 40);
        let to = foreign::shown(&chosen.name, 40);
        terminal.say(&format!(
            "The file says {from}; your server calls this provider {to}, so that is what is saved."
        ));
    }
    let id =
        catalog.entries().iter().find(|it| it.url.as_ref().is_some_and(|url| chosen.is_at(url)));
    Ok(Presented {
        id: id.map(|it| it.id().to_owned()).or_else(|| chosen.url.as_ref().map(http::authority)),
        name: chosen.name.clone(),
        url: chosen.url.clone(),
        sign_in: sign_in(file.token),
    })
}

/// Files of Layer5 Cloud say `Meshery` or `Layer5`, and so do servers, each in its own time.
fn candidates<'a>(
    file: &AuthFile,
    layer5: Option<&Entry>,
    listed: &'a [Listed],
) -> Vec<&'a Listed> {
    let at_layer5 =
        |it: &&Listed| layer5.and_then(|own| own.url.as_ref()).is_some_and(|url| it.is_at(url));
    let same_name = |it: &&Listed| it.url.is_some() && it.name.eq_ignore_ascii_case(&file.provider);
    let mut found: Vec<&Listed> = listed.iter().filter(at_layer5).collect();
    found.extend(listed.iter().filter(|it| same_name(it) && !at_layer5(it)));
    found
}

/// Where a name may mean two clouds, the one whose token it is not says so.
fn best<'a>(
    found: &[&'a Listed],
    token: &Token,
    server: Option<&Server<'_>>,
) -> Option<&'a Listed> {
    let [first, _, ..] = found else { return found.first().copied() };
    let accepts = |it: &&&Listed| match (server, &it.url) {
        (Some(server), Some(url)) => matches!(server.check(url, token).1, Verdict::Accepted(_)),
        _ => false,
    };
    found.iter().find(accepts).or(Some(first)).copied()
}

fn same_provider(
    named: Option<&str>,
    presented: Presented,
    server: Option<&Server<'_>>,
    terminal: &Terminal,
) -> Result<Presented> {
    let Some(named) = named else { return Ok(presented) };
    let entry = Catalog::gather()?.choose(Some(named), server, terminal)?;
    if presented.id.as_deref() == Some(entry.id()) {
        return Ok(presented);
    }
    let (name, other) = (foreign::shown(&presented.name, 40), entry.name());
    Err(usage(
        "provider_differs",
        format!("The token is one of {name}, not of {other}. Nothing was saved."),
    )
    .next("Take the file's provider", "leave out --provider"))
}

fn sign_in(token: Token) -> SignIn {
    let claims = token.claims();
    SignIn { account: claims.account, expires_at: claims.expires_at, ..SignIn::with_token(token) }
}

fn is_layer5(name: &str) -> bool {
    name.eq_ignore_ascii_case("layer5") || name.eq_ignore_ascii_case("meshery")
}

fn usage(code: &'static str, message: impl Into<String>) -> Problem {
    Problem::new(code, Exit::Usage, message)
}

fn none_with_a_token() -> Problem {
    usage(
        "none_with_token",
        "None takes no token: it is for work without an account. Nothing was saved.",
    )
    .next("Work without an account", "mesheryctl system login --provider None")
}

fn not_a_token_file(args: &Login, why: &InvalidAuthFile) -> Problem {
    let what = args
        .token_file
        .as_ref()
        .map_or("What came on standard input".to_owned(), |it| it.display().to_string());
    usage("invalid_token_file", format!("{what} {why}. Nothing was saved."))
        .next("Download a fresh one", "https://cloud.layer5.io/security/tokens")
}

fn unknown_to_server(name: &str, listed: &[Listed]) -> Problem {
    let names: Vec<String> = listed
        .iter()
        .filter(|it| it.url.is_some())
        .map(|it| foreign::shown(&it.name, 40))
        .collect();
    let names = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
    let name = foreign::shown(name, 40);
    usage(
        "provider_unknown_to_server",
        format!("Your Meshery Server does not know the provider {name} of this token (it knows: {names}). Nothing was saved."),
    )
    .next("Save it all the same", "add --no-server-check")
}
