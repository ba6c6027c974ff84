//! Person rows: locked in id order before any link is read or written.

use sqlx::PgConnection;

use crate::people::Person;

/// Makes the rows that are missing and locks all, in order of organisation and X id. Everything
/// that a link depends on must be read after this, in another statement.
pub async fn lock(
    connection: &mut PgConnection,
    wanted: &[(String, String)],
) -> Result<Vec<Person>, sqlx::Error> {
    let mut wanted = wanted.to_vec();
    wanted.sort_unstable();
    wanted.dedup();
    let (orgs, ids): (Vec<String>, Vec<String>) = wanted.into_iter().unzip();
    sqlx::query!(
        "INSERT INTO persons (org, x_id)
         SELECT org, x_id FROM UNNEST($1::text[], $2::text[]) AS w (org, x_id)
          ORDER BY org, x_id
         ON CONFLICT DO NOTHING",
        &orgs,
        &ids
    )
    .execute(&mut *connection)
    .await?;
    if runtime::chaos::broken("person-lock") {
        return read(connection, &orgs, &ids).await;
    }
    sqlx::query_scalar!(
        r#"SELECT p.person AS "person!: Person"
             FROM UNNEST($1::text[], $2::text[]) AS w (org, x_id)
            CROSS JOIN LATERAL (
                  SELECT ROW(p.*)::person_row AS person FROM persons p
                   WHERE p.org = w.org AND p.x_id = w.x_id FOR UPDATE OF p) AS p"#,
        &orgs,
        &ids
    )
    .fetch_all(connection)
    .await
}

async fn read(
    connection: &mut PgConnection,
    orgs: &[String],
    ids: &[String],
) -> Result<Vec<Person>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"SELECT ROW(p.*)::person_row AS "person!: Person"
             FROM persons p JOIN UNNEST($1::text[], $2::text[]) AS w (org, x_id)
               ON p.org = w.org AND p.x_id = w.x_id"#,
        orgs,
        ids
    )
    .fetch_all(connection)
    .await
}

/// Writes what was observed of locked persons.
pub async fn save(connection: &mut PgConnection, people: &[Person]) -> Result<(), sqlx::Error> {
    if people.is_empty() {
        return Ok(());
    }
    sqlx::query!(
        r#"UPDATE persons p SET
               handle = r.handle, name = r.name, avatar_url = r.avatar_url,
               description = r.description, location = r.location, followers = r.followers,
               following = r.following, tweets = r.tweets, verified = r.verified,
               verified_type = r.verified_type, protected = r.protected,
               joined_at = r.joined_at, former_handles = r.former_handles,
               handle_at = r.handle_at, name_at = r.name_at, avatar_at = r.avatar_at,
               bio_at = r.bio_at, counts_at = r.counts_at, location_at = r.location_at,
               verified_at = r.verified_at, verified_type_at = r.verified_type_at,
               protected_at = r.protected_at
             FROM UNNEST($1::person_row[]) AS r
            WHERE p.org = r.org AND p.x_id = r.x_id"#,
        people as &[Person]
    )
    .execute(connection)
    .await?;
    Ok(())
}
