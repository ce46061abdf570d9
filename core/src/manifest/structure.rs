//! What `export_provider!` checks while it compiles: the fields of a manifest at its top level.

use super::unknown::{FIELDS, SCHEMA};

/// How many of the fields, from the first on, a manifest must have.
const REQUIRED: usize = 8;

/// Fails the compilation if `json` has a field at its top level that is unknown, or lacks one that is required, and names it.
/// It reads no values: a test that the macro adds does.
///
/// # Panics
/// If so.
#[doc(hidden)]
pub const fn assert_structure(json: &str) {
    let json = json.as_bytes();
    let mut found = [false; FIELDS.len()];
    let (mut at, mut depth) = (0, 0);
    while at < json.len() {
        match json[at] {
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth -= 1,
            b'"' => {
                let end = end_of_string(json, at);
                if depth == 1 && is_before_colon(json, end) {
                    let field = position(json, at + 1, end);
                    if field < FIELDS.len() {
                        found[field] = true;
                    } else if !is_at(json, at + 1, end, SCHEMA.as_bytes()) {
                        let name = json.split_at(end).0.split_at(at + 1).1;
                        refuse("provider.json: the field \"", name, "\" is unknown");
                    }
                }
                at = end;
            }
            _ => {}
        }
        at += 1;
    }
    assert!(depth == 0, "provider.json is not JSON");
    let mut field = 0;
    while field < REQUIRED {
        if !found[field] {
            refuse("provider.json: the field \"", FIELDS[field].as_bytes(), "\" is missing");
        }
        field += 1;
    }
}

/// The longest message, in bytes. What is longer is cut: the test names it in full.
const LONGEST: usize = 256;

/// Panics with these three parts. A panic in a constant has one text and formats nothing, so it is put together here.
#[allow(clippy::panic, reason = "this is how a constant fails")]
const fn refuse(before: &str, name: &[u8], after: &str) {
    let mut text = [0; LONGEST];
    let room = LONGEST - before.len() - after.len();
    let end = copy(before.as_bytes(), before.len(), &mut text, 0);
    let end = copy(name, whole_letters(name, room), &mut text, end);
    let end = copy(after.as_bytes(), after.len(), &mut text, end);
    match std::str::from_utf8(text.split_at(end).0) {
        Ok(text) => panic!("{}", text),
        Err(_) => panic!("provider.json has an unknown field at its top level"),
    }
}

/// Copies `length` bytes to this place of `text`, and returns the place behind them.
const fn copy(part: &[u8], length: usize, text: &mut [u8; LONGEST], to: usize) -> usize {
    let mut at = 0;
    while at < length {
        text[to + at] = part[at];
        at += 1;
    }
    to + length
}

/// How many bytes of `text` are at most `room` and do not end within a letter.
const fn whole_letters(text: &[u8], room: usize) -> usize {
    if text.len() <= room {
        return text.len();
    }
    let mut length = room;
    // A byte that continues a letter of UTF-8.
    while length > 0 && text[length] & 0xC0 == 0x80 {
        length -= 1;
    }
    length
}

/// The place of the quote that ends the string that begins at `start`.
const fn end_of_string(json: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while at < json.len() && json[at] != b'"' {
        at += if json[at] == b'\\' { 2 } else { 1 };
    }
    assert!(at < json.len(), "provider.json is not JSON: a string has no end");
    at
}

const fn is_before_colon(json: &[u8], end: usize) -> bool {
    let mut at = end + 1;
    while at < json.len() && json[at].is_ascii_whitespace() {
        at += 1;
    }
    at < json.len() && json[at] == b':'
}

/// The place in [`FIELDS`] of the text from `start` to `end`, or their number.
const fn position(json: &[u8], start: usize, end: usize) -> usize {
    let mut field = 0;
    while field < FIELDS.len() && !is_at(json, start, end, FIELDS[field].as_bytes()) {
        field += 1;
    }
    field
}

const fn is_at(json: &[u8], start: usize, end: usize, name: &[u8]) -> bool {
    let mut at = 0;
    while at < name.len() {
        if start + at >= end || json[start + at] != name[at] {
            return false;
        }
        at += 1;
    }
    end - start == name.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    const VALID: &str = r#"{"$schema": "x", "id" : "a", "name": "\"id\": {", "version": "", "description": "", "publisher": "",
        "support": "", "generation": 1, "actions": ["x", {"y": [":"]}], "settings": [{"other": "}"}]}"#;
    const _: () = assert_structure(VALID);

    /// What the compiler would say, if anything.
    fn refusal(json: &str) -> Option<String> {
        let json = json.to_owned();
        let panic = std::panic::catch_unwind(move || assert_structure(&json)).err()?;
        let text = panic.downcast_ref::<String>().cloned();
        text.or_else(|| panic.downcast_ref::<&str>().map(|it| (*it).to_owned()))
    }

    #[test]
    fn only_the_fields_at_the_top_level_are_compared_and_an_unknown_one_is_named() {
        assert_eq!(refusal(VALID), None);
        for field in ["host", "i", "idd", "", "Id", "hosts_", "größe"] {
            let json = VALID.replacen('{', &format!("{{ \"{field}\": 1, "), 1);
            let unknown = format!("provider.json: the field \"{field}\" is unknown");
            assert_eq!(refusal(&json), Some(unknown));
        }
    }

    #[test]
    fn of_an_unknown_field_with_a_long_name_the_begin_is_named() {
        for (field, letters) in [("x".repeat(1000), 218), (format!("x{}", "ö".repeat(500)), 109)] {
            let json = VALID.replacen('{', &format!("{{ \"{field}\": 1, "), 1);
            let begin: String = field.chars().take(letters).collect();
            let unknown = format!("provider.json: the field \"{begin}\" is unknown");
            assert_eq!(refusal(&json), Some(unknown));
        }
    }

    #[test]
    fn each_required_field_must_be_there_and_a_missing_one_is_named() {
        let values = FIELDS[..REQUIRED].iter().map(|it| format!("\"{it}\": 1"));
        let all: Vec<_> = values.collect();
        assert_eq!(refusal(&format!("{{{}}}", all.join(","))), None);
        for (missing, field) in FIELDS[..REQUIRED].iter().enumerate() {
            let mut some = all.clone();
            some.remove(missing);
            let lacks = format!("provider.json: the field \"{field}\" is missing");
            assert_eq!(refusal(&format!("{{{}}}", some.join(","))), Some(lacks));
        }
        assert_eq!(FIELDS[REQUIRED], "hosts", "the first field that is not required");
    }

    #[test]
    fn what_has_no_end_is_not_json() {
        for json in ["{", r#"{"id"#, r#"{"id\"#, "]"] {
            assert!(refusal(json).unwrap().starts_with("provider.json is not JSON"), "{json}");
        }
    }
}
