//! The rules as tables: the response to each request, and the answers that are accepted.

use super::*;
use crate::callback::request::{Parsed, parse};

mod other_users;

const PORT: u16 = 43127;
const TO: &str = "https://idp.example/authorize?state=S&x=1";

/// The response to a request.
#[derive(Debug, PartialEq, Eq)]
enum Reply {
    Held,
    /// The status, the location, and the cookie that is set.
    Answered(u16, Option<String>, Option<String>),
}

fn refused(status: u16) -> Reply {
    Reply::Answered(status, None, None)
}

/// A login whose start links redirect to [`TO`].
fn login(kind: Kind) -> Rules {
    let mut rules = Rules::new(kind, PORT, "Acme").unwrap();
    rules.set_destination(TO).unwrap();
    rules
}

fn send(rules: &mut Rules, method: &str, target: &str, headers: &str) -> Reply {
    let text = format!("{method} {target} HTTP/1.1\r\n{headers}\r\n");
    let Parsed::Complete(request) = parse(text.as_bytes()) else { panic!("{text}") };
    match rules.respond(&request, || None) {
        Response::Hold => Reply::Held,
        Response::Send(bytes) => {
            let text = String::from_utf8(bytes).unwrap();
            let status = text.split(' ').nth(1).unwrap().parse().unwrap();
            let header = |name: &str| {
                let line = text.lines().find_map(|it| it.strip_prefix(name));
                line.map(|it| it.trim_start_matches(": ").to_owned())
            };
            Reply::Answered(status, header("Location"), header("Set-Cookie"))
        }
    }
}

/// Sends the request of a browser that follows a link to this path of the callback.
fn follow(rules: &mut Rules, path: &str) -> Reply {
    follow_with(rules, path, "")
}

fn follow_with(rules: &mut Rules, path: &str, cookies: &str) -> Reply {
    let headers = format!("Host: localhost:{PORT}\r\nCookie: {cookies}\r\n");
    send(rules, "GET", &format!("/{path}"), &headers)
}

fn query(pairs: &[(&str, &str)]) -> Option<Query> {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    Some(Query::new(pairs.iter().map(owned).collect()))
}

#[test]
fn only_a_navigation_to_the_host_and_port_of_the_callback_starts_a_login() {
    let here = format!("Host: localhost:{PORT}\r\n");
    let with = |more: &str| format!("{here}{more}\r\n");
    for (method, headers, status) in [
        ("GET", here.clone(), 302),
        ("GET", format!("Host: LocalHost:{PORT}\r\n"), 302),
        ("GET", format!("Host: 127.0.0.1:{PORT}\r\n"), 302),
        ("GET", format!("Host: [::1]:{PORT}\r\n"), 302),
        ("GET", with("Sec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document"), 302),
        ("POST", here.clone(), 405),
        ("HEAD", here.clone(), 405),
        ("OPTIONS", here.clone(), 405),
        ("GET", String::new(), 421),
        ("GET", "Host: localhost\r\n".to_owned(), 421),
        ("GET", "Host: localhost:1\r\n".to_owned(), 421),
        ("GET", format!("Host: evil.example:{PORT}\r\n"), 421),
        ("GET", format!("Host: localhost.evil.example:{PORT}\r\n"), 421),
        ("GET", format!("Host: localhost:{PORT}.evil.example\r\n"), 421),
        ("GET", with("Origin: null"), 403),
        ("GET", with("Origin: https://evil.example"), 403),
        ("GET", with("Sec-Fetch-Mode: cors"), 403),
        ("GET", with("Sec-Fetch-Mode: no-cors"), 403),
        ("GET", with("Sec-Fetch-Dest: iframe"), 403),
        ("GET", with("Sec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: image"), 403),
        ("GET", with("Sec-Purpose: prefetch"), 403),
        ("GET", with("Purpose: prefetch"), 403),
    ] {
        let mut rules = login(Kind::NoncePath);
        let start = format!("/{}", rules.printed);
        let Reply::Answered(seen, location, _) = send(&mut rules, method, &start, &headers) else {
            panic!("{method} {headers} was held")
        };
        assert_eq!(seen, status, "{method} {headers}");
        assert_eq!(location.as_deref(), (status == 302).then_some(TO), "{method} {headers}");
    }
}

#[test]
fn a_launched_start_link_works_once_and_a_printed_one_until_the_answer() {
    let mut rules = login(Kind::NoncePath);
    let (launched, printed) = (rules.launched.clone().unwrap(), rules.printed.clone());
    let cookie = format!("mesheryctl_{PORT}={}; Path=/; HttpOnly; SameSite=Lax", rules.cookie);
    let started = || Reply::Answered(302, Some(TO.to_owned()), Some(cookie.clone()));
    assert_eq!(follow(&mut rules, &launched), started());
    assert_eq!(follow(&mut rules, &launched), refused(404));
    for _ in 0..3 {
        assert_eq!(follow(&mut rules, &printed), started());
    }
    rules.accept_token(&Token::parse("a-token-of-some-length").unwrap()).unwrap();
    assert_eq!(follow(&mut rules, &printed), refused(410));
}

#[test]
fn a_start_link_without_a_destination_is_not_found() {
    let mut rules = Rules::new(Kind::NoncePath, PORT, "Acme").unwrap();
    let printed = rules.printed.clone();
    assert_eq!(follow(&mut rules, &printed), refused(404));
}

#[test]
fn a_destination_of_a_fixed_path_callback_needs_a_state() {
    use Kind::{FixedPath, NoncePath};
    for (kind, url, why) in [
        (NoncePath, "https://idp.example/", None),
        (NoncePath, "https://idp.example/?state=", None),
        (NoncePath, "no url", Some("it is not a URL")),
        (FixedPath, "https://idp.example/?state=S", None),
        (FixedPath, "https://idp.example/", Some("it has no `state` parameter")),
        (FixedPath, "https://idp.example/?state=", Some("it has no `state` parameter")),
        (FixedPath, "https://idp.example/?x=state#state=S", Some("it has no `state` parameter")),
        (FixedPath, "no url", Some("it is not a URL")),
    ] {
        let mut rules = Rules::new(kind, PORT, "Acme").unwrap();
        assert_eq!(rules.set_destination(url).err(), why, "{kind:?} {url}");
    }
    let mut rules = login(NoncePath);
    let links = rules.set_destination(TO).unwrap();
    let link = |secret: &str| format!("http://localhost:{PORT}/{secret}");
    assert_eq!(links, (link(&rules.launched.clone().unwrap()), link(&rules.printed)));
}

#[test]
fn the_address_of_a_callback_contains_the_nonce_or_the_fixed_path() {
    let nonce = login(Kind::NoncePath);
    assert_eq!(nonce.address(), format!("http://localhost:{PORT}/{}", nonce.nonce));
    assert!(nonce.accepts_tokens());
    let fixed = login(Kind::FixedPath);
    assert_eq!(fixed.address(), format!("http://127.0.0.1:{PORT}/callback"));
    assert!(!fixed.accepts_tokens());
}

#[test]
fn the_secrets_of_a_login_are_distinct_and_have_128_bits() {
    let rules = login(Kind::NoncePath);
    let launched = rules.launched.clone().unwrap();
    let all = [&rules.nonce, &rules.cookie, &launched, &rules.printed, &rules.done];
    for (index, secret) in all.iter().enumerate() {
        assert_eq!(secret.len(), 22, "128 bits in base64url");
        assert!(!all[..index].contains(secret));
    }
}

/// The answer that was accepted, and whether there is a message for the terminal.
fn answer_and_message(rules: &mut Rules) -> (Option<Query>, bool) {
    (rules.take_answer(), rules.take_message().is_some())
}

#[test]
fn an_answer_with_the_nonce_is_accepted_if_it_has_a_token_or_error_and_no_repeated_name() {
    for (path, status, answer, has_message) in [
        ("N?token=T", 303, query(&[("token", "T")]), false),
        ("N/api/user/token?token=T&x=", 303, query(&[("token", "T"), ("x", "")]), false),
        ("N?error=denied", 303, query(&[("error", "denied")]), false),
        ("N/?token=T", 303, query(&[("token", "T")]), false),
        ("N", 400, None, true),
        ("N?token=", 400, None, true),
        ("N?tokens=T", 400, None, true),
        ("N?token=T&token=U", 400, None, false),
        ("N?token=T&x=1&x=1", 400, None, false),
        ("Nx?token=T", 404, None, false),
        ("x/N?token=T", 404, None, false),
        ("?token=T", 404, None, false),
        ("callback?token=T", 404, None, false),
        ("api/user/token?token=T", 404, None, false),
    ] {
        let mut rules = login(Kind::NoncePath);
        let (nonce, done) = (rules.nonce.clone(), rules.done.clone());
        let reply = follow(&mut rules, &path.replace('N', &nonce));
        let forgets = format!("mesheryctl_{PORT}=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0");
        let expected = match status {
            303 => Reply::Answered(303, Some(format!("/{done}")), Some(forgets)),
            status => refused(status),
        };
        assert_eq!(reply, expected, "{path}");
        assert_eq!(rules.answered(), status == 303, "{path}");
        assert_eq!(rules.is_last_page_due(), status == 303, "{path}");
        assert_eq!(answer_and_message(&mut rules), (answer, has_message), "{path}");
    }
}

#[test]
fn an_answer_at_the_fixed_path_is_accepted_only_with_the_state() {
    for (path, is_taken, status) in [
        ("callback?code=C&state=S", true, 303),
        ("callback?state=S", true, 303),
        ("callback?error=access_denied&state=S", true, 303),
        ("callback?code=C", false, 404),
        ("callback?code=C&state=s", false, 404),
        ("callback?code=C&state=", false, 404),
        ("callback?code=C&state=S&state=S", false, 400),
        ("callback?code=C&state=T&state=S", false, 404),
        ("callback/?code=C&state=S", false, 404),
        ("Callback?code=C&state=S", false, 404),
        ("?code=C&state=S", false, 404),
        ("N?token=T&state=S", false, 404),
    ] {
        let mut rules = login(Kind::FixedPath);
        let (nonce, done) = (rules.nonce.clone(), rules.done.clone());
        // The cookie proves nothing here.
        let cookie = format!("mesheryctl_{PORT}={}", rules.cookie);
        let reply = follow_with(&mut rules, &path.replace('N', &nonce), &cookie);
        let location = is_taken.then(|| format!("/{done}"));
        assert_eq!(reply, Reply::Answered(status, location, None), "{path}");
        assert_eq!(rules.take_answer().is_some(), is_taken, "{path}");
    }
    let mut without_destination = Rules::new(Kind::FixedPath, PORT, "Acme").unwrap();
    assert_eq!(follow(&mut without_destination, "callback?code=C"), refused(404));
}

#[test]
fn an_answer_with_only_the_cookie_is_not_accepted_without_confirmation() {
    for (cookies, path, is_asked) in [
        ("mesheryctl_43127=SECRET", "?token=T", true),
        ("a=b; mesheryctl_43127=SECRET", "api/user/token?token=T", true),
        ("mesheryctl_43127=x; mesheryctl_43127=SECRET", "?error=denied", true),
        ("mesheryctl_43127=SECRET", "?x=1", false),
        ("", "?token=T", false),
        ("mesheryctl_1=SECRET", "?token=T", false),
        ("mesheryctl_43127=", "?token=T", false),
        ("mesheryctl_43127=x", "?token=T", false),
        ("x=SECRET", "?token=T", false),
    ] {
        let mut rules = login(Kind::NoncePath);
        let cookies = cookies.replace("SECRET", &rules.cookie);
        let reply = follow_with(&mut rules, path, &cookies);
        let is_question = matches!(&reply, Reply::Answered(303, Some(_), None));
        assert_eq!(is_question, is_asked, "{cookies} {path}: {reply:?}");
        assert_eq!((rules.answered(), rules.take_answer()), (false, None), "{cookies} {path}");
    }
}

#[test]
fn an_answer_with_only_the_cookie_is_accepted_after_confirmation() {
    let mut rules = login(Kind::NoncePath);
    let cookies = format!("mesheryctl_{PORT}={}", rules.cookie);
    let ask = |rules: &mut Rules| match follow_with(rules, "?token=T", &cookies) {
        Reply::Answered(303, Some(location), None) => location.trim_start_matches('/').to_owned(),
        reply => panic!("{reply:?}"),
    };
    let question = ask(&mut rules);
    assert!(rules.take_message().is_some());
    let another = ask(&mut rules);
    // The message is given once, however often a hostile page sends the browser here.
    assert!(rules.take_message().is_none());
    assert_ne!(question, another);
    assert_eq!(follow(&mut rules, &question), Reply::Answered(202, None, None));
    assert!(!rules.answered());
    let yes = rules.pending.show(&question, Instant::now()).unwrap().to_owned();
    // The second click of a double click asks again.
    let again = Reply::Answered(303, Some(format!("/{question}")), None);
    assert_eq!(follow(&mut rules, &yes), again);
    assert!(!rules.answered());
    rules.pending.let_time_pass();
    let done = rules.done.clone();
    let Reply::Answered(303, Some(location), Some(_)) = follow(&mut rules, &yes) else { panic!() };
    assert_eq!(location, format!("/{done}"));
    assert_eq!(rules.take_answer(), query(&[("token", "T")]));
    assert_eq!(follow(&mut rules, &yes), refused(410));
}

#[test]
fn the_last_page_is_held_until_the_login_has_ended() {
    for (outcome, status) in
        [(Outcome::SignedIn(None), 200), (Outcome::Denied, 403), (Outcome::Failed, 502)]
    {
        let mut rules = login(Kind::NoncePath);
        let (nonce, done) = (rules.nonce.clone(), rules.done.clone());
        assert_eq!(follow(&mut rules, &done), refused(404));
        assert!(!rules.is_last_page_due());
        let _ = follow(&mut rules, &format!("{nonce}?token=T"));
        assert_eq!(follow(&mut rules, &done), Reply::Held);
        assert_eq!(follow(&mut rules, &format!("{nonce}?token=U")), refused(410));
        rules.end(outcome);
        assert!(rules.is_last_page_due());
        assert_eq!(follow(&mut rules, &done), refused(status));
        assert!(!rules.is_last_page_due());
        assert_eq!(rules.take_answer(), query(&[("token", "T")]));
    }
    // A login that ended without an answer accepts none afterwards.
    let mut rules = login(Kind::NoncePath);
    let nonce = rules.nonce.clone();
    rules.end(Outcome::Failed);
    assert_eq!(follow(&mut rules, &format!("{nonce}?token=T")), refused(410));
    assert_eq!(rules.take_answer(), None);
}

#[test]
fn a_pasted_token_is_accepted_by_a_nonce_path_callback_only() {
    let token = Token::parse("a-token-of-some-length").unwrap();
    let mut rules = login(Kind::NoncePath);
    assert_eq!(rules.accept_token(&token), Ok(()));
    assert_eq!(rules.take_answer(), query(&[("token", "a-token-of-some-length")]));
    assert!(rules.answered() && !rules.is_last_page_due());
    let mut rules = login(Kind::FixedPath);
    assert!(rules.accept_token(&token).is_err());
    assert!(!rules.answered());
}

#[test]
fn a_pasted_url_is_accepted_if_it_belongs_to_this_login() {
    use Kind::{FixedPath, NoncePath};
    let (other, empty) = ("was the URL of another login", "was a URL without a sign-in result");
    for (kind, address, why) in [
        (NoncePath, "http://localhost:43127/N?token=T", None),
        (NoncePath, "http://localhost:43127/?token=T", None),
        (NoncePath, "http://localhost:43127/N?error=denied", None),
        (NoncePath, "http://localhost:43127/N", Some(empty)),
        (NoncePath, "http://localhost:43127/N?token=", Some(empty)),
        (NoncePath, "http://localhost:43127/N?x=1", Some(empty)),
        (NoncePath, "http://localhost:43127/N?token=T&token=U", Some(empty)),
        (NoncePath, "http://localhost:43128/N?token=T", Some(other)),
        (NoncePath, "http://localhost/N?token=T", Some(other)),
        (FixedPath, "http://127.0.0.1:43127/callback?code=C&state=S", None),
        (FixedPath, "http://localhost:43127/callback?code=C&state=S", None),
        (FixedPath, "http://127.0.0.1:43127/callback?code=C", Some(empty)),
        (FixedPath, "http://127.0.0.1:43127/callback?code=C&state=T", Some(empty)),
        (FixedPath, "http://127.0.0.1:43127/callback?code=C&code=D&state=S", Some(empty)),
        (FixedPath, "http://127.0.0.1:43127/N?code=C&state=S", Some(empty)),
        (FixedPath, "http://127.0.0.1:1/callback?code=C&state=S", Some(other)),
    ] {
        let mut rules = login(kind);
        let url = Url::parse(&address.replace('N', &rules.nonce)).unwrap();
        assert_eq!(rules.accept_url(&url).err(), why, "{kind:?} {address}");
        assert_eq!(rules.answered(), why.is_none(), "{kind:?} {address}");
        assert_eq!(rules.take_answer().is_some(), why.is_none(), "{kind:?} {address}");
    }
}
