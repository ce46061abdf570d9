//! A config file as pieces of text, each with its owner: what a change may touch, known without reading YAML.

/// Whose text it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    File,
    Context(usize),
    Token(usize),
}

/// A list of entries of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum List {
    Contexts,
    Tokens,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Role {
    Content,
    /// A line that has no value: a comment, or blank.
    Comment,
    /// The value of the member with this key; with the space before it if it stands in block style.
    Value(&'static str),
    /// A part of the old form of the member with this key, which goes when its value is set.
    Legacy(&'static str),
    /// A context that is null or empty; no text if the context has members.
    Null,
    /// What stands in place of the entries: no text if there are some, and their style is block style.
    Empty(List),
    Open(List),
    Close(List),
    /// Between two entries in flow style.
    Comma,
    /// The bracket after the members of a context in flow style.
    CloseContext,
    /// The end of a file in flow style.
    CloseFile,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    pub text: String,
    pub owner: Owner,
    pub role: Role,
}

impl Piece {
    pub fn new(text: impl Into<String>, owner: Owner, role: Role) -> Self {
        Self { text: text.into(), owner, role }
    }
}

/// The pieces of a file, in order.
#[derive(Debug, Clone, Default)]
pub struct Pieces(pub Vec<Piece>);

impl Pieces {
    pub fn text(&self) -> String {
        self.0.iter().map(|it| it.text.as_str()).collect()
    }

    pub fn push(&mut self, text: impl Into<String>, owner: Owner, role: Role) {
        self.0.push(Piece::new(text, owner, role));
    }

    pub fn position(&self, owner: Owner, role: &Role) -> Option<usize> {
        self.0.iter().position(|it| it.owner == owner && it.role == *role)
    }

    pub fn find(&self, role: &Role) -> Option<usize> {
        self.0.iter().position(|it| it.role == *role)
    }

    /// The pieces of an entry, from the first to the last that is no comment.
    pub fn range(&self, owner: Owner) -> std::ops::RangeInclusive<usize> {
        let is_part = |it: &&Piece| it.owner == owner && it.role != Role::Comment;
        let first = self.0.iter().position(|it| is_part(&it)).expect("an entry");
        let last = self.0.iter().rposition(|it| is_part(&it)).expect("an entry");
        first..=last
    }

    /// The last piece of a list in block style.
    pub fn last_of(&self, list: List) -> Option<usize> {
        self.0.iter().rposition(|it| match (it.owner, list) {
            (Owner::Context(_), List::Contexts) | (Owner::Token(_), List::Tokens) => {
                it.role != Role::Comment
            }
            _ => false,
        })
    }

    /// The owners of the entries of a list, in order.
    pub fn owners(&self, list: List) -> Vec<Owner> {
        let mut owners = Vec::new();
        for piece in &self.0 {
            let is_wanted = matches!(
                (piece.owner, list),
                (Owner::Context(_), List::Contexts) | (Owner::Token(_), List::Tokens)
            );
            if is_wanted && !owners.contains(&piece.owner) {
                owners.push(piece.owner);
            }
        }
        owners
    }

    /// Compares with a text that has one text in addition, at this piece. Returns it.
    pub fn hole(&self, at: usize, text: &str) -> String {
        let before: String = self.0[..at].iter().map(|it| it.text.as_str()).collect();
        let after: String = self.0[at..].iter().map(|it| it.text.as_str()).collect();
        let found = text.strip_prefix(&before).and_then(|it| it.strip_suffix(&after));
        let found = found.unwrap_or_else(|| {
            panic!(
                "more than was meant is changed\nbefore: {before:?}\nafter: {after:?}\nis: {text:?}"
            )
        });
        found.to_owned()
    }
}
