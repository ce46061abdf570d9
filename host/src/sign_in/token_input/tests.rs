//! Tests of the input of an existing token as a table: the command line, the bytes, and whose token it is.

use std::io::repeat;

use clap::Parser;

use super::*;

const TOKEN: &str = "abcdefghijklmnopqrstuvwxyz012345";

#[derive(Parser)]
struct CommandLine {
    #[command(flatten)]
    login: Login,
}

/// The arguments of `system login`, without the name of the program.
fn login(arguments: &[&str]) -> Login {
    CommandLine::parse_from([&["login"], arguments].concat()).login
}

fn read_of(arguments: &[&str], bytes: &[u8]) -> Result<Credential> {
    let folder = tempfile::tempdir().unwrap();
    let home = Home::at(folder.path());
    read(bytes, &login(arguments), &home, None, &Terminal::find(false))
}

fn auth_file(provider: &str, token: &str) -> Vec<u8> {
    AuthFile { provider: provider.into(), token: Token::parse(token).unwrap_or(Token::empty()) }
        .to_bytes()
}

#[test]
fn the_provider_of_a_token_is_that_of_the_file_or_of_the_command_line() {
    let bare = &["--with-token", "-p", "Layer5"][..];
    let file = &["--token-file", "auth.json"][..];
    let piped = &["--with-token"][..];
    for (arguments, bytes, id, name) in [
        (bare, TOKEN.as_bytes().to_vec(), Some("layer5"), "Layer5"),
        (bare, format!("\u{feff}{TOKEN}\r\n").into_bytes(), Some("layer5"), "Layer5"),
        (file, auth_file("Layer5", TOKEN), Some("layer5"), "Layer5"),
        (piped, auth_file("Layer5", TOKEN), Some("layer5"), "Layer5"),
        (bare, auth_file("Layer5", TOKEN), Some("layer5"), "Layer5"),
        (file, auth_file("layer5", TOKEN), Some("layer5"), "Layer5"),
        (file, auth_file("Meshery", TOKEN), Some("layer5"), "Meshery"),
        (file, auth_file("None", ""), Some("none"), "None"),
        (&["--token-file", "f", "-p", "none"], auth_file("None", ""), Some("none"), "None"),
        (&["--token-file", "f", "-p", "local"], auth_file("None", ""), Some("none"), "None"),
        (file, auth_file("Other", TOKEN), None, "Other"),
    ] {
        let credential = read_of(arguments, &bytes).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        assert_eq!(credential.id.as_deref(), id, "{arguments:?} {text}");
        assert_eq!(credential.name, name, "{arguments:?} {text}");
        assert_eq!(credential.has_account, name != "None", "{arguments:?} {text}");
    }
}

#[test]
fn input_that_is_not_the_token_of_the_named_provider_is_refused() {
    let bare = &["--with-token", "-p", "Layer5"][..];
    let file = &["--token-file", "auth.json"][..];
    let piped = &["--with-token"][..];
    for (arguments, bytes, code) in [
        (piped, TOKEN.as_bytes().to_vec(), Code::ProviderMissing),
        (&["--with-token", "-p", "None"], TOKEN.as_bytes().to_vec(), Code::NoneWithToken),
        (&["--with-token", "-p", "Nobody"], TOKEN.as_bytes().to_vec(), Code::ProviderUnknown),
        (bare, b"eyJhbGciOiJSUzI1NiJ9.eyJ".to_vec(), Code::InvalidToken),
        (bare, b"a b c d e f g h i j k l m n o".to_vec(), Code::InvalidToken),
        (bare, b"null".to_vec(), Code::InvalidToken),
        (bare, Vec::new(), Code::InvalidTokenFile),
        (bare, b"{\"meshery-provider\":".to_vec(), Code::InvalidTokenFile),
        (bare, b"[1]".to_vec(), Code::InvalidTokenFile),
        (bare, b"<!doctype html>".to_vec(), Code::InvalidTokenFile),
        (file, TOKEN.as_bytes().to_vec(), Code::InvalidTokenFile),
        (file, b"https://cloud.layer5.io/security/tokens".to_vec(), Code::InvalidToken),
        (file, auth_file("Layer5", ""), Code::NoToken),
        (file, auth_file("None", TOKEN), Code::NoneWithToken),
        (
            file,
            b"{\"meshery-provider\":\"Layer5\",\"token\":\"null\"}".to_vec(),
            Code::InvalidToken,
        ),
        (&["--token-file", "f", "-p", "Layer5"], auth_file("Other", TOKEN), Code::ProviderDiffers),
        (&["--token-file", "f", "-p", "None"], auth_file("Layer5", TOKEN), Code::ProviderDiffers),
        (&["--token-file", "f", "-p", "Nobody"], auth_file("Layer5", TOKEN), Code::ProviderUnknown),
    ] {
        let error = read_of(arguments, &bytes).err().map(|it| it.code);
        assert_eq!(error, Some(code), "{arguments:?} {}", String::from_utf8_lossy(&bytes));
    }
}

#[test]
fn the_source_of_a_token_is_a_file_a_pipe_or_none() {
    let folder = tempfile::tempdir().unwrap();
    let mut terminal = Terminal::find(false);
    terminal.stdin = true;
    assert_eq!(source(&login(&[]), &terminal).unwrap(), None);
    let error = source(&login(&["--with-token"]), &terminal).unwrap_err();
    assert_eq!(error.code, Code::NeedsPipe);
    let path = folder.path().join("auth.json");
    std::fs::write(&path, TOKEN).unwrap();
    let of = |path: &Path| source(&login(&["--token-file", path.to_str().unwrap()]), &terminal);
    assert_eq!(of(&path).unwrap().unwrap(), TOKEN.as_bytes());
    for (path, why) in
        [(folder.path().join("none"), "no such file"), (folder.path().into(), "it is a directory")]
    {
        let error = of(&path).unwrap_err();
        assert_eq!(error.code, Code::Unreadable);
        assert_eq!(error.message(), format!("Cannot read {}: {why}.", path.display()));
    }
}

#[test]
fn one_byte_more_than_the_largest_token_file_is_read() {
    assert_eq!(read_limited(repeat(b'a')).unwrap().len(), MAX_LENGTH + 1);
}

#[test]
fn a_refusal_names_the_input() {
    for (arguments, name) in
        [(&["--token-file", "f.json"][..], "f.json "), (&["--with-token"], "Standard input ")]
    {
        let error = read_of(arguments, b"null").err().unwrap();
        assert!(error.message().starts_with(name), "{}", error.message());
    }
}

#[test]
fn a_built_in_provider_with_an_account_is_asked_about_a_brought_token() {
    let folder = tempfile::tempdir().unwrap();
    let home = Home::at(folder.path());
    for (file, id) in [(auth_file("Layer5", TOKEN), Some("layer5")), (auth_file("None", ""), None)]
    {
        let arguments = &["--token-file", "auth.json"];
        let credential = read_of(arguments, &file).unwrap();
        let asked = verifier(&credential, &login(arguments), &home, None).unwrap();
        assert_eq!(asked.as_ref().map(|it| it.id()), id);
    }
}

#[test]
fn a_bare_token_in_a_file_is_suggested_for_standard_input() {
    let hints = |arguments: &[&str], bytes: &[u8]| {
        let error = read_of(arguments, bytes).err().unwrap();
        error.suggestions().iter().map(|it| it.command.to_string()).collect::<Vec<_>>()
    };
    let bare = hints(&["--token-file", "a b"], TOKEN.as_bytes());
    assert_eq!(bare[1], "mesheryctl system login --provider Layer5 --with-token < 'a b'");
    assert_eq!(hints(&["--token-file", "f"], b"<!doctype html>").len(), 1);
    assert_eq!(hints(&["--with-token"], b"{").len(), 1);
}
