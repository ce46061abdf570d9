//! A home directory of a test's own, with everything a program started in it may reach; gone when the test ends.

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

/// Every name under which a program may look for a browser: those of the `open` crate, of
/// `webbrowser`, and of the desktops and shells people have. All lead to the same stand-in.
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

/// One temporary directory: `home` is what the program sees as `$HOME` and starts in; beside it, out
/// of its sight, are the stand-ins on its PATH, its TMPDIR and the browser's letter box.
#[derive(Debug)]
pub struct Home {
    root: TempDir,
    mark: u64,
}

impl Home {
    /// An empty home: no `~/.meshery`, and no browser (an opener is found, and fails).
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
        fs::write(home.beside("browser/exit"), "3").expect("how the opener ends");
        home.show_openers();
        home
    }

    /// `$HOME`.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        self.beside("home")
    }

    /// `~/.meshery`, which is not there until something makes it.
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

    /// Leaves an auth.json (0600) as an earlier login would.
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

    /// auth.json as text; panics when it is absent or not UTF-8.
    #[must_use]
    pub fn auth_text(&self) -> String {
        let bytes = self.auth_bytes().expect("auth.json should be there");
        String::from_utf8(bytes).expect("auth.json should be UTF-8")
    }

    /// Leaves this config.yaml (0644); see [`config_for`].
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

    /// Every file below `$HOME` as it is now.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        Snapshot::of(&self.path())
    }

    /// Files the program left in its TMPDIR.
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

    /// Gives the home to `nobody`, as if that were its user. Without effect (and without need) when the
    /// tests themselves run unprivileged.
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

    /// Processes that were started in this home and still run, however far they detached themselves.
    #[must_use]
    pub fn processes(&self) -> Vec<Process> {
        orphans::processes_of(self.trace())
    }

    /// Panics unless every process that was started in this home ends by itself within the deadline.
    pub fn assert_no_process_is_left(&self) {
        orphans::assert_none(self.trace());
    }

    /// By what the processes of this home are known.
    pub(crate) fn trace(&self) -> Mark<'_> {
        Mark { root: self.root.path(), mark: self.mark }
    }

    /// A path in the temporary directory, outside `$HOME`.
    pub(crate) fn beside(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    /// Puts the stand-ins for a browser on the PATH.
    pub(crate) fn show_openers(&self) {
        for name in OPENERS {
            let link = self.beside("bin").join(name);
            if fs::symlink_metadata(&link).is_err() {
                symlink(".opener", link).expect("a stand-in on the PATH");
            }
        }
    }

    /// Takes them away: then the PATH is one directory without any opener.
    pub(crate) fn hide_openers(&self) {
        for name in OPENERS {
            let _ = fs::remove_file(self.beside("bin").join(name));
        }
    }

    /// The PATH of programs in this home. With the stand-ins hidden, nothing of the machine's either:
    /// it may have a real browser.
    pub(crate) fn search_path(&self) -> OsString {
        let mut path = self.beside("bin").into_os_string();
        if self.beside("bin").join(OPENERS[0]).exists() {
            path.push(":/usr/bin:/bin");
        }
        path
    }

    /// Written by a child process: a descriptor open for writing in this one could be caught by the
    /// fork of a parallel test, and the kernel then refuses to run the file ("text file busy").
    fn write_program(&self, path: &Path, text: &str) {
        let mut install = Command::new("/usr/bin/install")
            .args(["-m", "755", "/dev/stdin"])
            .arg(path)
            .stdin(Stdio::piped())
            .spawn()
            .expect("/usr/bin/install of coreutils");
        let mut stdin = install.stdin.take().expect("its stdin");
        stdin.write_all(text.as_bytes()).expect("the program's text");
        drop(stdin);
        let ended = install.wait().expect("install ends");
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
        orphans::kill_all(self.trace());
    }
}

/// The config.yaml that the Go CLI makes by itself, byte for byte, with another endpoint.
#[must_use]
pub fn config_for(endpoint: &str) -> String {
    format!(
        "contexts:\n    local:\n        endpoint: {endpoint}\n        token: default\n        \
         platform: kubernetes\n        channel: stable\n        version: latest\n        \
         provider: Meshery\ncurrent-context: local\ntokens:\n    - name: default\n      \
         location: auth.json\n"
    )
}
