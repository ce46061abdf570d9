//! The resolver for requests of providers: it drops link-local and metadata addresses, where clouds serve the
//! credentials of a machine, and addresses of this computer, whose other ports do not belong to the provider.

use std::error::Error;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, ToSocketAddrs, UdpSocket};

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

/// Whether this is a loopback or unspecified address, in whatever notation. A connection to an unspecified address ends at loopback on Linux.
pub fn is_loopback(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => ip.is_loopback() || ip.is_unspecified(),
        IpAddr::V6(ip) => {
            ip.is_loopback()
                || ip.is_unspecified()
                || embedded_ipv4(ip).any(|it| is_loopback(it.into()))
        }
    }
}

/// Whether this computer has this address: a packet to it would then come from it. Nothing is sent.
pub fn is_own(ip: IpAddr) -> bool {
    let any: IpAddr = match ip {
        IpAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        IpAddr::V6(ip) if embedded_ipv4(ip).any(|it| is_own(it.into())) => return true,
        IpAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    };
    let source = UdpSocket::bind((any, 0)).and_then(|socket| {
        // Port 9 is that of the service discard (RFC 863).
        socket.connect((ip, 9))?;
        socket.local_addr()
    });
    source.is_ok_and(|it| it.ip() == ip)
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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GuardedResolver {
    /// For a host of a manifest: without any address of this computer.
    OfManifest,
    /// For the host of a setting, whose port the person was shown: without loopback addresses.
    OfSetting,
}

impl GuardedResolver {
    fn drops(self, ip: IpAddr) -> bool {
        // URLs with `localhost` or a loopback address do not come here: only a provider's own name can lead to this computer,
        // and would tell it which ports are open.
        is_link_local(ip) || is_loopback(ip) || (self == Self::OfManifest && is_own(ip))
    }
}

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let guard = *self;
        Box::pin(async move {
            let host = name.as_str().to_owned();
            let look_up = move || (host.as_str(), 0).to_socket_addrs();
            let mut found: Vec<_> = tokio::task::spawn_blocking(look_up).await??.collect();
            found.retain(|it| !guard.drops(it.ip()));
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
        f.write_str("a link-local or metadata address, or one of this computer")
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
    fn a_name_leads_to_this_computer_only_if_it_is_the_host_of_a_setting_and_never_to_loopback() {
        let socket = UdpSocket::bind("0.0.0.0:0").unwrap();
        // The address of this computer from which a packet would come. Without a network there is none but loopback.
        let own = socket.connect(("192.0.2.1", 9)).and_then(|()| socket.local_addr());
        let own = own.map(|it| it.ip()).ok().filter(|it| !it.is_loopback());
        let fixed = [
            ("127.0.0.1", true, true),
            ("0.0.0.0", true, true),
            ("::1", true, true),
            ("169.254.169.254", true, true),
            ("198.51.100.7", false, false),
            ("2001:db8::7", false, false),
        ];
        let fixed =
            fixed.map(|(ip, by_name, by_setting)| (ip.parse().unwrap(), by_name, by_setting));
        for (ip, by_name, by_setting) in fixed.into_iter().chain(own.map(|it| (it, true, false))) {
            let drops = |it: GuardedResolver| it.drops(ip);
            let seen = (drops(GuardedResolver::OfManifest), drops(GuardedResolver::OfSetting));
            assert_eq!(seen, (by_name, by_setting), "{ip}");
        }
        if let Some(IpAddr::V4(own)) = own {
            for notation in [format!("::ffff:{own}"), format!("64:ff9b::{own}")] {
                assert!(is_own(notation.parse().unwrap()), "{notation}");
            }
        }
    }

    #[test]
    fn loopback_and_unspecified_addresses_are_recognized_in_each_spelling() {
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
            assert_eq!(is_loopback(text.parse().unwrap()), is, "{text}");
        }
    }
}
