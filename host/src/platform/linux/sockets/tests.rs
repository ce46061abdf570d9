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
fn a_socket_is_found_by_its_ports_as_by_its_addresses() {
    for (listen, connect) in
        [("127.0.0.1:0", "127.0.0.1"), ("[::1]:0", "::1"), ("[::]:0", "127.0.0.1")]
    {
        let listener = TcpListener::bind(listen).unwrap();
        let client = TcpStream::connect((connect, listener.local_addr().unwrap().port())).unwrap();
        let accepted = listener.accept().unwrap().0;
        for end in [&client, &accepted] {
            let (own, peer) = (end.local_addr().unwrap(), end.peer_addr().unwrap());
            let found = table().find(own, peer).unwrap();
            assert!(found.is_some_and(|row| row.inode != 0), "{listen}");
            assert_eq!(table().find_by_ports(own, peer).unwrap(), found, "{listen}");
            let (mut elsewhere, mut another) = (own, peer);
            elsewhere.set_ip("127.0.0.9".parse().unwrap());
            another.set_port(1);
            assert_eq!(table().find_by_ports(elsewhere, peer).unwrap(), None, "{listen}");
            assert_eq!(table().find_by_ports(own, another).unwrap(), None, "{listen}");
        }
    }
}

#[test]
fn a_socket_among_many_with_its_ports_is_not_looked_for() {
    let listener = TcpListener::bind("0.0.0.0:0").unwrap();
    let (client, _) = connected(&listener);
    let (own, server) = (client.local_addr().unwrap(), client.peer_addr().unwrap());
    let same_ports = |last: u8| {
        let socket = rustix::net::socket(AddressFamily::INET, SocketType::STREAM, None).unwrap();
        rustix::net::sockopt::set_socket_reuseaddr(&socket, true).unwrap();
        let from = SocketAddr::from((Ipv4Addr::new(127, 0, 1, last), own.port()));
        rustix::net::bind(&socket, &from).unwrap();
        rustix::net::connect(&socket, &server).unwrap();
        socket
    };
    let _few: Vec<_> = (1..15).map(same_ports).collect();
    assert!(table().find_by_ports(own, server).unwrap().is_some());
    let found = |it: io::Result<Option<Row>>| it.map_err(|error| error.kind());
    let many: Vec<_> = (15..17).map(same_ports).collect();
    assert_eq!(found(table().find_by_ports(own, server)), Err(io::ErrorKind::InvalidData));
    drop(many);
}

#[test]
fn a_server_that_has_not_accepted_the_connection_yet_counts_and_one_that_no_longer_listens_does_not()
 {
    let table = table();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    assert_eq!(table.server(&client, None), None);
    let accepted = listener.accept().unwrap().0;
    assert_eq!(table.server(&client, None), None);
    drop(listener);
    assert_eq!(table.listening(client.peer_addr().unwrap()).unwrap(), None);
    assert_eq!(table.server(&client, None), Some(OtherUser::Closed));
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
