//! Looking for what a call may have done, in our own rows and at X.

use runtime::{StageError, chaos};
use x_client::Client;

use crate::attempt;
use crate::decide::{Found, Next, Outcome, after_look, outcome, shown};
use crate::intent::Act;
use crate::look::{Candidate, Wanted, find, hash_of_item, since, until};
use crate::pg::rows::Reply;
use crate::pg::{echo, queue};
use crate::sender::Sender;

impl Sender {
    pub(crate) async fn look_again(&self, reply: Reply) -> Result<(), StageError> {
        let mut scope = self.scope().await?;
        let act = self.act(&mut scope, &reply).await?;
        scope.commit().await?;
        let now = self.now();
        let began = reply.doubtful_since.or(reply.started_at).unwrap_or(now);
        let tried = reply.started_at.unwrap_or(began);
        let known = (tried, u32::try_from(reply.looks).unwrap_or_default());
        // Once a person is asked, X's own lists are not read any more: the echo may still come.
        let ask_x = !shown(tried, now);
        let client = self.0.clients.of(&reply.org, &reply.account);
        let found = match (act, client) {
            (Some(act), Some(client)) => match self.look(&client, &reply, &act, ask_x).await {
                Ok(found) => found,
                Err(Look::Store(error)) => return Err(error),
                Err(Look::X(_)) => Found::Nothing,
            },
            _ => Found::Nothing,
        };
        chaos::point("respond-after-look");
        match after_look(found, known, now) {
            Next::Unknown(at) => {
                let mut scope = self.scope().await?;
                queue::looked(&mut scope, &reply, at).await?;
                Ok(scope.commit().await?)
            }
            next => self.end(&reply, next, false).await,
        }
    }

    // Our own rows first: they cost nothing.
    pub(crate) async fn look(
        &self,
        client: &Client,
        reply: &Reply,
        act: &Act,
        ask_x: bool,
    ) -> Result<Found, Look> {
        let began = reply.doubtful_since.or(reply.started_at);
        let (Some(began), Some(hash)) = (began, &reply.text_hash) else {
            return Ok(Found::Nothing);
        };
        let last = reply.started_at.unwrap_or(began);
        let mut scope = self.scope().await?;
        let versions = echo::versions(&mut scope, reply).await?;
        let targets = matches!(act, Act::Public(_)).then_some(versions.as_slice());
        let echoes = echo::outbound(&mut scope, reply, &versions, since(began)).await?;
        scope.commit().await.map_err(StageError::from)?;
        let echoes = echoes.into_iter().map(|echo| Candidate {
            hash: hash_of_item(&echo.text, &echo.entities),
            target: echo.target,
            at: echo.posted_at,
            x_id: echo.x_id,
        });
        let mut all: Vec<Candidate> = echoes.collect();
        for x in [false, true] {
            if x {
                if !ask_x {
                    break;
                }
                let span = (since(began), until(last, self.now()));
                let seen = attempt::look(client, reply, act, span).await;
                all = seen.map_err(|error| Look::X(outcome(&error)))?;
            }
            let ids: Vec<String> = all.iter().map(|one| one.x_id.clone()).collect();
            let mut scope = self.scope().await?;
            let taken = echo::taken(&mut scope, reply, &ids).await?;
            scope.commit().await.map_err(StageError::from)?;
            let wanted = Wanted {
                targets,
                hash,
                began,
                last,
                taken: &taken,
            };
            if let Some(found) = find(wanted, &all) {
                return Ok(Found::Posted(found.x_id.clone()));
            }
        }
        Ok(Found::Nothing)
    }
}

/// Why a look did not happen.
pub(crate) enum Look {
    Store(StageError),
    X(Outcome),
}

impl From<StageError> for Look {
    fn from(error: StageError) -> Self {
        Self::Store(error)
    }
}

impl From<sqlx::Error> for Look {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error.into())
    }
}
