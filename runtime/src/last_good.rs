//! The last good copy of a configuration that came over the network: what a program starts with
//! while the source is away. It holds secrets, so it is sealed, and readable by its owner alone.

use std::io;
use std::path::PathBuf;

use secrecy::{ExposeSecret as _, SecretString};

use crate::replace::replace;
use crate::sealed::Keys;

/// Key and value of each entry.
pub type Pairs = Vec<(String, String)>;

/// Where the copy of one source lies.
#[derive(Debug, Clone)]
pub struct LastGood {
    path: PathBuf,
    /// Binds the copy to its source: that of another source does not open.
    source: String,
    keys: Keys,
}

impl LastGood {
    /// A copy at `path` of what `source` says.
    pub fn new(path: PathBuf, source: &str, keys: Keys) -> Self {
        Self {
            path,
            source: format!("last-good {source}"),
            keys,
        }
    }

    /// What was kept; `None` if nothing was. A copy that does not open is an error that says why.
    pub fn read(&self) -> io::Result<Option<Pairs>> {
        let sealed = match std::fs::read(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            sealed => sealed?,
        };
        let text = self.keys.open(&self.source, &sealed);
        let text = text.map_err(io::Error::other)?;
        // The error of serde would show a value.
        let pairs = serde_json::from_str(text.expose_secret());
        let pairs = pairs.map_err(|_| io::Error::from(io::ErrorKind::InvalidData))?;
        Ok(Some(pairs))
    }

    /// Replaces the copy, whole or not at all.
    pub fn write(&self, pairs: &[(String, String)]) -> io::Result<()> {
        let text = SecretString::from(serde_json::to_string(pairs).map_err(io::Error::other)?);
        let sealed = self.keys.seal(&self.source, &text);
        let sealed = sealed.map_err(io::Error::other)?;
        if let Some(dir) = self.path.parent() {
            std::fs::create_dir_all(dir)?;
        }
        replace(&self.path, &sealed)
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_copy_is_sealed_for_its_source_and_its_owner() {
        let dir = tempfile::tempdir().unwrap();
        let keys = Keys::read_or_make(&dir.path().join("key")).unwrap();
        let path = dir.path().join("run/copy");
        let copy = LastGood::new(path.clone(), "consul:a", keys.clone());
        assert_eq!(copy.read().unwrap(), None);
        let pairs = vec![("k".to_owned(), "geheim".to_owned())];
        copy.write(&pairs).unwrap();
        copy.write(&pairs).unwrap();
        assert_eq!(copy.read().unwrap(), Some(pairs));
        let bytes = std::fs::read(&path).unwrap();
        assert!(!bytes.windows(6).any(|window| window == b"geheim"));
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let other = LastGood::new(path.clone(), "consul:b", keys);
        assert!(other.read().is_err());
        std::fs::write(&path, b"damaged").unwrap();
        assert!(copy.read().is_err());
    }
}
