//! What is said of rows of the list beside their items: whose they are, labels, later, hidden, drafts.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

/// What is said of a row.
pub struct State {
    pub key: String,
    pub assignee: Option<Uuid>,
    pub assignee_name: Option<String>,
    pub snoozed_at: Option<DateTime<Utc>>,
    pub snoozed_until: Option<DateTime<Utc>>,
    pub hidden_by: Option<String>,
    pub labels: Vec<Uuid>,
    /// Names of who has a draft.
    pub draft_by: Vec<String>,
}

/// What is said of these rows.
pub async fn states(
    connection: &mut PgConnection,
    org: &str,
    keys: &[String],
) -> Result<Vec<State>, sqlx::Error> {
    sqlx::query_as!(
        State,
        r#"SELECT w.key AS "key!", s.assignee AS "assignee?", u.name AS "assignee_name?",
                  s.snoozed_at AS "snoozed_at?", s.snoozed_until AS "snoozed_until?",
                  actor_name(s.org, s.hidden_by) AS hidden_by,
                  ARRAY (SELECT l.label_id FROM thread_labels l JOIN labels n USING (label_id, org)
                          WHERE l.thread_key = w.key AND l.org = $1 ORDER BY n.name, n.label_id) AS "labels!",
                  ARRAY (SELECT d.name FROM drafts JOIN users d USING (user_id, org)
                          WHERE drafts.thread_key = w.key AND drafts.org = $1
                          GROUP BY d.user_id, d.org, d.name ORDER BY d.name, d.user_id) AS "draft_by!"
             FROM UNNEST($2::text[]) AS w (key)
             LEFT JOIN thread_states s ON s.thread_key = w.key COLLATE "C" AND s.org = $1
             LEFT JOIN users u ON u.user_id = s.assignee AND u.org = s.org"#,
        org,
        keys
    )
    .fetch_all(connection)
    .await
}

/// Gives a row to a user, or to nobody.
pub async fn assign(
    connection: &mut PgConnection,
    (org, by): (&str, &str),
    key: &str,
    user: Option<Uuid>,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "INSERT INTO thread_states (org, thread_key, assignee, assigned_at, changed_by, changed_at)
         VALUES ($1, $2, $3, $4, $5, $4)
         ON CONFLICT (thread_key, org) DO UPDATE SET assignee = EXCLUDED.assignee,
             assigned_at = EXCLUDED.assigned_at, changed_by = EXCLUDED.changed_by, changed_at = EXCLUDED.changed_at",
        org,
        key,
        user,
        now,
        by
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Takes every row from a user.
pub async fn unassign(
    connection: &mut PgConnection,
    (org, by): (&str, &str),
    user: Uuid,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "UPDATE thread_states SET assignee = NULL, assigned_at = $4, changed_by = $3, changed_at = $4
          WHERE org = $1 AND assignee = $2",
        org,
        user,
        by,
        now
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Snoozes a row, or wakes it.
pub async fn snooze(
    connection: &mut PgConnection,
    (org, by): (&str, &str),
    key: &str,
    until: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    let at = until.map(|_| now);
    sqlx::query!(
        "INSERT INTO thread_states (org, thread_key, snoozed_at, snoozed_until, changed_by, changed_at)
         VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (thread_key, org) DO UPDATE SET snoozed_at = EXCLUDED.snoozed_at,
             snoozed_until = EXCLUDED.snoozed_until, changed_by = EXCLUDED.changed_by,
             changed_at = EXCLUDED.changed_at",
        org,
        key,
        at,
        until,
        by,
        now
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Hides a row, or shows it again.
pub async fn hide(
    connection: &mut PgConnection,
    (org, by): (&str, &str),
    key: &str,
    hidden: bool,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    let hidden_by = hidden.then_some(by);
    sqlx::query!(
        "INSERT INTO thread_states (org, thread_key, hidden_by, changed_by, changed_at)
         VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (thread_key, org) DO UPDATE SET hidden_by = EXCLUDED.hidden_by,
             changed_by = EXCLUDED.changed_by, changed_at = EXCLUDED.changed_at",
        org,
        key,
        hidden_by,
        by,
        now
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Puts labels on a row; with `only`, takes the others off.
pub async fn label(
    connection: &mut PgConnection,
    org: &str,
    key: &str,
    (labels, only): (&[Uuid], bool),
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "DELETE FROM thread_labels WHERE $4 AND org = $1 AND thread_key = $2 AND label_id <> ALL ($3)",
        org,
        key,
        labels,
        only
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query!(
        "INSERT INTO thread_labels (org, thread_key, label_id)
         SELECT $1, $2, label_id FROM UNNEST($3::uuid[]) AS l (label_id) ON CONFLICT DO NOTHING",
        org,
        key,
        labels
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Active items of each view.
pub struct Counts {
    pub all: i64,
    pub mine: i64,
    pub unassigned: i64,
    pub follow_up: i64,
    pub case_closed: i64,
    pub snoozed: i64,
    pub hidden: i64,
    pub not_sent: i64,
}

/// Counts the items of the rows that each view lists. What was not sent is asked once, not for each row.
pub async fn counts(
    connection: &mut PgConnection,
    (org, user): (&str, Option<Uuid>),
    reposts_active: bool,
    now: DateTime<Utc>,
) -> Result<Counts, sqlx::Error> {
    sqlx::query_as!(
        Counts,
        r#"SELECT coalesce(sum(n), 0)::bigint AS "all!",
                  coalesce(sum(n) FILTER (WHERE s.assignee = $2), 0)::bigint AS "mine!",
                  coalesce(sum(n) FILTER (WHERE s.assignee IS NULL), 0)::bigint AS "unassigned!",
                  coalesce(sum(n) FILTER (WHERE follow_up), 0)::bigint AS "follow_up!",
                  coalesce(sum(n) FILTER (WHERE case_closed), 0)::bigint AS "case_closed!",
                  coalesce(sum(n) FILTER (WHERE s.snoozed_until > $4 AND received_at <= s.snoozed_at), 0)::bigint AS "snoozed!",
                  coalesce(sum(n) FILTER (WHERE s.hidden_by IS NOT NULL), 0)::bigint AS "hidden!",
                  coalesce(sum(n) FILTER (WHERE f.id = ANY ((SELECT not_sent($1))::text[])), 0)::bigint AS "not_sent!"
             FROM (SELECT row_key(i.kind, i.person_id, i.thread_id, i.repost_of_x_id) AS id,
                          count(*) AS n, max(i.received_at) AS received_at,
                          bool_or(c.status = 'open') AS follow_up, bool_or(c.status = 'closed') AS case_closed
                     FROM items i LEFT JOIN cases c ON c.org = i.org AND c.case_id = i.case_id
                    WHERE i.org = $1 AND i.direction = 'inbound' AND i.closed_at IS NULL AND i.deleted_at IS NULL
                      AND ($3 OR i.post_type IS DISTINCT FROM 'repost')
                    GROUP BY 1) f
             LEFT JOIN thread_states s ON s.thread_key = f.id AND s.org = $1"#,
        org,
        user,
        reposts_active,
        now
    )
    .fetch_one(connection)
    .await
}
