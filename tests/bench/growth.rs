//! How time and memory grow with what there is: plugins, contexts, processes, connections, bytes.

use std::process::Child;
use std::time::{Duration, Instant};

use mesheryctl_tests::{ApiFault, Home, Localhost, RawConnection, binary};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::launch::Launch;
use crate::login;
use crate::logins::with_none;
use crate::measure::{Effort, Group, Measured};
use crate::memory::shown;
use crate::people::{at_server, cloud, server, signed_in, write_contexts};
use crate::plugins::{COUNTS, Shelf};
use crate::{lists, picture};

/// One command at one size.
#[derive(Debug)]
pub struct Grown {
    pub command: String,
    pub of: &'static str,
    pub size: usize,
    /// In milliseconds.
    pub median: f64,
    /// In MiB.
    pub peak: Option<f64>,
}

pub fn measured(shelf: &Shelf, lists: &[Measured], effort: Effort) -> Vec<Grown> {
    let mut all = of_plugins(shelf, lists);
    all.extend(of_contexts(effort));
    all.extend(of_processes(effort));
    all.extend(of_connections(effort));
    all.extend(of_bodies(effort));
    all
}

/// The times are those of the first table.
fn of_plugins(shelf: &Shelf, measured: &[Measured]) -> Vec<Grown> {
    let row = |command: &str, size: usize, peak| {
        let is = |it: &&Measured| it.group == picture::group_of(size) && it.name == command;
        let median = measured.iter().find(is).expect("a row of the first table").median();
        Grown { command: command.to_owned(), of: "plugins", size, median, peak }
    };
    let mut all = Vec::new();
    for size in COUNTS.into_iter().filter(|it| *it > 0) {
        let home = Home::new();
        shelf.fill(&home, size);
        let list = Launch::ours(&home, &["plugin", "list"]).peak(Launch::run);
        let prompt = Launch::ours(&home, &["system", "login"]).peak(shown);
        all.extend([row(lists::LIST, size, list), row(lists::PROMPT, size, prompt)]);
    }
    all.sort_by(|a, b| a.command.cmp(&b.command));
    all
}

fn of_contexts(effort: Effort) -> Vec<Grown> {
    let cloud = cloud();
    let mut series = Series::new("contexts");
    for command in ["list", "whoami", "switch"] {
        // A switch is between two.
        for size in [if command == "switch" { 2 } else { 1 }, 10, 100, 1000] {
            let home = signed_in(&cloud);
            write_contexts(&home, size);
            let launches: Vec<Launch> = match command {
                "list" => vec![Launch::ours(&home, &["system", "context", "list"])],
                "whoami" => vec![Launch::ours(&home, &["system", "whoami"])],
                _ => ["context-1", "context-0"]
                    .map(|it| Launch::ours(&home, &["system", "context", "switch", it]))
                    .into(),
            };
            let peak = launches[0].peak(Launch::run);
            let mut next = launches.into_iter().cycle();
            let name =
                if command == "whoami" { "system whoami" } else { &format!("context {command}") };
            series =
                series.add(name, size, peak, home, move || next.next().expect("a cycle").timed());
        }
    }
    series.measured(effort)
}

fn of_processes(effort: Effort) -> Vec<Grown> {
    let mut series = Series::new("processes at once");
    // One for each home: a renewal ends the token of the others.
    let mut clouds = Vec::new();
    for size in [1, 8, 64] {
        let home = Home::new();
        let launch = with_none(&home);
        let peak =
            at_once(&home, &["system", "login", "--provider", "None"], size).peak(Launch::run);
        series =
            series.add("login with None", size, peak, home, move || all_at_once(&launch, size));
    }
    for size in [1, 8, 64] {
        let cloud = cloud();
        let home = signed_in(&cloud);
        clouds.push(cloud);
        let launch = Launch::ours(&home, &["system", "token", "refresh"]);
        let peak = at_once(&home, &["system", "token", "refresh"], size).peak(Launch::run);
        series = series.add("token refresh", size, peak, home, move || all_at_once(&launch, size));
    }
    series.measured(effort)
}

/// From the first start to the last end.
fn all_at_once(launch: &Launch, count: usize) -> Duration {
    let start = Instant::now();
    let spawn = |_| launch.command().spawn().expect("a process");
    let all: Vec<Child> = (0..count).map(spawn).collect();
    for mut child in all {
        let ended = child.wait().expect("its end");
        assert!(ended.success(), "{launch:?}: {ended}");
    }
    start.elapsed()
}

/// The same by a shell, so that the memory of the largest is known.
fn at_once(home: &Home, args: &[&str], count: usize) -> Launch {
    let script = format!("n={count}; while [ $n -gt 0 ]; do \"$@\" & n=$((n - 1)); done; wait");
    let program = binary();
    let program = program.to_str().expect("a plain path");
    Launch::of(home, "/bin/sh", &[&["-c", &script, "sh", program], args].concat())
}

/// Connections that send nothing and stay open while a login waits for the browser.
fn of_connections(effort: Effort) -> Vec<Grown> {
    let limit = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit }).expect("more files");
    let cloud = cloud();
    let mut series = Series::new("connections");
    for size in [1, 10, 100, 1000] {
        let home = Home::new();
        let launch = login::with_layer5(&home, &cloud);
        let run = move |launch: &Launch| {
            let mut held = Vec::new();
            let connect =
                |link: &str| held.extend((0..size).map(|_| RawConnection::to(link, Localhost::V4)));
            login::timed(launch, connect)
        };
        let peak = launch.peak(|it| {
            run(it);
        });
        series = series
            .add("login with Layer5, connections held", size, peak, home, move || run(&launch));
    }
    series.measured(effort)
}

fn of_bodies(effort: Effort) -> Vec<Grown> {
    let cloud = cloud();
    let mut series = Series::new("MB");
    let mut servers = Vec::new();
    for size in [1, 100, 1000] {
        let server = server(&cloud).with_api_fault(ApiFault::Bulk(size as u64 * 1_000_000));
        let home = at_server(&cloud, &server.endpoint());
        let launch = Launch::ours(&home, &["api", "api/perf/profile/result/result-1"]);
        servers.push(server);
        let peak = launch.peak(Launch::run);
        series = series.add("api, a body to /dev/null", size, peak, home, move || launch.timed());
    }
    series.measured(effort)
}

/// Commands at several sizes, measured together.
struct Series {
    of: &'static str,
    rows: Vec<(String, usize, Option<f64>)>,
    homes: Vec<Home>,
    group: Group<'static>,
}

impl Series {
    fn new(of: &'static str) -> Self {
        let group = Group::new(format!("growth with {of}"));
        Self { of, rows: Vec::new(), homes: Vec::new(), group }
    }

    fn add(
        mut self,
        command: &str,
        size: usize,
        peak: Option<f64>,
        home: Home,
        run: impl FnMut() -> Duration + 'static,
    ) -> Self {
        self.rows.push((command.to_owned(), size, peak));
        self.homes.push(home);
        self.group = self.group.row(format!("{command}, {size}"), run);
        self
    }

    fn measured(self, effort: Effort) -> Vec<Grown> {
        let medians = self.group.measured(effort);
        let rows = self.rows.into_iter().zip(medians);
        let grown = |((command, size, peak), row): ((String, usize, Option<f64>), Measured)| {
            Grown { command, of: self.of, size, median: row.median(), peak }
        };
        rows.map(grown).collect()
    }
}
