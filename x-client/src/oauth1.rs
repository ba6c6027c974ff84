//! OAuth 1.0a with HMAC-SHA1 (RFC 5849): pure functions from a request to its signature.
//!
//! The base string takes the `oauth_` parameters and those of the query. Bodies in JSON or
//! multipart are not signed.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac as _};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use secrecy::{ExposeSecret as _, SecretString};
use sha1::Sha1;

use crate::auth::{AppKeys, UserToken};

/// Everything but RFC 3986's unreserved characters.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// Percent-encodes as RFC 3986 does: letters, digits and `-._~` stay, every other byte of UTF-8
/// becomes `%XX` in capitals.
pub fn encode(text: &str) -> String {
    utf8_percent_encode(text, ENCODED).to_string()
}

/// What each signature needs anew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamp {
    /// Seconds since 1970.
    pub timestamp: i64,
    /// A text that no other request of this second has.
    pub nonce: String,
}

/// The text that is signed: method, URL without query, and all parameters, sorted by name and then
/// by value in their encoded form.
pub fn base_string(method: &str, url: &str, params: &[(&str, &str)]) -> String {
    let mut encoded: Vec<(String, String)> = params
        .iter()
        .map(|(name, value)| (encode(name), encode(value)))
        .collect();
    encoded.sort_unstable();
    let joined: Vec<String> = encoded
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    format!(
        "{}&{}&{}",
        method.to_ascii_uppercase(),
        encode(url),
        encode(&joined.join("&"))
    )
}

/// HMAC-SHA1 of the base string under both secrets, in base64.
pub fn signature(base: &str, consumer: &SecretString, token: &SecretString) -> String {
    let key = format!(
        "{}&{}",
        encode(consumer.expose_secret()),
        encode(token.expose_secret())
    );
    // A key of any length is allowed, so there is always a hash.
    let mac = Hmac::<Sha1>::new_from_slice(key.as_bytes()).map(|mac| mac.chain_update(base));
    mac.map(|mac| STANDARD.encode(mac.finalize().into_bytes()))
        .unwrap_or_default()
}

/// The value of the `Authorization` header for a request to `url` (without its query) with the
/// parameters of `query`, not yet encoded.
pub fn authorization(
    (method, url): (&str, &str),
    query: &[(String, String)],
    app: &AppKeys,
    user: &UserToken,
    stamp: &Stamp,
) -> SecretString {
    let timestamp = stamp.timestamp.to_string();
    let own = [
        ("oauth_consumer_key", app.key.expose_secret()),
        ("oauth_nonce", stamp.nonce.as_str()),
        ("oauth_signature_method", "HMAC-SHA1"),
        ("oauth_timestamp", timestamp.as_str()),
        ("oauth_token", user.token.expose_secret()),
        ("oauth_version", "1.0"),
    ];
    let mut all = own.to_vec();
    all.extend(
        query
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str())),
    );
    let signed = signature(&base_string(method, url, &all), &app.secret, &user.secret);
    let mut parts: Vec<String> = own
        .iter()
        .map(|(name, value)| format!("{name}=\"{}\"", encode(value)))
        .collect();
    parts.push(format!("oauth_signature=\"{}\"", encode(&signed)));
    SecretString::from(format!("OAuth {}", parts.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// X's published example, with parts of its own.
    fn example(url: &str) -> String {
        let params = [
            (
                "status",
                "Hello Ladies + Gentlemen, a signed OAuth request!",
            ),
            ("include_entities", "true"),
            ("oauth_consumer_key", "xvz1evFS4wEEPTGEFPHBog"),
            ("oauth_nonce", "kYjzVBB8Y0ZFabxSWbWovY3uYSQ2pTgmZeNu2VS4cg"),
            ("oauth_signature_method", "HMAC-SHA1"),
            ("oauth_timestamp", "1318622958"),
            (
                "oauth_token",
                "370773112-GmHxMAgYyLbNEtIKZeRNFsMKPR9EyMZeS9weJAEb",
            ),
            ("oauth_version", "1.0"),
        ];
        let consumer = "kAcSOqF21Fu85e7zjz7ZN2U4ZRhfV3WpwPAoE3Z7kBw".into();
        let token = "LswwdoUaIvS8ltyTt5jkRh4J50vUPVVHtR2YPi5kE".into();
        signature(&base_string("post", url, &params), &consumer, &token)
    }

    #[test]
    fn the_published_vectors() {
        let now = example("https://api.x.com/1.1/statuses/update.json");
        assert_eq!(now, "Ls93hJiZbQ3akF3HF3x1Bz8/zU4=");
        let old = example("https://api.twitter.com/1/statuses/update.json");
        assert_eq!(old, "tnnArxj06cWHq44gCs1OSKk/jLY=");
    }

    #[test]
    fn every_ascii_character_is_kept_or_becomes_its_byte() {
        for byte in 0..=127_u8 {
            let text = char::from(byte).to_string();
            let kept = byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
            let expected = if kept {
                text.clone()
            } else {
                format!("%{byte:02X}")
            };
            assert_eq!(encode(&text), expected);
        }
        assert_eq!(encode("☃ 😀é"), "%E2%98%83%20%F0%9F%98%80%C3%A9");
        assert_eq!(encode("👩‍💻"), "%F0%9F%91%A9%E2%80%8D%F0%9F%92%BB");
    }

    #[test]
    fn parameters_are_sorted_in_their_encoded_form() {
        // `~` stays and sorts last, `é` becomes %C3 and sorts first, equal names by value.
        let base = base_string(
            "GET",
            "https://x.test/a",
            &[("~", "1"), ("b", "2"), ("b", "10"), ("é", "3")],
        );
        assert_eq!(
            base,
            "GET&https%3A%2F%2Fx.test%2Fa&%25C3%25A9%3D3%26b%3D10%26b%3D2%26~%3D1"
        );
    }

    #[test]
    fn the_header_names_all_parts_and_no_secret() {
        let app = AppKeys {
            key: "ck".into(),
            secret: "cs".into(),
        };
        let user = UserToken {
            token: "1-t".into(),
            secret: "ts".into(),
        };
        let stamp = Stamp {
            timestamp: 7,
            nonce: "n".to_owned(),
        };
        let query = [("query".to_owned(), "a b*c".to_owned())];
        let header = authorization(
            ("GET", "https://x.test/2/tweets"),
            &query,
            &app,
            &user,
            &stamp,
        );
        assert_eq!(format!("{header:?}"), "SecretBox<str>([REDACTED])");
        let header = header.expose_secret();
        let (head, signed) = header.rsplit_once(", oauth_signature=").unwrap();
        assert_eq!(
            head,
            "OAuth oauth_consumer_key=\"ck\", oauth_nonce=\"n\", oauth_signature_method=\"HMAC-SHA1\", \
             oauth_timestamp=\"7\", oauth_token=\"1-t\", oauth_version=\"1.0\""
        );
        let base = "GET&https%3A%2F%2Fx.test%2F2%2Ftweets&oauth_consumer_key%3Dck%26oauth_nonce%3Dn\
            %26oauth_signature_method%3DHMAC-SHA1%26oauth_timestamp%3D7%26oauth_token%3D1-t\
            %26oauth_version%3D1.0%26query%3Da%2520b%252Ac";
        let expected = signature(base, &app.secret, &user.secret);
        assert_eq!(signed, format!("\"{}\"", encode(&expected)));
    }
}
