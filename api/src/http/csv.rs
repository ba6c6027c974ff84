//! Lists as CSV: streamed page by page, with formulas made harmless.

use axum::body::Body;
use axum::http::HeaderValue;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures::stream;

use super::page::Page;
use super::problem::Problem;

/// Rows of one table at most; what is beyond is a job for the topics.
const ROWS_MAX: usize = 100_000;

/// A row of a table.
pub trait Row {
    const HEAD: &'static [&'static str];
    fn cells(&self) -> Vec<String>;
}

/// A cell that no spreadsheet takes for a formula.
fn harmless(cell: String) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) && cell.parse::<f64>().is_err() {
        format!("'{cell}")
    } else {
        cell
    }
}

fn lines(rows: impl IntoIterator<Item = Vec<String>>) -> Result<Bytes, csv::Error> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for row in rows {
        writer.write_record(row.into_iter().map(harmless))?;
    }
    let bytes = writer
        .into_inner()
        .map_err(|e| csv::Error::from(std::io::Error::other(e.to_string())))?;
    Ok(bytes.into())
}

/// The first page and all that follow, as they come from `more`.
pub fn table<T, F, Fut>(first: Page<T>, more: F) -> Response
where
    T: Row + Send + 'static,
    F: Fn(String) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<Page<T>, Problem>> + Send,
{
    let head = T::HEAD.iter().map(|&name| name.to_owned()).collect();
    let state = (Some(first), Some(head), 0_usize, more);
    let chunks = stream::try_unfold(state, async |(page, head, sent, more)| {
        let Some(page): Option<Page<T>> = page else {
            return Ok::<_, std::io::Error>(None);
        };
        let rows = head.into_iter().chain(page.items.iter().map(Row::cells));
        let bytes = lines(rows).map_err(std::io::Error::other)?;
        let sent = sent + page.items.len();
        let next = match page.next {
            Some(cursor) if sent < ROWS_MAX => match more(cursor).await {
                Ok(page) => Some(page),
                // The answer has begun: a broken stream is all that can still be said.
                Err(problem) => return Err(std::io::Error::other(problem.detail)),
            },
            _ => None,
        };
        Ok(Some((bytes, (next, None, sent, more))))
    });
    let mut response = Body::from_stream(chunks).into_response();
    let headers = response.headers_mut();
    headers.insert(
        CONTENT_TYPE,
        HeaderValue::from_static("text/csv; charset=utf-8"),
    );
    headers.insert(CONTENT_DISPOSITION, HeaderValue::from_static("attachment"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula() {
        let row = ["=1+1", "@x", "-5", "+49 30 1", "plain", "a,b"];
        let bytes = lines([row.map(str::to_owned).to_vec()]).unwrap();
        assert_eq!(
            std::str::from_utf8(&bytes).unwrap(),
            "'=1+1,'@x,-5,'+49 30 1,plain,\"a,b\"\n"
        );
    }
}
