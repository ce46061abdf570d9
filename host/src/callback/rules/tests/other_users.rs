//! Connections of other users: when they are looked up, and what they are refused.

use super::*;
use crate::callback::request::beginning;

/// Sends the request of another user to this path, and returns whether the user was looked up, and the response.
fn follow_as_other_user(rules: &mut Rules, path: &str, cookies: &str) -> (bool, u16) {
    let text =
        format!("GET /{path} HTTP/1.1\r\nHost: localhost:{PORT}\r\nCookie: {cookies}\r\n\r\n");
    let Parsed::Complete(request) = parse(text.as_bytes()) else { panic!("{text}") };
    let mut is_looked_up = false;
    let other_user = || {
        is_looked_up = true;
        Some(OtherUser::User(2002))
    };
    let Response::Send(bytes) = rules.respond(&request, other_user) else { panic!("held: {text}") };
    let status = String::from_utf8(bytes).unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    (is_looked_up, status)
}

#[test]
fn the_user_of_a_connection_is_looked_up_only_for_a_secret_and_another_user_is_refused() {
    use Kind::{FixedPath, NoncePath};
    for kind in [NoncePath, FixedPath] {
        let mut rules = login(kind);
        let (launched, printed) = (rules.launched.clone().unwrap(), rules.printed.clone());
        let (nonce, done) = (rules.nonce.clone(), rules.done.clone());
        let cookie = format!("mesheryctl_{PORT}={}", rules.cookie);
        let with_nonce = kind == NoncePath;
        for (path, cookies, is_secret) in [
            ("", "", false),
            ("guess?token=T", "", false),
            (&done, "", false),
            (&format!("{launched}x"), "", false),
            ("callback?code=C&state=other", "", false),
            ("callback?code=C", "", false),
            (&launched, "", true),
            (&printed, "", true),
            (&format!("{nonce}?token=T"), "", with_nonce),
            (&format!("{nonce}/api/user/token?token=T"), "", with_nonce),
            ("?token=T", &cookie, with_nonce),
            ("callback?code=C&state=S", "", !with_nonce),
        ] {
            let expected = if is_secret { (true, 403) } else { (false, 404) };
            let seen = follow_as_other_user(&mut rules, path, cookies);
            assert_eq!(seen, expected, "{kind:?} {path} {cookies}");
        }
        assert!(!rules.answered() && rules.take_message().is_none(), "{kind:?}");
        assert_eq!(rules.take_refused(), Some(OtherUser::User(2002)));
        let _ = follow_as_other_user(&mut rules, &printed, "");
        assert_eq!(rules.take_refused(), None, "it is told once");
        let Reply::Answered(302, ..) = follow(&mut rules, &launched) else {
            panic!("the launched link of {kind:?} should not be used up")
        };
    }
}

#[test]
fn another_user_can_neither_see_nor_confirm_a_question() {
    let mut rules = login(Kind::NoncePath);
    let cookie = format!("mesheryctl_{PORT}={}", rules.cookie);
    let Reply::Answered(303, Some(question), _) = follow_with(&mut rules, "?token=T", &cookie)
    else {
        panic!("a question")
    };
    let question = &question[1..];
    let yes = rules.pending.show(question, Instant::now()).unwrap().to_owned();
    rules.pending.let_time_pass();
    for path in [question, &yes] {
        assert_eq!(follow_as_other_user(&mut rules, path, ""), (true, 403));
    }
    assert!(!rules.answered());
    let Reply::Answered(303, ..) = follow(&mut rules, &yes) else { panic!("an answer") };
    assert_eq!(follow_as_other_user(&mut rules, question, &cookie), (false, 410));
}

#[test]
fn a_secret_is_recognized_in_a_request_that_has_partly_arrived() {
    let nonce = login(Kind::NoncePath);
    let fixed = login(Kind::FixedPath);
    let (path, cookie) = (nonce.nonce.clone(), nonce.cookie.clone());
    for (rules, bytes, is_recognized) in [
        (&nonce, String::new(), false),
        (&nonce, "G".to_owned(), false),
        (&nonce, "GET ".to_owned(), false),
        (&nonce, "GET /".to_owned(), false),
        (&nonce, format!("GET /{}", &path[..path.len() - 1]), false),
        (&nonce, format!("GET /{path}"), true),
        (&nonce, format!("GET /{path}?tok"), true),
        (&nonce, format!("GET /{path}?token=T "), true),
        (&nonce, format!("GET /{path}?token=T HTTP/1."), true),
        (&nonce, format!("GET /{path}?token=T HTTP/1.1\r\n"), true),
        (&nonce, format!("GET /{path}?token=T HTTP/1.1\r\nHos"), true),
        (&nonce, format!("GET /{} HTTP/1.1\r\nHost: a\r\nX", nonce.printed), true),
        (&nonce, format!("GET /?token=T HTTP/1.1\r\nCookie: mesheryctl_{PORT}={cookie}"), false),
        (&nonce, format!("GET /?token=T HTTP/1.1\r\nCookie: mesheryctl_{PORT}={cookie}\r\n"), true),
        (&fixed, "GET /callback?code=C&state=".to_owned(), false),
        (&fixed, "GET /callback?code=C&state=S".to_owned(), true),
        (&fixed, "\u{16}\u{3}\n\n".to_owned(), false),
    ] {
        let begun = beginning(bytes.as_bytes());
        let recognized = begun.is_some_and(|it| rules.presents_secret(&it));
        assert_eq!(recognized, is_recognized, "{bytes}");
    }
}
