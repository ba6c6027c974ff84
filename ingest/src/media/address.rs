//! Which addresses pictures may be fetched from. Pure. A post can name any address: none of our own
//! network may be reached through us.

use std::net::IpAddr;

use reqwest::Url;

/// Hosts of X's pictures, with their subdomains.
const HOSTS: [&str; 3] = ["twimg.com", "twitter.com", "x.com"];

/// The rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rules {
    /// A stand-in for X on this machine serves pictures too.
    pub loopback: bool,
}

impl Rules {
    /// Whether an address may be asked at all, before its name is looked up.
    pub fn allow_url(self, url: &Url) -> bool {
        if self.loopback && crate::webhook::address::is_loopback(url) {
            return matches!(url.scheme(), "http" | "https");
        }
        let host = url.host_str().unwrap_or_default();
        let ours = |name: &&str| {
            host.strip_suffix(*name)
                .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
        };
        let plain = url.username().is_empty() && url.password().is_none();
        url.scheme() == "https" && url.port().is_none() && plain && HOSTS.iter().any(ours)
    }

    /// Whether a machine may be connected to.
    pub fn allow_ip(self, ip: IpAddr) -> bool {
        (self.loopback && ip.is_loopback()) || is_public(ip)
    }
}

/// Whether an address is one of the public Internet.
fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => {
            let [a, b, ..] = ip.octets();
            let shared = a == 100 && (64..128).contains(&b);
            let test = a == 198 && (b == 18 || b == 19);
            let special = ip.is_private() || ip.is_loopback() || ip.is_link_local();
            let odd = ip.is_unspecified() || ip.is_broadcast() || ip.is_documentation();
            !(shared || test || special || odd || a == 0 || a >= 224 || (a == 192 && b == 0))
        }
        IpAddr::V6(ip) => {
            if let Some(inner) = ip.to_ipv4_mapped() {
                return is_public(IpAddr::V4(inner));
            }
            // Only what is handed out as global unicast, without the documentation's and 6to4's.
            let [first, second, ..] = ip.segments();
            (0x2000..0x4000).contains(&first)
                && first != 0x2002
                && !(first == 0x2001 && (second < 0x200 || second == 0xdb8))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(rules: Rules, text: &str) -> bool {
        rules.allow_url(&Url::parse(text).unwrap())
    }

    #[test]
    fn only_xs_own_hosts_by_https() {
        let rules = Rules { loopback: false };
        assert!(url(rules, "https://pbs.twimg.com/media/a.jpg"));
        assert!(url(rules, "https://ton.twitter.com/i/a.jpg"));
        for bad in [
            "http://pbs.twimg.com/a.jpg",
            "https://pbs.twimg.com:8443/a.jpg",
            "https://eviltwimg.com/a.jpg",
            "https://twimg.com.evil.example/a.jpg",
            "https://user:pw@pbs.twimg.com/a.jpg",
            "https://127.0.0.1/a.jpg",
            "http://127.0.0.1/a.jpg",
        ] {
            assert!(!url(rules, bad), "{bad}");
        }
        let local = Rules { loopback: true };
        assert!(url(local, "http://127.0.0.1:8090/a.png"));
        assert!(!url(local, "http://10.0.0.1:8090/a.png"));
    }

    #[test]
    fn no_address_of_a_network_of_ours() {
        let rules = Rules { loopback: false };
        for bad in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "224.0.0.1",
            "255.255.255.255",
            "192.0.0.8",
            "198.18.0.1",
            "::1",
            "::",
            "fe80::1",
            "fc00::1",
            "::ffff:10.0.0.1",
            "2001:db8::1",
            "2002:7f00:1::",
            "ff02::1",
        ] {
            assert!(!rules.allow_ip(bad.parse().unwrap()), "{bad}");
        }
        for good in ["104.244.42.1", "2606:4700::1", "::ffff:104.244.42.1"] {
            assert!(rules.allow_ip(good.parse().unwrap()), "{good}");
        }
        assert!(Rules { loopback: true }.allow_ip("127.0.0.1".parse().unwrap()));
    }
}
