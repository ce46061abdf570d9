//! Code of a test that runs as another user, or in a network of its own.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::os::fd::AsFd as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;

use rustix::process::Uid;
use rustix::thread::{LinkNameSpaceType, move_into_link_name_space, set_thread_res_uid};

use crate::machine::skip::missing;

/// The id of a user without a name, who is neither the user of the tests nor `nobody`.
pub const ANOTHER_USER: u32 = 2002;

/// Whether the tests may run code as other users. Panics in CI if they may not.
#[must_use]
pub fn can_be_others() -> bool {
    let can = rustix::process::geteuid().is_root();
    if !can {
        missing("root", "run the tests as root");
    }
    can
}

/// Runs this as the user with this id: sockets that it opens belong to that user, and so do threads that it starts.
///
/// # Panics
/// If it panics, or the tests do not run as root.
pub fn as_user<T: Send>(id: u32, run: impl FnOnce() -> T + Send) -> T {
    aside(|| {
        let user = Uid::from_raw(id);
        set_thread_res_uid(user, user, user).expect("a thread of root");
        run()
    })
}

/// Runs this in a network namespace that has only loopback; programs that it starts are in it too. `None` if there are
/// no tools to make one.
///
/// # Panics
/// If it panics, or the tests do not run as root.
pub fn in_own_network<T: Send>(run: impl FnOnce() -> T + Send) -> Option<T> {
    let tools = ["/usr/bin/unshare", "/usr/sbin/ip"];
    if !can_be_others() || tools.iter().any(|it| !Path::new(it).exists()) {
        missing("a network namespace", "as root: apt-get install iproute2");
        return None;
    }
    let keeper = Keeper::start();
    Some(aside(|| {
        let namespace = format!("/proc/{}/ns/net", keeper.0.id());
        let namespace = File::open(namespace).expect("the namespace of a child");
        move_into_link_name_space(namespace.as_fd(), Some(LinkNameSpaceType::Network))
            .expect("a thread of root");
        run()
    }))
}

/// Runs this in a thread, since users and namespaces belong to threads.
fn aside<T: Send>(run: impl FnOnce() -> T + Send) -> T {
    let ended = thread::scope(|scope| scope.spawn(run).join());
    ended.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

/// A process in a network namespace, which ends with this value.
struct Keeper(Child);

impl Keeper {
    fn start() -> Self {
        let script = "/usr/sbin/ip link set lo up && echo ready && exec cat";
        let mut command = Command::new("/usr/bin/unshare");
        command.args(["--net", "/bin/sh", "-c", script]);
        let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let mut keeper = Self(child.expect("unshare of util-linux"));
        let mut line = String::new();
        let output = keeper.0.stdout.take().expect("the output of the child");
        BufReader::new(output).read_line(&mut line).expect("a line of the child");
        assert_eq!(line, "ready\n", "a network namespace should be made");
        keeper
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
