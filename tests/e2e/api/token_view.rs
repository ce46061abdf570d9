//! `system token view`: where a token is, and the token for other programs, without a secret in an argument list.

use std::fs;

use mesheryctl_tests::*;
use serde_json::{Value, json};

use crate::api::{at_server, server_for};
use crate::sessions::renewal::ended;
use crate::sessions::whoami::json_of;
use crate::sign_in::layer5::saved;

fn view(home: &Home) -> Program<'_> {
    home.mesheryctl().args(["system", "token", "view"])
}

#[test]
fn without_a_format_the_name_and_the_location_are_shown_as_by_the_go_cli() {
    let home = Home::new();
    home.write_config(
        "contexts:\n  local: {token: default}\ncurrent-context: local\ntokens:\n\
         - name: default\n  location: auth.json\n- name: prod\n  location: ~/prod.json\n",
    );
    let output = view(&home).run().exited(0);
    assert_eq!(output.stdout, "token: default\nlocation: auth.json\n");
    let said = "Token unspecified. Displaying token for current context \"local\"\n";
    assert_eq!(output.stderr, said);
    let output = view(&home).args(["prod"]).run().exited(0);
    assert_eq!(output.stdout, "token: prod\nlocation: ~/prod.json\n");
    let output = view(&home).args(["--all"]).run().exited(0);
    let all = "Listing all available tokens...\n\n- token: default\n  location: auth.json\n- token: \
               prod\n  location: ~/prod.json\n";
    assert_eq!(output.stdout, all);
    let said = json_of(&view(&home).args(["prod", "-o", "json"]).run().exited(0));
    let path = home.path().join("prod.json").display().to_string();
    assert_eq!(said, json!({"name": "prod", "location": "~/prod.json", "path": path}));
    let said = json_of(&view(&home).args(["--all", "-o", "json"]).run().exited(0));
    assert_eq!(said["tokens"][0]["name"], "default");
    let output = view(&home).args(["prd"]).run().exited(2);
    assert!(
        output.stderr.contains("There is no token `prd`. Known tokens: `default`, `prod`."),
        "{output}"
    );
    assert!(output.stderr.contains("mesheryctl system token view prod"), "{output}");
}

#[test]
fn other_programs_read_a_server_by_what_is_printed() {
    let cloud = Cloud::start().issuing_for(3600);
    let server = server_for(&cloud);
    let home = at_server(&cloud, &server);
    let user = format!("{}/api/user", server.endpoint());
    let local = user.replace("127.0.0.1", "localhost");
    let header = "mesheryctl system token view --format header | curl -sS -H @- ";
    let jar = "mesheryctl system token view --format jar > meshery.jar; ";
    let python = "python3 -c 'import http.cookiejar, sys, urllib.request as r\n\
                  jar = http.cookiejar.MozillaCookieJar(\"meshery.jar\"); jar.load()\n\
                  opener = r.build_opener(r.HTTPCookieProcessor(jar))\n\
                  print(opener.open(sys.argv[1]).read().decode())' ";
    let requests = "python3 -c 'import http.cookiejar, sys, requests\n\
                    jar = http.cookiejar.MozillaCookieJar(\"meshery.jar\"); jar.load()\n\
                    print(requests.get(sys.argv[1], cookies=jar).text)' ";
    let wget = "wget -q -O - --load-cookies meshery.jar ";
    for (before, program) in [
        ("", header),
        (jar, "curl -sS -b meshery.jar "),
        (jar, wget),
        (jar, python),
        (jar, requests),
    ] {
        for url in [&user, &local] {
            // The jar is for the host of the endpoint.
            home.write_config(&config_for(url.trim_end_matches("/api/user")));
            let output = home.shell(&format!("{before}{program}{url}")).run().exited(0);
            let said = json_of(&output);
            assert_eq!(said["email"], "you@example.org", "{program}{url}: {output}");
        }
    }
    let token = token::without_refresh_token(&cloud.token());
    assert!(server.requests().iter().any(|it| it.cookie("token") == Some(&token)));
    assert!(server.requests().iter().all(|it| it.cookie("token") != Some(&cloud.token())));
    let env =
        "eval \"$(mesheryctl system token view --format env)\"; mesheryctl system whoami -o json";
    let said = json_of(&home.shell(env).run().exited(0));
    assert_eq!(
        (&said["source"], &said["account"]),
        (&json!("variable"), &json!("you@example.org"))
    );
}

#[test]
fn a_printed_token_says_until_when_it_is_valid_and_has_no_refresh_token() {
    let cloud = Cloud::start().issuing_for(3600);
    let server = server_for(&cloud);
    let home = at_server(&cloud, &server);
    let access = token::without_refresh_token(&cloud.token());
    let printed = |format: &str| view(&home).args(["--format", format]).run().exited(0).stdout;
    let record = fs::read_to_string(home.meshery().join("auth.json.kept")).unwrap();
    let end = serde_json::from_str::<Value>(&record).unwrap()["expires_at"].as_u64().unwrap();
    assert_eq!(printed("raw"), format!("{access}\n"));
    let said: Value = serde_json::from_str(&printed("json")).unwrap();
    assert_eq!((&said["token"], &said["provider"]), (&json!(access), &json!("Layer5")));
    assert_eq!((&said["expires_on"], &said["endpoint"]), (&json!(end), &json!(server.endpoint())));
    let date = format!("date -u -d {} +%s", said["expires_at"]);
    assert!(said["expires_at"].as_str().unwrap().ends_with('Z'), "{said}");
    assert_eq!(home.shell(&date).run().exited(0).stdout, format!("{end}\n"));
    let exec: Value = serde_json::from_str(&printed("exec")).unwrap();
    assert_eq!(exec["apiVersion"], "client.authentication.k8s.io/v1");
    assert_eq!(exec["kind"], "ExecCredential");
    assert_eq!(exec["status"], json!({"token": access, "expirationTimestamp": said["expires_at"]}));
    for format in ["raw", "header", "jar", "env", "json", "exec"] {
        let printed = printed(format);
        assert!(printed.contains(&access) && !printed.contains(&cloud.token()), "{format}");
    }
}

#[test]
fn a_token_is_renewed_before_it_is_printed_and_never_printed_after_its_end() {
    let cloud = Cloud::start().issuing_for(3600).refreshing(Refresh::Renews(3600));
    let home = ended(&cloud);
    let raw = || view(&home).args(["--format", "raw"]);
    let printed = raw().run().exited(0).stdout;
    assert_eq!(
        (cloud.renewals(), printed),
        (1, format!("{}\n", token::without_refresh_token(&cloud.token())))
    );
    let _ = raw().run().exited(0);
    assert_eq!(cloud.renewals(), 1);
    for (auth, said) in [
        (saved(&token::jwt(&token::claims("you@example.org", Some(1)))), "expired "),
        ("{\"meshery-provider\":\"None\",\"token\":\"\"}".to_owned(), "None uses no token."),
        (String::new(), "auth.json is empty"),
    ] {
        home.write_auth(auth);
        let output = raw().run().exited(3);
        assert!(output.stderr.contains(said), "{output}");
        assert_eq!(output.stdout, "");
    }
}

#[test]
fn a_token_is_bound_to_the_server_of_its_own_context_alone() {
    let home = Home::new();
    let config = config_for("http://localhost:9081");
    home.write_config(&(config.clone() + "    - name: prod\n      location: prod.json\n"));
    home.write_auth(saved("T-default-0123456"));
    fs::write(home.meshery().join("prod.json"), saved("T-prod-0123456789")).unwrap();
    let json = |args: &[&str]| {
        let run = view(&home).args(["--format", "json"]).args(args).run().exited(0);
        serde_json::from_str::<Value>(&run.stdout).unwrap()
    };
    assert_eq!(json(&[])["endpoint"], "http://localhost:9081");
    assert_eq!(json(&["prod"])["endpoint"], Value::Null);
    let _ = view(&home).args(["prod", "--format", "jar"]).run().exited(2);
    // A server that somebody else may have named.
    fs::write(home.path().join("given.yaml"), config).unwrap();
    assert_eq!(json(&["--config", "given.yaml"])["endpoint"], Value::Null);
    let given = ["--config", "given.yaml", "--token", ".meshery/auth.json"];
    assert_eq!(json(&given)["endpoint"], "http://localhost:9081");
}

#[test]
fn the_secret_is_printed_to_a_terminal_and_as_json_only_on_request() {
    let home = Home::new();
    home.write_auth(saved("T0123456789abcdef"));
    let raw = || view(&home).args(["--format", "raw"]);
    let screen = raw().on_terminal(24, 100);
    assert_eq!(screen.wait(), 2, "{}", screen.contents());
    assert!(!screen.contents().contains("T0123456789abcdef"), "{}", screen.contents());
    assert!(screen.contents().contains("view --format raw --show"), "{}", screen.contents());
    let screen = raw().args(["--show"]).on_terminal(24, 100);
    assert_eq!(screen.wait(), 0, "{}", screen.contents());
    assert!(screen.contents().contains("T0123456789abcdef"), "{}", screen.contents());
    let output = raw().args(["-o", "json"]).run().exited(2);
    assert!(output.stdout.contains("--output json never contains the token"), "{output}");
    assert!(!output.stdout.contains("T0123456789abcdef"), "{output}");
    let output = view(&home).args(["--format", "jar"]).run().exited(2);
    assert!(
        output.stderr.contains("A cookie jar is for the server of the token's own context"),
        "{output}"
    );
}

#[test]
fn a_name_chooses_the_token_and_a_file_or_the_variable_precede_the_context() {
    let home = Home::new();
    home.write_config(
        "contexts:\n  local: {token: default}\ncurrent-context: local\ntokens:\n\
         - name: default\n  location: auth.json\n- name: prod\n  location: prod.json\n",
    );
    home.write_auth(saved("T-default-0123456"));
    fs::write(home.meshery().join("prod.json"), saved("T-prod-0123456789")).unwrap();
    let raw = |args: &[&str]| view(&home).args(["--format", "raw"]).args(args);
    let with_variable =
        |args| raw(args).env("MESHERY_TOKEN", "T-variable-01234").env("MESHERY_PROVIDER", "Layer5");
    for (run, token) in [
        (raw(&[]), "T-default-0123456\n"),
        (raw(&["prod"]), "T-prod-0123456789\n"),
        (with_variable(&["prod"]), "T-prod-0123456789\n"),
        (with_variable(&[]), "T-variable-01234\n"),
        (with_variable(&["--token", ".meshery/prod.json"]), "T-prod-0123456789\n"),
    ] {
        assert_eq!(run.run().exited(0).stdout, token);
    }
}
