//! The folder of a new plugin: new, or empty; written whole or not at all.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::error::{Code, Command, Error, Result, Suggestion};
use crate::storage::write_error::not_stored;
use crate::text::Line;

/// Creates the folder with these files. `again` is the command that was typed, without its `--dir`.
///
/// # Errors
/// `folder_not_empty`; `not_stored`, after which the folder is as it was.
pub fn create(folder: &Path, files: &[(&'static str, String)], again: Command) -> Result<()> {
    // With a slash at its end a link would be followed.
    let folder: PathBuf = folder.components().collect();
    let mut made = Made::default();
    let written = made.claim(&folder, again).and_then(|()| {
        files.iter().try_for_each(|(path, text)| {
            let file = folder.join(path);
            made.file(&folder, &file, text).map_err(|error| not_stored(&file, &error))
        })
    });
    if written.is_err() {
        made.remove();
    }
    written
}

/// What this process created, in this order. Nothing else is removed: another process may write to the same folder.
#[derive(Default)]
struct Made(Vec<Created>);

enum Created {
    File(PathBuf),
    Folder(PathBuf),
}

impl Made {
    /// Creates the folder, or accepts an empty one.
    fn claim(&mut self, folder: &Path, again: Command) -> Result<()> {
        let failed = |error| Err(not_stored(folder, &error));
        match fs::symlink_metadata(folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
                return Err(taken(folder, "is not a folder", again));
            }
            Err(error) => return failed(error),
            Ok(it) if it.is_symlink() => return Err(taken(folder, "is a link", again)),
            Ok(it) if !it.is_dir() => return Err(taken(folder, "is not a folder", again)),
            Ok(_) => {
                return match fs::read_dir(folder).map(Iterator::count) {
                    Ok(0) => Ok(()),
                    Ok(_) => Err(taken(folder, "is not empty", again)),
                    Err(error) => failed(error),
                };
            }
        }
        let parents = folder.parent().map_or(Ok(()), |it| self.folders(it));
        match parents.and_then(|()| fs::create_dir(folder)) {
            Ok(()) => self.0.push(Created::Folder(folder.to_owned())),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                return Err(taken(folder, "was just created by another process", again));
            }
            Err(error) => return failed(error),
        }
        Ok(())
    }

    /// Creates the folders on this path that do not exist.
    fn folders(&mut self, path: &Path) -> io::Result<()> {
        let missing = |it: &&Path| !it.as_os_str().is_empty() && !it.is_dir();
        let missing: Vec<&Path> = path.ancestors().take_while(missing).collect();
        for folder in missing.into_iter().rev() {
            match fs::create_dir(folder) {
                Ok(()) => self.0.push(Created::Folder(folder.to_owned())),
                Err(_) if folder.is_dir() => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Creates the file, and its folders below `root`, of which none is a link.
    fn file(&mut self, root: &Path, file: &Path, text: &str) -> io::Result<()> {
        let below = |it: &&Path| *it != root;
        let folders: Vec<&Path> = file.ancestors().skip(1).take_while(below).collect();
        for folder in folders.into_iter().rev() {
            match fs::create_dir(folder) {
                Ok(()) => self.0.push(Created::Folder(folder.to_owned())),
                Err(_) if fs::symlink_metadata(folder).is_ok_and(|it| it.is_dir()) => {}
                Err(error) => return Err(error),
            }
        }
        let mut open = OpenOptions::new().write(true).create_new(true).open(file)?;
        self.0.push(Created::File(file.to_owned()));
        open.write_all(text.as_bytes())
    }

    /// Removes it. A folder in which another process wrote stays, as it is not empty.
    fn remove(self) {
        for created in self.0.into_iter().rev() {
            let _ = match created {
                Created::File(path) => fs::remove_file(path),
                Created::Folder(path) => fs::remove_dir(path),
            };
        }
    }
}

fn taken(folder: &Path, why: &str, again: Command) -> Error {
    let shown = Line::new(folder.display().to_string());
    Error::new(Code::FolderNotEmpty, format!("{shown} {why}."))
        .nothing_changed()
        .next(Suggestion::new("Name another one", again.literal("--dir FOLDER")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn create(folder: &Path, files: &[(&'static str, String)]) -> Result<()> {
        super::create(folder, files, Command::default())
    }

    #[test]
    fn a_folder_that_cannot_be_written_whole_is_as_it_was() {
        let place = tempfile::tempdir().unwrap();
        // The second file would need a folder where the first one is.
        let files = [("a", "1".to_owned()), ("b/c", "2".to_owned()), ("a/b", "3".to_owned())];
        let new = place.path().join("new/plugin");
        assert_eq!(create(&new, &files).unwrap_err().code, Code::NotStored);
        assert!(!place.path().join("new").exists());
        let empty = place.path().join("empty");
        fs::create_dir(&empty).unwrap();
        assert_eq!(create(&empty, &files).unwrap_err().code, Code::NotStored);
        assert_eq!(fs::read_dir(&empty).unwrap().count(), 0);
        create(&empty, &files[..2]).unwrap();
        assert_eq!(fs::read_to_string(empty.join("b/c")).unwrap(), "2");
        assert_eq!(create(&empty, &files[..2]).unwrap_err().code, Code::FolderNotEmpty);
        assert_eq!(create(&empty.join("a"), &files).unwrap_err().code, Code::FolderNotEmpty);
        assert_eq!(create(&empty.join("a/b"), &files).unwrap_err().code, Code::FolderNotEmpty);
    }

    #[test]
    fn of_several_processes_that_create_the_same_folder_at_most_one_does_and_the_others_remove_nothing()
     {
        let place = tempfile::tempdir().unwrap();
        let names = ["a", "b", "c/d", "c/e", "f/g/h"];
        let files = names.map(|name| (name, name.to_owned()));
        for round in 0..50 {
            let folder = place.path().join(round.to_string()).join("plugin");
            let created = std::thread::scope(|scope| {
                let runs = [(); 4].map(|()| scope.spawn(|| create(&folder, &files).is_ok()));
                runs.map(|it| it.join().unwrap())
            });
            assert_eq!(created.iter().filter(|it| **it).count(), 1, "{round}");
            for name in names {
                assert_eq!(fs::read_to_string(folder.join(name)).unwrap(), name, "{round}");
            }
        }
    }
}
