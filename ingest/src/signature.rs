//! The keyed hash of X's webhooks: HMAC-SHA256 under the consumer secret, over the raw bytes.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac as _};
use schemas::org_config::OrgConfig;
use secrecy::{ExposeSecret as _, SecretString};
use sha2::Sha256;

/// Header that carries it.
pub const HEADER: &str = "x-twitter-webhooks-signature";
const PREFIX: &str = "sha256=";

/// `sha256=` and the hash in base64.
pub fn sign(secret: &SecretString, message: &[u8]) -> String {
    // A key of any length is allowed, so there is always a hash.
    let hash = keyed(secret, message).map(|mac| mac.finalize().into_bytes());
    hash.map(|hash| format!("{PREFIX}{}", STANDARD.encode(hash)))
        .unwrap_or_default()
}

/// Whether one of the organisation's secrets signed the body. Takes as long for a wrong one.
pub fn verify(org: &OrgConfig, body: &[u8], header: &[u8]) -> bool {
    let Some(given) = header
        .strip_prefix(PREFIX.as_bytes())
        .and_then(|encoded| STANDARD.decode(encoded).ok())
    else {
        return false;
    };
    let signed = |secret: &&SecretString| {
        keyed(secret, body).is_some_and(|mac| mac.verify_slice(&given).is_ok())
    };
    org.consumer_secrets()
        .iter()
        .filter(|secret| signed(secret))
        .count()
        > 0
}

fn keyed(secret: &SecretString, message: &[u8]) -> Option<Hmac<Sha256>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.expose_secret().as_bytes()).ok()?;
    mac.update(message);
    Some(mac)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::org::tests::org;

    #[test]
    fn the_published_vectors() {
        let secret = SecretString::from("your_consumer_secret_here");
        for (message, expected) in [
            (
                "challenge_string",
                "sha256=mchn+rKsGVnYHN/lGyanuEw6XariJ3D+ARDLDsd0dS0=",
            ),
            (
                r#"{"for_user_id":"2244994945"}"#,
                "sha256=Ho/cH6+HHikxmaDTmWHDYtT9sqVhUoRZFKuo+2l9990=",
            ),
        ] {
            assert_eq!(sign(&secret, message.as_bytes()), expected);
        }
    }

    #[test]
    fn every_accepted_secret_verifies_and_no_other() {
        let org = org("acme", "first", &["old", "older"]);
        let body = b"{}";
        for secret in ["first", "old", "older"] {
            let header = sign(&SecretString::from(secret), body);
            assert!(verify(&org, body, header.as_bytes()), "{secret}");
            assert!(!verify(&org, b"{ }", header.as_bytes()));
        }
        let other = sign(&SecretString::from("of another organisation"), body);
        let right = sign(&SecretString::from("first"), body);
        for header in ["", "sha256=", "sha256=!", &right[7..], &right[..20], &other] {
            assert!(!verify(&org, body, header.as_bytes()), "{header}");
        }
    }
}
