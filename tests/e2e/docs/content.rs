//! The docs: the commands that they show are commands of the program.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use mesheryctl_tests::*;

const PAGES: [&str; 11] = [
    "README.md",
    "docs/api.md",
    "docs/mock.md",
    "docs/network.md",
    "docs/plugin-guide.md",
    "docs/plugins.md",
    "docs/policy.md",
    "docs/scripts.md",
    "docs/situations.md",
    "docs/storage.md",
    "docs/validate.md",
];

/// The words of each `mesheryctl …` in a page, up to what the shell takes, and of `cargo run … -- …`.
fn commands(page: &str) -> BTreeSet<Vec<String>> {
    let starts = ["mesheryctl ", "cargo run -- "];
    let mut commands = BTreeSet::new();
    for line in page.lines() {
        // In a block the line is the command; in a sentence or a table it stands in backticks.
        let pieces = if line.contains('`') { line.split('`').collect() } else { vec![line] };
        for piece in pieces {
            let piece = piece.trim_start_matches("- run: ");
            let Some(rest) = starts.iter().find_map(|start| piece.strip_prefix(start)) else {
                continue;
            };
            let words = rest.split_whitespace().map(|word| word.replace(['\'', '"'], ""));
            let shell = |word: &String| ["#", "<", "<<<", "|", "&&", ">"].contains(&word.as_str());
            commands.insert(words.take_while(|word| !shell(word)).collect());
        }
    }
    commands
}

#[test]
fn every_command_of_the_docs_is_understood_by_the_program() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let home = Home::new();
    let mut count = 0;
    for page in PAGES {
        for words in commands(&fs::read_to_string(root.join(page)).unwrap()) {
            // With `--help` behind it the program parses the whole line, and does nothing.
            let words: Vec<_> =
                words.iter().map(|word| if word == "SHELL" { "bash" } else { word }).collect();
            let run = home.mesheryctl().args(&words).args(["--help"]).run();
            assert_eq!(run.code, Some(0), "{page}: mesheryctl {}\n{run}", words.join(" "));
            count += 1;
        }
    }
    assert!(count > 30, "{count} commands");
}

#[test]
fn the_readme_has_the_first_command_and_the_test_command() {
    let readme = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../README.md"));
    let lines: BTreeSet<_> = readme.as_deref().unwrap().lines().collect();
    for command in ["cargo run -- system login", "cargo test --workspace"] {
        assert!(lines.contains(command), "{command}");
    }
}

#[test]
fn every_link_between_the_docs_leads_to_a_file_and_a_heading() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut pages = Vec::new();
    for folder in [".", "docs", "docs/decisions"] {
        let Ok(files) = fs::read_dir(root.join(folder)) else { continue };
        pages.extend(
            files.map(|it| it.unwrap().path()).filter(|it| it.extension() == Some("md".as_ref())),
        );
    }
    let mut count = 0;
    for page in pages {
        let text = fs::read_to_string(&page).unwrap();
        let links = text.split("](").skip(1).filter_map(|rest| rest.split_once(')'));
        let links = links.map(|(link, _)| link).filter(|link| !link.contains("://"));
        let sources = text.split("src=\"").chain(text.split("srcset=\"")).skip(1);
        let sources = sources.filter_map(|rest| rest.split_once('"')).map(|(link, _)| link);
        for link in links.chain(sources.filter(|link| link.starts_with("docs/"))) {
            let (file, heading) = link.split_once('#').unwrap_or((link, ""));
            let file =
                if file.is_empty() { page.clone() } else { page.with_file_name("").join(file) };
            assert!(file.exists(), "{} links to {link}", page.display());
            let headings = |text: &str| {
                let lines = text.lines().filter(|line| line.starts_with('#')).map(anchor);
                lines.collect::<BTreeSet<_>>()
            };
            if !heading.is_empty() {
                let there = headings(&fs::read_to_string(&file).unwrap());
                assert!(there.contains(heading), "{} links to {link}: {there:?}", page.display());
            }
            count += 1;
        }
    }
    assert!(count > 40, "{count} links");
}

/// The name under which a heading can be linked to.
fn anchor(heading: &str) -> String {
    let text = heading.trim_start_matches('#').trim().to_lowercase().replace(' ', "-");
    text.chars().filter(|c| c.is_alphanumeric() || *c == '-').collect()
}
