//! OAuth in a browser at an impostor: each fault that the standards warn of ends the login and changes nothing.

use mesheryctl_tests::*;

use crate::oidc::certified_provider::{after, kept, login};

/// A browser login at an impostor with this fault: its output, and the impostor.
fn login_at<'h>(home: &'h Home, fault: ImpostorFault) -> (Running<'h>, Impostor) {
    home.write_auth("old bytes");
    let impostor = Impostor::start(fault);
    let running = login(home, &impostor.issuer()).args(["--no-browser"]).spawn();
    (running, impostor)
}

/// Opens the printed start link.
fn open_printed_link(running: &Running<'_>) -> Vec<Hop> {
    let said = running.wait_for_stderr("Waiting for sign-in");
    Visitor::new().follow(&after(&said, "Open this URL in a browser on this computer:"))
}

/// Asserts that the login fails before the browser is redirected.
fn assert_fails_before_the_browser(cases: &[(ImpostorFault, i32, &str)]) {
    let home = Home::new();
    for (fault, code, words) in cases {
        let (running, impostor) = login_at(&home, *fault);
        let output = running.wait();
        assert!(output.stderr.contains(words), "{fault:?}: {output}");
        assert_eq!(output.code, Some(*code), "{fault:?}: {output}");
        assert!(!output.stderr.contains("Open this"), "{fault:?}: {output}");
        assert_eq!(impostor.requests().len(), 1, "{fault:?}");
        assert_eq!(home.auth_text(), "old bytes", "{fault:?}");
    }
}

/// Asserts that the login fails after the redirect. `exchanges` is the number of token requests.
fn assert_fails_after_the_browser(cases: &[(ImpostorFault, i32, &str)], exchanges: usize) {
    let home = Home::new();
    for (fault, code, words) in cases {
        let (running, impostor) = login_at(&home, *fault);
        let page = open_printed_link(&running).pop().unwrap();
        let output = running.wait();
        assert!(output.stderr.contains(words), "{fault:?}: {output}");
        assert_eq!(output.code, Some(*code), "{fault:?}: {output}");
        assert_ne!(page.response.status, 200, "{fault:?}: {page:#?}");
        assert_eq!(impostor.forms("/token").len(), exchanges, "{fault:?}");
        assert!(!impostor.requests().iter().any(|it| it.path == "/stolen"), "{fault:?}");
        assert!(!output.to_string().contains(impostor::ACCESS), "{fault:?}: {output}");
        assert!(!output.to_string().contains("one-time-code"), "{fault:?}: {output}");
        assert_eq!(home.auth_text(), "old bytes", "{fault:?}");
    }
}

#[test]
fn a_provider_with_invalid_metadata_gets_no_browser() {
    assert_fails_before_the_browser(&[
        (
            ImpostorFault::OtherIssuer,
            2,
            "returned the metadata of https://login.example.org, which is another one.",
        ),
        (ImpostorFault::IssuerWithOtherPath, 2, "/realm, which is another one."),
        (
            ImpostorFault::NoMetadata,
            2,
            "/.well-known/openid-configuration returned status 404 without a reason.",
        ),
        (
            ImpostorFault::HtmlMetadata,
            2,
            "/.well-known/openid-configuration returned something that is not JSON.",
        ),
        (
            ImpostorFault::NoTokenEndpoint,
            2,
            "/.well-known/openid-configuration returned JSON with a missing or invalid member",
        ),
        (
            ImpostorFault::OnlyPlainPkce,
            1,
            "does not support PKCE with S256, which this program requires.",
        ),
    ]);
}

#[test]
fn a_callback_with_another_issuer_or_without_a_code_is_not_exchanged() {
    assert_fails_after_the_browser(
        &[
            (ImpostorFault::WrongIss, 1, "The answer is from another identity provider."),
            (
                ImpostorFault::NoIss,
                1,
                "does not name its issuer, although this identity provider always does.",
            ),
            (
                ImpostorFault::DenialOfOtherIssuer,
                1,
                "The answer is from another identity provider.",
            ),
            (ImpostorFault::Denial, 4, "Sign-in was denied (no)."),
            (
                ImpostorFault::ServerError,
                5,
                "The identity provider is temporarily unavailable: server_error.",
            ),
            (ImpostorFault::NoCode, 1, "The identity provider sent no valid code."),
        ],
        0,
    );
}

#[test]
fn an_invalid_token_response_ends_the_login_after_one_request() {
    assert_fails_after_the_browser(
        &[
            (ImpostorFault::CodeRefused, 3, "rejected the sign-in: invalid_grant (in its words)."),
            (
                ImpostorFault::HtmlTokenResponse,
                1,
                "token endpoint returned something that is not JSON.",
            ),
            (
                ImpostorFault::JsonAsPlainText,
                1,
                "token endpoint returned something that is not JSON.",
            ),
            (
                ImpostorFault::EmptyTokenResponse,
                1,
                "returned JSON with a missing or invalid member.",
            ),
            (
                ImpostorFault::ErrorPage,
                5,
                "token endpoint is temporarily unavailable (status 500).",
            ),
            (
                ImpostorFault::ErrorPage400,
                1,
                "token endpoint returned status 400 without a reason.",
            ),
            (
                ImpostorFault::RedirectedTokenRequest,
                1,
                "token endpoint returned a redirect, which is not followed.",
            ),
            (ImpostorFault::EndlessResponse, 1, "sent more than 1 MiB."),
            (
                ImpostorFault::UnknownTokenType,
                1,
                "a token of the type \"DPoP\", which is not Bearer.",
            ),
            (
                ImpostorFault::NotAnAccessToken,
                1,
                "a token of the type \"N_A\", which is not Bearer.",
            ),
            (ImpostorFault::NoAccessToken, 1, "returned JSON with a missing or invalid member."),
            (ImpostorFault::LifetimeAsString, 1, "returned JSON with a missing or invalid member."),
            (ImpostorFault::NegativeLifetime, 1, "returned JSON with a missing or invalid member."),
            (ImpostorFault::TwoAccessTokens, 1, "returned JSON with a missing or invalid member."),
            (
                ImpostorFault::ControlCharacter,
                1,
                "issued a token with a character that is not allowed in a token.",
            ),
        ],
        1,
    );
}

#[test]
fn an_id_token_of_another_sign_in_ends_the_login() {
    assert_fails_after_the_browser(
        &[
            (ImpostorFault::OtherNonce, 1, "an ID token that is for another sign-in."),
            (ImpostorFault::NoNonce, 1, "an ID token that is for another sign-in."),
            (ImpostorFault::OtherAudience, 1, "an ID token that is for another client."),
            (ImpostorFault::SeveralAudiences, 1, "an ID token that is for several clients."),
            (
                ImpostorFault::OtherAuthorizedParty,
                1,
                "an ID token that is authorized for another client.",
            ),
            (ImpostorFault::IdTokenOfOtherIssuer, 1, "an ID token that is from another issuer."),
            (ImpostorFault::Expired, 1, "an ID token that has expired."),
            (ImpostorFault::IssuedInTheFuture, 1, "an ID token that was issued in the future."),
            (ImpostorFault::Unsigned, 1, "an ID token that is not signed."),
            (ImpostorFault::MalformedIdToken, 1, "an ID token that has an invalid header."),
        ],
        1,
    );
}

#[test]
fn deviations_that_the_standards_allow_sign_in() {
    for fault in [
        ImpostorFault::None,
        ImpostorFault::NoPkceMetadata,
        ImpostorFault::LikeDex,
        ImpostorFault::NoIssAndNotAnnounced,
        ImpostorFault::NoIdToken,
        ImpostorFault::OtherSubject,
        ImpostorFault::MaximalLifetime,
        ImpostorFault::HugeLifetime,
    ] {
        let home = Home::new();
        let (running, impostor) = login_at(&home, fault);
        open_printed_link(&running);
        let output = running.wait().exited(0);
        assert!(home.auth_text().contains(impostor::ACCESS), "{fault:?}: {output}");
        assert_eq!(kept(&home)["refresh"], "refresh-of-the-impostor");
        // An account from userinfo with another subject is not shown.
        let named = output.stderr.contains("as ada@impostor.example");
        assert_eq!(named, fault != ImpostorFault::OtherSubject, "{fault:?}: {output}");
        let [form] = &impostor.forms("/token")[..] else { panic!("one exchange") };
        let value = |name: &str| form.iter().find(|it| it.0 == name).map(|it| it.1.as_str());
        assert_eq!(value("client_id"), Some("mesheryctl"));
        assert_eq!(value("client_secret"), None);
        let redirect = value("redirect_uri").unwrap();
        assert!(redirect.starts_with("http://127.0.0.1:") && redirect.ends_with("/callback"));
        // PKCE: the verifier has 43 characters; the browser saw only its hash.
        let verifier = value("code_verifier").unwrap();
        let went = impostor.requests().into_iter().find(|it| it.path == "/authorize").unwrap();
        assert_eq!(went.param("code_challenge_method"), Some("S256"));
        assert_eq!(went.param("code_challenge").map(str::len), Some(43));
        let once = [verifier, went.param("state").unwrap(), went.param("nonce").unwrap()];
        assert!(once.iter().all(|it| it.len() == 43), "256 bits each: {once:?}");
        assert!(once[0] != once[1] && once[1] != once[2], "one tells nothing of another");
        // In any other response the refresh token is optional.
        assert_eq!(went.param("prompt"), Some("consent"));
        assert!(!went.target.contains(verifier), "{went:#?}");
        assert_eq!(went.param("redirect_uri"), Some(redirect));
    }
}

#[test]
fn an_endpoint_on_a_host_without_permission_is_refused_with_the_command_that_allows_it() {
    let home = Home::new();
    let host = "tokens.example.org";
    let (running, _impostor) = login_at(&home, ImpostorFault::EndpointOnOtherHost);
    open_printed_link(&running);
    let output = running.wait().exited(8);
    assert!(output.stderr.contains(&format!("OpenID may not connect to {host}: ")), "{output}");
    let allow = format!("mesheryctl plugin trust oidc --allow-host {host}");
    assert!(output.stderr.contains(&allow), "{output}");
    let (running, _impostor) = login_at(&home, ImpostorFault::EndpointOverHttp);
    open_printed_link(&running);
    let output = running.wait().exited(8);
    assert!(output.stderr.contains("https is needed, or http on this computer"), "{output}");
    let impostor = Impostor::start(ImpostorFault::VerificationOnOtherHost);
    let output = login(&home, &impostor.issuer()).args(["--device"]).run().exited(8);
    assert!(output.stderr.contains("OpenID may not connect to evil.example.org: "), "{output}");
    assert!(!output.stderr.contains("WDJB-MJHT"), "{output}");
    assert_eq!(impostor.forms("/token").len(), 0);
    assert_eq!(home.auth_text(), "old bytes");
}

/// The secrets of a sign-in that the impostor saw.
fn secrets(impostor: &Impostor) -> Vec<String> {
    let secret = ["code", "code_verifier", "device_code", "state", "nonce"];
    let went = impostor.requests().into_iter().filter(|it| it.path == "/authorize");
    let query = went.flat_map(|it| it.query);
    let all = query.chain(impostor.forms("/token").into_iter().flatten());
    all.filter(|(name, _)| secret.contains(&name.as_str())).map(|(_, value)| value).collect()
}

#[test]
fn no_secret_of_a_sign_in_is_printed_and_only_the_refresh_token_is_stored() {
    for (fault, more) in [
        (ImpostorFault::None, "--no-browser"),
        (ImpostorFault::CodeRefused, "--no-browser"),
        (ImpostorFault::OtherNonce, "--no-browser"),
        (ImpostorFault::None, "--device"),
        (ImpostorFault::OtherAudience, "--device"),
    ] {
        let home = Home::new();
        let impostor = Impostor::start(fault);
        let run = login(&home, &impostor.issuer()).args([more, "-v", "-o", "json"]);
        let running = run.spawn();
        if more == "--no-browser" {
            open_printed_link(&running);
        }
        let output = running.wait();
        let of_one_use = secrets(&impostor);
        assert!(of_one_use.len() >= if more == "--device" { 1 } else { 4 }, "{of_one_use:?}");
        let said = output.to_string();
        let kept = ["auth.json", "auth.json.kept"].map(|it| home.meshery().join(it));
        let kept = kept.map(|it| std::fs::read_to_string(it).unwrap_or_default()).concat();
        for secret in &of_one_use {
            assert!(!said.contains(secret.as_str()), "{fault:?} {more}: {secret} in {said}");
            assert!(!kept.contains(secret.as_str()), "{fault:?} {more}: {secret} in {kept}");
        }
        for token in [impostor::ACCESS, "refresh-of-the-impostor", ".c2ln"] {
            assert!(!said.contains(token), "{fault:?} {more}: {token} in {said}");
        }
    }
}

#[test]
fn a_forged_callback_does_not_end_the_login() {
    let home = Home::new();
    let (running, impostor) = login_at(&home, ImpostorFault::None);
    let said = running.wait_for_stderr("Waiting for sign-in");
    let start = after(&said, "Open this URL in a browser on this computer:");
    let mut visitor = Visitor::new();
    let authorize = visitor.visit(&start).response.header("location").unwrap().to_owned();
    let back = visitor.visit(&authorize).response.header("location").unwrap().to_owned();
    let (address, _) = back.split_once('?').unwrap();
    let state = Url::parse(&back).param("state").unwrap();
    for forged in [
        format!("{address}?code=one-time-code"),
        format!("{address}?error=access_denied"),
        format!("{address}?code=one-time-code&state=guessed"),
        format!("{address}?error=access_denied&state=guessed"),
        format!("{address}?code=one-time-code&state={state}&state={state}"),
        format!("{address}?code=one-time-code&code=other&state={state}"),
        format!("{address}/?code=one-time-code&state={state}"),
        back.replace("/callback", "/Callback"),
    ] {
        let hop = Visitor::new().visit(&forged);
        assert!(matches!(hop.response.status, 400 | 404), "{forged}: {hop:#?}");
    }
    assert_eq!(impostor.forms("/token").len(), 0);
    visitor.follow(&back);
    let _ = running.wait().exited(0);
    assert_eq!(impostor.forms("/token").len(), 1);
    assert!(home.auth_text().contains(impostor::ACCESS));
}
