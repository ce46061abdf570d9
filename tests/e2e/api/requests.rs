//! `api`: what is sent, and where.

use std::fs;
use std::thread;

use mesheryctl_tests::*;
use serde_json::{Value, json};

use crate::api::{api, at_server, received, server_for};
use crate::sessions::whoami::json_of;
use crate::sign_in::layer5::saved;

/// What the server received of this request.
fn echoed(home: &Home, args: &[&str]) -> Value {
    json_of(&api(home, args).run().exited(0))
}

#[test]
fn a_request_has_the_token_without_its_refresh_token_and_the_provider_as_cookies() {
    let cloud = Cloud::start().issuing_for(3600);
    let server = server_for(&cloud);
    let home = at_server(&cloud, &server);
    let output = api(&home, &["/api/user"]).run().exited(0);
    assert_eq!(json_of(&output)["email"], "you@example.org");
    let requests = server.requests();
    let request = requests.iter().find(|it| it.path == "/api/user").unwrap();
    let token = token::without_refresh_token(&cloud.token());
    assert_eq!(request.cookies(), [("token", token.as_str()), ("meshery-provider", "Layer5")]);
    assert_eq!(request.header("accept-encoding"), None);
    home.write_auth("{\"meshery-provider\":\"None\",\"token\":\"\"}");
    assert_eq!(json_of(&api(&home, &["api/user"]).run().exited(0))["user_id"], "meshery");
}

#[test]
fn method_fields_input_and_headers_are_those_of_gh() {
    let cloud = Cloud::start().issuing_for(3600);
    let server = server_for(&cloud);
    let home = at_server(&cloud, &server);
    let json = "application/json; charset=utf-8";
    let said = echoed(&home, &["api/echo"]);
    assert_eq!(
        (&said["method"], &said["length"], &said["type"]),
        (&json!("GET"), &json!(0), &json!(""))
    );
    let said = echoed(&home, &["api/echo", "-f", "a=1", "-F", "b=2", "-F", "c[]=true"]);
    assert_eq!((&said["method"], &said["type"]), (&json!("POST"), &json!(json)));
    let body: Value = serde_json::from_str(said["body"].as_str().unwrap()).unwrap();
    assert_eq!(body, json!({"a": "1", "b": 2, "c": [true]}));
    let said = echoed(&home, &["GET", "api/echo?x=1", "-f", "a=b c"]);
    assert_eq!(said["query"], json!([["x", "1"], ["a", "b c"]]));
    let said = echoed(&home, &["PATCH", "api/echo", "-H", "X-Test: yes", "-H", "Accept: a/b"]);
    assert_eq!(
        (&said["method"], &said["x"], &said["accept"]),
        (&json!("PATCH"), &json!("yes"), &json!("a/b"))
    );
    fs::write(home.path().join("body.yaml"), "a: 1\n").unwrap();
    let input = ["PUT", "api/echo", "--input", "body.yaml", "-H", "Content-Type: text/yaml"];
    let said = echoed(&home, &input);
    assert_eq!((&said["body"], &said["type"]), (&json!("a: 1\n"), &json!("text/yaml")));
    let run = api(&home, &["api/echo", "--input", "-", "-f", "a=1"]).stdin("from a pipe");
    let said = json_of(&run.run().exited(0));
    assert_eq!((&said["method"], &said["body"]), (&json!("POST"), &json!("from a pipe")));
    assert_eq!(said["query"], json!([["a", "1"]]));
    let said = json_of(&api(&home, &["api/echo", "-F", "a=@-"]).stdin("text").run().exited(0));
    assert_eq!(said["body"], "{\"a\":\"text\"}");
}

#[test]
fn another_origin_and_a_path_that_is_another_one_than_it_seems_get_nothing() {
    let cloud = Cloud::start().issuing_for(3600);
    let (server, other) = (server_for(&cloud), server_for(&cloud));
    let home = at_server(&cloud, &server);
    let elsewhere = format!("{}/api/user", other.endpoint());
    for path in
        [elsewhere.as_str(), "//evil.example/api", "api/../user", "api/user#x", "api/%2e%2e/x"]
    {
        let output = api(&home, &[path]).run().exited(2);
        assert!(output.stderr.contains("error: The path "), "{output}");
    }
    assert_eq!((server.connections(), other.connections()), (0, 0));
    let here = format!("{}/api/user", server.endpoint());
    let _ = api(&home, &[&here]).run().exited(0);
}

#[test]
fn what_is_wrong_with_a_command_line_is_told_without_its_secrets() {
    let home = Home::new();
    home.write_config(&config_for("http://localhost:1"));
    for args in [
        &["x", "-H", "Cookie: token=hunter2"][..],
        &["x", "-H", "hunter2"],
        &["x", "-H", "A: hunter2\nB: c"],
        &["x", "-f", "hunter2"],
        &["http://user:hunter2@localhost:1/x"],
        &["https://evil.example/x?k=hunter2"],
    ] {
        let output = api(&home, args).run().exited(2);
        assert!(!output.stderr.contains("hunter2"), "{args:?} {output}");
    }
}

#[test]
fn a_body_that_can_be_read_once_is_sent_once() {
    let cloud = Cloud::start().issuing_for(3600).refreshing(Refresh::Renews(3600));
    let server = server_for(&cloud).with_api_fault(ApiFault::Status(401));
    let home = at_server(&cloud, &server);
    for input in ["-", "/dev/stdin"] {
        let before = received(&server, "/api/echo");
        let run = api(&home, &["PUT", "api/echo", "--input", input]).stdin("once");
        let _ = run.run().exited(3);
        assert_eq!(received(&server, "/api/echo") - before, 1, "{input}");
    }
}

#[test]
fn a_server_of_a_given_config_file_gets_a_token_only_if_it_is_named() {
    let cloud = Cloud::start().issuing_for(3600);
    let server = server_for(&cloud);
    let home = at_server(&cloud, &server);
    fs::rename(home.meshery().join("config.yaml"), home.path().join("given.yaml")).unwrap();
    let args = ["api/user", "--config", "given.yaml"];
    let output = api(&home, &args).run().exited(2);
    assert!(output.stderr.contains("was not sent the token"), "{output}");
    assert_eq!(received(&server, "/api/user"), 0);
    let _ = api(&home, &args).args(["--token", ".meshery/auth.json"]).run().exited(0);
    assert_eq!(received(&server, "/api/user"), 1);
}

#[test]
fn without_a_server_a_token_or_an_answer_the_error_says_what_to_type() {
    let cloud = Cloud::start().issuing_for(3600);
    let server = server_for(&cloud);
    let home = at_server(&cloud, &server);
    drop(server);
    let prod = fs::read_to_string(home.meshery().join("config.yaml")).unwrap();
    home.write_config(&prod.replace("local:", "prod:").replace("current-context: local\n", ""));
    let args = ["api/user?k=hunter2", "-c", "prod", "-f", "secret=hunter2"];
    let output = api(&home, &args).run().exited(5);
    let again = "Try again:  mesheryctl api api/user'?…' --raw-field secret=… --context prod\n";
    assert!(output.stderr.contains(again) && !output.stderr.contains("hunter2"), "{output}");
    home.write_config(&prod);
    let output = api(&home, &["api/user", "-f", "secret=hunter2"]).run().exited(5);
    assert!(
        output.stderr.contains("Try again:  mesheryctl api api/user --raw-field secret=…"),
        "{output}"
    );
    assert!(!output.stderr.contains("hunter2"), "{output}");
    fs::remove_file(home.meshery().join("config.yaml")).unwrap();
    let output = api(&home, &["api/user"]).run().exited(2);
    assert!(output.stderr.contains("No context names a Meshery Server."), "{output}");
    let server = server_for(&cloud);
    home.write_config(&config_for(&server.endpoint()));
    home.write_auth("");
    let output = api(&home, &["api/user"]).run().exited(3);
    assert!(output.stderr.contains("Sign in:  mesheryctl system login"), "{output}");
    home.write_auth(saved(&token::jwt(&token::claims("you@example.org", Some(1)))));
    let _ = api(&home, &["api/user"]).run().exited(3);
    assert_eq!(received(&server, "/api/user"), 0);
}

#[test]
fn ctrl_c_ends_a_request_whose_input_stays_open() {
    let cloud = Cloud::start().issuing_for(3600);
    let server = server_for(&cloud);
    let home = at_server(&cloud, &server);
    let _ = home.program("/usr/bin/mkfifo").args(["in"]).run().exited(0);
    let run = api(&home, &["api/echo", "--input", "-"]).redirected("<>in");
    let running = run.spawn();
    while server.connections() == 0 {
        thread::yield_now();
    }
    running.kill(Signal::INT);
    let output = running.wait().exited(130);
    assert!(output.stderr.contains("Cancelled."), "{output}");
}
