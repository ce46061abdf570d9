//! Opening a browser, in a thread and without a terminal, so that no program that opens it can delay a login,
//! write between its lines, or make it fail.

use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::platform::child::in_own_group;
use crate::terminal::browsers;

/// The variables that are removed from the environment of a browser.
const REMOVED_VARIABLES: [&str; 2] = ["MESHERY_TOKEN", "MESHERY_PROVIDER"];

/// An opener that runs longer is taken to be the browser itself.
const OPENER_TIMEOUT: Duration = Duration::from_secs(5);

/// Opens `url` with the first opener that succeeds. Whether a page was shown is not known before a request
/// reaches the callback.
pub fn open(url: &str) {
    let named = browsers::named_browsers(url).into_iter().filter_map(|words| {
        let (program, arguments) = words.split_first()?;
        let mut command = Command::new(program);
        command.args(arguments);
        Some(command)
    });
    let commands: Vec<Command> = named.chain(open::commands(url)).collect();
    // Without a thread no browser is opened; the URL is printed in any case.
    let _ = thread::Builder::new().spawn(move || commands.into_iter().any(run_opener));
}

fn run_opener(mut command: Command) -> bool {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    for variable in REMOVED_VARIABLES {
        command.env_remove(variable);
    }
    // Ctrl-C in the terminal must not reach the browser.
    in_own_group(&mut command);
    let Ok(mut opener) = command.spawn() else { return false };
    let deadline = Instant::now() + OPENER_TIMEOUT;
    while Instant::now() < deadline {
        match opener.try_wait() {
            Ok(Some(status)) => return status.success(),
            Ok(None) => thread::sleep(Duration::from_millis(20)),
            Err(_) => return true,
        }
    }
    true
}
