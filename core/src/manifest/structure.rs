//! What `export_provider!` checks while it compiles: the fields of a manifest at its top level.

use super::unknown::{FIELDS, SCHEMA};

/// How many of the fields, from the first on, a manifest must have.
const REQUIRED: usize = 8;

/// Fails the compilation if `json` has a field at its top level that is unknown, or lacks one that is required. It reads
/// no values: a test that the macro adds does, and names the field.
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
                    let is_known =
                        field < FIELDS.len() || is_at(json, at + 1, end, SCHEMA.as_bytes());
                    assert!(
                        is_known,
                        "provider.json has an unknown field at its top level; cargo test names it"
                    );
                    if field < FIELDS.len() {
                        found[field] = true;
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
        assert!(
            found[field],
            "provider.json lacks one of id, name, version, description, publisher, support, generation, actions"
        );
        field += 1;
    }
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
        Some((*panic.downcast_ref::<&str>().unwrap_or(&"a formatted text")).to_owned())
    }

    #[test]
    fn only_the_fields_at_the_top_level_are_compared() {
        assert_eq!(refusal(VALID), None);
        let unknown = "provider.json has an unknown field at its top level; cargo test names it";
        for field in ["host", "i", "idd", "", "Id", "hosts_"] {
            let json = VALID.replacen('{', &format!("{{ \"{field}\": 1, "), 1);
            assert_eq!(refusal(&json).as_deref(), Some(unknown), "{field}");
        }
    }

    #[test]
    fn each_required_field_must_be_there() {
        let values = FIELDS[..REQUIRED].iter().map(|it| format!("\"{it}\": 1"));
        let all: Vec<_> = values.collect();
        assert_eq!(refusal(&format!("{{{}}}", all.join(","))), None);
        for missing in 0..REQUIRED {
            let mut some = all.clone();
            some.remove(missing);
            let refusal = refusal(&format!("{{{}}}", some.join(","))).unwrap();
            assert!(refusal.starts_with("provider.json lacks one of id,"), "{refusal}");
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
