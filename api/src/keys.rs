//! `earshot keys create|revoke`.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use rand::RngCore;
use runtime::clock::Clock;
use runtime::stage::StageError;
use secrecy::{ExposeSecret as _, SecretString};
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use crate::http::auth::Role;
use crate::http::identity::{KEY_PREFIX, hash};
use crate::live;
use crate::pg::keys::{self, NewKey};

/// Bytes of chance in a key.
const SECRET_BYTES: usize = 32;
/// Characters of a key's name.
const NAME_CHARS_MAX: usize = 64;

/// Why a key was not made or revoked.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    #[error("the organisation has a key of that name; names are not used twice")]
    NameTaken,
    #[error("no such key, or it is revoked already")]
    Unknown,
    #[error("a name has 1 to 64 letters, digits, dots, dashes, underscores")]
    Name,
    #[error("database")]
    Database(#[from] StageError),
}

impl From<sqlx::Error> for KeyError {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error.into())
    }
}

/// What a key is for.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    pub org: &'a str,
    pub name: &'a str,
    pub role: Role,
    /// May read private messages.
    pub messages: bool,
    pub expires_at: Option<DateTime<Utc>>,
}

/// A clear key, of chance.
pub fn mint(rng: &mut impl RngCore) -> SecretString {
    let mut secret = [0; SECRET_BYTES];
    rng.fill_bytes(&mut secret);
    format!("{KEY_PREFIX}{}", URL_SAFE_NO_PAD.encode(secret)).into()
}

/// Makes a minted key valid; its clear text is given back this once and kept nowhere.
pub async fn create(
    pool: &PgPool,
    clock: &Clock,
    minted: SecretString,
    wanted: Wanted<'_>,
) -> Result<SecretString, KeyError> {
    let mut scope = runtime::pg::begin(pool, &[wanted.org]).await?;
    insert(&mut scope, &minted, wanted, clock.now()).await?;
    scope.commit().await?;
    Ok(minted)
}

/// Makes a minted key valid; its id.
pub(crate) async fn insert(
    connection: &mut PgConnection,
    minted: &SecretString,
    wanted: Wanted<'_>,
    now: DateTime<Utc>,
) -> Result<Uuid, KeyError> {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-');
    let length = wanted.name.len();
    if length == 0 || length > NAME_CHARS_MAX || !wanted.name.bytes().all(allowed) {
        return Err(KeyError::Name);
    }
    let new = NewKey {
        org: wanted.org,
        key_id: Uuid::new_v4(),
        name: wanted.name,
        hash: &hash(minted.expose_secret()),
        role: wanted.role.as_str(),
        messages: wanted.messages,
        expires_at: wanted.expires_at,
    };
    if !keys::insert(connection, &new, now).await? {
        return Err(KeyError::NameTaken);
    }
    Ok(new.key_id)
}

/// Ends a key at once.
pub async fn revoke(pool: &PgPool, clock: &Clock, org: &str, name: &str) -> Result<(), KeyError> {
    let mut scope = runtime::pg::begin(pool, &[org]).await?;
    if !keys::revoke(&mut scope, org, name, clock.now()).await? {
        return Err(KeyError::Unknown);
    }
    live::end_streams(&mut scope, org, &format!("key:{name}")).await?;
    scope.commit().await?;
    Ok(())
}
