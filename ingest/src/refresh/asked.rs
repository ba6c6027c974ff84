//! What somebody at a desk asked for: looked up at once, answered even where nothing came of it.

use tokio_util::sync::CancellationToken;
use x_client::Error;

use super::lookup;
use crate::context::{Context, SourceError};
use crate::intake::TakeError;
use crate::pg::fetches;
use crate::pg::work::Post;
use crate::publish::Publish;

/// Name of the job.
pub const WAY: &str = "fetch";
/// Seconds between two looks; a command wakes at once.
const EVERY_S: u32 = 5;
/// Ids of one look-up.
const BATCH: i64 = 100;

/// Looks up what is asked for in an organisation until it is told to stop.
pub async fn run<P: Publish>(context: Context<P>, org: String, stop: CancellationToken) {
    let mut woken = context.woken.subscribe();
    while !stop.is_cancelled() {
        let turned = tokio::select! {
            () = stop.cancelled() => return,
            turned = turn(&context, &org) => turned,
        };
        if let Err(error) = turned {
            tracing::warn!(org, %error, "what was asked for was not looked up; tried again");
        }
        tokio::select! {
            () = stop.cancelled() => return,
            _ = woken.changed() => {}
            () = context.pause(EVERY_S) => {}
        }
    }
}

/// One turn. A person asked: a used up day's budget, which slows what we do by ourselves, does not
/// stop it.
pub async fn turn<P: Publish>(context: &Context<P>, org: &str) -> Result<(), SourceError> {
    let asked = fetches::open(&context.pg, org, BATCH).await?;
    if asked.is_empty() {
        return Ok(());
    }
    let wanted: Vec<Post> = asked.iter().map(|one| Post::of(&one.x_id)).collect();
    let problem = match context.accounts.of_org(org).first() {
        None => Some("no X account is configured".to_owned()),
        Some(account) => match lookup::posts(context, account, &wanted).await {
            Ok(()) => None,
            // It stays asked for until it can be written down what became of it.
            Err(SourceError::Pg(error)) => return Err(error.into()),
            Err(error) => Some(why(&error)),
        },
    };
    fetches::done(&context.pg, org, &asked, problem.as_deref(), context.now()).await?;
    Ok(())
}

/// Why nothing came, for a CSR.
fn why(error: &SourceError) -> String {
    match error {
        SourceError::X(Error::RateLimited { until, .. }) => {
            format!("X gives no more posts until {} UTC", until.format("%H:%M"))
        }
        SourceError::X(Error::AuthLost { .. }) => "X access was withdrawn".to_owned(),
        SourceError::X(Error::Refused { refusal, .. }) => format!("X refused: {refusal}"),
        SourceError::X(_) => "X did not answer".to_owned(),
        SourceError::Take(TakeError::Paused(_)) => "new posts are not taken just now".to_owned(),
        SourceError::Take(_) | SourceError::Pg(_) | SourceError::Id => {
            "it could not be passed on".to_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_csr_is_told_why_in_words() {
        let paused = SourceError::Take(TakeError::Paused("linker 19 h behind".to_owned()));
        assert_eq!(why(&paused), "new posts are not taken just now");
        assert_eq!(why(&SourceError::Id), "it could not be passed on");
    }
}
