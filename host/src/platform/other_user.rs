//! [`OtherUser`]: why the other end of a connection does not count as this user's.

use std::fmt;

use super::users;

/// The other end of a connection that is not this user's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(
    not(target_os = "linux"),
    allow(dead_code, reason = "no user of a socket is told there")
)]
pub enum OtherUser {
    /// The user id that its socket belongs to.
    User(u32),
    /// The socket is closed, so that its user is not known any more.
    Closed,
}

impl OtherUser {
    /// The user as an argument that [`users::id_of`] reads; empty if it is not known.
    pub fn argument(&self) -> String {
        match self {
            Self::User(id) => users::name_of(*id).unwrap_or_else(|| id.to_string()),
            Self::Closed => String::new(),
        }
    }
}

/// A noun phrase, such as "the user mallory (uid 2002)".
impl fmt::Display for OtherUser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(id) => match users::name_of(*id) {
                Some(name) => write!(f, "the user {name} (uid {id})"),
                None => write!(f, "the user with the uid {id}"),
            },
            Self::Closed => f.write_str("a user that is not known, because it is closed"),
        }
    }
}
