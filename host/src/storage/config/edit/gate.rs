//! What is checked of an edited text before it is written: values by a second parse, comments by another lexer, lines by their
//! bytes. What may differ follows from the target, not from the edit.

use std::ops::Range;

use serde_json::Value;
use yaml_edit::SyntaxKind;

use crate::storage::config::shape;

/// What must be so after an edit.
pub(super) struct Expected<'a> {
    pub(super) old: &'a str,
    pub(super) values: Option<Value>,
    /// The lines of the old text that may differ: a line before the others, and the others.
    pub(super) lines: (Option<Range<usize>>, Range<usize>),
    /// The bytes whose comments may go.
    pub(super) removed: Range<usize>,
}

impl Expected<'_> {
    /// Whether the new text has exactly these values and comments, and every other line unchanged. Both texts end with a line
    /// end; `written` is the new one as the file will contain it. `gone` is what the edit removes.
    pub(super) fn is_met_by(&self, new: &str, written: &str, gone: &[Range<usize>]) -> bool {
        self.values.is_some()
            && values(written) == self.values
            && self.has_all_other_comments(new, gone)
            && self.has_all_other_lines(new)
    }

    fn has_all_other_comments(&self, new: &str, gone: &[Range<usize>]) -> bool {
        let (Some(old), Some(new)) = (comments(self.old), comments(new)) else { return false };
        let is_gone = |it: &&(usize, &str)| gone.iter().any(|gone| gone.contains(&it.0));
        let (lost, kept): (Vec<&(usize, &str)>, Vec<_>) = old.iter().partition(is_gone);
        lost.iter().all(|it| self.removed.contains(&it.0))
            && new.iter().map(|it| it.1).eq(kept.iter().map(|it| it.1))
    }

    /// Whether every line that may not differ is there, in its place and byte for byte.
    fn has_all_other_lines(&self, new: &str) -> bool {
        let (head, lines) = &self.lines;
        let first = head.as_ref().unwrap_or(lines);
        let begins = new.strip_prefix(&self.old[..first.start]);
        let middle = begins.and_then(|it| it.strip_suffix(&self.old[lines.end..]));
        match (middle, head) {
            (None, _) => false,
            (Some(_), None) => true,
            (Some(middle), Some(head)) => {
                let kept = &self.old[head.end..lines.start];
                let ends = middle.match_indices('\n').map(|(at, _)| at + 1);
                ends.into_iter().any(|at| middle[at..].starts_with(kept))
            }
        }
    }
}

pub(super) fn values(text: &str) -> Option<Value> {
    shape::read(text).ok().flatten()
}

/// The comments of a text, and where each begins.
fn comments(text: &str) -> Option<Vec<(usize, &str)>> {
    // No comment begins with another character, so a text without it is not read a third time.
    if !text.contains('#') {
        return Some(Vec::new());
    }
    let (mut found, mut at) = (Vec::new(), 0);
    for (kind, token) in yaml_edit::lex(text) {
        if kind == SyntaxKind::COMMENT {
            found.push((at, token));
        }
        at += token.len();
    }
    (at == text.len()).then_some(found)
}

#[cfg(test)]
mod tests;
