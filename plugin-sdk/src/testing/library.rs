//! [`Library`]: a plugin as it is built, in the process of a test.

use std::cell::RefCell;
use std::fmt;
use std::io;
use std::path::Path;
use std::process::Command;
use std::ptr;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;

use mesheryctl_core::failure::Failure;
use mesheryctl_core::messages;
use mesheryctl_core::provider::{Action, Provider, Request, SignIn};
use mesheryctl_core::session::Session;
use mesheryctl_plugin_abi::{Ask, DoorRef, OwnedText, Text, enter};
use serde_json::Value;

/// A built plugin, which is a [`Provider`]: the cases of a test run against it as against the type that it was made of.
///
/// It runs in the process of the test and not in a worker: the sandbox, the hosts of the manifest and the limits of the host are
/// not tested. `mesheryctl plugin validate FILE` tests those.
///
/// ```no_run
/// use mesheryctl_plugin_sdk::provider::{Action, Request, Settings};
/// use mesheryctl_plugin_sdk::testing::{Library, Script, every_step};
///
/// let library = Library::build(env!("CARGO_MANIFEST_DIR"))?;
/// let request = Request::new(Action::Login, Settings::default());
/// let script = Script::new().expects_ask("Your name", "Ada");
/// every_step(&library, &request, &script).assert_sound();
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct Library(DoorRef);

impl Library {
    /// Loads a library, which stays loaded until the process ends.
    ///
    /// # Errors
    /// If it cannot be loaded, or is no plugin for this version of the interface.
    pub fn open(path: impl AsRef<Path>) -> io::Result<Self> {
        let found = crate::found_in(path.as_ref())?;
        enter(found).map(Self).map_err(|refusal| io::Error::other(refusal.to_string()))
    }

    /// Builds the package in this folder with cargo, and loads its library.
    ///
    /// # Errors
    /// As [`open`](Self::open), and if the package cannot be built, or makes no `cdylib`.
    pub fn build(package: impl AsRef<Path>) -> io::Result<Self> {
        let manifest = package.as_ref().join("Cargo.toml");
        let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        cargo.args(["build", "--lib", "--message-format", "json-render-diagnostics"]);
        // The variables of this test would make build scripts run again, now and in the next build.
        for (name, _) in std::env::vars_os() {
            if is_of_this_test(&name.to_string_lossy()) {
                cargo.env_remove(name);
            }
        }
        let output = cargo.arg("--manifest-path").arg(&manifest).output()?;
        if !output.status.success() {
            return Err(io::Error::other(String::from_utf8_lossy(&output.stderr).into_owned()));
        }
        let said = String::from_utf8_lossy(&output.stdout);
        let artifacts = said.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let path = artifacts.filter_map(|it| library_in(&it)).next_back();
        Self::open(path.ok_or_else(|| io::Error::other("The package makes no cdylib."))?)
    }

    /// The manifest that the code of the plugin reports.
    pub fn manifest(&self) -> String {
        (self.0.manifest())().into_string()
    }

    /// Runs an action on a thread of its own, as the worker does, and answers its calls from this one.
    fn run(&self, request: &Request, session: &mut dyn Session) -> Result<String, Failure> {
        let request = serde_json::to_string(request)
            .map_err(|_| Failure::internal("The request could not be encoded."))?;
        let (door, (calls, called), (answers, answered)) =
            (self.0, mpsc::channel(), mpsc::channel());
        let action = thread::spawn(move || {
            HOST.set(Some(Host { calls, answered }));
            let answer = (door.run())(request.as_str().into(), Ask { carry }, ptr::null());
            HOST.take();
            answer.into_string()
        });
        for call in called {
            // The action has ended if nobody receives it.
            let _ = answers.send(messages::answer(session, &call));
        }
        action.join().map_err(|_| Failure::internal("The thread of the action panicked."))
    }

    fn act<T: serde::de::DeserializeOwned>(
        &self,
        action: Action,
        request: &Request,
        session: &mut dyn Session,
    ) -> Result<T, Failure> {
        let mut request = request.clone();
        request.action = action;
        Ok(messages::decode(&self.run(&request, session)?)?)
    }
}

/// Whether cargo sets this variable for a test.
fn is_of_this_test(name: &str) -> bool {
    let prefixes = ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_"];
    let names = ["CARGO_PRIMARY_PACKAGE", "CARGO_TARGET_TMPDIR", "OUT_DIR", "LD_LIBRARY_PATH"];
    prefixes.iter().any(|it| name.starts_with(it)) || names.contains(&name)
}

/// The path of the cdylib in a message of cargo.
fn library_in(message: &Value) -> Option<String> {
    let is_library = |it: &Value| {
        it["target"]["crate_types"].as_array()?.iter().any(|it| it == "cdylib").then_some(())
    };
    is_library(message)?;
    let files = message["filenames"].as_array()?.iter().filter_map(Value::as_str);
    let endings = [".so", ".dylib", ".dll"];
    files.into_iter().find(|it| endings.iter().any(|end| it.ends_with(end))).map(str::to_owned)
}

struct Host {
    calls: Sender<String>,
    answered: Receiver<String>,
}

thread_local! {
    /// The connection of the action that this thread runs.
    static HOST: RefCell<Option<Host>> = const { RefCell::new(None) };
}

/// The callback of the plugin.
extern "C" fn carry(_host: *const (), call: Text<'_>) -> OwnedText {
    let answer = HOST.with_borrow(|host| {
        let host = host.as_ref()?;
        host.calls.send(call.as_str().to_owned()).ok()?;
        host.answered.recv().ok()
    });
    let lost = || messages::encode::<()>(Err(Failure::internal("The test has ended.")));
    answer.unwrap_or_else(lost).into()
}

impl Provider for Library {
    fn login(&self, request: &Request, session: &mut dyn Session) -> Result<SignIn, Failure> {
        self.act(Action::Login, request, session)
    }

    fn logout(&self, request: &Request, session: &mut dyn Session) -> Result<(), Failure> {
        self.act(Action::Logout, request, session)
    }

    fn refresh(&self, request: &Request, session: &mut dyn Session) -> Result<SignIn, Failure> {
        self.act(Action::Refresh, request, session)
    }

    fn whoami(&self, request: &Request, session: &mut dyn Session) -> Result<String, Failure> {
        self.act(Action::Whoami, request, session)
    }
}

impl fmt::Debug for Library {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Library")
    }
}
