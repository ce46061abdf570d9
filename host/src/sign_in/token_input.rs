//! The input of an existing token: from a downloaded auth.json, or from standard input.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use mesheryctl_core::auth_file::{AuthFile, AuthFileError, MAX_LENGTH};
use mesheryctl_core::provider::SignIn;
use mesheryctl_core::token::Token;

use super::finish::Credential;
use crate::cli::Login;
use crate::error::Code;
use crate::error::{Command, Error, Result, Suggestion};
use crate::net::meshery_server::{Listed, Server, Verdict};
use crate::net::url::authority;
use crate::providers::catalog::Catalog;
use crate::providers::entry::Entry;
use crate::storage::home::Home;
use crate::terminal::Terminal;
use crate::text::Name;

const WITH_TOKEN: &str = "mesheryctl system login --provider Layer5 --with-token < token.txt";
const TOKEN_PAGE: &str = "https://cloud.layer5.io/security/tokens";

/// Reads the input that replaces a sign-in, if the command line names one.
pub fn source(args: &Login, terminal: &Terminal) -> Result<Option<Vec<u8>>> {
    if let Some(path) = &args.token_file {
        return read_file(path).map(Some);
    }
    if !args.with_token {
        return Ok(None);
    }
    if terminal.stdin {
        let message =
            "--with-token reads a token from a pipe or a file, but standard input is a terminal.";
        return Err(Error::new(Code::NeedsPipe, message)
            .nothing_changed()
            .next(Suggestion::new("From a file", WITH_TOKEN)));
    }
    let bytes = read_limited(io::stdin().lock());
    bytes.map(Some).map_err(|error| unreadable("standard input", &error.to_string()))
}

/// The file may be a pipe, such as that of `<(…)` in a shell.
fn read_file(path: &Path) -> Result<Vec<u8>> {
    let shown = path.display().to_string();
    File::open(path).and_then(read_limited).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => unreadable(&shown, "no such file"),
        io::ErrorKind::PermissionDenied => unreadable(&shown, "permission denied")
            .next(Suggestion::new("Show permissions", Command::from("ls -l").value(&shown))),
        io::ErrorKind::IsADirectory => unreadable(&shown, "it is a directory"),
        _ => unreadable(&shown, &error.to_string()),
    })
}

fn read_limited(from: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    from.take(MAX_LENGTH as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Parses the input: an auth.json, or on standard input a bare token too.
pub fn read(
    bytes: &[u8],
    args: &Login,
    home: &Home,
    server: Option<&Server<'_>>,
    terminal: &Terminal,
) -> Result<Credential> {
    let named = args.provider.as_deref();
    match AuthFile::parse(bytes) {
        Ok(file) => from_auth_file(file, named, home, server, terminal),
        Err(AuthFileError::NotJson { .. } | AuthFileError::NotAnObject)
            if args.with_token && !looks_like_json(bytes) =>
        {
            from_bare_token(bytes, named, home, server, terminal)
        }
        Err(why) => Err(not_a_token_file(args, &why)),
    }
}

fn looks_like_json(bytes: &[u8]) -> bool {
    matches!(without_bom(bytes).trim_ascii().first(), Some(b'{' | b'[' | b'"'))
}

fn without_bom(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)
}

fn from_bare_token(
    bytes: &[u8],
    named: Option<&str>,
    home: &Home,
    server: Option<&Server<'_>>,
    terminal: &Terminal,
) -> Result<Credential> {
    let text = String::from_utf8_lossy(without_bom(bytes));
    let invalid = |why: &str| {
        let message = format!("Standard input {why}.");
        Error::new(Code::InvalidToken, message)
            .nothing_saved()
            .next(Suggestion::new("Create a token", TOKEN_PAGE))
    };
    let token = Token::parse(text.trim()).map_err(|why| invalid(&why.to_string()))?;
    if token.is_truncated() {
        return Err(invalid("looks like a truncated token"));
    }
    let Some(named) = named else {
        let message = "Specify which provider issued this token.";
        return Err(Error::new(Code::ProviderMissing, message)
            .nothing_saved()
            .next(Suggestion::new("Specify a provider", WITH_TOKEN)));
    };
    let entry = Catalog::gather(home)?.pick(Some(named), server, terminal)?;
    if !entry.manifest.needs_account() {
        return Err(none_with_a_token());
    }
    Ok(Credential::from_bare_token(&entry, token))
}

fn from_auth_file(
    file: AuthFile,
    named: Option<&str>,
    home: &Home,
    server: Option<&Server<'_>>,
    terminal: &Terminal,
) -> Result<Credential> {
    let wanted = match named.filter(|it| !it.eq_ignore_ascii_case(&file.provider)) {
        Some(named) => Some(Catalog::gather(home)?.pick(Some(named), server, terminal)?),
        None => None,
    };
    let catalog = Catalog::gather(home)?;
    let own = catalog.entries().iter().find(|it| it.is_called(&file.provider));
    let credential = match own {
        Some(none) if !none.manifest.needs_account() => {
            if !file.token.is_empty() {
                return Err(none_with_a_token());
            }
            Credential::from_sign_in(none, SignIn::from_claims(file.token))
        }
        _ if file.token.is_empty() => return Err(no_token(&file.provider)),
        own => identify(file, own, &catalog, wanted.as_ref(), server)?,
    };
    match wanted {
        Some(wanted) if !is_the_same(&credential, &wanted) => Err(differs(&credential, &wanted)),
        _ => Ok(credential),
    }
}

fn is_the_same(credential: &Credential, wanted: &Entry) -> bool {
    credential.id.as_deref() == Some(wanted.id())
}

/// Determines the provider of a file: by the server's list if there is one, else by the name alone.
fn identify(
    file: AuthFile,
    own: Option<&Entry>,
    catalog: &Catalog,
    wanted: Option<&Entry>,
    server: Option<&Server<'_>>,
) -> Result<Credential> {
    // The name may be a former or an alternative name of Layer5 Cloud.
    let owner = catalog.entries().iter().find(|it| it.owns(&file.provider));
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
        return Ok(Credential::from_auth_file(file, id, name, url));
    };
    let found = candidates(&file.provider, layer5, listed)?;
    let Some(chosen) = best(&found, wanted, &file.token, server) else {
        return Err(unknown_to_server(&file.provider, listed));
    };
    let installed = |url| {
        catalog.entries().iter().find(|it| {
            it.url.as_ref() == Some(url) || it.url.as_ref().is_some_and(|own| chosen.has_url(own))
        })
    };
    let id = chosen
        .url
        .as_ref()
        .map(|url| installed(url).map_or_else(|| authority(url), |it| it.id().to_owned()));
    Ok(Credential::from_auth_file(file, id, chosen.name.raw().to_owned(), chosen.url.clone()))
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
        it.url
            .as_ref()
            .is_some_and(|url| matches!(server.check(url, token).1, Verdict::Accepted(_)))
    };
    let several = found.len() > 1;
    named.or_else(|| found.iter().filter(|_| several).find(accepts)).or(found.first()).copied()
}

fn names_of(listed: &[&Listed]) -> String {
    let names: Vec<String> = listed.iter().map(|it| it.name.to_string()).collect();
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

fn unreadable(what: &str, why: &str) -> Error {
    Error::new(Code::Unreadable, format!("Cannot read {what}: {why}.")).nothing_changed()
}

fn none_with_a_token() -> Error {
    let message = "None takes no token: it is for work without an account.";
    Error::new(Code::NoneWithToken, message)
        .nothing_saved()
        .next(Suggestion::new("Work without an account", "mesheryctl system login --provider None"))
}

fn no_token(name: &str) -> Error {
    let name = Name::new(name);
    Error::new(Code::NoToken, format!("The file names {name} but has no token."))
        .nothing_saved()
        .next(Suggestion::new("Sign in instead", "mesheryctl system login"))
}

fn differs(credential: &Credential, wanted: &Entry) -> Error {
    let (name, other) = (Name::new(&credential.name), wanted.name());
    Error::new(Code::ProviderDiffers, format!("The token is from {name}, not from {other}."))
        .nothing_saved()
        .next(Suggestion::new(
            "Use the file's provider",
            "mesheryctl system login --token-file auth.json",
        ))
}

fn not_a_token_file(args: &Login, why: &AuthFileError) -> Error {
    let file = args.token_file.as_ref().map(|it| it.display().to_string());
    let message = match (file, why) {
        (Some(file), _) => format!("{file} {why}."),
        (None, AuthFileError::Empty) => "No token on standard input.".to_owned(),
        (None, _) => format!("Standard input {why}."),
    };
    let error = Error::new(Code::InvalidTokenFile, message)
        .nothing_saved()
        .next(Suggestion::new("Download a new one", TOKEN_PAGE));
    match (why, &args.token_file) {
        (AuthFileError::NotJson { .. }, Some(file)) => error.next(Suggestion::new(
            "If it is a bare token",
            Command::from("mesheryctl system login --provider Layer5 --with-token <")
                .value(file.display().to_string()),
        )),
        _ => error,
    }
}

fn unknown_to_server(name: &str, listed: &[Listed]) -> Error {
    let known: Vec<&Listed> = listed.iter().filter(|it| !it.is_local).collect();
    let (name, known) = (Name::new(name), names_of(&known));
    let message = format!(
        "Your Meshery Server does not list {name}, the provider of this token (listed: {known})."
    );
    Error::new(Code::ProviderUnknownToServer, message).nothing_saved().next(Suggestion::new(
        "Save anyway",
        "mesheryctl system login --token-file auth.json --no-server-check",
    ))
}
