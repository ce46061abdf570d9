//! Requests to a server, and the renewal of a token.

use std::fs;

use mesheryctl_tests::{Authority, Home, TlsFront};

use crate::launch::Launch;
use crate::logins::{SAVES, floor_saves};
use crate::measure::{Effort, Group, Measured};
use crate::peers;
use crate::people::{self, at_server, server, signed_in};

const CURL: &str = "curl, over http";
const CURL_TLS: &str = "curl, over https";

pub fn measured(effort: Effort) -> Vec<Measured> {
    let cloud = people::cloud();
    let server = server(&cloud);
    let authority = Authority::called("Bench");
    let front = TlsFront::before(&server.endpoint(), authority.certificate());
    let plain = at_server(&cloud, &server.endpoint());
    let secure = at_server(&cloud, &front.url());
    let ca = secure.path().join("ca.pem");
    fs::write(&ca, authority.pem()).expect("a CA file");
    let ca = ca.to_str().expect("a plain path");
    let cookie = format!("meshery-provider=Layer5; token={}", cloud.token());
    let curl = |home: &Home, endpoint: &str, more: &[&str]| {
        let url = format!("{endpoint}/api/user");
        let args = [&["-sf", "-b", &cookie, &url], more].concat();
        peers::run(home, "curl", &args)
    };
    let http = Launch::ours(&plain, &["api", "api/user"]);
    let https = Launch::ours(&secure, &["api", "api/user", "--ca-file", ca]);
    // Of its own: a renewal ends the token of the others.
    let renewing = people::cloud();
    let renewed = signed_in(&renewing);
    let refresh = Launch::ours(&renewed, &["system", "token", "refresh"]);
    let saves = floor_saves(&renewed);
    Group::new("request")
        .optional(CURL, curl(&plain, &server.endpoint(), &[]))
        .above(CURL, "api, over http", move || http.timed())
        .optional(CURL_TLS, curl(&secure, &front.url(), &["--cacert", ca]))
        .above(CURL_TLS, "api, over https", move || https.timed())
        .row(SAVES, move || saves.timed())
        .above(SAVES, "token refresh at a stand-in", move || refresh.timed())
        .measured(effort)
}
