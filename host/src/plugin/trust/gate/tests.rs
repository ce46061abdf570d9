//! Unit tests of the trust gate: which plugin runs, which one the person is asked about, and the errors of others.

use super::*;

/// The path of a small library whose manifest has the id `acme-sso` and the name `A`.
const LIBRARY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fuzz/seeds/library/one");

fn candidate() -> Candidate {
    let library = Library::read(Path::new(LIBRARY)).unwrap();
    let manifest = Manifest::parse(&library.manifest().unwrap()).unwrap();
    Candidate::read(Path::new(LIBRARY), &manifest).unwrap()
}

/// A home directory in which this hash of the candidate is trusted to run in a sandbox.
fn home_that_trusts(sha256: &str) -> (tempfile::TempDir, Home) {
    let folder = tempfile::tempdir().unwrap();
    let home = Home::at(folder.path());
    let hosts = ["extra.example".to_owned()];
    Trust::allow(&home, "acme-sso", sha256, &hosts, Isolation::of_test(true)).unwrap();
    (folder, home)
}

fn without_a_terminal() -> Terminal {
    let mut terminal = Terminal::find(false);
    (terminal.stdin, terminal.stderr) = (false, false);
    terminal
}

#[test]
fn a_plugin_is_trusted_by_its_hash_alone() {
    let (_folder, home) = home_that_trusts("aa11");
    let trust = Trust::load(&home).unwrap();
    let changed = || TrustStatus::Changed { from: "aa11".to_owned() };
    for (id, sha256, status, shown) in [
        ("acme-sso", "aa11", TrustStatus::Trusted, "trusted"),
        ("acme-sso", "AA11", TrustStatus::Trusted, "trusted"),
        ("acme-sso", "aa12", changed(), "changed since it was trusted"),
        ("acme-sso", "", changed(), "changed since it was trusted"),
        ("acme", "aa11", TrustStatus::New, "not trusted"),
        ("ACME-SSO", "aa11", TrustStatus::New, "not trusted"),
    ] {
        let seen = TrustStatus::of(&trust, id, sha256);
        assert_eq!(seen.to_string(), shown, "{id} {sha256}");
        assert_eq!(seen, status, "{id} {sha256}");
    }
}

#[test]
fn a_plugin_runs_if_it_is_trusted_for_the_present_isolation() {
    let changed = || TrustStatus::Changed { from: "aa11".to_owned() };
    let refused = || Decision::Changed { from: "aa11".to_owned() };
    for (status, agreed, can_prompt, decision) in [
        (TrustStatus::Trusted, true, true, Decision::Run),
        (TrustStatus::Trusted, true, false, Decision::Run),
        (TrustStatus::Trusted, false, true, Decision::Ask),
        (TrustStatus::Trusted, false, false, Decision::WithoutSandbox),
        (TrustStatus::New, true, true, Decision::Ask),
        (TrustStatus::New, false, true, Decision::Ask),
        (TrustStatus::New, true, false, Decision::Untrusted),
        (TrustStatus::New, false, false, Decision::Untrusted),
        (changed(), true, true, refused()),
        (changed(), true, false, refused()),
        (changed(), false, true, refused()),
        (changed(), false, false, refused()),
    ] {
        let shown = format!("{status:?} {agreed} {can_prompt}");
        assert_eq!(Decision::of(status, agreed, can_prompt), decision, "{shown}");
    }
}

#[test]
fn a_candidate_is_read_only_if_its_manifest_is_the_listed_one() {
    let listed = candidate().manifest;
    let mut other = listed.clone();
    other.name = "B".to_owned();
    let read = |path: &str, listed: &Manifest| {
        let read = Candidate::read(Path::new(path), listed);
        read.map(|it| it.manifest.name).map_err(|error| error.to_string())
    };
    let none = LIBRARY.replace("/one", "/none");
    assert_eq!(read(LIBRARY, &listed), Ok("A".to_owned()));
    for (path, listed, why) in [
        (LIBRARY, &other, "The plugin B cannot be used: its file changed while it was read."),
        (none.as_str(), &listed, "The plugin A cannot be used: "),
        ("/nonexistent", &listed, "The plugin A cannot be used: "),
    ] {
        let error = read(path, listed).unwrap_err();
        assert!(error.starts_with(why), "{path}: {error}");
    }
}

#[test]
fn a_trusted_plugin_gets_the_additional_hosts_of_its_trust_entry() {
    let candidate = candidate();
    let (_folder, home) = home_that_trusts(&candidate.library.sha256);
    // Trusts it without a sandbox too, if this system has none.
    let (id, sha256) = (&candidate.manifest.id, &candidate.library.sha256);
    Trust::allow(&home, id, sha256, &[], Isolation::here()).unwrap();
    let (_plugin, hosts) =
        candidate.admit(&Reach::default(), &home, &without_a_terminal()).unwrap();
    let hosts: Vec<_> = hosts.iter().map(ToString::to_string).collect();
    assert_eq!(hosts, ["extra.example"]);
}

#[test]
fn without_a_terminal_an_untrusted_or_changed_plugin_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let refused =
        |home: &Home| match candidate().admit(&Reach::default(), home, &without_a_terminal()) {
            Ok(_) => panic!("it should not be admitted"),
            Err(error) => error.code,
        };
    assert_eq!(refused(&Home::at(folder.path())), Code::PluginUntrusted);
    let (_folder, home) = home_that_trusts("aa11");
    assert_eq!(refused(&home), Code::PluginChanged);
}

#[test]
fn each_refusal_names_the_plugin_and_suggests_a_command() {
    let it = candidate();
    let sha256 = &it.library.sha256;
    let trust = "mesheryctl plugin trust acme-sso";
    let with_hash = format!("{trust} --sha256 {sha256}");
    let none = Isolation::of_test(false);
    let changed = format!("(SHA-256 0123…89ab is now {})", short(sha256));
    for (error, code, fact, command) in [
        (
            it.untrusted("this is not a terminal"),
            Code::PluginUntrusted,
            "this is not a terminal",
            with_hash.as_str(),
        ),
        (it.without_sandbox(none, false), Code::PluginWithoutSandbox, &none.layers(), &with_hash),
        (it.changed("0123456789ab"), Code::PluginChanged, &changed, trust),
        (it.declined(), Code::PluginUntrusted, "was not trusted", "mesheryctl system login"),
    ] {
        let message = error.to_string();
        assert_eq!(error.code, code, "{message}");
        assert!(message.starts_with("The plugin A "), "{message}");
        assert!(message.contains(fact), "{message}");
        assert!(message.ends_with(" Nothing was changed."), "{message}");
        let commands: Vec<_> =
            error.suggestions().iter().map(|it| it.command.to_string()).collect();
        assert_eq!(commands, [command]);
    }
}

#[test]
fn hosts_that_do_not_fit_are_counted() {
    let inspect = || Command::from("mesheryctl plugin inspect libacme.so");
    let command = layout::unbreakable("mesheryctl plugin inspect libacme.so");
    let more = |count: usize| format!("and {count} more ({command})");
    let hosts = |lengths: &[usize]| -> Vec<String> {
        lengths.iter().map(|length| "x".repeat(*length)).collect()
    };
    for (lengths, shown) in [
        (&[][..], "no host".to_owned()),
        (&[3], "xxx".to_owned()),
        (&[3, 2], "xxx, xx".to_owned()),
        (&[200], "x".repeat(200)),
        (&[201], more(1)),
        (&[201, 3], more(2)),
        (&[195, 3], format!("{}, xxx", "x".repeat(195))),
        (&[196, 3], format!("{}, {}", "x".repeat(196), more(1))),
        (&[3, 3, 200, 3], format!("xxx, xxx, {}", more(2))),
    ] {
        assert_eq!(host_list(&hosts(lengths), &inspect()), shown, "{lengths:?}");
    }
}

#[test]
fn a_hash_is_shortened_to_its_first_and_last_digits() {
    for (sha256, shown) in
        [("0123456789abcdef", "0123…cdef"), ("0123", "0123…0123"), ("012", "012"), ("", "")]
    {
        assert_eq!(short(sha256), shown);
    }
}

#[test]
fn a_plugin_is_admitted_silently_with_its_hosts_only_if_its_bytes_are_trusted_here() {
    let trusted = candidate().library.sha256;
    for (sha256, is_admitted) in [(trusted.as_str(), true), ("aa11", false)] {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::at(folder.path());
        let hosts = ["extra.example".to_owned()];
        Trust::allow(&home, "acme-sso", sha256, &hosts, Isolation::here()).unwrap();
        let admitted = candidate().admit_silently(&home).map(|(_, hosts)| hosts);
        let expected = HostRule::try_from("extra.example".to_owned()).ok().map(|it| vec![it]);
        assert_eq!(admitted, expected.filter(|_| is_admitted), "{sha256}");
    }
    let folder = tempfile::tempdir().unwrap();
    assert!(candidate().admit_silently(&Home::at(folder.path())).is_none());
}

#[test]
fn the_question_of_trust_shows_the_hosts_and_the_meshery_provider_of_a_plugin() {
    let manifest = |meshery_provider: Option<&str>| {
        let mut manifest = candidate().manifest;
        let hosts = ["sso.example", "{setting:url}"];
        manifest.hosts = hosts.map(|it| HostRule::try_from(it.to_owned()).unwrap()).into();
        manifest.meshery_provider = meshery_provider.map(str::to_owned);
        manifest
    };
    for (meshery_provider, shown) in [
        (None, None),
        (Some("https://sso.example/a"), Some("https://sso.example/a")),
        (Some("{setting:url}"), Some("the value of url")),
    ] {
        let reach = Reach::of(&manifest(meshery_provider), |key| format!("the value of {key}"));
        assert_eq!(reach.hosts, ["sso.example", "the value of url"]);
        assert_eq!(reach.meshery_provider.as_deref(), shown);
    }
}
