//! Fuzzes the parser of manifests: an accepted manifest obeys the limits of each field, and is parsed back after it
//! is written.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mesheryctl::readers::Name;
use mesheryctl::readers::url;
use mesheryctl_core::manifest::{GENERATION, HostRule, Manifest};
use mesheryctl_core::provider::Action;
use serde_json::{Value, json};

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    check(text);
    let (Some(field), Some(value)) = (bytes.first(), text.get(1..)) else { return };
    check(&with(*field, value).to_string());
});

/// A valid manifest with this value in one of its fields.
fn with(field: u8, value: &str) -> Value {
    let mut json = json!({
        "id": "acme-sso", "name": "Acme SSO", "version": "1.2.0", "description": "Acme.",
        "publisher": "Acme Inc.", "support": "https://acme.example", "generation": 1,
        "actions": ["login"], "hosts": [], "settings": [{"key": "url", "description": ""}],
    });
    match field % 5 {
        0 => json["name"] = json!(value),
        1 => json["id"] = json!(value),
        2 => json["hosts"] = value.split(',').collect(),
        3 => json["settings"][0]["key"] = json!(value),
        _ => json["support"] = json!(value),
    }
    json
}

fn check(json: &str) {
    let manifest = match Manifest::parse(json) {
        Ok(manifest) => manifest,
        Err(why) => return assert!(!why.to_string().contains(char::is_control), "{why:?}"),
    };
    assert!(!manifest.id.is_empty() && manifest.id.len() <= 64);
    assert!(
        manifest.id.bytes().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'-')
    );
    assert!((1..=40).contains(&manifest.name.chars().count()));
    assert_eq!(
        Name::new(&manifest.name).to_string(),
        manifest.name,
        "a name that is shown otherwise"
    );
    assert_eq!(manifest.generation, GENERATION);
    assert!(manifest.actions.contains(&Action::Login));
    manifest.settings.iter().for_each(|it| assert!(is_key(&it.key)));
    manifest.hosts.iter().for_each(|it| check_rule(it, &manifest));

    let written = serde_json::to_string(&manifest).unwrap();
    assert_eq!(Manifest::parse(&written).as_ref(), Ok(&manifest));
}

fn is_key(key: &str) -> bool {
    let fits = |it: u8| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'_';
    (1..=64).contains(&key.len()) && key.bytes().all(fits)
}

/// Asserts that a host of a manifest is spelled as the URL standard spells it, and matches no other host.
fn check_rule(rule: &HostRule, manifest: &Manifest) {
    let none = |_: &str| None;
    let host_of = |name: &str| {
        let url = url::allowed_url(&format!("https://{name}/"))?;
        url.host_str().map(str::to_owned)
    };
    match rule {
        HostRule::Exact(name) => {
            assert!(host_of(name).is_none_or(|it| it == *name), "{name} is another host");
            assert!(rule.matches(name, none) && !rule.matches(&format!("x{name}"), none));
            assert!(!rule.matches(&format!("x.{name}"), none));
        }
        HostRule::Subdomains(name) => {
            let below = format!("x.{name}");
            assert!(host_of(&below).is_none_or(|it| it == below), "{below} is another host");
            assert!(rule.matches(&below, none) && !rule.matches(name, none));
            assert!(!rule.matches(&format!("x{name}"), none));
        }
        HostRule::Setting(key) => {
            assert!(manifest.settings.iter().any(|it| it.key == *key && !it.secret));
        }
        // A kind that this target does not know.
        _ => panic!("{rule:?}"),
    }
}
