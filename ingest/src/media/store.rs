//! Where fetched pictures go, and within which bounds.

use std::path::Path;

use runtime::pictures::{self, Pictures};

use super::address::Rules;
use super::fetch::Refused;

/// The store. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Store {
    pictures: Pictures,
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
            pictures: Pictures::new(dir),
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

    /// Keeps a picture, whole or not at all.
    pub async fn keep(&self, bytes: &[u8]) -> Result<Kept, Refused> {
        if bytes.len() > self.bytes_max {
            return Err(Refused::TooLarge);
        }
        let content_type = pictures::sniff(bytes).ok_or(Refused::NoImage)?;
        let put = self.pictures.put(bytes).await;
        let sha256 = put.map_err(|error| Refused::Failed(format!("media.dir: {error}")))?;
        Ok(Kept {
            sha256: pictures::id(&sha256),
            content_type,
            bytes: i64::try_from(bytes.len()).unwrap_or(i64::MAX),
        })
    }

    /// Removes a picture that nobody uses.
    pub async fn remove(&self, sha256: &str) {
        let Some(sha256) = pictures::of_id(sha256) else {
            return;
        };
        if let Err(error) = self.pictures.remove(&sha256).await {
            tracing::warn!(%error, "a picture was not removed");
        }
    }
}
