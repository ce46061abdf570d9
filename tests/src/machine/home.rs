//! The home directory of one test, with all that a program started in it may reach; removed when the test ends.

use std::ffi::OsString;
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

use crate::machine::orphans::{self, Mark, Process};
use crate::machine::permissions::{give_away, set_mode};
use crate::machine::snapshot::Snapshot;

/// The names under which a program may look for a browser: those of the crates `open` and `webbrowser`,
/// and of desktops and shells. All are links to one stand-in.
pub(crate) const OPENERS: [&str; 19] = [
    "xdg-open",
    "gio",
    "gnome-open",
    "kde-open6",
    "kde-open5",
    "kde-open",
    "gvfs-open",
    "exo-open",
    "x-www-browser",
    "www-browser",
    "sensible-browser",
    "gnome-www-browser",
    "wslview",
    "wslpath",
    "cmd.exe",
    "powershell.exe",
    "rundll32.exe",
    "open",
    "browser-of-the-test",
];

/// A temporary directory: `home` in it is the `$HOME` and working directory of the program; beside that are
/// the stand-ins on its PATH, its TMPDIR and the records of the openers.
#[derive(Debug)]
pub struct Home {
    root: TempDir,
    mark: u64,
}

impl Home {
    /// An empty home: no `~/.meshery`, and an opener that fails.
    #[must_use]
    pub fn new() -> Self {
        let root = tempfile::Builder::new().prefix("mesheryctl-test-").tempdir();
        let home = Self {
            root: root.expect("a temporary directory for the home"),
            mark: orphans::new_mark(),
        };
        for name in ["home", "bin", "tmp", "browser", "scripts"] {
            fs::create_dir(home.beside(name)).expect("a directory beside the home");
            set_mode(&home.beside(name), 0o755);
        }
        set_mode(&home.path(), 0o700);
        home.write_program(&home.beside("bin/.opener"), include_str!("opener.sh"));
        fs::write(home.beside("browser/exit"), "3").expect("the exit code of the opener");
        home.show_openers();
        home
    }

    /// `$HOME`.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        self.beside("home")
    }

    /// `~/.meshery`, which a new home does not have.
    #[must_use]
    pub fn meshery(&self) -> PathBuf {
        self.path().join(".meshery")
    }

    /// `~/.meshery/auth.json`.
    #[must_use]
    pub fn auth_json(&self) -> PathBuf {
        self.meshery().join("auth.json")
    }

    /// `~/.meshery/config.yaml`.
    #[must_use]
    pub fn config_yaml(&self) -> PathBuf {
        self.meshery().join("config.yaml")
    }

    /// Writes an auth.json (0600) as an earlier login would.
    pub fn write_auth(&self, bytes: impl AsRef<[u8]>) {
        self.write_below_meshery("auth.json", bytes.as_ref());
        set_mode(&self.auth_json(), 0o600);
    }

    /// The bytes of auth.json, or `None` when there is no such file.
    #[must_use]
    pub fn auth_bytes(&self) -> Option<Vec<u8>> {
        match fs::read(self.auth_json()) {
            Ok(bytes) => Some(bytes),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
            Err(error) => panic!("auth.json should be readable or absent, not: {error}"),
        }
    }

    /// auth.json as text; panics if it is absent or not UTF-8.
    #[must_use]
    pub fn auth_text(&self) -> String {
        let bytes = self.auth_bytes().expect("auth.json should be there");
        String::from_utf8(bytes).expect("auth.json should be UTF-8")
    }

    /// Writes this config.yaml (0644); see [`config_for`].
    pub fn write_config(&self, yaml: &str) {
        self.write_below_meshery("config.yaml", yaml.as_bytes());
        set_mode(&self.config_yaml(), 0o644);
    }

    /// The permission bits of this path (of a link's target).
    #[must_use]
    pub fn mode(&self, path: impl AsRef<Path>) -> u32 {
        let path = self.path().join(path);
        let data = fs::metadata(&path);
        let data =
            data.unwrap_or_else(|error| panic!("{} should be there: {error}", path.display()));
        data.permissions().mode() & 0o7777
    }

    /// The current state of every file below `$HOME`.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        Snapshot::of(&self.path())
    }

    /// The files in the TMPDIR of the program.
    #[must_use]
    pub fn temporary_files(&self) -> Vec<PathBuf> {
        let files = fs::read_dir(self.beside("tmp")).expect("the home's TMPDIR");
        files.map(|file| file.expect("an entry of TMPDIR").path()).collect()
    }

    /// A shell script in place of a program.
    #[must_use]
    pub fn script(&self, name: &str, text: &str) -> PathBuf {
        let path = self.beside("scripts").join(name);
        self.write_program(&path, &format!("#!/bin/sh\n{text}\n"));
        path
    }

    /// Makes the user `nobody` the owner of the home. Does nothing when the tests run unprivileged.
    pub fn give_to_nobody(&self) {
        if !rustix::process::geteuid().is_root() {
            return;
        }
        set_mode(self.root.path(), 0o711);
        give_away(&self.path());
        for name in ["tmp", "browser"] {
            give_away(&self.beside(name));
        }
    }

    /// Processes that were started in this home and still run, also if they detached themselves.
    #[must_use]
    pub fn processes(&self) -> Vec<Process> {
        orphans::processes_of(self.mark())
    }

    /// Panics unless every process that was started in this home ends within [`timeouts::WAIT`].
    ///
    /// [`timeouts::WAIT`]: crate::machine::timeouts::WAIT
    pub fn assert_no_process_is_left(&self) {
        orphans::assert_none(self.mark());
    }

    /// What identifies the processes of this home.
    pub(crate) fn mark(&self) -> Mark<'_> {
        Mark { root: self.root.path(), mark: self.mark }
    }

    /// A path in the temporary directory, outside `$HOME`.
    pub(crate) fn beside(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    /// Adds the openers to the PATH.
    pub(crate) fn show_openers(&self) {
        for name in OPENERS {
            let link = self.beside("bin").join(name);
            if fs::symlink_metadata(&link).is_err() {
                symlink(".opener", link).expect("a stand-in on the PATH");
            }
        }
    }

    /// Removes the openers; the PATH is then one directory.
    pub(crate) fn hide_openers(&self) {
        for name in OPENERS {
            let _ = fs::remove_file(self.beside("bin").join(name));
        }
    }

    /// The PATH of programs in this home. Without the openers it also excludes the system directories,
    /// which may contain a real browser.
    pub(crate) fn search_path(&self) -> OsString {
        let mut path = self.beside("bin").into_os_string();
        if self.beside("bin").join(OPENERS[0]).exists() {
            path.push(":/usr/bin:/bin");
        }
        path
    }

    /// Writes by a child process: a fork in a parallel test could inherit a descriptor that is open for
    /// writing here, and the kernel then refuses to run the file (ETXTBSY).
    fn write_program(&self, path: &Path, text: &str) {
        let mut install = Command::new("/usr/bin/install")
            .args(["-m", "755", "/dev/stdin"])
            .arg(path)
            .stdin(Stdio::piped())
            .spawn()
            .expect("/usr/bin/install of coreutils");
        let mut stdin = install.stdin.take().expect("the stdin of install");
        stdin.write_all(text.as_bytes()).expect("the text of the program");
        drop(stdin);
        let ended = install.wait().expect("the exit status of install");
        assert!(ended.success(), "install should write {}: {ended}", path.display());
    }

    fn write_below_meshery(&self, name: &str, bytes: &[u8]) {
        if !self.meshery().exists() {
            fs::create_dir(self.meshery()).expect("~/.meshery");
            set_mode(&self.meshery(), 0o700);
        }
        fs::write(self.meshery().join(name), bytes).expect("a file in ~/.meshery");
    }
}

impl Default for Home {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        orphans::kill_all(self.mark());
    }
}

/// The config.yaml that the Go CLI creates, byte for byte, with this endpoint.
#[must_use]
pub fn config_for(endpoint: &str) -> String {
    format!(
        "contexts:\n    local:\n        endpoint: {endpoint}\n        token: default\n        \
         platform: kubernetes\n        channel: stable\n        version: latest\n        \
         provider: Meshery\ncurrent-context: local\ntokens:\n    - name: default\n      \
         location: auth.json\n"
    )
}
