//! `provider.schema.json`: an editor accepts what the SDK accepts.

use std::fs;
use std::path::Path;

use boon::{Compiler, Schemas};
use mesheryctl_core::manifest::Manifest;
use serde_json::{Value, json};

/// Whether the schema and the SDK accept this manifest.
fn accepted(manifests: &[Value]) -> Vec<(bool, bool)> {
    let text = include_str!("../../plugin-sdk/provider.schema.json");
    let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
    compiler.add_resource("provider.schema.json", serde_json::from_str(text).unwrap()).unwrap();
    let index = compiler.compile("provider.schema.json", &mut schemas).unwrap();
    let is_accepted = |it: &Value| {
        let by_sdk = Manifest::parse_strictly(&it.to_string());
        (schemas.validate(it, index).is_ok(), by_sdk.is_ok())
    };
    manifests.iter().map(is_accepted).collect()
}

fn valid() -> Value {
    json!({
        "$schema": "provider.schema.json",
        "id": "acme-sso", "name": "Acme SSO", "version": "1.2.0", "description": "Acme.", "publisher": "Acme Inc.",
        "support": "https://acme.example/support", "generation": 1, "actions": ["login", "whoami"],
        "hosts": ["{setting:url}"], "meshery_provider": "{setting:url}",
        "settings": [{"key": "url", "description": "Where.", "default": "d", "required": true, "secret": false}],
    })
}

/// The valid manifest with another value of this field; null removes it.
fn with(field: &str, value: &Value) -> Value {
    let mut manifest = valid();
    match value {
        Value::Null => drop(manifest.as_object_mut().unwrap().remove(field)),
        value => manifest[field] = value.clone(),
    }
    manifest
}

fn assert_each(cases: &[(&str, Value)], expected: (bool, bool)) {
    let manifests: Vec<Value> = cases.iter().map(|(field, value)| with(field, value)).collect();
    for (case, found) in cases.iter().zip(accepted(&manifests)) {
        assert_eq!(found, expected, "{case:?}: by the schema, by the SDK");
    }
}

#[test]
fn a_manifest_that_the_sdk_accepts_is_valid_by_the_schema() {
    let setting = |more: Value| {
        let mut url = json!({"key": "url", "description": ""});
        url.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!([url])
    };
    assert_each(
        &[
            ("$schema", Value::Null),
            ("id", json!("a")),
            ("id", json!("a".repeat(64))),
            ("name", json!("Сбер")),
            ("name", json!("日本語")),
            ("name", json!("Mr. X of .NET-Co.")),
            ("name", json!("é".repeat(40))),
            ("name", json!("7")),
            ("name", json!("-.A")),
            ("name", json!("- A")),
            ("name", json!("A.-")),
            ("name", json!("A -")),
            ("hosts", json!(["{setting:url}", "a".repeat(63)])),
            ("hosts", json!(["{setting:url}", "255.0.10.199"])),
            ("version", json!("")),
            ("support", json!("mailto:help+sso@acme.example?subject=SSO")),
            ("support", json!("https://acme.example:8443/help?topic=sso&lang=en#login")),
            ("actions", json!(["refresh", "logout", "login"])),
            (
                "hosts",
                json!([
                    "{setting:url}",
                    "127.0.0.1",
                    "[::1]",
                    "localhost",
                    "*.id.example",
                    "a-1.example"
                ]),
            ),
            ("settings", setting(json!({}))),
            ("settings", setting(json!({"secret": false, "required": false, "default": null}))),
            ("meshery_provider", Value::Null),
        ],
        (true, true),
    );
}

#[test]
fn a_manifest_that_the_sdk_refuses_is_invalid_by_the_schema() {
    let setting =
        |key: Value| json!([{"key": "url", "description": ""}, {"key": key, "description": ""}]);
    let fields =
        ["id", "name", "version", "description", "publisher", "support", "generation", "actions"];
    let missing = fields.iter().map(|it| (*it, Value::Null));
    let mut cases: Vec<(&str, Value)> = missing.collect();
    cases.extend([
        ("host", json!([])),
        ("account", json!("none")),
        ("aliases", json!(["Local"])),
        ("former_names", json!(["Meshery"])),
        ("token_page", json!("https://acme.example")),
        ("id", json!("Acme")),
        ("id", json!("1a")),
        ("id", json!("a".repeat(65))),
        ("id", json!(7)),
        ("name", json!("")),
        ("name", json!("Acme  SSO")),
        ("name", json!("A--B")),
        ("name", json!("Acme_SSO")),
        ("name", json!(" Acme")),
        ("name", json!("A²")),
        ("hosts", json!(["{setting:url}", "999.1.1.1"])),
        ("hosts", json!(["{setting:url}", "-a.example"])),
        ("hosts", json!(["{setting:url}", "a-.example"])),
        ("hosts", json!(["{setting:url}", format!("{}.example", "a".repeat(64))])),
        ("support", json!("https://a..b")),
        ("name", json!("é".repeat(41))),
        ("support", json!("http://acme.example")),
        ("support", json!("https://acme.example/a b")),
        ("generation", json!(2)),
        ("generation", json!("1")),
        ("actions", json!([])),
        ("actions", json!(["whoami"])),
        ("actions", json!(["login", "signout"])),
        ("hosts", json!(["https://acme.example"])),
        ("hosts", json!(["Acme.example"])),
        ("hosts", json!(["*.com"])),
        ("settings", setting(json!("URL"))),
        ("settings", setting(json!(""))),
        ("settings", setting(json!("a".repeat(65)))),
        ("settings", json!([{"key": "url"}])),
        ("settings", json!([{"key": "url", "description": "", "requried": true}])),
        ("settings", json!([{"key": "url", "description": "", "required": "yes"}])),
        ("meshery_provider", json!("ftp://acme.example")),
    ]);
    assert_each(&cases, (false, false));
}

#[test]
fn what_a_schema_cannot_say_is_refused_by_the_sdk_alone() {
    let twice = json!([{"key": "url", "description": ""}, {"key": "url", "description": ""}]);
    let secret = json!([{"key": "url", "description": "", "secret": true}]);
    assert_each(
        &[
            ("name", json!("Lаyer5 of two scripts")),
            ("hosts", json!(["{setting:other}"])),
            // To a schema 1.0 is the integer 1.
            ("generation", json!(1.0)),
            ("settings", twice),
            ("settings", secret),
            ("meshery_provider", json!("https://elsewhere.example")),
        ],
        (true, false),
    );
}

#[test]
fn every_manifest_of_a_plugin_in_this_repository_is_valid() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let folders = ["plugin-sdk/examples", "tests/plugins"];
    let files = folders.iter().flat_map(|it| fs::read_dir(root.join(it)).unwrap());
    let files = files.map(|it| it.unwrap().path().join("provider.json"));
    let texts: Vec<_> = files.filter_map(|it| fs::read_to_string(it).ok()).collect();
    let manifests: Vec<Value> = texts.iter().map(|it| serde_json::from_str(it).unwrap()).collect();
    assert!(manifests.len() > 8, "{}", manifests.len());
    for (manifest, found) in manifests.iter().zip(accepted(&manifests)) {
        assert_eq!(found, (true, true), "{}", manifest["id"]);
    }
}
