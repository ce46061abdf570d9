//! Plugins: the list of them, completion, and the prompt, for each number of plugins.

use mesheryctl_tests::{BlackHole, ClosedPort, Home, MesheryServer, built_example, config_for};

use crate::launch::Launch;
use crate::measure::{Effort, Group, Measured};
use crate::plugins::{COUNTS, Shelf};
use crate::prompt::{FIRST_ROW, LINE, timed_until};
use crate::starts::completion;
use crate::{peers, picture};

pub const BLOCKS: &str = "three blocks of each library";
pub const LIST: &str = "plugin list";
pub const PROMPT: &str = "the prompt of system login";
pub const BLOCKS_SHOWN: &str = "three blocks of each library, then a line on a terminal";
const SHOWN: &str = "a program that prints a line, on a terminal";
pub const KUBECTL: &str = "kubectl plugin list";
pub const DOCKER: &str = "docker --help";

pub fn measured(shelf: &Shelf, effort: Effort) -> Vec<Measured> {
    let of_plugins = COUNTS.into_iter().flat_map(|count| of_count(shelf, count, effort));
    of_plugins.chain(with_servers(effort)).collect()
}

fn of_count(shelf: &Shelf, count: usize, effort: Effort) -> Vec<Measured> {
    let home = Home::new();
    let folder = shelf.fill(&home, count);
    let folder = folder.to_str().expect("a plain path");
    let reads = built_example("mesheryctl-tests", "floor-reads-blocks");
    let reads = Launch::of(&home, reads, &[folder, &shelf.offset.to_string()]);
    let list = Launch::ours(&home, &["plugin", "list"]);
    let completes = completion(&home);
    let shows = reads.clone();
    let login = Launch::ours(&home, &["system", "login"]);
    Group::new(picture::group_of(count))
        .row(BLOCKS, move || reads.timed())
        .above(BLOCKS, LIST, move || list.timed())
        .above(BLOCKS, "completion of a provider's name", move || completes.timed())
        .peer(BLOCKS, KUBECTL, peers::kubectl(&home, count))
        .peer(BLOCKS, DOCKER, peers::docker(&home, count))
        .row(BLOCKS_SHOWN, move || timed_until(LINE, &shows))
        .above(BLOCKS_SHOWN, PROMPT, move || timed_until(FIRST_ROW, &login))
        .measured(effort)
}

/// The prompt, which asks the server of the context for its providers.
fn with_servers(effort: Effort) -> Vec<Measured> {
    let (server, closed, hole) = (MesheryServer::start(), ClosedPort::start(), BlackHole::start());
    let floor = Home::new();
    let shows = Launch::of(&floor, built_example("mesheryctl-tests", "floor-prints"), &[]);
    let group = Group::new("prompt").row(SHOWN, move || timed_until(LINE, &shows));
    let cases = [
        ("a server that answers", server.endpoint()),
        ("a server that refuses", closed.endpoint()),
        ("a server that hangs", hole.endpoint()),
    ];
    let homes: Vec<(String, Home)> = cases
        .into_iter()
        .map(|(name, endpoint)| {
            let home = Home::new();
            home.write_config(&config_for(&endpoint));
            (format!("{PROMPT}, {name}"), home)
        })
        .collect();
    let add = |group: Group<'static>, (name, home): &(String, Home)| {
        let login = Launch::ours(home, &["system", "login"]);
        group.above(SHOWN, name, move || timed_until(FIRST_ROW, &login))
    };
    homes.iter().fold(group, add).measured(effort)
}
