//! A hostile page in the browser of a waiting login: nothing that it does signs in.

use mesheryctl_tests::*;

use crate::sign_in::layer5::{login, printed, saved};

/// A login whose browser has the cookie and is at the provider, and the secrets that a page could guess or steal.
struct Stage<'h> {
    home: &'h Home,
    cloud: Cloud,
    running: Running<'h>,
    chromium: Chromium<'h>,
    start: String,
    nonce: Url,
}

fn set(home: &Home) -> Stage<'_> {
    let cloud = Cloud::start().behaving(CloudBehavior::AlreadySignedIn);
    let running = login(home, &cloud).args(["--no-browser"]).spawn();
    let start = printed(&running.wait_for_stderr("Waiting for sign-in")).to_owned();
    let chromium = Chromium::start(home, Localhost::V4);
    chromium.goto(&start);
    assert!(chromium.cookies().iter().any(|(name, _)| name.starts_with("mesheryctl_")));
    let nonce = Url::parse(&crate::attacks::callback_rules::base64_url(
        cloud.wait_for_request("/login").param("source").unwrap(),
    ));
    Stage { home, cloud, running, chromium, start, nonce }
}

impl Stage<'_> {
    fn at(&self, target: &str) -> String {
        format!("{}{target}", self.nonce.origin())
    }

    /// The true callback still signs in.
    fn still_signs_in(self) {
        assert_eq!(self.home.auth_bytes(), None, "{}", self.running.stderr());
        let cloud = self.cloud.behaving(CloudBehavior::Layer5);
        self.chromium.goto(&self.start);
        let _ = self.running.wait().exited(0);
        assert_eq!(self.home.auth_text(), saved(&cloud.token()));
    }
}

/// Every way in which a page loads another URL without a navigation. Each promise settles.
pub const EMBED: &str = "
    const url = URL;
    const settled = it => new Promise(done => { it.onload = it.onerror = done; setTimeout(done, 10000); });
    const added = (tag, fields) => {
        const it = Object.assign(document.createElement(tag), fields);
        const end = settled(it);
        document.body.append(it);
        return end;
    };
    const form = method => {
        const frame = document.createElement('iframe');
        frame.name = 'f' + method;
        document.body.append(frame);
        const form = Object.assign(document.createElement('form'), {action: url, method, target: frame.name});
        for (const [name, value] of new URL(url).searchParams) {
            form.append(Object.assign(document.createElement('input'), {name, value}));
        }
        document.body.append(form);
        const end = settled(frame);
        form.submit();
        return end;
    };
    const heard = [];
    const fetched = (mode, credentials) => fetch(url, {mode, credentials}).then(
        answer => heard.push(mode + ' ' + answer.type), () => {});
    return Promise.all([
        added('iframe', {src: url}), added('img', {src: url}), added('script', {src: url}),
        added('object', {data: url}), added('embed', {src: url}), added('video', {src: url}),
        added('link', {rel: 'stylesheet', href: url}), added('link', {rel: 'prefetch', href: url}),
        added('link', {rel: 'preload', as: 'fetch', href: url}),
        added('iframe', {src: url, sandbox: 'allow-scripts'}),
        form('get'), form('post'),
        fetched('no-cors', 'include'), fetched('cors', 'include'), fetched('no-cors', 'omit'),
        navigator.serviceWorker ? navigator.serviceWorker.register(url).catch(() => {}) : 0,
        navigator.sendBeacon(url, 'x'),
    ]).then(() => heard);
";

#[test]
fn a_hostile_page_cannot_sign_in_by_frame_script_form_or_prefetch_even_with_the_nonce() {
    if !Chromium::is_available() {
        return;
    }
    let home = Home::new();
    let stage = set(&home);
    let site = HostileSite::showing("<h1>Win a prize</h1>");
    let targets =
        [stage.at("/?token=EVIL"), format!("{}?token=EVIL", stage.nonce), stage.start.clone()];
    for page in [site.url(), site.local_url()] {
        for target in &targets {
            stage.chromium.goto(&page);
            let heard = stage.chromium.script(&EMBED.replace("URL;", &format!("{target:?};")));
            assert_eq!(heard, serde_json::json!([]), "{page} learns that {target} is answered");
            let sent = stage.chromium.sent();
            let refused = sent.iter().filter(|it| matches!(it.status, Some(403 | 405)));
            assert!(refused.count() >= 4, "they should arrive to be refused: {sent:#?}");
            assert_eq!(stage.home.auth_bytes(), None, "{page} {target}");
        }
    }
    stage.still_signs_in();
}

#[test]
fn a_hostile_navigation_only_shows_the_confirmation_which_the_page_cannot_answer() {
    if !Chromium::is_available() {
        return;
    }
    let home = Home::new();
    let stage = set(&home);
    let site = HostileSite::showing("<h1>Win a prize</h1>");
    let forged = stage.at("/?token=EVIL");
    let away = format!("{}/redirect?to={}", site.url(), url::encode(&forged));
    for page in [site.url(), site.local_url()] {
        for script in [
            format!("setTimeout(() => location = {forged:?})"),
            format!("setTimeout(() => location = {away:?})"),
            format!("setTimeout(() => location.replace({forged:?}))"),
            format!(
                "const form = Object.assign(document.createElement('form'), {{action: {forged:?}}});
                 form.append(Object.assign(document.createElement('input'), {{name: 'token', value: 'EVIL'}}));
                 document.body.append(form);
                 setTimeout(() => form.submit())"
            ),
            format!(
                "document.head.append(Object.assign(document.createElement('meta'),
                    {{httpEquiv: 'refresh', content: '0; url=' + {forged:?}}}))"
            ),
        ] {
            stage.chromium.goto(&page);
            stage.chromium.script(&script);
            stage.chromium.wait_for_title("Did you just sign in to Layer5?");
            assert_eq!(stage.chromium.sent().last().unwrap().status, Some(202), "{script}");
            assert!(!stage.chromium.url().contains("EVIL"));
        }
        stage.chromium.goto(&page);
        let popup = stage.chromium.script(&format!(
            "const popup = window.open({forged:?});
             return new Promise(done => setInterval(() => popup.closed && done('out of reach'), 20));"
        ));
        assert_eq!(popup, "out of reach");
    }
    assert_eq!(stage.chromium.tabs().len(), 3, "the popups opened");
    let said = stage.running.stderr();
    assert_eq!(
        said.matches("Confirm this sign-in in your browser.").count(),
        1,
        "said once, not each time: {said}"
    );
    stage.still_signs_in();
}

#[test]
fn a_rebound_host_name_is_refused() {
    if !Chromium::is_available() {
        return;
    }
    let home = Home::new();
    let stage = set(&home);
    let rebound = |url: &str| url.replace("http://localhost", "http://cross-site.example");
    for target in [format!("{}?token=EVIL", stage.nonce), stage.start.clone()] {
        stage.chromium.goto(&rebound(&target));
        assert_eq!(stage.chromium.sent().last().unwrap().status, Some(421), "{target}");
        let said = stage.chromium.text();
        assert_eq!(said, "This request was not accepted.\n\nLook at your terminal.");
    }
    stage.still_signs_in();
}

#[test]
fn cookies_of_another_local_program_neither_authenticate_nor_block_a_callback() {
    if !Chromium::is_available() {
        return;
    }
    let home = Home::new();
    let stage = set(&home);
    let name = format!("mesheryctl_{}", stage.nonce.port);
    let site = HostileSite::showing("");
    for cookie in
        [format!("{name}=guess; Path=/"), format!("{name}=guess; Path=/api"), format!("{name}=")]
    {
        stage.chromium.goto(&format!("{}/toss?cookie={}", site.local_url(), url::encode(&cookie)));
    }
    for forged in ["/?token=EVIL", "/api/user/token?token=EVIL"] {
        stage.chromium.goto(&stage.at(forged));
        assert_eq!(stage.chromium.sent().last().unwrap().status, Some(404), "{forged}");
    }
    stage.still_signs_in();
}

#[test]
fn a_prerendered_callback_does_not_sign_in() {
    if !Chromium::is_available() {
        return;
    }
    let home = Home::new();
    let stage = set(&home);
    let site = HostileSite::showing("");
    // Chromium prerenders for pages that are https or on localhost, with the cookies of localhost.
    stage.chromium.goto(&site.local_url());
    for forged in [stage.at("/?token=EVIL"), format!("{}?token=EVIL", stage.nonce)] {
        stage.chromium.script(&format!(
            "const rules = Object.assign(document.createElement('script'), {{type: 'speculationrules'}});
             const list = [{{source: 'list', urls: [{forged:?}], eagerness: 'immediate'}}];
             rules.textContent = JSON.stringify({{prefetch: list, prerender: list}});
             document.head.append(rules);"
        ));
        let sent = stage.chromium.sent_until(&forged);
        let arrived = sent.iter().find(|it| it.url == forged && it.status.is_some());
        assert_eq!(arrived.unwrap().status, Some(403), "{forged}");
    }
    stage.still_signs_in();
}
