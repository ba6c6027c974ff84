//! `earshot codes import`: reason and resolution codes from a CSV file with the columns kind, code,
//! label and, if wanted, active. The list is short: all of it is taken, or nothing.

use std::io::Read;

use runtime::clock::Clock;
use runtime::stage::StageError;
use serde::Deserialize;
use sqlx::PgPool;

use crate::import::Import;
use crate::pg::audit;
use crate::pg::codes::{self, Code};
use crate::routes::codes::{CODE_CHARS_MAX, CodeKind, LABEL_CHARS_MAX};

/// Why nothing was taken.
#[derive(Debug, thiserror::Error)]
pub enum CodesError {
    #[error("expected the columns kind, code, label and perhaps active")]
    Columns,
    #[error("{0}")]
    Line(#[from] csv::Error),
    #[error("line {line}: {column}: expected 1 to {most} characters")]
    Length {
        line: u64,
        column: &'static str,
        most: usize,
    },
    #[error("database")]
    Database(#[from] StageError),
}

impl From<sqlx::Error> for CodesError {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error.into())
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    kind: CodeKind,
    code: String,
    label: String,
    active: Option<bool>,
}

/// Imports codes; how many are new and how many were there. Nothing is taken away: a code that is
/// not to be given any more says `active` false.
pub async fn import(
    pool: &PgPool,
    clock: &Clock,
    import: Import<'_>,
    file: impl Read,
) -> Result<(usize, usize), CodesError> {
    let all = read(file)?;
    let mut transaction = runtime::pg::begin(pool, &[import.org]).await?;
    let mut known = 0;
    for code in &all {
        if codes::update(&mut transaction, import.org, code).await? {
            known += 1;
        } else {
            codes::insert(&mut transaction, import.org, code).await?;
        }
    }
    if !import.dry_run {
        let who = (import.org, import.by);
        let detail = serde_json::json!({ "lines": all.len() });
        let what = ("codes.import", "");
        audit::write(&mut transaction, who, what, &detail, clock.now()).await?;
        transaction.commit().await?;
    }
    Ok((all.len() - known, known))
}

fn read(file: impl Read) -> Result<Vec<Code>, CodesError> {
    let mut reader = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .from_reader(file);
    let head = reader.headers()?;
    if !["kind", "code", "label"]
        .iter()
        .all(|name| head.iter().any(|column| column == *name))
    {
        return Err(CodesError::Columns);
    }
    let mut all = Vec::new();
    let mut lines = reader.deserialize::<Line>();
    loop {
        let line = lines.reader().position().line();
        let Some(found) = lines.next() else { break };
        let Line {
            kind,
            code,
            label,
            active,
        } = found?;
        for (column, text, most) in [
            ("code", &code, CODE_CHARS_MAX),
            ("label", &label, LABEL_CHARS_MAX),
        ] {
            if text.is_empty() || text.chars().count() > most {
                return Err(CodesError::Length { line, column, most });
            }
        }
        all.push(Code {
            kind: kind.as_str().to_owned(),
            code,
            label,
            active: active.unwrap_or(true),
        });
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_read_and_a_mistake_is_named() {
        let all = read("kind,code,label,active\nreason, late ,Arrived late,\nresolution,sent,Sent again,false\n".as_bytes());
        let all = all.unwrap();
        assert_eq!(
            (all[0].kind.as_str(), all[0].code.as_str(), all[0].active),
            ("reason", "late", true)
        );
        assert!(!all[1].active);
        for (text, wanted) in [
            (
                "kind,code\nreason,late\n",
                "expected the columns kind, code, label and perhaps active",
            ),
            (
                "kind,code,label\nreason,late,\n",
                "line 2: label: expected 1 to 200 characters",
            ),
            ("kind,code,label\nreason,late,Late\nmood,x,X\n", "line: 3"),
            ("kind,code,label\nreason,late\n", "line: 2"),
            ("kind,code,label,colour\nreason,late,Late,red\n", "colour"),
        ] {
            let error = read(text.as_bytes()).unwrap_err().to_string();
            assert!(error.contains(wanted), "{error} for {text:?}");
        }
    }
}
