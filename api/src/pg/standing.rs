//! How far the sources are: feeds that are polled, gaps that are open, ways that are commanded.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

/// A feed of an account, and when it was last read to its end.
pub struct FeedOf {
    pub account: String,
    pub feed: String,
    pub polled_at: Option<DateTime<Utc>>,
}

/// Feeds that are polled for an account's sake; conversations come and go.
pub async fn feeds(connection: &mut PgConnection, org: &str) -> Result<Vec<FeedOf>, sqlx::Error> {
    sqlx::query_as!(
        FeedOf,
        "SELECT account, feed, polled_at FROM poll_cursors
          WHERE org = $1 AND feed NOT LIKE 'conversation:%' ORDER BY account, feed",
        org
    )
    .fetch_all(connection)
    .await
}

/// What of a way is not recovered.
pub struct GapsOf {
    pub account: String,
    pub way: String,
    pub gaps: i64,
    pub seconds: i64,
    pub since: DateTime<Utc>,
}

/// Gaps that are not recovered, by account and way.
pub async fn open_gaps(
    connection: &mut PgConnection,
    org: &str,
    now: DateTime<Utc>,
) -> Result<Vec<GapsOf>, sqlx::Error> {
    sqlx::query_as!(
        GapsOf,
        r#"SELECT account, way, count(*) AS "gaps!", min(from_at) AS "since!",
                  sum(extract(epoch FROM greatest(coalesce(to_at, $2) - from_at, interval '0')))::int8
                      AS "seconds!"
             FROM gaps WHERE org = $1 AND recovered_at IS NULL
            GROUP BY account, way ORDER BY account, way"#,
        org,
        now
    )
    .fetch_all(connection)
    .await
}

/// The newest start or stop of a way of an account.
pub struct InForce {
    pub account: String,
    pub way: String,
    pub start: bool,
}

/// The commands in force.
pub async fn in_force(
    connection: &mut PgConnection,
    org: &str,
) -> Result<Vec<InForce>, sqlx::Error> {
    sqlx::query_as!(
        InForce,
        r#"SELECT DISTINCT ON (account, way) account, way, action = 'start' AS "start!"
             FROM channel_commands WHERE org = $1 AND action <> 'fill-gap'
            ORDER BY account, way, at DESC, command_id DESC"#,
        org
    )
    .fetch_all(connection)
    .await
}
