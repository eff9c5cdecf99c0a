//! The addresses that others on the local network reach this computer by.

use std::net::{IpAddr, Ipv4Addr};

use xtask::Result;

/// The likeliest first: what home and school routers give, then other private networks (RFC 1918), then what a computer gives itself
/// where nobody gives it one (RFC 3927).
pub fn addresses() -> Result<Vec<Ipv4Addr>> {
    let all =
        if_addrs::get_if_addrs().map_err(|e| format!("could not look at the network: {e}"))?;
    let mut found: Vec<Ipv4Addr> = all
        .iter()
        .filter_map(|interface| match interface.ip() {
            IpAddr::V4(address) if !address.is_loopback() => Some(address),
            _ => None,
        })
        .collect();
    found.sort_by_key(|address| (rank(*address), *address));
    found.dedup();
    Ok(found)
}

fn rank(address: Ipv4Addr) -> u8 {
    match address.octets() {
        [192, 168, ..] => 0,
        [10, ..] => 1,
        _ if address.is_private() => 2,
        _ if address.is_link_local() => 3,
        // Whoever has a public one would open this to the world: never by itself.
        _ => 4,
    }
}

/// Nobody from outside the local network reaches it.
pub fn is_local(address: Ipv4Addr) -> bool {
    rank(address) < 4 || address.is_loopback()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_of_a_local_network_comes_before_one_of_the_world() {
        let mut all = [
            "8.8.8.8",
            "172.17.0.1",
            "169.254.3.4",
            "10.1.2.3",
            "192.168.1.5",
        ]
        .map(|text| text.parse::<Ipv4Addr>().expect("an address"));
        all.sort_by_key(|address| rank(*address));
        let sorted = all.map(|address| address.to_string());
        assert_eq!(
            sorted,
            [
                "192.168.1.5",
                "10.1.2.3",
                "172.17.0.1",
                "169.254.3.4",
                "8.8.8.8"
            ]
        );
        assert!(!is_local("172.32.0.1".parse().expect("an address")));
        assert!(is_local("127.0.0.1".parse().expect("an address")));
    }
}
