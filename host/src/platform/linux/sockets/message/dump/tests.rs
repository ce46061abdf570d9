//! Answers as tables: those of the kernel, and ones that no kernel should give.

use super::super::tests::{NUMBER, at, error, row};
use super::super::{ESTABLISHED, LISTEN};
use super::*;

/// The addresses of the socket that is looked for.
fn addresses() -> (SocketAddr, SocketAddr) {
    (at("127.0.0.1:40000"), at("127.0.0.1:50000"))
}

/// The row of that socket.
fn wanted() -> Vec<u8> {
    let (ours, theirs) = addresses();
    row(INET, ESTABLISHED, ours, theirs)
}

/// The row of another one with the same ports.
fn another() -> Vec<u8> {
    row(INET, ESTABLISHED, at("127.0.0.2:40000"), at("127.0.0.3:50000"))
}

/// A message that ends an answer.
fn done(error: i32) -> Vec<u8> {
    let mut bytes = super::super::tests::error(error);
    bytes[4..6].copy_from_slice(&DONE.to_ne_bytes());
    bytes
}

/// Reads datagrams up to the last one: whether the socket was found.
fn read(datagrams: &[Vec<u8>]) -> Result<bool, Unreadable> {
    let (ours, theirs) = addresses();
    let mut answer = Answer::default();
    for (index, bytes) in datagrams.iter().enumerate() {
        let is_last = answer.read(bytes, NUMBER, ours, theirs)?;
        assert_eq!(is_last, index + 1 == datagrams.len(), "{datagrams:?}");
    }
    let found = answer.found();
    assert!(found.is_none_or(|it| it == Row { state: ESTABLISHED, uid: 2002, inode: 99 }));
    Ok(found.is_some())
}

#[test]
fn a_question_has_two_ports_and_neither_addresses_nor_an_interface() {
    let (ours, theirs) = addresses();
    let asked = question(NUMBER, INET6, ours, theirs);
    assert_eq!(asked.len(), 72);
    assert_eq!(asked[6..8], 0x301_u16.to_ne_bytes());
    assert_eq!((asked[16], &asked[20..24]), (INET6, &[0xff; 4][..]));
    assert_eq!(asked[24..28], [0x9c, 0x40, 0xc3, 0x50]);
    assert_eq!(asked[28..64], [0; 36]);
    assert_eq!(families(ours), [INET, INET6]);
    assert_eq!(families(at("[::1]:1")), [INET6]);
}

#[test]
fn a_socket_is_found_in_any_place_of_the_answer_and_only_by_its_addresses() {
    let (ours, theirs) = addresses();
    let mapped = |port: u16| SocketAddr::new("::ffff:127.0.0.1".parse().unwrap(), port);
    for (datagrams, is_found) in [
        (vec![done(0)], false),
        (vec![[wanted(), done(0)].concat()], true),
        (vec![wanted(), done(0)], true),
        (vec![[another(), wanted()].concat(), another(), done(0)], true),
        (vec![[row(INET6, ESTABLISHED, mapped(40000), mapped(50000)), done(0)].concat()], true),
        (vec![[another(), row(INET, ESTABLISHED, theirs, ours), done(0)].concat()], false),
        (vec![[row(INET, LISTEN, ours, at("0.0.0.0:0")), done(0)].concat()], false),
        (vec![vec![another(); MOST_ROWS].concat(), done(0)], false),
        // What follows the end is not part of the answer.
        (vec![[wanted(), done(0), vec![0xff; 7]].concat()], true),
        (vec![[done(0), wanted()].concat()], false),
    ] {
        assert_eq!(read(&datagrams), Ok(is_found), "{datagrams:?}");
    }
}

#[test]
fn attributes_and_padding_after_a_row_are_passed_over() {
    for more in [1_u8, 3, 4, 8, 29] {
        let mut long = wanted();
        long.extend(vec![0xff; more.into()]);
        let length = long.len() as u32;
        long[..4].copy_from_slice(&length.to_ne_bytes());
        // The padding of the last message may be missing.
        assert_eq!(read(&[long.clone(), done(0)]), Ok(true), "{more}");
        long.resize(long.len().next_multiple_of(4), 0xff);
        assert_eq!(read(&[[another(), long, done(0)].concat()]), Ok(true), "{more}");
    }
}

#[test]
fn an_answer_that_is_no_whole_list_of_rows_is_unreadable() {
    let of_other_number = |mut bytes: Vec<u8>| {
        bytes[8] ^= 1;
        bytes
    };
    let no_family = |mut bytes: Vec<u8>| {
        bytes[16] = 1;
        bytes
    };
    for datagrams in [
        vec![Vec::new()],
        vec![vec![0; 88]],
        vec![vec![0xff; 88]],
        vec![wanted(), Vec::new()],
        vec![error(-1)],
        vec![error(0)],
        vec![error(-2)],
        vec![wanted(), error(-2)],
        vec![wanted(), done(-12)],
        vec![of_other_number(wanted())],
        vec![wanted(), of_other_number(done(0))],
        vec![no_family(wanted())],
        // Two sockets with the same addresses.
        vec![[wanted(), wanted()].concat()],
        vec![wanted(), wanted()],
        vec![vec![another(); MOST_ROWS + 1].concat()],
        vec![vec![another(); MOST_ROWS].concat(), wanted()],
    ] {
        assert_eq!(read(&datagrams), Err(Unreadable), "{datagrams:?}");
    }
}

#[test]
fn an_answer_that_is_cut_or_has_a_wrong_length_or_type_is_unreadable() {
    let whole = [another(), wanted(), done(0)].concat();
    let row = another().len();
    assert_eq!(read(std::slice::from_ref(&whole)), Ok(true));
    let boundaries = [row, 2 * row];
    for end in (0..whole.len()).filter(|it| !boundaries.contains(it)) {
        assert_eq!(read(&[whole[..end].to_vec()]), Err(Unreadable), "{end}");
    }
    for start in [0, row, 2 * row] {
        for length in [0, 1, 15, 16, 19, u32::MAX] {
            let mut bytes = whole.clone();
            bytes[start..start + 4].copy_from_slice(&length.to_ne_bytes());
            assert_eq!(read(&[bytes]), Err(Unreadable), "{start} {length}");
        }
        for kind in [0_u16, 1, 2, 4, 16, 21, u16::MAX] {
            let mut bytes = whole.clone();
            bytes[start + 4..start + 6].copy_from_slice(&kind.to_ne_bytes());
            assert_eq!(read(&[bytes]), Err(Unreadable), "{start} {kind}");
        }
    }
}
