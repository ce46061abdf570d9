//! Another kind of machine: the same files under a different root, with the files by which programs recognize it.

use std::ffi::OsString;
use std::path::Path;

use crate::machine::home::Home;

/// The kind of machine that the program detects, on any machine that runs the tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MachineKind {
    /// Neither a container nor WSL.
    Plain,
    Container,
    Wsl,
    /// Its `/etc/hosts` resolves `metadata.example` and `metadata6.example` to the addresses of metadata services,
    /// `loopback.example` and `loopback6.example` to loopback, `own.example` to 192.0.2.7, which is an address of this
    /// machine, `good.example` to an address of another one, which is not reachable, and `mixed.example` to that one and to
    /// those of a metadata service and of this machine. It has a network namespace of its own.
    MetadataHosts,
}

/// Creates a root with mounts of the real folders, in a mount namespace that ends with the program. Files
/// directly in the real root are left out: some of them identify a container.
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
MetadataHosts)
    printf '%s\n' '169.254.169.254 metadata.example' 'fd00:ec2::254 metadata6.example' \
        '127.0.0.1 loopback.example' '::1 loopback6.example' '0.0.0.0 unspecified.example' \
        '169.254.169.254 mixed.example' '127.0.0.1 mixed.example' \
        '192.0.2.7 mixed.example own.example' '192.0.2.8 mixed.example good.example' >"$root/.hosts"
    ip link set lo up
    ip address add 192.0.2.7/32 dev lo
    ip route add unreachable 192.0.2.8
    mount --bind "$root/.hosts" "$root/etc/hosts" ;;
esac
exec /usr/sbin/chroot "$root" "$@"
"#;

impl MachineKind {
    /// Whether this process can create machines, which needs root. Panics in CI if it cannot.
    #[must_use]
    pub fn is_available() -> bool {
        let can = rustix::process::geteuid().is_root() && Path::new("/usr/bin/unshare").exists();
        assert!(can || std::env::var_os("CI").is_none(), "as root: apt-get install util-linux");
        can
    }

    /// The start of a command line that runs the rest of it on this machine.
    pub(crate) fn command_line(self, home: &Home) -> Vec<OsString> {
        let root = home.beside("root");
        std::fs::create_dir_all(&root).expect("a folder for the root");
        let namespaces = if self == Self::MetadataHosts { "-mn" } else { "-m" };
        let mut line: Vec<OsString> =
            ["/usr/bin/unshare", namespaces, "/bin/sh", "-c", BUILD, "sh"]
                .map(OsString::from)
                .into();
        line.push(root.into_os_string());
        line.push(format!("{self:?}").into());
        line
    }
}
