//! The terminal: what it can display, and the messages that the program writes to standard error.

pub mod browsers;
mod command_lines;
pub mod countdown;
pub mod environment;
mod hyperlink;
pub mod layout;
pub mod note;
pub mod paste;
mod printed_url;
pub mod prompt;
pub mod ssh;

use std::env;
use std::io::{self, IsTerminal, Write};

use crate::error::{Error, Result, Suggestion};
use crate::output;
use crate::platform;
use crate::text::{sanitized, width};
use dialoguer::console;
use note::Note;

/// The properties of the standard streams, determined once.
#[derive(Debug, Clone, Copy)]
pub struct Terminal {
    pub stdin: bool,
    pub stderr: bool,
    stdout: bool,
    pub colour: bool,
    pub utf8: bool,
    /// Whether the cursor can be moved.
    pub can_move_cursor: bool,
    pub verbose: bool,
    /// Whether a URL can be shown as a hyperlink.
    links: bool,
    /// Whether a CI system runs this process. Some provide a terminal, at which no question can be answered.
    ci: bool,
}

impl Terminal {
    pub fn find(verbose: bool) -> Self {
        let stderr = io::stderr().is_terminal();
        let is = |name, wanted: fn(&str) -> bool| env::var(name).is_ok_and(|value| wanted(&value));
        let can_move_cursor = stderr && !console::is_dumb() && !is("ACCESSIBLE", |it| it == "1");
        let ci = environment::is_ci();
        Self {
            stdin: io::stdin().is_terminal(),
            stderr,
            stdout: io::stdout().is_terminal(),
            colour: stderr && !is("NO_COLOR", |it| !it.is_empty()) && !console::is_dumb(),
            utf8: locale_is_utf8(),
            can_move_cursor,
            verbose,
            links: can_move_cursor && !ci && hyperlink::is_supported(&|name| env::var(name).ok()),
            ci,
        }
    }

    /// Whether standard output is a terminal.
    pub fn prints_to_terminal(&self) -> bool {
        self.stdout
    }

    /// Whether a question can be asked and answered.
    pub fn can_prompt(&self) -> bool {
        self.no_prompt_reason().is_none()
    }

    /// Why no question can be asked. A redirected standard input is a reason, since console would read `/dev/tty`
    /// instead.
    pub fn no_prompt_reason(&self) -> Option<&'static str> {
        match (self.stdin && self.stderr, self.ci) {
            (false, _) => Some("this is not a terminal"),
            (true, true) => Some("this is CI (the variable CI is set)"),
            (true, false) => None,
        }
    }

    /// Whether a CI system runs this process.
    pub fn is_ci(&self) -> bool {
        self.ci
    }

    /// The width of the screen in columns, or 80 if it is unknown.
    pub fn columns(&self) -> usize {
        match platform::terminal::size() {
            Some((_, columns)) if columns > 0 => columns,
            _ => 80,
        }
    }

    /// Prints the lines of a result on standard output, each on one line without anything that controls a terminal. On a
    /// terminal they are wrapped as messages are; scripts, which read a pipe or a file, get them whole.
    ///
    /// # Errors
    /// As [`output::print`].
    pub fn print(&self, lines: &[String]) -> Result<()> {
        let columns = if self.stdout { self.columns() } else { usize::MAX };
        let wrapped = lines.iter().map(|it| layout::wrapped(&sanitized(it), 0, columns) + "\n");
        output::print(&wrapped.collect::<String>())
    }

    /// Writes one line without control characters. Ignores write errors, as of a closed terminal.
    pub fn say(&self, line: &str) {
        self.write(&self.wrapped(line, 0));
    }

    /// Writes one line that contains this URL of the program, which is a hyperlink if the terminal shows them.
    pub fn say_link(&self, line: &str, url: &str) {
        self.say_around(line, url, &|_| url.to_owned());
    }

    /// As [`Terminal::say_link`], for a URL that a provider or server chose. If the terminal must fold it, no row begins like
    /// a line of the program.
    pub fn say_outside_link(&self, line: &str, url: &str) {
        self.say_around(line, url, &|room| printed_url::form(url, room, self.columns()));
    }

    fn say_around(&self, line: &str, url: &str, form: &dyn Fn(usize) -> String) {
        let columns = if self.stderr { self.columns() } else { usize::MAX };
        // Text that could end the sequence is not a URL.
        let is_linked = self.links && url.bytes().all(|it| it.is_ascii_graphic());
        let shown = |room: usize| match is_linked {
            true => hyperlink::linked(url, &form(room)),
            false => form(room),
        };
        self.write(&layout::wrapped_around(&sanitized(line), url, columns, &shown));
    }

    /// Writes one line with `--verbose`, else nothing.
    pub fn detail(&self, line: &str) {
        if self.verbose {
            self.write(&self.paint("2", &self.wrapped(line, 0)));
        }
    }

    /// Writes a note of another part of the program.
    pub fn note(&self, note: &Note) {
        match note {
            Note::Line(line) => self.say(line),
            Note::Done(line) => self.done(line),
            Note::Detail(line) => self.detail(line),
        }
    }

    /// Writes a line marked as a success.
    pub fn done(&self, line: &str) {
        match (self.stderr, self.utf8) {
            (false, _) => self.say(line),
            (true, true) => self.write(&self.marked("32", "✔", line)),
            (true, false) => self.write(&self.marked("32", "ok:", line)),
        }
    }

    /// Writes the error and its suggestions, with the commands aligned.
    pub fn fail(&self, error: &Error) {
        let mark = if self.stderr && self.utf8 { "✗" } else { "error:" };
        self.write(&self.marked("31", mark, &error.to_string()));
        let labels = error.suggestions().iter().map(|it| it.label.chars().count());
        let widest = labels.max().unwrap_or(0);
        for Suggestion { label, command } in error.suggestions() {
            let gap = " ".repeat(widest - label.chars().count());
            let line = sanitized(&format!("  {label}:{gap}  {command}"));
            match self.stderr && width(&line) > self.columns() {
                true => {
                    let command = sanitized(&command.to_string());
                    let lines = command_lines::wrapped(&command, self.columns());
                    self.write(&format!("  {label}:\n{lines}"));
                }
                false => self.write(&line),
            }
        }
    }

    /// The wrapped line after a mark in this style.
    fn marked(&self, style: &str, mark: &str, line: &str) -> String {
        format!("{} {}", self.paint(style, mark), self.wrapped(line, width(mark) + 1))
    }

    /// Wraps the line at the width of a terminal. In other output, such as a log, lines stay whole.
    fn wrapped(&self, line: &str, mark: usize) -> String {
        let columns = if self.stderr { self.columns() } else { usize::MAX };
        layout::wrapped(&sanitized(line), mark, columns)
    }

    /// Writes a line in one call, so that output of another process cannot be mixed into it.
    fn write(&self, line: &str) {
        let _ = io::stderr().write_all(format!("{line}\n").as_bytes());
    }

    /// `text` in an ECMA-48 colour or style, if colour is enabled.
    pub fn paint(&self, style: &str, text: &str) -> String {
        if self.colour { format!("\x1b[{style}m{text}\x1b[0m") } else { text.to_owned() }
    }
}

/// Whether the locale uses UTF-8. The first variable that is set decides, as in the C library.
fn locale_is_utf8() -> bool {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
        .into_iter()
        .find_map(|name| env::var(name).ok().filter(|value| !value.is_empty()));
    let locale = locale.unwrap_or_default().to_ascii_lowercase();
    platform::TERMINALS_SHOW_UTF8 || locale.contains("utf-8") || locale.contains("utf8")
}
