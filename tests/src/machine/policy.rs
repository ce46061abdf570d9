//! The policy of an administrator, in an `/etc` that only the program under test sees.

use std::ffi::OsString;
use std::fs;
use std::path::Path;

use crate::machine::home::Home;

/// An `/etc/mesheryctl/policy.yaml`, owned by root and readable by all.
#[derive(Debug, Clone)]
pub struct Policy {
    yaml: Vec<u8>,
    setup: String,
}

/// Mounts a folder with links to the real files of `/etc`, and the policy, in a mount namespace that ends with the program.
const BUILD: &str = r#"
set -e
old=$1 new=$2 policy=$3 setup=$4
shift 4
mount --bind /etc "$old"
mount -t tmpfs -o mode=0755 none "$new"
ln -s "$old"/* "$new"
rm -f "$new/mesheryctl"
mkdir -m 0755 "$new/mesheryctl"
cp "$policy" "$new/mesheryctl/policy.yaml"
chmod 0644 "$new/mesheryctl/policy.yaml"
mount --bind "$new" /etc
cd /etc/mesheryctl
eval "$setup"
exec "$@"
"#;

impl Policy {
    /// A policy with this text.
    #[must_use]
    pub fn of(yaml: impl AsRef<[u8]>) -> Self {
        Self { yaml: yaml.as_ref().to_owned(), setup: String::new() }
    }

    /// Runs this script of the shell as root in `/etc/mesheryctl` before the program: `chmod g+w policy.yaml`.
    #[must_use]
    pub fn changed_by(mut self, script: &str) -> Self {
        script.clone_into(&mut self.setup);
        self
    }

    /// Whether this process can give a program an `/etc` of its own, which needs root. Panics in CI if it cannot.
    #[must_use]
    pub fn is_available() -> bool {
        let can = rustix::process::geteuid().is_root() && Path::new("/usr/bin/unshare").exists();
        assert!(can || std::env::var_os("CI").is_none(), "as root: apt-get install util-linux");
        can
    }

    /// The start of a command line that runs the rest of it with this policy.
    pub(crate) fn command_line(&self, home: &Home) -> Vec<OsString> {
        let [old, new] = ["etc.old", "etc.new"].map(|name| home.beside(name));
        for folder in [&old, &new] {
            fs::create_dir_all(folder).expect("a folder to mount");
        }
        let file = home.beside("policy.yaml");
        fs::write(&file, &self.yaml).expect("the text of the policy");
        let mut line: Vec<OsString> =
            ["/usr/bin/unshare", "-m", "/bin/sh", "-c", BUILD, "sh"].map(OsString::from).into();
        line.extend([old, new, file].map(OsString::from));
        line.push(self.setup.clone().into());
        line
    }
}
