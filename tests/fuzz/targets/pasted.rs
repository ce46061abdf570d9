//! Fuzzes pasted text: Enter ends every paste, and each kind of text is recognised consistently.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mesheryctl::readers::line_buffer::{LineBuffer, MAX_LENGTH};
use mesheryctl::readers::pasted::{Pasted, read};
use mesheryctl::readers::url::is_loopback;
use mesheryctl_core::auth_file::AuthFile;
use mesheryctl_core::secret::Secret;
use mesheryctl_core::token::Token;

fuzz_target!(|bytes: &[u8]| {
    let Some((&first, bytes)) = bytes.split_first() else { return };
    let mut buffer = LineBuffer::default();
    for line in bytes.iter().filter_map(|&it| buffer.take(it)) {
        checked(line.expose());
    }
    // A paste that exceeds the limit is slow, so it is tried rarely.
    let times = if first == 255 && bytes.len() == 3 { 1 + MAX_LENGTH / 3 } else { 1 };
    marked_paste(&bytes.repeat(times));
});

/// Asserts that a marked paste followed by Enter is exactly one line.
fn marked_paste(body: &[u8]) {
    // Skips control keys that are ignored, and escape sequences.
    if body.iter().any(|it| [0x04, 0x11, 0x13, 0x1c, 0x1b].contains(it)) {
        return;
    }
    let mut buffer = LineBuffer::default();
    let keys = [b"\x1b[200~", body, b"\x1b[201~"].concat();
    assert!(keys.iter().all(|&it| buffer.take(it).is_none()), "the paste ended early");
    let line = buffer.take(b'\r').expect("the paste does not end");
    let text = line.expose();
    if body.len() <= MAX_LENGTH {
        assert!(text == String::from_utf8_lossy(body));
    } else {
        assert!(!matches!(checked(text), Pasted::Token(_)), "a token that was cut");
        assert!(text.len() <= 3 * (MAX_LENGTH + 16));
    }
    let more: Vec<Secret> = b"next\r".iter().filter_map(|&it| buffer.take(it)).collect();
    assert!(more.len() == 1 && more[0].expose() == "next", "it does not begin anew");
}

fn checked(text: &str) -> Pasted {
    let pasted = read(text);
    assert!(read(&format!(" \t{text}\r\n")) == pasted, "white space counts");
    match &pasted {
        Pasted::Token(token) => {
            assert!(!token.is_empty() && Token::parse(token.expose()).as_ref() == Ok(token));
            assert!(token.expose() == text.trim());
        }
        Pasted::File(file) => {
            let written = String::from_utf8(file.to_bytes()).unwrap();
            assert!(read(&written) == pasted);
            assert!(AuthFile::parse(text.trim().as_bytes()).as_ref() == Ok(file));
        }
        Pasted::Address(url) => {
            assert!(url.scheme() == "http" && is_loopback(url));
            assert!(read(url.as_str()) == pasted, "its own spelling is another address");
        }
        Pasted::Wrong(why) => {
            assert!(!why.contains(char::is_control), "{why:?}");
            assert!(why.chars().count() < 400, "{why}");
        }
    }
    let printed = format!("{pasted:?}");
    assert!(
        matches!(pasted, Pasted::Wrong(_)) || ["Token", "File", "Address"].contains(&&*printed)
    );
    pasted
}
