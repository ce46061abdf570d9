//! Fuzzes the responses of a Meshery Server: its list of providers, and its verdict on a token.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mesheryctl::readers::Reply;
use mesheryctl::readers::listing::{self, Listed};
use mesheryctl::readers::url::{authority, base_url, is_loopback};
use mesheryctl::readers::verdict::{self, Verdict};
use mesheryctl_core::token::Token;

const STATUS: [u16; 8] = [200, 200, 200, 302, 401, 403, 404, 500];
const SENT: &str = "T0123456789abcdef";

fuzz_target!(|bytes: &[u8]| {
    let Some((&choice, body)) = bytes.split_first() else { return };
    let status = STATUS[usize::from(choice % 8)];
    let location = (status == 302).then(|| String::from_utf8_lossy(body).into_owned());
    let headers = location.map(|it| ("location".to_owned(), it)).into_iter().collect();
    let reply = Reply { status, headers, body: body.to_owned() };
    match listing::read(&reply) {
        Ok(listed) => listed.iter().for_each(checked),
        Err(why) => assert!(status != 200 || !why.is_empty()),
    }
    let endpoint = base_url("http://localhost:9081").unwrap();
    let sent = Token::parse(SENT).unwrap();
    match verdict::of_server(&reply, &endpoint, "Layer5", &sent) {
        Verdict::Accepted(file) => {
            assert!(status == 200 && file.provider.eq_ignore_ascii_case("Layer5"));
            // The token that was sent names no account, so no other is adopted in its place.
            assert!(file.token == sent, "a token of the server was adopted");
        }
        Verdict::Rejected => assert!([401, 403].contains(&status)),
        Verdict::RejectedOrDown => assert!(status == 302),
        Verdict::Unknown(why) => assert!(!why.contains(char::is_control), "{why:?}"),
    }
});

fn checked(listed: &Listed) {
    let shown = listed.name.to_string();
    assert!(!shown.is_empty() && !shown.contains(char::is_control), "{shown:?}");
    assert!(!listed.name.raw().contains(|c: char| c.is_control() || "\",;\\".contains(c)));
    if let Some(url) = &listed.url {
        assert!(url.scheme() == "https" || is_loopback(url), "{url}");
        assert!(url.username().is_empty() && url.password().is_none(), "{url}");
        assert!(
            authority(url).chars().all(|it| it.is_ascii_alphanumeric() || "-._:[]".contains(it)),
            "{url}"
        );
        assert!(listed.has_url(url));
    }
    assert!(!listed.is_local || listed.url.is_none());
}
