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
