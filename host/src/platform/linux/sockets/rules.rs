//! The rules by which a socket counts as this user's.

use std::env;
use std::fs;

use super::message::{ESTABLISHED, Row, SYN_RECV};
use crate::platform::OtherUser;

/// The login user id of a process that was started without a login, such as a service.
const NO_LOGIN: u32 = u32::MAX;

/// The users whose sockets count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Users {
    /// By id.
    counted: Vec<u32>,
    /// Within a user namespace, the id that the kernel gives to all users who have none there. Who they are cannot be
    /// told, so they count.
    unmapped: Option<u32>,
}

impl Users {
    /// This user, root, and the user with the id `also`. For root also the user who became root by sudo or logged in:
    /// the browser runs as that user.
    pub fn here(also: Option<u32>) -> Self {
        let own = rustix::process::geteuid().as_raw();
        let mut counted = vec![own, 0];
        counted.extend(also);
        if own == 0 {
            let login = fs::read_to_string("/proc/self/loginuid").unwrap_or_default();
            counted.extend(person_behind_root(env::var("SUDO_UID").ok().as_deref(), &login));
        }
        let map = fs::read_to_string("/proc/self/uid_map").unwrap_or_default();
        let overflow = fs::read_to_string("/proc/sys/kernel/overflowuid").unwrap_or_default();
        Self { counted, unmapped: unmapped(&map, &overflow) }
    }

    /// Why a socket does not count. `None` if it counts.
    pub fn refuse(&self, row: Row) -> Option<OtherUser> {
        if row.inode == 0 {
            return Some(OtherUser::Closed);
        }
        let counts = self.counted.contains(&row.uid) || self.unmapped == Some(row.uid);
        (!counts).then_some(OtherUser::User(row.uid))
    }
}

/// The users who may have become root, from `SUDO_UID` and `/proc/self/loginuid`.
fn person_behind_root(sudo: Option<&str>, login: &str) -> Vec<u32> {
    let ids = [sudo.unwrap_or_default(), login].map(|it| it.trim().parse().ok());
    ids.into_iter().flatten().filter(|id| *id != NO_LOGIN).collect()
}

/// The overflow id, within a user namespace. `map` is `/proc/self/uid_map`, which maps every id to itself outside of one.
fn unmapped(map: &str, overflow: &str) -> Option<u32> {
    let fields: Vec<&str> = map.split_whitespace().collect();
    if fields.is_empty() || fields == ["0", "0", "4294967295"] {
        return None;
    }
    overflow.trim().parse().ok()
}

/// Why the client of a connection does not count. `client` and `own` are the sockets of its two ends, as the kernel found
/// them in this order. `None` if the client counts.
pub fn refuse_client(client: Option<Row>, own: Option<Row>, users: &Users) -> Option<OtherUser> {
    match (client, own) {
        (Some(client), _) if client.state == ESTABLISHED => users.refuse(client),
        // Outside of this network namespace: a published port of a container, or the relay of WSL.
        (None, Some(own)) if own.state == ESTABLISHED => None,
        // A closed socket is kept without its user, and one that was reset is not kept: its request can be read still.
        _ => Some(OtherUser::Closed),
    }
}

/// Why the server of a connection does not count. `listener` is the socket that listens at its address, `server` and `own`
/// are the sockets of the two ends, as the kernel found them in this order. `None` if the server counts.
pub fn refuse_server(
    listener: Option<Row>,
    server: Option<Row>,
    own: Option<Row>,
    users: &Users,
) -> Option<OtherUser> {
    let refused = match server {
        // Outside of this network namespace, or the socket that listens decides alone.
        None => None,
        Some(server) if waits_to_be_accepted(server) => None,
        Some(server) if server.state == ESTABLISHED => users.refuse(server),
        Some(_) => Some(OtherUser::Closed),
    };
    let refused_listener = match (listener, server) {
        (Some(listener), _) => users.refuse(listener),
        (None, None) => None,
        // The kernel accepts connections of some families for a user, and shows them as root's; only the socket that
        // listens is shown as the user's.
        (None, Some(_)) => Some(OtherUser::Closed),
    };
    let is_open = own.is_some_and(|it| it.state == ESTABLISHED);
    refused.or(refused_listener).or((!is_open).then_some(OtherUser::Closed))
}

/// Whether no process has this end of a connection yet.
fn waits_to_be_accepted(end: Row) -> bool {
    end.inode == 0 && matches!(end.state, ESTABLISHED | SYN_RECV)
}

#[cfg(test)]
mod tests {
    use super::super::message::LISTEN;
    use super::*;

    const FIN_WAIT_2: u8 = 5;
    const TIME_WAIT: u8 = 6;
    const CLOSE_WAIT: u8 = 8;

    fn users(unmapped: Option<u32>) -> Users {
        Users { counted: vec![1000, 0], unmapped }
    }

    fn row(state: u8, uid: u32, inode: u32) -> Option<Row> {
        Some(Row { state, uid, inode })
    }

    #[test]
    fn a_client_counts_if_it_is_of_this_user_or_root_or_outside_of_the_namespace() {
        let open = row(ESTABLISHED, 1000, 7);
        for (peer, own, refused) in [
            (row(ESTABLISHED, 1000, 7), open, None),
            (row(ESTABLISHED, 0, 7), open, None),
            (row(ESTABLISHED, 1000, 7), None, None),
            (row(ESTABLISHED, 2002, 7), open, Some(OtherUser::User(2002))),
            (row(ESTABLISHED, 65534, 7), open, Some(OtherUser::User(65534))),
            (row(ESTABLISHED, u32::MAX, u32::MAX), open, Some(OtherUser::User(u32::MAX))),
            // Without an inode no process has it, and its user is shown as 0.
            (row(ESTABLISHED, 0, 0), open, Some(OtherUser::Closed)),
            (row(ESTABLISHED, 1000, 0), open, Some(OtherUser::Closed)),
            (row(FIN_WAIT_2, 0, 0), row(CLOSE_WAIT, 1000, 7), Some(OtherUser::Closed)),
            (row(FIN_WAIT_2, 1000, 7), row(CLOSE_WAIT, 1000, 7), Some(OtherUser::Closed)),
            (row(TIME_WAIT, 0, 0), open, Some(OtherUser::Closed)),
            (row(LISTEN, 1000, 7), open, Some(OtherUser::Closed)),
            (row(0, 1000, 7), open, Some(OtherUser::Closed)),
            (row(255, 1000, 7), open, Some(OtherUser::Closed)),
            (None, open, None),
            (None, row(ESTABLISHED, 1000, 0), None),
            (None, row(CLOSE_WAIT, 1000, 7), Some(OtherUser::Closed)),
            (None, row(LISTEN, 1000, 7), Some(OtherUser::Closed)),
            (None, None, Some(OtherUser::Closed)),
        ] {
            assert_eq!(refuse_client(peer, own, &users(None)), refused, "{peer:?} {own:?}");
        }
    }

    #[test]
    fn a_server_counts_by_its_end_of_the_connection_and_by_the_socket_that_listens() {
        let own = row(ESTABLISHED, 1000, 7);
        let (ours, theirs) = (row(LISTEN, 1000, 8), row(LISTEN, 2002, 8));
        let waiting = row(ESTABLISHED, 0, 0);
        let other = Some(OtherUser::User(2002));
        let closed = Some(OtherUser::Closed);
        for (listener, server, own, refused) in [
            (ours, row(ESTABLISHED, 1000, 9), own, None),
            (ours, row(ESTABLISHED, 0, 9), own, None),
            (row(LISTEN, 0, 8), row(ESTABLISHED, 1000, 9), own, None),
            (ours, row(ESTABLISHED, 2002, 9), own, other),
            (theirs, row(ESTABLISHED, 1000, 9), own, other),
            (theirs, row(ESTABLISHED, 0, 9), own, other),
            (None, row(ESTABLISHED, 2002, 9), own, other),
            (None, row(ESTABLISHED, 1000, 9), own, closed),
            // Not accepted yet.
            (ours, waiting, own, None),
            (ours, row(SYN_RECV, 0, 0), own, None),
            (theirs, waiting, own, other),
            (theirs, row(SYN_RECV, 0, 0), own, other),
            (None, waiting, own, closed),
            (row(LISTEN, 1000, 0), waiting, own, closed),
            // Outside of this network namespace.
            (None, None, own, None),
            (ours, None, own, None),
            (theirs, None, own, other),
            // Closed since.
            (None, None, None, closed),
            (ours, waiting, None, closed),
            (ours, waiting, row(CLOSE_WAIT, 1000, 7), closed),
            (ours, row(ESTABLISHED, 1000, 9), row(CLOSE_WAIT, 1000, 7), closed),
            (ours, row(SYN_RECV, 1000, 9), own, closed),
            (ours, row(FIN_WAIT_2, 0, 0), own, closed),
            (ours, row(TIME_WAIT, 0, 0), own, closed),
            (ours, row(LISTEN, 1000, 9), own, closed),
        ] {
            let seen = refuse_server(listener, server, own, &users(None));
            assert_eq!(seen, refused, "{listener:?} {server:?} {own:?}");
        }
    }

    #[test]
    fn a_user_without_an_id_in_the_user_namespace_counts_because_it_cannot_be_told() {
        let open = row(ESTABLISHED, 1000, 7);
        for (uid, inode, refused) in [
            (65534, 7, None),
            (65534, 0, Some(OtherUser::Closed)),
            (2002, 7, Some(OtherUser::User(2002))),
        ] {
            let peer = row(ESTABLISHED, uid, inode);
            assert_eq!(refuse_client(peer, open, &users(Some(65534))), refused, "{uid} {inode}");
        }
        for (map, overflow, expected) in [
            ("         0          0 4294967295\n", "65534\n", None),
            ("", "65534\n", None),
            ("         0       1000          1\n", "65534\n", Some(65534)),
            ("0 0 1000\n", "65534\n", Some(65534)),
            ("0 1000 1\n1 100000 65536\n", "99\n", Some(99)),
            ("0 1000 1\n", "", None),
            ("0 1000 1\n", "-1", None),
        ] {
            assert_eq!(unmapped(map, overflow), expected, "{map:?} {overflow:?}");
        }
    }

    #[test]
    fn the_person_who_became_root_counts_for_root() {
        for (sudo, login, expected) in [
            (None, "4294967295", vec![]),
            (None, "", vec![]),
            (Some("1000"), "4294967295", vec![1000]),
            (Some("1000"), "1001\n", vec![1000, 1001]),
            (Some(""), "1001", vec![1001]),
            (Some("-1"), "x", vec![]),
            (Some("4294967295"), "4294967296", vec![]),
        ] {
            assert_eq!(person_behind_root(sudo, login), expected, "{sudo:?} {login:?}");
        }
    }
}
