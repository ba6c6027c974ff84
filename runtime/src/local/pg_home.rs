//! Where PostgreSQL's binaries are, whom it runs as, and where its data can lie so that this user
//! reaches it.

use std::fs;
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use uuid::Uuid;

use super::child::{self, User};
use super::error::LocalError;
use super::state::Dir;

const OLDEST: u32 = 15;
/// Data of directories that the server's user cannot reach, as of one below a private home.
const ELSEWHERE: &str = "/var/lib/earshot";

/// The user to run as when we are root, whom the server refuses; `None` when we are not.
pub(super) fn unprivileged() -> Result<Option<User>, LocalError> {
    if !rustix::process::geteuid().is_root() {
        return Ok(None);
    }
    let path = Path::new("/etc/passwd");
    let text = fs::read_to_string(path).map_err(LocalError::path("reading", path))?;
    let user = ["postgres", "nobody"]
        .iter()
        .find_map(|name| find_user(&text, name));
    user.map(Some).ok_or_else(|| LocalError::Missing {
        what: "a user to run PostgreSQL as (postgres or nobody)".to_owned(),
        install: "apt-get install -y postgresql",
    })
}

fn find_user(passwd: &str, name: &str) -> Option<User> {
    passwd.lines().find_map(|line| {
        let fields: Vec<&str> = line.split(':').collect();
        let [found, _, uid, gid, ..] = fields.as_slice() else {
            return None;
        };
        (*found == name).then_some(())?;
        Some(User {
            name: name.to_owned(),
            uid: uid.parse().ok()?,
            gid: gid.parse().ok()?,
        })
    })
}

/// The directory to keep the cluster in: `postgres/` of the data directory, or, where the server's
/// user cannot reach that, a place below `/var/lib` which `postgres` then points to.
pub(super) fn place(dir: &Dir, user: Option<&User>) -> Result<PathBuf, LocalError> {
    let home = dir.join("postgres");
    if !home.exists() {
        let Some(user) = user else {
            return make(&home);
        };
        open_to_all(dir.path())?;
        if blocked(dir.path(), user)?.is_none() {
            return make(&home);
        }
        let elsewhere = Path::new(ELSEWHERE).join(Uuid::new_v4().simple().to_string());
        make(&elsewhere)?;
        if home.is_symlink() {
            fs::remove_file(&home).map_err(LocalError::path("removing", &home))?;
        }
        symlink(&elsewhere, &home).map_err(LocalError::path("linking", &home))?;
    }
    let home = home
        .canonicalize()
        .map_err(LocalError::path("finding", &home))?;
    if let Some(user) = user
        && let Some(blocked) = blocked(&home, user)?
    {
        return Err(LocalError::Unreachable {
            user: user.name.clone(),
            blocked,
        });
    }
    Ok(home)
}

fn make(path: &Path) -> Result<PathBuf, LocalError> {
    fs::create_dir_all(path).map_err(LocalError::path("creating", path))?;
    open_to_all(path)?;
    Ok(path.to_owned())
}

/// Lets everybody pass through, without letting them list.
fn open_to_all(path: &Path) -> Result<(), LocalError> {
    let fail = || LocalError::path("opening to the database's user", path);
    let mode = fs::metadata(path).map_err(fail())?.mode();
    fs::set_permissions(path, fs::Permissions::from_mode(mode | 0o011)).map_err(fail())
}

/// The outermost directory on the way to `path` that `user` may not pass. The system is asked, so
/// that groups and access lists count.
fn blocked(path: &Path, user: &User) -> Result<Option<PathBuf>, LocalError> {
    let mut way: Vec<&Path> = path.ancestors().collect();
    way.reverse();
    for step in way {
        let mut test = child::tethered("test", "KILL", Some(user));
        test.arg("-x")
            .arg(step)
            .current_dir("/")
            .stdin(Stdio::null());
        let what = "asking for a directory's permissions";
        let status = child::spawn(&mut test, what)?
            .wait()
            .map_err(LocalError::io(what))?;
        if !status.success() {
            return Ok(Some(step.to_owned()));
        }
    }
    Ok(None)
}

/// The directory of the server's binaries: of the version that made `data`, else the newest.
pub(super) fn binaries(data: &Path) -> Result<PathBuf, LocalError> {
    let version = data.join("PG_VERSION");
    let made_by = match fs::read_to_string(&version) {
        Ok(text) => text.trim().parse::<u32>().ok(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(LocalError::path("reading", &version)(error)),
    };
    let found = candidates()
        .into_iter()
        .filter_map(|bin| Some((major(&bin)?, bin)));
    let best = found
        .filter(|(major, _)| made_by.map_or(*major >= OLDEST, |made_by| *major == made_by))
        .max_by_key(|(major, _)| *major);
    best.map(|(_, bin)| bin).ok_or_else(|| LocalError::Missing {
        what: match made_by {
            Some(version) => format!("PostgreSQL {version}, which made {},", data.display()),
            None => format!("PostgreSQL {OLDEST} or newer (postgres and initdb)"),
        },
        install: "apt-get install -y postgresql",
    })
}

fn candidates() -> Vec<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut bins: Vec<PathBuf> = std::env::split_paths(&path).collect();
    for (root, prefix) in [("/usr/lib/postgresql", ""), ("/usr", "pgsql-")] {
        let entries = fs::read_dir(root).into_iter().flatten().flatten();
        let named = entries.filter(|e| e.file_name().to_string_lossy().starts_with(prefix));
        bins.extend(named.map(|entry| entry.path().join("bin")));
    }
    bins.retain(|bin| bin.join("postgres").is_file() && bin.join("initdb").is_file());
    bins
}

fn major(bin: &Path) -> Option<u32> {
    let output = Command::new(bin.join("postgres"))
        .arg("--version")
        .output()
        .ok()?;
    parse_major(&String::from_utf8_lossy(&output.stdout))
}

fn parse_major(version: &str) -> Option<u32> {
    let number = version.strip_prefix("postgres (PostgreSQL) ")?;
    let digits: String = number.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_and_users_are_read() {
        for (text, major) in [
            (
                "postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n",
                Some(15),
            ),
            ("postgres (PostgreSQL) 18beta1\n", Some(18)),
            ("something else", None),
        ] {
            assert_eq!(parse_major(text), major, "{text}");
        }
        let passwd = "root:x:0:0:root:/root:/bin/bash\npostgres:x:101:104::/var/lib/postgresql:\n";
        let user = User {
            name: "postgres".to_owned(),
            uid: 101,
            gid: 104,
        };
        assert_eq!(find_user(passwd, "postgres"), Some(user));
        assert_eq!(find_user(passwd, "nobody"), None);
    }
}
