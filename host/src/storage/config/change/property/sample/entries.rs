//! The entries of a file in block style, and keys that this program does not know.

use super::super::dice::Dice;
use super::super::pieces::{List, Owner, Role};
use super::{KEYS, Sample, capital, scalar};

impl Sample {
    pub(super) fn entry(&mut self, dice: &mut Dice, list: List) {
        let owner = self.owner(list);
        match list {
            List::Contexts if dice.one_in(6) => {
                self.pieces.push(" ".repeat(self.step), owner, Role::Content);
                self.entry_in_brackets(dice, list, owner, true);
                self.rest_of_line(dice, owner);
            }
            List::Contexts => self.context(dice, owner),
            List::Tokens if dice.one_in(6) => {
                self.pieces.push(format!("{}- ", " ".repeat(self.offset)), owner, Role::Content);
                self.entry_in_brackets(dice, list, owner, true);
                self.rest_of_line(dice, owner);
            }
            List::Tokens => self.row(dice, owner),
        }
    }

    pub(super) fn context(&mut self, dice: &mut Dice, owner: Owner) {
        let name = self.name(dice, owner);
        let name = scalar(dice, &name);
        self.pieces.push(format!("{}{name}:", " ".repeat(self.step)), owner, Role::Content);
        if dice.one_in(8) {
            let empty = dice.pick(&["", " ~", " null", " {}"]);
            self.pieces.push(empty, owner, Role::Null);
            return self.rest_of_line(dice, owner);
        }
        self.pieces.push("", owner, Role::Null);
        self.rest_of_line(dice, owner);
        let mut keys = KEYS.to_vec();
        for _ in 0..=dice.below(6) {
            let key = keys.swap_remove(dice.below(keys.len()));
            self.comments(dice, 2 * self.step, owner);
            match key {
                "components" => self.components(dice, owner),
                "env" => self.unknown(dice, 2 * self.step, owner),
                "token" if dice.one_in(4) => self.legacy(dice, owner),
                key => {
                    let value = dice.pick(&[
                        "default",
                        "Default",
                        "http://localhost:9081",
                        "Meshery",
                        "y",
                        "123",
                        "é",
                        "",
                        "~",
                    ]);
                    let value = match (value, dice.one_in(3)) {
                        (_, false) => value.to_owned(),
                        (value, true) => scalar(dice, value),
                    };
                    let written = match dice.one_in(12) {
                        true => capital(dice, key),
                        false => key.to_owned(),
                    };
                    self.member(dice, 2 * self.step, &written, &value, owner, key);
                }
            }
        }
        // What follows the last member belongs to no context.
        while self.pieces.0.last().is_some_and(|it| it.role == Role::Comment) {
            self.pieces.0.pop();
        }
        self.comments(dice, 2 * self.step, Owner::File);
    }

    /// A line `key: value`.
    pub(super) fn member(
        &mut self,
        dice: &mut Dice,
        column: usize,
        written: &str,
        value: &str,
        owner: Owner,
        key: &'static str,
    ) {
        let space = if value.is_empty() { "" } else { dice.pick(&[" ", " ", "   "]) };
        self.pieces.push(format!("{}{written}:{space}", " ".repeat(column)), owner, Role::Content);
        self.pieces.push(value, owner, Role::Value(key));
        self.rest_of_line(dice, owner);
    }

    /// The entry of a token in its context, as before v0.5.
    pub(super) fn legacy(&mut self, dice: &mut Dice, owner: Owner) {
        self.pieces.push(format!("{}token:", " ".repeat(2 * self.step)), owner, Role::Content);
        self.pieces.push("", owner, Role::Value("token"));
        self.rest_of_line(dice, owner);
        let from = self.pieces.0.len();
        let name = dice.pick(&["name: Default", "NAME: x", "name: y"]);
        let location = dice.pick(&["location: old/auth.json", "Location: auth.json"]);
        for line in [name, location] {
            self.comments(dice, 3 * self.step, owner);
            self.line(&format!("{}{line}", " ".repeat(3 * self.step)), dice, owner);
        }
        for piece in &mut self.pieces.0[from..] {
            piece.role = Role::Legacy("token");
        }
    }

    pub(super) fn components(&mut self, dice: &mut Dice, owner: Owner) {
        let pad = " ".repeat(2 * self.step);
        if dice.one_in(2) {
            return self.line(&format!("{pad}components: [meshery-istio, b]"), dice, owner);
        }
        self.line(&format!("{pad}components:"), dice, owner);
        for name in ["meshery-istio", "'b'"] {
            self.line(&format!("{pad}{}- {name}", " ".repeat(self.offset)), dice, owner);
        }
    }

    pub(super) fn row(&mut self, dice: &mut Dice, owner: Owner) {
        let name = self.name(dice, owner);
        let name =
            format!("{}: {}", dice.pick(&["name", "name", "Name", "NAME"]), scalar(dice, &name));
        let location = dice.pick(&["auth.json", "'t/x.json'", "/home/me/.meshery/a"]).to_owned();
        let location = format!("{}: {location}", dice.pick(&["location", "location", "LOCATION"]));
        let mut members = vec![name, location, "extra: {a: [1]}".to_owned()];
        members.truncate(if dice.one_in(5) { 3 } else { 2 });
        if dice.one_in(2) {
            members.swap(0, 1);
        }
        for (at, member) in members.iter().enumerate() {
            let dash = if at == 0 { "- " } else { "  " };
            if at > 0 {
                self.comments(dice, self.offset + 2, owner);
            }
            self.line(&format!("{}{dash}{member}", " ".repeat(self.offset)), dice, owner);
        }
    }

    pub(super) fn unknown(&mut self, dice: &mut Dice, column: usize, owner: Owner) {
        let id = dice.number() % 1_000_000;
        let (pad, deeper) = (" ".repeat(column), " ".repeat(column + self.step));
        match dice.below(7) {
            0 => self.line(&format!("{pad}k{id}: {{ports: [9081, {{a: b}}]}}"), dice, owner),
            1 => {
                self.line(&format!("{pad}k{id}: |"), dice, owner);
                for line in ["# text, no comment", "", "more: text"] {
                    let margin = if line.is_empty() { "" } else { &deeper };
                    self.pieces.push(
                        format!("{margin}{line}{}", self.line_break),
                        owner,
                        Role::Content,
                    );
                }
            }
            2 => {
                self.line(&format!("{pad}k{id}: >-"), dice, owner);
                self.pieces.push(
                    format!("{deeper}folded{}", self.line_break),
                    owner,
                    Role::Content,
                );
            }
            3 => {
                self.line(&format!("{pad}k{id}:"), dice, owner);
                self.line(&format!("{deeper}inner: [a, 'b']"), dice, owner);
                self.comments(dice, column + self.step, owner);
                self.line(&format!("{deeper}\"other\": 1.50"), dice, owner);
            }
            4 => {
                let text = format!("{pad}k{id}: 'one{}{deeper}two'", self.line_break);
                self.line(&text, dice, owner);
            }
            5 => {
                self.line(&format!("{pad}k{id}:"), dice, owner);
                for item in ["- 1", "- x: y", "-"] {
                    self.line(&format!("{pad}{}{item}", " ".repeat(self.offset)), dice, owner);
                }
            }
            _ => self.line(&format!("{pad}\"k {id}\" : plain text"), dice, owner),
        }
    }
}
