//! A light look at JSON: the fields of an object as the bytes that X sent, and the ids in them.
//! Nothing here fails on a field of an unexpected type: it is as if absent.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

/// Digits of an X id.
const X_ID_DIGITS_MAX: usize = 19;

/// The fields of an object. Of a key written twice the last one counts.
#[derive(Default)]
pub struct Fields<'a>(BTreeMap<String, &'a RawValue>);

impl<'a> Fields<'a> {
    pub fn of(raw: &'a RawValue) -> Self {
        Self(serde_json::from_str(raw.get()).unwrap_or_default())
    }

    /// `None` when the bytes are not an object.
    pub fn of_bytes(bytes: &'a [u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok().map(Self)
    }

    pub fn raw(&self, key: &str) -> Option<&'a RawValue> {
        self.0.get(key).copied()
    }

    pub fn iter(&self) -> impl Iterator<Item = (&str, &'a RawValue)> {
        self.0.iter().map(|(key, raw)| (key.as_str(), *raw))
    }

    /// The object in a field; empty where there is none.
    pub fn object(&self, key: &str) -> Self {
        self.raw(key).map(Self::of).unwrap_or_default()
    }

    pub fn list(&self, key: &str) -> Vec<&'a RawValue> {
        self.raw(key).and_then(elements).unwrap_or_default()
    }

    pub fn text(&self, key: &str) -> Option<String> {
        serde_json::from_str(self.raw(key)?.get()).ok()
    }

    /// The first of the fields that holds an X id.
    pub fn id(&self, keys: &[&str]) -> Option<&'a str> {
        keys.iter().find_map(|key| id(self.raw(key)?))
    }
}

/// The elements of an array; `None` for anything else.
pub fn elements(raw: &RawValue) -> Option<Vec<&RawValue>> {
    serde_json::from_str(raw.get()).ok()
}

/// An X id, written as text or as a number.
pub fn id(raw: &RawValue) -> Option<&str> {
    let digits = raw.get().trim_matches('"');
    let is_id =
        (1..=X_ID_DIGITS_MAX).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    is_id.then_some(digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_read_as_they_are_written() {
        let fields = Fields::of_bytes(
            br#"{"a":"0012","b":1900000000000000001,"c":"x1","d":"","e":1.5,"f":"20000000000000000000","g":null}"#,
        )
        .unwrap();
        for (key, id) in [
            ("a", Some("0012")),
            ("b", Some("1900000000000000001")),
            ("h", None),
        ] {
            assert_eq!(fields.id(&[key]), id, "{key}");
        }
        for key in ["c", "d", "e", "f", "g"] {
            assert_eq!(fields.id(&[key]), None, "{key}");
        }
        assert_eq!(fields.id(&["g", "c", "b"]), Some("1900000000000000001"));
    }

    #[test]
    fn a_field_of_another_type_is_as_if_absent() {
        let fields = Fields::of_bytes(br#"{"a":[1, {"b" : 2 }],"c":"t\u00e9"}"#).unwrap();
        assert_eq!(fields.list("a")[1].get(), r#"{"b" : 2 }"#);
        assert!(fields.list("c").is_empty() && fields.object("a").iter().next().is_none());
        assert_eq!(
            (fields.text("c").as_deref(), fields.text("a")),
            (Some("té"), None)
        );
        assert!(Fields::of_bytes(b"[1]").is_none() && Fields::of_bytes(b"\xff").is_none());
    }
}
