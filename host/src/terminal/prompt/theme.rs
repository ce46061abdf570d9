//! The appearance of the menu: as the Meshery guide shows it, fitted to the width of the screen.

use std::borrow::Cow;
use std::fmt::{self, Write};

use dialoguer::console::Style;
use dialoguer::theme::Theme;

use super::Row;
use super::screen::Screen;
use crate::text::width;

/// Joins two emoji into one; left at the end of a cut text, it would join the ellipsis.
const JOINER: char = '\u{200d}';

/// The count of lines above the rows.
pub(super) const HEAD: usize = 2;

#[derive(Debug, Clone, Copy)]
pub(super) struct Look {
    pub(super) colour: bool,
    pub(super) utf8: bool,
}

impl Look {
    fn hint(self, can_filter: bool) -> &'static str {
        match (self.utf8, can_filter) {
            (true, false) => "Use the arrow keys to navigate: ↓ ↑ → ← ",
            (true, true) => "Use the arrow keys to navigate: ↓ ↑ → ← or type to filter",
            (false, false) => "Use the arrow keys to navigate: down up right left ",
            (false, true) => "Use the arrow keys to navigate: down up right left or type to filter",
        }
    }

    /// The line that remains after the choice, in this many columns.
    pub(super) fn chosen(self, name: &str, columns: usize) -> String {
        let mark = if self.utf8 { "✔" } else { "ok:" };
        let name = self.fit(&self.clean(name), columns.saturating_sub(width(mark) + 2));
        format!("{} {name}\n", self.paint(Style::new().green(), mark))
    }

    /// Replaces control characters, and characters that the terminal cannot show.
    pub(super) fn clean<'t>(self, text: &'t str) -> Cow<'t, str> {
        let shown = |c: char| !c.is_control() && (self.utf8 || c.is_ascii());
        if text.chars().all(shown) {
            return Cow::Borrowed(text);
        }
        Cow::Owned(text.chars().map(|c| if shown(c) { c } else { '?' }).collect())
    }

    pub(super) fn row(self, row: &Row) -> String {
        let name = self.clean(&row.name);
        match &row.detail {
            Some(detail) => format!("{name}  ({})", self.clean(detail)),
            None => name.into_owned(),
        }
    }

    fn fit(self, text: &str, columns: usize) -> String {
        if width(text) <= columns {
            return text.to_owned();
        }
        let text = text.trim_end();
        if width(text) <= columns {
            return text.to_owned();
        }
        let ellipsis = if self.utf8 { "…" } else { "..." };
        let room = columns.saturating_sub(width(ellipsis));
        let ends = text.char_indices().map(|(at, c)| at + c.len_utf8());
        let end = ends.take_while(|end| width(&text[..*end]) <= room).last().unwrap_or(0);
        let start = text[..end].trim_end_matches([' ', JOINER]);
        format!("{start}{}", ellipsis.chars().take(columns).collect::<String>())
    }

    fn paint(self, style: Style, text: &str) -> String {
        style.force_styling(self.colour).apply_to(text).to_string()
    }
}

/// Draws the rows, which dialoguer knows only by number, and tells the screen when the menu is complete.
pub(super) struct MenuTheme<'a> {
    pub(super) look: Look,
    /// The rows that match what was typed.
    pub(super) rows: &'a [&'a Row],
    pub(super) can_filter: bool,
    pub(super) typed: &'a str,
    pub(super) columns: usize,
    /// The count of rows on a page.
    pub(super) capacity: usize,
    pub(super) screen: &'a Screen,
}

impl MenuTheme<'_> {
    /// The columns that remain after `taken`. The last column stays free: some terminals wrap when it is used.
    fn room(&self, taken: usize) -> usize {
        self.columns.saturating_sub(taken + 1)
    }

    /// The count of lines below the head: one that says so if no row matches.
    pub(super) fn lines(&self) -> usize {
        self.rows.len().max(1)
    }

    /// The width of ` [Page 1/6] `, which dialoguer appends to the label if there is more than one page.
    fn page_number_width(&self) -> usize {
        let pages = self.rows.len().div_ceil(self.capacity);
        if pages > 1 { " [Page /] ".len() + 2 * pages.to_string().len() } else { 0 }
    }

    fn row(&self, row: &Row, active: bool) -> String {
        let line = self.look.fit(&self.look.row(row), self.room(4));
        if !active {
            return format!("    {line}");
        }
        let mark = if self.look.utf8 { "  ▸ " } else { "  > " };
        let name = self.look.clean(&row.name);
        let (name, rest) =
            line.split_at(if line.starts_with(&*name) { name.len() } else { line.len() });
        let name = self.look.paint(Style::new().underlined(), name);
        format!("{}{name}{rest}", self.look.paint(Style::new().bold(), mark))
    }
}

impl Theme for MenuTheme<'_> {
    fn format_select_prompt(&self, f: &mut dyn Write, label: &str) -> fmt::Result {
        let hint = self.look.fit(self.look.hint(self.can_filter), self.room(0));
        writeln!(f, "{}", self.look.paint(Style::new().dim(), &hint))?;
        f.write_str(&self.look.paint(Style::new().blue(), "?"))?;
        let after = self.page_number_width();
        let mut question = format!("{}:", self.look.clean(label));
        if !self.typed.is_empty() {
            question = format!("{question} {}", self.look.clean(self.typed));
        }
        // What was typed is more important than the question before it.
        let room = self.room("?  ".len() + after);
        if width(&question) > room && !self.typed.is_empty() {
            question = self.look.clean(self.typed).into_owned();
        }
        if let Some(cut) = question.strip_suffix(':').filter(|it| width(it) >= room) {
            question = format!("{}:", self.look.fit(cut, room.saturating_sub(1)));
        }
        if room > 1 {
            write!(f, " {}", self.look.fit(&question, room))?;
        }
        if after == 0 { f.write_str(" ") } else { Ok(()) }
    }

    fn format_select_prompt_item(
        &self,
        f: &mut dyn Write,
        number: &str,
        active: bool,
    ) -> fmt::Result {
        let index: usize = number.parse().map_err(|_| fmt::Error)?;
        let line = match self.rows.get(index) {
            Some(row) => self.row(row, active),
            None => format!("    {}", self.look.fit("No match", self.room(4))),
        };
        f.write_str(&line)?;
        if index + 1 == self.lines() || (index + 1).is_multiple_of(self.capacity) {
            self.screen.menu_is_complete(HEAD + index % self.capacity + 1);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fitted_text_is_not_wider_than_its_room_and_is_whole_if_it_fits() {
        let texts = [
            "",
            "Layer5",
            "  ",
            "プロバイダー",
            "Cafe\u{301}",
            "👩\u{200d}👩\u{200d}👧",
            "❤\u{fe0f}❤",
        ];
        for utf8 in [true, false] {
            let look = Look { colour: false, utf8 };
            for text in texts {
                for columns in 0..20 {
                    let fitted = look.fit(text, columns);
                    assert!(width(&fitted) <= columns, "{fitted:?} in {columns}");
                    assert!(fitted == text || width(text) > columns, "{fitted:?} in {columns}");
                }
            }
        }
    }

    #[test]
    fn a_cut_text_ends_with_an_ellipsis() {
        let look = |utf8| Look { colour: false, utf8 };
        assert_eq!(look(true).fit("Tata Consulting", 8), "Tata Co…");
        assert_eq!(look(true).fit("Tata Consulting", 6), "Tata…");
        assert_eq!(look(false).fit("Tata Consulting", 8), "Tata...");
        assert_eq!(look(true).fit("プロバイダー", 6), "プロ…");
    }
}
