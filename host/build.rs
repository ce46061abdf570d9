//! Writes the table of confusable characters (UTS 39) of the crate unicode-security without pointers. As it is in the crate, each
//! start of the program would relocate its 8,000 pointers, which takes longer than what most commands do.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::{env, fs, io};

use unicode_normalization::is_nfd;
use unicode_security::confusable_detection::skeleton;

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=build.rs");
    let Some(folder) = env::var_os("OUT_DIR") else { return Err(io::ErrorKind::NotFound.into()) };
    fs::write(PathBuf::from(folder).join("confusables.rs"), table())
}

/// The characters in their order, where the skeleton of each ends in the text, and that text.
fn table() -> String {
    let (mut characters, mut ends, mut text) = (String::new(), String::new(), String::new());
    for (c, skeleton) in ('\0'..=char::MAX).filter_map(|c| Some((c, confused(c)?))) {
        text += &skeleton;
        let _ = write!(characters, "{c:?},");
        let _ = write!(ends, "{},", text.len());
    }
    format!("(&[{characters}], &[{ends}], {text:?})")
}

/// The skeleton of a character that has another one than itself. Of a text that is decomposed, the skeleton is that of its
/// characters. What is neither letter nor digit is in no name that is compared, unless a skeleton has it.
fn confused(c: char) -> Option<String> {
    let itself = c.to_string();
    let skeleton: String = is_nfd(&itself).then(|| skeleton(&itself).collect())?;
    let is_compared = !skeleton.is_empty() || c.is_alphanumeric();
    (is_compared && skeleton != itself).then_some(skeleton)
}
