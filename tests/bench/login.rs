//! A sign-in whose browser is the visitor of the tests.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{ChildStderr, Stdio};
use std::time::{Duration, Instant};

use mesheryctl_tests::{Cloud, Home, Visitor};

use crate::launch::Launch;

/// A login with Layer5 at this cloud that prints its link.
pub fn with_layer5(home: &Home, cloud: &Cloud) -> Launch {
    let args = ["system", "login", "--provider", "Layer5", "--no-browser"];
    Launch::ours(home, &args).env("MESHERYCTL_LAYER5_URL", cloud.url())
}

/// From the start of the login to its end, without the time of `before`, which is done with the link before the visitor opens it.
pub fn timed(launch: &Launch, before: impl FnOnce(&str)) -> Duration {
    let mut command = launch.command();
    command.stderr(Stdio::piped());
    let start = Instant::now();
    let mut child = command.spawn().unwrap_or_else(|error| panic!("{launch:?}: {error}"));
    let mut said = BufReader::new(child.stderr.take().expect("its standard error"));
    let link = printed_link(&mut said);
    let printed = Instant::now();
    before(&link);
    let not_ours = printed.elapsed();
    Visitor::new().follow(&link);
    let mut rest = String::new();
    said.read_to_string(&mut rest).expect("its standard error");
    let ended = child.wait().expect("its end");
    let took = start.elapsed() - not_ours;
    assert!(ended.success(), "{launch:?} failed: {rest}");
    took
}

fn printed_link(said: &mut BufReader<ChildStderr>) -> String {
    let mut all = String::new();
    loop {
        let mut line = String::new();
        let count = said.read_line(&mut line).expect("its standard error");
        assert!(count > 0, "a login should print a link: {all}");
        if line.trim().starts_with("http://localhost:") {
            return line.trim().to_owned();
        }
        all.push_str(&line);
    }
}
