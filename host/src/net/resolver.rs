//! The resolver for requests of providers: it drops link-local and metadata addresses, where clouds serve the
//! credentials of a machine, and addresses of this computer, whose other ports do not belong to the provider.

use std::error::Error;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, ToSocketAddrs};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

/// Metadata services outside the link-local range: Alibaba's, Azure's, and Oracle's old one.
const METADATA_V4: [Ipv4Addr; 3] = [
    Ipv4Addr::new(100, 100, 100, 200),
    Ipv4Addr::new(168, 63, 129, 16),
    Ipv4Addr::new(192, 0, 0, 192),
];

/// Metadata services on IPv6: Amazon's and the one of its Kubernetes pods, Google's, Oracle's, Scaleway's.
const METADATA_V6: [Ipv6Addr; 5] = [
    Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254),
    Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x23),
    Ipv6Addr::new(0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254),
    Ipv6Addr::new(0xfd00, 0xc1, 0, 0, 0, 0, 0xa9fe, 0xa9fe),
    Ipv6Addr::new(0xfd00, 0x42, 0, 0, 0, 0, 0, 0x42),
];

/// Whether this is a link-local or metadata address. No identity provider has one.
pub fn is_link_local(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => ip.is_link_local() || METADATA_V4.contains(&ip),
        IpAddr::V6(ip) => {
            ip.is_unicast_link_local()
                || METADATA_V6.contains(&ip)
                || embedded_ipv4(ip).any(|it| is_link_local(it.into()))
        }
    }
}

/// Whether a connection to this address ends on this computer. An unspecified address does on Linux.
fn is_this_computer(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => ip.is_loopback() || ip.is_unspecified(),
        IpAddr::V6(ip) => {
            ip.is_loopback()
                || ip.is_unspecified()
                || embedded_ipv4(ip).any(|it| is_this_computer(it.into()))
        }
    }
}

/// The IPv4 addresses that an IPv6 address can stand for: mapped, compatible, translated (RFC 2765), of 6to4, of NAT64
/// (RFC 6052), and of a NAT64 in a network of its own (RFC 8215), whose prefix has an unknown length.
fn embedded_ipv4(ip: Ipv6Addr) -> impl Iterator<Item = Ipv4Addr> {
    let octets = ip.octets();
    let positions: &[[usize; 4]] = match ip.segments() {
        [0, 0, 0, 0, 0, 0 | 0xffff, ..]
        | [0, 0, 0, 0, 0xffff, 0, ..]
        | [0x64, 0xff9b, 0, 0, 0, 0, ..] => &[[12, 13, 14, 15]],
        [0x2002, ..] => &[[2, 3, 4, 5]],
        // Octet 8 is not part of the address (RFC 6052, section 2.2).
        [0x64, 0xff9b, 1, ..] => {
            &[[6, 7, 9, 10], [7, 9, 10, 11], [9, 10, 11, 12], [12, 13, 14, 15]]
        }
        _ => &[],
    };
    positions.iter().map(move |at| Ipv4Addr::from(at.map(|it| octets[it])))
}

/// The system's resolver without the addresses that a provider may not connect to. The connection uses the
/// addresses that it returns, so no second look-up can give others. It does not apply behind a proxy, which
/// looks names up itself.
pub struct GuardedResolver;

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let host = name.as_str().to_owned();
            let look_up = move || (host.as_str(), 0).to_socket_addrs();
            let mut found: Vec<_> = tokio::task::spawn_blocking(look_up).await??.collect();
            // URLs with `localhost` or a loopback address do not come here: only a provider's own name can lead to
            // this computer, and would tell it which ports are open.
            found.retain(|it| !is_link_local(it.ip()) && !is_this_computer(it.ip()));
            if found.is_empty() {
                return Err(ForbiddenAddress.into());
            }
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

/// A name has only addresses that a provider may not connect to.
#[derive(Debug)]
struct ForbiddenAddress;

impl fmt::Display for ForbiddenAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a loopback, link-local or metadata address")
    }
}

impl Error for ForbiddenAddress {}

/// Whether [`GuardedResolver`] caused the error.
pub fn is_refusal(error: &reqwest::Error) -> bool {
    let mut cause = error.source();
    while let Some(error) = cause {
        if error.is::<ForbiddenAddress>() {
            return true;
        }
        cause = error.source();
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn link_local_and_metadata_addresses_are_recognized_and_private_ones_are_not() {
        for yes in [
            "169.254.169.254",
            "169.254.0.1",
            "100.100.100.200",
            "168.63.129.16",
            "192.0.0.192",
            "fe80::1",
            "febf::1",
            "fd00:ec2::254",
            "fd20:ce::254",
            "::ffff:169.254.169.254",
            "::169.254.169.254",
            "64:ff9b::a9fe:a9fe",
            "2002:a9fe:a9fe::1",
            "::ffff:100.100.100.200",
            "fd00:c1::a9fe:a9fe",
            "fd00:ec2::23",
            "fd00:42::42",
            "::ffff:0:a9fe:a9fe",
            "64:ff9b:1::a9fe:a9fe",
            "64:ff9b:1:a9fe:a9:fe00::",
            "64:ff9b:1:a9:fe:a9fe::",
            "64:ff9b:1:0:a9:fea9:fe00:0",
        ] {
            assert!(is_link_local(yes.parse().unwrap()), "{yes}");
        }
        for no in [
            "10.0.0.1",
            "192.168.1.1",
            "127.0.0.1",
            "100.64.0.1",
            "::1",
            "fd00::1",
            "fc00:ec2::254",
            "2001:db8::1",
            "::ffff:10.0.0.1",
            "64:ff9b:1::a00:1",
            "64:ff9b:2::a9fe:a9fe",
            "fd00:c2::a9fe:a9fe",
        ] {
            assert!(!is_link_local(no.parse().unwrap()), "{no}");
        }
    }

    #[test]
    fn addresses_of_this_computer_are_recognized_in_each_spelling() {
        for (text, is) in [
            ("127.0.0.1", true),
            ("127.255.255.254", true),
            ("0.0.0.0", true),
            ("::1", true),
            ("::", true),
            ("::ffff:127.0.0.1", true),
            ("::ffff:0:7f00:1", true),
            ("64:ff9b::7f00:1", true),
            ("2002:7f00:1::1", true),
            ("128.0.0.1", false),
            ("10.0.0.1", false),
            ("169.254.169.254", false),
            ("::2", false),
            ("fd00::1", false),
            ("2001:db8::1", false),
        ] {
            assert_eq!(is_this_computer(text.parse().unwrap()), is, "{text}");
        }
    }
}
