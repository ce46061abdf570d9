//! The result page in the browser: accessible at every width and in both color schemes.

use std::fs;
use std::path::Path;

use mesheryctl_tests::*;
use serde_json::json;

use crate::sign_in::layer5::{login, printed};

const PHONE: (u32, u32) = (390, 420);
/// The pages that docs/browser-page.md shows.
const PICTURED: [&str; 3] = ["signed-in", "denied", "question"];
const SIZES: [(u32, u32); 3] = [(1280, 800), PHONE, (320, 480)];

/// Runs a login in this tab to the result page for this cloud.
fn end(home: &Home, chromium: &Chromium<'_>, cloud: &Cloud, code: i32) {
    let browser = Browser::waiting(home);
    let running = login(home, cloud).spawn();
    chromium.goto(&browser.opened());
    let _ = running.wait().exited(code);
}

/// Audits the page at every size and color scheme. With `MESHERYCTL_TESTS_PICTURES` it writes the pictures of the docs.
fn look(chromium: &Chromium<'_>, axe: &str, name: &str) {
    chromium.wait_for_animations();
    let policies = chromium.console_messages();
    let broken = policies.iter().find(|it| it.contains("Content Security Policy"));
    assert_eq!(broken, None, "{name}");
    let mut papers = Vec::new();
    for scheme in ["light", "dark"] {
        chromium.prefers(scheme);
        papers.push(chromium.script("return getComputedStyle(document.body).backgroundColor"));
        for (width, height) in SIZES {
            chromium.size(width, height);
            let found =
                chromium.script(&format!("{axe};\nreturn axe.run().then(it => it.violations)"));
            assert_eq!(found, json!([]), "{name}, {scheme}, {width} pixels: {found:#}");
            let needed = chromium.script("return document.documentElement.scrollWidth");
            assert_eq!(needed, width, "{name} scrolls down, never sideways");
        }
        if PICTURED.contains(&name) && std::env::var_os("MESHERYCTL_TESTS_PICTURES").is_some() {
            chromium.size(PHONE.0, PHONE.1);
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/pages");
            fs::create_dir_all(&folder).unwrap();
            fs::write(folder.join(format!("{name}-{scheme}.png")), chromium.picture()).unwrap();
        }
    }
    assert_ne!(papers[0], papers[1], "{name} has a dark form");
    let outline = "return [document.documentElement.lang, document.scripts.length,
        document.querySelectorAll('main h1').length,
        document.querySelector('h1').textContent === document.title]";
    assert_eq!(chromium.script(outline), json!(["en", 0, 1, true]), "{name}");
    let assets = "return performance.getEntriesByType('resource').length";
    assert_eq!(chromium.script(assets), 0, "{name} loads nothing");
}

#[test]
fn every_result_page_passes_the_accessibility_audit_at_every_width_and_color_scheme() {
    let Some(modules) = npm_packages("audit") else { return };
    if !Chromium::is_available() {
        return;
    }
    let axe = fs::read_to_string(modules.join("axe-core/axe.min.js")).unwrap();
    let home = Home::new();
    let chromium = Chromium::start(&home, Localhost::V4);
    end(&home, &chromium, &Cloud::start(), 0);
    look(&chromium, &axe, "signed-in");
    end(&home, &chromium, &Cloud::start().behaving(CloudBehavior::Denies), 4);
    look(&chromium, &axe, "denied");
    end(&home, &chromium, &Cloud::start().issuing("no;token"), 1);
    look(&chromium, &axe, "failed");
    end(&home, &chromium, &Cloud::start().profile_fault(ProfileFault::Refuses), 0);
    look(&chromium, &axe, "saved");

    let cloud = Cloud::start().behaving(CloudBehavior::LosesPath);
    let running = login(&home, &cloud).args(["--no-browser"]).spawn();
    let start = printed(&running.wait_for_stderr("Waiting for sign-in")).to_owned();
    chromium.goto(&format!("{}/?token=EVIL", Url::parse(&start).origin()));
    look(&chromium, &axe, "forged");
    chromium.goto(&start);
    look(&chromium, &axe, "question");
    has_button(&chromium);
}

/// The link looks like a button: filled, bordered, tall enough for a finger, with an outline when the keyboard is on it.
fn has_button(chromium: &Chromium<'_>) {
    let style = "const style = getComputedStyle(document.querySelector('a'));
        const body = getComputedStyle(document.body);
        return [style.display, style.backgroundColor === body.color,
            style.color === body.backgroundColor, style.borderTopStyle, style.textDecorationLine,
            document.querySelector('a').offsetHeight >= 44]";
    let wanted = json!(["inline-block", true, true, "solid", "none", true]);
    assert_eq!(chromium.script(style), wanted);
    let outline = "return getComputedStyle(document.querySelector('a')).outlineStyle";
    assert_eq!(chromium.script(outline), "none");
    chromium.press_key("Tab");
    assert_eq!(
        chromium.script("return document.activeElement.textContent"),
        "Yes, finish signing in"
    );
    assert_eq!(chromium.script(outline), "solid");
    chromium.press_key("Enter");
    chromium.wait_for_title("Signed in to Layer5.");
}
