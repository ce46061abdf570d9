//! A trace: every system call of a run, recorded by strace, which can also kill the program at a call or fail the call.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::machine::home::Home;
use crate::program::launch::Program;

const STRACE: &str = "/usr/bin/strace";

/// One system call as strace prints it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SystemCall {
    /// The thread that made it.
    pub thread: String,
    pub name: String,
    pub args: String,
    /// `None` if the program was killed before the call returned.
    pub result: Option<i64>,
}

impl SystemCall {
    /// The quoted strings in its arguments: paths and bytes.
    #[must_use]
    pub fn texts(&self) -> Vec<&str> {
        self.args.split('"').skip(1).step_by(2).collect()
    }

    /// Its first argument, if that is a descriptor.
    #[must_use]
    pub fn descriptor(&self) -> Option<i64> {
        self.args.split([',', ')']).next()?.trim().parse().ok()
    }

    #[must_use]
    pub fn succeeded(&self) -> bool {
        self.result.is_some_and(|it| it >= 0)
    }
}

/// All calls of a run in order, including those of threads and child processes.
#[derive(Debug, Clone, Default)]
pub struct Trace {
    pub calls: Vec<SystemCall>,
}

impl Trace {
    /// Whether strace is installed. Panics in CI if it is not.
    #[must_use]
    pub fn is_available() -> bool {
        let installed = Path::new(STRACE).exists();
        assert!(installed || std::env::var_os("CI").is_none(), "apt-get install strace");
        installed
    }

    /// Runs the program under strace with these options; `read` returns the trace after the run.
    #[must_use]
    pub fn of<'h>(program: Program<'h>, options: &[&str]) -> Program<'h> {
        let log = log(program.home);
        program.behind([STRACE, "-f", "-q"]).behind(options).behind(["-o"]).behind([log])
    }

    /// The trace of the last traced run in this home.
    #[must_use]
    pub fn read(home: &Home) -> Self {
        let text = fs::read(log(home)).expect("strace's log");
        Self::parse(&String::from_utf8_lossy(&text))
    }

    fn parse(text: &str) -> Self {
        let mut calls: Vec<SystemCall> = Vec::new();
        for line in text.lines() {
            let Some((thread, rest)) = line.split_once(' ') else { continue };
            let rest = rest.trim_start();
            if let Some((_, end)) = rest.strip_prefix("<... ").and_then(|it| it.split_once('>')) {
                let unfinished = calls.iter_mut().rfind(|it| it.thread == thread);
                let unfinished = unfinished.expect("the unfinished call");
                (unfinished.args, unfinished.result) = finished(&(unfinished.args.clone() + end));
            } else if let Some((name, args)) = rest.split_once('(')
                && !rest.starts_with(['+', '-'])
            {
                let (args, result) = finished(args);
                calls.push(SystemCall { thread: thread.into(), name: name.into(), args, result });
            }
        }
        Self { calls }
    }

    /// Each call with its path: an argument, or the path at which its descriptor was opened.
    pub fn with_paths(&self) -> impl Iterator<Item = (&SystemCall, Option<PathBuf>)> {
        let mut open: BTreeMap<i64, PathBuf> = BTreeMap::new();
        self.calls.iter().map(move |call| {
            let descriptor = call.descriptor();
            match call.name.as_str() {
                "open" | "openat" | "openat2" => {
                    let path = call.texts().first().map(PathBuf::from);
                    if let (Some(fd), Some(path)) = (call.result.filter(|it| *it >= 0), &path) {
                        open.insert(fd, path.clone());
                    }
                    (call, path)
                }
                "close" => (call, descriptor.and_then(|fd| open.remove(&fd))),
                "socket" | "accept4" | "pipe2" | "socketpair" | "memfd_create" => (call, None),
                _ => (call, descriptor.and_then(|fd| open.get(&fd).cloned())),
            }
        })
    }
}

fn log(home: &Home) -> PathBuf {
    home.beside("trace")
}

/// The arguments and the return value.
fn finished(rest: &str) -> (String, Option<i64>) {
    match rest.rsplit_once(" = ") {
        Some((args, result)) => {
            let number = result.split_whitespace().next().and_then(|it| it.parse().ok());
            (args.trim_end().trim_end_matches(')').to_owned(), number)
        }
        None => (rest.trim_end().trim_end_matches("<unfinished ...>").to_owned(), None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unfinished_call_and_its_resumed_line_are_one_call() {
        let trace = Trace::parse(
            "7 openat(AT_FDCWD, \"/a\", O_RDONLY <unfinished ...>\n8 read(3, \"x\", 1) = 1\n\
             7 <... openat resumed>) = 4\n7 write(4, \"(= 1)\", 5) = -1 EIO (x) (INJECTED)\n\
             7 fsync(4 <unfinished ...>\n7 exit_group(0) = ?\n7 +++ killed by SIGKILL +++\n",
        );
        let seen: Vec<_> =
            trace.with_paths().map(|(it, path)| (it.name.as_str(), it.result, path)).collect();
        let a = Some(PathBuf::from("/a"));
        assert_eq!(
            seen,
            [
                ("openat", Some(4), a.clone()),
                ("read", Some(1), None),
                ("write", Some(-1), a.clone()),
                ("fsync", None, a),
                ("exit_group", None, None),
            ]
        );
        assert_eq!(trace.calls[2].texts(), ["(= 1)"]);
    }
}
