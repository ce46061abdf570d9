//! `system whoami`: whose token is in use, until when, and where it is from.

use mesheryctl_tests::*;
use serde_json::{Value, json};

use crate::sign_in::layer5::saved;

pub fn whoami(home: &Home) -> Program<'_> {
    home.mesheryctl().args(["system", "whoami"])
}

pub fn json_of(output: &Output) -> Value {
    serde_json::from_str(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output}"))
}

/// Signs in at this cloud with its token.
pub fn sign_in(home: &Home, cloud: &Cloud) {
    let login = home.mesheryctl().args(["system", "login", "-p", "Layer5"]);
    let browser = Browser::waiting(home);
    let running = login.env("MESHERYCTL_LAYER5_URL", cloud.url()).spawn();
    Visitor::new().follow(&browser.opened());
    let _ = running.wait().exited(0);
}

#[test]
fn whoami_says_whose_token_is_in_use_and_sends_nothing() {
    let cloud = Cloud::start().issuing_for(3600);
    let home = Home::new();
    sign_in(&home, &cloud);
    let asked = cloud.requests().len();
    let said = whoami(&home).run().exited(0).stdout;
    let lines: Vec<_> = said.lines().collect();
    assert_eq!(lines[0], "Account   you@example.org");
    assert_eq!(lines[1], "Provider  Layer5");
    assert!(lines[2].starts_with("Expires   in "), "{said}");
    assert!(lines[3].starts_with("Verified  ") && lines[3].ends_with(" ago by Layer5"), "{said}");
    assert_eq!(lines[4], "Token     ~/.meshery/auth.json");
    assert_eq!(cloud.requests().len(), asked);
    let verified = whoami(&home).args(["--verify", "-o", "json"]).run().exited(0);
    let said = json_of(&verified);
    assert_eq!((&said["account"], &said["source"]), (&json!("you@example.org"), &json!("file")));
    assert_eq!((&said["verified"], &said["verified_by"]), (&json!(true), &json!("layer5")));
    assert_eq!(cloud.requests().len(), asked + 1);
    let said = whoami(&home).args(["--verify"]).run().exited(0).stdout;
    assert!(said.contains("\nVerified  now by Layer5\n"), "{said}");
    let _cloud = cloud.profile_fault(ProfileFault::Breaks500);
    let said = whoami(&home).args(["--verify"]).run().exited(0).stdout;
    let why = " ago by Layer5; not now: The provider answered 500 instead of a profile";
    assert!(said.contains(why), "{said}");
}

#[test]
fn without_a_valid_token_whoami_exits_with_3() {
    let home = Home::new();
    let _ = whoami(&home).run().exited(3);
    let expired = token::jwt(&token::claims("you@example.org", Some(1)));
    home.write_auth(saved(&expired));
    let output = whoami(&home).run().exited(3);
    assert!(output.stderr.contains("The token of Layer5 expired "), "{output}");
    let cloud = Cloud::start().profile_fault(ProfileFault::Refuses);
    home.write_auth(saved("T0123456789abcdef"));
    let run = whoami(&home).args(["--verify"]).env("MESHERYCTL_LAYER5_URL", cloud.url());
    let output = run.run().exited(3);
    assert!(output.stderr.contains("The token of Layer5 was rejected."), "{output}");
    assert!(output.stderr.contains("Sign in:  mesheryctl system login"), "{output}");
}

#[test]
fn the_source_of_the_token_is_named() {
    let home = Home::new();
    home.write_auth(saved("T0123456789abcdef"));
    std::fs::write(home.path().join("other.json"), saved("T-other-0123456789")).unwrap();
    let run = |run: Program<'_>| json_of(&run.args(["-o", "json"]).run().exited(0));
    let file = run(whoami(&home));
    let flag = run(whoami(&home).args(["--token", "other.json"]));
    let variable = whoami(&home).env("MESHERY_TOKEN", "T-variable-0123456");
    let variable = run(variable.env("MESHERY_PROVIDER", "Layer5"));
    for (said, source) in [(file, "file"), (flag, "flag"), (variable, "variable")] {
        assert_eq!(said["source"], source, "{said}");
        assert_eq!(said["account"], Value::Null, "{said}");
    }
    home.write_auth("{\"meshery-provider\":\"None\",\"token\":\"\"}");
    assert_eq!(run(whoami(&home))["provider"], "None");
}

#[test]
fn each_context_has_its_own_account() {
    let home = Home::new();
    let token = |email: &str| saved(&token::jwt(&token::claims(email, None)));
    home.write_config(
        "contexts:\n  local: {token: default}\n  prod: {token: prod}\ncurrent-context: local\n\
         tokens:\n- name: default\n  location: auth.json\n- name: prod\n  location: prod.json\n",
    );
    home.write_auth(token("ada@example.org"));
    std::fs::write(home.meshery().join("prod.json"), token("eve@example.org")).unwrap();
    for (args, account, context) in
        [(&[][..], "ada@example.org", "local"), (&["-c", "prod"], "eve@example.org", "prod")]
    {
        let said = json_of(&whoami(&home).args(["-o", "json"]).args(args).run().exited(0));
        assert_eq!((&said["account"], &said["context"]), (&json!(account), &json!(context)));
    }
    let _ = home.mesheryctl().args(["system", "logout", "-c", "prod"]).run().exited(0);
    let _ = whoami(&home).args(["-c", "prod"]).run().exited(3);
    let _ = whoami(&home).run().exited(0);
}
