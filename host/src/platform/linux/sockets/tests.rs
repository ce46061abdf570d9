//! The kernel's answers about real sockets of this process.

use super::*;

/// A connection, and the end of it that was accepted.
fn connected(at: &TcpListener) -> (TcpStream, TcpStream) {
    let client = TcpStream::connect(at.local_addr().unwrap()).unwrap();
    (client, at.accept().unwrap().0)
}

fn table() -> SocketTable {
    SocketTable::open().unwrap().expect("a kernel with sock_diag")
}

#[test]
fn a_table_that_cannot_be_opened_for_want_of_something_is_an_error_and_a_missing_one_is_none() {
    for error in [Errno::MFILE, Errno::NFILE, Errno::NOMEM, Errno::NOBUFS] {
        assert!(is_scarcity(error), "{error}");
    }
    for error in [Errno::PROTONOSUPPORT, Errno::AFNOSUPPORT, Errno::ACCESS, Errno::PERM] {
        assert!(!is_scarcity(error), "{error}");
    }
}

#[test]
fn both_ends_of_a_connection_of_this_user_count_until_they_are_closed() {
    let table = table();
    for address in ["127.0.0.1:0", "[::1]:0"] {
        let listener = TcpListener::bind(address).unwrap();
        let (client, accepted) = connected(&listener);
        assert_eq!((table.client(&accepted), table.server(&client, None)), (None, None));
        drop(client);
        assert_eq!(table.client(&accepted), Some(OtherUser::Closed), "{address}");
    }
}

#[test]
fn an_ipv4_client_of_an_ipv6_socket_is_found() {
    let table = table();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let client = TcpStream::connect(("::ffff:127.0.0.1", port)).unwrap();
    let accepted = listener.accept().unwrap().0;
    let (own, peer) = (accepted.local_addr().unwrap(), accepted.peer_addr().unwrap());
    assert!(table.find(peer, own).unwrap().is_some_and(|row| row.inode != 0));
    assert_eq!((table.client(&accepted), table.server(&client, None)), (None, None));
}

#[test]
fn a_server_that_no_longer_listens_is_found_by_its_end_of_the_connection() {
    let table = table();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (client, accepted) = connected(&listener);
    drop(listener);
    assert_eq!(table.listening(client.peer_addr().unwrap()).unwrap(), None);
    assert_eq!(table.server(&client, None), None);
    drop(accepted);
    assert_eq!(table.server(&client, None), Some(OtherUser::Closed));
}

#[test]
fn without_an_answer_of_the_kernel_everything_counts() {
    // The kernel does not listen on this protocol.
    let silent = SocketTable::of(netlink::USERSOCK).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (client, accepted) = connected(&listener);
    assert!(!silent.is_answering() && table().is_answering());
    assert_eq!((silent.client(&accepted), silent.server(&client, None)), (None, None));
    drop(client);
    assert_eq!(silent.client(&accepted), None);
}
