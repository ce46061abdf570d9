//! Edits of the text of a config.yaml: the lines that a change needs, and no other byte. An edit that cannot do so is
//! refused.

mod block;
mod flow;
mod gate;
pub(super) mod scalar;
mod step;
mod target;
mod tree;

use std::ops::Range;

pub(super) use step::{New, Step};
pub(super) use tree::{Entry, Node, Tree};

use gate::Expected;
use target::Target;

/// What stands in the way of an edit, as the end of a sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Obstacle {
    /// The byte where it stands.
    pub(super) at: usize,
    pub(super) what: &'static str,
}

impl Obstacle {
    fn after_question_mark(at: usize) -> Self {
        Self { at, what: "its key is not written as `key:` on a line" }
    }

    fn gone(at: usize) -> Self {
        Self { at, what: "it is not here" }
    }
}

/// The text of this tree after this step.
///
/// # Errors
/// What stands in the way. The edited text is read again: it has the expected values, comments and lines.
pub(super) fn apply(tree: Tree, step: &Step) -> Result<String, Obstacle> {
    let text = tree.text;
    if let Some(at) = lone_carriage_return(text) {
        return Err(Obstacle { at, what: "a carriage return stands without a line feed" });
    }
    // The last line is edited as any other. It gets a line end, which is removed at the end.
    let last = text[tree::line_start(text, text.len())..].trim_start_matches('\u{feff}');
    let missing = if last.trim().is_empty() { "" } else { tree::line_break(text) };
    let whole = format!("{text}{missing}");
    let tree = if missing.is_empty() { tree } else { Tree::read(&whole)? };
    let target = Target::find(&tree, step)?;
    let edit = target.edit(&tree)?;
    let changed =
        Obstacle { at: target.start(&tree), what: "the edit would change something else" };
    let new = edit.applied(&whole).ok_or(changed)?;
    let ended = new.strip_suffix(missing).ok_or(changed)?;
    // A line end would become part of the text block.
    if let Some(at) = tree.last_block.filter(|_| !missing.is_empty() && !ended.ends_with(last)) {
        return Err(Obstacle { at, what: "the text that ends the file has no line end" });
    }
    let expected = Expected {
        old: &whole,
        values: step.applied(gate::values(text).unwrap_or_default()),
        lines: target.lines(&tree),
        removed: target.removed(&tree),
    };
    match expected.is_met_by(&new, ended, &edit.gone()) {
        true => Ok(ended.to_owned()),
        false => Err(changed),
    }
}

/// A carriage return that is not part of a line end: every reader treats it in another way.
fn lone_carriage_return(text: &str) -> Option<usize> {
    text.match_indices('\r').map(|(at, _)| at).find(|at| !text[*at..].starts_with("\r\n"))
}

/// Replacements of bytes of a text.
#[derive(Debug, Default)]
struct Edit(Vec<(Range<usize>, String)>);

impl Edit {
    fn replace(mut self, place: Range<usize>, text: String) -> Self {
        self.0.push((place, text));
        self
    }

    fn insert(self, at: usize, text: String) -> Self {
        self.replace(at..at, text)
    }

    fn remove(self, place: Range<usize>) -> Self {
        self.replace(place, String::new())
    }

    /// Removes the lines of an entry, with the comments between them and at their ends.
    fn remove_entry(self, tree: &Tree, start: usize, end: usize) -> Self {
        self.remove(tree.line_start(start)..tree.line_end(end))
    }

    /// The bytes that it removes.
    fn gone(&self) -> Vec<Range<usize>> {
        self.0.iter().map(|(place, _)| place.clone()).collect()
    }

    /// The text with these replacements; `None` if they overlap.
    fn applied(&self, text: &str) -> Option<String> {
        let mut splices: Vec<_> = self.0.iter().collect();
        splices.sort_by_key(|(place, _)| (place.start, place.end));
        let (mut new, mut from) = (String::new(), 0);
        for (place, inserted) in splices {
            new.push_str(text.get(from..place.start)?);
            new.push_str(inserted);
            from = place.end;
        }
        new.push_str(text.get(from..)?);
        Some(new)
    }
}

#[cfg(test)]
mod tests;
