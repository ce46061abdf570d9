//! Rust source as the tests of the structure read it: its imports and conditions, without comments and tests.

use std::collections::BTreeSet;

/// The code of a file without comments, `#[cfg(test)]` modules, and the contents of literals.
pub fn code(source: &str) -> String {
    without_test_modules(&without_comments_and_literals(source))
}

/// The first segment of every `crate::…` path, also in `use crate::{…}` groups. A path of `super::` counts if it reaches
/// the crate root, which is `depth` modules above that of the file, and then names one of these modules.
pub fn imports(code: &str, depth: usize, modules: &[&str]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (at, _) in code.match_indices("crate::") {
        if !ends_in_word(&code[..at]) {
            found.extend(first_segments(&code[at + "crate::".len()..]));
        }
    }
    for (at, _) in code.match_indices("super::") {
        let before = &code[..at];
        if !ends_in_word(before) && !before.ends_with("super::") {
            let (mut rest, mut steps) = (&code[at..], 0);
            while let Some(after) = rest.strip_prefix("super::") {
                (rest, steps) = (after, steps + 1);
            }
            if steps >= depth {
                let segments = first_segments(rest).into_iter();
                found.extend(segments.filter(|it| modules.contains(&it.as_str())));
            }
        }
    }
    found
}

/// The conditions of every `cfg(…)`, `cfg!(…)` and `cfg_attr(…)` that depend on the operating system.
pub fn system_conditions(code: &str) -> Vec<String> {
    let starts = code.match_indices("cfg").filter(|(at, _)| !ends_in_word(&code[..*at]));
    let conditions = starts.filter_map(|(at, _)| {
        let rest = &code[at + "cfg".len()..];
        let rest = rest.strip_prefix("_attr").or(rest.strip_prefix('!')).unwrap_or(rest);
        parenthesized(rest)
    });
    let of_system = conditions.filter(|condition| {
        words(condition).any(|word| {
            matches!(word, "unix" | "windows" | "target_os" | "target_family" | "target_vendor")
        })
    });
    of_system.map(str::to_owned).collect()
}

/// Whether the keyword `unsafe` occurs.
pub fn has_unsafe(code: &str) -> bool {
    words(code).any(|word| word == "unsafe")
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|it: char| !is_word(it))
}

fn is_word(it: char) -> bool {
    it.is_alphanumeric() || it == '_'
}

fn ends_in_word(text: &str) -> bool {
    text.ends_with(is_word)
}

/// `a::b` is `a`; `{a, b::{c}, d}` is `a`, `b` and `d`.
fn first_segments(path: &str) -> Vec<String> {
    let path = path.trim_start();
    let Some(group) = path.strip_prefix('{') else {
        let end = path.find(|it| !is_word(it)).unwrap_or(path.len());
        return vec![path[..end].to_owned()];
    };
    let (mut depth, mut start, mut segments) = (0, 0, Vec::new());
    for (at, character) in group.char_indices() {
        match character {
            '{' => depth += 1,
            '}' if depth > 0 => depth -= 1,
            ',' | '}' if depth == 0 => {
                segments.extend(
                    first_segments(&group[start..at]).into_iter().filter(|it| !it.is_empty()),
                );
                start = at + 1;
                if character == '}' {
                    break;
                }
            }
            _ => {}
        }
    }
    segments
}

/// The text in the parentheses at the start.
fn parenthesized(text: &str) -> Option<&str> {
    enclosed(text, '(', ')')
}

fn enclosed(text: &str, open: char, close: char) -> Option<&str> {
    let inner = text.trim_start().strip_prefix(open)?;
    let mut depth = 1;
    for (at, character) in inner.char_indices() {
        if character == open {
            depth += 1;
        } else if character == close {
            depth -= 1;
            if depth == 0 {
                return Some(&inner[..at]);
            }
        }
    }
    None
}

/// Removes each `#[cfg(test)] mod name { … }`.
fn without_test_modules(code: &str) -> String {
    let (mut result, mut rest) = (String::new(), code);
    while let Some((before, after)) = rest.split_once("#[cfg(test)]") {
        result += before;
        let module = after.trim_start();
        let body = module.find(['{', ';']).filter(|_| module.starts_with("mod "));
        rest = match body {
            Some(at) if module[at..].starts_with('{') => {
                let inner = enclosed(&module[at..], '{', '}').expect("a closed test module");
                &module[at + 1 + inner.len() + 1..]
            }
            _ => after,
        };
    }
    result + rest
}

fn without_comments_and_literals(source: &str) -> String {
    let (mut code, mut rest) = (String::new(), source);
    while let Some(first) = rest.chars().next() {
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |at| at + 2)
        } else if let Some(length) = literal(rest) {
            code += "\"\"";
            length
        } else {
            code.push(first);
            first.len_utf8()
        };
        rest = &rest[length..];
    }
    code
}

/// The length of the string or character literal at the start of the text, if there is one.
fn literal(text: &str) -> Option<usize> {
    if let Some(raw) = text.strip_prefix('r') {
        let hashes = raw.len() - raw.trim_start_matches('#').len();
        let body = raw[hashes..].strip_prefix('"')?;
        let end = format!("\"{}", "#".repeat(hashes));
        return body.find(&end).map(|at| text.len() - body.len() + at + end.len());
    }
    let quote = text.chars().next().filter(|it| matches!(it, '"' | '\''))?;
    let mut characters = text.char_indices().skip(1);
    while let Some((at, character)) = characters.next() {
        if character == '\\' {
            let _ = characters.next();
        } else if character == quote {
            return Some(at + 1);
        } else if quote == '\''
            && !text[at + character.len_utf8()..].starts_with('\'')
            && !text.starts_with("'\\")
        {
            // A lifetime.
            return None;
        }
    }
    None
}
