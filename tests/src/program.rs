//! The program under test: the real binary, built once, started in a home with an environment that is built, not inherited.

use std::collections::{BTreeMap, HashMap};
use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, OnceLock};

use crate::home::Home;
use crate::running::{Finished, Running};
use crate::screen::Screen;

/// The `mesheryctl` to test: `MESHERYCTL_BIN`, or built once by this process.
#[must_use]
pub fn binary() -> PathBuf {
    match std::env::var_os("MESHERYCTL_BIN") {
        Some(path) => fs::canonicalize(&path).unwrap_or_else(|error| {
            panic!("MESHERYCTL_BIN should name a program, but {}: {error}", path.display())
        }),
        None => built("mesheryctl", "mesheryctl"),
    }
}

/// A program of this workspace, in the profile and the target directory of the running test.
pub(crate) fn built(package: &str, binary: &str) -> PathBuf {
    static BUILT: OnceLock<Mutex<HashMap<String, Result<PathBuf, String>>>> = OnceLock::new();
    let built = BUILT.get_or_init(Mutex::default);
    let mut built = built.lock().expect("what was built");
    // A failure is kept too: every test says why, and none tries again.
    let result = built.entry(binary.to_owned()).or_insert_with(|| build(package, binary)).clone();
    drop(built);
    result.unwrap_or_else(|why| panic!("{binary} should be built, but {why}"))
}

fn build(package: &str, binary: &str) -> Result<PathBuf, String> {
    let place = Place::of_this_test();
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(["build", "--quiet", "--package", package, "--bin", binary]);
    cargo.current_dir(env!("CARGO_MANIFEST_DIR")).arg("--target-dir").arg(&place.target);
    match place.profile.as_str() {
        "debug" => {}
        profile => drop(cargo.args(["--profile", profile])),
    }
    if let Some(triple) = &place.triple {
        cargo.args(["--target", triple]);
    }
    // What cargo told this test about itself would make build scripts run again, here and in the
    // next build from outside.
    for (name, _) in std::env::vars_os() {
        if is_about_this_test(&name.to_string_lossy()) {
            cargo.env_remove(name);
        }
    }
    let output = cargo.output().map_err(|error| format!("cargo does not start: {error}"))?;
    if !output.status.success() {
        return Err(format!("cargo said:\n{}", String::from_utf8_lossy(&output.stderr)));
    }
    let path = place.target.join(place.triple.unwrap_or_default()).join(place.profile).join(binary);
    if path.is_file() { Ok(path) } else { Err(format!("{} is not there", path.display())) }
}

fn is_about_this_test(name: &str) -> bool {
    let prefixes = ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_"];
    let names = ["CARGO_PRIMARY_PACKAGE", "CARGO_TARGET_TMPDIR", "OUT_DIR", "LD_LIBRARY_PATH"];
    prefixes.iter().any(|prefix| name.starts_with(prefix)) || names.contains(&name)
}

/// Where cargo put the running test: `<target>[/<triple>]/<profile>/deps/<test>`.
struct Place {
    target: PathBuf,
    triple: Option<String>,
    profile: String,
}

impl Place {
    fn of_this_test() -> Self {
        let test = std::env::current_exe().expect("the path of the running test");
        let marked = test.ancestors().find(|path| path.join("CACHEDIR.TAG").is_file());
        let target = marked.unwrap_or_else(|| panic!("{} is in no target folder", test.display()));
        let below = test.strip_prefix(target).expect("the test is below it");
        let folders: Vec<_> =
            below.iter().map(|part| part.to_string_lossy().into_owned()).collect();
        let deps = folders.iter().position(|part| part == "deps").unwrap_or(folders.len() - 1);
        Self {
            target: target.to_owned(),
            triple: (deps == 2).then(|| folders[0].clone()),
            profile: folders[deps - 1].clone(),
        }
    }
}

/// A start of a program: arguments, environment, input; then `run`, `spawn` or `on_terminal`.
#[derive(Debug, Clone)]
pub struct Program<'h> {
    pub(crate) home: &'h Home,
    path: PathBuf,
    args: Vec<OsString>,
    env: BTreeMap<OsString, OsString>,
    redirect: String,
    nobody: bool,
    pub(crate) input: Option<Vec<u8>>,
}

impl<'h> Program<'h> {
    pub(crate) fn new(home: &'h Home, path: PathBuf) -> Self {
        let env = [
            ("HOME", home.path().into_os_string()),
            ("PATH", home.search_path()),
            ("TMPDIR", home.beside("tmp").into_os_string()),
            ("LANG", "C.UTF-8".into()),
            ("TERM", "xterm-256color".into()),
            // A desktop. `.env_remove("DISPLAY")` makes it a machine without one.
            ("DISPLAY", ":77".into()),
        ];
        let env = env.into_iter().map(|(name, value)| (name.into(), value)).collect();
        Self {
            home,
            path,
            args: Vec::new(),
            env,
            redirect: String::new(),
            nobody: false,
            input: None,
        }
    }

    #[must_use]
    pub fn args(mut self, args: impl IntoIterator<Item: AsRef<OsStr>>) -> Self {
        self.args.extend(args.into_iter().map(|arg| arg.as_ref().to_owned()));
        self
    }

    #[must_use]
    pub fn env(mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Self {
        self.env.insert(name.as_ref().to_owned(), value.as_ref().to_owned());
        self
    }

    #[must_use]
    pub fn env_remove(mut self, name: impl AsRef<OsStr>) -> Self {
        self.env.remove(name.as_ref());
        self
    }

    /// These bytes on standard input, then its end. Without it standard input is `/dev/null`.
    #[must_use]
    pub fn stdin(mut self, bytes: impl AsRef<[u8]>) -> Self {
        self.input = Some(bytes.as_ref().to_owned());
        self
    }

    /// A redirection as a shell has it: `<&-`, `>/dev/full`, `2>/dev/null`, `>out.txt` (in `$HOME`).
    #[must_use]
    pub fn redirected(mut self, redirect: &str) -> Self {
        redirect.clone_into(&mut self.redirect);
        self
    }

    /// As somebody to whom permissions apply: root is stopped by none, so that as root a permission
    /// test proves nothing. Gives the home to `nobody`; unprivileged already, changes nothing.
    #[must_use]
    pub fn as_nobody(mut self) -> Self {
        if rustix::process::geteuid().is_root() {
            self.home.open_to_nobody();
            self.path = within_reach(self.home, &self.path);
            self.nobody = true;
        }
        self
    }

    /// Runs to the end, or panics after a minute with all that was said until then.
    #[must_use]
    pub fn run(self) -> Finished {
        self.spawn().wait()
    }

    /// Starts it without a terminal: of its own session, so that the developer's is out of reach. Start
    /// and wait on one thread: the kernel kills it when the thread that started it ends.
    #[must_use]
    pub fn spawn(self) -> Running<'h> {
        Running::start(&self)
    }

    /// Starts it on a terminal of this size.
    #[must_use]
    pub fn on_terminal(self, rows: u16, cols: u16) -> Screen<'h> {
        assert!(self.input.is_none(), "on a terminal, input is typed: use `press`");
        Screen::start(&self, rows, cols)
    }

    /// What to execute: the program behind what puts it into its place: the home's environment and
    /// folder, a redirection, a user. The kernel kills it when its parent ends, be it by a signal: no
    /// child outlives a test.
    pub(crate) fn command_line(&self) -> Vec<OsString> {
        let mut line: Vec<OsString> = vec!["/usr/bin/env".into(), "--default-signal=HUP".into()];
        line.extend(["-i".into(), "-C".into(), self.home.path().into_os_string()]);
        for (name, value) in &self.env {
            line.push([name.as_os_str(), value].join("=".as_ref()));
        }
        if !self.redirect.is_empty() {
            let script = format!("exec \"$@\" {}", self.redirect);
            line.extend(["/bin/sh", "-c", &script, "sh"].map(OsString::from));
        }
        line.extend(["/usr/bin/setpriv", "--pdeathsig", "KILL"].map(OsString::from));
        if self.nobody {
            line.extend(
                ["--reuid", "65534", "--regid", "65534", "--clear-groups"].map(OsString::from),
            );
        }
        line.push(self.path.clone().into_os_string());
        line.extend(self.args.iter().cloned());
        line
    }
}

/// The path to this program for somebody who may not enter the folder it was built in.
fn within_reach(home: &Home, program: &Path) -> PathBuf {
    let name = program.file_name().expect("a program has a name");
    let near = home.beside("bin").join(name);
    if !near.exists() && fs::hard_link(program, &near).is_err() {
        // By a child process, for the reason that scripts are.
        let install = Command::new("/usr/bin/install").arg(program).arg(&near).status();
        assert!(install.is_ok_and(|ended| ended.success()), "a copy of {}", program.display());
    }
    near
}
