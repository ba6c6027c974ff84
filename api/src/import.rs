//! `earshot customers import`: customers from a CSV file with the columns name, email, phone,
//! external_id in any order. Read as it comes, written in steps; a bad line is named and passed.

use std::io::Read;

use chrono::{DateTime, Utc};
use runtime::clock::Clock;
use runtime::stage::StageError;
use sqlx::PgPool;

use crate::pg::audit;
use crate::pg::customers::{self, Fields};
use crate::routes::customer_work::check;

/// Lines of one transaction.
const STEP: usize = 500;
/// Errors told; further ones are only counted.
const ERRORS_MAX: usize = 1_000;
const COLUMNS: [&str; 4] = ["name", "email", "phone", "external_id"];

/// What an import did, or would do.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// With `dry_run`: lines that would be taken.
    pub created: u64,
    /// Known by external id.
    pub updated: u64,
    pub failed: u64,
    pub errors: Vec<LineError>,
}

/// Why a line was not taken.
#[derive(Debug, PartialEq, Eq)]
pub struct LineError {
    pub line: u64,
    pub what: String,
}

/// Why nothing more could be read or written. What earlier steps took stays.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    #[error("the file is not CSV")]
    Csv(#[from] csv::Error),
    #[error("unknown column {0:?}; expected name, email, phone, external_id")]
    Column(String),
    #[error("the column name is missing")]
    NoName,
    #[error("database")]
    Database(#[from] StageError),
}

impl From<sqlx::Error> for ImportError {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error.into())
    }
}

/// For whom, by whom.
#[derive(Debug, Clone, Copy)]
pub struct Import<'a> {
    pub org: &'a str,
    pub by: &'a str,
    /// Checks every line and writes none.
    pub dry_run: bool,
}

struct Line {
    number: u64,
    cells: [Option<String>; 4],
}

impl Line {
    fn fields(&self) -> Fields<'_> {
        let [name, email, phone, external_id] = &self.cells;
        Fields {
            name: name.as_deref().unwrap_or_default(),
            email: email.as_deref(),
            phone: phone.as_deref(),
            external_id: external_id.as_deref(),
        }
    }
}

/// Imports customers.
pub async fn customers(
    pool: &PgPool,
    clock: &Clock,
    import: Import<'_>,
    file: impl Read,
) -> Result<Report, ImportError> {
    let mut reader = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .from_reader(file);
    let columns = columns(reader.headers()?)?;
    let mut report = Report::default();
    let mut step = Vec::with_capacity(STEP);
    for record in reader.records() {
        match record {
            Ok(record) => take(&record, &columns, &mut step, &mut report),
            Err(error) if error.is_io_error() => return Err(error.into()),
            Err(error) => {
                let line = error.position().map_or(0, csv::Position::line);
                fail(&mut report, line, "not a line of this table".to_owned());
            }
        }
        if step.len() == STEP {
            write(pool, clock.now(), import, &mut step, &mut report).await?;
        }
    }
    write(pool, clock.now(), import, &mut step, &mut report).await?;
    Ok(report)
}

fn columns(head: &csv::StringRecord) -> Result<Vec<usize>, ImportError> {
    let of = |name: &str| {
        COLUMNS
            .iter()
            .position(|column| column.eq_ignore_ascii_case(name))
    };
    let columns = head
        .iter()
        .map(|name| of(name).ok_or_else(|| ImportError::Column(name.to_owned())))
        .collect::<Result<Vec<_>, _>>()?;
    if columns.contains(&0) {
        Ok(columns)
    } else {
        Err(ImportError::NoName)
    }
}

fn take(record: &csv::StringRecord, columns: &[usize], step: &mut Vec<Line>, report: &mut Report) {
    let mut line = Line {
        number: record.position().map_or(0, csv::Position::line),
        cells: Default::default(),
    };
    for (cell, column) in record.iter().zip(columns) {
        line.cells[*column] = (!cell.is_empty()).then(|| cell.to_owned());
    }
    if line.cells.iter().flatten().any(|cell| cell.contains('\0')) {
        fail(report, line.number, "a NUL is not text".to_owned());
    } else if let Err((pointer, what)) = check(line.fields()) {
        let what = format!("{}: {what}", pointer.trim_start_matches('/'));
        fail(report, line.number, what);
    } else {
        step.push(line);
    }
}

fn fail(report: &mut Report, line: u64, what: String) {
    report.failed += 1;
    if report.errors.len() < ERRORS_MAX {
        report.errors.push(LineError { line, what });
    }
}

async fn write(
    pool: &PgPool,
    now: DateTime<Utc>,
    import: Import<'_>,
    step: &mut Vec<Line>,
    report: &mut Report,
) -> Result<(), ImportError> {
    if import.dry_run {
        report.created += u64::try_from(step.len()).unwrap_or(u64::MAX);
        step.clear();
        return Ok(());
    }
    if step.is_empty() {
        return Ok(());
    }
    let who = (import.org, import.by);
    let mut transaction = runtime::pg::begin(pool, &[import.org]).await?;
    for line in step.iter() {
        if customers::import(&mut transaction, who, line.fields(), now).await? {
            report.created += 1;
        } else {
            report.updated += 1;
        }
    }
    let detail = serde_json::json!({ "lines": step.len() });
    audit::write(
        &mut transaction,
        who,
        ("customers.import", ""),
        &detail,
        now,
    )
    .await?;
    transaction.commit().await?;
    step.clear();
    Ok(())
}
