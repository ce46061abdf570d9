//! The files beside the token, and the folder that contains them: what is wrong with them, and what `--fix` mends.

use std::fs::Metadata;
use std::path::{Path, PathBuf};

use super::id::Id;
use super::report::{Line, bad, good, note};
use crate::error::{Command, Suggestion};
use crate::platform::{OtherUser, files};
use crate::sign_in::target::Target;
use crate::storage::atomic_file::{self, folder_of};
use crate::storage::kept_settings::{SECRETS_FILE, SETTINGS_FILE};
use crate::storage::lock::Lock;
use crate::storage::token_store::Stored;
use crate::storage::write_error::{existing, reason, remedy};

/// The lines about the files of this target. Without a token `in_use`, a folder that cannot be written is why.
pub fn lines(target: &Target, in_use: bool) -> Vec<Line> {
    let mut lines = modes(target);
    lines.extend(of_another_user(target));
    lines.extend(unwritable(target, in_use));
    lines.extend(open_to_others(target));
    lines.extend(abandoned(target));
    lines.extend(held(target));
    lines
}

/// The files that others can read, each with its mode.
pub fn modes(target: &Target) -> Vec<Line> {
    let exposed = exposed(target).into_iter();
    let line = |(path, mode): (PathBuf, u32)| {
        let text =
            format!("{} is readable by other users (mode {mode:04o})", target.home.short(&path));
        let fix = Command::from("chmod 600").value(path.display().to_string());
        note(Id::Mode, text).with(Suggestion::new("Make it private", fix))
    };
    exposed.map(line).collect()
}

/// The files of this program that others can read. A file of which it is not known that it is ours is left out.
fn exposed(target: &Target) -> Vec<(PathBuf, u32)> {
    let store = &target.store;
    let token = [store.path().to_owned(), store.record_file()];
    // A blank file at a place that config.yaml names may be anything.
    let is_ours = matches!(store.read(), Stored::Token(_)) && store.check_place().is_ok();
    let token = token.into_iter().filter(|_| is_ours);
    let others = ["trust.json", SETTINGS_FILE, SECRETS_FILE];
    let all = token.chain(others.map(|it| target.home.meshery().join(it)));
    let mode = |path: PathBuf| {
        // Of a link the target may belong to another program.
        let data = path.symlink_metadata().ok().filter(Metadata::is_file)?;
        Some((path, files::mode_if_not_private(&data)?))
    };
    all.filter_map(mode).collect()
}

/// A token file of another user, who can change the account that is used.
fn of_another_user(target: &Target) -> Option<Line> {
    let file = target.store.path();
    let data = file.metadata().ok().filter(files::is_of_another_user)?;
    let owner = OtherUser::User(files::other_owner(&data)?);
    let text = format!("{} belongs to {owner}, who can change it", target.home.short(file));
    let fix = Command::from("ls -l").value(file.display().to_string());
    Some(note(Id::Folder, text).with(Suggestion::new("Show it", fix)))
}

fn unwritable(target: &Target, in_use: bool) -> Option<Line> {
    let file = target.store.path();
    let folder = existing(folder_of(file));
    let error = files::check_writable(folder).err()?;
    let owner = folder.metadata().ok().and_then(|it| files::other_owner(&it));
    let owner = owner.map(|it| format!(" (it belongs to user {it})")).unwrap_or_default();
    let why = reason(&error);
    let text = format!("No token can be saved in {}: {why}{owner}", target.home.short(folder));
    let line = if in_use { note(Id::Folder, text) } else { bad(Id::Folder, text) };
    Some(line.with(remedy(file, &error)))
}

fn open_to_others(target: &Target) -> Option<Line> {
    let folder = existing(folder_of(target.store.path()));
    let data = folder.metadata().ok().filter(files::is_open_to_others)?;
    let (shown, mode) = (target.home.short(folder), files::mode(&data));
    let fix = Command::from("chmod go-w").value(folder.display().to_string());
    let text = format!("Every user can replace the files in {shown} (mode {mode:04o})");
    Some(note(Id::Folder, text).with(Suggestion::new("Close it", fix)))
}

fn abandoned(target: &Target) -> Option<Line> {
    let found: Vec<_> = folders(target).iter().flat_map(|it| atomic_file::abandoned(it)).collect();
    let names = names(&found)?;
    let fix = Suggestion::new("Remove them", "mesheryctl system check --fix");
    Some(note(Id::TemporaryFiles, format!("Killed processes left {names}")).with(fix))
}

fn held(target: &Target) -> Option<Line> {
    let file = target.store.path();
    let text = format!("Another process holds the lock of {}", target.home.short(file));
    let fix = Suggestion::new("Show it", "pgrep -l mesheryctl");
    Lock::is_held(file).then(|| note(Id::Lock, text).with(fix))
}

/// Mends what is safe, and says what it did.
pub fn mend(target: &Target) -> Vec<Line> {
    let exposed = exposed(target).into_iter().map(|(path, _)| made_private(&path, target));
    let swept: Vec<_> = folders(target).iter().flat_map(|it| atomic_file::sweep(it)).collect();
    let removed = names(&swept).map(|it| good(Id::TemporaryFiles, format!("Removed {it}")));
    exposed.chain(removed).collect()
}

fn made_private(path: &Path, target: &Target) -> Line {
    let shown = target.home.short(path);
    match files::make_private(path) {
        Ok(()) => good(Id::Mode, format!("Made {shown} readable only by you")),
        Err(error) => {
            let why = reason(&error);
            note(Id::Mode, format!("Cannot make {shown} readable only by you: {why}"))
        }
    }
}

/// The folders in which this program writes: that of the token file and `~/.meshery`.
fn folders(target: &Target) -> Vec<PathBuf> {
    let mut folders = vec![folder_of(target.store.path()).to_owned(), target.home.meshery()];
    folders.dedup();
    folders
}

fn names(files: &[PathBuf]) -> Option<String> {
    let name = |it: &PathBuf| it.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let names: Vec<_> = files.iter().map(name).collect();
    (!names.is_empty()).then(|| names.join(", "))
}
