//! What each change may do to the pieces of a file. The new text is compared byte for byte, but for one place: the new value or
//! entry, whose text is taken over.

use super::pieces::{List, Owner, Piece, Pieces, Role};
use super::sample::{Sample, Style};

impl Sample {
    /// The new value of a member. `is_empty` tells whether the context is null or empty.
    pub fn set(&mut self, owner: Owner, key: &'static str, is_empty: bool, new: &str) {
        let list = self.styles[List::Contexts as usize];
        if let Some(at) = self.pieces.position(owner, &Role::Value(key)) {
            let pieces = &mut self.pieces.0;
            pieces.retain(|it| it.owner != owner || it.role != Role::Legacy(key));
            pieces.remove(at);
            let text = self.pieces.hole(at, new);
            self.pieces.0.insert(at, Piece::new(text, owner, Role::Value(key)));
        } else if is_empty && list == Some(Style::Block) {
            let at = self.pieces.position(owner, &Role::Null).expect("an empty context");
            self.pieces.0[at].text.clear();
            let line = self.pieces.hole(at + 2, new);
            self.insert_line(at + 2, owner, key, &line);
        } else if is_empty {
            let at = self.pieces.position(owner, &Role::Null).expect("an empty context");
            self.pieces.0.remove(at);
            let text = self.pieces.hole(at, new);
            self.pieces.0.insert(at, Piece::new(text, owner, Role::Content));
            self.opaque.push(owner);
        } else if let Some(at) = self.pieces.position(owner, &Role::CloseContext) {
            let text = self.pieces.hole(at, new);
            let colon =
                text.find(key).map(|found| found + text[found..].find(':').expect("a colon") + 1);
            let colon = colon.expect("the key");
            let space = text[colon..].len() - text[colon..].trim_start_matches(' ').len();
            let (head, value) = text.split_at(colon + space);
            self.pieces.0.insert(at, Piece::new(value, owner, Role::Value(key)));
            self.pieces.0.insert(at, Piece::new(head, owner, Role::Content));
        } else {
            let at = self.pieces.range(owner).end() + 1;
            let line = self.pieces.hole(at, new);
            self.insert_line(at, owner, key, &line);
        }
    }

    fn insert_line(&mut self, at: usize, owner: Owner, key: &'static str, line: &str) {
        let (head, rest) = line.split_once(": ").expect("a pair");
        assert_eq!(head.trim_start(), key);
        let value = rest.trim_end_matches(['\r', '\n']);
        let pieces = [
            Piece::new(format!("{head}: "), owner, Role::Content),
            Piece::new(value, owner, Role::Value(key)),
            Piece::new(&rest[value.len()..], owner, Role::Content),
        ];
        self.pieces.0.splice(at..at, pieces);
    }

    pub fn set_current(&mut self, new: &str) {
        const KEY: &str = "current-context";
        if self.pieces.find(&Role::Value(KEY)).is_some() {
            return self.set(Owner::File, KEY, false, new);
        }
        let at = self.end();
        let text = self.pieces.hole(at, new);
        let colon = text.find(KEY).expect("the key") + KEY.len();
        let value = colon + text[colon..].find(':').expect("a colon") + 1;
        let value = value + (text[value..].len() - text[value..].trim_start_matches(' ').len());
        let end = text.trim_end_matches(['\r', '\n']).len();
        let pieces = [
            Piece::new(&text[..value], Owner::File, Role::Content),
            Piece::new(&text[value..end], Owner::File, Role::Value(KEY)),
            Piece::new(&text[end..], Owner::File, Role::Content),
        ];
        self.pieces.0.splice(at..at, pieces);
    }

    /// Where another key of the file is added.
    fn end(&self) -> usize {
        match self.pieces.find(&Role::CloseFile) {
            Some(at) => at,
            None => {
                self.pieces.0.iter().rposition(|it| it.role != Role::Comment).map_or(0, |at| at + 1)
            }
        }
    }

    pub fn remove(&mut self, owner: Owner, list: List, new: &str) {
        let style = self.styles[list as usize].expect("a list");
        let owners = self.pieces.owners(list);
        let (first, last) = (owners.first() == Some(&owner), owners.last() == Some(&owner));
        let range = self.pieces.range(owner);
        match style {
            Style::Block => drop(self.pieces.0.drain(range)),
            Style::Inline => {
                let (start, end) = (*range.start(), *range.end());
                match (first, last) {
                    (true, true) => drop(self.pieces.0.drain(range)),
                    (true, false) => drop(self.pieces.0.drain(start..=end + 1)),
                    (false, _) => drop(self.pieces.0.drain(start - 1..=end)),
                }
            }
            Style::Lines => {
                let is_comma = |it: &&Piece| it.owner == owner && it.role == Role::Comma;
                let had_comma =
                    self.pieces.0.iter().find(is_comma).is_some_and(|it| it.text == ",");
                self.pieces.0.drain(range);
                if last && !first && !had_comma {
                    let before = owners[owners.len() - 2];
                    let at = self.pieces.position(before, &Role::Comma).expect("a comma");
                    self.pieces.0[at].text.clear();
                }
            }
        }
        if owners.len() == 1 {
            self.empty(list, style);
        }
        assert_eq!(self.pieces.text(), new);
        self.names.retain(|(it, _)| *it != owner);
    }

    fn empty(&mut self, list: List, style: Style) {
        let brackets = if list == List::Contexts { "{}" } else { "[]" };
        if style == Style::Block {
            let at = self.pieces.find(&Role::Empty(list)).expect("a head");
            self.pieces.0[at].text = format!(" {brackets}");
            return;
        }
        let open = self.pieces.find(&Role::Open(list)).expect("a bracket");
        let close = self.pieces.find(&Role::Close(list)).expect("a bracket");
        assert_eq!(close, open + 1);
        if self.is_flow {
            let text = self.pieces.0[open].text.trim_end().to_owned();
            self.pieces.0[open].text = text;
            self.pieces.0[close].text = brackets[1..].to_owned();
        } else {
            self.pieces.0.remove(close);
            self.pieces.0[open] =
                Piece::new(format!(" {brackets}"), Owner::File, Role::Empty(list));
            self.styles[list as usize] = Some(Style::Block);
        }
    }

    /// A new entry, the last of its list.
    pub fn add(&mut self, owner: Owner, list: List, keys: &[&'static str], new: &str) {
        let last = self.pieces.last_of(list);
        match (self.styles[list as usize], last) {
            (None, _) => {
                let at = self.end();
                let text = self.pieces.hole(at, new);
                self.insert_list(at, owner, list, keys, &text);
            }
            (Some(Style::Block), None) => {
                let at = self.pieces.find(&Role::Empty(list)).expect("a head");
                self.pieces.0[at].text.clear();
                let lines = self.pieces.hole(at + 2, new);
                self.insert_entry(at + 2, owner, keys, &lines);
            }
            (Some(Style::Block), Some(last)) => {
                let lines = self.pieces.hole(last + 1, new);
                self.insert_entry(last + 1, owner, keys, &lines);
            }
            (Some(_), None) => {
                let open = self.pieces.find(&Role::Open(list)).expect("a bracket");
                self.pieces.0.drain(open..=open + 1);
                let text = self.pieces.hole(open, new);
                self.insert_brackets(open, owner, list, &text);
            }
            (Some(Style::Inline), Some(last)) => {
                let text = self.pieces.hole(last + 1, new);
                let entry = text.trim_start_matches([',', ' ']);
                let comma = &text[..text.len() - entry.len()];
                assert!(comma.starts_with(','), "{text}");
                let pieces = [
                    Piece::new(comma, Owner::File, Role::Comma),
                    Piece::new(entry, owner, Role::Content),
                ];
                self.pieces.0.splice(last + 1..last + 1, pieces);
                self.opaque.push(owner);
            }
            (Some(Style::Lines), Some(last)) => {
                let before = *self.pieces.owners(list).last().expect("an entry");
                let comma = self.pieces.position(before, &Role::Comma).expect("a comma");
                let had_comma = std::mem::replace(&mut self.pieces.0[comma].text, ",".to_owned());
                let line = self.pieces.hole(last + 1, new);
                let entry = line.trim_end_matches(['\r', '\n']);
                let end = &line[entry.len()..];
                let entry = entry.strip_suffix(&had_comma).expect("a comma as before");
                let pieces = [
                    Piece::new(entry, owner, Role::Content),
                    Piece::new(had_comma, owner, Role::Comma),
                    Piece::new(end, owner, Role::Content),
                ];
                self.pieces.0.splice(last + 1..last + 1, pieces);
                self.opaque.push(owner);
            }
        }
    }

    fn insert_list(
        &mut self,
        at: usize,
        owner: Owner,
        list: List,
        keys: &[&'static str],
        text: &str,
    ) {
        let key = if list == List::Contexts { "contexts" } else { "tokens" };
        let colon = text.find(key).expect("the key")
            + text[text.find(key).expect("it")..].find(':').expect("a colon");
        let mut head = Pieces::default();
        head.push(&text[..=colon], Owner::File, Role::Content);
        let rest = &text[colon + 1..];
        if self.is_flow {
            let value = rest.trim_start_matches(' ');
            head.push(&rest[..rest.len() - value.len()], Owner::File, Role::Content);
            self.pieces.0.splice(at..at, head.0.clone());
            self.styles[list as usize] = Some(Style::Inline);
            return self.insert_brackets(at + 2, owner, list, value);
        }
        let (end, lines) = rest.split_at(rest.find('\n').expect("lines") + 1);
        head.push("", Owner::File, Role::Empty(list));
        head.push(end, Owner::File, Role::Content);
        self.pieces.0.splice(at..at, head.0);
        self.styles[list as usize] = Some(Style::Block);
        self.insert_entry(at + 3, owner, keys, lines);
    }

    fn insert_brackets(&mut self, at: usize, owner: Owner, list: List, text: &str) {
        let pieces = [
            Piece::new(&text[..1], Owner::File, Role::Open(list)),
            Piece::new(&text[1..text.len() - 1], owner, Role::Content),
            Piece::new(&text[text.len() - 1..], Owner::File, Role::Close(list)),
        ];
        self.pieces.0.splice(at..at, pieces);
        self.opaque.push(owner);
    }

    /// The lines of a new entry, whose members with these keys can be set.
    fn insert_entry(&mut self, at: usize, owner: Owner, keys: &[&'static str], lines: &str) {
        let mut pieces = Pieces::default();
        for (number, line) in lines.split_inclusive('\n').enumerate() {
            let key = keys.iter().find(|key| line.trim_start().starts_with(&format!("{key}: ")));
            match key.filter(|_| number > 0) {
                Some(key) => {
                    let (head, rest) = line.split_once(": ").expect("a pair");
                    let value = rest.trim_end_matches(['\r', '\n']);
                    pieces.push(format!("{head}: "), owner, Role::Content);
                    pieces.push(value, owner, Role::Value(key));
                    pieces.push(&rest[value.len()..], owner, Role::Content);
                }
                None => pieces.push(line, owner, Role::Content),
            }
        }
        if lines.lines().count() == 1 {
            self.opaque.push(owner);
        }
        self.pieces.0.splice(at..at, pieces.0);
    }
}
