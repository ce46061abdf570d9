//! Answers as tables: those of the kernel, and ones that no kernel should give.

use super::*;

pub(super) const NUMBER: u32 = 7;

pub(super) fn at(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

/// The kernel's answer about a socket with these addresses.
pub(super) fn row(family: u8, state: u8, local: SocketAddr, remote: SocketAddr) -> Vec<u8> {
    let mut bytes = Vec::new();
    bytes.extend(((HEADER + ROW) as u32).to_ne_bytes());
    bytes.extend(SOCK_DIAG_BY_FAMILY.to_ne_bytes());
    bytes.extend([0; 2]);
    bytes.extend(NUMBER.to_ne_bytes());
    bytes.extend([0; 4]);
    bytes.extend([family, state, 0, 0]);
    bytes.extend(local.port().to_be_bytes());
    bytes.extend(remote.port().to_be_bytes());
    bytes.extend(padded(local.ip()));
    bytes.extend(padded(remote.ip()));
    bytes.extend([0; 12 + 12]);
    bytes.extend(2002_u32.to_ne_bytes());
    bytes.extend(99_u32.to_ne_bytes());
    bytes
}

pub(super) fn error(number: i32) -> Vec<u8> {
    let mut bytes = Vec::new();
    bytes.extend(20_u32.to_ne_bytes());
    bytes.extend(ERROR.to_ne_bytes());
    bytes.extend([0; 2]);
    bytes.extend(NUMBER.to_ne_bytes());
    bytes.extend([0; 4]);
    bytes.extend(number.to_ne_bytes());
    bytes
}

#[test]
fn a_question_has_numbers_of_the_machine_and_addresses_of_the_network() {
    let asked = question(NUMBER, at("127.0.0.1:258"), at("127.0.0.2:65280"));
    assert_eq!(asked.len(), 72);
    assert_eq!(asked[..4], 72_u32.to_ne_bytes());
    assert_eq!(asked[4..6], 20_u16.to_ne_bytes());
    assert_eq!(asked[6..8], 1_u16.to_ne_bytes());
    assert_eq!(asked[8..12], NUMBER.to_ne_bytes());
    assert_eq!(asked[16..20], [2, 6, 0, 0]);
    assert_eq!(asked[24..28], [1, 2, 0xff, 0]);
    assert_eq!(asked[28..44], [127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    assert_eq!(asked[44..48], [127, 0, 0, 2]);
    assert_eq!(asked[60..64], 1_u32.to_ne_bytes());
    assert_eq!(asked[64..], [0xff; 8]);
    let asked = question(NUMBER, at("[::1]:1"), at("[::]:0"));
    assert_eq!((asked[16], asked[43], &asked[44..60]), (10, 1, &[0; 16][..]));
}

#[test]
fn an_answer_is_read_only_if_it_is_about_the_addresses_of_the_question() {
    let (ours, theirs) = (at("127.0.0.1:40000"), at("127.0.0.1:50000"));
    let found = |state| Ok(Some(Row { state, uid: 2002, inode: 99 }));
    let mapped = |port: u16| SocketAddr::new("::ffff:127.0.0.1".parse().unwrap(), port);
    let nowhere = at("0.0.0.0:0");
    for (bytes, remote, expected) in [
        (row(INET, ESTABLISHED, ours, theirs), theirs, found(ESTABLISHED)),
        (row(INET6, ESTABLISHED, mapped(40000), mapped(50000)), theirs, found(ESTABLISHED)),
        (row(INET, 6, ours, theirs), theirs, found(6)),
        // The socket that listens, in place of a connection that does not exist.
        (row(INET, LISTEN, ours, nowhere), theirs, Ok(None)),
        (row(INET, LISTEN, at("0.0.0.0:40000"), nowhere), theirs, Ok(None)),
        (row(INET, LISTEN, ours, nowhere), nowhere, found(LISTEN)),
        (row(INET, LISTEN, at("0.0.0.0:40000"), nowhere), nowhere, found(LISTEN)),
        (row(INET6, LISTEN, at("[::]:40000"), at("[::]:0")), nowhere, found(LISTEN)),
        (row(INET, ESTABLISHED, ours, theirs), nowhere, Ok(None)),
        (row(INET, LISTEN, at("127.0.0.1:40001"), nowhere), nowhere, Ok(None)),
        // Another connection.
        (row(INET, ESTABLISHED, theirs, ours), theirs, Ok(None)),
        (row(INET, ESTABLISHED, ours, at("127.0.0.2:50000")), theirs, Ok(None)),
        (row(INET, ESTABLISHED, ours, at("127.0.0.1:50001")), theirs, Ok(None)),
        (row(INET, ESTABLISHED, at("127.0.0.9:40000"), theirs), theirs, Ok(None)),
        (row(INET6, ESTABLISHED, at("[::1]:40000"), at("[::1]:50000")), theirs, Ok(None)),
        (error(-2), theirs, Ok(None)),
        // No answer to the question.
        (error(0), theirs, Err(Unreadable)),
        (error(-1), theirs, Err(Unreadable)),
        (error(2), theirs, Err(Unreadable)),
        (error(i32::MIN), theirs, Err(Unreadable)),
        (row(0, ESTABLISHED, ours, theirs), theirs, Err(Unreadable)),
        (row(1, ESTABLISHED, ours, theirs), theirs, Err(Unreadable)),
        (Vec::new(), theirs, Err(Unreadable)),
        (vec![0; 88], theirs, Err(Unreadable)),
        (vec![0xff; 88], theirs, Err(Unreadable)),
    ] {
        assert_eq!(answer(&bytes, NUMBER, ours, remote), expected, "{bytes:?} {remote}");
    }
}

#[test]
fn an_answer_that_is_cut_or_has_a_wrong_length_type_or_number_is_unreadable() {
    let (ours, theirs) = (at("[::1]:40000"), at("[::1]:50000"));
    let whole = row(INET6, ESTABLISHED, ours, theirs);
    assert!(answer(&whole, NUMBER, ours, theirs).unwrap().is_some());
    assert_eq!(answer(&whole, NUMBER + 1, ours, theirs), Err(Unreadable));
    for end in 0..whole.len() {
        assert_eq!(answer(&whole[..end], NUMBER, ours, theirs), Err(Unreadable), "{end}");
    }
    let no_entry = error(NO_SUCH_ENTRY);
    for end in 0..no_entry.len() {
        assert_eq!(answer(&no_entry[..end], NUMBER, ours, theirs), Err(Unreadable), "{end}");
    }
    for length in [0, 1, 15, 16, 17, 20, 87, 89, u32::MAX] {
        let mut bytes = whole.clone();
        bytes[..4].copy_from_slice(&length.to_ne_bytes());
        assert_eq!(answer(&bytes, NUMBER, ours, theirs), Err(Unreadable), "{length}");
    }
    for kind in [0, 1, 3, 4, 16, 21, u16::MAX] {
        let mut bytes = whole.clone();
        bytes[4..6].copy_from_slice(&kind.to_ne_bytes());
        assert_eq!(answer(&bytes, NUMBER, ours, theirs), Err(Unreadable), "{kind}");
    }
}
