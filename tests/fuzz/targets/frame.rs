//! Fuzzes frames: a parsed frame has one spelling, and a written frame is parsed back.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mesheryctl::readers::frame::{Frame, Kind, parse, write};

const KINDS: [Kind; 6] =
    [Kind::Ready, Kind::Run, Kind::Ask, Kind::Answer, Kind::Done, Kind::Failed];

fuzz_target!(|bytes: &[u8]| {
    // The host splits frames at line breaks.
    for line in bytes.split(|&it| it == b'\n') {
        if let Some(Frame { kind, number, text }) = parse(line) {
            let written = written(kind, number, text).unwrap();
            assert_eq!(written.strip_suffix(b"\n"), Some(line), "a second spelling is read");
        }
    }
    // Writes any text with any number.
    let Some((head, rest)) = bytes.split_first_chunk::<9>() else { return };
    let Ok(text) = std::str::from_utf8(rest) else { return };
    let kind = KINDS[usize::from(head[0]) % KINDS.len()];
    let number = u64::from_le_bytes([
        head[1], head[2], head[3], head[4], head[5], head[6], head[7], head[8],
    ]);
    match written(kind, number, text) {
        None => assert!(text.contains('\n')),
        Some(line) => {
            let line = line.strip_suffix(b"\n").unwrap();
            assert!(!line.contains(&b'\n'), "one frame became two");
            assert_eq!(parse(line), Some(Frame { kind, number, text }));
        }
    }
});

fn written(kind: Kind, number: u64, text: &str) -> Option<Vec<u8>> {
    let mut line = Vec::new();
    write(&mut line, kind, number, text).ok().map(|()| line)
}
