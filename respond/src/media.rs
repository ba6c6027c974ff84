//! Pictures that CSRs uploaded: their bytes lie under their hash in `media.dir`, so the same bytes
//! are one file and have one id.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use sha2::{Digest as _, Sha256};

/// Largest picture: X's limit.
pub const BYTES_MAX: usize = 5 * 1024 * 1024;

/// What a picture is, by its first bytes; none for what X does not take.
pub fn sniff(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a, ..] => Some("image/png"),
        [0xff, 0xd8, 0xff, ..] => Some("image/jpeg"),
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some("image/gif"),
        [
            b'R',
            b'I',
            b'F',
            b'F',
            _,
            _,
            _,
            _,
            b'W',
            b'E',
            b'B',
            b'P',
            ..,
        ] => Some("image/webp"),
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

/// The directory of pictures, shared by the programs of a machine.
#[derive(Debug, Clone)]
pub struct MediaDir(PathBuf);

impl MediaDir {
    /// `media.dir`.
    pub fn new(dir: &Path) -> Self {
        Self(dir.to_owned())
    }

    fn path(&self, sha256: &[u8]) -> PathBuf {
        let id = id(sha256);
        let (head, _) = id.split_at(id.len().min(2));
        self.0.join(head).join(&id)
    }

    /// Keeps bytes under their hash. A file is whole or not there.
    pub async fn put(&self, bytes: &Bytes) -> std::io::Result<Vec<u8>> {
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
        for other in [&b""[..], b"<svg", b"%PDF-1.4", b"\x89PNG", b"GIF88a"] {
            assert_eq!(sniff(other), None);
        }
    }

    #[tokio::test]
    async fn the_same_bytes_are_one_file() {
        let dir = tempfile::tempdir().unwrap();
        let media = MediaDir::new(dir.path());
        let bytes = Bytes::from_static(b"picture");
        let sha256 = media.put(&bytes).await.unwrap();
        assert_eq!(media.put(&bytes).await.unwrap(), sha256);
        assert_eq!(media.get(&sha256).await.unwrap(), bytes);
        assert_eq!(of_id(&id(&sha256)), Some(sha256));
        let up = "../".repeat(21) + "a";
        assert_eq!(up.len(), 64);
        for bad in ["", "abc", up.as_str(), &"é".repeat(32)] {
            assert_eq!(of_id(bad), None);
        }
    }
}
