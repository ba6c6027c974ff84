//! What the link function looks at: mappings and cases, read after the persons are locked.

use std::collections::HashMap;

use sqlx::PgConnection;
use uuid::Uuid;

use crate::link::Case;

/// Customer of each person that has one.
pub async fn customers(
    connection: &mut PgConnection,
    persons: &[(String, String)],
) -> Result<HashMap<(String, String), Uuid>, sqlx::Error> {
    let (orgs, ids): (Vec<String>, Vec<String>) = persons.iter().cloned().unzip();
    let rows = sqlx::query!(
        r#"SELECT a.org AS "org!", a.x_id AS "x_id!", a.customer_id AS "customer_id!"
             FROM UNNEST($1::text[], $2::text[]) AS w (org, x_id)
            CROSS JOIN LATERAL (
                  SELECT a.org, a.x_id, a.customer_id FROM social_accounts a
                   WHERE a.org = w.org AND a.x_id = w.x_id AND a.customer_id IS NOT NULL
                  OFFSET 0) AS a"#,
        &orgs,
        &ids
    )
    .fetch_all(connection)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| ((row.org, row.x_id), row.customer_id))
        .collect())
}

/// Open cases of these persons and customers, and the cases named.
pub async fn cases(
    connection: &mut PgConnection,
    persons: &[(String, String)],
    customers: &[(String, Uuid)],
    named: &[(String, Uuid)],
) -> Result<Vec<(String, Case)>, sqlx::Error> {
    let (person_orgs, persons): (Vec<String>, Vec<String>) = persons.iter().cloned().unzip();
    let (customer_orgs, customers): (Vec<String>, Vec<Uuid>) = customers.iter().cloned().unzip();
    let (named_orgs, named): (Vec<String>, Vec<Uuid>) = named.iter().cloned().unzip();
    let rows = sqlx::query!(
        r#"SELECT c.org AS "org!", c.case_id AS "case_id!", c.status AS "status!", c.person_id,
                  c.customer_id, c.opened_at AS "opened_at!"
             FROM UNNEST($1::text[], $2::text[]) AS w (org, id)
            CROSS JOIN LATERAL (
                  SELECT c.* FROM cases c WHERE c.org = w.org AND c.person_id = w.id AND c.status = 'open'
                  OFFSET 0) AS c
           UNION
           SELECT c.org, c.case_id, c.status, c.person_id, c.customer_id, c.opened_at
             FROM UNNEST($3::text[], $4::uuid[]) AS w (org, id)
            CROSS JOIN LATERAL (
                  SELECT c.* FROM cases c WHERE c.org = w.org AND c.customer_id = w.id AND c.status = 'open'
                  OFFSET 0) AS c
           UNION
           SELECT c.org, c.case_id, c.status, c.person_id, c.customer_id, c.opened_at
             FROM UNNEST($5::text[], $6::uuid[]) AS w (org, id)
            CROSS JOIN LATERAL (
                  SELECT c.* FROM cases c WHERE c.org = w.org AND c.case_id = w.id
                  OFFSET 0) AS c"#,
        &person_orgs,
        &persons,
        &customer_orgs,
        &customers,
        &named_orgs,
        &named
    )
    .fetch_all(connection)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let case = Case {
                case_id: row.case_id,
                open: row.status == "open",
                person_id: row.person_id,
                customer_id: row.customer_id,
                opened_at: row.opened_at,
            };
            (row.org, case)
        })
        .collect())
}

/// Cases that items of these threads have.
pub async fn in_threads(
    connection: &mut PgConnection,
    threads: &[(String, String)],
) -> Result<Vec<(String, String, Uuid)>, sqlx::Error> {
    if threads.is_empty() {
        return Ok(Vec::new());
    }
    let (orgs, threads): (Vec<String>, Vec<String>) = threads.iter().cloned().unzip();
    let rows = sqlx::query!(
        r#"SELECT DISTINCT i.org AS "org!", i.thread_id AS "thread_id!", i.case_id AS "case_id!"
             FROM UNNEST($1::text[], $2::text[]) AS w (org, thread_id)
            CROSS JOIN LATERAL (
                  SELECT i.org, i.thread_id, i.case_id FROM items i
                   WHERE i.org = w.org AND i.thread_id = w.thread_id AND i.case_id IS NOT NULL
                  OFFSET 0) AS i"#,
        &orgs,
        &threads
    )
    .fetch_all(connection)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.org, row.thread_id, row.case_id))
        .collect())
}

/// Every person attached to a customer of one of these persons: the closure that a desk command
/// locks.
pub async fn closure(
    connection: &mut PgConnection,
    org: &str,
    persons: &[String],
    customers: &[Uuid],
) -> Result<(Vec<String>, Vec<Uuid>), sqlx::Error> {
    let rows = sqlx::query!(
        r#"SELECT b.x_id, b.customer_id AS "customer_id!" FROM social_accounts b
            WHERE b.org = $1 AND b.customer_id IN (
                  SELECT a.customer_id FROM social_accounts a
                   WHERE a.org = $1 AND a.x_id = ANY ($2) AND a.customer_id IS NOT NULL
                  UNION SELECT UNNEST($3::uuid[]))"#,
        org,
        persons,
        customers
    )
    .fetch_all(connection)
    .await?;
    let mut people: Vec<String> = persons.to_vec();
    let mut found: Vec<Uuid> = customers.to_vec();
    for row in rows {
        people.push(row.x_id);
        found.push(row.customer_id);
    }
    people.sort_unstable();
    people.dedup();
    found.sort_unstable();
    found.dedup();
    Ok((people, found))
}

/// Locks customers in id order; persons must be locked before.
pub async fn lock_customers(
    connection: &mut PgConnection,
    org: &str,
    customers: &[Uuid],
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "SELECT customer_id FROM customers WHERE org = $1 AND customer_id = ANY ($2)
          ORDER BY customer_id FOR UPDATE",
        org,
        customers
    )
    .fetch_all(connection)
    .await?;
    Ok(())
}
