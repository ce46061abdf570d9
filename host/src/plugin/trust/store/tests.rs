//! Unit tests of trust.json: how it is read, changed and rejected.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;

use super::*;

/// A home directory whose trust.json has these contents.
fn home_with(contents: &str) -> (tempfile::TempDir, Home) {
    let folder = tempfile::tempdir().unwrap();
    let home = Home::at(folder.path());
    fs::create_dir(home.meshery()).unwrap();
    fs::write(home.meshery().join("trust.json"), contents).unwrap();
    set_mode(&home.meshery().join("trust.json"), 0o600);
    (folder, home)
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

#[test]
fn only_contents_of_the_known_version_are_accepted() {
    for (contents, is_accepted) in [
        (r#"{"version": 1}"#, true),
        (r#"{"version": 1, "plugins": {}, "more": 1}"#, true),
        (r#"{"version": 1, "plugins": {"acme": {}}}"#, true),
        (r#"{"version": 0}"#, false),
        (r#"{"version": 2}"#, false),
        ("{}", false),
        ("", false),
        (r#"{"version": 1, "plugins": []}"#, false),
    ] {
        let (_folder, home) = home_with(contents);
        let code = Trust::load(&home).map(|_| ()).map_err(|error| error.code);
        let expected = if is_accepted { Ok(()) } else { Err(Code::TrustInvalid) };
        assert_eq!(code, expected, "{contents}");
    }
}

#[test]
fn without_a_file_no_plugin_is_trusted() {
    let folder = tempfile::tempdir().unwrap();
    let home = Home::at(folder.path());
    assert_eq!(Trust::load(&home).unwrap().of("acme"), None);
    // A folder in its place is an error, unlike a missing file.
    fs::create_dir_all(home.meshery().join("trust.json")).unwrap();
    assert!(Trust::load(&home).is_err());
}

#[test]
fn a_trust_entry_is_valid_for_one_id() {
    let (_folder, home) = home_with(
        r#"{"version": 1, "plugins": {
            "acme": {"sha256": ["aa11", "bb22"], "hosts": ["a.example"]},
            "bare": {"sha256": ["cc33"], "without_sandbox": true},
            "none": {"sha256": [], "hosts": ["b.example"], "without_sandbox": true}}}"#,
    );
    let trust = Trust::load(&home).unwrap();
    for (id, sha256, is_known, is_allowed, without_sandbox) in [
        ("acme", "aa11", true, true, false),
        ("acme", "BB22", true, true, false),
        ("acme", "cc33", true, false, false),
        ("acme", "", true, false, false),
        ("bare", "cc33", true, true, true),
        ("none", "aa11", false, false, false),
        ("other", "aa11", false, false, false),
    ] {
        assert_eq!(trust.of(id).is_some(), is_known, "{id}");
        assert_eq!(trust.allows(id, sha256), is_allowed, "{id} {sha256}");
        assert_eq!(trust.allows_without_sandbox(id), without_sandbox, "{id}");
    }
    assert_eq!(trust.of("acme").unwrap().hosts, ["a.example"]);
}

#[test]
fn a_hash_replaces_the_earlier_one_and_hosts_are_added_once() {
    let folder = tempfile::tempdir().unwrap();
    let home = Home::at(folder.path());
    let sandbox = Isolation::of_test(true);
    let allow = |sha256: &str, hosts: &[&str]| {
        let hosts: Vec<_> = hosts.iter().map(|it| (*it).to_owned()).collect();
        let allowed = Trust::allow(&home, "acme", sha256, &hosts, sandbox).unwrap();
        assert_eq!(Trust::load(&home).unwrap().of("acme"), Some(&allowed));
        (allowed.sha256, allowed.hosts)
    };
    assert_eq!(allow("AA11", &["a"]), (vec!["aa11".into()], vec!["a".into()]));
    assert_eq!(allow("bb22", &["a", "b"]), (vec!["bb22".into()], vec!["a".into(), "b".into()]));
    assert_eq!(allow("bb22", &[]), (vec!["bb22".into()], vec!["a".into(), "b".into()]));
    let _ = Trust::allow(&home, "other", "dd44", &[], sandbox).unwrap();
    for (id, was_known) in [("acme", true), ("acme", false), ("never", false), ("other", true)] {
        assert_eq!(Trust::forget(&home, id).unwrap(), was_known, "{id}");
        assert_eq!(Trust::load(&home).unwrap().of(id), None, "{id}");
    }
}

#[test]
fn only_a_plugin_that_replaced_another_without_being_forgotten_inherits_from_it() {
    let folder = tempfile::tempdir().unwrap();
    let home = Home::at(folder.path());
    let allow = |sha256: &str| {
        let _ = Trust::allow(&home, "acme", sha256, &[], Isolation::of_test(true)).unwrap();
    };
    let inherits = |sha256: &str| Trust::load(&home).unwrap().inherits("acme", sha256);
    assert!(!inherits("aa11"), "no plugin is trusted");
    allow("aa11");
    assert!(inherits("aa11") && !inherits("bb22") && !inherits(""));
    for now in ["bb22", "cc33", "bb22"] {
        allow(now);
        assert!(inherits("aa11") && inherits("bb22"), "{now}");
        assert!(!Trust::load(&home).unwrap().allows("acme", "aa11"), "{now}");
    }
    assert!(!Trust::load(&home).unwrap().inherits("other", "aa11"));
    let _ = Trust::forget(&home, "acme").unwrap();
    assert!(!inherits("aa11"));
    allow("dd44");
    assert!(inherits("dd44") && !inherits("aa11") && !inherits("bb22"));
}

#[test]
fn permission_to_run_without_a_sandbox_is_for_one_hash() {
    for (first, second, is_same, without_sandbox) in [
        (true, true, true, false),
        (true, false, true, true),
        (false, true, true, true),
        (false, false, true, true),
        (true, true, false, false),
        (true, false, false, true),
        (false, true, false, false),
        (false, false, false, true),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::at(folder.path());
        let allow = |sha256: &str, is_sandbox: bool| {
            Trust::allow(&home, "acme", sha256, &[], Isolation::of_test(is_sandbox)).unwrap()
        };
        let _ = allow("aa11", first);
        let allowed = allow(if is_same { "aa11" } else { "bb22" }, second);
        assert_eq!(allowed.without_sandbox, without_sandbox, "{first} {second} {is_same}");
    }
}

#[test]
fn a_file_or_folder_that_other_users_can_write_to_is_rejected() {
    for (file, folder, refused_with) in [
        (0o600, 0o700, None),
        (0o644, 0o755, None),
        (0o600, 0o775, None),
        (0o600, 0o1777, None),
        (0o620, 0o700, Some("mv")),
        (0o602, 0o700, Some("mv")),
        (0o600, 0o777, Some("chmod o-w")),
        (0o666, 0o777, Some("chmod o-w")),
    ] {
        let (_folder, home) = home_with(r#"{"version": 1}"#);
        set_mode(&home.meshery().join("trust.json"), file);
        set_mode(&home.meshery(), folder);
        let error = Trust::load(&home).err();
        let command = error.as_ref().map(|it| it.suggestions()[0].command.to_string());
        let starts =
            command.as_deref().zip(refused_with).is_some_and(|(it, with)| it.starts_with(with));
        assert_eq!(error.is_some(), refused_with.is_some(), "{file:o} {folder:o}");
        assert_eq!(starts, refused_with.is_some(), "{file:o} {folder:o}: {command:?}");
        assert!(error.is_none_or(|it| it.code == Code::TrustInvalid));
        let changed = Trust::allow(&home, "acme", "aa11", &[], Isolation::of_test(true));
        assert_eq!(changed.is_err(), refused_with.is_some(), "{file:o} {folder:o}");
    }
}

#[test]
fn a_policy_limits_the_trust_of_the_person_or_replaces_it() {
    let hash = |of: &str| of.repeat(32);
    let (listed, trusted, other) = (hash("a1"), hash("b2"), hash("c3"));
    let both = format!("plugins: {{allowed_sha256: [{listed}, {trusted}]}}");
    let one = format!("plugins: {{allowed_sha256: [{listed}]}}");
    // The hashes of acme that may run, and those of a plugin that the person does not trust.
    for (yaml, of_acme, of_another) in [
        (String::new(), &[&trusted][..], &[][..]),
        (both.clone(), &[&trusted], &[]),
        (one, &[], &[]),
        ("plugins: {allowed_sha256: []}".into(), &[], &[]),
        (format!("allow_untrusted: false\n{both}"), &[&listed, &trusted], &[&listed, &trusted]),
        ("allow_untrusted: false".into(), &[], &[]),
    ] {
        let (folder, home) = home_with(&format!(
            r#"{{"version": 1, "plugins": {{"acme": {{"sha256": ["{trusted}"], "hosts": ["a.example"]}}}}}}"#
        ));
        let policy = Administration::of_test(&yaml);
        let decides = policy.decides_trust();
        let trust = Trust::load(&Home::administered(folder.path(), policy)).unwrap();
        drop(home);
        for (id, allowed) in [("acme", of_acme), ("another", of_another)] {
            for sha256 in [&listed, &trusted, &other] {
                assert_eq!(trust.allows(id, sha256), allowed.contains(&sha256), "{yaml} {id}");
            }
        }
        assert_eq!(trust.of("acme").is_none(), decides, "{yaml}");
    }
}
