//! Where the Go program is: named by a variable, or further along `PATH`.

use std::env;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use super::trail::Trail;
use crate::platform::files::{FileId, id, is_executable};
use crate::platform::this_program;

/// The variable that names the Go program: a path, or a name to look up along `PATH`.
pub const VARIABLE: &str = "MESHERYCTL_GO";

/// An executable file that is not this program.
#[derive(Debug, PartialEq, Eq)]
pub struct Program {
    pub path: PathBuf,
    pub id: FileId,
}

/// What was passed over, if no program was found.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct NotFound {
    /// The value of the variable, if it is set: nothing else was looked for.
    pub named: Option<OsString>,
    /// A file that cannot be executed.
    pub not_executable: Option<PathBuf>,
    /// This program, or what led back to it.
    pub leads_back: Option<PathBuf>,
    /// A file in a folder that `PATH` names relative to the working directory.
    pub relative: Option<PathBuf>,
}

/// This program's file, if the system tells.
pub fn this_file() -> Option<FileId> {
    this_program().ok()?.metadata().ok().map(|it| id(&it))
}

/// Finds the Go program for a command line with this trail.
///
/// # Errors
/// What was passed over.
pub fn find(trail: &Trail) -> Result<Program, NotFound> {
    let named = env::var_os(VARIABLE).filter(|it| !it.is_empty());
    let path = env::var_os("PATH").unwrap_or_default();
    let this = this_file();
    // If the system does not tell which file this program is, each file along PATH may be it.
    let is_along_path = named.is_none();
    let is_this = |file: FileId| this.map_or(is_along_path, |this| this == file);
    let is_known = |file: FileId| is_this(file) || trail.has(file);
    find_in(named, &path, is_known)
}

fn find_in(
    named: Option<OsString>,
    path: &OsStr,
    is_known: impl Fn(FileId) -> bool,
) -> Result<Program, NotFound> {
    let mut passed = NotFound { named: named.clone(), ..NotFound::default() };
    let file = format!("mesheryctl{}", env::consts::EXE_SUFFIX);
    let name = named.unwrap_or_else(|| file.into());
    if is_path(&name) {
        return examined(Path::new(&name), &is_known, &mut passed).ok_or(passed);
    }
    for folder in env::split_paths(path) {
        let candidate = folder.join(&name);
        if folder.is_relative() {
            // A folder that was only entered must not choose what runs.
            if candidate.is_file() {
                passed.relative.get_or_insert(candidate);
            }
            continue;
        }
        if let Some(program) = examined(&candidate, &is_known, &mut passed) {
            return Ok(program);
        }
    }
    Err(passed)
}

/// Whether a name has a slash, and is not looked up.
fn is_path(name: &OsStr) -> bool {
    name.to_string_lossy().contains(std::path::is_separator)
}

/// The program at this path, unless it is to be passed over; then why is noted.
fn examined(
    path: &Path,
    is_known: &impl Fn(FileId) -> bool,
    passed: &mut NotFound,
) -> Option<Program> {
    // Links are followed: a link to this program is this program.
    let data = path.metadata().ok()?;
    if data.is_dir() {
        // As a shell does: a folder that is named is no program, and one along PATH is ignored.
        passed.named.as_ref().filter(|it| is_path(it))?;
    }
    let id = id(&data);
    if is_known(id) {
        // That this program is along PATH under its own name is no news.
        if passed.named.is_some() || env::current_exe().is_ok_and(|it| it != path) {
            passed.leads_back.get_or_insert(path.to_owned());
        }
        return None;
    }
    if !data.is_file() || !is_executable(path) {
        passed.not_executable.get_or_insert(path.to_owned());
        return None;
    }
    Some(Program { path: path.to_owned(), id })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::{PermissionsExt, symlink};

    struct Folders(tempfile::TempDir);

    impl Folders {
        /// `FOLDER/mesheryctl`, with this mode.
        fn with(self, folder: &str, mode: u32) -> Self {
            let path = self.0.path().join(folder);
            fs::create_dir_all(&path).unwrap();
            fs::write(path.join("mesheryctl"), folder).unwrap();
            let mode = fs::Permissions::from_mode(mode);
            fs::set_permissions(path.join("mesheryctl"), mode).unwrap();
            self
        }

        fn path(&self, folder: &str) -> PathBuf {
            self.0.path().join(folder).join("mesheryctl")
        }

        fn search_path(&self, folders: &[&str]) -> OsString {
            env::join_paths(folders.iter().map(|it| self.0.path().join(it))).unwrap()
        }
    }

    fn folders() -> Folders {
        Folders(tempfile::tempdir().unwrap())
    }

    #[test]
    fn the_first_executable_file_along_path_is_found() {
        let all = folders().with("plain", 0o644).with("first", 0o755).with("second", 0o755);
        fs::create_dir_all(all.0.path().join("folder/mesheryctl")).unwrap();
        let path = all.search_path(&["missing", "folder", "plain", "first", "second"]);
        let found = find_in(None, &path, |_| false).unwrap();
        assert_eq!(found.path, all.path("first"));
        let without = all.search_path(&["missing", "folder", "plain"]);
        let passed = find_in(None, &without, |_| false).unwrap_err();
        assert_eq!(passed.not_executable, Some(all.path("plain")));
    }

    #[test]
    fn every_link_to_a_known_file_is_passed_over() {
        let all = folders().with("this", 0o755).with("go", 0o755);
        for folder in ["one", "two", "hard"] {
            fs::create_dir(all.0.path().join(folder)).unwrap();
        }
        symlink(all.path("this"), all.path("one")).unwrap();
        symlink(all.path("one"), all.path("two")).unwrap();
        fs::hard_link(all.path("this"), all.path("hard")).unwrap();
        let this = id(&all.path("this").metadata().unwrap());
        let path = all.search_path(&["two", "one", "hard", "this", "go"]);
        let found = find_in(None, &path, |it| it == this).unwrap();
        assert_eq!(found.path, all.path("go"));
        let path = all.search_path(&["two", "hard"]);
        let passed = find_in(None, &path, |it| it == this).unwrap_err();
        assert_eq!(passed.leads_back, Some(all.path("two")));
    }

    #[test]
    fn a_folder_relative_to_the_working_directory_is_passed_over() {
        for path in ["", ".", ":", "bin", "./x::"] {
            assert_eq!(find_in(None, OsStr::new(path), |_| false), Err(NotFound::default()));
        }
    }

    #[test]
    fn a_named_program_is_the_only_one_that_counts() {
        let all = folders().with("go", 0o755).with("plain", 0o644);
        let path = all.search_path(&["go"]);
        let find = |named: &Path| find_in(Some(named.into()), &path, |_| false);
        assert_eq!(find(&all.path("go")).unwrap().path, all.path("go"));
        assert_eq!(find(Path::new("mesheryctl")).unwrap().path, all.path("go"));
        for named in [all.0.path().join("missing"), "mesheryctl-go".into(), "./missing".into()] {
            let passed = find(&named).unwrap_err();
            let nothing = NotFound { named: Some(named.into()), ..NotFound::default() };
            assert_eq!(passed, nothing);
        }
        for named in [all.path("plain"), all.0.path().join("go")] {
            assert_eq!(find(&named).unwrap_err().not_executable, Some(named));
        }
    }
}
