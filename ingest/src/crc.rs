//! The challenge by which X asks whether a webhook is ours. Its answer has the construction of a
//! signature, so only tokens that cannot be a body are answered: else anybody could have a forged
//! delivery signed.

use std::ops::RangeInclusive;

use secrecy::SecretString;

use crate::signature;

const TOKEN_CHARS: RangeInclusive<usize> = 16..=128;

/// The challenge is not one that may be answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadToken {
    /// No `crc_token` in the query.
    #[error("no crc_token in the query")]
    Missing,
    /// A token that could be something else.
    #[error("crc_token must be 16 to 128 characters of A-Z a-z 0-9 + / = _ -")]
    Refused,
}

/// The `response_token` for a query string.
pub fn answer(secret: &SecretString, query: &str) -> Result<String, BadToken> {
    let token = token(query).ok_or(BadToken::Missing)?;
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"+/=_-".contains(&b);
    if !TOKEN_CHARS.contains(&token.len()) || !token.iter().copied().all(allowed) {
        return Err(BadToken::Refused);
    }
    Ok(signature::sign(secret, &token))
}

/// Not form decoding: a plus in a token is a plus.
fn token(query: &str) -> Option<Vec<u8>> {
    let encoded = query
        .split('&')
        .find_map(|pair| pair.strip_prefix("crc_token="))?;
    let mut token = Vec::new();
    let mut rest = encoded.as_bytes();
    while let [first, after @ ..] = rest {
        rest = after;
        match (first, after) {
            (b'%', [high, low, behind @ ..]) => {
                token.push(16 * hex(*high)? + hex(*low)?);
                rest = behind;
            }
            _ => token.push(*first),
        }
    }
    Some(token)
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit)
        .to_digit(16)
        .and_then(|value| u8::try_from(value).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_challenge_is_answered_and_nothing_else_is_signed() {
        let secret = SecretString::from("your_consumer_secret_here");
        let vector = "sha256=mchn+rKsGVnYHN/lGyanuEw6XariJ3D+ARDLDsd0dS0=";
        assert_eq!(
            answer(&secret, "crc_token=challenge_string&nonce=1"),
            Ok(vector.to_owned())
        );
        let plus = signature::sign(&secret, b"abcdefghijklmno+/=");
        assert_eq!(
            answer(&secret, "nonce=1&crc_token=abcdefghijklmno%2B%2f="),
            Ok(plus.clone())
        );
        assert_eq!(answer(&secret, "crc_token=abcdefghijklmno+/="), Ok(plus));
        for (query, error) in [
            ("", BadToken::Missing),
            ("token=challenge_string", BadToken::Missing),
            ("crc_token=%zz", BadToken::Missing),
            ("crc_token=", BadToken::Refused),
            ("crc_token=fifteen_letters", BadToken::Refused),
            (
                "crc_token=%7B%22for_user_id%22%3A%221%22%7D",
                BadToken::Refused,
            ),
            ("crc_token=challenge_string%00", BadToken::Refused),
            (&format!("crc_token={}", "a".repeat(129)), BadToken::Refused),
        ] {
            assert_eq!(answer(&secret, query), Err(error), "{query}");
        }
    }
}
