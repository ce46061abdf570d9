//! [`Target`]: the part of a file that a step changes, and what stands in the way.

use std::ops::Range;

use super::step::{New, Step};
use super::tree::{Entry, Kind, Node, Tree};
use super::{Edit, Obstacle, block, flow, scalar};

/// What a step changes.
pub(super) enum Target<'t> {
    /// A file without values.
    File(New),
    /// A value that is replaced.
    Value { entry: &'t Entry, is_in_flow: bool, new: New },
    /// A mapping or a list that gets another entry.
    Collection { node: &'t Node, key: Option<&'t str>, new: New },
    /// An entry that is removed from the node of its owner.
    Entry { owner: Option<&'t Entry>, node: &'t Node, at: usize },
}

/// A node on the way of a path, and the entry whose value it is.
struct Spot<'t> {
    owner: Option<&'t Entry>,
    is_in_flow: bool,
    node: &'t Node,
    /// What of the path is missing.
    rest: &'t [String],
}

impl<'t> Target<'t> {
    pub(super) fn find(tree: &'t Tree, step: &'t Step) -> Result<Self, Obstacle> {
        let Some(root) = &tree.root else {
            return Self::in_empty_file(step).ok_or(Obstacle::gone(0));
        };
        match step {
            Step::Put(path, new) => {
                let spot = Spot::reach(tree, root, path)?;
                match spot.owner.filter(|_| spot.rest.is_empty()) {
                    Some(entry) => {
                        let is_in_flow = spot.is_in_flow;
                        Ok(Self::Value { entry, is_in_flow, new: new.clone() })
                    }
                    None => spot.add(new.clone()),
                }
            }
            Step::Push(path, new) => {
                let spot = Spot::reach(tree, root, path)?;
                let is_list = !spot.node.is_mapping() && !spot.node.entries().is_empty();
                match spot.rest.is_empty() && is_list {
                    true => Ok(Self::Collection { node: spot.node, key: None, new: new.clone() }),
                    false => spot.add(New::List(vec![new.clone()])),
                }
            }
            Step::Remove(path) => {
                let (name, parents) = path.split_last().ok_or(Obstacle::gone(0))?;
                let spot = Spot::reach(tree, root, parents)?;
                let found = spot.node.entries().iter().position(|it| it.name() == Some(name));
                spot.remove(tree, found)
            }
            Step::RemoveItem(path, at) => Spot::reach(tree, root, path)?.remove(tree, Some(*at)),
        }
    }

    fn in_empty_file(step: &Step) -> Option<Self> {
        match step {
            Step::Put(path, new) => Some(Self::File(nested(path, new.clone()))),
            Step::Push(path, new) => Some(Self::File(nested(path, New::List(vec![new.clone()])))),
            Step::Remove(_) | Step::RemoveItem(..) => None,
        }
    }

    /// Where the first character stands that will be changed, or its neighbour.
    pub(super) fn start(&self, tree: &Tree) -> usize {
        match self {
            Self::File(_) => tree.end,
            Self::Value { entry, .. } => entry.start(),
            Self::Collection { node, .. } => {
                node.entries().last().map_or(node.start(), Entry::start)
            }
            Self::Entry { node, at, .. } => node.entries()[*at].start(),
        }
    }

    /// The edit of the text.
    pub(super) fn edit(&self, tree: &Tree) -> Result<Edit, Obstacle> {
        match self {
            Self::File(new) => Ok(block::begin(tree, new)),
            Self::Value { entry, is_in_flow, new: New::Text(text) } => {
                set(tree, entry, *is_in_flow, text)
            }
            Self::Value { entry, is_in_flow, new } => {
                match (flow::fill_lines(tree, &entry.value, new), is_in_flow) {
                    (Some(edit), _) => Ok(edit),
                    (None, true) => Ok(flow::fill(tree, entry, new)),
                    (None, false) => block::fill(tree, entry, new),
                }
            }
            Self::Collection { node, key, new } => match node.is_flow() {
                true => Ok(flow::insert(tree, node, *key, new)),
                false => block::insert(tree, node, *key, new).ok_or(Obstacle::gone(node.start())),
            },
            Self::Entry { owner, node, at, .. } => match node.is_flow() {
                true => Ok(flow::remove(tree, node, *at)),
                false => block::remove(tree, *owner, node, &node.entries()[*at]),
            },
        }
    }

    /// The lines that may differ after the edit, as bytes of the text: first the line of a key whose value becomes empty. They
    /// are not derived from the edit, which is compared with them.
    pub(super) fn lines(&self, tree: &Tree) -> (Option<Range<usize>>, Range<usize>) {
        let whole = |from: usize, to: usize| tree.line_start(from)..tree.line_end(to);
        let lines = match self {
            Self::File(_) => tree.line_start(tree.end)..tree.end,
            Self::Value { entry, .. } => whole(entry.start(), entry.end()),
            Self::Collection { node, .. } => match node.entries().last() {
                Some(last) if !node.is_flow() => {
                    let at = tree.line_end(last.end());
                    at..at
                }
                Some(last) => whole(last.start(), node.span.end),
                None => whole(node.span.start, node.span.end),
            },
            Self::Entry { node, at, .. } if node.is_flow() => {
                let entries = node.entries();
                let from = if *at == 0 { node.span.start } else { entries[at - 1].end() };
                whole(from, entries.get(at + 1).map_or(node.span.end, Entry::start))
            }
            Self::Entry { owner, node, at } => {
                let entry = &node.entries()[*at];
                let owner = owner.filter(|_| node.entries().len() == 1);
                let head = owner.and_then(Entry::place_of_value).map(|place| whole(place, place));
                return (head, whole(entry.start(), entry.end()));
            }
        };
        (None, lines)
    }

    /// The bytes whose comments belong to what is removed: those of a replaced value, and the lines of an entry.
    pub(super) fn removed(&self, tree: &Tree) -> Range<usize> {
        match self {
            Self::File(_) | Self::Collection { .. } => tree.end..tree.end,
            Self::Value { entry, new: New::Text(_), .. } if entry.value.is_block() => {
                tree.line_end(entry.start())..tree.line_end(entry.end())
            }
            Self::Value { entry, new: New::Text(_), .. } => entry.value.span.clone(),
            Self::Value { .. } => 0..0,
            Self::Entry { node, at, .. } => {
                let entry = &node.entries()[*at];
                entry.start()..tree.line_end(entry.end())
            }
        }
    }
}

impl<'t> Spot<'t> {
    /// Follows a path as far as its members exist.
    fn reach(tree: &Tree, root: &'t Node, path: &'t [String]) -> Result<Self, Obstacle> {
        let mut spot = Self { owner: None, is_in_flow: root.is_flow(), node: root, rest: path };
        check(tree, root)?;
        while let Some((name, rest)) = spot.rest.split_first() {
            let Some(entry) = spot.node.pair(name) else { break };
            if let Some(tag) = entry.key.as_ref().and_then(|it| it.properties.as_ref()) {
                return Err(Obstacle {
                    at: tag.span.start,
                    what: "its key has a tag or an anchor",
                });
            }
            check(tree, &entry.value)?;
            let is_in_flow = spot.node.is_flow();
            spot = Self { owner: Some(entry), is_in_flow, node: &entry.value, rest };
        }
        Ok(spot)
    }

    /// The target that adds what is missing of the path.
    fn add(self, new: New) -> Result<Target<'t>, Obstacle> {
        let is_empty = match &self.node.kind {
            Kind::Collection { entries, .. } => entries.is_empty(),
            Kind::Scalar { .. } => self.node.is_null(),
            Kind::Alias => false,
        };
        match (self.owner, self.rest.split_first()) {
            (Some(entry), _) if is_empty => {
                let new = nested(self.rest, new);
                Ok(Target::Value { entry, is_in_flow: self.is_in_flow, new })
            }
            (_, Some((key, rest))) if self.node.is_mapping() => {
                let new = nested(rest, new);
                Ok(Target::Collection { node: self.node, key: Some(key), new })
            }
            _ => Err(Obstacle { at: self.node.start(), what: "nothing can be added here" }),
        }
    }

    fn remove(self, tree: &Tree, at: Option<usize>) -> Result<Target<'t>, Obstacle> {
        let found = at.filter(|at| self.rest.is_empty() && *at < self.node.entries().len());
        let at = found.ok_or(Obstacle::gone(self.node.start()))?;
        let entry = &self.node.entries()[at];
        let removed = entry.start()..entry.end();
        let outside = tree.aliases.iter().filter(|(_, at)| !removed.contains(at));
        let named: Vec<usize> = outside.map(|(anchor, _)| *anchor).collect();
        if let Some(anchor) = anchor_in(entry, &named) {
            return Err(Obstacle { at: anchor, what: "an alias elsewhere repeats this" });
        }
        Ok(Target::Entry { owner: self.owner, node: self.node, at })
    }
}

/// Replaces the value of a pair by a string.
fn set(tree: &Tree, entry: &Entry, is_in_flow: bool, text: &str) -> Result<Edit, Obstacle> {
    let (value, at) = (&entry.value, entry.value.span.start);
    let is_json = is_in_flow && entry.key.as_ref().is_some_and(Node::is_double_quoted);
    let place = match (is_json, is_in_flow) {
        (true, _) => scalar::Place::Json,
        (false, true) => scalar::Place::Flow,
        (false, false) => scalar::Place::Block,
    };
    match &value.kind {
        Kind::Alias => Err(Obstacle { at, what: "an alias stands here" }),
        Kind::Scalar { .. } if value.is_omitted() && is_in_flow => {
            Ok(flow::fill(tree, entry, &New::Text(text.to_owned())))
        }
        Kind::Scalar { .. } if value.is_omitted() => {
            let start = entry.start();
            let at = entry.place_of_value().ok_or(Obstacle::after_question_mark(start))?;
            Ok(Edit::default().replace(at..at, format!(" {}", scalar::written(text, place))))
        }
        Kind::Scalar { .. } if tree.is_multi_line(&(entry.start()..value.span.end)) => {
            Err(Obstacle { at: entry.start(), what: "its text has several lines" })
        }
        Kind::Scalar { style, .. } => {
            let new = scalar::rewritten(text, *style, place);
            Ok(Edit::default().replace(value.span.clone(), new))
        }
        Kind::Collection { is_mapping: false, .. } => {
            Err(Obstacle { at, what: "a list stands here" })
        }
        Kind::Collection { is_flow: true, .. } => {
            Ok(Edit::default().replace(value.span.clone(), scalar::written(text, place)))
        }
        Kind::Collection { .. } => block::replace_by_scalar(tree, entry, text),
    }
}

/// The new value below the keys that are missing.
fn nested(path: &[String], new: New) -> New {
    path.iter().rev().fold(new, |new, key| New::Map(vec![(key.clone(), new)]))
}

/// Checks that a change of this node changes nothing else.
fn check(tree: &Tree, node: &Node) -> Result<(), Obstacle> {
    let blocked = |at, what| Err(Obstacle { at, what });
    let shared = |anchor: usize| tree.aliases.iter().any(|(named, _)| *named == anchor);
    match &node.properties {
        _ if matches!(node.kind, Kind::Alias) => blocked(node.start(), "an alias stands here"),
        Some(it) if it.is_tagged => blocked(it.span.start, "a tag stands here"),
        Some(it) if it.anchor.is_some_and(shared) => {
            blocked(it.span.start, "an alias elsewhere repeats this")
        }
        _ => Ok(()),
    }
}

/// Where an anchor of these stands in an entry.
fn anchor_in(entry: &Entry, named: &[usize]) -> Option<usize> {
    let nodes = [entry.key.as_ref(), Some(&entry.value)].into_iter().flatten();
    nodes
        .filter_map(|it| it.properties.as_ref())
        .find_map(|it| it.anchor.filter(|anchor| named.contains(anchor)).map(|_| it.span.start))
        .or_else(|| entry.value.entries().iter().find_map(|it| anchor_in(it, named)))
}
