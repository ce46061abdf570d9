//! The public interface of the SDK and of the binary interface, as their documentation states it: `public-api.txt`.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use mesheryctl_tests::*;

const RENEWED_BY: &str =
    "MESHERYCTL_RENEW_TABLES=1 cargo test -p mesheryctl-tests --test packages public_api";

/// The folder of the documentation, which is made anew if a source changed.
fn documentation() -> &'static Path {
    static MADE: OnceLock<PathBuf> = OnceLock::new();
    MADE.get_or_init(|| {
        let mut cargo = cargo();
        cargo.args(["doc", "--quiet", "--no-deps", "--offline", "--locked"]);
        cargo.args(["-p", "mesheryctl-plugin-abi", "-p", "mesheryctl-plugin-sdk"]);
        cargo.args(["--features", "mesheryctl-plugin-sdk/oauth,mesheryctl-plugin-sdk/testing"]);
        let output = cargo.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        target_directory().join("doc")
    })
}

/// An item of a crate: its kind, such as `struct`, its path, and its page.
struct Item {
    kind: String,
    path: String,
    page: String,
}

/// The items that the crate's list of all items has. A page that it does not list is of an earlier run.
fn items(name: &str) -> Vec<Item> {
    let folder = documentation().join(name);
    let all = fs::read_to_string(folder.join("all.html")).unwrap();
    let links = all.split("<a href=\"").skip(1).filter_map(|it| it.split_once('"'));
    let pages = links.filter_map(|(link, _)| {
        let (module, file) = link.rsplit_once('/').unwrap_or(("", link));
        let (kind, item) = file.strip_suffix(".html")?.split_once('.')?;
        let path = [name, module, item].join("/").replace("//", "/").replace('/', "::");
        let page = fs::read_to_string(folder.join(link)).unwrap();
        Some(Item { kind: kind.to_owned(), path, page })
    });
    pages.collect()
}

impl Item {
    /// Its declaration, the functions of its type, and the traits that it implements, without those that every type has.
    fn lines(&self) -> Vec<String> {
        let page = self.page.split("id=\"blanket-implementations\"").next().unwrap();
        let (own, traits) = page.split_once("id=\"trait-implementations\"").unwrap_or((page, ""));
        let mut lines = vec![format!("{} {}", self.kind, self.path)];
        lines.extend(blocks(own, "<pre class=\"rust item-decl\">", "</pre>").map(text));
        lines.extend(blocks(own, "<h4 class=\"code-header\">", "</h4>").map(text));
        let mut implemented: Vec<_> =
            blocks(traits, "<h3 class=\"code-header\">", "</h3>").map(text).collect();
        // Traits that stable Rust has no name for.
        let unstable = ["Freeze", "UnsafeUnpin", "StructuralPartialEq"];
        implemented
            .retain(|it| !unstable.iter().any(|name| it.starts_with(&format!("impl {name} "))));
        implemented.sort();
        lines.extend(implemented);
        lines
    }
}

/// What stands between each `start` and the next `end`.
fn blocks<'a>(page: &'a str, start: &'a str, end: &'a str) -> impl Iterator<Item = &'a str> {
    page.split(start).skip(1).filter_map(move |it| it.split_once(end)).map(|(block, _)| block)
}

/// The text of HTML, on one line.
fn text(html: &str) -> String {
    let html = html.replace("<div", " <div").replace("</div>", "</div> ");
    let mut text = String::new();
    for (index, piece) in html.split('<').enumerate() {
        text += if index == 0 { piece } else { piece.split_once('>').unwrap().1 };
    }
    for (escaped, plain) in [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#39;", "'"),
        ("&nbsp;", " "),
        ("&amp;", "&"),
    ] {
        text = text.replace(escaped, plain);
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn listing() -> String {
    let mut listing =
        format!("# The public interface. A test compares it; written by\n# {RENEWED_BY}\n");
    for name in ["mesheryctl_plugin_abi", "mesheryctl_plugin_sdk"] {
        let mut items = items(name);
        items.sort_by(|a, b| (&a.path, &a.kind).cmp(&(&b.path, &b.kind)));
        for item in items {
            writeln!(listing, "\n{}", item.lines().join("\n    ")).unwrap();
        }
    }
    listing
}

#[test]
fn the_public_interface_is_the_listed_one() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("packages/public-api.txt");
    let found = listing();
    if std::env::var_os("MESHERYCTL_RENEW_TABLES").is_some() {
        fs::write(&file, found).unwrap();
        return;
    }
    let listed = fs::read_to_string(&file).unwrap();
    let only_in = |one: &str, other: &str| -> Vec<String> {
        let others: Vec<&str> = other.lines().collect();
        one.lines().filter(|it| !others.contains(it)).map(str::to_owned).collect()
    };
    assert!(
        found == listed,
        "The public interface changed. A removed or changed line breaks authors: it needs another major version.\n\
         Removed: {:#?}\nAdded: {:#?}\nIf that is right: {RENEWED_BY}",
        only_in(&listed, &found),
        only_in(&found, &listed)
    );
}

#[test]
fn each_struct_and_enum_of_the_sdk_can_grow() {
    // Values without fields, written by their name.
    let values = ["NoAccount", "OpenIdProvider", "RemoteProvider"];
    let mut count = 0;
    for item in items("mesheryctl_plugin_sdk") {
        let name = item.path.rsplit("::").next().unwrap();
        if !["struct", "enum"].contains(&item.kind.as_str()) || values.contains(&name) {
            continue;
        }
        // Rustdoc writes a private field so.
        let declaration = &item.lines()[1];
        let can_grow = declaration.starts_with("#[non_exhaustive]")
            || declaration.contains("/* private fields */");
        assert!(can_grow, "{}: {declaration}", item.path);
        count += 1;
    }
    assert!(count > 20, "{count} types");
}

#[test]
fn each_item_of_the_sdk_has_an_example() {
    let mut count = 0;
    for item in items("mesheryctl_plugin_sdk") {
        if item.kind != "constant" {
            let has_example = item.page.contains("<div class=\"example-wrap\">");
            assert!(has_example, "{} has no example", item.path);
            count += 1;
        }
    }
    assert!(count > 30, "{count} items");
    let landing = documentation().join("mesheryctl_plugin_sdk/index.html");
    let landing = text(&fs::read_to_string(landing).unwrap());
    for part in ["export_provider! ( Acme", "impl Provider for Acme", "#[test]"] {
        let is_there = landing.replace(' ', "").contains(&part.replace(' ', ""));
        assert!(is_there, "the landing page has no {part}");
    }
}
