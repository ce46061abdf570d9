//! Messages of a script show no secret.

use crate::testing::ending::Ending;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::*;

#[test]
fn no_message_of_a_script_shows_a_secret() {
    let key = "SECR/ETSE+12345";
    let script = || {
        Script::new()
            .expects_secret("Key", key)
            .expects_fetch("GET https://a.example/me", |_| HttpResponse::new(200, "SECRETBODY"))
    };
    for (ask, shown) in [
        (
            &(|it: &mut dyn Session| {
                drop(it.fetch(&HttpRequest::get("https://a.example/SECR%2FETSE%2b12345/x")));
            }) as &dyn Fn(&mut dyn Session),
            "fetch `GET https://a.example/●/x`",
        ),
        (&|it| drop(it.visit("https://user:SECRETPW@a.example/x")), "visit `https://a.example/x`"),
        (
            &|it| drop(it.fetch(&HttpRequest::get("https://user:SECRETPW@a.example/x"))),
            "fetch `GET https://a.example/x`",
        ),
        (
            &|it| drop(it.show_code("https://SECRETPW@a.example/x", "SECRETCODE", 1)),
            "show_code at `https://a.example/x`",
        ),
        (&|it| drop(it.ask("Is SECRETBODY right?")), "ask `Is ● right?`"),
        (
            &|it| drop(it.choose("Which", &["SECR%2fETSE%2B12345".into(), "SECRETBODY".into()])),
            "choose `Which` of ●, ●",
        ),
        (&|it| drop(it.ask("Begins with SECR/ETS?")), "ask `Begins with ●?`"),
        (&|it| drop(it.ask(&STANDARD.encode("ada:SECR/ETSE+12345"))), "ask `"),
    ] {
        let mut session = script().session();
        session.ask_secret("Key").unwrap();
        session.fetch(&HttpRequest::get("https://a.example/me")).unwrap();
        ask(&mut session);
        session.is_checked = true;
        let problem = session.problem(&Ending::Unknown).unwrap();
        assert!(problem.contains(shown), "{problem}");
        let asked = session.asked().join("\n");
        for secret in ["SECR", "ETSE", "U0VDUi9FVFNF"] {
            assert!(!problem.contains(secret) && !asked.contains(secret), "{problem}\n{asked}");
        }
    }
    let expected =
        Script::new().expects_visit("https://user:SECRETPW@a.example/x", |_| Query::default());
    assert!(!format!("{expected:?}").contains("SECRETPW"));
}
