//! Unit tests of reading contexts and token locations from config.yaml.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::samples::*;
use super::{Config, unknown_context};
use crate::error::{Code, Exit};

fn config(text: &str) -> Config {
    parsed(text).unwrap_or_else(|error| panic!("{error}\n{text}")).expect("not empty")
}

fn parsed(text: &str) -> crate::error::Result<Option<Config>> {
    Config::parse(Path::new("/home/me/.meshery/config.yaml"), text.to_owned())
}

fn current(text: &str) -> super::Context {
    config(text).context(None).expect("a context").expect("a current context")
}

fn location(text: &str) -> Option<PathBuf> {
    let context = current(text);
    config(text).token_location(&context, Path::new("/home/me/.meshery"), Path::new("/home/me"))
}

#[test]
fn every_known_form_gives_the_endpoint_and_the_token_file() {
    let crlf = GO_DEFAULT.replace('\n', "\r\n");
    let bom = format!("\u{feff}{REWRITTEN}");
    let bom_crlf = format!("\u{feff}{crlf}");
    let unended = GO_DEFAULT.trim_end().to_owned();
    let marked = format!("# c\n---\n{FIXTURE}...\n");
    let directive = format!("%YAML 1.2\n---\n{FIXTURE}");
    let commented = format!("{}{REWRITTEN}", "# a comment\n".repeat(200));
    for text in [
        GO_DEFAULT, REWRITTEN, FIXTURE, ONE_LINE, &crlf, &bom, &bom_crlf, &unended, &marked,
        &directive, &commented,
    ] {
        let context = current(text);
        assert_eq!(context.name, "local", "{text}");
        assert_eq!(context.endpoint.as_deref(), Some("http://localhost:9081"), "{text}");
        assert_eq!(location(text).as_deref(), Some(Path::new("/home/me/.meshery/auth.json")));
    }
}

#[test]
fn white_space_and_comments_alone_are_no_config() {
    for text in
        ["", "\n\n", "# only\n  # comments\n", "---\n", "---\n...\n", "\u{feff}", "~", "\r\n"]
    {
        assert!(parsed(text).expect(text).is_none(), "{text:?}");
    }
}

#[test]
fn a_file_without_contexts_has_no_current_context() {
    for text in ["{}", "tokens: {}", "contexts:\ntokens:\n", "contexts: {}", "current-context: ''"]
    {
        assert_eq!(config(text).context(None).expect(text), None, "{text}");
        assert_eq!(config(text).names(), Vec::<&str>::new(), "{text}");
    }
}

#[test]
fn a_trailing_slash_is_removed_and_an_empty_value_is_none() {
    let text =
        "current-context: a\ncontexts: {a: {endpoint: ' http://h:1/ ', provider: '', token: }}";
    let context = current(text);
    assert_eq!(context.endpoint.as_deref(), Some("http://h:1"));
    assert_eq!((context.provider, context.token), (None, None));
    for nothing in ["a:", "a: ~", "a: {}", "a: {endpoint: /}", "a: {endpoint: null, token: {}}"] {
        let context = current(&format!("current-context: a\ncontexts:\n  {nothing}\n"));
        assert_eq!((context.endpoint, context.token), (None, None), "{nothing}");
    }
}

#[test]
fn unknown_keys_are_ignored_with_any_value() {
    let context = current(COMMENTED);
    assert_eq!(context.endpoint.as_deref(), Some("http://localhost:9081"));
    assert_eq!(context.provider.as_deref(), Some("Meshery"));
    let odd = "x: .nan\ny: 1e999\nz: !tag [~, 0x1F, 007, yes]\n";
    assert!(config(&format!("{odd}{GO_DEFAULT}")).context(None).expect("read").is_some());
}

#[test]
fn capitalised_keys_are_read() {
    let text = "Current-Context: a\nContexts: {a: {Endpoint: 'http://h', Token: t}}\n\
                Tokens: [{Name: t, Location: t.json}]\n";
    assert_eq!(current(text).endpoint.as_deref(), Some("http://h"));
    assert_eq!(location(text).as_deref(), Some(Path::new("/home/me/.meshery/t.json")));
}

/// As viper reads them, by which the Go CLI reads the file.
#[test]
fn keys_are_read_in_any_case_at_every_level() {
    let text = "CURRENT-CONTEXT: a\nCONTEXTS:\n  a:\n    ENDPOINT: http://h\n    toKen: T\n    \
                PROVIDER: None\n    ENV: {A: [{B: c}]}\nTOKENS:\n- NAME: T\n  LOCATION: t.json\n";
    let context = current(text);
    let provider = context.provider.as_deref();
    assert_eq!((context.endpoint.as_deref(), provider), (Some("http://h"), Some("None")));
    assert_eq!(location(text).as_deref(), Some(Path::new("/home/me/.meshery/t.json")));
    let members = json!({
        "endpoint": "http://h", "token": "T", "provider": "None", "env": { "a": [{ "b": "c" }] },
    });
    assert_eq!(Value::Object(config(text).members("A")), members);
    let legacy = "current-context: a\ncontexts: {a: {TOKEN: {NAME: n, LOCATION: /l}}}\n";
    assert_eq!(location(legacy).as_deref(), Some(Path::new("/l")));
}

#[test]
fn a_context_is_found_in_any_case() {
    let both = config("contexts: {Prod: {endpoint: high}, Élan: {}}");
    for (name, found) in [("prod", "Prod"), ("PROD", "Prod"), ("éLAN", "Élan")] {
        assert_eq!(both.context(Some(name)).expect("known").expect("some").name, found);
    }
    assert_eq!(current("current-context: Prod\ncontexts: {prod: {}}").name, "prod");
}

#[test]
fn the_named_context_is_preferred_to_the_current_one() {
    let context = config(COMMENTED).context(Some("prod")).expect("known").expect("some");
    assert_eq!(context.name, "Prod");
    assert_eq!(context.endpoint.as_deref(), Some("https://meshery.example"));
}

#[test]
fn a_named_context_is_found_if_the_current_one_does_not_exist() {
    let config = config("current-context: gone\ncontexts: {local: {}}");
    assert!(config.context(Some("local")).expect("known").is_some());
}

#[test]
fn an_unknown_context_error_lists_known_contexts_and_suggests_the_nearest() {
    let error = config(COMMENTED).context(Some("loacl")).expect_err("unknown");
    assert_eq!((error.code, error.exit()), (Code::ContextUnknown, Exit::Usage));
    assert_eq!(
        error.to_string(),
        "There is no context `loacl` in /home/me/.meshery/config.yaml. \
         Known contexts: `Prod`, `local`."
    );
    assert_eq!(error.suggestions()[0].label, "Did you mean");
    assert_eq!(error.suggestions()[0].command.to_string(), "mesheryctl -c local");
    let far = config(COMMENTED).context(Some("staging")).expect_err("unknown");
    assert_eq!(far.suggestions()[0].label, "Without -c");
}

#[test]
fn an_unknown_context_without_a_config_is_the_same_error() {
    let error = unknown_context("prod\u{1b}[31m", None);
    assert_eq!((error.code, error.exit()), (Code::ContextUnknown, Exit::Usage));
    assert_eq!(error.to_string(), "There is no context `prod [31m`. There are no contexts yet.");
}

#[test]
fn a_name_with_control_characters_is_not_suggested() {
    let config = config("contexts: {\"pro\\e[2Jd\": {}}");
    let error = config.context(Some("pro[2Jd")).expect_err("unknown");
    assert!(!error.to_string().contains(char::is_control), "{error}");
    assert_eq!(error.suggestions()[0].label, "Without -c");
}

#[test]
fn a_dangling_current_context_suggests_an_existing_one() {
    let error = config("current-context: Locla\ncontexts: {local: {}, b: {}}")
        .context(None)
        .expect_err("dangling");
    assert_eq!((error.code, error.exit()), (Code::CurrentContextUnknown, Exit::Usage));
    assert!(error.to_string().contains("`Locla`"), "{error}");
    assert!(error.to_string().contains("Known contexts: `b`, `local`."), "{error}");
    let switch = |error: &crate::error::Error| error.suggestions()[0].command.to_string();
    assert_eq!(switch(&error), "mesheryctl system context switch local");
    let far = config("current-context: zzz\ncontexts: {\"\\e[2J\": {}, work: {}}").context(None);
    assert_eq!(switch(&far.expect_err("dangling")), "mesheryctl system context switch work");
    let none = config("current-context: local\n").context(None).expect_err("dangling");
    assert!(none.to_string().ends_with("Remove the line `current-context` from it."), "{none}");
}

#[test]
fn a_token_location_is_resolved_against_home_and_the_meshery_folder() {
    for (location_in_file, file) in [
        ("auth.json", "/home/me/.meshery/auth.json"),
        ("sub/x.json", "/home/me/.meshery/sub/x.json"),
        ("./x.json", "/home/me/.meshery/x.json"),
        ("/etc/meshery/auth.json", "/etc/meshery/auth.json"),
        ("/home/me/.meshery/auth.json", "/home/me/.meshery/auth.json"),
        ("~/x.json", "/home/me/x.json"),
        ("~", "/home/me"),
        ("~you/x.json", "/home/me/.meshery/~you/x.json"),
        ("", "/home/me/.meshery/auth.json"),
    ] {
        let text = format!(
            "current-context: a\ncontexts: {{a: {{token: t}}}}\n\
             tokens: [{{name: t, location: '{location_in_file}'}}]"
        );
        let found = location(&text).expect("an entry");
        assert_eq!(found, Path::new(file), "{location_in_file}");
        let spelled = found.to_str().expect("text");
        assert!(!spelled.contains("//") && !spelled.ends_with('/'), "{spelled}");
    }
}

#[test]
fn an_exact_token_name_is_preferred_to_one_in_another_case() {
    let text = "current-context: a\ncontexts: {a: {token: Default}}\ntokens:\n";
    let both = "- {name: default, location: low}\n- {name: Default, location: high}\n";
    assert_eq!(location(&format!("{text}{both}")), Some("/home/me/.meshery/high".into()));
    let low = "- {name: default, location: low}\n";
    assert_eq!(location(&format!("{text}{low}")), Some("/home/me/.meshery/low".into()));
}

#[test]
fn a_legacy_context_contains_its_token_location() {
    assert_eq!(location(LEGACY), Some("/home/me/.meshery/old/auth.json".into()));
    let name_only = "current-context: a\ncontexts: {a: {token: {name: t}}}\n";
    assert_eq!(location(name_only), None);
    let listed = format!("{name_only}tokens: [{{name: t, location: /t}}]");
    assert_eq!(location(&listed), Some("/t".into()));
}

#[test]
fn a_token_without_an_entry_has_no_location() {
    for tokens in ["", "tokens:", "tokens: {}", "tokens: []", "tokens: [~]", "tokens: [{name: x}]"]
    {
        let text = format!("current-context: a\ncontexts: {{a: {{token: t}}}}\n{tokens}\n");
        assert_eq!(location(&text), None, "{tokens}");
    }
}

#[test]
fn a_name_that_looks_like_a_number_or_boolean_is_read_as_a_string() {
    for name in ["123", "007", "1_000", "yes", "on", "y", "1.2.3"] {
        let text = format!(
            "current-context: {name}\ncontexts: {{{name}: {{token: {name}}}}}\n\
             tokens: [{{name: {name}, location: /t}}]"
        );
        assert_eq!(current(&text).name, name);
        assert_eq!(location(&text), Some("/t".into()), "{name}");
    }
}
