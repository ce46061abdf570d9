//! The folder of a new plugin: new, or empty; written whole or not at all.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

use crate::error::{Code, Command, Error, Result, Suggestion};
use crate::storage::write_error::not_stored;
use crate::text::Line;

/// Creates the folder with these files.
///
/// # Errors
/// `folder_not_empty`; `not_stored`, after which the folder is as it was.
pub fn create(folder: &Path, files: &[(&'static str, String)]) -> Result<()> {
    let is_new = match fs::read_dir(folder).map(Iterator::count) {
        Ok(0) => false,
        Err(error) if error.kind() == io::ErrorKind::NotFound => true,
        Ok(_) => return Err(taken(folder, "is not empty")),
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
            return Err(taken(folder, "is not a folder"));
        }
        Err(error) => return Err(not_stored(folder, &error)),
    };
    for (path, text) in files {
        let file = folder.join(path);
        if let Err(error) = write(&file, text) {
            remove(folder, files, is_new);
            return Err(not_stored(&file, &error));
        }
    }
    Ok(())
}

fn write(file: &Path, text: &str) -> io::Result<()> {
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder)?;
    }
    OpenOptions::new().write(true).create_new(true).open(file)?.write_all(text.as_bytes())
}

/// Removes what was written. It was not there before, because the folder was empty.
fn remove(folder: &Path, files: &[(&'static str, String)], is_new: bool) {
    if is_new {
        let _ = fs::remove_dir_all(folder);
        return;
    }
    for (path, _) in files {
        let first = folder.join(path.split('/').next().unwrap_or(path));
        let _ = fs::remove_file(&first).or_else(|_| fs::remove_dir_all(&first));
    }
}

fn taken(folder: &Path, why: &str) -> Error {
    let shown = Line::new(folder.display().to_string());
    Error::new(Code::FolderNotEmpty, format!("{shown} {why}."))
        .nothing_changed()
        .next(Suggestion::new("Name another one", Command::again().literal("--dir FOLDER")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_cannot_be_written_whole_is_as_it_was() {
        let place = tempfile::tempdir().unwrap();
        // The second file would need a folder where the first one is.
        let files = [("a", "1".to_owned()), ("b/c", "2".to_owned()), ("a/b", "3".to_owned())];
        let new = place.path().join("new/plugin");
        assert_eq!(create(&new, &files).unwrap_err().code, Code::NotStored);
        assert!(!new.exists());
        let empty = place.path().join("empty");
        fs::create_dir(&empty).unwrap();
        assert_eq!(create(&empty, &files).unwrap_err().code, Code::NotStored);
        assert_eq!(fs::read_dir(&empty).unwrap().count(), 0);
        create(&empty, &files[..2]).unwrap();
        assert_eq!(fs::read_to_string(empty.join("b/c")).unwrap(), "2");
        assert_eq!(create(&empty, &files[..2]).unwrap_err().code, Code::FolderNotEmpty);
        assert_eq!(create(&empty.join("a"), &files).unwrap_err().code, Code::FolderNotEmpty);
    }
}
