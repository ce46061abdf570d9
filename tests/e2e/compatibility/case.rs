//! [`Case`]: a golden case in a file: a command, the files before it, its output and exit code, and the files after it.
//!
//! A file begins with a line that says what it shows. Sections follow, each below a line `--- NAME`:
//! - `command`: a line for a shell, in which `mesheryctl` is the program under test
//! - `stdin`: its standard input; without this section it is empty
//! - `server`: a Meshery Server runs that lists these providers, one a line; `{server}` is its endpoint elsewhere
//! - `go`: further along `PATH` is a program `mesheryctl` that prints its arguments
//! - `before PATH`, `after PATH`: a file of the home directory; every other file stays as it was
//! - `exit CODE`, `stdout`, `stderr`: what the command ended with; `{home}` is the home directory
//!
//! With `MESHERYCTL_RENEW_CASES` set, the last four are written instead of compared.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use std::os::unix::fs::PermissionsExt;

use mesheryctl_tests::*;

/// The last line of a section whose text has no line end.
const NO_END: &str = "\\ No newline at the end";

/// A case as its file has it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Case {
    pub title: String,
    pub command: String,
    stdin: String,
    /// The providers that a server lists, if one runs.
    server: Option<String>,
    has_go: bool,
    before: BTreeMap<String, String>,
    after: BTreeMap<String, String>,
    exit: i32,
    stdout: String,
    stderr: String,
}

impl Case {
    pub fn parse(text: &str) -> Self {
        let (title, rest) = text.split_once("\n--- ").expect("a section");
        let mut case = Self { title: title.trim().to_owned(), ..Self::default() };
        for section in rest.split("\n--- ") {
            let (head, body) = section.split_once('\n').unwrap_or((section, ""));
            let body = match body.trim_end_matches('\n').strip_suffix(NO_END) {
                Some(body) => body.trim_end_matches('\n').to_owned(),
                None if body.is_empty() || body.ends_with('\n') => body.to_owned(),
                None => format!("{body}\n"),
            };
            let (name, value) = head.split_once(' ').unwrap_or((head, ""));
            match name {
                "command" => case.command = body.trim().to_owned(),
                "stdin" => case.stdin = body,
                "server" => case.server = Some(body),
                "go" => case.has_go = true,
                "before" => drop(case.before.insert(value.to_owned(), body)),
                "after" => drop(case.after.insert(value.to_owned(), body)),
                "exit" => case.exit = value.parse().expect("an exit code"),
                "stdout" => case.stdout = body,
                "stderr" => case.stderr = body,
                other => panic!("there is no section {other}"),
            }
        }
        case
    }

    /// The file of the case.
    pub fn text(&self) -> String {
        let mut text = format!("{}\n--- command\n{}\n", self.title, self.command);
        let mut section = |head: &str, body: &str| {
            let _ = match body.is_empty() || body.ends_with('\n') {
                true => write!(text, "--- {head}\n{body}"),
                false => write!(text, "--- {head}\n{body}\n{NO_END}\n"),
            };
        };
        if !self.stdin.is_empty() {
            section("stdin", &self.stdin);
        }
        if let Some(listed) = &self.server {
            section("server", listed);
        }
        if self.has_go {
            section("go", "");
        }
        self.before.iter().for_each(|(path, body)| section(&format!("before {path}"), body));
        section(&format!("exit {}", self.exit), "");
        for (name, body) in [("stdout", &self.stdout), ("stderr", &self.stderr)] {
            if !body.is_empty() {
                section(name, body);
            }
        }
        self.after.iter().for_each(|(path, body)| section(&format!("after {path}"), body));
        text
    }

    /// The case with what the command ends with now.
    pub fn run(&self) -> Self {
        let home = Home::new();
        let server = self.server.as_ref().map(|listed| server(listed));
        let endpoint = server.as_ref().map(MesheryServer::endpoint).unwrap_or_default();
        let filled = |text: &str| {
            let home = home.path().display().to_string();
            text.replace("{home}", &home).replace("{server}", &endpoint)
        };
        for (path, body) in &self.before {
            let path = home.path().join(path);
            fs::create_dir_all(path.parent().expect("a folder")).expect("a folder of the home");
            fs::write(&path, filled(body)).expect("a file of the home");
            fs::set_permissions(&path, PermissionsExt::from_mode(0o600)).expect("its mode");
        }
        let binary = binary();
        let mut path = format!("{}:/usr/bin:/bin", binary.parent().expect("a folder").display());
        if self.has_go {
            let script = "#!/bin/sh\nprintf 'Go:'; printf ' [%s]' \"$@\"; echo\n";
            let program = home.script("mesheryctl", script);
            let _ = write!(path, ":{}", program.parent().expect("its folder").display());
        }
        let program = home.program("/bin/sh").args(["-euc", &filled(&self.command)]);
        let output = program.env("PATH", path).stdin(&self.stdin).run();
        let shown = |text: &str| {
            let mut text = text.replace(&home.path().display().to_string(), "{home}");
            if !endpoint.is_empty() {
                text = text.replace(&endpoint, "{server}");
            }
            // How plugins run depends on the machine.
            let line = |it: &str| match it.starts_with("- Plugins run ") {
                true => "- Plugins run {machine}\n".to_owned(),
                false => it.to_owned(),
            };
            text.split_inclusive('\n').map(line).collect::<String>()
        };
        let now = files(&home.path());
        let changed = now.iter().map(|(path, body)| (path.clone(), shown(body)));
        let after = changed.filter(|(path, body)| self.before.get(path) != Some(body)).collect();
        let kept = self.before.keys().all(|it| now.contains_key(it));
        assert!(kept, "{}: a file is gone", self.title);
        Self {
            exit: output.code.expect("an exit code"),
            stdout: shown(&output.stdout),
            stderr: shown(&output.stderr),
            after,
            ..self.clone()
        }
    }
}

fn server(listed: &str) -> MesheryServer {
    let providers = listed.lines().map(str::trim).filter(|it| !it.is_empty());
    providers.fold(MesheryServer::start(), |server, name| {
        server.provider(name, format!("https://{}.example", name.to_lowercase()))
    })
}

/// The files below the home directory, without locks, which have no content.
fn files(home: &Path) -> BTreeMap<String, String> {
    let (mut folders, mut files) = (vec![home.to_owned()], BTreeMap::new());
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            let name = path.strip_prefix(home).expect("a path of the home").display().to_string();
            if path.is_dir() {
                folders.push(path);
            } else if !name.ends_with(".lock") {
                files.insert(name, fs::read_to_string(&path).expect("a text file"));
            }
        }
    }
    files
}

/// The folder of the cases, and the path of each from it, without its ending.
pub fn all() -> Vec<(String, PathBuf)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("e2e/compatibility/cases");
    let (mut folders, mut cases) = (vec![root.clone()], Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder of cases") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(&root).expect("a path below it").with_extension("");
                cases.push((name.display().to_string(), path));
            }
        }
    }
    cases.sort();
    cases
}
