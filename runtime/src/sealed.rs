//! Secrets at rest: sealed under a key that lies in a file, and bound to the place where they
//! belong, so that a sealed value opens nowhere else.
//!
//! A key file holds one key a line, 32 bytes in base64; empty lines and lines with `#` are skipped.
//! The first key seals and all open: to rotate, put a new key first and remove the old one when
//! everything was written anew. XChaCha20-Poly1305, a random nonce each time.

use std::io::{self, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chacha20poly1305::aead::{Aead as _, AeadCore as _, KeyInit as _, OsRng, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use secrecy::{ExposeSecret as _, SecretString};

/// First byte of a sealed value: how it was sealed.
const FORM: u8 = 1;
const KEY_BYTES: usize = 32;
const NONCE_BYTES: usize = 24;
const KEYS_MAX: usize = 8;
/// Permission bits that let everybody read.
const READABLE_BY_ALL: u32 = 0o004;

/// Why a key file cannot be used, or a value not be opened. Shows no secret.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// The file cannot be read or made.
    #[error(
        "key file {path} cannot be read: make it with `earshot all --local`, or put the output of `head -c 32 /dev/urandom | base64` there (mode 0600)"
    )]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Everybody may read the keys.
    #[error("key file {0} is readable by everybody: chmod 600")]
    Readable(PathBuf),
    /// A line is no key, or there is none.
    #[error("key file {0}: expected 1 to 8 lines, each 32 bytes in base64")]
    Keys(PathBuf),
    /// Sealed under another key, for another place, or damaged.
    #[error("a sealed value does not open with the keys of secrets.key_file")]
    Opens,
    /// The value cannot be sealed.
    #[error("a value cannot be sealed")]
    Seals,
}

/// The keys of a key file.
#[derive(Clone)]
pub struct Keys(Vec<XChaCha20Poly1305>);

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Keys({})", self.0.len())
    }
}

impl Keys {
    /// Reads a key file.
    pub fn read(path: &Path) -> Result<Self, SealError> {
        let file = |source| SealError::File {
            path: path.to_owned(),
            source,
        };
        let mode = std::fs::metadata(path).map_err(file)?.permissions().mode();
        if mode & READABLE_BY_ALL != 0 {
            return Err(SealError::Readable(path.to_owned()));
        }
        let text = SecretString::from(std::fs::read_to_string(path).map_err(file)?);
        Self::parse(text.expose_secret()).ok_or_else(|| SealError::Keys(path.to_owned()))
    }

    /// Reads a key file, making one with a fresh key, readable by its owner alone, if there is none.
    pub fn read_or_make(path: &Path) -> Result<Self, SealError> {
        if !path.exists() {
            match make(path) {
                // Another process was first: its key is as good.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                made => made.map_err(|source| SealError::File {
                    path: path.to_owned(),
                    source,
                })?,
            }
        }
        Self::read(path)
    }

    fn parse(text: &str) -> Option<Self> {
        let lines = text.lines().map(str::trim);
        let lines = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
        let keys: Option<Vec<_>> = lines
            .map(|line| {
                let bytes = STANDARD.decode(line).ok()?;
                let whole = bytes.len() == KEY_BYTES;
                whole.then(|| XChaCha20Poly1305::new(Key::from_slice(&bytes)))
            })
            .collect();
        keys.filter(|keys| (1..=KEYS_MAX).contains(&keys.len()))
            .map(Self)
    }

    /// Seals a text for a place.
    pub fn seal(&self, place: &str, text: &SecretString) -> Result<Vec<u8>, SealError> {
        let key = self.0.first().ok_or(SealError::Seals)?;
        let nonce = XChaCha20Poly1305::generate_nonce(&mut OsRng);
        let payload = Payload {
            msg: text.expose_secret().as_bytes(),
            aad: place.as_bytes(),
        };
        let body = key.encrypt(&nonce, payload).map_err(|_| SealError::Seals)?;
        Ok([&[FORM], nonce.as_slice(), &body].concat())
    }

    /// Opens what was sealed for the same place.
    pub fn open(&self, place: &str, sealed: &[u8]) -> Result<SecretString, SealError> {
        let Some((&FORM, rest)) = sealed.split_first() else {
            return Err(SealError::Opens);
        };
        let (nonce, body) = rest.split_at_checked(NONCE_BYTES).ok_or(SealError::Opens)?;
        let payload = || Payload {
            msg: body,
            aad: place.as_bytes(),
        };
        let nonce = XNonce::from_slice(nonce);
        let opened = self
            .0
            .iter()
            .find_map(|key| key.decrypt(nonce, payload()).ok());
        let text = String::from_utf8(opened.ok_or(SealError::Opens)?);
        text.map(SecretString::from).map_err(|_| SealError::Opens)
    }
}

fn make(path: &Path) -> io::Result<()> {
    if let Some(dir) = path.parent() {
        std::fs::create_dir_all(dir)?;
    }
    let key = XChaCha20Poly1305::generate_key(&mut OsRng);
    // Written beside it and linked: nobody ever sees half a key.
    let beside = path.with_extension(format!("{}.new", std::process::id()));
    let written = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&beside)
        .and_then(|mut file| {
            writeln!(file, "{}", STANDARD.encode(key))?;
            file.sync_all()
        });
    let placed = written.and_then(|()| std::fs::hard_link(&beside, path));
    std::fs::remove_file(&beside)?;
    placed
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(dir: &Path, lines: &str) -> Result<Keys, SealError> {
        let path = dir.join("keys");
        std::fs::write(&path, lines).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        Keys::read(&path)
    }

    fn key(byte: u8) -> String {
        STANDARD.encode([byte; KEY_BYTES])
    }

    #[test]
    fn what_is_sealed_opens_at_its_place_alone() {
        let dir = tempfile::tempdir().unwrap();
        let keys = keys(dir.path(), &key(1)).unwrap();
        let sealed = keys.seal("acme/token", &"geheim".into()).unwrap();
        assert!(!sealed.windows(6).any(|bytes| bytes == b"geheim"));
        let opened = keys.open("acme/token", &sealed).unwrap();
        assert_eq!(opened.expose_secret(), "geheim");
        assert!(keys.open("other/token", &sealed).is_err());
        let again = keys.seal("acme/token", &"geheim".into()).unwrap();
        assert_ne!(again, sealed, "one nonce is not used twice");
        for at in 0..sealed.len() {
            let mut damaged = sealed.clone();
            damaged[at] ^= 1;
            assert!(keys.open("acme/token", &damaged).is_err(), "byte {at}");
            assert!(keys.open("acme/token", &sealed[..at]).is_err());
        }
    }

    #[test]
    fn a_new_key_is_put_first_and_the_old_one_still_opens() {
        let dir = tempfile::tempdir().unwrap();
        let old = keys(dir.path(), &key(1)).unwrap();
        let sealed = old.seal("p", &"s".into()).unwrap();
        let both = keys(dir.path(), &format!("# new\n{}\n\n{}\n", key(2), key(1))).unwrap();
        assert_eq!(both.open("p", &sealed).unwrap().expose_secret(), "s");
        let anew = both.seal("p", &"s".into()).unwrap();
        let new = keys(dir.path(), &key(2)).unwrap();
        assert!(new.open("p", &anew).is_ok());
        assert!(new.open("p", &sealed).is_err());
    }

    #[test]
    fn a_file_that_is_no_key_file_is_refused_and_not_shown() {
        let dir = tempfile::tempdir().unwrap();
        let nine = vec![key(1); KEYS_MAX + 1].join("\n");
        for wrong in ["", "# none", "c2hvcnQ=", "no base64!", &nine] {
            let error = keys(dir.path(), wrong).unwrap_err();
            assert!(matches!(error, SealError::Keys(_)), "{error}");
        }
        let path = dir.path().join("keys");
        std::fs::write(&path, key(1)).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        assert!(matches!(Keys::read(&path), Err(SealError::Readable(_))));
        let keys = keys(dir.path(), &key(1)).unwrap();
        assert_eq!(format!("{keys:?}"), "Keys(1)");
    }

    #[test]
    fn a_key_file_is_made_once_and_for_its_owner() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("under/secrets.key");
        assert!(matches!(Keys::read(&path), Err(SealError::File { .. })));
        let made = Keys::read_or_make(&path).unwrap();
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let sealed = made.seal("p", &"s".into()).unwrap();
        let again = Keys::read_or_make(&path).unwrap();
        assert!(again.open("p", &sealed).is_ok(), "the same key");
        let beside = std::fs::read_dir(path.parent().unwrap()).unwrap().count();
        assert_eq!(beside, 1, "nothing is left beside it");
    }
}
