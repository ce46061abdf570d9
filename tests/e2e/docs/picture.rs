//! The picture of the README: a real sign-in, drawn from what the terminal showed.

use std::fs;
use std::path::Path;

use mesheryctl_tests::program::picture::Theme;
use mesheryctl_tests::*;

use crate::plugins::lifecycle::install_as;
use crate::sign_in::layer5::printed;
use crate::sign_in::transcripts::in_a_month;

const LAYER5: &str = "https://cloud.layer5.io";

/// The mock plugin under the name of a company. It is listed, never run.
fn install_acme(home: &Home) {
    let mut library = fs::read(built_library("mock-provider")).unwrap();
    let (from, to) = (b"\"name\": \"Mock\"", b"\"name\": \"Acme\"");
    let at = library.windows(from.len()).position(|it| it == from).unwrap();
    library[at..at + to.len()].copy_from_slice(to);
    let renamed = home.path().join("renamed.so");
    fs::write(&renamed, library).unwrap();
    install_as(home, &renamed, "acme");
}

/// Signs in at Layer5 under its own name, which a proxy leads to a stand-in. The port and the secret of the
/// link differ each time: the picture has a fixed port and an ellipsis.
fn sign_in() -> Picture {
    let home = Home::new();
    install_acme(&home);
    let cloud = Cloud::start().issuing(in_a_month());
    let root = Authority::called("Root");
    let front = TlsFront::before(&cloud.url(), root.certificate_for("cloud.layer5.io"));
    let proxy = Proxy::to(&front);
    let browser = Browser::waiting(&home);
    let run = home.mesheryctl().args(["system", "login"]).env("HTTPS_PROXY", proxy.url());
    let file = home.path().join("root.pem");
    fs::write(&file, root.pem()).unwrap();
    let run = run.env("SSL_CERT_FILE", file);

    let mut picture = Picture::new(
        "A terminal in which mesheryctl signs a person in to Meshery",
        "mesheryctl system login",
    );
    let screen = run.on_terminal(24, 80);
    screen.wait_for("Acme");
    picture.screen(screen.spans());
    screen.press([Key::Enter]);
    let mut visitor = Visitor::new();
    let start = visitor.visit(&browser.opened());
    let to_the_cloud = start.response.header("location").unwrap();
    assert!(to_the_cloud.starts_with(LAYER5), "{to_the_cloud}");
    visitor.follow(&to_the_cloud.replacen(LAYER5, &cloud.url(), 1));
    assert_eq!(screen.wait(), 0, "{screen:?}");
    picture.screen(screen.spans());
    let link = printed(&screen.contents()).to_owned();
    picture.replace(&link, "http://localhost:49821/…");
    picture
}

#[test]
fn the_picture_of_the_readme_is_a_real_run() {
    let picture = sign_in();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let readme = fs::read_to_string(root.join("README.md")).unwrap();
    for (name, theme) in [("login-light.svg", Theme::LIGHT), ("login-dark.svg", Theme::DARK)] {
        let file = format!("docs/pictures/{name}");
        assert!(readme.contains(&file), "README.md shows {file}");
        let drawn = picture.svg(&theme);
        if std::env::var_os(table::RENEW).is_some() {
            fs::create_dir_all(root.join("docs/pictures")).unwrap();
            fs::write(root.join(&file), &drawn).unwrap();
        }
        let kept = fs::read_to_string(root.join(&file)).unwrap_or_default();
        assert_eq!(
            kept,
            drawn,
            "{file} is not what was seen. If the new one is right: \
             {}=1 cargo test -p mesheryctl-tests --test e2e docs::picture",
            table::RENEW
        );
    }
}
