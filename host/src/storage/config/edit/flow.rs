//! Edits of mappings and lists in flow style, `{…}` and `[…]`, JSON among them.

use super::Edit;
use super::scalar::{Place, written};
use super::step::New;
use super::tree::{Entry, Node, Tree, line_break};

/// How flow style is written in a file.
#[derive(Debug)]
pub(super) struct Flow {
    pub(super) place: Place,
    colon: String,
    comma: String,
    /// The indentation of entries that stand on lines of their own.
    unit: Option<String>,
    line_break: &'static str,
}

impl Default for Flow {
    fn default() -> Self {
        let (colon, comma) = (": ".to_owned(), ", ".to_owned());
        Self { place: Place::Flow, colon, comma, unit: None, line_break: "\n" }
    }
}

/// Adds an entry after the last one.
pub(super) fn insert(tree: &Tree, node: &Node, key: Option<&str>, new: &New) -> Edit {
    let flow = Flow::like(tree, node);
    let Some(last) = node.entries().last() else {
        return insert_first(tree, node, flow.pair(key, new, None));
    };
    let margin = tree.margin(last.start());
    let is_in_lines = last.value.is_flow() && tree.is_multi_line(&last.value.span);
    let item = match (margin, is_in_lines) {
        (Some(margin), true) => flow.pair(key, new, Some(margin)),
        _ => flow.pair(key, new, None),
    };
    let (end, closer) = (last.end(), node.span.end - 1);
    match margin {
        Some(margin) if tree.line_end(end) <= closer => {
            let line_break = flow.line_break;
            match comma_after(tree, end, closer) {
                Some(comma) => {
                    let line = format!("{margin}{item},{line_break}");
                    Edit::default().insert(tree.line_end(comma), line)
                }
                None => {
                    let line = format!("{margin}{item}{line_break}");
                    let edit = Edit::default().replace(end..end, ",".to_owned());
                    edit.insert(tree.line_end(end), line)
                }
            }
        }
        Some(margin) if flow.unit.is_some() => {
            let item = format!(",{}{margin}{item}", flow.line_break);
            Edit::default().replace(end..end, item)
        }
        _ => Edit::default().replace(end..end, format!("{}{item}", flow.comma)),
    }
}

/// Writes a value in place of one that is null or empty.
pub(super) fn fill(tree: &Tree, entry: &Entry, new: &New) -> Edit {
    let flow = Flow::like(tree, tree.root.as_ref().unwrap_or(&entry.value));
    let item = flow.render(new, tree.margin(entry.start()));
    match (entry.place_of_value(), entry.value.is_omitted()) {
        (Some(place), true) => Edit::default().replace(place..place, format!(" {item}")),
        (None, true) => {
            let end = entry.end();
            Edit::default().replace(end..end, format!("{}{item}", flow.colon))
        }
        (_, false) => Edit::default().replace(entry.value.span.clone(), item),
    }
}

/// Adds the first entry between brackets on several lines; `None` if they are no such ones, or not of its kind.
pub(super) fn fill_lines(tree: &Tree, node: &Node, new: &New) -> Option<Edit> {
    if !node.is_flow() || !tree.is_multi_line(&node.span) {
        return None;
    }
    let flow = Flow::like(tree, node);
    let item = match (new, node.is_mapping()) {
        (New::Map(members), true) => {
            let [(key, new)] = members.as_slice() else { return None };
            flow.pair(Some(key), new, None)
        }
        (New::List(items), false) => flow.pair(None, items.first()?, None),
        _ => return None,
    };
    Some(insert_first(tree, node, item))
}

/// Removes an entry with the comma that belongs to it.
pub(super) fn remove(tree: &Tree, node: &Node, at: usize) -> Edit {
    let entries = node.entries();
    let entry = &entries[at];
    let (start, end, closer) = (entry.start(), entry.end(), node.span.end - 1);
    let comma = comma_after(tree, end, entries.get(at + 1).map_or(closer, Entry::start));
    let before = at.checked_sub(1).map(|it| entries[it].end());
    let own = tree.margin(start).filter(|_| is_last_of_line(tree, comma.map_or(end, |it| it + 1)));
    let edit = match (own, before, entries.get(at + 1)) {
        _ if entries.len() == 1 && !has_comment_beside(tree, node, entry) => {
            return Edit::default().remove(node.span.start + 1..closer);
        }
        (Some(_), ..) => Edit::default().remove_entry(tree, start, comma.unwrap_or(end).max(end)),
        (None, Some(before), _) if !tree.is_multi_line(&(before..start)) => {
            return Edit::default().remove(before..end);
        }
        (None, _, Some(next)) if !tree.is_multi_line(&(end..next.start())) => {
            return Edit::default().remove(start..next.start());
        }
        (None, ..) => Edit::default().remove(start..comma.map_or(end, |it| it + 1)),
    };
    // In JSON the last entry has no comma.
    let left_over = before.and_then(|before| comma_after(tree, before, start));
    match left_over.filter(|_| at + 1 == entries.len() && comma.is_none()) {
        Some(comma) => edit.remove(comma..comma + 1),
        None => edit,
    }
}

/// Whether a comment stands in the brackets that does not belong to their only entry.
fn has_comment_beside(tree: &Tree, node: &Node, entry: &Entry) -> bool {
    let own = entry.start()..tree.line_end(entry.end());
    let inside = tree.comments.iter().filter(|it| node.span.contains(&it.start));
    inside.into_iter().any(|it| !own.contains(&it.start))
}

fn insert_first(tree: &Tree, node: &Node, item: String) -> Edit {
    let inside = node.span.start + 1..node.span.end - 1;
    let place = if tree.has_comment(&inside) { inside.start..inside.start } else { inside };
    Edit::default().replace(place, item)
}

/// The comma between these bytes that is not in a comment.
fn comma_after(tree: &Tree, from: usize, to: usize) -> Option<usize> {
    let mut commas = tree.text[from..to].match_indices(',').map(|(at, _)| from + at);
    commas.find(|at| !tree.comments.iter().any(|it| it.contains(at)))
}

/// Whether only a comment follows in the line.
fn is_last_of_line(tree: &Tree, at: usize) -> bool {
    let rest = tree.text[at..tree.line_end(at)].trim_start();
    rest.is_empty() || rest.starts_with('#')
}

impl Flow {
    /// How this node is written, or else the first of the file in flow style.
    pub(super) fn like(tree: &Tree, node: &Node) -> Self {
        let nodes = || [Some(node), tree.root.as_ref()].into_iter().flatten();
        let mut flow = Self { line_break: line_break(tree.text), ..Self::default() };
        if let Some((key, colon)) = nodes().find_map(|it| first_pair(tree, it)) {
            flow.place = if key.is_double_quoted() { Place::Json } else { Place::Flow };
            // A colon without a space is one only after a quoted key.
            if flow.place == Place::Json || colon.ends_with(' ') {
                flow.colon = colon.to_owned();
            }
        }
        let comma = if flow.colon.ends_with(' ') { ", " } else { "," };
        flow.comma = nodes().find_map(|it| first_comma(tree, it)).unwrap_or(comma).to_owned();
        flow.unit = nodes().find_map(|it| first_unit(tree, it)).map(str::to_owned);
        flow
    }

    /// A value on one line.
    pub(super) fn inline(&self, new: &New) -> String {
        self.render(new, None)
    }

    fn pair(&self, key: Option<&str>, new: &New, margin: Option<&str>) -> String {
        let value = self.render(new, margin);
        match key {
            Some(key) => format!("{}{}{value}", written(key, self.place), self.colon),
            None => value,
        }
    }

    /// With a margin and a unit of indentation, on several lines.
    fn render(&self, new: &New, margin: Option<&str>) -> String {
        let margin = margin.filter(|_| self.unit.is_some());
        let unit = self.unit.as_deref().unwrap_or_default();
        let deeper = margin.map(|it| format!("{it}{unit}"));
        let (open, close, entries): (_, _, Vec<String>) = match new {
            New::Text(text) => return written(text, self.place),
            New::List(items) => {
                let items = items.iter().map(|it| self.pair(None, it, deeper.as_deref()));
                ('[', ']', items.collect())
            }
            New::Map(members) => {
                let member =
                    |(key, new): &(String, New)| self.pair(Some(key), new, deeper.as_deref());
                ('{', '}', members.iter().map(member).collect())
            }
        };
        match (margin, &deeper) {
            (Some(margin), Some(deeper)) if !entries.is_empty() => {
                let line_break = format!("{}{deeper}", self.line_break);
                let entries = entries.join(&format!(",{line_break}"));
                format!("{open}{line_break}{entries}{}{margin}{close}", self.line_break)
            }
            _ => format!("{open}{}{close}", entries.join(&self.comma)),
        }
    }
}

/// The key of the first pair in flow style, and what stands between it and its value.
fn first_pair<'t>(tree: &'t Tree, node: &'t Node) -> Option<(&'t Node, &'t str)> {
    node.entries().iter().find_map(|entry| {
        let own = entry.key.as_ref().filter(|_| node.is_flow() && !entry.value.is_omitted());
        let gap = own.and_then(|key| tree.text.get(key.span.end..entry.value.start()));
        own.zip(gap.filter(|it| it.starts_with(':') && !it.contains('\n')))
            .or_else(|| first_pair(tree, &entry.value))
    })
}

/// What stands between two entries of one line.
fn first_comma<'t>(tree: &'t Tree, node: &'t Node) -> Option<&'t str> {
    let pairs = node.entries().windows(2).filter(|_| node.is_flow());
    let mut gaps = pairs.filter_map(|pair| tree.text.get(pair[0].end()..pair[1].start()));
    gaps.find(|it| it.trim_matches(' ') == ",")
        .or_else(|| node.entries().iter().find_map(|entry| first_comma(tree, &entry.value)))
}

/// By how much the first entry that stands on a line of its own is indented.
fn first_unit<'t>(tree: &Tree<'t>, node: &Node) -> Option<&'t str> {
    let first = node.entries().first().filter(|_| node.is_flow());
    let own = first.and_then(|first| {
        let line = &tree.text[tree.line_start(node.span.start)..];
        let outer = &line[..line.len() - line.trim_start_matches([' ', '\t']).len()];
        tree.margin(first.start())?.strip_prefix(outer).filter(|it| !it.is_empty())
    });
    own.or_else(|| node.entries().iter().find_map(|entry| first_unit(tree, &entry.value)))
}
