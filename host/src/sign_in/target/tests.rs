//! Tests of the target: the token file and the server for each config and context, and the entry that a login adds.

use clap::Parser;

use super::*;

#[derive(Parser)]
struct CommandLine {
    #[command(flatten)]
    global: Global,
}

fn global(arguments: &[&str]) -> Global {
    CommandLine::parse_from([&["mesheryctl"], arguments].concat()).global
}

/// The target in a new home directory with this config.yaml.
fn target(config: Option<&str>, arguments: &[&str]) -> (tempfile::TempDir, Result<Target>) {
    let folder = tempfile::tempdir().unwrap();
    let home = Home::at(folder.path());
    fs::create_dir_all(home.meshery()).unwrap();
    if let Some(text) = config {
        fs::write(home.config_yaml(), text).unwrap();
    }
    let target = Target::in_home(home, &global(arguments));
    (folder, target)
}

const TWO: &str = "current-context: a\ncontexts:\n  a: {endpoint: 'http://localhost:9081'}\n  \
                   b: {endpoint: 'http://localhost:9082', token: t}\ntokens:\n- {name: t, location: b.json}\n";

#[test]
fn the_context_determines_the_token_file_and_the_server() {
    let at = |port: &str| format!("http://localhost:{port}");
    for (config, arguments, file, server) in [
        (None, &[][..], "~/.meshery/auth.json", None),
        (Some("contexts: {}\n"), &[], "~/.meshery/auth.json", None),
        (Some(TWO), &[], "~/.meshery/auth.json", Some(at("9081"))),
        (Some(TWO), &["-c", "b"], "~/.meshery/b.json", Some(at("9082"))),
    ] {
        let (_folder, target) = target(config, arguments);
        let (target, http) = (target.unwrap(), Http::trusting(None, None).unwrap());
        assert_eq!(target.token_file(), file, "{config:?} {arguments:?}");
        assert_eq!(target.config().is_some(), config.is_some(), "{config:?}");
        let found = target.server(&http).map(|it| it.name().to_string());
        assert_eq!(found, server, "{config:?} {arguments:?}");
        let named = server.unwrap_or_else(|| "none".to_owned());
        let context = target.context.as_ref().map_or("none", |it| it.name.as_str());
        let line = format!("Context: {context}; server: {named}; token file: {file}.");
        assert_eq!(target.description(), line);
    }
    let (_folder, unknown) = target(Some(TWO), &["-c", "z"]);
    assert!(unknown.is_err());
}

#[test]
fn a_login_adds_the_token_file_of_a_context_that_names_none() {
    for (arguments, is_added) in [(&[][..], true), (&["-c", "b"], false)] {
        let (_folder, target) = target(Some(TWO), arguments);
        let target = target.unwrap();
        target.add_to_config().unwrap();
        let text = fs::read_to_string(target.home.config_yaml()).unwrap();
        assert_eq!(text != TWO, is_added, "{text}");
        assert_eq!(text.contains("location: auth.json"), is_added, "{text}");
    }
}

#[test]
fn the_config_file_of_the_user_is_their_own_under_any_path() {
    let (folder, target) = target(Some(TWO), &[]);
    assert_eq!(target.unwrap().foreign_config(), None);
    let at = |path: &str| {
        let path = folder.path().join(path);
        fs::write(&path, TWO).unwrap();
        let path = path.to_str().unwrap().to_owned();
        let target = Target::in_home(Home::at(folder.path()), &global(&["--config", &path]));
        target.unwrap().foreign_config().is_some()
    };
    assert!(at("other.yaml"));
    assert!(!at(".meshery/config.yaml"));
    assert!(!at(".meshery/../.meshery/config.yaml"));
}
