//! Bytes on disk, under their SHA-256: the same picture is kept once. `api` reads the same place.

use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::address::Rules;
use super::fetch::Refused;
use super::sniff;

/// The store. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Store {
    dir: PathBuf,
    bytes_max: usize,
    rules: Rules,
}

/// A picture that is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Its hash.
    pub sha256: String,
    /// What it is.
    pub content_type: &'static str,
    /// How large it is.
    pub bytes: i64,
}

impl Store {
    /// A store in a directory, made when first needed.
    pub fn new(dir: &Path, bytes_max: usize, rules: Rules) -> Self {
        Self {
            dir: dir.to_owned(),
            bytes_max,
            rules,
        }
    }

    /// Largest picture.
    pub fn bytes_max(&self) -> usize {
        self.bytes_max
    }

    /// Which addresses may be asked.
    pub fn rules(&self) -> Rules {
        self.rules
    }

    fn path(&self, sha256: &str) -> PathBuf {
        self.dir.join(sha256.get(..2).unwrap_or("00")).join(sha256)
    }

    /// Keeps a picture, whole or not at all.
    pub async fn keep(&self, bytes: &[u8]) -> Result<Kept, Refused> {
        if bytes.len() > self.bytes_max {
            return Err(Refused::TooLarge);
        }
        let content_type = sniff::image(bytes).ok_or(Refused::NoImage)?;
        let sha256 = format!("{:x}", Sha256::digest(bytes));
        let path = self.path(&sha256);
        let failed = |error: std::io::Error| Refused::Failed(format!("media.dir: {error}"));
        if tokio::fs::try_exists(&path).await.is_ok_and(|there| !there) {
            let dir = path.parent().unwrap_or(&self.dir);
            tokio::fs::create_dir_all(dir).await.map_err(failed)?;
            let beside = dir.join(format!(".{}", Uuid::new_v4()));
            tokio::fs::write(&beside, bytes).await.map_err(failed)?;
            tokio::fs::rename(&beside, &path).await.map_err(failed)?;
        }
        Ok(Kept {
            sha256,
            content_type,
            bytes: i64::try_from(bytes.len()).unwrap_or(i64::MAX),
        })
    }

    /// Removes a picture that nobody uses.
    pub async fn remove(&self, sha256: &str) {
        if let Err(error) = tokio::fs::remove_file(self.path(sha256)).await {
            tracing::warn!(%error, "a picture was not removed");
        }
    }
}
