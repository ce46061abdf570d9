//! Keys: the bytes that a terminal sends for them.

/// One key, or a text that is typed or pasted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Key {
    Up,
    Down,
    Left,
    Right,
    PageUp,
    PageDown,
    Home,
    End,
    Enter,
    Escape,
    Space,
    Tab,
    Backspace,
    CtrlC,
    CtrlD,
    CtrlZ,
    CtrlBackslash,
    /// Typed, character by character.
    Text(String),
    /// Pasted: in bracketed paste mode if the program enabled it.
    Paste(String),
}

impl Key {
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    pub(crate) fn bytes(&self, bracketed: bool) -> Vec<u8> {
        let sequence: &str = match self {
            Self::Up => "\x1b[A",
            Self::Down => "\x1b[B",
            Self::Right => "\x1b[C",
            Self::Left => "\x1b[D",
            Self::PageUp => "\x1b[5~",
            Self::PageDown => "\x1b[6~",
            Self::Home => "\x1b[H",
            Self::End => "\x1b[F",
            Self::Enter => "\r",
            Self::Escape => "\x1b",
            Self::Space => " ",
            Self::Tab => "\t",
            Self::Backspace => "\x7f",
            Self::CtrlC => "\x03",
            Self::CtrlD => "\x04",
            Self::CtrlZ => "\x1a",
            Self::CtrlBackslash => "\x1c",
            Self::Text(text) => text,
            Self::Paste(text) if bracketed => &format!("\x1b[200~{text}\x1b[201~"),
            Self::Paste(text) => text,
        };
        sequence.as_bytes().to_owned()
    }
}

impl From<Key> for Vec<Key> {
    fn from(key: Key) -> Self {
        vec![key]
    }
}
