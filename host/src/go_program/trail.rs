//! The trail of a command that is handed over, in a variable that the programs inherit: which files were run for it already.
//! It ends the loop of a script that runs this program again, and lets a Go program run this one for another command.

use std::ffi::OsString;

use sha2::{Digest, Sha256};

use crate::platform::files::FileId;

/// The variable.
pub const VARIABLE: &str = "MESHERYCTL_HANDED_OVER";

/// How deep commands may be handed over within each other.
pub const MAX_DEPTH: u32 = 10;

/// What happened to this command line before.
#[derive(Debug, PartialEq, Eq)]
pub struct Trail {
    /// How many different command lines were handed over within each other, this one included.
    pub depth: u32,
    hash: String,
    /// The files that were run for this command line, and led back to this program; and this program.
    tried: Vec<FileId>,
}

impl Trail {
    /// The trail of a command line; `inherited` is the value of the variable.
    pub fn of(arguments: &[OsString], inherited: Option<&str>) -> Self {
        let hash = hash(arguments);
        match inherited.and_then(parsed) {
            Some(before) if before.hash == hash => before,
            before => {
                let depth = before.map_or(0, |it| it.depth).saturating_add(1);
                Self { depth, hash, tried: Vec::new() }
            }
        }
    }

    /// Whether the file was run for this command line already.
    pub fn has(&self, file: FileId) -> bool {
        self.tried.contains(&file)
    }

    /// The value of the variable for a program that is run next.
    pub fn with(mut self, files: impl IntoIterator<Item = FileId>) -> String {
        for file in files {
            if !self.has(file) {
                self.tried.push(file);
            }
        }
        let tried: Vec<_> =
            self.tried.iter().map(|it| format!("{}.{}", it.device, it.inode)).collect();
        format!("{}:{}:{}", self.depth, self.hash, tried.join(","))
    }
}

/// The first 16 hexadecimal digits of the SHA-256 of the arguments: they may contain what is secret.
fn hash(arguments: &[OsString]) -> String {
    let mut hash = Sha256::new();
    for argument in arguments {
        hash.update(argument.as_encoded_bytes());
        hash.update([0]);
    }
    hash.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

fn parsed(value: &str) -> Option<Trail> {
    let (depth, rest) = value.split_once(':')?;
    let (hash, tried) = rest.split_once(':')?;
    let file = |it: &str| {
        let (device, inode) = it.split_once('.')?;
        Some(FileId { device: device.parse().ok()?, inode: inode.parse().ok()? })
    };
    let tried: Option<Vec<FileId>> = tried.split_terminator(',').map(file).collect();
    Some(Trail { depth: depth.parse().ok()?, hash: hash.to_owned(), tried: tried? })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(words: &[&str]) -> Vec<OsString> {
        words.iter().map(OsString::from).collect()
    }

    const FIRST: FileId = FileId { device: 1, inode: 2 };
    const SECOND: FileId = FileId { device: 1, inode: 3 };

    #[test]
    fn the_same_arguments_again_remember_every_file_that_was_run() {
        let design = words(&["design", "list"]);
        let first = Trail::of(&design, None);
        assert_eq!((first.depth, first.has(FIRST)), (1, false));
        let again = Trail::of(&design, Some(&first.with([FIRST])));
        assert_eq!((again.depth, again.has(FIRST), again.has(SECOND)), (1, true, false));
        let third = Trail::of(&design, Some(&again.with([SECOND, FIRST])));
        assert_eq!((third.depth, third.has(FIRST), third.has(SECOND)), (1, true, true));
        assert_eq!(third.tried.len(), 2);
    }

    #[test]
    fn other_arguments_start_anew_one_deeper() {
        let value = Trail::of(&words(&["design"]), None).with([FIRST]);
        for other in [words(&["designs"]), words(&["des", "ign"]), words(&["design", ""])] {
            let nested = Trail::of(&other, Some(&value));
            assert_eq!((nested.depth, nested.has(FIRST)), (2, false), "{other:?}");
        }
    }

    #[test]
    fn a_value_that_is_none_of_this_program_counts_as_no_value() {
        for value in ["", "1", "a:b:c", "1:x:1", "1:x:1.2,,", "1:x:1.a", "-1:x:", "99999999999:x:"]
        {
            assert_eq!(Trail::of(&words(&["design"]), Some(value)).depth, 1, "{value}");
        }
        assert_eq!(Trail::of(&words(&["design"]), Some("4294967295:x:")).depth, u32::MAX);
    }
}
