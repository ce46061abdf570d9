//! The floor of a list of plugins: reads of each library the blocks that hold its header, its table of sections and its
//! manifest, and prints a line. Usage: `floor-reads-blocks FOLDER OFFSET`, where OFFSET is the place of the manifest in every
//! library.
//!
//! As in the program, two threads share many files; with one it would be no floor.

use std::error::Error;
use std::fs::{self, File};
use std::hint::black_box;
use std::io::{self, Write as _};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::thread;

/// In bytes.
const BLOCK: u64 = 4096;
/// From so many files on, a second thread helps.
const MANY: usize = 64;

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args_os().skip(1);
    let folder = args.next().ok_or("which folder?")?;
    let offset = args.next().ok_or("which offset?")?;
    let offset: u64 = offset.to_str().ok_or("a number")?.parse()?;
    let entries = fs::read_dir(folder)?;
    let paths: Vec<PathBuf> = entries.map(|it| Ok(it?.path())).collect::<io::Result<_>>()?;
    let half = if paths.len() < MANY { paths.len() } else { paths.len() / 2 };
    let (first, second) = paths.split_at(half);
    thread::scope(|scope| {
        let other = (!second.is_empty()).then(|| scope.spawn(|| read_all(second, offset)));
        read_all(first, offset)?;
        other.map_or(Ok(()), |it| it.join().map_err(|_| io::Error::other("a panic"))?)
    })?;
    writeln!(io::stdout(), "mesheryctl 0.1.0")?;
    Ok(())
}

fn read_all(paths: &[PathBuf], offset: u64) -> io::Result<()> {
    paths.iter().try_for_each(|path| read(path, offset))
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
