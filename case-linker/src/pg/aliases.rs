//! Later versions of an edited post lead to its item.

use schemas::Kind;
use schemas::records::Item;
use sqlx::PgConnection;
use uuid::Uuid;

/// Holds these X ids until the transaction ends, whoever's they are: a deletion that names no
/// author and the edit history that it belongs to may come to two processes at once.
pub async fn lock(
    connection: &mut PgConnection,
    wanted: &[(String, Kind, String)],
) -> Result<(), sqlx::Error> {
    if wanted.is_empty() {
        return Ok(());
    }
    let names: Vec<String> = wanted
        .iter()
        .map(|(org, kind, x_id)| format!("{org}/{kind}/{x_id}"))
        .collect();
    sqlx::query!(
        "SELECT pg_advisory_xact_lock(h) FROM (
             SELECT DISTINCT hashtextextended(name, 0) AS h FROM UNNEST($1::text[]) AS w (name)
              ORDER BY h) AS locks",
        &names
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// The later versions that these items know of.
pub fn of(items: &[Item]) -> Vec<(String, Kind, String, Uuid)> {
    let later = |item: &'_ Item| {
        let later = item.version_ids.iter().filter(|v| **v != item.x_id);
        let of = |v: &String| (item.org.clone(), item.kind, v.clone(), item.item_id);
        later.map(of).collect::<Vec<_>>()
    };
    items.iter().flat_map(later).collect()
}

/// Remembers that an X id is a version of an item.
pub async fn remember(
    connection: &mut PgConnection,
    versions: &[(String, Kind, String, Uuid)],
) -> Result<(), sqlx::Error> {
    if versions.is_empty() {
        return Ok(());
    }
    let orgs: Vec<String> = versions.iter().map(|v| v.0.clone()).collect();
    let kinds: Vec<&str> = versions.iter().map(|v| v.1.as_str()).collect();
    let x_ids: Vec<String> = versions.iter().map(|v| v.2.clone()).collect();
    let ids: Vec<Uuid> = versions.iter().map(|v| v.3).collect();
    sqlx::query!(
        "INSERT INTO item_aliases (org, kind, x_id, item_id)
         SELECT org, kind, x_id, item_id
           FROM UNNEST($1::text[], $2::text[], $3::text[], $4::uuid[]) AS v (org, kind, x_id, item_id)
          ORDER BY org, kind, x_id
         ON CONFLICT DO NOTHING",
        &orgs,
        &kinds as &[&str],
        &x_ids,
        &ids
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// The items that these X ids are later versions of.
pub async fn resolve(
    connection: &mut PgConnection,
    wanted: &[(String, Kind, String)],
) -> Result<Vec<(String, String, Uuid)>, sqlx::Error> {
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let orgs: Vec<String> = wanted.iter().map(|v| v.0.clone()).collect();
    let kinds: Vec<&str> = wanted.iter().map(|v| v.1.as_str()).collect();
    let x_ids: Vec<String> = wanted.iter().map(|v| v.2.clone()).collect();
    let rows = sqlx::query!(
        r#"SELECT a.org AS "org!", a.x_id AS "x_id!", a.item_id AS "item_id!"
             FROM UNNEST($1::text[], $2::text[], $3::text[]) AS w (org, kind, x_id)
            CROSS JOIN LATERAL (
                  SELECT a.* FROM item_aliases a
                   WHERE a.org = w.org AND a.kind = w.kind AND a.x_id = w.x_id OFFSET 0) AS a"#,
        &orgs,
        &kinds as &[&str],
        &x_ids
    )
    .fetch_all(connection)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.org, row.x_id, row.item_id))
        .collect())
}
