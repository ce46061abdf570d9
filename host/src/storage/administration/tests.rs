//! Unit tests of the policy file: what it fixes, and where it is refused as a whole.

use super::*;

const HASH: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

impl Administration {
    /// A policy with this text.
    pub fn of_test(yaml: &str) -> Self {
        Self::parse(yaml.into()).unwrap()
    }
}

#[test]
fn a_policy_without_a_key_fixes_nothing() {
    for yaml in ["", "# settings:\n", "{}", "---\n"] {
        let policy = Administration::of_test(yaml);
        assert!(!policy.is_in_force() && !policy.forbids(HASH), "{yaml:?}");
    }
}

#[test]
fn a_policy_is_refused_as_a_whole_with_the_place_of_the_fault() {
    for (yaml, expected) in [
        ("plugin_dir: /a\n", "line 1, column 1: the key `plugin_dir` is not known here"),
        ("plugins:\n  allowed: []\n", "line 2, column 3: the key `allowed` is not known here"),
        ("plugins_dir: plugins\n", "line 1, column 14: an absolute path is expected here"),
        ("plugins_dir:\n", "line 1, column 12: a value is missing here"),
        ("settings:\n", "line 1, column 9: a value is missing here"),
        ("settings:\n  layer5:\n", "line 2, column 9: lines of the form"),
        ("settings:\n  layer5:\n    url:\n", "line 3, column 8: a name is missing here"),
        ("settings: [a]\n", "line 1, column 11: lines of the form `key: value` are expected here"),
        ("plugins:\n", "line 1, column 8: a value is missing here"),
        ("plugins:\n  allowed_sha256:\n", "line 2, column 17: a value is missing here"),
        ("plugins:\n  allowed_sha256: [3f9c]\n", "line 2, column 20: a SHA-256 of 64"),
        ("allow_untrusted: no\n", "line 1, column 18: "),
        ("allow_untrusted: 0\n", "line 1, column 18: "),
        ("settings: {Layer5: {url: a}, layer5: {url: b}}\n", "line 1, column "),
        ("allow_untrusted:\n", "line 1, column 16: a value is missing here"),
        ("default_provider: a\ndefault_provider: b\n", "line 2, column 1: the key `"),
        ("default_provider: [a]\n", "line 1, column 19: a string is expected here"),
        ("- a\n", "line 1, column 1: lines of the form"),
        ("default_provider: b: c\n", "line 1, column 20: `: ` is not expected here"),
        ("{}\n---\n{}\n", "line 3, column 1: a second document begins here"),
    ] {
        let SyntaxError { line, column, what } =
            Administration::parse(yaml.into()).map(|it| it.0).expect_err(yaml);
        let said = format!("line {line}, column {column}: {what}");
        assert!(said.starts_with(expected), "{yaml:?}: {said}");
    }
    assert!(Administration::parse(b"default_provider: \xff".to_vec()).is_err());
}

#[test]
fn a_list_of_hashes_allows_these_alone_and_an_empty_one_allows_none() {
    let other = "f".repeat(64);
    for (yaml, allowed, other_is_allowed, decides) in [
        (String::new(), true, true, false),
        ("plugins: {}".into(), true, true, false),
        ("plugins: {allowed_sha256: []}".into(), false, false, false),
        (format!("plugins: {{allowed_sha256: [{HASH}]}}"), true, false, false),
        (format!("plugins: {{allowed_sha256: [{}]}}", HASH.to_uppercase()), true, false, false),
        ("allow_untrusted: true".into(), true, true, false),
        ("allow_untrusted: false".into(), false, false, true),
        (
            format!("allow_untrusted: false\nplugins: {{allowed_sha256: [{HASH}]}}"),
            true,
            false,
            true,
        ),
    ] {
        let policy = Administration::of_test(&yaml);
        assert_eq!(!policy.forbids(HASH), allowed, "{yaml}");
        assert_eq!(!policy.forbids(&other), other_is_allowed, "{yaml}");
        assert_eq!(policy.decides_trust(), decides, "{yaml}");
    }
}

#[test]
fn an_id_is_meant_whatever_its_capitals_and_quotes_do_not_change_a_value() {
    assert!(Administration::of_test("allow_untrusted: \"false\"").decides_trust());
    let policy = Administration::of_test("default_provider: NONE\nsettings: {Layer5: {url: 1}}\n");
    assert_eq!(policy.default_provider(), Some("none"));
    assert_eq!(policy.setting("layer5", "url"), Some("1"));
    assert_eq!(policy.provider_ids().into_iter().collect::<Vec<_>>(), ["layer5", "none"]);
}

#[test]
fn the_example_of_the_docs_is_a_policy_that_fixes_everything() {
    let page = include_str!("../../../../docs/policy.md");
    let (_, rest) = page.split_once("```yaml\n").unwrap();
    let policy = Administration::of_test(rest.split_once("```").unwrap().0);
    assert_eq!(policy.plugins_dir(), Some(Path::new("/opt/mesheryctl/plugins")));
    assert_eq!(policy.default_provider(), Some("acme-sso"));
    assert_eq!(policy.setting("layer5", "url"), Some("https://meshery.acme.example"));
    assert_eq!(policy.setting("acme-sso", "url"), Some("https://sso.acme.example"));
    let allowed = "3f9c1d20a4b7e86f5c0d9e8b7a6f5e4d3c2b1a09f8e7d6c5b4a3928170f0e1d2";
    assert!(policy.decides_trust() && !policy.forbids(allowed) && policy.forbids(HASH));
}
