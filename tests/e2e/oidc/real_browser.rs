//! OpenID Connect in a real browser at a certified provider: code flow, device flow, and a hostile page.

use mesheryctl_tests::*;

use crate::attacks::hostile_page::EMBED;
use crate::oidc::certified_provider::{after, kept, login};

/// Signs in on the pages of the provider and allows access.
fn sign_in(chromium: &Chromium<'_>) {
    chromium.fill("input[name=login]", "ada");
    chromium.fill("input[name=password]", "any");
    chromium.click("button[type=submit]");
    chromium.click("form:has([value=consent]) button");
}

#[test]
fn a_real_browser_signs_in_at_a_certified_provider_over_ipv4_and_ipv6_and_keeps_no_code() {
    if !Chromium::is_available() {
        return;
    }
    for family in [Localhost::V4, Localhost::V6] {
        let Some(provider) = IdentityProvider::start() else { return };
        let home = Home::new();
        let browser = Browser::waiting(&home);
        let chromium = Chromium::start(&home, family);
        let running = login(&home, provider.issuer()).spawn();
        chromium.goto(&browser.opened());
        sign_in(&chromium);
        let output = running.wait().exited(0);
        assert!(output.stderr.contains("Signed in to OpenID as ada@example.org"), "{output}");
        assert!(home.auth_text().contains(kept(&home)["access"].as_str().unwrap()));
        assert_eq!(chromium.title(), "Signed in to OpenID.", "{family:?}");

        // The provider's pages load a font over https; the program's pages load nothing.
        let sent = chromium.sent().into_iter().filter(|it| it.url.starts_with("http:"));
        let sent: Vec<_> = sent.collect();
        let asked = sent.iter().find(|it| it.url.contains("/auth?")).unwrap();
        assert!(asked.url.contains("nonce=") && asked.url.contains("state="), "{asked:?}");
        let clean = Url::parse(&chromium.url());
        assert_eq!(clean.host, "127.0.0.1", "as RFC 8252 wants it");
        let ours = format!("http://localhost:{}", clean.port);
        let known = [clean.origin(), ours, provider.issuer().to_owned()];
        assert!(sent.iter().all(|it| known.contains(&Url::parse(&it.url).origin())), "{sent:#?}");
        let history = chromium.history();
        assert!(!history.iter().any(|it| it.contains("code=")), "{history:?}");
        let left = chromium.cookies();
        assert!(!left.iter().any(|(name, _)| name.starts_with("mesheryctl")), "{left:?}");
        // A repeated callback gets no connection.
        let answer = sent.iter().find(|it| it.url.contains("/callback?code=")).unwrap();
        assert_eq!(answer.status, Some(303), "{sent:#?}");
        let why = chromium.try_goto(&answer.url).unwrap_err();
        assert!(why.contains("ERR_CONNECTION_REFUSED"), "{why}");
        drop(chromium);
        home.assert_no_process_is_left();
    }
}

#[test]
fn a_device_code_entered_in_a_real_browser_signs_in() {
    if !Chromium::is_available() {
        return;
    }
    let Some(provider) = IdentityProvider::start() else { return };
    let home = Home::new();
    let chromium = Chromium::start(&home, Localhost::V4);
    let running = login(&home, provider.issuer()).args(["--device"]).spawn();
    let said = running.wait_for_stderr("Enter it within");
    chromium.goto(&after(&said, "Sign in on any device:"));
    chromium.fill("input[name=user_code]", &after(&said, "Code:"));
    chromium.click("[type=submit]");
    chromium.wait_for_title("Device Login Confirmation");
    chromium.click("[type=submit]");
    sign_in(&chromium);
    let output = running.wait().exited(0);
    assert!(output.stderr.contains("Signed in to OpenID as ada@example.org"), "{output}");
}

/// A login whose browser is on the provider's page, with its callback and secrets.
struct Stage<'h> {
    home: &'h Home,
    running: Running<'h>,
    chromium: Chromium<'h>,
    callback: String,
    state: String,
}

fn set<'h>(home: &'h Home, provider: &IdentityProvider) -> Stage<'h> {
    let running = login(home, provider.issuer()).args(["--no-browser"]).spawn();
    let said = running.wait_for_stderr("Waiting for sign-in");
    let chromium = Chromium::start(home, Localhost::V4);
    chromium.goto(&after(&said, "Open this URL in a browser on this computer:"));
    let sent = chromium.sent();
    let asked = Url::parse(&sent.iter().find(|it| it.url.contains("/auth?")).unwrap().url);
    let of = |name: &str| asked.param(name).unwrap();
    Stage { home, running, chromium, callback: of("redirect_uri"), state: of("state") }
}

impl Stage<'_> {
    fn answer_is(&self, status: u64, what: &str) {
        let last = self.chromium.sent().pop().unwrap();
        assert_eq!(last.status, Some(status), "{what}: {last:?}");
        assert_eq!(self.home.auth_bytes(), None, "{what}: {}", self.running.stderr());
    }
}

#[test]
fn requests_of_a_hostile_page_to_the_callback_do_not_prevent_the_sign_in() {
    if !Chromium::is_available() {
        return;
    }
    let Some(provider) = IdentityProvider::start() else { return };
    let home = Home::new();
    let stage = set(&home, &provider);
    let (chromium, callback) = (&stage.chromium, &stage.callback);
    let at_the_provider = chromium.url();
    let site = HostileSite::showing("");
    for forged in [
        format!("{callback}?code=evil"),
        format!("{callback}?code=evil&state=guess"),
        format!("{callback}?code=evil&state="),
        format!("{callback}?error=access_denied"),
        format!("{callback}?error=access_denied&state=guess"),
    ] {
        chromium.goto(&site.url());
        chromium.script(&format!("setTimeout(() => location = {forged:?})"));
        chromium.wait_for_title("This sign-in link has expired or was already used.");
        stage.answer_is(404, &forged);
    }
    // Even the true state is refused from a frame, a script, a prerendered page,
    // and another host name.
    let stolen = format!("{callback}?code=evil&state={}", stage.state);
    for page in [site.url(), site.local_url()] {
        chromium.goto(&page);
        chromium.script(&EMBED.replace("URL;", &format!("{stolen:?};")));
        let sent = chromium.sent();
        let refused = sent.iter().filter(|it| matches!(it.status, Some(403 | 405)));
        assert!(refused.count() >= 4, "they should arrive to be refused: {sent:#?}");
    }
    // Chromium prerenders pages of the same site.
    chromium.goto(&site.local_url().replace("localhost", "127.0.0.1"));
    chromium.script(&format!(
        "const rules = Object.assign(document.createElement('script'), {{type: 'speculationrules'}});
         const list = [{{source: 'list', urls: [{stolen:?}], eagerness: 'immediate'}}];
         rules.textContent = JSON.stringify({{prefetch: list, prerender: list}});
         document.head.append(rules);"
    ));
    let ahead = chromium.sent_until(&stolen);
    assert!(ahead.iter().any(|it| it.url == stolen && it.status == Some(403)), "{ahead:#?}");
    chromium.goto(&stolen.replace("127.0.0.1", "cross-site.example"));
    stage.answer_is(421, "a foreign name");

    chromium.goto(&at_the_provider);
    sign_in(chromium);
    let _ = stage.running.wait().exited(0);
    assert!(home.auth_text().contains(kept(&home)["access"].as_str().unwrap()));
    assert_eq!(chromium.title(), "Signed in to OpenID.");
    let exchanges: Vec<_> = provider.exchanges().into_iter().map(|it| it.error).collect();
    assert_eq!(exchanges, [""], "no forged code was ever exchanged");
}

#[test]
fn a_callback_with_another_issuer_is_not_exchanged_and_the_tab_reports_it() {
    if !Chromium::is_available() {
        return;
    }
    let Some(provider) = IdentityProvider::start() else { return };
    let home = Home::new();
    let stage = set(&home, &provider);
    let site = HostileSite::showing("");
    let mixed_up = format!(
        "{}?code=evil&state={}&iss={}",
        stage.callback,
        stage.state,
        url::encode("https://evil.example.org")
    );
    let away = format!("{}/redirect?to={}", site.url(), url::encode(&mixed_up));
    stage.chromium.goto(&away);
    assert_eq!(stage.chromium.title(), "The sign-in did not finish.");
    stage.answer_is(502, "another issuer");
    let output = stage.running.wait().exited(1);
    assert!(output.stderr.contains("The answer is from another identity provider."), "{output}");
    assert!(!output.to_string().contains("evil"), "{output}");
    let history = stage.chromium.history();
    assert!(!history.iter().any(|it| it.contains("code=")), "{history:?}");
    assert_eq!(provider.exchanges(), []);
}
