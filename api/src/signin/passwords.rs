//! Passwords: argon2id, in bounded numbers at once, since each takes memory and a core.

use std::sync::Arc;
use std::time::Duration;

use argon2::password_hash::phc::PasswordHash;
use argon2::{Argon2, PasswordHasher as _, PasswordVerifier as _};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::http::kinds;
use crate::http::problem::Problem;

/// Characters of a password.
pub const CHARS_MIN: usize = 10;
pub const CHARS_MAX: usize = 200;
/// Hashes at once.
const AT_ONCE: usize = 2;
/// A request waits no longer for its turn.
const TURN_MAX: Duration = Duration::from_secs(5);
/// What is worked on for a user who is not there: the same work as for one who is.
const DECOY: &str = "$argon2id$v=19$m=19456,t=2,p=1$ZWFyc2hvdC1uby1vbmUtaGFzLWl0$\
                     R4EJ0WGcHVi+Be3tPmLyMHkT2mTFQxUYgMyBlOWyEbk";

/// Hashes and compares.
#[derive(Clone)]
pub struct Passwords {
    turns: Arc<Semaphore>,
}

impl Default for Passwords {
    fn default() -> Self {
        Self {
            turns: Arc::new(Semaphore::new(AT_ONCE)),
        }
    }
}

impl Passwords {
    /// What is kept of a password.
    pub async fn hash(&self, password: SecretString) -> Result<String, Problem> {
        let turn = self.turn().await?;
        blocking(turn, move || hash(&password)).await?
    }

    /// Whether it is the password behind `kept`. Where nothing is kept the answer is no, after the
    /// same work.
    pub async fn verify(
        &self,
        password: SecretString,
        kept: Option<String>,
    ) -> Result<bool, Problem> {
        let turn = self.turn().await?;
        blocking(turn, move || {
            let right = matches(&password, kept.as_deref().unwrap_or(DECOY));
            right && kept.is_some()
        })
        .await
    }

    async fn turn(&self) -> Result<OwnedSemaphorePermit, Problem> {
        let turn = Arc::clone(&self.turns).acquire_owned();
        match tokio::time::timeout(TURN_MAX, turn).await {
            Ok(Ok(turn)) => Ok(turn),
            _ => Err(Problem {
                retry_after_seconds: Some(1),
                ..Problem::new(&kinds::TOO_MANY, "Too many people sign in at this moment.")
            }),
        }
    }
}

async fn blocking<T: Send + 'static>(
    turn: OwnedSemaphorePermit,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Problem> {
    let done = tokio::task::spawn_blocking(move || {
        let done = work();
        drop(turn);
        done
    });
    done.await
        .map_err(|_| Problem::new(&kinds::INTERNAL, "A password could not be worked on."))
}

fn hash(password: &SecretString) -> Result<String, Problem> {
    let made = Argon2::default().hash_password(password.expose_secret().as_bytes());
    made.map(|hash| hash.to_string())
        .map_err(|_| Problem::new(&kinds::INTERNAL, "A password could not be worked on."))
}

fn matches(password: &SecretString, kept: &str) -> bool {
    let password = password.expose_secret().as_bytes();
    PasswordHash::new(kept)
        .is_ok_and(|kept| Argon2::default().verify_password(password, &kept).is_ok())
}

/// What a new password must be.
pub fn check(pointer: &str, password: &SecretString) -> Result<(), Problem> {
    let length = password.expose_secret().chars().count();
    if (CHARS_MIN..=CHARS_MAX).contains(&length) {
        return Ok(());
    }
    let detail = format!("expected {CHARS_MIN} to {CHARS_MAX} characters");
    Err(Problem::value(pointer, detail))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_right_password_and_no_other_is_taken() {
        let passwords = Passwords::default();
        let kept = passwords.hash("correct horse".into()).await.unwrap();
        let verify = async |password: &str, kept: Option<&str>| {
            let kept = kept.map(str::to_owned);
            passwords.verify(password.into(), kept).await.unwrap()
        };
        assert!(verify("correct horse", Some(&kept)).await);
        assert!(!verify("correct horsf", Some(&kept)).await);
        assert!(!verify("correct horse", None).await);
        assert!(!verify("correct horse", Some("rubbish")).await);
    }

    #[test]
    fn the_decoy_takes_the_work_of_a_real_hash() {
        let real = hash(&"correct horse".into()).unwrap();
        let work = |phc: &str| phc.split('$').take(4).collect::<Vec<_>>().join("$");
        assert_eq!(work(DECOY), work(&real));
        PasswordHash::new(DECOY).unwrap();
        check("/password", &"short".into()).unwrap_err();
        check("/password", &"0123456789".into()).unwrap();
    }
}
