//! The resolver of what providers ask for: no name leads to where clouds hand out the credentials of a machine.

use std::error::Error;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, ToSocketAddrs};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

/// Metadata services that do not live on link-local addresses: Alibaba's, Azure's, Oracle's old one.
const METADATA_V4: [Ipv4Addr; 3] = [
    Ipv4Addr::new(100, 100, 100, 200),
    Ipv4Addr::new(168, 63, 129, 16),
    Ipv4Addr::new(192, 0, 0, 192),
];

/// Amazon's and Google's.
const MACHINERY_V6: [Ipv6Addr; 2] = [
    Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254),
    Ipv6Addr::new(0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254),
];

/// Whether this address is of the network's own machinery, where no identity provider is.
pub fn is_link_local(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => ip.is_link_local() || METADATA_V4.contains(&ip),
        IpAddr::V6(ip) => {
            ip.is_unicast_link_local()
                || MACHINERY_V6.contains(&ip)
                || inside(ip).is_some_and(|it| is_link_local(it.into()))
        }
    }
}

/// The IPv4 address that an IPv6 address stands for: mapped, compatible, by NAT64, by 6to4.
fn inside(ip: Ipv6Addr) -> Option<Ipv4Addr> {
    let [a, b, c, d, e, f, g, h] = ip.segments();
    let (high, low) = match (a, b, c, d, e, f) {
        (0, 0, 0, 0, 0, 0 | 0xffff) | (0x64, 0xff9b, 0, 0, 0, 0) => (g, h),
        (0x2002, ..) => (b, c),
        _ => return None,
    };
    Some(Ipv4Addr::from((u32::from(high) << 16) | u32::from(low)))
}

/// Looks names up as the system does, and keeps what a provider may connect to. The connection goes to
/// these very addresses: no second look-up could answer otherwise. Behind a proxy only the proxy looks
/// up, and this sees the proxy's name alone.
pub struct Guarded;

impl Resolve for Guarded {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let host = name.as_str().to_owned();
            let look_up = move || (host.as_str(), 0).to_socket_addrs();
            let mut found: Vec<_> = tokio::task::spawn_blocking(look_up).await??.collect();
            found.retain(|it| !is_link_local(it.ip()));
            if found.is_empty() {
                return Err(LinkLocal.into());
            }
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

/// A name led nowhere else.
#[derive(Debug)]
struct LinkLocal;

impl fmt::Display for LinkLocal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a link-local or metadata address")
    }
}

impl Error for LinkLocal {}

/// Whether it was [`Guarded`] that refused.
pub fn refused(error: &reqwest::Error) -> bool {
    let mut cause = error.source();
    while let Some(error) = cause {
        if error.is::<LinkLocal>() {
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
    fn machinery_is_known_in_every_address_that_stands_for_it_and_private_networks_are_not() {
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
        ] {
            assert!(!is_link_local(no.parse().unwrap()), "{no}");
        }
    }
}
