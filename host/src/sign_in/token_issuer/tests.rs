//! Tests of the issuer as a table: the name in a file, the list of the server, and the provider that is meant.

use reqwest::Url;

use super::*;
use crate::net::Http;
use crate::storage::home::Home;

const TOKEN: &str = "abcdefghijklmnopqrstuvwxyz012345";
const LAYER5: (&str, &str) = ("Layer5", "https://cloud.layer5.io");

fn listed(rows: &[(&str, &str)]) -> Vec<Listed> {
    let row = |&(name, url): &(&str, &str)| Listed {
        name: Name::new(name),
        url: Url::parse(url).ok(),
        is_local: url.is_empty(),
    };
    rows.iter().map(row).collect()
}

/// The id and the name of the provider, or the error.
fn identified(
    name: &str,
    wanted: Option<&str>,
    rows: Option<&[(&str, &str)]>,
) -> std::result::Result<(Option<String>, String), Code> {
    let folder = tempfile::tempdir().unwrap();
    let catalog = Catalog::gather(&Home::at(folder.path())).unwrap();
    let http = Http::trusting(None, None).unwrap();
    let server = rows.map(|rows| Server::of_test(&http, listed(rows)));
    let file = AuthFile { provider: name.into(), token: Token::parse(TOKEN).unwrap() };
    let find = |name: &str| catalog.entries().iter().find(|it| it.is_called(name));
    let found = identify(file, find(name), &catalog, wanted.and_then(find), server.as_ref());
    found.map(|it| (it.id, it.name)).map_err(|it| it.code)
}

#[test]
fn without_a_list_the_name_in_the_file_alone_counts() {
    for (name, id, saved) in [
        ("Layer5", Some("layer5"), "Layer5"),
        ("LAYER5", Some("layer5"), "Layer5"),
        ("Meshery", Some("layer5"), "Meshery"),
        ("meshery", Some("layer5"), "Meshery"),
        ("Other", None, "Other"),
    ] {
        let expected = Ok((id.map(str::to_owned), saved.to_owned()));
        assert_eq!(identified(name, None, None), expected, "{name}");
    }
}

#[test]
fn with_a_list_the_name_is_that_of_the_listed_provider() {
    let local = ("None", "");
    let acme = ("Acme", "https://sso.example.org");
    let twin = ("ACME", "https://sso.example.com");
    let cloud = ("Meshery", "https://cloud.layer5.io/x");
    for (name, rows, expected) in [
        ("Layer5", &[LAYER5, local][..], Ok(("layer5", "Layer5"))),
        ("Meshery", &[LAYER5], Ok(("layer5", "Layer5"))),
        ("Layer5", &[cloud], Ok(("layer5", "Meshery"))),
        ("Meshery", &[cloud], Ok(("layer5", "Meshery"))),
        ("Acme", &[LAYER5, acme], Ok(("sso.example.org", "Acme"))),
        ("acme", &[acme, local], Ok(("sso.example.org", "Acme"))),
        ("Acme", &[acme, twin], Ok(("sso.example.org", "Acme"))),
        ("ACME", &[acme, twin], Ok(("sso.example.com", "ACME"))),
        ("aCME", &[acme, twin], Err(Code::ProviderAmbiguous)),
        ("Other", &[LAYER5, acme], Err(Code::ProviderUnknownToServer)),
        ("Other", &[("Other", "")], Err(Code::ProviderUnknownToServer)),
        ("other", &[("Other", "")], Err(Code::ProviderUnknownToServer)),
        ("Layer5", &[acme], Err(Code::ProviderUnknownToServer)),
        ("Acme", &[], Err(Code::ProviderUnknownToServer)),
    ] {
        let expected = expected.map(|(id, name)| (Some(id.to_owned()), name.to_owned()));
        assert_eq!(identified(name, None, Some(rows)), expected, "{name} {rows:?}");
    }
}

#[test]
fn of_two_listed_providers_the_one_of_the_command_line_is_meant_else_the_first() {
    let other = ("Layer5", "https://other.example.org");
    for (wanted, rows, id) in [
        (None, [LAYER5, other], "layer5"),
        (None, [other, LAYER5], "layer5"),
        (Some("Layer5"), [other, LAYER5], "layer5"),
    ] {
        let found = identified("Layer5", wanted, Some(&rows)).unwrap();
        assert_eq!(found.0.as_deref(), Some(id), "{wanted:?} {rows:?}");
    }
}

#[test]
fn a_name_that_the_list_does_not_settle_is_refused_with_the_names_of_the_list() {
    let rows = [("Acme", "https://sso.example.org"), ("ACME", "https://sso.example.com")];
    let rows = listed(&[rows[0], rows[1], ("None", "")]);
    let ambiguous = candidates("aCME", None, &rows).unwrap_err().to_string();
    assert!(ambiguous.contains("several providers with that name: Acme, ACME."), "{ambiguous}");
    let unknown = unknown_to_server("Other", &rows).to_string();
    assert!(
        unknown.contains("does not list Other, the provider of this token (listed: Acme, ACME)")
    );
    let none = unknown_to_server("Other", &listed(&[("None", "")])).to_string();
    assert!(none.contains("(listed: none)"), "{none}");
}
