//! Finds known texts in a text, however they are encoded there: with percent signs, as JSON, in base64.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};

/// A shorter text is found as a word only: it is a part of many.
pub const SHORTEST: usize = 4;

/// So much of the begin or the end of a secret is a secret.
const PART: usize = 8;

/// How often a text may be encoded.
const LEVELS: usize = 3;

/// A text to find, and what replaces it.
#[derive(Clone, Debug)]
pub struct Needle {
    pub text: String,
    pub canary: String,
    /// Its begin and its end are found too.
    pub in_part: bool,
}

/// The text with the canary of each needle in its place. The needles stand in the order of their length, the longest first.
pub fn replaced(text: &str, needles: &[Needle]) -> String {
    at_level(text, needles, LEVELS)
}

fn at_level(text: &str, needles: &[Needle], level: usize) -> String {
    if text.is_empty() || needles.is_empty() || level == 0 {
        return text.to_owned();
    }
    let mut hits = Hits(Vec::new());
    let first = Some(View::of(text));
    let views: Vec<View> = std::iter::successors(first, View::decoded).take(LEVELS).collect();
    for seen in &views {
        needles.iter().for_each(|it| seen.find(it, text, &mut hits));
    }
    for (start, end) in runs(text) {
        if let Some(new) = in_base64(&text[start..end], needles, level) {
            hits.add(start, end, new);
        }
    }
    // A part is longest where all of the text is decoded.
    for seen in views.iter().rev() {
        needles.iter().filter(|it| it.in_part).for_each(|it| seen.find_part(it, &mut hits));
    }
    hits.applied_to(text)
}

/// Places of a text and what stands there instead; they do not overlap.
struct Hits(Vec<(usize, usize, String)>);

impl Hits {
    fn add(&mut self, start: usize, end: usize, new: String) {
        if self.0.iter().all(|(from, to, _)| end <= *from || *to <= start) {
            self.0.push((start, end, new));
        }
    }

    fn applied_to(mut self, text: &str) -> String {
        self.0.sort();
        let (mut out, mut last) = (String::new(), 0);
        for (start, end, new) in self.0 {
            out.push_str(text.get(last..start).unwrap_or_default());
            out.push_str(&new);
            last = end;
        }
        out + text.get(last..).unwrap_or_default()
    }
}

/// The bytes that a text stands for, each with the place in the text that it comes from.
struct View {
    bytes: Vec<u8>,
    from: Vec<(usize, usize)>,
}

impl View {
    fn of(text: &str) -> Self {
        let from = (0..text.len()).map(|at| (at, at + 1)).collect();
        Self { bytes: text.as_bytes().to_vec(), from }
    }

    /// Without one level of percent signs and of escapes in JSON, if there are any.
    fn decoded(&self) -> Option<Self> {
        let mut view = Self { bytes: Vec::new(), from: Vec::new() };
        let mut at = 0;
        while at < self.bytes.len() {
            let (bytes, length) = unescaped(&self.bytes[at..]).unwrap_or((vec![self.bytes[at]], 1));
            let from = (self.from[at].0, self.from[at + length - 1].1);
            view.from.extend(bytes.iter().map(|_| from));
            view.bytes.extend(bytes);
            at += length;
        }
        (view.bytes.len() < self.bytes.len()).then_some(view)
    }

    fn find(&self, needle: &Needle, text: &str, hits: &mut Hits) {
        // A form has a plus sign for a space.
        let plus = needle.text.contains(' ').then(|| needle.text.replace(' ', "+"));
        for wanted in [Some(needle.text.as_str()), plus.as_deref()].into_iter().flatten() {
            for at in self.places(wanted.as_bytes()) {
                if wanted.len() >= SHORTEST || self.is_word(at, wanted.len()) {
                    let (start, end) = self.source(at, wanted.len());
                    let is_encoded = text.get(start..end).is_some_and(|it| it.contains('%'));
                    let canary = match is_encoded && needle.canary.is_ascii() {
                        true => escaped(&needle.canary),
                        false => needle.canary.clone(),
                    };
                    hits.add(start, end, canary);
                }
            }
        }
    }

    fn find_part(&self, needle: &Needle, hits: &mut Hits) {
        let (wanted, canary) = (needle.text.as_bytes(), needle.canary.as_str());
        if wanted.len() < PART + SHORTEST || !needle.text.is_ascii() {
            return;
        }
        for at in self.places(&wanted[..PART]) {
            let same = self.bytes[at..].iter().zip(wanted).take_while(|(a, b)| a == b).count();
            let (start, end) = self.source(at, same);
            hits.add(start, end, canary.get(..same).unwrap_or(canary).to_owned());
        }
        for at in self.places(&wanted[wanted.len() - PART..]) {
            let before = self.bytes[..at + PART].iter().rev().zip(wanted.iter().rev());
            let same = before.take_while(|(a, b)| a == b).count();
            let (start, end) = self.source(at + PART - same, same);
            let canary = canary.get(canary.len().saturating_sub(same)..).unwrap_or(canary);
            hits.add(start, end, canary.to_owned());
        }
    }

    fn places(&self, wanted: &[u8]) -> Vec<usize> {
        let windows = self.bytes.windows(wanted.len().max(1)).enumerate();
        windows.filter(|(_, it)| *it == wanted).map(|(at, _)| at).collect()
    }

    fn source(&self, at: usize, length: usize) -> (usize, usize) {
        (self.from[at].0, self.from[at + length - 1].1)
    }

    fn is_word(&self, at: usize, length: usize) -> bool {
        let is_letter =
            |it: Option<&u8>| it.is_some_and(|it| it.is_ascii_alphanumeric() || *it >= 128);
        let before = at.checked_sub(1).and_then(|it| self.bytes.get(it));
        !is_letter(before) && !is_letter(self.bytes.get(at + length))
    }
}

/// What an escape at the begin of a text stands for, and its length.
fn unescaped(rest: &[u8]) -> Option<(Vec<u8>, usize)> {
    let hex = |from: usize, to: usize| {
        let digits = std::str::from_utf8(rest.get(from..to)?).ok()?;
        let is_hex = digits.bytes().all(|it| it.is_ascii_hexdigit());
        is_hex.then(|| u32::from_str_radix(digits, 16).ok())?
    };
    let text = |c: u32| char::from_u32(c).map(|it| it.to_string().into_bytes());
    match rest {
        [b'%', ..] => Some((vec![u8::try_from(hex(1, 3)?).ok()?], 3)),
        [b'\\', b'u', ..] => {
            let unit = hex(2, 6)?;
            let second = rest.get(6..8).filter(|it| *it == b"\\u").and_then(|_| hex(8, 12));
            match (unit, second) {
                (0xd800..0xdc00, Some(low @ 0xdc00..0xe000)) => {
                    Some((text(0x1_0000 + ((unit - 0xd800) << 10) + (low - 0xdc00))?, 12))
                }
                _ => Some((text(unit)?, 6)),
            }
        }
        [b'\\', c @ (b'/' | b'"' | b'\\'), ..] => Some((vec![*c], 2)),
        [b'\\', b'n', ..] => Some((vec![b'\n'], 2)),
        [b'\\', b't', ..] => Some((vec![b'\t'], 2)),
        [b'\\', b'r', ..] => Some((vec![b'\r'], 2)),
        _ => None,
    }
}

/// With percent signs, also for a space.
pub fn escaped(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20")
}

/// Where a text has so many characters of base64 in a row that they may be one, without slashes too.
fn runs(text: &str) -> Vec<(usize, usize)> {
    let mut all = Vec::new();
    for others in ["+/_-=", "+_-=", "_-="] {
        let is_in = |it: u8| it.is_ascii_alphanumeric() || others.as_bytes().contains(&it);
        let mut start = 0;
        for (at, byte) in text.bytes().chain([b' ']).enumerate() {
            if !is_in(byte) {
                if at - start >= PART / 2 {
                    all.push((start, at));
                }
                start = at + 1;
            }
        }
    }
    all
}

/// What the text is with canaries, if it is base64 of a text that contains a needle.
fn in_base64(run: &str, needles: &[Needle], level: usize) -> Option<String> {
    // The begin may be a name and an equals sign.
    let from = run.trim_end_matches('=').rfind('=').map_or(0, |it| it + 1);
    let (name, run) = run.split_at(from);
    [STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD].iter().find_map(|encoding| {
        let inside = String::from_utf8(encoding.decode(run).ok()?).ok()?;
        let new = at_level(&inside, needles, level - 1);
        (new != inside).then(|| format!("{name}{}", encoding.encode(new)))
    })
}
