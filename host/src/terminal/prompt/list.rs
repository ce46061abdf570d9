//! [`List`]: the rows of a menu, which of them match what was typed, and which is current.

use super::Row;
use super::keys::Key;

/// A menu of at least this many rows can be filtered by typing.
const FILTERED_FROM: usize = 10;

pub(super) struct List<'a> {
    rows: &'a [Row],
    /// What was typed to filter the rows.
    typed: String,
    /// The indices of the rows that match.
    matching: Vec<usize>,
    /// The position of the current row among them.
    position: usize,
}

/// What a key means for the question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    Open,
    Chosen(usize),
    Cancelled,
}

impl<'a> List<'a> {
    pub(super) fn new(rows: &'a [Row], current: usize) -> Self {
        let matching = (0..rows.len()).collect();
        Self { rows, typed: String::new(), matching, position: current }
    }

    pub(super) fn can_filter(&self) -> bool {
        self.rows.len() >= FILTERED_FROM
    }

    pub(super) fn typed(&self) -> &str {
        &self.typed
    }

    pub(super) fn matching(&self) -> Vec<&'a Row> {
        self.matching.iter().map(|&index| &self.rows[index]).collect()
    }

    pub(super) fn position(&self) -> usize {
        self.position
    }

    /// The index of the current row among all rows; the first one if none matches.
    pub(super) fn current(&self) -> usize {
        self.matching.get(self.position).copied().unwrap_or(0)
    }

    /// Applies a key; `capacity` is the count of rows on a page.
    pub(super) fn press(&mut self, key: Key, capacity: usize) -> Outcome {
        match (key, self.can_filter()) {
            (Key::Cancel, _) | (Key::Character('q'), false) => return Outcome::Cancelled,
            (Key::Enter, _) | (Key::Character(' '), false) => {
                let chosen = self.matching.get(self.position);
                return chosen.map_or(Outcome::Open, |&row| Outcome::Chosen(row));
            }
            (Key::Escape, _) if self.typed.is_empty() => return Outcome::Cancelled,
            (Key::Escape | Key::Erase, _) => self.filter(String::new()),
            (Key::Up, _) | (Key::Character('k'), false) => {
                self.step(self.matching.len().saturating_sub(1));
            }
            (Key::Down, _) | (Key::Character('j'), false) => self.step(1),
            (Key::Left, _) | (Key::Character('h'), false) => self.turn(capacity, false),
            (Key::Right, _) | (Key::Character('l'), false) => self.turn(capacity, true),
            (Key::Backspace, _) => {
                let mut typed = self.typed.clone();
                typed.pop();
                self.filter(typed);
            }
            (Key::Character(typed), true) => self.filter(format!("{}{typed}", self.typed)),
            (Key::Character(_) | Key::Other, _) => {}
        }
        Outcome::Open
    }

    fn step(&mut self, forward: usize) {
        self.position = (self.position + forward) % self.matching.len().max(1);
    }

    fn turn(&mut self, capacity: usize, forward: bool) {
        let pages = self.matching.len().div_ceil(capacity).max(1);
        if pages > 1 {
            let step = if forward { 1 } else { pages - 1 };
            self.position = (self.position / capacity + step) % pages * capacity;
        }
    }

    /// Keeps the rows that contain every typed word; the current row stays current if it is among them.
    fn filter(&mut self, typed: String) {
        let current = self.current();
        let words: Vec<String> = typed.split_whitespace().map(str::to_lowercase).collect();
        let matches = |index: &usize| {
            let Row { name, detail } = &self.rows[*index];
            let text = format!("{name} {}", detail.as_deref().unwrap_or_default()).to_lowercase();
            words.iter().all(|word| text.contains(word))
        };
        self.matching = (0..self.rows.len()).filter(matches).collect();
        self.position = self.matching.iter().position(|it| *it == current).unwrap_or(0);
        self.typed = typed;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(count: usize) -> Vec<Row> {
        let names = ["Layer5", "None", "Tata Consulting", "Acme SSO", "Zürich"];
        let name = |index: usize| names.get(index).map_or(format!("Nr {index}"), |it| (*it).into());
        let row = |index| Row { name: name(index), detail: Some(format!("p{index}.example")) };
        (0..count).map(row).collect()
    }

    fn pressed(list: &mut List<'_>, keys: &[Key]) -> Outcome {
        keys.iter().map(|key| list.press(*key, 3)).last().unwrap_or(Outcome::Open)
    }

    fn typed(text: &str) -> Vec<Key> {
        text.chars().map(Key::Character).collect()
    }

    #[test]
    fn letters_are_keys_in_a_short_menu_and_filter_a_long_one() {
        let (short, long) = (rows(9), rows(10));
        for (letter, short_row, long_row) in [('j', 1, 0), ('k', 8, 0), ('l', 3, 0), ('h', 6, 0)] {
            let mut list = List::new(&short, 0);
            assert_eq!(list.press(Key::Character(letter), 3), Outcome::Open);
            assert_eq!((list.position(), list.typed()), (short_row, ""), "{letter}");
            let mut list = List::new(&long, 0);
            assert_eq!(list.press(Key::Character(letter), 3), Outcome::Open);
            assert_eq!((list.position(), list.typed()), (long_row, &*letter.to_string()));
        }
        for (letter, expected) in [('q', Outcome::Cancelled), (' ', Outcome::Chosen(0))] {
            assert_eq!(List::new(&short, 0).press(Key::Character(letter), 3), expected);
            assert_eq!(List::new(&long, 0).press(Key::Character(letter), 3), Outcome::Open);
        }
    }

    #[test]
    fn the_rows_that_contain_every_typed_word_remain() {
        let rows = rows(12);
        for (text, expected) in [
            ("LAYER", &[0][..]),
            ("sso acme", &[3]),
            ("zÜ", &[4]),
            ("nr p1", &[10, 11]),
            ("p1.example", &[1]),
            (" ", &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]),
            ("missing", &[]),
        ] {
            let mut list = List::new(&rows, 0);
            pressed(&mut list, &typed(text));
            assert_eq!(list.matching, expected, "{text}");
            assert_eq!(list.typed(), text);
        }
    }

    #[test]
    fn enter_chooses_a_row_that_matches_and_nothing_if_none_does() {
        let rows = rows(12);
        let mut list = List::new(&rows, 0);
        pressed(&mut list, &typed("nr"));
        assert_eq!(pressed(&mut list, &[Key::Down, Key::Enter]), Outcome::Chosen(6));
        pressed(&mut list, &typed("?"));
        assert_eq!(
            pressed(&mut list, &[Key::Up, Key::Down, Key::Right, Key::Enter]),
            Outcome::Open
        );
        assert_eq!(pressed(&mut list, &[Key::Backspace, Key::Enter]), Outcome::Chosen(5));
    }

    #[test]
    fn a_current_row_that_still_matches_stays_current() {
        let rows = rows(12);
        let mut list = List::new(&rows, 11);
        pressed(&mut list, &typed("nr"));
        assert_eq!(list.current(), 11);
        assert_eq!(pressed(&mut list, &[Key::Erase]), Outcome::Open);
        assert_eq!((list.current(), list.position()), (11, 11));
    }

    #[test]
    fn escape_clears_the_filter_and_then_cancels() {
        let rows = rows(12);
        let mut list = List::new(&rows, 0);
        pressed(&mut list, &typed("a"));
        assert_eq!(pressed(&mut list, &[Key::Escape]), Outcome::Open);
        assert_eq!((list.typed(), list.matching.len()), ("", 12));
        assert_eq!(pressed(&mut list, &[Key::Escape]), Outcome::Cancelled);
        assert_eq!(pressed(&mut list, &[Key::Cancel]), Outcome::Cancelled);
    }

    #[test]
    fn the_arrow_keys_wrap_around_rows_and_pages() {
        let rows = rows(7);
        for (keys, row) in [
            (&[Key::Up][..], 6),
            (&[Key::Up, Key::Down], 0),
            (&[Key::Right], 3),
            (&[Key::Right, Key::Right, Key::Right], 0),
            (&[Key::Left], 6),
            (&[Key::Down, Key::Down, Key::Down, Key::Left], 0),
        ] {
            let mut list = List::new(&rows, 0);
            pressed(&mut list, keys);
            assert_eq!(list.position(), row, "{keys:?}");
        }
    }
}
