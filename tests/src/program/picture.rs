//! A picture of a terminal: what the emulator showed, as an SVG for light or dark pages.

use std::fmt::Write as _;

use crate::program::rendering::{Span, Style};

/// Pixels: a cell is 0.6 of the font's size wide, as in nearly every monospaced font.
const FONT: f32 = 14.0;
const CELL: f32 = 8.4;
const LINE: f32 = 22.0;
const MARGIN: f32 = 24.0;
/// The bar with three dots.
const BAR: f32 = 36.0;

const FONTS: &str = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', 'Liberation Mono', monospace";

/// The colours of a page. Each text colour has a contrast of at least 4.5 to 1 with the paper.
#[derive(Debug, Clone, Copy)]
pub struct Theme {
    paper: &'static str,
    border: &'static str,
    text: &'static str,
    dim: &'static str,
    red: &'static str,
    green: &'static str,
    yellow: &'static str,
    blue: &'static str,
}

impl Theme {
    pub const LIGHT: Self = Self {
        paper: "#f6f8fa",
        border: "#d1d9e0",
        text: "#1f2328",
        dim: "#59636e",
        red: "#cf222e",
        green: "#116329",
        yellow: "#7d4e00",
        blue: "#0550ae",
    };

    pub const DARK: Self = Self {
        paper: "#151b23",
        border: "#3d444d",
        text: "#f0f6fc",
        dim: "#9198a1",
        red: "#ff7b72",
        green: "#3fb950",
        yellow: "#d29922",
        blue: "#58a6ff",
    };

    /// # Panics
    /// If the program uses a colour that no picture has shown so far: then it is to be chosen here.
    fn color(&self, style: Style) -> &'static str {
        match style.color {
            vt100::Color::Default if style.dim => self.dim,
            vt100::Color::Default => self.text,
            vt100::Color::Idx(1) => self.red,
            vt100::Color::Idx(2) => self.green,
            vt100::Color::Idx(3) => self.yellow,
            vt100::Color::Idx(4) => self.blue,
            other => panic!("a picture has no color for {other:?} yet"),
        }
    }
}

/// Screens of one session below each other, below the command that was typed.
#[derive(Debug, Clone)]
pub struct Picture {
    title: String,
    command: String,
    screens: Vec<Vec<Vec<Span>>>,
}

impl Picture {
    #[must_use]
    pub fn new(title: &str, command: &str) -> Self {
        Self { title: title.to_owned(), command: command.to_owned(), screens: Vec::new() }
    }

    /// Another screen, as [`Screen::spans`](crate::Screen::spans) returns it.
    pub fn screen(&mut self, rows: Vec<Vec<Span>>) {
        self.screens.push(rows);
    }

    /// Replaces what differs from one run to the next.
    pub fn replace(&mut self, from: &str, to: &str) {
        for span in self.screens.iter_mut().flatten().flatten() {
            span.text = span.text.replace(from, to);
        }
    }

    /// The whole session as plain text: what a screen reader says.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = format!("$ {}", self.command);
        for row in self.screens.iter().flatten() {
            text.push('\n');
            for span in row {
                text.push_str(&span.text);
            }
        }
        text
    }

    /// The SVG.
    #[must_use]
    pub fn svg(&self, theme: &Theme) -> String {
        let mut body = String::new();
        let mut y = BAR + MARGIN;
        let _ = writeln!(body, "{}", words("$", 0, y, &format!(" fill=\"{}\"", theme.dim)));
        let typed = format!(" fill=\"{}\" font-weight=\"bold\"", theme.text);
        let _ = writeln!(body, "{}", words(&self.command, 2, y, &typed));
        for (number, rows) in self.screens.iter().enumerate() {
            y += if number == 0 { 0.0 } else { LINE / 2.0 };
            for row in rows {
                y += LINE;
                row.iter().for_each(|span| body.push_str(&drawn(span, theme, y)));
            }
        }
        let columns = self.text().lines().map(|line| line.chars().count()).max().unwrap_or(0);
        let columns = u16::try_from(columns).expect("a narrow picture");
        let (width, height) = (f32::from(columns) * CELL + 2.0 * MARGIN, y + MARGIN);
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height:.0}\" \
             width=\"{width:.0}\" height=\"{height:.0}\" role=\"img\" aria-labelledby=\"title desc\">\n\
             <title id=\"title\">{}</title>\n<desc id=\"desc\">{}</desc>\n",
            escaped(&self.title),
            escaped(&self.text())
        );
        let _ = writeln!(
            svg,
            "<rect x=\"0.5\" y=\"0.5\" width=\"{:.0}\" height=\"{:.0}\" rx=\"9.5\" fill=\"{}\" stroke=\"{}\"/>",
            width - 1.0,
            height - 1.0,
            theme.paper,
            theme.border
        );
        for dot in [22, 42, 62] {
            let _ =
                writeln!(svg, "<circle cx=\"{dot}\" cy=\"20\" r=\"6\" fill=\"{}\"/>", theme.border);
        }
        let _ = writeln!(
            svg,
            "<g font-family=\"{FONTS}\" font-size=\"{FONT:.0}\" xml:space=\"preserve\">\n{body}</g>\n</svg>"
        );
        svg
    }
}

fn drawn(span: &Span, theme: &Theme, y: f32) -> String {
    assert!(!span.style.inverse, "a picture cannot show inverse text yet");
    let text = span.text.trim();
    if text.is_empty() {
        return String::new();
    }
    let blanks = span.text.chars().count() - span.text.trim_start().chars().count();
    let mut look = format!(" fill=\"{}\"", theme.color(span.style));
    if span.style.bold {
        look.push_str(" font-weight=\"bold\"");
    }
    if span.style.underline {
        look.push_str(" text-decoration=\"underline\"");
    }
    let blanks = u16::try_from(blanks).expect("a narrow screen");
    words(text, span.column + blanks, y, &look) + "\n"
}

fn words(text: &str, column: u16, y: f32, look: &str) -> String {
    let x = f32::from(column) * CELL + MARGIN;
    format!("<text x=\"{x:.1}\" y=\"{y:.1}\"{look}>{}</text>", escaped(text))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_has_the_text_and_the_styles_of_the_emulator() {
        let mut parser = vt100::Parser::new(3.try_into().unwrap(), 20.try_into().unwrap(), 0);
        parser.process(b"\x1b[32mok\x1b[0m  \x1b[1mbold\x1b[0m <&>\r\n    \x1b[4mlink\x1b[0m");
        let mut picture = Picture::new("A & B", "run");
        picture.screen(crate::program::rendering::spans_of(parser.screen()));
        picture.replace("link", "place");
        assert_eq!(picture.text(), "$ run\nok  bold <&>\n    place");
        let svg = picture.svg(&Theme::LIGHT);
        for part in [
            "<title id=\"title\">A &amp; B</title>",
            "<text x=\"24.0\" y=\"82.0\" fill=\"#116329\">ok</text>",
            "<text x=\"57.6\" y=\"82.0\" fill=\"#1f2328\" font-weight=\"bold\">bold</text>",
            "<text x=\"99.6\" y=\"82.0\" fill=\"#1f2328\">&lt;&amp;&gt;</text>",
            "<text x=\"57.6\" y=\"104.0\" fill=\"#1f2328\" text-decoration=\"underline\">place</text>",
        ] {
            assert!(svg.contains(part), "{part} in {svg}");
        }
    }
}
