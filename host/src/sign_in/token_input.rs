//! The input of an existing token: from a downloaded auth.json, or from standard input.

use std::fmt::Display;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use mesheryctl_core::auth_file::{AuthFile, AuthFileError, MAX_LENGTH};
use mesheryctl_core::provider::SignIn;
use mesheryctl_core::token::Token;
use mesheryctl_core::token::shape::{NotAToken, not_a_token};

use super::finish::Credential;
use super::token_issuer::identify;
use crate::cli::Login;
use crate::error::{Code, Command, Error, Result, Suggestion};
use crate::net::meshery_server::Server;
use crate::providers::catalog::{Catalog, Issuer};
use crate::providers::entry::{Entry, ReadyEntry};
use crate::storage::home::Home;
use crate::storage::token_record::Origin;
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
        Ok(file) => {
            let token = Some(file.token.expose()).filter(|it| !it.is_empty());
            if let Some(what) = token.and_then(not_a_token) {
                let input = match &args.token_file {
                    Some(file) => file.display().to_string(),
                    None => "standard input".to_owned(),
                };
                return Err(invalid(&format!("The \"token\" of {input} {what}")));
            }
            from_auth_file(file, named, home, server, terminal)
        }
        Err(AuthFileError::NotJson { .. } | AuthFileError::NotAnObject)
            if args.with_token && !looks_like_json(bytes) =>
        {
            from_bare_token(bytes, named, home, server, terminal)
        }
        Err(why) => Err(match what_it_looks_like(bytes, &why) {
            Some(what) => invalid(&format!("{} {what}", input_name(args))),
            None => not_a_token_file(args, &why),
        }),
    }
}

/// What text looks like that is neither an auth.json nor a bare token.
fn what_it_looks_like(bytes: &[u8], why: &AuthFileError) -> Option<NotAToken> {
    let is_text = matches!(why, AuthFileError::NotJson { .. } | AuthFileError::NotAnObject);
    let text = std::str::from_utf8(without_bom(bytes)).ok()?;
    not_a_token(text).filter(|_| is_text && !looks_like_json(bytes))
}

/// The provider that can be asked whether the token is valid. A plugin is asked only if the command line names it and it is
/// trusted already: a file must not start one.
pub fn verifier(
    credential: &Credential,
    args: &Login,
    home: &Home,
    server: Option<&Server<'_>>,
) -> Result<Option<ReadyEntry>> {
    let Some(id) = credential.id.as_deref().filter(|_| credential.has_account) else {
        return Ok(None);
    };
    let issuer =
        Issuer { id: Some(id), is_plugin: credential.is_of_plugin(), name: &credential.name };
    let entry = Catalog::gather(home)?.issuer(issuer, server);
    let entry = entry.filter(|it| it.is_built_in() || args.provider.is_some());
    Ok(entry.and_then(|it| it.prepare_silently(None, home)))
}

fn input_name(args: &Login) -> String {
    let file = args.token_file.as_ref().map(|it| it.display().to_string());
    file.unwrap_or_else(|| "Standard input".to_owned())
}

fn invalid(why: &str) -> Error {
    Error::new(Code::InvalidToken, format!("{why}."))
        .nothing_saved()
        .next(Suggestion::new("Create a token", TOKEN_PAGE))
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
    let refused = |why: &dyn Display| invalid(&format!("Standard input {why}"));
    if let Some(what) = not_a_token(&text) {
        return Err(refused(&what));
    }
    let token = Token::parse(text.trim()).map_err(|why| refused(&why))?;
    if token.is_truncated() {
        return Err(refused(&"looks like a truncated token"));
    }
    let Some(named) = named else {
        let message = "Specify which provider issued this token.";
        return Err(Error::new(Code::ProviderMissing, message)
            .nothing_saved()
            .next(Suggestion::new("Specify a provider", WITH_TOKEN)));
    };
    let entry = Catalog::gather(home)?.pick(named, server, terminal)?;
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
        Some(named) => Some(Catalog::gather(home)?.pick(named, server, terminal)?),
        None => None,
    };
    let catalog = Catalog::gather(home)?;
    let own = catalog.entries().iter().find(|it| it.is_called(&file.provider));
    let credential = match own {
        Some(none) if !none.manifest.needs_account() => {
            if !file.token.is_empty() {
                return Err(none_with_a_token());
            }
            Credential::from_sign_in(none, SignIn::from_claims(file.token), Origin::Brought)
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

fn unreadable(what: &str, why: &str) -> Error {
    Error::new(Code::Unreadable, format!("Cannot read {what}: {why}.")).nothing_changed()
}

fn none_with_a_token() -> Error {
    let message = "The provider None does not use a token.";
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

#[cfg(test)]
mod tests;
