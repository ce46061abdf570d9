//! Edits of mappings and lists in block style: whole lines are added and removed.

use super::flow::Flow;
use super::scalar::{Place, written};
use super::step::New;
use super::tree::{Entry, Node, Tree, line_break};
use super::{Edit, Obstacle};

/// The indentation of a file whose lines show none: that of the file that the Go CLI writes.
const DEFAULT_STEP: usize = 4;

/// How the file is indented.
struct Layout {
    /// From a key to the keys below it.
    step: usize,
    /// From a key to the dashes of its list.
    offset: usize,
    line_break: &'static str,
}

/// Adds an entry after the last one.
pub(super) fn insert(tree: &Tree, node: &Node, key: Option<&str>, new: &New) -> Option<Edit> {
    let (first, last) = (node.entries().first()?, node.entries().last()?);
    let at = tree.line_end(last.end());
    let layout = Layout::of(tree, node, at);
    let (column, mut lines) = (tree.column(first.start()), String::new());
    // An entry looks like the one before it, but the keys at the top of a file have nothing in common.
    let is_top = tree.root.as_ref().is_some_and(|root| std::ptr::eq(root, node));
    let value = match !is_top && is_filled_flow(&last.value) && matches!(new, New::Map(_)) {
        true => Value::Flow(Flow::like(tree, &last.value).inline(new)),
        false => Value::New(new),
    };
    match key {
        Some(key) => layout.pair(column, key, value, &mut lines),
        None => layout.item(column, gap(tree, last), value, &mut lines),
    }
    Some(Edit::default().insert(at, lines))
}

/// Writes a mapping or a list below a key whose value is empty.
pub(super) fn fill(tree: &Tree, entry: &Entry, new: &New) -> Result<Edit, Obstacle> {
    let (start, end) = (entry.start(), entry.value.span.end);
    let place = entry.place_of_value().ok_or(Obstacle::after_question_mark(start))?;
    let old = place..end.max(place);
    if tree.is_multi_line(&old) {
        return Err(Obstacle { at: start, what: "its empty value is on another line" });
    }
    let at = tree.line_end(old.end);
    let layout = Layout::of(tree, &entry.value, at);
    let mut lines = String::new();
    layout.children(tree.column(start), new, &mut lines);
    let edit = if entry.value.is_omitted() { Edit::default() } else { Edit::default().remove(old) };
    Ok(edit.insert(at, lines))
}

/// The mapping or list below a new file's first line, or below comments.
pub(super) fn begin(tree: &Tree, new: &New) -> Edit {
    let rest = &tree.text[..tree.end];
    let blank = rest.len() - rest.trim_end_matches([' ', '\t']).len();
    let at = tree.end - blank;
    let layout =
        Layout { step: DEFAULT_STEP, offset: DEFAULT_STEP, line_break: line_break(tree.text) };
    let mut lines = String::new();
    layout.members(0, new, &mut lines);
    let edit = if blank == 0 { Edit::default() } else { Edit::default().remove(at..tree.end) };
    edit.insert(at, lines)
}

/// Removes an entry with its lines. The last one leaves an empty mapping or list.
pub(super) fn remove(
    tree: &Tree,
    owner: Option<&Entry>,
    node: &Node,
    entry: &Entry,
) -> Result<Edit, Obstacle> {
    let start = entry.start();
    if tree.margin(start).is_none() || (entry.key.is_some() && entry.mark.is_none()) {
        return Err(Obstacle::after_question_mark(start));
    }
    let edit = Edit::default().remove_entry(tree, start, entry.end());
    if node.entries().len() > 1 {
        return Ok(edit);
    }
    let place =
        owner.and_then(Entry::place_of_value).ok_or(Obstacle::after_question_mark(start))?;
    let empty = if node.is_mapping() { " {}" } else { " []" };
    Ok(edit.replace(place..place, empty.to_owned()))
}

/// Replaces the mapping below a key by a scalar on the line of the key.
pub(super) fn replace_by_scalar(tree: &Tree, entry: &Entry, text: &str) -> Result<Edit, Obstacle> {
    let start = entry.start();
    let place = entry.place_of_value().ok_or(Obstacle::after_question_mark(start))?;
    let lines = tree.line_end(place)..tree.line_end(entry.end());
    let scalar = format!(" {}", written(text, Place::Block));
    Ok(Edit::default().replace(place..place, scalar).remove_entry(tree, lines.start, entry.end()))
}

fn is_filled_flow(node: &Node) -> bool {
    node.is_flow() && !node.entries().is_empty()
}

/// From a dash to what follows it.
fn gap(tree: &Tree, item: &Entry) -> usize {
    let gap = item.mark.map_or(2, |dash| item.value.start().saturating_sub(dash));
    let is_beside = !tree.is_multi_line(&(item.start()..item.value.start().max(item.start())));
    if item.value.is_block() && item.value.is_mapping() && is_beside { gap.max(2) } else { 2 }
}

enum Value<'a> {
    New(&'a New),
    Flow(String),
}

impl Layout {
    /// The layout of the lines in this node, or else in the file.
    fn of(tree: &Tree, node: &Node, at: usize) -> Self {
        let nodes = || [Some(node), tree.root.as_ref()].into_iter().flatten();
        let offset = nodes().find_map(|it| below(tree, it, false));
        let step = nodes().find_map(|it| below(tree, it, true));
        let step = step.or(offset.filter(|it| *it > 0)).unwrap_or(DEFAULT_STEP);
        let line_break = match tree.text[..at].ends_with("\r\n") {
            true => "\r\n",
            false => "\n",
        };
        Self { step, offset: offset.unwrap_or(step), line_break }
    }

    /// The members of a mapping, from this column on.
    fn members(&self, column: usize, new: &New, out: &mut String) {
        match new {
            New::Map(members) => {
                for (key, new) in members {
                    self.pair(column, key, Value::New(new), out);
                }
            }
            New::List(items) => {
                for new in items {
                    self.item(column, 2, Value::New(new), out);
                }
            }
            New::Text(_) => {}
        }
    }

    /// The lines below a key that stands in this column.
    fn children(&self, column: usize, new: &New, out: &mut String) {
        let further = if matches!(new, New::List(_)) { self.offset } else { self.step };
        self.members(column + further, new, out);
    }

    fn pair(&self, column: usize, key: &str, value: Value, out: &mut String) {
        out.push_str(&" ".repeat(column));
        self.rest_of_pair(column, key, value, out);
    }

    fn rest_of_pair(&self, column: usize, key: &str, value: Value, out: &mut String) {
        out.push_str(&written(key, Place::Block));
        out.push(':');
        match value {
            Value::New(new) if has_lines(new) => {
                out.push_str(self.line_break);
                self.children(column, new, out);
            }
            value => {
                out.push(' ');
                self.end(value, out);
            }
        }
    }

    fn item(&self, column: usize, gap: usize, value: Value, out: &mut String) {
        out.push_str(&format!("{}-{}", " ".repeat(column), " ".repeat(gap - 1)));
        match value {
            Value::New(New::Map(members)) if !members.is_empty() => {
                for (at, (key, new)) in members.iter().enumerate() {
                    let margin = if at == 0 { 0 } else { column + gap };
                    out.push_str(&" ".repeat(margin));
                    self.rest_of_pair(column + gap, key, Value::New(new), out);
                }
            }
            value => self.end(value, out),
        }
    }

    /// A value on the line of its key or dash, and the end of the line.
    fn end(&self, value: Value, out: &mut String) {
        match value {
            Value::New(New::Text(text)) => out.push_str(&written(text, Place::Block)),
            Value::New(new) => out.push_str(&Flow::default().inline(new)),
            Value::Flow(text) => out.push_str(&text),
        }
        out.push_str(self.line_break);
    }
}

fn has_lines(new: &New) -> bool {
    match new {
        New::Text(_) => false,
        New::List(items) => !items.is_empty(),
        New::Map(members) => !members.is_empty(),
    }
}

/// How far the keys, or the dashes, below a key of this node are indented; the first that is found.
fn below(tree: &Tree, node: &Node, are_keys: bool) -> Option<usize> {
    node.entries().iter().find_map(|entry| {
        let (value, key) = (&entry.value, tree.column(entry.start()));
        let is_wanted = value.is_block() && value.is_mapping() == are_keys;
        let found = (is_wanted && entry.key.is_some() && !node.is_flow())
            .then(|| tree.column(value.entries().first()?.start()).checked_sub(key));
        found.flatten().or_else(|| below(tree, value, are_keys))
    })
}
