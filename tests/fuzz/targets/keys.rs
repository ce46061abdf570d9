//! Fuzzes the keys and pastes of a prompt: a marked paste is never a key, however the terminal splits it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mesheryctl::readers::keys::{Decoder, Input};
use mesheryctl::readers::line_buffer::MAX_LENGTH;

const START: &[u8] = b"\x1b[200~";
const END: &[u8] = b"\x1b[201~";

fuzz_target!(|bytes: &[u8]| {
    let Some((&size, bytes)) = bytes.split_first() else { return };
    let size = usize::from(size.max(1));
    let inputs = decoded(bytes, size);
    assert!(inputs.len() <= bytes.len(), "an input without a byte");
    for input in &inputs {
        if let Input::Paste(paste) = input {
            // Bytes that are not UTF-8 take three bytes as the replacement character.
            assert!(paste.text.expose().len() <= 3 * (MAX_LENGTH + 16));
        }
    }
    // A paste that exceeds the limit is slow, so it is tried rarely.
    let times = if size == 255 && bytes.len() == 3 { 1 + MAX_LENGTH / 3 } else { 1 };
    marked_paste(&bytes.repeat(times), size);
});

/// Asserts that a marked paste is one paste, and that the key after it is a key.
fn marked_paste(body: &[u8], size: usize) {
    if body.windows(END.len()).any(|it| it == END) {
        return;
    }
    let inputs = decoded(&[START, body, END, b"\r"].concat(), size);
    let [Input::Paste(paste), Input::Key(_)] = &inputs[..] else {
        panic!("{} inputs instead of a paste and a key", inputs.len());
    };
    assert!(paste.is_marked);
    let text = String::from_utf8_lossy(body);
    assert!(body.len() > MAX_LENGTH || paste.text.expose() == text, "the paste was changed");
}

/// What is decoded if the terminal sends so many bytes at once, and then nothing.
fn decoded(bytes: &[u8], size: usize) -> Vec<Input> {
    let mut decoder = Decoder::default();
    let mut inputs = Vec::new();
    for read in bytes.chunks(size) {
        decoder.add(read);
        inputs.extend(std::iter::from_fn(|| decoder.take()));
    }
    if decoder.pause().is_some() {
        inputs.extend(decoder.after_pause());
    }
    assert!(decoder.pause().is_none(), "it waits for ever");
    inputs
}
