//! A trace: every system call of a run, seen by strace, which can also kill or fail the program at one.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::machine::home::Home;
use crate::program::launch::Program;

const STRACE: &str = "/usr/bin/strace";

/// One system call, as strace writes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SystemCall {
    /// The thread that made it.
    pub thread: String,
    pub name: String,
    pub args: String,
    /// None when the program was killed in it, or before it was carried out.
    pub result: Option<i64>,
}

impl SystemCall {
    /// What stands between quotes in its arguments: paths, bytes.
    #[must_use]
    pub fn texts(&self) -> Vec<&str> {
        self.args.split('"').skip(1).step_by(2).collect()
    }

    /// Its first argument, where that is a descriptor.
    #[must_use]
    pub fn descriptor(&self) -> Option<i64> {
        self.args.split([',', ')']).next()?.trim().parse().ok()
    }

    #[must_use]
    pub fn succeeded(&self) -> bool {
        self.result.is_some_and(|it| it >= 0)
    }
}

/// All calls of a run in order, those of its threads and children too.
#[derive(Debug, Clone, Default)]
pub struct Trace {
    pub calls: Vec<SystemCall>,
}

impl Trace {
    /// Whether programs can be traced here. In CI they must be.
    #[must_use]
    pub fn is_available() -> bool {
        let there = Path::new(STRACE).exists();
        assert!(there || std::env::var_os("CI").is_none(), "apt-get install strace");
        there
    }

    /// The program behind a strace with these options; what it saw is read when the run is over.
    #[must_use]
    pub fn of<'h>(program: Program<'h>, options: &[&str]) -> Program<'h> {
        let log = log(program.home);
        program.behind([STRACE, "-f", "-q"]).behind(options).behind(["-o"]).behind([log])
    }

    /// What the last traced run in this home did.
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
                let open = calls.iter_mut().rfind(|it| it.thread == thread);
                let open = open.expect("the call that goes on");
                (open.args, open.result) = ended(&(open.args.clone() + end));
            } else if let Some((name, args)) = rest.split_once('(')
                && !rest.starts_with(['+', '-'])
            {
                let (args, result) = ended(args);
                calls.push(SystemCall { thread: thread.into(), name: name.into(), args, result });
            }
        }
        Self { calls }
    }

    /// The calls with what they are about: the path that their descriptor was opened at, if any.
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

/// The arguments, and what the call returned.
fn ended(rest: &str) -> (String, Option<i64>) {
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
    fn calls_that_were_interrupted_by_others_are_put_together() {
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
