//! [`Tree`]: a YAML document with the places of its nodes in the text. It is read by the parser below serde-saphyr, so both
//! mean the same by a text.

use std::ops::Range;

use serde_saphyr::granit_parser::{self, Event, Parser, ScalarStyle, Span, StructureStyle};

use super::Obstacle;

/// The places of one document in its text.
#[derive(Debug)]
pub struct Tree<'a> {
    pub text: &'a str,
    /// `None` when the text is blank or has only comments.
    pub root: Option<Node>,
    /// Where the document ends: at `...`, or at the end of the text.
    pub end: usize,
    /// From `#` to the end of the line.
    pub comments: Vec<Range<usize>>,
    /// The anchors that aliases name, and where the aliases stand.
    pub aliases: Vec<(usize, usize)>,
    /// Where the text block begins that is the last of the file, if one is.
    pub last_block: Option<usize>,
}

/// A node: its bytes are those of its content, without an anchor or a tag.
#[derive(Debug)]
pub struct Node {
    /// Empty where a null is not written.
    pub span: Range<usize>,
    pub properties: Option<Properties>,
    pub kind: Kind,
}

/// The anchor and the tag before a node.
#[derive(Debug, Clone)]
pub struct Properties {
    pub span: Range<usize>,
    pub anchor: Option<usize>,
    pub is_tagged: bool,
}

#[derive(Debug)]
pub enum Kind {
    Alias,
    Scalar { text: String, style: ScalarStyle },
    Collection { is_flow: bool, is_mapping: bool, entries: Vec<Entry> },
}

/// A pair of a mapping, or an item of a sequence.
#[derive(Debug)]
pub struct Entry {
    pub key: Option<Node>,
    /// The colon behind the key, or the dash before the item. An item in flow style has none, nor has a key after `?`.
    pub mark: Option<usize>,
    pub value: Node,
}

impl Node {
    /// Where it begins, with its anchor and its tag.
    pub fn start(&self) -> usize {
        self.properties.as_ref().map_or(self.span.start, |it| it.span.start.min(self.span.start))
    }

    /// Whether it is a null that is not written.
    pub fn is_omitted(&self) -> bool {
        self.span.is_empty() && matches!(self.kind, Kind::Scalar { .. })
    }

    /// Where what is written of it ends.
    fn end(&self) -> Option<usize> {
        let properties = self.properties.as_ref().map(|it| it.span.end);
        if self.is_omitted() { properties } else { properties.max(Some(self.span.end)) }
    }

    pub fn entries(&self) -> &[Entry] {
        match &self.kind {
            Kind::Collection { entries, .. } => entries,
            Kind::Alias | Kind::Scalar { .. } => &[],
        }
    }

    pub fn is_mapping(&self) -> bool {
        matches!(self.kind, Kind::Collection { is_mapping: true, .. })
    }

    pub fn is_flow(&self) -> bool {
        matches!(self.kind, Kind::Collection { is_flow: true, .. })
    }

    /// Whether it is a mapping or a sequence with lines of its own.
    pub fn is_block(&self) -> bool {
        matches!(self.kind, Kind::Collection { is_flow: false, .. })
    }

    /// Whether it is a null, written or not.
    pub fn is_null(&self) -> bool {
        let is_word = |text: &str| ["", "~", "null", "Null", "NULL"].contains(&text);
        let Kind::Scalar { text, style } = &self.kind else { return false };
        *style == ScalarStyle::Plain && is_word(text)
    }

    /// The text of a scalar.
    pub fn text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Scalar { text, .. } => Some(text),
            Kind::Alias | Kind::Collection { .. } => None,
        }
    }

    /// The pair with this key.
    pub fn pair(&self, name: &str) -> Option<&Entry> {
        self.entries().iter().find(|it| it.name() == Some(name))
    }

    pub fn is_double_quoted(&self) -> bool {
        matches!(self.kind, Kind::Scalar { style: ScalarStyle::DoubleQuoted, .. })
    }
}

impl Entry {
    pub fn start(&self) -> usize {
        let first = self.key.as_ref().map_or(self.value.start(), Node::start);
        match (&self.key, self.mark) {
            (None, Some(dash)) => dash,
            _ => first,
        }
    }

    pub fn end(&self) -> usize {
        let key = self.key.as_ref().and_then(Node::end);
        let mark = self.mark.map(|at| at + 1);
        self.value.end().max(mark).max(key).unwrap_or(self.start())
    }

    /// Where a value that is not written yet would follow: after the colon and what stands before the value.
    pub fn place_of_value(&self) -> Option<usize> {
        let properties = self.value.properties.as_ref().map(|it| it.span.end);
        self.mark.map(|colon| properties.unwrap_or(colon + 1))
    }

    /// The text of the key.
    pub fn name(&self) -> Option<&str> {
        self.key.as_ref()?.text()
    }
}

impl<'a> Tree<'a> {
    /// Reads the text.
    ///
    /// # Errors
    /// Where it cannot be parsed.
    pub fn read(text: &'a str) -> Result<Self, Obstacle> {
        let options = granit_parser::options! { emit_anchor_events: true };
        let parser = Parser::new_from_str_with_options(text, options);
        let (aliases, scalars) = (Vec::new(), Vec::new());
        let mut reader = Reader { text, parser, ahead: None, aliases, scalars, last_block: None };
        let (mut root, mut end) = (None, text.len());
        loop {
            match reader.next()? {
                (Event::StreamStart | Event::DocumentStart(..), _) => {}
                (Event::DocumentEnd, span) => {
                    let span = bytes(span);
                    end = if text[span.clone()] == *"..." { span.start } else { end };
                }
                (Event::StreamEnd, _) => break,
                first => root = Some(reader.node(first, 0)?),
            }
        }
        let comments = comments(text, &reader.scalars);
        let root = root.filter(|it| !it.is_omitted() || it.properties.is_some());
        let last = reader.scalars.last().filter(|it| it.end == text.trim_end().len());
        let last_block = reader.last_block.filter(|at| last.is_some_and(|it| it.start == *at));
        Ok(Self { text, root, end, comments, aliases: reader.aliases, last_block })
    }

    /// Where the line of this byte begins.
    pub fn line_start(&self, at: usize) -> usize {
        line_start(self.text, at)
    }

    /// Where the line of this byte ends, its line end included.
    pub fn line_end(&self, at: usize) -> usize {
        self.text[at..].find('\n').map_or(self.text.len(), |found| at + found + 1)
    }

    /// How many characters stand before this byte in its line.
    pub fn column(&self, at: usize) -> usize {
        self.text[self.line_start(at)..at].trim_start_matches('\u{feff}').chars().count()
    }

    /// What stands before this byte in its line, if it is only white space.
    pub fn margin(&self, at: usize) -> Option<&'a str> {
        let margin = self.text[self.line_start(at)..at].trim_start_matches('\u{feff}');
        margin.trim_matches([' ', '\t']).is_empty().then_some(margin)
    }

    pub fn is_multi_line(&self, span: &Range<usize>) -> bool {
        self.text[span.clone()].contains('\n')
    }

    pub fn has_comment(&self, span: &Range<usize>) -> bool {
        self.comments.iter().any(|it| span.contains(&it.start))
    }
}

/// The line end of a text: that of its first line.
pub fn line_break(text: &str) -> &'static str {
    match text.find('\n') {
        Some(at) if text[..at].ends_with('\r') => "\r\n",
        _ => "\n",
    }
}

pub fn line_start(text: &str, at: usize) -> usize {
    text[..at].rfind('\n').map_or(0, |found| found + 1)
}

/// The comments of a text: each `#` after white space that stands outside of scalars.
fn comments(text: &str, scalars: &[Range<usize>]) -> Vec<Range<usize>> {
    let (mut comments, mut from) = (Vec::new(), 0);
    for scalar in scalars.iter().chain([&(text.len()..text.len())]) {
        while from < scalar.start {
            let Some(found) = text[from..scalar.start].find('#') else { break };
            let start = from + found;
            let before = text[..start].chars().next_back();
            from = start + 1;
            if before.is_none_or(|it| it.is_whitespace() || it == '\u{feff}') {
                let rest = &text[start..];
                let end = start + rest.find(['\n', '\r']).unwrap_or(rest.len());
                comments.push(start..end);
                from = end;
            }
        }
        from = from.max(scalar.end);
    }
    comments
}

/// The bytes of a scalar without what follows its text. The span of a block scalar reaches to the next token.
fn content(text: &str, span: Range<usize>, style: ScalarStyle, value: &str) -> Range<usize> {
    if !matches!(style, ScalarStyle::Literal | ScalarStyle::Folded) {
        return span;
    }
    let written = &text[span.clone()];
    // Blank lines are part of the text only with `|+`.
    let length = match value.ends_with("\n\n") || value.trim_matches('\n').is_empty() {
        true => written.rfind('\n').unwrap_or_default(),
        false => written.trim_end().len(),
    };
    span.start..span.start + length
}

fn bytes(span: Span) -> Range<usize> {
    span.byte_range().unwrap_or_default()
}

struct Reader<'a> {
    text: &'a str,
    parser: Parser<'a, granit_parser::StrInput<'a>>,
    ahead: Option<(Event<'a>, Span)>,
    aliases: Vec<(usize, usize)>,
    /// The bytes of the scalars, in order.
    scalars: Vec<Range<usize>>,
    last_block: Option<usize>,
}

impl<'a> Reader<'a> {
    fn next(&mut self) -> Result<(Event<'a>, Span), Obstacle> {
        if let Some(ahead) = self.ahead.take() {
            return Ok(ahead);
        }
        let broken = |at: usize| Obstacle { at, what: "the text cannot be parsed" };
        match self.parser.next() {
            Some(Ok(next)) => Ok(next),
            Some(Err(error)) => Err(broken(error.marker().byte_offset().unwrap_or_default())),
            None => Err(broken(self.text.len())),
        }
    }

    /// The node that begins with this event. Its dash or key, if any, ends at `after`.
    fn node(&mut self, (event, span): (Event<'a>, Span), after: usize) -> Result<Node, Obstacle> {
        let place = bytes(span);
        let properties = self.properties(event.tag().and(span.tag_span()))?;
        let after = properties.as_ref().map_or(after, |it| it.span.end.max(after));
        match event {
            Event::Alias(anchor) => {
                self.aliases.push((anchor, place.start));
                Ok(Node { span: place, properties, kind: Kind::Alias })
            }
            Event::Scalar(text, style, ..) => {
                let span = content(self.text, place, style, &text);
                self.scalars.push(span.clone());
                if matches!(style, ScalarStyle::Literal | ScalarStyle::Folded) {
                    self.last_block = Some(span.start);
                }
                // The parser gives a null that is not written as `~`.
                let text = if span.is_empty() { String::new() } else { text.into_owned() };
                let kind = Kind::Scalar { text, style };
                Ok(Node { span, properties, kind })
            }
            Event::SequenceStart(style, ..) => {
                self.collection(place, after, style, false, properties)
            }
            Event::MappingStart(style, ..) => {
                self.collection(place, after, style, true, properties)
            }
            _ => Err(Obstacle { at: place.start, what: "this is not understood" }),
        }
    }

    fn properties(&mut self, tag: Option<Span>) -> Result<Option<Properties>, Obstacle> {
        let tag = tag.map(bytes);
        let (mut anchor, mut name) = (None, None);
        match self.next()? {
            (Event::Anchor(id, _), span) => (anchor, name) = (Some(id), Some(bytes(span))),
            other => self.ahead = Some(other),
        }
        let is_tagged = tag.is_some();
        let spans = tag.into_iter().chain(name);
        let hull = spans.reduce(|a, b| a.start.min(b.start)..a.end.max(b.end));
        Ok(hull.map(|span| Properties { span, anchor, is_tagged }))
    }

    fn collection(
        &mut self,
        opener: Range<usize>,
        after: usize,
        style: StructureStyle,
        is_mapping: bool,
        properties: Option<Properties>,
    ) -> Result<Node, Obstacle> {
        let is_flow = style == StructureStyle::Flow;
        let (mut entries, mut after) = (Vec::<Entry>::new(), after);
        let closer = loop {
            match self.next()? {
                (Event::SequenceEnd | Event::MappingEnd, span) => break bytes(span),
                first => {
                    let entry = match is_mapping {
                        true => self.pair(first, after)?,
                        false => self.item(first, after, is_flow)?,
                    };
                    after = entry.end();
                    entries.push(entry);
                }
            }
        };
        let span = match (entries.first(), entries.last()) {
            (Some(first), Some(last)) if !is_flow || opener.is_empty() => first.start()..last.end(),
            _ => opener.start..closer.end,
        };
        Ok(Node { span, properties, kind: Kind::Collection { is_flow, is_mapping, entries } })
    }

    fn pair(&mut self, first: (Event<'a>, Span), after: usize) -> Result<Entry, Obstacle> {
        let key = self.node(first, after)?;
        let end = key.end().unwrap_or(key.span.end);
        let rest = &self.text[end..];
        let gap = rest.len() - rest.trim_start_matches([' ', '\t']).len();
        let is_explicit = self.text[..key.start()].trim_end_matches([' ', '\t']).ends_with('?');
        let mark = (rest[gap..].starts_with(':') && !is_explicit).then_some(end + gap);
        let next = self.next()?;
        let value = self.node(next, mark.map_or(end, |colon| colon + 1))?;
        Ok(Entry { key: Some(key), mark, value })
    }

    fn item(
        &mut self,
        first: (Event<'a>, Span),
        after: usize,
        is_flow: bool,
    ) -> Result<Entry, Obstacle> {
        let start = bytes(first.1).start;
        let mark = if is_flow { None } else { self.dash(after, start) };
        let value = self.node(first, mark.map_or(after, |dash| dash + 1))?;
        Ok(Entry { key: None, mark, value })
    }

    /// The first dash between these bytes that is not in a comment.
    fn dash(&self, from: usize, to: usize) -> Option<usize> {
        let mut at = from;
        for line in self.text.get(from..to)?.split_inclusive('\n') {
            let code = line.trim_start_matches([' ', '\t', '\r', '\n']);
            if code.starts_with('-') {
                return Some(at + line.len() - code.len());
            }
            at += line.len();
        }
        None
    }
}
