//! The screen of the terminal emulator as text and as styles.

/// The style of one cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    pub bold: bool,
    pub dim: bool,
    pub underline: bool,
    pub inverse: bool,
    pub color: vt100::Color,
}

impl Style {
    fn of(cell: &vt100::Cell) -> Self {
        Self {
            bold: cell.bold(),
            dim: cell.dim(),
            underline: cell.underline(),
            inverse: cell.inverse(),
            color: cell.fgcolor(),
        }
    }
}

/// Text of one style within a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// The first column, from 0.
    pub column: u16,
    pub text: String,
    pub style: Style,
}

/// The output that shows the same lines on a screen of another size, wrapped at its width, and its cursor at the same
/// character: what many terminals do when their window is resized.
pub(crate) fn rewrapped(screen: &vt100::Screen, rows: u16, cols: u16) -> Vec<u8> {
    let (cursor_row, cursor_col) = screen.cursor_position();
    let (mut lines, mut cursor) = (vec![String::new()], (0, 0));
    let texts: Vec<String> = screen.rows(0, screen.size().1.get()).collect();
    for (row, text) in (0..).zip(&texts) {
        let index = lines.len() - 1;
        if row == cursor_row {
            cursor = (lines[index].chars().count() + usize::from(cursor_col), index);
        }
        lines[index].push_str(text);
        if !screen.row_wrapped(row) {
            lines.push(String::new());
        }
    }
    let last = lines.iter().rposition(|it| !it.is_empty()).unwrap_or(0).max(cursor.1);
    lines.truncate(last + 1);
    let height = |line: &String| line.chars().count().div_ceil(usize::from(cols)).max(1);
    let above: usize = lines[..cursor.1].iter().map(height).sum();
    let scrolled = lines.iter().map(height).sum::<usize>().saturating_sub(rows.into());
    let row = (above + cursor.0 / usize::from(cols)).saturating_sub(scrolled) + 1;
    let col = cursor.0 % usize::from(cols) + 1;
    let mut output = lines.join("\r\n");
    output += &format!("\x1b[{row};{col}H");
    output += if screen.hide_cursor() { "\x1b[?25l" } else { "" };
    output += if screen.bracketed_paste() { "\x1b[?2004h" } else { "" };
    output.into_bytes()
}

/// The rows of the screen, as text with its styles, without empty rows at the end.
pub(crate) fn spans_of(screen: &vt100::Screen) -> Vec<Vec<Span>> {
    let (rows, _) = screen.size();
    let mut rows: Vec<_> = (0..rows.get()).map(|row| spans_of_row(screen, row)).collect();
    rows.truncate(rows.iter().rposition(|row| !row.is_empty()).map_or(0, |last| last + 1));
    rows
}

/// Leaves out the spaces at the end of the row.
fn spans_of_row(screen: &vt100::Screen, row: u16) -> Vec<Span> {
    let (_, cols) = screen.size();
    let mut spans: Vec<Span> = Vec::new();
    for column in 0..cols.get() {
        let Some(cell) = screen.cell(row, column).filter(|it| !it.is_wide_continuation()) else {
            continue;
        };
        let style = Style::of(cell);
        match spans.last_mut() {
            Some(span) if span.style == style => span.text.push_str(contents(cell)),
            _ => spans.push(Span { column, text: contents(cell).to_owned(), style }),
        }
    }
    while let Some(last) = spans.last_mut() {
        let shown = last.text.trim_end().len();
        last.text.truncate(shown);
        if shown > 0 {
            break;
        }
        spans.pop();
    }
    spans
}

fn contents(cell: &vt100::Cell) -> &str {
    if cell.has_contents() { cell.contents() } else { " " }
}

/// The text of the screen, without spaces at the ends of lines and empty lines at the end.
pub(crate) fn text_of(screen: &vt100::Screen) -> String {
    let (_, cols) = screen.size();
    let rows: Vec<_> = screen.rows(0, cols.get()).map(|row| row.trim_end().to_owned()).collect();
    rows.join("\n").trim_end_matches('\n').to_owned()
}

/// The style of the first cell of this text.
pub(crate) fn style_of(screen: &vt100::Screen, text: &str) -> Option<Style> {
    let (rows, cols) = screen.size();
    for row in 0..rows.get() {
        let mut line = String::new();
        let mut starts = Vec::new();
        for cell in (0..cols.get()).filter_map(|col| screen.cell(row, col)) {
            if !cell.is_wide_continuation() {
                starts.push((line.len(), cell));
                line.push_str(contents(cell));
            }
        }
        let Some(at) = line.find(text) else { continue };
        let (_, cell) = starts.iter().find(|(start, _)| *start == at)?;
        return Some(Style::of(cell));
    }
    None
}
