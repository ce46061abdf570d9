//! [`TokenPlace`]: which file may be replaced by a token file. A token location comes from config.yaml, which may have been
//! written by someone else, and may name any file of the user.

use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use mesheryctl_core::auth_file::{AuthFile, AuthFileError};
use serde_json::Value;

use crate::error::{Code, Command, Error, Result, Suggestion};
use crate::platform::files;
use crate::storage::atomic_file::{self, AtomicFile, with_suffix};
use crate::storage::kept_settings::{SECRETS_FILE, SETTINGS_FILE};
use crate::storage::write_error::not_stored;

/// Files of this program in its folder that are no token files.
const RESERVED: [&str; 4] = ["config.yaml", "trust.json", SETTINGS_FILE, SECRETS_FILE];
const RESERVED_ENDINGS: [&str; 3] = [".kept", ".lock", ".bad"];

/// The place of a token file, with links resolved, and what a login or logout may do with the file there.
#[derive(Debug, Clone)]
pub struct TokenPlace {
    path: PathBuf,
    meshery: PathBuf,
}

/// Where the file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Area {
    /// In `~/.meshery`, where programs keep token files.
    Meshery,
    /// A file of `~/.meshery` that is no token file.
    Reserved,
    Elsewhere,
    /// Elsewhere, in a folder that another user can replace while the file is written.
    Shared,
    /// Not known: a folder before a `..` does not exist.
    Unknown,
}

/// What the file contains.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Contents {
    /// No file, white space, or a token file.
    Token,
    /// No file, and a name that begins with a dot: programs and shells read such files when they appear.
    AbsentDotFile,
    Other,
    /// A JSON object with a token that is no token file: a copy would keep the token.
    Spoiled,
    /// Not known, because it cannot be read.
    Unreadable,
}

/// What may be done with the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rule {
    Replace,
    /// After a copy of it was saved: the Go CLI leaves a web page or broken JSON if a server answers with one.
    CopyFirst,
    Refuse,
}

fn rule(area: Area, contents: Contents) -> Rule {
    match (area, contents) {
        (Area::Reserved | Area::Shared | Area::Unknown, _) => Rule::Refuse,
        (_, Contents::Token)
        | (Area::Meshery, Contents::AbsentDotFile | Contents::Spoiled | Contents::Unreadable) => {
            Rule::Replace
        }
        (Area::Meshery, Contents::Other) => Rule::CopyFirst,
        (Area::Elsewhere, _) => Rule::Refuse,
    }
}

impl TokenPlace {
    /// The place of this path; `meshery` is the folder `~/.meshery`.
    pub fn of(file: &Path, meshery: &Path) -> Self {
        Self { path: atomic_file::follow(file), meshery: meshery.to_owned() }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Checks that a token file may be written here.
    ///
    /// # Errors
    /// `not_stored`: the file is something else, and may be of use to the user.
    pub fn check(&self) -> Result<()> {
        match self.rule() {
            Rule::Refuse => Err(self.refusal()),
            Rule::Replace | Rule::CopyFirst => Ok(()),
        }
    }

    /// Checks the place again, and saves a copy of a file that is no token file as `<name>.bad`.
    ///
    /// # Errors
    /// As [`TokenPlace::check`], and if the copy cannot be written.
    pub fn make_free(&self) -> Result<()> {
        match self.rule() {
            Rule::Refuse => Err(self.refusal()),
            Rule::Replace => Ok(()),
            Rule::CopyFirst => {
                let copy = with_suffix(&self.path, "bad");
                let copied =
                    fs::read(&self.path).and_then(|bytes| AtomicFile::new(&copy, &bytes)?.put());
                copied.map_err(|error| not_stored(&copy, &error))
            }
        }
    }

    fn rule(&self) -> Rule {
        rule(self.area(), contents(&self.path))
    }

    fn area(&self) -> Area {
        area(&self.path, &self.meshery)
    }

    fn refusal(&self) -> Error {
        let shown = self.path.display().to_string();
        let why = match self.area() {
            Area::Reserved => "this name is used for another file",
            Area::Unknown => "a folder in it does not exist",
            Area::Shared => "another user can replace its folder",
            Area::Meshery | Area::Elsewhere if self.path.exists() => "it is not a token file",
            Area::Meshery | Area::Elsewhere => {
                "a new file outside of ~/.meshery must not begin with a dot"
            }
        };
        let error =
            Error::new(Code::NotStored, format!("Cannot use {shown} as the token file: {why}."))
                .nothing_changed()
                .unchanged(&self.path);
        match self.area() {
            Area::Elsewhere if self.path.exists() => {
                let aside = Command::from("mv").value(&shown).value(&shown).glued(".bak");
                error.next(Suggestion::new("If it may be replaced, move it away", aside))
            }
            _ => error.next(Suggestion::new(
                "Show the token file",
                Command::from("mesheryctl system check"),
            )),
        }
    }
}

fn area(path: &Path, meshery: &Path) -> Area {
    // The folders may be links too. The folder of a new file may not exist yet; its path means what it says only
    // without `..`.
    let real = |folder: &Path| match fs::canonicalize(folder) {
        Err(_) if !folder.components().any(|it| it == Component::ParentDir) => {
            Ok(folder.to_owned())
        }
        real => real,
    };
    let name = path.file_name().unwrap_or_default();
    let (Ok(folder), Ok(meshery)) = (real(atomic_file::folder_of(path)), real(meshery)) else {
        return Area::Unknown;
    };
    let path = folder.join(name);
    let Ok(inside) = path.strip_prefix(meshery) else {
        let is_shared = folder.ancestors().any(files::is_replaceable_by_others);
        return if is_shared { Area::Shared } else { Area::Elsewhere };
    };
    let name = name.to_string_lossy().to_lowercase();
    let is_reserved = inside.starts_with("plugins")
        || RESERVED.contains(&name.as_str())
        || RESERVED_ENDINGS.iter().any(|it| name.ends_with(it));
    if is_reserved { Area::Reserved } else { Area::Meshery }
}

fn contents(path: &Path) -> Contents {
    let bytes = match atomic_file::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            return if name.starts_with('.') { Contents::AbsentDotFile } else { Contents::Token };
        }
        Err(_) => return Contents::Unreadable,
    };
    let has_token =
        || serde_json::from_slice::<Value>(&bytes).is_ok_and(|it| it["token"] != Value::Null);
    match AuthFile::parse(&bytes) {
        Ok(_) | Err(AuthFileError::Empty) => Contents::Token,
        Err(_) if has_token() => Contents::Spoiled,
        Err(_) => Contents::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_token_file_is_replaced_outside_of_the_folder_of_meshery() {
        for (area, contents, expected) in [
            (Area::Meshery, Contents::Token, Rule::Replace),
            (Area::Meshery, Contents::Other, Rule::CopyFirst),
            (Area::Meshery, Contents::Spoiled, Rule::Replace),
            (Area::Meshery, Contents::Unreadable, Rule::Replace),
            (Area::Elsewhere, Contents::Token, Rule::Replace),
            (Area::Elsewhere, Contents::Other, Rule::Refuse),
            (Area::Elsewhere, Contents::Spoiled, Rule::Refuse),
            (Area::Elsewhere, Contents::Unreadable, Rule::Refuse),
            (Area::Meshery, Contents::AbsentDotFile, Rule::Replace),
            (Area::Elsewhere, Contents::AbsentDotFile, Rule::Refuse),
            (Area::Shared, Contents::Token, Rule::Refuse),
            (Area::Unknown, Contents::Token, Rule::Refuse),
            (Area::Reserved, Contents::Token, Rule::Refuse),
            (Area::Reserved, Contents::Other, Rule::Refuse),
            (Area::Reserved, Contents::Unreadable, Rule::Refuse),
        ] {
            assert_eq!(rule(area, contents), expected, "{area:?} {contents:?}");
        }
    }

    #[test]
    fn the_area_of_a_file_is_that_of_its_real_path() {
        let home = tempfile::tempdir().unwrap();
        let meshery = home.path().join(".meshery");
        fs::create_dir_all(meshery.join("tokens")).unwrap();
        std::os::unix::fs::symlink(&meshery, home.path().join("link")).unwrap();
        for (file, expected) in [
            (".meshery/auth.json", Area::Meshery),
            (".meshery/tokens/prod.json", Area::Meshery),
            ("link/auth.json", Area::Meshery),
            (".meshery/../.meshery/auth.json", Area::Meshery),
            (".meshery/config.yaml", Area::Reserved),
            ("link/config.yaml", Area::Reserved),
            (".meshery/CONFIG.yaml", Area::Reserved),
            (".meshery/trust.json", Area::Reserved),
            (".meshery/providers.json", Area::Reserved),
            (".meshery/provider-secrets.json", Area::Reserved),
            (".meshery/plugins/liba.so", Area::Reserved),
            (".meshery/auth.json.kept", Area::Reserved),
            (".meshery/auth.json.lock", Area::Reserved),
            (".meshery/../.bashrc", Area::Elsewhere),
            (".meshery/x/../../.bashrc", Area::Unknown),
            (".meshery/x/../plugins/liba.so", Area::Unknown),
            (".meshery/new/auth.json", Area::Meshery),
            (".bashrc", Area::Elsewhere),
            (".meshery-old/auth.json", Area::Elsewhere),
        ] {
            assert_eq!(area(&home.path().join(file), &meshery), expected, "{file}");
        }
    }

    #[test]
    fn contents_are_a_token_file_only_if_they_are_read_as_one() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("auth.json");
        assert_eq!(contents(&file), Contents::Token);
        assert_eq!(contents(&folder.path().join(".zshenv")), Contents::AbsentDotFile);
        for (text, expected) in [
            ("", Contents::Token),
            (" \n", Contents::Token),
            ("{\"meshery-provider\": \"Layer5\", \"token\": \"t\"}", Contents::Token),
            ("<!doctype html>", Contents::Other),
            ("{\"meshery-provider\": ", Contents::Other),
            ("{\"auths\": {}}", Contents::Other),
            ("{\"meshery-provider\": \"A\", \"token\": \"t\", \"expires\": 1}", Contents::Spoiled),
            ("{\"token\": \"t\"}", Contents::Spoiled),
            ("-----BEGIN OPENSSH PRIVATE KEY-----", Contents::Other),
        ] {
            fs::write(&file, text).unwrap();
            assert_eq!(contents(&file), expected, "{text}");
        }
    }

    #[test]
    fn a_file_that_cannot_be_read_is_not_taken_for_a_missing_one() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(contents(folder.path()), Contents::Unreadable);
        assert_eq!(contents(&folder.path().join("file/of-a-file")), Contents::Token);
    }

    #[test]
    fn a_place_is_made_free_by_a_copy_of_what_is_no_token_file_or_refused() {
        let home = tempfile::tempdir().unwrap();
        let meshery = home.path().join(".meshery");
        fs::create_dir(&meshery).unwrap();
        let (page, key) = (meshery.join("auth.json"), home.path().join("key"));
        for file in [&page, &key] {
            fs::write(file, "<html>").unwrap();
        }
        let place = TokenPlace::of(&page, &meshery);
        place.check().unwrap();
        place.make_free().unwrap();
        assert_eq!(fs::read(meshery.join("auth.json.bad")).unwrap(), b"<html>");
        let place = TokenPlace::of(&key, &meshery);
        for refused in [place.check(), place.make_free()] {
            let error = refused.unwrap_err();
            assert!(error.to_string().contains("it is not a token file"), "{error}");
        }
        assert!(!home.path().join("key.bad").exists());
    }
}
