//! Secrets in PostgreSQL, sealed ([`crate::sealed`]), and the turn by which one process at a time
//! replaces one.

use chrono::{DateTime, Utc};
use secrecy::SecretString;
use sqlx::{PgPool, Postgres, Transaction};

use crate::sealed::{Keys, SealError};

/// A secret cannot be read or kept.
#[derive(Debug, thiserror::Error)]
pub enum SealedError {
    /// PostgreSQL.
    #[error("the store of sealed values")]
    Store(#[from] sqlx::Error),
    /// The keys.
    #[error(transparent)]
    Seal(#[from] SealError),
}

/// The store. Cheap to clone.
#[derive(Clone)]
pub struct Sealed {
    pool: PgPool,
    keys: Keys,
}

/// Where a value belongs: it opens nowhere else.
fn place(org: &str, name: &str) -> String {
    format!("sealed_values {org} {name}")
}

impl Sealed {
    /// Over a pool of the app role.
    pub fn new(pool: PgPool, keys: Keys) -> Self {
        Self { pool, keys }
    }

    /// What is kept under a name.
    pub async fn load(&self, org: &str, name: &str) -> Result<Option<SecretString>, SealedError> {
        let mut scope = super::begin(&self.pool, &[org]).await?;
        let sealed = sqlx::query_scalar!(
            "SELECT sealed FROM sealed_values WHERE org = $1 AND name = $2",
            org,
            name
        )
        .fetch_optional(&mut *scope)
        .await?;
        scope.commit().await?;
        self.open(org, name, sealed.flatten())
    }

    fn open(
        &self,
        org: &str,
        name: &str,
        sealed: Option<Vec<u8>>,
    ) -> Result<Option<SecretString>, SealedError> {
        let open = |sealed: Vec<u8>| self.keys.open(&place(org, name), &sealed);
        Ok(sealed.map(open).transpose()?)
    }

    /// Waits until no other process has the turn, and holds it until the turn is dropped. Keep it
    /// short: it holds a connection, and PostgreSQL ends it after a minute of idleness.
    pub async fn turn(&self, org: &str, name: &str) -> Result<Turn, SealedError> {
        let mut scope = super::begin(&self.pool, &[org]).await?;
        // A row to lock; where two make it at once, the second waits for the first here.
        sqlx::query!(
            "INSERT INTO sealed_values (org, name) VALUES ($1, $2) ON CONFLICT DO NOTHING",
            org,
            name
        )
        .execute(&mut *scope)
        .await?;
        let sealed = sqlx::query_scalar!(
            "SELECT sealed FROM sealed_values WHERE org = $1 AND name = $2 FOR UPDATE",
            org,
            name
        )
        .fetch_one(&mut *scope)
        .await?;
        let current = self.open(org, name, sealed)?;
        Ok(Turn {
            scope,
            keys: self.keys.clone(),
            org: org.to_owned(),
            name: name.to_owned(),
            current,
        })
    }
}

/// The right to replace a value.
pub struct Turn {
    scope: Transaction<'static, Postgres>,
    keys: Keys,
    org: String,
    name: String,
    current: Option<SecretString>,
}

impl Turn {
    /// What was kept when the turn began.
    pub fn current(&self) -> Option<&SecretString> {
        self.current.as_ref()
    }

    /// Replaces the value, whole or not at all, and ends the turn.
    pub async fn commit(
        mut self,
        value: &SecretString,
        now: DateTime<Utc>,
    ) -> Result<(), SealedError> {
        let sealed = self.keys.seal(&place(&self.org, &self.name), value)?;
        sqlx::query!(
            "UPDATE sealed_values SET sealed = $3, changed_at = $4 WHERE org = $1 AND name = $2",
            self.org,
            self.name,
            sealed,
            now
        )
        .execute(&mut *self.scope)
        .await?;
        Ok(self.scope.commit().await?)
    }
}
