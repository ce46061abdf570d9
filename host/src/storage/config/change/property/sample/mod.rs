//! Config files as people, scripts and the Go CLI write them.

mod brackets;
mod entries;

use super::dice::Dice;
use super::pieces::{List, Owner, Pieces, Role};

/// How the entries of a list are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    Block,
    /// In brackets on one line.
    Inline,
    /// In brackets, each entry on a line of its own.
    Lines,
}

#[derive(Debug, Clone)]
pub struct Sample {
    pub pieces: Pieces,
    /// Of the contexts and of the tokens; `None` if the file has no such key.
    pub styles: [Option<Style>; 2],
    pub names: Vec<(Owner, String)>,
    /// Entries that a change wrote in one piece, so that their members are not known.
    pub opaque: Vec<Owner>,
    /// Whether the whole file is in brackets.
    pub is_flow: bool,
    is_json: bool,
    step: usize,
    offset: usize,
    pub line_break: &'static str,
}

/// Names of contexts and tokens that a reader may take for something else.
pub const NAMES: [&str; 37] = [
    "local",
    "Prod",
    "prod.eu",
    "Prod.Eu.x",
    "local.",
    "default",
    "Default",
    "staging-2",
    "y",
    "No",
    "on",
    "123",
    "007",
    "0x1F",
    "1e3",
    "1.2.3",
    "12:30",
    "null",
    "~",
    "a:b",
    "a: b",
    "a #b",
    "it's",
    "\"q\"",
    "- a",
    "*a",
    "&a b",
    "!t",
    "é ü",
    "日本",
    "🦀 crab",
    "{x}",
    "[1, 2]",
    "a,b",
    "%d @e",
    "<<",
    "http://h:1/x?y=z#f",
];
const KEYS: [&str; 8] =
    ["endpoint", "token", "platform", "channel", "version", "provider", "components", "env"];

impl Sample {
    pub fn new(dice: &mut Dice) -> Self {
        let step = *dice.pick(&[&1, &2, &2, &4, &4]);
        let is_flow = dice.one_in(5);
        let mut sample = Self {
            pieces: Pieces::default(),
            styles: [None, None],
            names: Vec::new(),
            opaque: Vec::new(),
            is_flow,
            is_json: is_flow && dice.one_in(2),
            step,
            offset: if dice.one_in(2) { 0 } else { step },
            line_break: if dice.one_in(4) { "\r\n" } else { "\n" },
        };
        match is_flow {
            true => sample.flow(dice),
            false => sample.block(dice),
        }
        sample
    }

    fn name(&mut self, dice: &mut Dice, owner: Owner) -> String {
        loop {
            let name = dice.pick(&NAMES).to_owned();
            let folded = name.to_lowercase();
            let is_taken = self.names.iter().any(|(other, it)| {
                std::mem::discriminant(other) == std::mem::discriminant(&owner)
                    && it.to_lowercase() == folded
            });
            if !is_taken {
                self.names.push((owner, name.clone()));
                return name;
            }
        }
    }

    fn block(&mut self, dice: &mut Dice) {
        if dice.one_in(8) {
            self.pieces.push("\u{feff}", Owner::File, Role::Comment);
        }
        self.comments(dice, 0, Owner::File);
        let is_marked = dice.one_in(6);
        if is_marked {
            let start = dice.pick(&["---", "--- # file", "%YAML 1.2\n---"]);
            let start = start.replace('\n', self.line_break);
            self.pieces.push(format!("{start}{}", self.line_break), Owner::File, Role::Comment);
            self.comments(dice, 0, Owner::File);
        }
        let mut parts = vec![0, 1, 2, 3, 3];
        while !parts.is_empty() {
            match parts.swap_remove(dice.below(parts.len())) {
                0 if !dice.one_in(12) => self.list(dice, List::Contexts),
                1 if !dice.one_in(8) => self.list(dice, List::Tokens),
                2 if !dice.one_in(8) => {
                    let value = dice.pick(&["local", "'local'", "\"Prod\"", "", "y", "''"]);
                    let key = dice.pick(&[
                        "current-context",
                        "current-context",
                        "Current-Context",
                        "CURRENT-CONTEXT",
                    ]);
                    self.member(dice, 0, key, value, Owner::File, "current-context");
                }
                3 => self.unknown(dice, 0, Owner::File),
                _ => {}
            }
            self.comments(dice, 0, Owner::File);
        }
        // A file whose keys are all missing is one of comments, which has its own tests.
        if self.pieces.0.iter().all(|it| it.role == Role::Comment) {
            self.line("apiversion: v1", dice, Owner::File);
        }
        if is_marked && dice.one_in(2) {
            self.pieces.push(format!("...{}", self.line_break), Owner::File, Role::Comment);
            self.comments(dice, 0, Owner::File);
        }
    }

    fn list(&mut self, dice: &mut Dice, list: List) {
        let key = if list == List::Contexts { "contexts" } else { "tokens" };
        let key = if dice.one_in(10) { capital(dice, key) } else { key.to_owned() };
        let style = match dice.below(6) {
            0 => Style::Inline,
            1 => Style::Lines,
            _ => Style::Block,
        };
        let count = if dice.one_in(8) { 0 } else { dice.below(4) + 1 };
        self.pieces.push(format!("{key}:"), Owner::File, Role::Content);
        if count == 0 || style == Style::Block {
            self.styles[list as usize] = Some(Style::Block);
            let empty = match (count, list) {
                (0, List::Contexts) => dice.pick(&["", " {}", " ~", "  null", " { }"]),
                (0, List::Tokens) => dice.pick(&["", " {}", " []", " ~", " [ ]"]),
                _ => "",
            };
            self.pieces.push(empty, Owner::File, Role::Empty(list));
            self.rest_of_line(dice, Owner::File);
            for _ in 0..count {
                self.comments(dice, self.step, Owner::File);
                self.entry(dice, list);
            }
            return self.comments(dice, self.step, Owner::File);
        }
        self.styles[list as usize] = Some(style);
        self.entries_in_brackets(dice, list, style, count, " ");
        self.rest_of_line(dice, Owner::File);
    }

    fn line(&mut self, text: &str, dice: &mut Dice, owner: Owner) {
        self.pieces.push(text, owner, Role::Content);
        self.rest_of_line(dice, owner);
    }

    /// The rest of a line, with or without a comment.
    fn rest_of_line(&mut self, dice: &mut Dice, owner: Owner) {
        let comment = match dice.below(6) {
            0 => format!("  # c{}", dice.number() % 1_000_000),
            1 => " ".to_owned(),
            _ => String::new(),
        };
        self.pieces.push(format!("{comment}{}", self.line_break), owner, Role::Content);
    }

    fn comments(&mut self, dice: &mut Dice, column: usize, owner: Owner) {
        while dice.one_in(4) {
            let text = match dice.below(3) {
                0 => String::new(),
                1 => {
                    format!("{}# c{}, it's: \"x\" [", " ".repeat(column), dice.number() % 1_000_000)
                }
                _ => format!("#{}", dice.number() % 1_000_000),
            };
            self.pieces.push(format!("{text}{}", self.line_break), owner, Role::Comment);
        }
    }
}

/// A key that does not begin with a small letter.
fn capital(dice: &mut Dice, key: &str) -> String {
    match dice.one_in(2) {
        true => key.to_uppercase(),
        false => format!("{}{}", key[..1].to_uppercase(), &key[1..]),
    }
}

/// A string in one of the styles that can contain it, in block style.
fn scalar(dice: &mut Dice, text: &str) -> String {
    let is_plain = text.starts_with(|it: char| it.is_alphanumeric())
        && !text.contains(": ")
        && !text.contains(" #")
        && text != "null";
    match dice.below(3) {
        0 | 1 if is_plain => text.to_owned(),
        1 => serde_json::to_string(text).expect("JSON"),
        _ => format!("'{}'", text.replace('\'', "''")),
    }
}
