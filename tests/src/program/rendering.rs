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
                line.push_str(if cell.has_contents() { cell.contents() } else { " " });
            }
        }
        let Some(at) = line.find(text) else { continue };
        let (_, cell) = starts.iter().find(|(start, _)| *start == at)?;
        return Some(Style {
            bold: cell.bold(),
            dim: cell.dim(),
            underline: cell.underline(),
            inverse: cell.inverse(),
            color: cell.fgcolor(),
        });
    }
    None
}
