//! The door to the browser: started off to the side, so that no opener can delay, garble or fail a login.

use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::platform::child::in_own_group;
use crate::terminal::environment;

/// What must not leak into a browser and everything it starts.
const SECRETS: [&str; 2] = ["MESHERY_TOKEN", "MESHERY_PROVIDER"];

/// An opener that has not ended by then is taken to be the browser itself.
const OPENER: Duration = Duration::from_secs(5);

/// Opens `url` with the first opener that works. Whether one did, only the callback can tell.
pub fn open(url: &str) {
    let named = environment::named_browsers(url).into_iter().filter_map(|words| {
        let (program, arguments) = words.split_first()?;
        let mut command = Command::new(program);
        command.args(arguments);
        Some(command)
    });
    let commands: Vec<Command> = named.chain(open::commands(url)).collect();
    // Without a thread to be had there is no browser; the address is printed all the same.
    let _ = thread::Builder::new().spawn(move || commands.into_iter().any(works));
}

fn works(mut command: Command) -> bool {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    for secret in SECRETS {
        command.env_remove(secret);
    }
    // Ctrl-C at the terminal is for this program.
    in_own_group(&mut command);
    let Ok(mut opener) = command.spawn() else { return false };
    let end = Instant::now() + OPENER;
    while Instant::now() < end {
        match opener.try_wait() {
            Ok(Some(status)) => return status.success(),
            Ok(None) => thread::sleep(Duration::from_millis(20)),
            Err(_) => return true,
        }
    }
    true
}
