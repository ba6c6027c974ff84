//! Pictures under the hash of their bytes, in the one directory `media.dir` of all programs: those of
//! items and those that CSRs upload. The same bytes are one file and have one id.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use sha2::{Digest as _, Sha256};

/// What a picture is, by its first bytes: what a server or a browser says is not believed. None for
/// anything else than JPEG, PNG, GIF and WebP.
pub fn sniff(bytes: &[u8]) -> Option<&'static str> {
    let webp = bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP");
    match bytes {
        [0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a, ..] => Some("image/png"),
        [0xff, 0xd8, 0xff, ..] => Some("image/jpeg"),
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some("image/gif"),
        _ if webp => Some("image/webp"),
        _ => None,
    }
}

/// The hash that a picture is known by.
pub fn digest(bytes: &[u8]) -> Vec<u8> {
    Sha256::digest(bytes).to_vec()
}

/// A hash as an id.
pub fn id(sha256: &[u8]) -> String {
    sha256.iter().fold(String::new(), |mut text, byte| {
        // Writing to a String does not fail.
        write!(text, "{byte:02x}").unwrap_or_default();
        text
    })
}

/// The hash of an id; none for what is none.
pub fn of_id(id: &str) -> Option<Vec<u8>> {
    let hex = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
    if id.len() != 64 || !id.bytes().all(hex) {
        return None;
    }
    let byte = |at: usize| u8::from_str_radix(id.get(at..at + 2)?, 16).ok();
    (0..64).step_by(2).map(byte).collect()
}

/// The directory. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Pictures(PathBuf);

impl Pictures {
    /// `media.dir`; made when first needed.
    pub fn new(dir: &Path) -> Self {
        Self(dir.to_owned())
    }

    fn path(&self, sha256: &[u8]) -> PathBuf {
        let id = id(sha256);
        let (head, _) = id.split_at(id.len().min(2));
        self.0.join(head).join(&id)
    }

    /// Keeps bytes under their hash. A file is whole or not there.
    pub async fn put(&self, bytes: &[u8]) -> std::io::Result<Vec<u8>> {
        let sha256 = digest(bytes);
        let path = self.path(&sha256);
        if tokio::fs::try_exists(&path).await? {
            return Ok(sha256);
        }
        if let Some(dir) = path.parent() {
            tokio::fs::create_dir_all(dir).await?;
        }
        let part = path.with_extension(uuid::Uuid::new_v4().simple().to_string());
        tokio::fs::write(&part, bytes).await?;
        tokio::fs::File::open(&part).await?.sync_all().await?;
        tokio::fs::rename(&part, &path).await?;
        Ok(sha256)
    }

    /// Removes the bytes of a hash, which nobody uses any more.
    pub async fn remove(&self, sha256: &[u8]) -> std::io::Result<()> {
        tokio::fs::remove_file(self.path(sha256)).await
    }

    /// The bytes of a hash.
    pub async fn get(&self, sha256: &[u8]) -> std::io::Result<Bytes> {
        tokio::fs::read(self.path(sha256)).await.map(Bytes::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_are_known_by_their_first_bytes() {
        assert_eq!(sniff(b"\x89PNG\r\n\x1a\n...."), Some("image/png"));
        assert_eq!(sniff(b"\xff\xd8\xff\xe0"), Some("image/jpeg"));
        assert_eq!(sniff(b"GIF89a"), Some("image/gif"));
        assert_eq!(sniff(b"RIFF\0\0\0\0WEBPVP8 "), Some("image/webp"));
        for other in [
            &b""[..],
            b"<svg",
            b"<html>",
            b"%PDF-1.4",
            b"\x89PNG",
            b"GIF88a",
            b"RIFF....WAVE",
        ] {
            assert_eq!(sniff(other), None);
        }
    }

    #[tokio::test]
    async fn the_same_bytes_are_one_file() {
        let dir = tempfile::tempdir().unwrap();
        let media = Pictures::new(dir.path());
        let bytes = b"picture";
        let sha256 = media.put(bytes).await.unwrap();
        assert_eq!(media.put(bytes).await.unwrap(), sha256);
        assert_eq!(media.get(&sha256).await.unwrap(), &bytes[..]);
        assert_eq!(of_id(&id(&sha256)).as_deref(), Some(sha256.as_slice()));
        media.remove(&sha256).await.unwrap();
        assert!(media.get(&sha256).await.is_err());
        let up = "../".repeat(21) + "a";
        assert_eq!(up.len(), 64);
        for bad in ["", "abc", up.as_str(), &"é".repeat(32)] {
            assert_eq!(of_id(bad), None);
        }
    }
}
