//! Keeps what each organisation's configuration was. Every program follows the source, and one kind of
//! them writes: the API, which also answers what was written. Of several of its processes each tries,
//! and the first has written. What changes again before it could be written is passed over.

use std::time::Duration;

use schemas::org_config::OrgConfig;
use sha2::{Digest as _, Sha256};

use crate::App;
use crate::pg::config_versions::{self as versions, Seen};

/// Versions of an organisation.
const VERSIONS_MAX: i64 = 200;
/// While PostgreSQL is away.
const AGAIN_EVERY: Duration = Duration::from_secs(5);

/// Writes what is in force and what stands refused, now and whenever it changes, until the program
/// shuts down.
pub async fn record(app: App) {
    let shutdown = app.program().shutdown.clone();
    let source = app.source();
    let (mut orgs, mut rejection) = (source.orgs.clone(), source.rejection.clone());
    loop {
        orgs.mark_unchanged();
        rejection.mark_unchanged();
        let written = write(&app).await;
        if let Err(error) = &written {
            tracing::warn!(%error, "versions of the configuration are not kept for now");
        }
        let again = async {
            match written {
                Ok(()) => std::future::pending().await,
                Err(_) => tokio::time::sleep(AGAIN_EVERY).await,
            }
        };
        tokio::select! {
            () = shutdown.cancelled() => return,
            Ok(()) = orgs.changed() => {}
            Ok(()) = rejection.changed() => {}
            () = again => {}
        }
    }
}

async fn write(app: &App) -> Result<(), sqlx::Error> {
    let source = app.source();
    let orgs = source.orgs.borrow().clone();
    for org in orgs.iter() {
        let id = org.org_id.as_str();
        let mut transaction = runtime::pg::begin(app.pg(), &[id]).await?;
        let accepted = Seen {
            digest: &digest(org),
            at: app.now(),
            source: &source.name,
            outcome: Ok(org.shown()),
        };
        versions::keep(&mut transaction, id, accepted).await?;
        if let Some((at, reason)) = source.refused(id) {
            let refused = Seen {
                digest: &Sha256::digest(&reason),
                at,
                source: &source.name,
                outcome: Err(reason),
            };
            versions::keep(&mut transaction, id, refused).await?;
        }
        versions::forget(&mut transaction, id, VERSIONS_MAX).await?;
        transaction.commit().await?;
    }
    Ok(())
}

/// Of everything that is set. Keys of X are long and random, so nobody finds one by it.
fn digest(org: &OrgConfig) -> [u8; 32] {
    let mut digest = Sha256::new();
    let mut part = |text: &str| {
        digest.update(text.len().to_be_bytes());
        digest.update(text);
    };
    part(&org.shown().to_string());
    org.secrets().for_each(part);
    digest.finalize().into()
}
