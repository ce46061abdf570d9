//! The floor of a list of plugins: reads of each library the blocks that hold its header, its table of sections and its
//! manifest, and prints a line. Usage: `floor-reads-blocks FOLDER OFFSET`, where OFFSET is the place of the manifest in every
//! library.
//!
//! On one thread: the program, which uses two for many files, can be faster.

use std::error::Error;
use std::fs::{self, File};
use std::hint::black_box;
use std::io::{self, Write as _};
use std::os::unix::fs::FileExt as _;
use std::path::Path;

/// In bytes.
const BLOCK: u64 = 4096;

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args_os().skip(1);
    let folder = args.next().ok_or("which folder?")?;
    let offset = args.next().ok_or("which offset?")?;
    let offset: u64 = offset.to_str().ok_or("a number")?.parse()?;
    for entry in fs::read_dir(folder)? {
        read(&entry?.path(), offset)?;
    }
    writeln!(io::stdout(), "mesheryctl 0.1.0")?;
    Ok(())
}

fn read(path: &Path, offset: u64) -> io::Result<()> {
    let file = File::open(path)?;
    let length = file.metadata()?.len();
    let mut block = [0; BLOCK as usize];
    for at in [0, length.saturating_sub(BLOCK), offset / BLOCK * BLOCK] {
        black_box(file.read_at(&mut block, at)?);
    }
    Ok(())
}
