//! How much of a client's address a report tells.

#[cfg(any(feature = "tower", test))]
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::atomic::{AtomicU8, Ordering};

/// How much of the client's address a report tells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ClientAddress {
    /// All of it, and the headers that proxies put it in.
    Full,
    /// The network: 24 bits of an IPv4 address, 48 of an IPv6 address. The default.
    #[default]
    Anonymized,
    /// Nothing.
    Off,
}

static POLICY: AtomicU8 = AtomicU8::new(1);

/// What this process tells.
#[cfg(feature = "tower")]
pub(crate) fn client_address() -> ClientAddress {
    match POLICY.load(Ordering::Relaxed) {
        0 => ClientAddress::Full,
        1 => ClientAddress::Anonymized,
        _ => ClientAddress::Off,
    }
}

/// Says how much of clients' addresses the reports of this process tell.
pub fn set_client_address(policy: ClientAddress) {
    POLICY.store(policy as u8, Ordering::Relaxed);
}

impl ClientAddress {
    #[cfg(any(feature = "tower", test))]
    pub(crate) fn apply(self, address: IpAddr) -> Option<String> {
        let network = match (self, address.to_canonical()) {
            (Self::Off, _) => return None,
            (Self::Full, address) => address,
            (Self::Anonymized, IpAddr::V4(it)) => {
                IpAddr::V4(Ipv4Addr::from_bits(it.to_bits() & !0xff))
            }
            (Self::Anonymized, IpAddr::V6(it)) => {
                IpAddr::V6(Ipv6Addr::from_bits(it.to_bits() >> 80 << 80))
            }
        };
        Some(network.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_anonymized_address_is_a_network() {
        let check = |policy: ClientAddress, address: &str, expected: Option<&str>| {
            let address = address.parse().expect("an address");
            assert_eq!(policy.apply(address).as_deref(), expected);
        };
        check(ClientAddress::Full, "192.0.2.77", Some("192.0.2.77"));
        check(ClientAddress::Anonymized, "192.0.2.77", Some("192.0.2.0"));
        check(ClientAddress::Anonymized, "::ffff:192.0.2.77", Some("192.0.2.0"));
        check(ClientAddress::Anonymized, "2001:db8:1:2:3:4:5:6", Some("2001:db8:1::"));
        check(ClientAddress::Off, "192.0.2.77", None);
    }
}
