use serde_json::{Value, json};

use super::*;

fn valid() -> Value {
    json!({
        "id": "acme-sso", "name": "Acme SSO", "version": "1.2.0", "description": "Acme.",
        "publisher": "Acme Inc.", "support": "https://acme.example/support", "generation": 1,
        "actions": ["login", "teleport"], "hosts": ["login.acme.example", "*.id.example", "{setting:url}"],
        "settings": [{"key": "url", "description": "Where."}], "later": {"unknown": true}
    })
}

/// The valid manifest in which one field has another value.
fn with(field: &str, value: Value) -> Result<Manifest, ManifestError> {
    let mut json = valid();
    json[field] = value;
    Manifest::parse(&json.to_string())
}

#[test]
fn a_valid_manifest_is_read_and_unknown_fields_and_actions_are_ignored() {
    let manifest = with("later", json!(1)).unwrap();
    assert_eq!(manifest.actions, [Action::Login, Action::Unknown]);
    assert_eq!(manifest.hosts[1], HostRule::Subdomains("id.example".into()));
    assert_eq!(manifest.meshery_provider, None);
    let setting = &manifest.settings[0];
    assert_eq!((&setting.default, setting.required, setting.secret), (&None, false, false));
}

#[test]
fn each_field_is_accepted_up_to_its_limit() {
    let setting =
        |key: &str| json!([{"key": "url", "description": ""}, {"key": key, "description": ""}]);
    for (field, value) in [
        ("id", json!("a")),
        ("id", json!("a-1")),
        ("id", json!("a".repeat(64))),
        ("name", json!("a".repeat(40))),
        ("hosts", json!([])),
        ("hosts", json!(["127.0.0.1", "[::1]", "localhost"])),
        ("settings", setting("_")),
        ("settings", setting("0")),
        ("settings", setting(&"a".repeat(64))),
    ] {
        assert!(with(field, value.clone()).is_ok(), "{field} {value}");
    }
}

#[test]
fn each_wrong_field_is_named() {
    let setting =
        |key: &str| json!([{"key": "url", "description": ""}, {"key": key, "description": ""}]);
    let secret = json!([{"key": "url", "description": "", "secret": true}]);
    let id = "id must be 1 to 64 lower case letters, digits and hyphens, a letter first";
    let name = "name must be 1 to 40 letters and digits of one script, with single spaces, hyphens and dots between";
    let key =
        "settings[1].key: the key of a setting must be lower case letters, digits and underscores";
    let undeclared = "which is not declared, or is secret";
    for (field, value, message) in [
        ("id", json!("Acme"), id),
        ("id", json!("aCme"), id),
        ("id", json!("a_b"), id),
        ("id", json!("ü"), id),
        ("id", json!(""), id),
        ("id", json!("-"), id),
        ("id", json!("5layer"), id),
        ("id", json!("a".repeat(65)), id),
        ("id", json!(7), "invalid type"),
        ("name", json!("Lаyer5"), name),
        ("name", json!("A.."), name),
        ("name", json!("a".repeat(41)), name),
        (
            "generation",
            json!(0),
            "it was built for generation 0 of the plugin interface; this program supports 1",
        ),
        (
            "generation",
            json!(2),
            "it was built for generation 2 of the plugin interface; this program supports 1",
        ),
        ("actions", json!(["logout"]), "actions must contain login"),
        ("actions", json!([]), "actions must contain login"),
        ("hosts", json!(["*.com"]), r#""*.com" in hosts is not a host name"#),
        ("hosts", json!(["{setting:nowhere}"]), undeclared),
        ("settings", secret, undeclared),
        ("settings", setting(""), key),
        ("settings", setting("Ü"), key),
        ("settings", setting("a-b"), key),
        ("settings", setting(&"a".repeat(65)), key),
        ("settings", setting("url"), r#"the setting "url" is declared twice"#),
        ("support", Value::Null, "invalid type"),
        ("support", json!("Call us"), "support must be an https or mailto URL"),
    ] {
        let message_of = with(field, value.clone()).unwrap_err().to_string();
        assert!(message_of.contains(message), "{field} {value}: {message_of}");
    }
}

#[test]
fn a_missing_field_is_named() {
    for field in
        ["id", "name", "version", "description", "publisher", "support", "generation", "actions"]
    {
        let mut json = valid();
        json.as_object_mut().unwrap().remove(field);
        let message = Manifest::parse(&json.to_string()).unwrap_err().to_string();
        assert!(message.contains(&format!("missing field `{field}`")), "{message}");
    }
}

#[test]
fn a_field_of_the_wrong_type_is_named_by_its_path() {
    for (field, value, message) in [
        ("hosts", json!({"a": 1}), "hosts: invalid type: map, expected a list in [ ]"),
        ("generation", json!("1"), "generation: invalid type: string \"1\", expected u32"),
        ("actions", json!([7]), "actions[0]: "),
        ("settings", json!([{"key": "a"}]), "settings[0]: missing field `description`"),
        (
            "settings",
            json!([{"key": "a", "description": "", "required": "yes"}]),
            "settings[0].required: invalid type: string \"yes\", expected a boolean",
        ),
    ] {
        let error = with(field, value).unwrap_err().to_string();
        assert!(error.starts_with(message), "{error}");
    }
    let error = Manifest::parse(&format!("{} x", valid())).unwrap_err().to_string();
    assert!(error.starts_with("trailing characters"), "{error}");
    let error = Manifest::parse("7").unwrap_err().to_string();
    assert!(error.starts_with("invalid type: integer"), "{error}");
}

#[test]
fn the_manifest_of_a_plugin_is_written_without_the_fields_of_built_in_providers() {
    let written = serde_json::to_value(with("later", json!(1)).unwrap()).unwrap();
    let fields: Vec<_> = written.as_object().unwrap().keys().map(String::as_str).collect();
    let own = ["account", "aliases", "former_names", "token_page", "meshery_provider"];
    assert!(!fields.iter().any(|it| own.contains(it)), "{fields:?}");
}

#[test]
fn the_name_of_a_field_in_an_error_has_no_control_characters() {
    let error = Manifest::parse("{\"versi\u{7f}n\": \"1.2").unwrap_err().to_string();
    assert!(error.starts_with("versi\\u{7f}n: EOF while parsing"), "{error}");
}
