//! Prompts that are answered by a line of text and do not move the cursor: a number, yes or no, or text.

use std::time::Instant;

use super::editor::{Editor, Entered, say};
use super::keys::Paste;
use super::menu::Answer;
use super::theme::Look;
use super::{Menu, Row};
use crate::platform::terminal;
use crate::process::signals::Signal;
use crate::terminal::layout;

/// Asks for the number or name of a row; an empty line chooses the row `offered`.
pub(super) fn choose(
    menu: &Menu<'_>,
    offered: usize,
    look: Look,
    (marked, columns): (bool, usize),
) -> Result<Answer, Signal> {
    let &Menu { label, rows, deadline, .. } = menu;
    let mut editor = Editor::new(false, marked)?;
    for (index, row) in rows.iter().enumerate() {
        let line = format!("{}) {}", index + 1, look.row(row));
        say(&(layout::wrapped(&line, 0, columns) + "\n"))?;
    }
    let question = format!("{} [{}]: ", look.clean(label), offered + 1);
    say(&question)?;
    loop {
        let mut entered = editor.read(deadline)?;
        if let Entered::Paste(paste) = &entered {
            // A script that answers the prompt sends a whole line at once.
            let answer = paste.text.expose().trim();
            if chosen(rows, answer, offered).is_none() {
                say("\n")?;
                return Ok(Answer::Pasted { text: paste.text.clone(), row: offered });
            }
            editor.insert(answer)?;
            if !ends_line(paste) {
                continue;
            }
            entered = editor.finish()?;
        }
        let Entered::Line(line) = entered else { continue };
        if let Some(row) = chosen(rows, line.expose().trim(), offered) {
            say(&look.chosen(&menu.chosen(row), columns))?;
            return Ok(Answer::Chosen { row });
        }
        say(&format!("Type a number from 1 to {}, or a name.\n{question}", rows.len()))?;
    }
}

/// The row that an answer means, by its number or its whole name; `None` if it means none or several.
fn chosen(rows: &[Row], answer: &str, offered: usize) -> Option<usize> {
    if answer.is_empty() {
        return Some(offered);
    }
    if let Ok(number) = answer.parse::<usize>() {
        return (1..=rows.len()).contains(&number).then(|| number - 1);
    }
    let is_called = |row: &Row| row.name.to_lowercase() == answer.to_lowercase();
    let row = rows.iter().position(is_called)?;
    (rows.iter().filter(|it| is_called(it)).count() == 1).then_some(row)
}

/// Whether a paste ends with the Enter key: only without markers.
fn ends_line(paste: &Paste) -> bool {
    !paste.is_marked && paste.text.expose().ends_with(['\r', '\n'])
}

/// True for `y` and `yes`, false for every other line; an empty line is the answer `offered`.
pub(super) fn confirm(question: &str, offered: bool, marked: bool) -> Result<bool, Signal> {
    let mut editor = Editor::new(false, marked)?;
    let question = format!("{question} {} ", if offered { "[Y/n]" } else { "[y/N]" });
    loop {
        // Input typed before the question was shown must not answer it.
        terminal::discard_input();
        say(&question)?;
        match editor.read(None)? {
            Entered::Line(line) => {
                let answer = line.expose().trim().to_lowercase();
                return Ok(matches!(&*answer, "y" | "yes") || (offered && answer.is_empty()));
            }
            Entered::Paste(_) => say(&format!("\n{}\n", super::IGNORED_PASTE))?,
        }
    }
}

/// Asks for a line, and returns it without its line end.
pub(super) fn ask(
    question: &str,
    secret: bool,
    deadline: Option<Instant>,
    marked: bool,
) -> Result<String, Signal> {
    let mut editor = Editor::new(secret, marked)?;
    // Input typed before the question was shown must not answer it.
    terminal::discard_input();
    say(question)?;
    loop {
        match editor.read(deadline)? {
            Entered::Line(line) => return Ok(line.expose().to_owned()),
            Entered::Paste(paste) => {
                editor.insert(paste.text.expose().trim_end_matches(['\r', '\n']))?;
                if ends_line(&paste)
                    && let Entered::Line(line) = editor.finish()?
                {
                    return Ok(line.expose().to_owned());
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_chosen_by_its_number_or_its_whole_name() {
        let names = ["Layer5", "None", "Acme SSO", "Twin", "twin", "5"];
        let row = |name: &&str| Row { name: (*name).to_owned(), detail: Some("detail".into()) };
        let rows: Vec<Row> = names.iter().map(row).collect();
        for (answer, row) in [
            ("", Some(1)),
            ("1", Some(0)),
            ("6", Some(5)),
            ("5", Some(4)),
            ("0", None),
            ("7", None),
            ("-1", None),
            ("99999999999999999999", None),
            ("layer5", Some(0)),
            ("ACME sso", Some(2)),
            ("Acme", None),
            ("Twin", None),
            ("detail", None),
        ] {
            assert_eq!(chosen(&rows, answer, 1), row, "{answer}");
        }
    }
}
