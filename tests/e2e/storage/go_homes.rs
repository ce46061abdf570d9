//! Homes as the Go mesheryctl leaves them, in tests/kept/go: this program goes on with them, and the Go program goes on with what
//! this one writes. docs/from-go.md tells it to people.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use mesheryctl_tests::*;

/// The folder, what `whoami` says, and its exit code.
const HOMES: [(&str, &str, i32); 4] = [
    ("october-2024", "Provider  None", 0),
    ("sorted", "The token of Meshery expired", 3),
    ("one-line", "Provider  Meshery", 0),
    ("before-v0.5", "Authentication token not found", 3),
];

/// A home with these files, readable by everybody as the Go program makes them.
fn home_of(name: &str) -> Home {
    let home = Home::new();
    fs::create_dir_all(home.meshery()).unwrap();
    for file in ["config.yaml", "auth.json"] {
        let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("kept/go").join(name).join(file);
        fs::copy(kept, home.meshery().join(file)).unwrap();
        set_mode(&home.meshery().join(file), 0o644);
    }
    home
}

fn config(home: &Home) -> String {
    fs::read_to_string(home.meshery().join("config.yaml")).unwrap()
}

#[test]
fn what_the_go_program_left_is_read_and_not_changed() {
    for (name, whoami, code) in HOMES {
        let home = home_of(name);
        let before = home.snapshot();
        let said = home.mesheryctl().args(["system", "whoami"]).run().exited(code);
        assert!(format!("{said}").contains(whoami), "{name}: {said}");
        for (args, words) in [
            (["system", "context", "list"], "Current context: local"),
            (["system", "context", "view"], "token-location: "),
            (["system", "token", "list"], "efault"),
            (["system", "provider", "view"], "Context: local"),
        ] {
            let said = home.mesheryctl().args(args).run().exited(0);
            assert!(said.stdout.contains(words), "{name}: {args:?}: {said}");
        }
        assert_unchanged(&before, &home.snapshot());
    }
}

#[test]
fn a_login_and_a_logout_change_only_the_token_and_leave_what_the_go_program_reads() {
    for (name, _, _) in HOMES {
        let home = home_of(name);
        let before = config(&home);
        let _ = home.mesheryctl().args(["system", "login", "-p", "None"]).run().exited(0);
        // It decodes an auth.json into a map of strings; another value makes the file unreadable.
        let token: BTreeMap<String, String> = serde_json::from_str(&home.auth_text()).unwrap();
        let expected = [("meshery-provider", "None"), ("token", "")];
        assert_eq!(token, expected.map(|(key, value)| (key.into(), value.into())).into());
        let _ = home.mesheryctl().args(["system", "logout"]).run().exited(0);
        // As after its own logout.
        assert_eq!(home.auth_text(), "", "{name}");
        assert_eq!(config(&home), before, "{name}");
    }
}
