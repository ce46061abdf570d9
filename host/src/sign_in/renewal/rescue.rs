//! A renewed token that could not be saved, such as on a full disk: the old one may be of no use any more.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::error::{Code, Command, Error, Suggestion};
use crate::platform::files;
use crate::sign_in::remedy;
use crate::sign_in::target::Target;
use crate::sign_in::token_in_use::TokenInUse;
use crate::storage::atomic_file::{folder_of, with_suffix};
use crate::text::Name;

/// Keeps the renewed token, and what is recorded about it, in a folder for temporary files. Returns the error that says where
/// they are and how to save them, besides what it said.
pub fn rescued(used: &TokenInUse, target: &Target, error: &Error) -> Error {
    let (name, why) = (Name::new(&used.auth.provider), error.message());
    let old = error.suggestions().iter().cloned();
    match keep(used, target.store.path()) {
        Ok(file) => {
            let shown = file.display();
            let message =
                format!("The token of {name} was renewed. {why} The new token is in {shown}.");
            let kept = with_suffix(&file, "kept");
            let to = folder_of(target.store.path());
            let [file, kept, to] = [&file, &kept, to].map(|it: &Path| it.display().to_string());
            let save = Command::from("mv").value(&file).value(&kept).value(&to);
            let error = Error::new(error.code, message).next(Suggestion::new("Save it", save));
            old.fold(error, Error::next)
        }
        Err(lost) => {
            let message = format!("The token of {name} was renewed and is lost: {why} {lost}.");
            Error::new(Code::NotStored, message).next(remedy::sign_in())
        }
    }
}

/// Writes both files, named as their targets. Returns the path of the token file.
fn keep(used: &TokenInUse, place: &Path) -> io::Result<PathBuf> {
    let folder = files::temporary_folder("mesheryctl-")?;
    let file = folder.path().join(place.file_name().unwrap_or_default());
    let record = serde_json::to_vec(&used.record)?;
    for (file, bytes) in [(&file, used.auth.to_bytes()), (&with_suffix(&file, "kept"), record)] {
        let mut options = OpenOptions::new();
        let mut written = files::for_owner_only(options.write(true).create_new(true)).open(file)?;
        written.write_all(&bytes)?;
        written.sync_all()?;
    }
    let _ = folder.keep();
    Ok(file)
}
