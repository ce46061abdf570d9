//! One run of a command, executed directly: the launcher of the tests is a chain of five programs, which would be measured too.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use mesheryctl_tests::{Home, binary};

/// A command with its whole environment.
#[derive(Debug, Clone)]
pub struct Launch {
    program: PathBuf,
    args: Vec<OsString>,
    env: Vec<(OsString, OsString)>,
    /// `$HOME`, where it runs.
    pub folder: PathBuf,
    code: i32,
}

impl Launch {
    /// The program that is measured.
    pub fn ours(home: &Home, args: &[&str]) -> Self {
        Self::of(home, binary(), args)
    }

    /// Any other program.
    pub fn of(home: &Home, program: impl Into<PathBuf>, args: &[&str]) -> Self {
        let folder = home.path();
        let mut path = folder.with_file_name("bin").into_os_string();
        path.push(":/usr/bin:/bin");
        let env: [(&str, OsString); 6] = [
            ("HOME", folder.clone().into()),
            ("PATH", path),
            ("TMPDIR", folder.with_file_name("tmp").into()),
            ("LANG", "C.UTF-8".into()),
            ("TERM", "xterm-256color".into()),
            ("DISPLAY", ":77".into()),
        ];
        Self {
            program: program.into(),
            args: args.iter().map(OsString::from).collect(),
            env: env.map(|(name, value)| (name.into(), value)).into(),
            folder,
            code: 0,
        }
    }

    #[must_use]
    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.env.retain(|(known, _)| known != name);
        self.env.push((name.into(), value.as_ref().to_owned()));
        self
    }

    /// Ends with this exit code.
    #[must_use]
    pub fn exiting(self, code: i32) -> Self {
        Self { code, ..self }
    }

    /// Runs through another command.
    #[must_use]
    pub fn behind(mut self, command: &str, args: &[&OsStr]) -> Self {
        let mut line: Vec<OsString> = args.iter().map(OsString::from).collect();
        line.push(std::mem::replace(&mut self.program, command.into()).into());
        line.append(&mut self.args);
        self.args = line;
        self
    }

    /// The command, with its output on `/dev/null`.
    pub fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.args(&self.args).env_clear().envs(self.env.iter().cloned());
        command.current_dir(&self.folder);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command
    }

    /// From its start until its end is known.
    pub fn timed(&self) -> Duration {
        let mut command = self.command();
        let start = Instant::now();
        let ended = command.status().unwrap_or_else(|error| panic!("{self:?}: {error}"));
        let took = start.elapsed();
        if ended.code() != Some(self.code) {
            self.explain();
        }
        took
    }

    /// Runs once without measuring.
    pub fn run(&self) {
        self.timed();
    }

    /// Runs it once more, and panics with what it says.
    fn explain(&self) -> ! {
        let output = self.command().stdout(Stdio::piped()).stderr(Stdio::piped()).output();
        panic!("{self:?} failed; the next run said: {output:?}");
    }

    /// The peak memory of `run`, in MiB, of the largest process that it waited for; none without GNU time.
    pub fn peak(&self, run: impl FnOnce(&Self)) -> Option<f64> {
        const TIME: &str = "/usr/bin/time";
        if !Path::new(TIME).exists() {
            return None;
        }
        let report = self.folder.with_file_name("tmp").join("peak");
        let args: [&OsStr; 4] = ["-f".as_ref(), "%M".as_ref(), "-o".as_ref(), report.as_ref()];
        run(&self.clone().behind(TIME, &args));
        let text = fs::read_to_string(report).expect("the report of GNU time");
        let kibibytes: f64 = text.lines().last()?.trim().parse().expect("a number");
        Some(kibibytes / 1024.0)
    }
}
