//! The two kinds of item, which share neither ids, nor topics, nor rights.

use serde::{Deserialize, Serialize};

/// A post (public) or a message (private). X numbers them apart, and so do we.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
#[serde(try_from = "String", into = "&'static str")]
pub enum Kind {
    /// A public post: mention, reply, quote, repost or post of our own.
    #[default]
    Post,
    /// A private message (X direct message).
    Message,
}

/// The text is neither `post` nor `message`.
#[derive(Debug, thiserror::Error)]
#[error("unknown kind of item `{0}`, expected post or message")]
pub struct UnknownKind(String);

impl Kind {
    /// `post` or `message`, as it stands in records and tables.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Post => "post",
            Self::Message => "message",
        }
    }
}

impl std::fmt::Display for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl From<Kind> for &'static str {
    fn from(kind: Kind) -> Self {
        kind.as_str()
    }
}

impl std::str::FromStr for Kind {
    type Err = UnknownKind;

    fn from_str(text: &str) -> Result<Self, UnknownKind> {
        match text {
            "post" => Ok(Self::Post),
            "message" => Ok(Self::Message),
            other => Err(UnknownKind(other.to_owned())),
        }
    }
}

// Text in tables, as in records.
impl sqlx::Type<sqlx::Postgres> for Kind {
    fn type_info() -> sqlx::postgres::PgTypeInfo {
        <String as sqlx::Type<sqlx::Postgres>>::type_info()
    }
}

impl sqlx::Encode<'_, sqlx::Postgres> for Kind {
    fn encode_by_ref(
        &self,
        buffer: &mut sqlx::postgres::PgArgumentBuffer,
    ) -> Result<sqlx::encode::IsNull, sqlx::error::BoxDynError> {
        <&str as sqlx::Encode<sqlx::Postgres>>::encode(self.as_str(), buffer)
    }
}

impl sqlx::Decode<'_, sqlx::Postgres> for Kind {
    fn decode(value: sqlx::postgres::PgValueRef<'_>) -> Result<Self, sqlx::error::BoxDynError> {
        Ok(<&str as sqlx::Decode<sqlx::Postgres>>::decode(value)?.parse()?)
    }
}

impl TryFrom<String> for Kind {
    type Error = UnknownKind;

    fn try_from(text: String) -> Result<Self, UnknownKind> {
        text.parse()
    }
}
