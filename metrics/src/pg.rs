//! The counts, over the rows behind the lists.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use crate::Day;
use crate::tiles::{Active, DoneToday, Scope, Tiles, XToday};
use crate::volume::Quarter;

/// All three tiles, read in one transaction of the caller.
pub async fn tiles(
    connection: &mut PgConnection,
    scope: Scope<'_>,
    day: Day,
    as_of: DateTime<Utc>,
) -> Result<Tiles, sqlx::Error> {
    Ok(Tiles {
        day,
        as_of,
        active: active(connection, scope).await?,
        done_today: done_on(connection, scope.org, day).await?,
        x_today: x_on(connection, scope, day).await?,
    })
}

/// Items that a person closed on a local day and that are still closed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DoneLine {
    /// Place of the day among those asked for.
    pub day: usize,
    /// Who closed them, as it stands in rows; none where that was not asked for.
    pub by: Option<String>,
    /// The same by name.
    pub name: Option<String>,
    pub split: crate::tiles::Split,
}

/// What was done on each of these days, by whom if that is asked for.
pub async fn done_lines(
    connection: &mut PgConnection,
    org: &str,
    days: &[Day],
    by_user: bool,
) -> Result<Vec<DoneLine>, sqlx::Error> {
    let starts: Vec<DateTime<Utc>> = days.iter().map(|day| day.start).collect();
    let ends: Vec<DateTime<Utc>> = days.iter().map(|day| day.end).collect();
    let rows = sqlx::query!(
        r#"SELECT n AS "day!", by, actor_name($1, by) AS name, kind AS "kind!", count AS "count!"
             FROM (SELECT d.n, CASE WHEN $4 THEN i.closed_by END AS by, i.kind, count(*) AS count
                     FROM UNNEST($2::timestamptz[], $3::timestamptz[]) WITH ORDINALITY AS d (begins, ends, n)
                     JOIN items i ON i.org = $1 AND i.closed_at >= d.begins AND i.closed_at < d.ends
                                 AND i.closed_rule IS NULL AND i.direction = 'inbound'
                    GROUP BY 1, 2, 3) counted
            ORDER BY n, by, kind"#,
        org,
        &starts,
        &ends,
        by_user
    )
    .fetch_all(connection)
    .await?;
    let mut lines: Vec<DoneLine> = Vec::new();
    for row in rows {
        let day = usize::try_from(row.day - 1).unwrap_or_default();
        if !lines
            .last()
            .is_some_and(|last| last.day == day && last.by == row.by)
        {
            lines.push(DoneLine {
                day,
                by: row.by,
                name: row.name,
                split: crate::tiles::Split::default(),
            });
        }
        if let Some(line) = lines.last_mut() {
            line.split.add(&row.kind, row.count);
        }
    }
    Ok(lines)
}

/// Active, now.
pub async fn active(
    connection: &mut PgConnection,
    scope: Scope<'_>,
) -> Result<Active, sqlx::Error> {
    let rows = sqlx::query!(
        r#"SELECT kind, case_id IS NOT NULL AS "draft!", post_type IS NOT DISTINCT FROM 'repost' AS "repost!",
                  count(*) AS "n!"
             FROM items
            WHERE org = $1 AND direction = 'inbound' AND closed_at IS NULL AND deleted_at IS NULL
            GROUP BY 1, 2, 3"#,
        scope.org
    )
    .fetch_all(&mut *connection)
    .await?;
    let mut active = Active::default();
    for row in rows {
        if row.repost && !scope.reposts_active {
            active.reposts += row.n;
        } else if row.draft {
            active.draft.add(&row.kind, row.n);
        } else {
            active.open.add(&row.kind, row.n);
        }
    }
    active.deleted = sqlx::query_scalar!(
        r#"SELECT count(*) AS "n!" FROM items
            WHERE org = $1 AND direction = 'inbound' AND closed_at IS NULL AND deleted_at IS NOT NULL"#,
        scope.org
    )
    .fetch_one(connection)
    .await?;
    Ok(active)
}

/// Done on a local day.
pub async fn done_on(
    connection: &mut PgConnection,
    org: &str,
    day: Day,
) -> Result<DoneToday, sqlx::Error> {
    let rows = sqlx::query!(
        r#"SELECT kind, closed_rule IS NOT NULL AS "by_rule!", count(*) AS "n!"
             FROM items
            WHERE org = $1 AND direction = 'inbound' AND closed_at >= $2 AND closed_at < $3
            GROUP BY 1, 2"#,
        org,
        day.start,
        day.end
    )
    .fetch_all(connection)
    .await?;
    let mut done = DoneToday::default();
    for row in rows {
        if row.by_rule {
            done.by_rule += row.n;
        } else {
            done.split.add(&row.kind, row.n);
        }
    }
    Ok(done)
}

/// Inbound items of a local day, by X's time.
pub async fn x_on(
    connection: &mut PgConnection,
    scope: Scope<'_>,
    day: Day,
) -> Result<XToday, sqlx::Error> {
    if !scope.has_account {
        return Ok(XToday {
            no_account: true,
            ..XToday::default()
        });
    }
    let rows = sqlx::query!(
        r#"SELECT kind, post_type, count(*) AS "n!"
             FROM items
            WHERE org = $1 AND direction = 'inbound' AND posted_at >= $2 AND posted_at < $3
            GROUP BY 1, 2"#,
        scope.org,
        day.start,
        day.end
    )
    .fetch_all(connection)
    .await?;
    let mut x = XToday::default();
    for row in rows {
        x.add(&row.kind, row.post_type.as_deref(), row.n);
    }
    Ok(x)
}

/// Quarter hours of a range with what came in each, by X's time.
pub async fn quarters(
    connection: &mut PgConnection,
    org: &str,
    from: DateTime<Utc>,
    to: DateTime<Utc>,
) -> Result<Vec<Quarter>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"SELECT date_bin('15 minutes', posted_at, 'epoch'::timestamptz) AS "start!", kind, post_type, count(*) AS "n!"
             FROM items
            WHERE org = $1 AND direction = 'inbound' AND posted_at >= $2 AND posted_at < $3
            GROUP BY 1, 2, 3 ORDER BY 1"#,
        org,
        from,
        to
    )
    .fetch_all(connection)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Quarter {
            start: row.start,
            kind: row.kind,
            post_type: row.post_type,
            count: row.n,
        })
        .collect())
}
