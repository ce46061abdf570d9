//! The guide for authors. Its Rust is compiled by the doc tests of this crate, its commands are tested with those of the other pages.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use mesheryctl_core::manifest::Manifest;

fn file(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)).unwrap()
}

/// The language and the content of each block of the guide.
fn blocks() -> Vec<(String, String)> {
    let guide = file("docs/plugin-guide.md");
    let blocks = guide.split("```").skip(1).step_by(2).map(|block| {
        let (language, content) = block.split_once('\n').unwrap();
        (language.to_owned(), content.to_owned())
    });
    blocks.collect()
}

#[test]
fn each_block_of_the_guide_has_a_language() {
    let languages: BTreeSet<_> = blocks().into_iter().map(|(language, _)| language).collect();
    // Without one, rustdoc would compile it; with `rust,ignore` it would not.
    let known = ["json", "rust", "sh", "text", "toml"].map(str::to_owned);
    assert_eq!(languages, BTreeSet::from(known));
}

#[test]
fn each_manifest_of_the_guide_is_valid() {
    let mut count = 0;
    for (language, content) in blocks() {
        let manifest = match language.as_str() {
            "json" => &content,
            "rust" => match content.split_once("export_provider!(\n") {
                Some((_, call)) => call.split_once("r#\"").unwrap().1.split_once("\"#").unwrap().0,
                None => continue,
            },
            _ => continue,
        };
        Manifest::parse_strictly(manifest).unwrap();
        count += 1;
    }
    assert_eq!(count, 4);
}

#[test]
fn the_guide_names_each_call_of_a_session_and_each_kind_of_a_new_plugin() {
    let guide = file("docs/plugin-guide.md");
    let session = file("core/src/session.rs");
    let (_, session) = session.split_once("pub trait Session {").unwrap();
    let calls = session.split_once("\n}").unwrap().0.split("\n    fn ").skip(1);
    let names: Vec<_> = calls.map(|it| it.split_once('(').unwrap().0).collect();
    assert!(names.len() > 10, "{names:?}");
    for name in names {
        assert!(guide.contains(&format!("`{name}(")), "{name}");
    }
    for kind in ["remote", "oidc", "key", "custom"] {
        assert!(guide.contains(&format!("\n| `{kind}` | ")), "{kind}");
    }
}

#[test]
fn the_guide_says_how_many_lines_of_code_each_example_has() {
    let guide = file("docs/plugin-guide.md");
    for example in ["remote", "oidc", "key", "hello"] {
        let code = file(&format!("plugin-sdk/examples/{example}/src/lib.rs"));
        let is_code = |line: &&str| {
            let no_code = ["//", "use ", "#[cfg(test)]", "mod tests;"];
            !line.trim().is_empty() && !no_code.iter().any(|it| line.trim().starts_with(it))
        };
        let lines = match code.lines().filter(is_code).count() {
            1 => "1 line".to_owned(),
            lines => format!("{lines} lines"),
        };
        assert!(guide.contains(&format!("| {lines} | [`{example}`](")), "{example}: {lines}");
    }
}
