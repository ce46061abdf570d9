//! The command that forwards a port of this computer over SSH, for the computer of the person.

use std::env;
use std::net::IpAddr;

use crate::error::Command;
use crate::platform::host;

/// The port on which SSH servers listen unless they are told otherwise.
const SSH_PORT: &str = "22";

/// The command, if this is an SSH session. It names the address that the session was opened to, which may be
/// another one than the person types, such as behind a jump host.
pub fn forwarding(port: u16) -> Option<Command> {
    let variable = |name: &str| env::var(name).ok().filter(|it| !it.is_empty());
    of(&variable, &host::name(), port)
}

fn of(variable: &dyn Fn(&str) -> Option<String>, host: &str, port: u16) -> Option<Command> {
    let connection = variable("SSH_CONNECTION");
    if connection.is_none() && variable("SSH_TTY").is_none() {
        return None;
    }
    // The client's address and port, then the server's.
    let mut server = connection.as_deref().unwrap_or_default().split(' ').skip(2);
    let address = server.next().filter(|it| it.parse::<IpAddr>().is_ok());
    let ssh_port = server.next().filter(|it| *it != SSH_PORT && it.parse::<u16>().is_ok());
    let mut command = Command::from("ssh -L").value(format!("{port}:localhost:{port}"));
    if let Some(ssh_port) = ssh_port {
        command = command.literal("-p").value(ssh_port);
    }
    let destination = match address {
        Some(address) => address,
        None if is_word(host) => host,
        None => "HOST",
    };
    match variable("USER").filter(|it| is_word(it)) {
        Some(user) => Some(command.value(user).glued("@").glued_value(destination)),
        None => Some(command.value(destination)),
    }
}

/// Whether ssh reads the text as a name, not as an option or a part of another destination.
fn is_word(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    !text.is_empty() && !text.starts_with('-') && text.chars().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_names_the_server_of_the_session() {
        for (variables, host, command) in [
            (&[][..], "box", None),
            (&[("USER", "ada")], "box", None),
            (
                &[("SSH_CONNECTION", "192.0.2.1 1 192.0.2.2 22"), ("USER", "ada")],
                "box",
                Some("ssh -L 8765:localhost:8765 ada@192.0.2.2"),
            ),
            (
                &[("SSH_CONNECTION", "2001:db8::1 1 2001:db8::2 2222"), ("USER", "ada")],
                "box",
                Some("ssh -L 8765:localhost:8765 -p 2222 ada@2001:db8::2"),
            ),
            (&[("SSH_TTY", "/dev/pts/0")], "box", Some("ssh -L 8765:localhost:8765 box")),
            (&[("SSH_CONNECTION", "a b c d")], "box", Some("ssh -L 8765:localhost:8765 box")),
            (
                &[("SSH_CONNECTION", "a b -oProxyCommand=x d"), ("USER", "-oProxyCommand=x")],
                "-oProxyCommand=x",
                Some("ssh -L 8765:localhost:8765 HOST"),
            ),
            (
                &[("SSH_TTY", "x"), ("USER", "a;id")],
                "$(id)",
                Some("ssh -L 8765:localhost:8765 HOST"),
            ),
        ] {
            let variable = |name: &str| {
                variables.iter().find(|(it, _)| *it == name).map(|(_, value)| (*value).to_owned())
            };
            let built = of(&variable, host, 8765).map(|it| it.to_string());
            assert_eq!(built.as_deref(), command, "{variables:?} {host}");
        }
    }
}
