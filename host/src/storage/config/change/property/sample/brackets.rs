//! The parts of a file in flow style.

use super::super::dice::Dice;
use super::super::pieces::{List, Owner, Role};
use super::{KEYS, Sample, Style};

impl Sample {
    pub(super) fn entries_in_brackets(
        &mut self,
        dice: &mut Dice,
        list: List,
        style: Style,
        count: usize,
        space: &str,
    ) {
        let (open, close) = if list == List::Contexts { ('{', '}') } else { ('[', ']') };
        let lines = style == Style::Lines;
        let inner = if dice.one_in(3) { " " } else { "" };
        let (first, last) = match lines {
            true => (self.line_break.to_owned(), String::new()),
            false => (inner.to_owned(), inner.to_owned()),
        };
        self.pieces.push(format!("{space}{open}{first}"), Owner::File, Role::Open(list));
        let ends_with_comma = !self.is_json && count > 0 && dice.one_in(5);
        for at in 0..count {
            let owner = self.owner(list);
            let is_last = at + 1 == count;
            if lines {
                self.pieces.push(" ".repeat(self.step), owner, Role::Content);
            }
            self.entry_in_brackets(dice, list, owner, false);
            if lines {
                let comma = if is_last && !ends_with_comma { "" } else { "," };
                self.pieces.push(comma, owner, Role::Comma);
                self.rest_of_line(dice, owner);
            } else if !is_last {
                self.pieces.push(self.comma(), Owner::File, Role::Comma);
            }
        }
        let comma = if ends_with_comma && !lines { "," } else { "" };
        self.pieces.push(format!("{comma}{last}{close}"), Owner::File, Role::Close(list));
    }

    pub(super) fn owner(&self, list: List) -> Owner {
        match list {
            List::Contexts => Owner::Context(self.names.len()),
            List::Tokens => Owner::Token(self.names.len()),
        }
    }

    pub(super) fn comma(&self) -> &'static str {
        if self.is_json { "," } else { ", " }
    }

    pub(super) fn entry_in_brackets(
        &mut self,
        dice: &mut Dice,
        list: List,
        owner: Owner,
        is_in_block: bool,
    ) {
        let name = self.name(dice, owner);
        match list {
            List::Contexts => {
                let key = self.flow_scalar(dice, &name);
                let colon = if self.is_json { ":" } else { ": " };
                self.pieces.push(format!("{key}{colon}"), owner, Role::Content);
                match is_in_block {
                    false if dice.one_in(8) => {
                        self.pieces.push(dice.pick(&["{}", "null"]), owner, Role::Null);
                    }
                    _ => self.context_in_brackets(dice, owner),
                }
            }
            List::Tokens => {
                let row = self.row_in_brackets(dice, &name);
                self.pieces.push(row, owner, Role::Content);
            }
        }
    }

    pub(super) fn row_in_brackets(&mut self, dice: &mut Dice, name: &str) -> String {
        let name = self.flow_scalar(dice, name);
        let location =
            self.flow_scalar(dice, dice.clone().pick(&["auth.json", "/home/me/.meshery/t.json"]));
        let (name, location) = match self.is_json {
            true => (format!("\"name\":{name}"), format!("\"location\":{location}")),
            false => (format!("name: {name}"), format!("location: {location}")),
        };
        match dice.one_in(2) {
            true => format!("{{{name}{}{location}}}", self.comma()),
            false => format!("{{{location}{}{name}}}", self.comma()),
        }
    }

    pub(super) fn context_in_brackets(&mut self, dice: &mut Dice, owner: Owner) {
        self.pieces.push("{", owner, Role::Content);
        let count = dice.below(4) + 1;
        for (at, name) in KEYS.into_iter().take(count).enumerate() {
            let comma = if at == 0 { "" } else { self.comma() };
            let (key, colon) = match self.is_json {
                true => (format!("\"{name}\""), ":"),
                false => (name.to_owned(), ": "),
            };
            self.pieces.push(format!("{comma}{key}{colon}"), owner, Role::Content);
            let value = dice.pick(&["default", "http://h:9081", "Meshery", "y", "é"]);
            let value = match (at, dice.below(8)) {
                (1, 0) => self.row_in_brackets(dice, value),
                (_, 1) => "null".to_owned(),
                _ => self.flow_scalar(dice, value),
            };
            self.pieces.push(value, owner, Role::Value(name));
        }
        self.pieces.push("}", owner, Role::CloseContext);
    }

    pub(super) fn flow_scalar(&self, dice: &mut Dice, text: &str) -> String {
        match (self.is_json, text.chars().all(|it| it.is_ascii_alphabetic() || it == '.')) {
            (false, true) if dice.one_in(2) && text != "null" => text.to_owned(),
            (false, _) if dice.one_in(2) => format!("'{}'", text.replace('\'', "''")),
            _ => serde_json::to_string(text).expect("JSON"),
        }
    }

    pub(super) fn flow(&mut self, dice: &mut Dice) {
        let (quote, colon) = if self.is_json { ("\"", ":") } else { ("", ": ") };
        self.pieces.push("{", Owner::File, Role::Content);
        let mut parts = vec![0, 1, 2, 3];
        let mut is_first = true;
        while !parts.is_empty() {
            let part = parts.swap_remove(dice.below(parts.len()));
            if part != 3 && dice.one_in(8) {
                continue;
            }
            if !is_first {
                self.pieces.push(self.comma(), Owner::File, Role::Content);
            }
            is_first = false;
            let key = ["contexts", "tokens", "current-context", "unknown"][part];
            self.pieces.push(format!("{quote}{key}{quote}{colon}"), Owner::File, Role::Content);
            let count = dice.below(4);
            match part {
                0 | 1 => {
                    let list = if part == 0 { List::Contexts } else { List::Tokens };
                    self.styles[part] = Some(Style::Inline);
                    self.entries_in_brackets(dice, list, Style::Inline, count, "");
                }
                2 => {
                    let value = self.flow_scalar(dice, "Prod");
                    self.pieces.push(value, Owner::File, Role::Value("current-context"));
                }
                _ => self.pieces.push("[1,{\"a\":\"b, c\"}]", Owner::File, Role::Content),
            }
        }
        self.pieces.push("}", Owner::File, Role::CloseFile);
        self.pieces.push(self.line_break, Owner::File, Role::Comment);
    }
}
