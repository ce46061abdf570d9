//! Tests of the catalog: what a server's list and a plugin that is not trusted change in it.

use std::path::Path;

use super::*;
use crate::net::Http;
use crate::plugin::isolation::Isolation;
use crate::plugin::library::Library;
use crate::plugin::trust::store::Trust;
use reqwest::Url;

#[test]
fn a_listed_provider_is_an_alias_of_an_installed_one_unless_another_has_that_name() {
    let folder = tempfile::tempdir().unwrap();
    let http = Http::trusting(None, None).unwrap();
    for (name, alias) in [("Meshery Cloud", Some("Meshery Cloud")), ("None", None), ("local", None)]
    {
        let mut catalog = Catalog::gather(&Home::at(folder.path())).unwrap();
        let url = Url::parse("https://cloud.layer5.io/x").ok();
        let listed = Listed { name: Name::new(name), url, is_local: false };
        catalog.add_listed(Some(&Server::of_test(&http, vec![listed])));
        let layer5 = catalog.entries().iter().find(|it| it.id() == "layer5").unwrap();
        assert_eq!(layer5.alias.as_deref(), alias, "{name}");
    }
}

/// A small library, whose bytes stand for those of any plugin.
const LIBRARY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fuzz/seeds/library/one");

/// A catalog with plugins, each with an id, a name, a URL and whether it is trusted.
fn with_plugins(plugins: &[(&str, &str, Option<&str>, bool)]) -> Catalog {
    let folder = tempfile::tempdir().unwrap();
    let home = Home::at(folder.path());
    let sha256 = Library::read(Path::new(LIBRARY)).unwrap().sha256;
    for (id, ..) in plugins.iter().filter(|it| it.3) {
        Trust::allow(&home, id, &sha256, &[], Isolation::of_test(true)).unwrap();
    }
    let mut catalog = Catalog::gather(&home).unwrap();
    for (id, name, url, _) in plugins {
        let manifest = serde_json::json!({"id": id, "name": name, "version": "1",
            "description": "", "publisher": "", "support": "https://acme.example/help", "generation": 1,
            "actions": ["login", "whoami"], "hosts": ["sso.corp.example", "tool.example"],
            "meshery_provider": url});
        let manifest = Manifest::parse(&manifest.to_string()).unwrap();
        catalog.entries.push(installed(
            manifest,
            Source::File(LIBRARY.into()),
            &catalog.configuration,
        ));
    }
    catalog
}

fn tata(name: &str) -> Listed {
    let url = Url::parse("https://sso.corp.example").ok();
    Listed { name: Name::new(name), url, is_local: false }
}

const TATA_URL: Option<&str> = Some("https://sso.corp.example/login");

#[test]
fn only_a_trusted_plugin_takes_the_place_of_a_row() {
    let http = Http::trusting(None, None).unwrap();
    for (is_trusted, rows, alias) in [
        (false, &["layer5", "none", "tool", "sso.corp.example"][..], None),
        (true, &["layer5", "none", "tool"], Some("Tata")),
    ] {
        let mut catalog = with_plugins(&[("tool", "Tool", TATA_URL, is_trusted)]);
        let _ = catalog.add_listed(Some(&Server::of_test(&http, vec![tata("Tata")])));
        let ids: Vec<_> = catalog.entries().iter().map(Entry::id).collect();
        assert_eq!(ids, rows);
        assert_eq!(catalog.entries()[2].alias.as_deref(), alias);
    }
}

#[test]
fn a_name_or_id_of_a_plugin_that_is_not_trusted_is_ambiguous_if_the_server_lists_it_too() {
    let http = Http::trusting(None, None).unwrap();
    let terminal = Terminal::find(false);
    for (plugin, listed, typed, id) in [
        (("tool", "Tool", TATA_URL, false), "Tata", "Tata", Ok("sso.corp.example")),
        (("tool", "Tool", TATA_URL, true), "Tata", "Tata", Ok("tool")),
        (("tool", "Tool", TATA_URL, false), "Tata", "tool", Ok("tool")),
        (("tata", "Tool", None, false), "Tata", "Tata", Ok("sso.corp.example")),
        (("tata", "Tool", None, false), "Tata", "tata", Err(Code::ProviderAmbiguous)),
        (("tata", "Tool", None, true), "Tata", "tata", Ok("tata")),
        (("tool", "Tata", None, false), "Tata", "tata", Err(Code::ProviderAmbiguous)),
        (("tool", "Tata", None, true), "Tata", "tata", Ok("tool")),
        (("tool", "Tool", None, false), "Tata", "layer5", Ok("layer5")),
    ] {
        let server = Server::of_test(&http, vec![tata(listed)]);
        let picked = with_plugins(&[plugin]).pick(typed, Some(&server), &terminal);
        let picked = picked.map(|it| it.id().to_owned()).map_err(|it| it.code);
        assert_eq!(picked, id.map(str::to_owned), "{plugin:?} {typed}");
    }
}

#[test]
fn the_error_of_an_ambiguous_name_says_how_to_use_either() {
    let http = Http::trusting(None, None).unwrap();
    let server = Server::of_test(&http, vec![tata("Tata")]);
    let picked = with_plugins(&[("tool", "Tata", None, false)]).pick(
        "tata",
        Some(&server),
        &Terminal::find(false),
    );
    let Err(error) = picked else { panic!("it should be ambiguous") };
    assert_eq!(error.message(), "More than one provider is called tata: tool, sso.corp.example.");
    let commands: Vec<_> = error.suggestions().iter().map(|it| it.command.to_string()).collect();
    assert_eq!(
        commands,
        ["mesheryctl system login --provider sso.corp.example", "mesheryctl plugin trust tool"]
    );
}

#[test]
fn a_row_is_typed_by_its_name_unless_a_plugin_has_that_as_its_id() {
    let http = Http::trusting(None, None).unwrap();
    for (plugin, typed_as) in [("tool", "tata"), ("tata", "sso.corp.example")] {
        let mut catalog = with_plugins(&[(plugin, "Tool", None, false)]);
        let _ = catalog.add_listed(Some(&Server::of_test(&http, vec![tata("tata")])));
        assert_eq!(catalog.entries().last().unwrap().typed_as, typed_as);
    }
}

#[test]
fn a_token_is_of_the_provider_that_its_record_names_and_of_no_plugin_that_is_not_trusted() {
    let http = Http::trusting(None, None).unwrap();
    let intranet = || Listed {
        name: Name::new("Intranet"),
        url: Url::parse("http://localhost").ok(),
        is_local: false,
    };
    let plugins = |is_trusted| {
        with_plugins(&[
            ("localhost", "Acme", None, is_trusted),
            ("tool", "Tool", TATA_URL, is_trusted),
        ])
    };
    for (is_trusted, id, is_plugin, name, found) in [
        // The record of a row, as earlier versions wrote it and as it is written now.
        (true, Some("localhost"), false, "Intranet", Some("localhost:80")),
        (true, Some("localhost:80"), false, "Intranet", Some("localhost:80")),
        (true, Some("localhost"), true, "Acme", Some("localhost")),
        (false, Some("localhost"), true, "Acme", None),
        (true, Some("sso.corp.example"), false, "Tata", None),
        (false, Some("sso.corp.example"), false, "Tata", Some("sso.corp.example")),
        (true, Some("tool"), false, "Tool", None),
        (true, Some("layer5"), false, "Layer5", Some("layer5")),
        (true, Some("layer5"), true, "Layer5", None),
        // Without a record.
        (true, None, false, "Tata", Some("tool")),
        (false, None, false, "Tata", Some("sso.corp.example")),
        (true, None, false, "Acme", Some("localhost")),
        (false, None, false, "Acme", None),
    ] {
        let server = Server::of_test(&http, vec![intranet(), tata("Tata")]);
        let issuer = Issuer { id, is_plugin, name };
        let entry = plugins(is_trusted).issuer(issuer, Some(&server));
        let seen = entry.map(|it| it.id().to_owned());
        assert_eq!(seen.as_deref(), found, "{is_trusted} {issuer:?}");
    }
}

#[test]
fn a_row_with_the_name_of_an_installed_provider_is_not_its_issuer_unless_that_is_not_trusted() {
    let http = Http::trusting(None, None).unwrap();
    for (is_trusted, found) in [(true, None), (false, Some("sso.corp.example"))] {
        let server = Server::of_test(&http, vec![tata("Acme")]);
        let issuer = Issuer { id: Some("sso.corp.example"), is_plugin: false, name: "Acme" };
        let entry =
            with_plugins(&[("acme", "Acme", None, is_trusted)]).issuer(issuer, Some(&server));
        assert_eq!(entry.map(|it| it.id().to_owned()).as_deref(), found, "{is_trusted}");
    }
}
