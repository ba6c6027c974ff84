//! A file that is replaced, whole or not at all.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _, fchown};
use std::path::Path;

/// Rights of a file that was not there.
const MODE: u32 = 0o600;

/// Writes the file beside its place and moves it there; rights and owner stay as they were. One that was not there is its owner's alone.
pub fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    // A link stays: what it leads to is replaced.
    let place = match path.canonicalize() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => path.to_owned(),
        place => place?,
    };
    let was = place.metadata().ok();
    let beside = place.with_extension(format!("{}.new", std::process::id()));
    let written =
        write(&beside, bytes, was.as_ref()).and_then(|()| std::fs::rename(&beside, &place));
    if written.is_err() {
        // The first error is the one that tells.
        drop(std::fs::remove_file(&beside));
    }
    written
}

fn write(beside: &Path, bytes: &[u8], was: Option<&std::fs::Metadata>) -> io::Result<()> {
    let mut file: File = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(MODE)
        .open(beside)?;
    if let Some(was) = was {
        let is = file.metadata()?;
        if (is.uid(), is.gid()) != (was.uid(), was.gid()) {
            fchown(&file, Some(was.uid()), Some(was.gid()))?;
        }
        file.set_permissions(std::fs::Permissions::from_mode(was.mode() & 0o7777))?;
    }
    file.write_all(bytes)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rights_and_links_stay_and_a_new_file_is_its_owners_alone() {
        let dir = tempfile::tempdir().unwrap();
        let (path, link) = (dir.path().join("orgs.toml"), dir.path().join("link"));
        let mode = || path.metadata().unwrap().mode() & 0o777;
        replace(&path, b"one").unwrap();
        assert_eq!(mode(), 0o600);
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
        std::os::unix::fs::symlink(&path, &link).unwrap();
        replace(&link, b"two").unwrap();
        assert_eq!(
            (mode(), std::fs::read(&path).unwrap()),
            (0o640, b"two".to_vec())
        );
        assert!(link.is_symlink());
        assert_eq!(
            std::fs::read_dir(dir.path()).unwrap().count(),
            2,
            "nothing beside it"
        );
        let wrong = replace(&dir.path().join("no/such/file"), b"x");
        assert_eq!(wrong.unwrap_err().kind(), io::ErrorKind::NotFound);
    }
}
