//! Other users of this computer who hide a socket: a socket that is bound to an interface is not found by a question that
//! names another interface.

use std::fs;

use mesheryctl_tests::*;

use crate::attacks::other_users::wait;
use crate::sign_in::layer5::saved;

const PERL: &str = "/usr/bin/perl";

/// An interface beside loopback.
fn interface() -> Option<String> {
    let names = fs::read_dir("/sys/class/net").unwrap().map(|it| it.unwrap().file_name());
    let found = names.map(|it| it.into_string().unwrap()).find(|it| it != "lo");
    assert!(found.is_some() || std::env::var_os("CI").is_none(), "CI needs an interface");
    found
}

fn can_attack() -> bool {
    can_be_others() && std::path::Path::new(PERL).exists()
}

/// A script of another user.
fn attacker<'h>(home: &'h Home, script: &str) -> Program<'h> {
    let user = ANOTHER_USER.to_string();
    let attacker = ["--reuid", &user, "--clear-groups", PERL, "-e", script];
    home.program("/usr/bin/setpriv").args(attacker)
}

/// Requests a start link, and binds the socket to an interface before that or after it.
const CLIENT: &str = r"
use Socket;
my ($port, $target, $interface, $when) = @ARGV;
socket(my $s, AF_INET, SOCK_STREAM, 0) or die;
sub hide { setsockopt($s, SOL_SOCKET, 25, qq($interface\0)) or die }
hide() if $when eq 'before';
connect($s, pack_sockaddr_in($port, inet_aton('127.0.0.1'))) or die;
syswrite($s, qq(GET $target HTTP/1.1\r\nHost: localhost:$port\r\n\r\n)) or die;
hide() if $when eq 'after';
syswrite(STDERR, qq(sent\n));
print while <$s>;
";

#[test]
fn another_user_whose_client_is_bound_to_an_interface_is_refused_and_does_not_use_up_the_link() {
    let Some(interface) = interface().filter(|_| can_attack()) else { return };
    for (interface, when) in [("lo", "before"), (interface.as_str(), "after")] {
        let home = Home::new();
        let cloud = Cloud::start();
        let victim = wait(&home, &cloud);
        let link = Url::parse(&victim.launched);
        // The program is stopped, so that the socket is hidden when the request is read.
        victim.running.kill(Signal::STOP);
        let args = [&link.port.to_string(), link.path(), interface, when];
        let attack = attacker(&home, CLIENT).args(args).spawn();
        attack.wait_for_stderr("sent");
        victim.running.kill(Signal::CONT);
        let refused = "Refused a connection of the user with the uid 2002.";
        victim.running.wait_for_stderr(refused);
        // The answer does not reach a socket that is bound to another interface.
        if interface == "lo" {
            let said = attack.wait().exited(0).stdout;
            assert!(said.starts_with("HTTP/1.1 403 ") && said.contains("uid 2002"), "{said}");
        }
        let output = victim.still_signs_in(&home, &cloud);
        assert_eq!(output.stderr.matches("Refused").count(), 1, "{output}");
    }
}

/// Accepts the connection on which it may be asked whose port this is, hides it, and does not listen while the question can
/// last. Then it listens again for the request.
const SERVER: &str = r"
use Socket;
my ($port, $interface) = @ARGV;
my ($hex, $here) = (sprintf('%04X', $port), inet_aton('127.0.0.1'));
sub open_port {
    socket(my $l, AF_INET, SOCK_STREAM, 0) or die;
    setsockopt($l, SOL_SOCKET, SO_REUSEADDR, 1) or die;
    until (bind($l, pack_sockaddr_in($port, $here))) { die $! unless $!{EADDRINUSE} }
    listen($l, 16) or die;
    return $l;
}
sub is_open {
    my $client = sprintf('0100007F:%04X 0100007F:%s 01 ', shift, $hex);
    open(my $table, '<', '/proc/net/tcp') or die;
    return scalar grep { index($_, $client) >= 0 } <$table>;
}
my $l = open_port();
syswrite(STDERR, qq(listening\n));
while (my $from = accept(my $c, $l)) {
    setsockopt($c, SOL_SOCKET, 25, qq($interface\0)) or die;
    next if defined recv($c, my $sent, 1, MSG_DONTWAIT);
    close($l);
    my ($client) = unpack_sockaddr_in($from);
    1 while is_open($client);
    $l = open_port();
    my $readable = '';
    vec($readable, fileno($l), 1) = 1;
    next unless select($readable, undef, undef, 0.2) && accept(my $r, $l);
    syswrite(STDOUT, $sent) if sysread($r, $sent, 65536);
}
";

#[test]
fn a_server_of_another_user_that_hides_the_checked_connection_receives_nothing() {
    let Some(interface) = interface().filter(|_| can_attack()) else { return };
    let home = Home::new();
    let port = free_port();
    home.write_config(&config_for(&format!("http://127.0.0.1:{port}")));
    home.write_auth(saved("T0123456789abcdef"));
    let attack = attacker(&home, SERVER).args([&port.to_string(), &interface]).spawn();
    attack.wait_for_stderr("listening");
    for _ in 0..20 {
        let check = home.mesheryctl().args(["system", "check"]).as_nobody().run().exited(0);
        assert!(!check.stdout.contains("Accepted by"), "{check}");
    }
    attack.kill(Signal::KILL);
    assert_eq!(attack.wait().stdout, "");
}
