//! What leads out of this machine: addresses that a manifest may name, and a client that reaches no others.
//!
//! Redirects are not followed and no proxy is asked. A host that resolves to an address inside a private network is refused
//! before anything is sent, unless the manifest says that it lies there.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::{Client, ClientBuilder, Url};

/// An address of a manifest; `key` is where it stands there.
///
/// # Errors
/// What is wrong with it.
pub(super) fn address(key: &str, text: &str, private: bool) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|error| format!("key `{key}`: {error}"))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(format!(
            "key `{key}`: `{}` is neither http nor https",
            url.scheme()
        ));
    }
    if url.scheme() == "http" && !private {
        return Err(format!(
            "key `{key}`: plain http is only for a host with `private = true`"
        ));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(format!(
            "key `{key}`: no user or password; use `authorization`"
        ));
    }
    Ok(url)
}

/// A client that connects within `connect` or not at all.
pub(super) fn client(private: bool, connect: Duration) -> ClientBuilder {
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .connect_timeout(connect)
        .dns_resolver(Arc::new(Resolver { private }))
}

/// Looks names up, and leaves out addresses that the manifest does not speak of. It is what the connection is made to, so
/// that a name cannot mean one address when checked and another when used.
struct Resolver {
    private: bool,
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let private = self.private;
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let open: Vec<SocketAddr> = found
                .filter(|address| private || is_public(address.ip()))
                .collect();
            if open.is_empty() {
                return Err(format!("`{}` lies in a private network", name.as_str()).into());
            }
            Ok(Box::new(open.into_iter()) as Addrs)
        })
    }
}

/// An address that stands in the URL as figures is not looked up.
pub(super) fn refuse_private(url: &Url, private: bool) -> Result<(), String> {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    match host.parse::<IpAddr>() {
        Ok(address) if !private && !is_public(address) => {
            Err(format!("`{host}` lies in a private network"))
        }
        _ => Ok(()),
    }
}

/// Whether an address is one of the public internet.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => {
            let [first, second, ..] = address.octets();
            !(address.is_private()
                || address.is_loopback()
                || address.is_link_local()
                || address.is_broadcast()
                || address.is_documentation()
                || address.is_multicast()
                || first == 0
                || first >= 240
                || (first == 100 && (64..128).contains(&second))
                || (first == 192 && second == 0)
                || (first == 198 && (18..20).contains(&second)))
        }
        IpAddr::V6(address) => {
            if let Some(mapped) = address.to_ipv4_mapped() {
                return is_public(IpAddr::V4(mapped));
            }
            let first = address.segments()[0];
            // 6to4 and NAT64 carry an address of the other kind.
            let carries = first == 0x2002 || (first == 0x64 && address.segments()[1] == 0xff9b);
            !(address.is_loopback()
                || address == Ipv6Addr::UNSPECIFIED
                || address.is_multicast()
                || carries
                || (first & 0xfe00) == 0xfc00
                || (first & 0xffc0) == 0xfe80
                || address.segments()[..6] == [0; 6])
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_addresses_are_told_apart() {
        for address in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "::1",
            "fd00::1",
            "fe80::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "64:ff9b::7f00:1",
            "2002:7f00:1::",
            "::127.0.0.1",
            "255.255.255.255",
            "224.0.0.1",
            "198.18.0.1",
        ] {
            assert!(!is_public(address.parse().unwrap()), "{address}");
        }
        for address in ["8.8.8.8", "114.114.114.114", "2400:3200::1", "172.32.0.1"] {
            assert!(is_public(address.parse().unwrap()), "{address}");
        }
    }
}
