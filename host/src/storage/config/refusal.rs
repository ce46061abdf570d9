//! The error for an edit that would change something else: where it is prevented, and what to edit by hand.

use super::edit::Obstacle;
use super::{Change, Config, Member, TokenEntry, edit, quoted};
use crate::error::{Code, Error};

/// The error of an obstacle in the last of these versions of a config; the first is what the file contains.
pub(super) fn error(versions: &[Config], obstacle: Obstacle, changes: &[Change]) -> Error {
    let texts: Vec<&str> = versions.iter().map(|it| it.text.as_str()).collect();
    let at = texts.windows(2).rev().fold(obstacle.at, |at, pair| before_edit(pair[0], pair[1], at));
    let (text, path) = (texts.first().copied().unwrap_or_default(), &versions[0].path);
    let (line, column) = position(text, at);
    let by_hand: Vec<String> = changes.iter().map(by_hand).collect();
    let message = format!(
        "The config cannot be edited safely: {}, line {line}, column {column}: {}. Edit the file: {}.",
        path.display(),
        obstacle.what,
        by_hand.join(", and "),
    );
    Error::new(Code::ConfigEditFailed, message).unchanged(path).next(edit(path))
}

/// The byte of the old text that was this one of the new text, or the place of the edit.
fn before_edit(old: &str, new: &str, at: usize) -> usize {
    let same = |pair: &(u8, u8)| pair.0 == pair.1;
    let begins = old.bytes().zip(new.bytes()).take_while(same).count();
    let ends = old.bytes().rev().zip(new.bytes().rev()).take_while(same).count();
    match () {
        () if at <= begins => at,
        () if at + ends >= new.len() => (at + old.len()).saturating_sub(new.len()),
        () => begins,
    }
}

/// The line and the column of a byte, from 1, in characters.
fn position(text: &str, at: usize) -> (usize, usize) {
    let before = &text[..text.floor_char_boundary(at)];
    let line = before.rsplit('\n').next().unwrap_or_default().trim_start_matches('\u{feff}');
    (before.matches('\n').count() + 1, line.chars().count() + 1)
}

/// What a person would do in an editor.
fn by_hand(change: &Change) -> String {
    match change {
        Change::CurrentContext(name) => {
            format!("set {}", quoted(&format!("current-context: {}", name.to_lowercase())))
        }
        Change::AddContext { name, members } => {
            let members: Vec<_> =
                members.iter().map(|(key, it)| format!("{key}: {}", text(it))).collect();
            let line = format!("{}: {{{}}}", name.to_lowercase(), members.join(", "));
            format!("add {} to `contexts`", quoted(&line))
        }
        Change::RemoveContext(name) => format!("remove the context {}", quoted(name)),
        Change::ContextMember { context, key, value } => {
            let line = quoted(&format!("{key}: {value}"));
            format!("set {line} in the context {}", quoted(context))
        }
        Change::AddToken(TokenEntry { name, location }) => {
            let row = quoted(&format!("- {{name: {name}, location: {location}}}"));
            format!("add {row} to the list `tokens`")
        }
        Change::RemoveToken(name) => {
            format!("remove the token {} from the list `tokens`", quoted(name))
        }
    }
}

fn text(member: &Member) -> String {
    match member {
        Member::Text(text) => text.clone(),
        Member::List(items) => format!("[{}]", items.join(", ")),
    }
}
