//! The floor of a save: two files are written, synced and renamed, then their folder is synced.
//! Usage: `floor-saves FOLDER`.

use std::error::Error;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args_os().nth(1).ok_or("which folder?")?;
    let folder = Path::new(&folder);
    for name in ["auth.json.kept", "auth.json"] {
        save(&folder.join(name))?;
    }
    File::open(folder)?.sync_all()?;
    Ok(())
}

fn save(file: &Path) -> io::Result<()> {
    let pending = file.with_extension("tmp");
    let mut new = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&pending)?;
    new.write_all(&[b'x'; 256])?;
    new.sync_all()?;
    fs::rename(pending, file)
}
