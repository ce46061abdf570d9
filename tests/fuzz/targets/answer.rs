//! Fuzzes the answers of a Meshery Server to `api`: pages that are joined, and text that a terminal shows. The pages are separated
//! by the byte 0xff, which is in no text.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mesheryctl::readers::destination::visible;
use mesheryctl::readers::pages::{Joined, Page, Then};
use serde_json::Value;

fuzz_target!(|bytes: &[u8]| {
    join(bytes);
    show(bytes);
});

fn join(bytes: &[u8]) {
    let (mut joined, mut all, mut asked) = (Joined::default(), String::new(), 0);
    for part in bytes.split(|it| *it == 0xff) {
        let Ok(page) = Page::parse(part) else { return };
        let Ok((text, then)) = joined.add(&page) else { return };
        all += &text;
        match then {
            Then::Next(next) => {
                assert!(next > asked, "a page is asked for again");
                asked = next;
            }
            Then::Complete | Then::Short { .. } => {
                let value: Value = serde_json::from_str(&all).expect("one JSON object");
                let object = value.as_object().expect("one JSON object");
                assert!(object.values().any(Value::is_array), "{all}");
                return;
            }
        }
    }
}

/// The same text in whatever parts it comes, and nothing in it that controls a terminal.
fn show(bytes: &[u8]) {
    let mut pending = Vec::new();
    let whole = visible(&mut pending, bytes);
    let left = pending.clone();
    let is_layout = |c: char| c == '\n' || c == '\t';
    assert!(!whole.contains(|c: char| c.is_control() && !is_layout(c)), "{whole:?}");
    for size in [1, 2, 3, 7] {
        let mut pending = Vec::new();
        let text: String = bytes.chunks(size).map(|it| visible(&mut pending, it)).collect();
        assert!(text == whole && pending == left, "{text:?} is not {whole:?}");
        assert!(pending.len() <= 3);
    }
}
