//! The plugin `oidc` at a certified provider: browser flow and device flow.

use mesheryctl_tests::*;
use serde_json::Value;

use crate::plugins::lifecycle::install_trusted;

/// A login by the plugin `oidc` at this issuer.
pub fn login<'h>(home: &'h Home, issuer: &str) -> Program<'h> {
    if !home.meshery().join("plugins/liboidc-provider.so").exists() {
        install_trusted(home, "oidc-provider", "oidc");
    }
    home.mesheryctl()
        .args(["system", "login", "-p", "oidc", "--set", "client_id=mesheryctl"])
        .args(["--set", &format!("issuer={issuer}")])
}

/// A home that is signed in at this provider, as Ada in a browser.
pub fn signed_in_at(provider: &IdentityProvider) -> Home {
    let home = Home::new();
    let browser = Browser::waiting(&home);
    let running = login(&home, provider.issuer()).spawn();
    let mut visitor = Visitor::new();
    let hops = visitor.follow(&browser.opened());
    provider.sign_in(&mut visitor, &hops, "ada");
    let _ = running.wait().exited(0);
    drop(browser);
    home
}

/// The stored state beside the token.
pub fn kept(home: &Home) -> Value {
    let bytes = std::fs::read(home.meshery().join("auth.json.kept")).unwrap();
    let kept: Value = serde_json::from_slice(&bytes).unwrap();
    serde_json::from_str(kept["kept"].as_str().unwrap()).unwrap()
}

/// The text after this label in the transcript.
pub fn after(said: &str, label: &str) -> String {
    let (_, rest) = said.split_once(label).unwrap_or_else(|| panic!("{label:?} in {said}"));
    rest.split_whitespace().next().unwrap().to_owned()
}

/// The callback URL to which the provider redirects after a sign-in, not yet requested.
fn signed_in_up_to_the_callback(provider: &IdentityProvider, start: &str) -> String {
    let mut visitor = Visitor::new();
    let page = visitor.follow(start);
    let consent = visitor.submit(page.last().unwrap(), &[("login", "ada"), ("password", "any")]);
    let mut hop = visitor.submit_once(consent.last().unwrap(), &[]);
    loop {
        let next = hop.url.join(hop.response.header("location").unwrap());
        if next.path() == "/callback" {
            assert!(!next.to_string().starts_with(provider.issuer()));
            return next.to_string();
        }
        hop = visitor.visit(&next.to_string());
    }
}

fn grants(provider: IdentityProvider) -> Vec<(String, String)> {
    provider.exchanges().into_iter().map(|it| (it.grant, it.error)).collect()
}

fn pair(grant: &str, error: &str) -> (String, String) {
    (grant.to_owned(), error.to_owned())
}

const DEVICE: &str = "urn:ietf:params:oauth:grant-type:device_code";

#[test]
fn a_browser_signs_in_at_a_certified_provider() {
    let Some(provider) = IdentityProvider::start() else { return };
    let home = Home::new();
    let browser = Browser::waiting(&home);
    let running = login(&home, provider.issuer()).spawn();
    let mut visitor = Visitor::new();
    let hops = visitor.follow(&browser.opened());
    let hops = provider.sign_in(&mut visitor, &hops, "ada");
    let output = running.wait().exited(0);
    let page = hops.last().unwrap();
    assert_eq!(page.response.status, 200, "{hops:#?}");
    assert!(page.response.body.contains("Signed in to OpenID"), "{hops:#?}");
    assert!(!page.url.to_string().contains("code="), "the code leaves the address bar: {page:#?}");
    assert!(output.stderr.contains("Signed in to OpenID as ada@example.org"), "{output}");
    let kept = kept(&home);
    assert!(home.auth_text().contains(kept["access"].as_str().unwrap()));
    assert_eq!(kept["subject"], "ada");
    assert!(kept["refresh"].is_string(), "{kept}");
    assert_eq!(home.mode(".meshery/auth.json.kept"), 0o600);
    for secret in ["access", "refresh"] {
        assert!(!output.to_string().contains(kept[secret].as_str().unwrap()), "{output}");
    }
    home.assert_no_process_is_left();
    assert_eq!(grants(provider), [pair("authorization_code", "")]);
}

#[test]
fn a_device_code_signs_in_without_a_local_browser_or_on_request() {
    let cases =
        [(true, &[][..]), (false, &["--device"][..]), (false, &["--set", "flow=device"][..])];
    let homes = cases.map(|_| Home::new());
    let mut logins = Vec::new();
    for ((ssh, args), home) in cases.iter().zip(&homes) {
        let Some(provider) = IdentityProvider::start() else { return };
        let forbidden = Browser::forbidden(home);
        let mut run = login(home, provider.issuer()).args(*args);
        if *ssh {
            run = run.env("SSH_CONNECTION", "192.0.2.1 1 192.0.2.2 22");
        }
        // No terminal is needed: a CI job can print a device code.
        logins.push((provider, forbidden, run.spawn()));
    }
    for (provider, _, running) in &logins {
        let said = running.wait_for_stderr("Enter it within 5 minutes.");
        assert!(said.contains("Enter it only if you started this login."), "{said}");
        let url = after(&said, "Sign in on any device:");
        assert!(!url.contains("user_code"), "the person compares the typed code: {url}");
        let mut visitor = Visitor::new();
        let hops = provider.enter_code(&mut visitor, &url, &after(&said, "Code:"));
        provider.sign_in(&mut visitor, &hops, "ada");
    }
    for ((provider, forbidden, running), home) in logins.into_iter().zip(&homes) {
        let output = running.wait().exited(0);
        assert!(output.stderr.contains("Signed in to OpenID as ada@example.org"), "{output}");
        assert!(home.auth_text().contains(kept(home)["access"].as_str().unwrap()));
        drop(forbidden);
        // Polled until success and never after, which would revoke the sign-in.
        let exchanges = grants(provider);
        let (last, pending) = exchanges.split_last().unwrap();
        assert_eq!(*last, pair(DEVICE, ""), "{exchanges:?}");
        assert!(pending.iter().all(|it| *it == pair(DEVICE, "authorization_pending")));
    }
}

#[test]
fn in_ci_a_device_code_is_shown_only_on_request() {
    let Some(provider) = IdentityProvider::start() else { return };
    let home = Home::new();
    let run = || login(&home, provider.issuer()).env("CI", "true");
    let output = run().run().exited(2);
    assert!(
        output
            .stderr
            .contains("OpenID needs a person to enter a code on another device, but this is CI.")
    );
    let again = format!(
        "Wait anyway:  mesheryctl system login --provider oidc --set 'client_id=mesheryctl' \
         --set 'issuer={}' --device\n",
        provider.issuer()
    );
    assert!(output.stderr.contains(&again), "{output}");
    let running = run().args(["--device"]).spawn();
    running.wait_for_stderr("Code: ");
    running.kill(Signal::INT);
    let _ = running.wait().exited(130);
}

#[test]
fn a_terminal_shows_the_device_code_and_the_remaining_time() {
    let Some(provider) = IdentityProvider::start() else { return };
    let home = Home::new();
    let screen = login(&home, provider.issuer()).args(["--device"]).on_terminal(24, 100);
    screen.wait_for("). Press Ctrl-C to cancel.");
    let shown = screen.contents();
    let (url, code) = (after(&shown, "Sign in on any device:"), after(&shown, "Code:"));
    let page = format!(
        "OpenID: Sign in on any device:  {url}\n\
         OpenID: Code: {code}     Enter it only if you started this login.\n\
         OpenID: Enter it within 5 minutes.\n"
    );
    assert!(shown.starts_with(&format!("{page}Waiting for sign-in (")), "{shown}");
    let mut visitor = Visitor::new();
    let hops = provider.enter_code(&mut visitor, &url, &code);
    provider.sign_in(&mut visitor, &hops, "ada");
    assert_eq!(screen.wait(), 0, "{screen:?}");
    let done = format!("{page}✔ Signed in to OpenID as ada@example.org\n");
    assert!(screen.contents().starts_with(&done), "{}", screen.contents());
}

#[test]
fn a_denial_at_a_certified_provider_ends_a_browser_login_and_a_device_login() {
    let Some(provider) = IdentityProvider::start() else { return };
    let home = Home::new();
    home.write_auth("old bytes");
    let browser = Browser::waiting(&home);
    let running = login(&home, provider.issuer()).spawn();
    let mut visitor = Visitor::new();
    let hops = visitor.follow(&browser.opened());
    let hops = provider.deny(&mut visitor, &hops);
    let output = running.wait().exited(4);
    assert!(
        output
            .stderr
            .contains("Sign-in was denied (End-User aborted interaction). Nothing was saved."),
        "{output}"
    );
    assert!(hops.last().unwrap().response.body.contains("Sign-in was denied"), "{hops:#?}");

    let running = login(&home, provider.issuer()).args(["--device"]).spawn();
    let said = running.wait_for_stderr("Enter it within");
    let (url, code) = (after(&said, "Sign in on any device:"), after(&said, "Code:"));
    let mut visitor = Visitor::new();
    let hops = provider.enter_code(&mut visitor, &url, &code);
    provider.deny(&mut visitor, &hops);
    let output = running.wait().exited(4);
    assert!(
        output
            .stderr
            .contains("Sign-in was denied (End-User aborted interaction). Nothing was saved."),
        "{output}"
    );
    assert_eq!(home.auth_text(), "old bytes");
    let exchanges = grants(provider);
    assert_eq!(exchanges.last(), Some(&pair(DEVICE, "access_denied")), "{exchanges:?}");
    assert_eq!(exchanges.iter().filter(|it| it.1 == "access_denied").count(), 1);
}

#[test]
fn an_unused_device_code_expires_and_is_not_polled_again() {
    let Some(provider) = IdentityProvider::with_device_codes_of(1) else { return };
    let home = Home::new();
    home.write_auth("old bytes");
    let output = login(&home, provider.issuer()).args(["--device"]).run().exited(6);
    assert!(output.stderr.contains("The code expired before it was used to sign in."), "{output}");
    assert_eq!(home.auth_text(), "old bytes");
    assert_eq!(grants(provider), []);
}

#[test]
fn a_code_of_another_sign_in_and_a_used_code_are_rejected() {
    let Some(provider) = IdentityProvider::start() else { return };
    let (ours, theirs) = (Home::new(), Home::new());
    let (our_browser, their_browser) = (Browser::waiting(&ours), Browser::waiting(&theirs));
    let us = login(&ours, provider.issuer()).spawn();
    let them = login(&theirs, provider.issuer()).spawn();
    let callback = signed_in_up_to_the_callback(&provider, &our_browser.opened());
    let their_callback = signed_in_up_to_the_callback(&provider, &their_browser.opened());
    // The state of the other login with this code, as a thief would send it.
    let code = |url: &str| Url::parse(url).param("code").unwrap();
    let injected = their_callback.replace(&code(&their_callback), &code(&callback));
    Visitor::new().follow(&injected);
    let output = them.wait().exited(3);
    assert!(
        output.stderr.contains("OpenID: The identity provider rejected the sign-in: invalid_grant"),
        "{output}"
    );
    assert_eq!(theirs.auth_bytes(), None);

    // This login is not affected, but its code is used.
    Visitor::new().follow(&callback);
    let _ = us.wait().exited(0);
    let form = [
        ("grant_type", "authorization_code"),
        ("client_id", "mesheryctl"),
        ("redirect_uri", callback.split('?').next().unwrap()),
        ("code", &code(&callback)),
        ("code_verifier", &"v".repeat(43)),
    ];
    let form = form.map(|(name, value)| format!("{name}={}", url::encode(value))).join("&");
    let again = http_client::get(&format!("{}/token", provider.issuer())).method("POST").body(form);
    let again = again.header("Content-Type", "application/x-www-form-urlencoded").send();
    assert_eq!(again.status, 400, "{again:?}");
    assert!(again.body.contains("invalid_grant"), "{again:?}");
}

#[test]
fn an_issuer_in_another_spelling_is_another_issuer() {
    let Some(provider) = IdentityProvider::start() else { return };
    let home = Home::new();
    let forbidden = Browser::forbidden(&home);
    let other = provider.issuer().replace("127.0.0.1", "localhost");
    let output = login(&home, &other).run().exited(2);
    assert!(output.stderr.contains("which is another one"), "{output}");
    drop(forbidden);
    // A trailing slash does not change the issuer's address.
    let browser = Browser::waiting(&home);
    let running = login(&home, &format!("{}/", provider.issuer())).spawn();
    let mut visitor = Visitor::new();
    let hops = visitor.follow(&browser.opened());
    provider.sign_in(&mut visitor, &hops, "ada");
    let _ = running.wait().exited(0);
}

#[test]
fn over_ssh_the_callback_url_can_be_pasted() {
    let Some(provider) = IdentityProvider::start() else { return };
    let home = Home::new();
    let run = login(&home, provider.issuer()).args(["--set", "flow=browser"]);
    let screen = run.env("SSH_TTY", "/dev/pts/9").on_terminal(30, 400);
    screen.wait_for("Paste the final URL, or press Ctrl-C to cancel.");
    let shown = screen.contents();
    let address = shown.lines().map(str::trim).find(|it| it.starts_with(provider.issuer()));
    let callback = signed_in_up_to_the_callback(&provider, address.expect("the address"));
    screen.press([Key::Paste(callback.clone()), Key::Enter]);
    assert_eq!(screen.wait(), 0, "{}", screen.contents());
    assert!(home.auth_text().contains(kept(&home)["access"].as_str().unwrap()));
    let code = Url::parse(&callback).param("code").unwrap();
    assert!(!String::from_utf8_lossy(&screen.raw()).contains(&code), "nothing pasted is shown");
}

#[test]
fn the_id_token_can_be_selected_as_the_token() {
    let Some(provider) = IdentityProvider::start() else { return };
    let home = Home::new();
    let browser = Browser::waiting(&home);
    let running = login(&home, provider.issuer()).args(["--set", "token=id"]).spawn();
    let mut visitor = Visitor::new();
    let hops = visitor.follow(&browser.opened());
    provider.sign_in(&mut visitor, &hops, "ada");
    let _ = running.wait().exited(0);
    let auth: Value = serde_json::from_str(&home.auth_text()).unwrap();
    assert_eq!(auth["token"].as_str().unwrap().split('.').count(), 3, "{auth}");
}
