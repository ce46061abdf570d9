//! The users of this computer, from `/etc/passwd`. Users of a directory service have only their id.

use std::fs::File;
use std::io::Read;

/// In bytes.
const LONGEST_FILE: u64 = 4 * 1024 * 1024;

/// The name of a user, if `/etc/passwd` has one and it is made of letters, digits, dots, hyphens and underscores.
pub fn name_of(id: u32) -> Option<String> {
    rows(&passwd()).find(|row| row.1 == id).map(|row| row.0.to_owned())
}

/// The id of a user, given by name or as a number.
pub fn id_of(user: &str) -> Option<u32> {
    let by_name = rows(&passwd()).find(|row| row.0 == user).map(|row| row.1);
    by_name.or_else(|| user.parse().ok())
}

fn passwd() -> String {
    let mut bytes = Vec::new();
    // What could not be read has no names.
    let _ = File::open("/etc/passwd").and_then(|it| it.take(LONGEST_FILE).read_to_end(&mut bytes));
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The name and the id of each user.
fn rows(passwd: &str) -> impl Iterator<Item = (&str, u32)> {
    passwd.lines().filter_map(|line| {
        let mut fields = line.split(':');
        let (name, _password, id) = (fields.next()?, fields.next()?, fields.next()?);
        is_plain(name).then_some((name, id.parse().ok()?))
    })
}

fn is_plain(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    !name.is_empty() && !name.starts_with('-') && name.chars().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_rows_with_plain_names_are_users() {
        let passwd = "root:x:0:0:root:/root:/bin/sh\n# comment\n\nada:x:1000:1000::/:\nno\nx:y\n:x:1::\n\
                      -v:x:2:2::/:\n\u{1b}[2J:x:3:3::/:\nbig:x:4294967296:1::/:\nminus:x:-1:1::/:\nlast.one:x:4294967294";
        let found: Vec<_> = rows(passwd).collect();
        assert_eq!(found, [("root", 0), ("ada", 1000), ("last.one", 4_294_967_294)]);
    }

    #[test]
    fn a_user_is_found_by_name_and_by_number() {
        for (user, id) in [
            ("root", Some(0)),
            ("0", Some(0)),
            ("4294967290", Some(4_294_967_290)),
            ("4294967296", None),
            ("-1", None),
            ("", None),
            ("no such user", None),
        ] {
            assert_eq!(id_of(user), id, "{user}");
        }
        assert_eq!(name_of(0).as_deref(), Some("root"));
        assert_eq!(name_of(4_294_967_290), None);
    }
}
