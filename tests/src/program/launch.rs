//! The start of a program in a home, with an environment that is built and not inherited.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::machine::build::built_program;
use crate::machine::home::Home;
use crate::machine::kind::MachineKind;
use crate::machine::policy::Policy;

/// The `mesheryctl` to test: the path in `MESHERYCTL_BIN`, or built once by this process.
#[must_use]
pub fn binary() -> PathBuf {
    match std::env::var_os("MESHERYCTL_BIN") {
        Some(path) => fs::canonicalize(&path).unwrap_or_else(|error| {
            panic!("MESHERYCTL_BIN should be the path of a program: {}: {error}", path.display())
        }),
        None => built_program("mesheryctl", "mesheryctl"),
    }
}

/// A program with its arguments, environment and input; started by `run`, `spawn` or `on_terminal`.
#[derive(Debug, Clone)]
pub struct Program<'h> {
    pub(crate) home: &'h Home,
    path: PathBuf,
    args: Vec<OsString>,
    env: BTreeMap<OsString, OsString>,
    redirect: String,
    nobody: bool,
    machine: Option<MachineKind>,
    policy: Option<Policy>,
    /// A command that runs the program: a tracer, a limit.
    behind: Vec<OsString>,
    pub(crate) input: Option<Vec<u8>>,
}

impl Home {
    /// The program under test, without arguments.
    #[must_use]
    pub fn mesheryctl(&self) -> Program<'_> {
        self.program(binary())
    }

    /// A script of the shell, in which `mesheryctl` is this program and the system's programs are found.
    #[must_use]
    pub fn shell(&self, script: &str) -> Program<'_> {
        let binary = binary();
        let folder = binary.parent().expect("the folder of the program").display();
        let path = format!("{folder}:/usr/bin:/bin");
        self.program("/bin/sh").args(["-euc", script]).env("PATH", path)
    }

    /// Any other program.
    #[must_use]
    pub fn program(&self, path: impl Into<PathBuf>) -> Program<'_> {
        Program::new(self, path.into())
    }
}

impl<'h> Program<'h> {
    pub(crate) fn new(home: &'h Home, path: PathBuf) -> Self {
        let env = [
            ("HOME", home.path().into_os_string()),
            ("PATH", home.search_path()),
            ("TMPDIR", home.beside("tmp").into_os_string()),
            ("LANG", "C.UTF-8".into()),
            ("TERM", "xterm-256color".into()),
            // A desktop; without this variable there is none.
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
            machine: None,
            policy: None,
            behind: Vec::new(),
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

    /// Sets standard input to these bytes. By default it is `/dev/null`.
    #[must_use]
    pub fn stdin(mut self, bytes: impl AsRef<[u8]>) -> Self {
        self.input = Some(bytes.as_ref().to_owned());
        self
    }

    /// Adds a redirection of the shell: `<&-`, `>/dev/full`, `2>/dev/null`, `>out.txt` (in `$HOME`).
    #[must_use]
    pub fn redirected(mut self, redirect: &str) -> Self {
        redirect.clone_into(&mut self.redirect);
        self
    }

    /// Runs as the user `nobody`, who becomes the owner of the home: permissions do not apply to root. Does
    /// nothing when the tests run unprivileged.
    #[must_use]
    pub fn as_nobody(mut self) -> Self {
        if rustix::process::geteuid().is_root() {
            self.home.give_to_nobody();
            self.path = within_reach(self.home, &self.path);
            self.nobody = true;
        }
        self
    }

    /// Runs on a machine of this kind; see [`MachineKind::is_available`].
    #[must_use]
    pub fn on(mut self, machine: MachineKind) -> Self {
        self.machine = Some(machine);
        self
    }

    /// Runs on a computer with this policy; see [`Policy::is_available`].
    #[must_use]
    pub fn under(mut self, policy: &Policy) -> Self {
        self.policy = Some(policy.clone());
        self
    }

    /// Runs through another command: `strace …`, `prlimit …`.
    #[must_use]
    pub fn behind(mut self, words: impl IntoIterator<Item: AsRef<OsStr>>) -> Self {
        self.behind.extend(words.into_iter().map(|word| word.as_ref().to_owned()));
        self
    }

    /// The command line: the program after the commands that set environment, working directory, redirection
    /// and user. The kernel kills the program when its parent ends, so that no child outlives a test.
    pub(crate) fn command_line(&self) -> Vec<OsString> {
        let mut line = self.machine.map(|it| it.command_line(self.home)).unwrap_or_default();
        line.extend(self.policy.iter().flat_map(|it| it.command_line(self.home)));
        line.extend([
            "/usr/bin/prlimit".into(),
            format!("--rttime={}", self.home.mark().mark).into(),
        ]);
        line.extend(["/usr/bin/env", "--default-signal"].map(OsString::from));
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
        line.extend(self.behind.iter().cloned());
        line.push(self.path.clone().into_os_string());
        line.extend(self.args.iter().cloned());
        line
    }
}

/// A path of this program that `nobody` can reach, unlike the folder of the build.
fn within_reach(home: &Home, program: &Path) -> PathBuf {
    let name = program.file_name().expect("a program has a name");
    let near = home.beside("bin").join(name);
    if !near.exists() && fs::hard_link(program, &near).is_err() {
        // By a child process, as `Home` writes scripts.
        let install = Command::new("/usr/bin/install").arg(program).arg(&near).status();
        assert!(install.is_ok_and(|ended| ended.success()), "a copy of {}", program.display());
    }
    near
}
