//! The one keyed hash of X's webhooks: signatures of bodies and answers to CRC requests.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use hmac::{Hmac, Mac as _};
use sha2::Sha256;

pub const SIGNATURE_HEADER: &str = "x-twitter-webhooks-signature";

/// `sha256=` and the base64 of the HMAC-SHA256 of `body` under the consumer secret.
///
/// The same construction answers a CRC: sign the `crc_token`.
pub fn sign(secret: &str, body: &[u8]) -> String {
    // HMAC takes a key of any length, so the error branch cannot be reached.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else {
        return String::new();
    };
    mac.update(body);
    format!("sha256={}", STANDARD.encode(mac.finalize().into_bytes()))
}

#[cfg(test)]
mod tests {
    use super::sign;

    #[test]
    fn published_vectors() {
        let secret = "your_consumer_secret_here";
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
            assert_eq!(sign(secret, message.as_bytes()), expected);
        }
    }
}
