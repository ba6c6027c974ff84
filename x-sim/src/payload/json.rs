//! Small JSON helpers: maps without nulls, times, and bytes in an order of fields of our choice.

use bytes::Bytes;
use chrono::{DateTime, Utc};
use rand::{SeedableRng as _, rngs::StdRng, seq::SliceRandom as _};
use serde_json::{Map, Value};

use super::Dialect;

pub(crate) fn v2_time(time: DateTime<Utc>) -> String {
    time.format("%Y-%m-%dT%H:%M:%S.000Z").to_string()
}

pub(super) fn v1_time(time: DateTime<Utc>) -> String {
    time.format("%a %b %d %H:%M:%S +0000 %Y").to_string()
}

pub(super) fn ms(time: DateTime<Utc>) -> String {
    time.timestamp_millis().to_string()
}

/// An integer, with its string twin where the dialect has them.
pub(super) fn number(map: &mut Map<String, Value>, key: &str, value: u64, dialect: &Dialect) {
    map.insert(key.to_owned(), value.into());
    if dialect.str_twins {
        map.insert(format!("{key}_str"), value.to_string().into());
    }
}

/// Puts what the object has of these fields; the rest of it is left alone.
pub(crate) fn put(value: &mut Value, key: &str, field: impl Into<Value>) {
    if let Some(map) = value.as_object_mut() {
        map.insert(key.to_owned(), field.into());
    }
}

/// The raw bytes of a body. `seed` decides the order of fields when the dialect shuffles them.
pub fn to_bytes(value: &Value, dialect: &Dialect, seed: u64) -> Bytes {
    let mut rng = dialect.shuffle_fields.then(|| StdRng::seed_from_u64(seed));
    let mut out = String::new();
    write(value, rng.as_mut(), &mut out);
    out.into()
}

fn write(value: &Value, mut rng: Option<&mut StdRng>, out: &mut String) {
    match value {
        Value::Object(map) => {
            let mut fields: Vec<_> = map.iter().collect();
            if let Some(rng) = rng.as_deref_mut() {
                fields.shuffle(rng);
            }
            out.push('{');
            for (at, (key, field)) in fields.into_iter().enumerate() {
                out.push_str(if at == 0 { "" } else { "," });
                out.push_str(&Value::from(key.as_str()).to_string());
                out.push(':');
                write(field, rng.as_deref_mut(), out);
            }
            out.push('}');
        }
        Value::Array(items) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                out.push_str(if at == 0 { "" } else { "," });
                write(item, rng.as_deref_mut(), out);
            }
            out.push(']');
        }
        scalar => out.push_str(&scalar.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn shuffling_changes_the_order_and_nothing_else() {
        let value = json!({"a": 1, "b": [{"c": "x\"y", "d": null}], "e": {"f": true}, "g": 2});
        let dialect = Dialect::default();
        let bodies: Vec<Bytes> = (0..8)
            .map(|seed| to_bytes(&value, &dialect, seed))
            .collect();
        for body in &bodies {
            assert_eq!(serde_json::from_slice::<Value>(body).unwrap(), value);
        }
        assert!(bodies.iter().any(|body| body != &bodies[0]));
        assert_eq!(to_bytes(&value, &dialect, 3), bodies[3]);
    }
}
