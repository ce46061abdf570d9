//! A machine of another kind: the same files seen from a root of its own, with the marks that such a machine bears.

use std::ffi::OsString;
use std::path::Path;

use crate::machine::home::Home;

/// What the program finds itself on, whatever machine the tests run on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MachineKind {
    /// No mark of any kind.
    Plain,
    Container,
    Wsl,
    /// Its `/etc/hosts` leads `astray.example` to a metadata service, `astray6.example` too, by IPv6,
    /// `halfway.example` there and to this computer, and `good.example` to this computer.
    Astray,
}

/// A root of links to the real folders, in a mount namespace that ends with the program. Files right
/// below the real root are left out: the marks of a container are such files.
const BUILD: &str = r#"
set -e
root=$1 kind=$2
shift 2
mount -t tmpfs none "$root"
for it in /*; do
    if [ -L "$it" ]; then cp -P "$it" "$root$it"
    elif [ -d "$it" ]; then mkdir "$root$it"; mount --rbind "$it" "$root$it"
    fi
done
case $kind in
Container) : >"$root/.dockerenv" ;;
Wsl) echo 5.15.153.1-microsoft-standard-WSL2 >"$root/.kernel"
    mount --bind "$root/.kernel" "$root/proc/sys/kernel/osrelease" ;;
Astray)
    printf '%s\n' '169.254.169.254 astray.example' 'fd00:ec2::254 astray6.example' \
        '169.254.169.254 halfway.example' '127.0.0.1 halfway.example good.example' >"$root/.hosts"
    mount --bind "$root/.hosts" "$root/etc/hosts" ;;
esac
exec /usr/sbin/chroot "$root" "$@"
"#;

impl MachineKind {
    /// Only root makes machines. As somebody else the test has nothing to look at, which CI does not accept.
    #[must_use]
    pub fn is_available() -> bool {
        let can = rustix::process::geteuid().is_root() && Path::new("/usr/bin/unshare").exists();
        assert!(can || std::env::var_os("CI").is_none(), "as root: apt-get install util-linux");
        can
    }

    /// What to execute before the rest of a command line.
    pub(crate) fn command_line(self, home: &Home) -> Vec<OsString> {
        let root = home.beside("root");
        std::fs::create_dir_all(&root).expect("a place for a root");
        let mut line: Vec<OsString> =
            ["/usr/bin/unshare", "-m", "/bin/sh", "-c", BUILD, "sh"].map(OsString::from).into();
        line.push(root.into_os_string());
        line.push(format!("{self:?}").into());
        line
    }
}
