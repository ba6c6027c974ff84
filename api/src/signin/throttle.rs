//! How often may be tried to sign in: for each account, and for each address.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::sync::{Mutex, PoisonError};

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use chrono::{DateTime, Utc};

use crate::http::kinds;
use crate::http::problem::Problem;

/// Entries kept of each sort.
const ENTRIES_MAX: usize = 20_000;

/// So many at once, then one in so many seconds.
#[derive(Clone, Copy)]
struct Rate {
    burst: f64,
    seconds: f64,
}

const ACCOUNT: Rate = Rate {
    burst: 10.0,
    seconds: 60.0,
};
const ADDRESS: Rate = Rate {
    burst: 40.0,
    seconds: 10.0,
};

/// Tries of late.
#[derive(Default)]
pub struct Throttle {
    accounts: Mutex<Tries<Vec<u8>>>,
    addresses: Mutex<Tries<IpAddr>>,
}

impl Throttle {
    /// Counts a try from an address for an account, told by a hash of its name.
    pub fn enter(
        &self,
        address: Address,
        account: Vec<u8>,
        now: DateTime<Utc>,
    ) -> Result<(), Problem> {
        take(&self.addresses, address.0, ADDRESS, now)?;
        take(&self.accounts, account, ACCOUNT, now)
    }

    /// Counts a try from an address.
    pub fn enter_from(&self, address: Address, now: DateTime<Utc>) -> Result<(), Problem> {
        take(&self.addresses, address.0, ADDRESS, now)
    }

    /// Counts a try for an account by who is signed in.
    pub fn enter_as(&self, account: Vec<u8>, now: DateTime<Utc>) -> Result<(), Problem> {
        take(&self.accounts, account, ACCOUNT, now)
    }

    /// Forgets the tries of an account: its owner was there.
    pub fn passed(&self, account: &[u8]) {
        let mut tries = self.accounts.lock().unwrap_or_else(PoisonError::into_inner);
        tries.0.remove(account);
    }
}

/// What is left of the burst, and when that was so.
struct Tries<K>(HashMap<K, (f64, DateTime<Utc>)>);

impl<K> Default for Tries<K> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

fn take<K: Hash + Eq>(
    tries: &Mutex<Tries<K>>,
    key: K,
    rate: Rate,
    now: DateTime<Utc>,
) -> Result<(), Problem> {
    let mut tries = tries.lock().unwrap_or_else(PoisonError::into_inner);
    let left = |(left, at): (f64, DateTime<Utc>)| {
        (left + (now - at).as_seconds_f64() / rate.seconds).min(rate.burst)
    };
    if tries.0.len() >= ENTRIES_MAX {
        tries.0.retain(|_, entry| left(*entry) < rate.burst);
    }
    let entry = tries.0.entry(key).or_insert((rate.burst, now));
    *entry = (left(*entry), now);
    if entry.0 < 1.0 {
        let seconds = ((1.0 - entry.0) * rate.seconds).ceil();
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "between 0 and the seconds of a rate"
        )]
        let seconds = seconds as u64;
        return Err(Problem {
            retry_after_seconds: Some(seconds.max(1)),
            ..Problem::new(
                &kinds::TOO_MANY,
                format!("Too many tries to sign in. Try again in {seconds} seconds."),
            )
        });
    }
    entry.0 -= 1.0;
    Ok(())
}

/// Where a request comes from. A proxy on this machine is believed about whom it speaks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Address(IpAddr);

impl Address {
    fn of(peer: Option<IpAddr>, forwarded: Option<&str>) -> Self {
        let peer = peer.unwrap_or(IpAddr::V6(Ipv6Addr::UNSPECIFIED));
        let said = forwarded
            .and_then(|list| list.rsplit(',').next())
            .and_then(|last| last.trim().parse().ok())
            .filter(|_| peer.is_loopback());
        Self(network(said.unwrap_or(peer)))
    }
}

/// A household is given a /64: it counts as one.
fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(v6) => match v6.to_ipv4_mapped() {
            Some(v4) => v4.into(),
            None => Ipv6Addr::from_bits(v6.to_bits() >> 64 << 64).into(),
        },
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Address {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        let forwarded = parts.headers.get_all("x-forwarded-for").iter().next_back();
        Ok(Self::of(
            peer.map(|peer| peer.0.ip()),
            forwarded.and_then(|value| value.to_str().ok()),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;

    fn from(address: &str) -> Address {
        Address::of(Some(address.parse().unwrap()), None)
    }

    #[test]
    fn an_account_is_tried_ten_times_and_then_once_a_minute() {
        let throttle = Throttle::default();
        let now: DateTime<Utc> = "2026-11-23T08:00:00Z".parse().unwrap();
        let dana = || b"dana".to_vec();
        for n in 0..10 {
            let address = from(&format!("10.0.0.{n}"));
            throttle.enter(address, dana(), now).unwrap();
        }
        let elsewhere = from("10.0.1.1");
        let refused = throttle.enter(elsewhere, dana(), now).unwrap_err();
        assert_eq!(refused.kind, &kinds::TOO_MANY);
        assert_eq!(refused.retry_after_seconds, Some(60));
        throttle.enter(elsewhere, b"ana".to_vec(), now).unwrap();
        let later = now + TimeDelta::seconds(61);
        throttle.enter(elsewhere, dana(), later).unwrap();
        throttle.enter(elsewhere, dana(), later).unwrap_err();
        throttle.passed(b"dana");
        throttle.enter(elsewhere, dana(), later).unwrap();
    }

    #[test]
    fn an_address_is_bound_over_all_accounts() {
        let throttle = Throttle::default();
        let now: DateTime<Utc> = "2026-11-23T08:00:00Z".parse().unwrap();
        for n in 0..40u8 {
            throttle.enter(from("10.0.0.1"), vec![n], now).unwrap();
        }
        throttle.enter(from("10.0.0.1"), vec![99], now).unwrap_err();
        throttle.enter_from(from("10.0.0.1"), now).unwrap_err();
        throttle.enter(from("10.0.0.2"), vec![99], now).unwrap();
    }

    #[test]
    fn a_proxy_is_believed_on_this_machine_only() {
        let of = |peer: &str, said| Address::of(Some(peer.parse().unwrap()), said);
        assert_eq!(of("127.0.0.1", Some("1.2.3.4, 5.6.7.8")), from("5.6.7.8"));
        assert_eq!(of("9.9.9.9", Some("5.6.7.8")), from("9.9.9.9"));
        assert_eq!(of("127.0.0.1", Some("rubbish")), from("127.0.0.1"));
        assert_eq!(from("2001:db8::1"), from("2001:db8::ffff:1"));
        assert_ne!(from("2001:db8::1"), from("2001:db8:0:1::1"));
        assert_eq!(from("::ffff:10.0.0.1"), from("10.0.0.1"));
    }
}
