//! JSON values that never make the object around them unreadable: X sends strings for numbers,
//! numbers for strings, maps for lists and null for anything. What has the wrong shape is absent.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// Largest integer that a double holds exactly: larger ones may be rounded already.
const EXACT: u64 = 1 << 53;

/// A text.
#[derive(Debug, Default)]
pub struct Str<'a>(Option<Cow<'a, str>>);

/// An X id: digits. A number counts where it is exact beyond doubt.
#[derive(Debug, Default)]
pub struct Id<'a>(Option<Cow<'a, str>>);

/// A count, as number or digits.
#[derive(Debug, Default, Clone, Copy)]
pub struct Num(pub Option<i64>);

/// A flag, as boolean or as its name.
#[derive(Debug, Default, Clone, Copy)]
pub struct Flag(pub Option<bool>);

/// An object.
#[derive(Debug)]
pub struct Obj<T>(pub Option<T>);

/// A list, or the values of a map.
#[derive(Debug)]
pub struct List<T>(pub Vec<T>);

/// One object, or a list of them.
#[derive(Debug)]
pub struct OneOrMany<T>(pub Vec<Obj<T>>);

impl<T> Default for OneOrMany<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Default for Obj<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T> Default for List<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl Str<'_> {
    /// The text, if there is one at all.
    pub fn get(&self) -> Option<&str> {
        self.0.as_deref()
    }

    /// The text, if it says anything.
    pub fn filled(&self) -> Option<&str> {
        self.get().filter(|text| !text.is_empty())
    }

    /// An owned copy of [`Self::filled`].
    pub fn owned(&self) -> Option<String> {
        self.filled().map(str::to_owned)
    }
}

impl Id<'_> {
    /// The id, if it is one.
    pub fn get(&self) -> Option<&str> {
        self.0.as_deref().filter(|id| is_id(id))
    }

    /// The string twin if X sent one, else this.
    pub fn or<'b>(&'b self, twin: &'b Self) -> Option<&'b str> {
        twin.get().or_else(|| self.get())
    }
}

/// True for the ids of X: 1 to 19 digits.
pub fn is_id(text: &str) -> bool {
    (1..=19).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

impl<T> Obj<T> {
    /// The object, if there is one.
    pub const fn get(&self) -> Option<&T> {
        self.0.as_ref()
    }
}

impl<T> List<Obj<T>> {
    /// The objects of the list.
    pub fn objects(&self) -> impl Iterator<Item = &T> {
        self.0.iter().filter_map(Obj::get)
    }
}

macro_rules! absent {
    ($($method:ident($type:ty)),*) => {
        $(fn $method<E>(self, _: $type) -> Result<Self::Value, E> {
            Ok(Self::Value::default())
        })*
        fn visit_unit<E>(self) -> Result<Self::Value, E> {
            Ok(Self::Value::default())
        }
    };
}

macro_rules! absent_seq {
    () => {
        fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
            while seq.next_element::<IgnoredAny>()?.is_some() {}
            Ok(Self::Value::default())
        }
    };
}

macro_rules! absent_map {
    () => {
        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
            Ok(Self::Value::default())
        }
    };
}

macro_rules! any {
    ($what:literal) => {
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str($what)
        }
    };
}

struct StrVisitor;

impl<'de> Visitor<'de> for StrVisitor {
    type Value = Str<'de>;
    any!("a text");
    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Str<'de>, E> {
        Ok(Str(Some(Cow::Borrowed(text))))
    }
    fn visit_str<E>(self, text: &str) -> Result<Str<'de>, E> {
        Ok(Str(Some(Cow::Owned(text.to_owned()))))
    }
    absent!(
        visit_bool(bool),
        visit_i64(i64),
        visit_u64(u64),
        visit_f64(f64)
    );
    absent_seq!();
    absent_map!();
}

impl<'a, 'de: 'a> Deserialize<'de> for Str<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(StrVisitor)
    }
}

struct IdVisitor;

impl<'de> Visitor<'de> for IdVisitor {
    type Value = Id<'de>;
    any!("an id");
    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Id<'de>, E> {
        Ok(Id(Some(Cow::Borrowed(text))))
    }
    fn visit_str<E>(self, text: &str) -> Result<Id<'de>, E> {
        Ok(Id(Some(Cow::Owned(text.to_owned()))))
    }
    fn visit_u64<E>(self, number: u64) -> Result<Id<'de>, E> {
        Ok(Id((number <= EXACT).then(|| Cow::Owned(number.to_string()))))
    }
    absent!(visit_bool(bool), visit_i64(i64), visit_f64(f64));
    absent_seq!();
    absent_map!();
}

impl<'a, 'de: 'a> Deserialize<'de> for Id<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(IdVisitor)
    }
}

struct NumVisitor;

impl<'de> Visitor<'de> for NumVisitor {
    type Value = Num;
    any!("a count");
    fn visit_u64<E>(self, number: u64) -> Result<Num, E> {
        Ok(Num(i64::try_from(number).ok()))
    }
    fn visit_i64<E>(self, number: i64) -> Result<Num, E> {
        Ok(Num(Some(number)))
    }
    fn visit_str<E>(self, digits: &str) -> Result<Num, E> {
        Ok(Num(digits.parse().ok()))
    }
    absent!(visit_bool(bool), visit_f64(f64));
    absent_seq!();
    absent_map!();
}

impl<'de> Deserialize<'de> for Num {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NumVisitor)
    }
}

struct FlagVisitor;

impl<'de> Visitor<'de> for FlagVisitor {
    type Value = Flag;
    any!("a flag");
    fn visit_bool<E>(self, flag: bool) -> Result<Flag, E> {
        Ok(Flag(Some(flag)))
    }
    fn visit_str<E>(self, name: &str) -> Result<Flag, E> {
        Ok(Flag(name.parse().ok()))
    }
    absent!(visit_i64(i64), visit_u64(u64), visit_f64(f64));
    absent_seq!();
    absent_map!();
}

impl<'de> Deserialize<'de> for Flag {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(FlagVisitor)
    }
}

struct ObjVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ObjVisitor<T> {
    type Value = Obj<T>;
    any!("an object");
    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Obj<T>, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map)).map(|object| Obj(Some(object)))
    }
    absent!(
        visit_bool(bool),
        visit_i64(i64),
        visit_u64(u64),
        visit_f64(f64),
        visit_str(&str)
    );
    absent_seq!();
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Obj<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ObjVisitor(PhantomData))
    }
}

struct ListVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ListVisitor<T> {
    type Value = List<T>;
    any!("a list");
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<List<T>, A::Error> {
        let mut all = Vec::new();
        while let Some(one) = seq.next_element()? {
            all.push(one);
        }
        Ok(List(all))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<List<T>, A::Error> {
        let mut all = Vec::new();
        while let Some((IgnoredAny, one)) = map.next_entry()? {
            all.push(one);
        }
        Ok(List(all))
    }
    absent!(
        visit_bool(bool),
        visit_i64(i64),
        visit_u64(u64),
        visit_f64(f64),
        visit_str(&str)
    );
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ListVisitor(PhantomData))
    }
}

struct OneOrManyVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for OneOrManyVisitor<T> {
    type Value = OneOrMany<T>;
    any!("an object or a list of objects");
    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<OneOrMany<T>, A::Error> {
        ListVisitor(PhantomData)
            .visit_seq(seq)
            .map(|all| OneOrMany(all.0))
    }
    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<OneOrMany<T>, A::Error> {
        ObjVisitor(PhantomData)
            .visit_map(map)
            .map(|one| OneOrMany(vec![one]))
    }
    absent!(
        visit_bool(bool),
        visit_i64(i64),
        visit_u64(u64),
        visit_f64(f64),
        visit_str(&str)
    );
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for OneOrMany<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(OneOrManyVisitor(PhantomData))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_an_id_only_where_no_double_could_have_rounded_it() {
        for (json, id) in [
            (r#""1296887316556980230""#, Some("1296887316556980230")),
            ("6253282", Some("6253282")),
            ("1296887316556980200", None),
            ("1.5e3", None),
            ("-7", None),
            (r#""12a""#, None),
            (r#""""#, None),
            ("null", None),
            ("{}", None),
        ] {
            let read: Id<'_> = serde_json::from_str(json).unwrap();
            assert_eq!(read.get(), id, "{json}");
        }
    }

    #[test]
    fn a_wrong_shape_is_absent_and_not_an_error() {
        for json in [
            "null",
            "true",
            "7",
            "-7",
            "7.5",
            r#""x""#,
            "[]",
            "[[1]]",
            r#"{"a":{}}"#,
        ] {
            serde_json::from_str::<Str<'_>>(json).unwrap();
            serde_json::from_str::<Num>(json).unwrap();
            serde_json::from_str::<Flag>(json).unwrap();
            serde_json::from_str::<Obj<Obj<Num>>>(json).unwrap_or_default();
            serde_json::from_str::<List<Num>>(json).unwrap();
        }
        assert_eq!(
            serde_json::from_str::<Flag>(r#""false""#).unwrap().0,
            Some(false)
        );
        assert_eq!(serde_json::from_str::<Num>(r#""12""#).unwrap().0, Some(12));
        assert_eq!(
            serde_json::from_str::<List<Num>>(r#"{"a":1,"b":2}"#)
                .unwrap()
                .0
                .len(),
            2
        );
    }
}
