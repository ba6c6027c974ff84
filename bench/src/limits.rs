//! What the parts alone can do, in the same run and on the same data: the figures that those of
//! the pipeline stand beside.
#![expect(clippy::cast_precision_loss, reason = "rates of small counts")]

use std::time::{Duration, Instant};

use runtime::Outgoing;
use runtime::kafka::producer::Producer;
use runtime::kafka::reader::read_all;
use schemas::topics::{QUARANTINE_POSTS, RAW_MESSAGES, RAW_POSTS};
use sqlx::PgPool;
use tokio::runtime::Handle;

use crate::pg;
use crate::stack::Stack;

const PAGE: usize = 2_000;
const PATIENCE: Duration = Duration::from_mins(1);
const ROWS: usize = 100_000;

/// Records a second that are only read, that are read and written again, and rows a second that
/// are written by `UNNEST` into a narrow table.
pub fn measure(stack: &Stack, (tokio, pool): (&Handle, &PgPool)) -> anyhow::Result<String> {
    let began = Instant::now();
    let mut read = 0_usize;
    for topic in [&RAW_POSTS, &RAW_MESSAGES] {
        read_all(&stack.cluster, topic, |_| read += 1)?;
    }
    let consumed = read as f64 / began.elapsed().as_secs_f64();
    let copied = copy(stack, tokio)?;
    let began = Instant::now();
    tokio.block_on(pg::narrow_rows(pool, ROWS))?;
    let unnested = ROWS as f64 / began.elapsed().as_secs_f64();
    Ok(format!(
        "limits: consume only {consumed:.0}/s   byte copy {copied:.0}/s   UNNEST alone {unnested:.0} rows/s\n"
    ))
}

// The temporary installation ends with the run: its quarantine may hold the copies.
fn copy(stack: &Stack, tokio: &Handle) -> anyhow::Result<f64> {
    let producer = Producer::new(&stack.cluster, "bench-copy", PATIENCE)?;
    let began = Instant::now();
    let (mut page, mut count) = (Vec::with_capacity(PAGE), 0_usize);
    let mut failed = None;
    let mut send = |page: &mut Vec<Outgoing>| {
        let sent = tokio.block_on(producer.send_all(page, PATIENCE));
        page.clear();
        if let Err(error) = sent {
            failed.get_or_insert(error);
        }
    };
    read_all(&stack.cluster, &RAW_POSTS, |record| {
        count += 1;
        page.push(Outgoing {
            topic: &QUARANTINE_POSTS,
            partition: record.position.partition,
            key: record.key.unwrap_or_default(),
            value: record.value,
            erases: false,
        });
        if page.len() == PAGE {
            send(&mut page);
        }
    })?;
    send(&mut page);
    match failed {
        Some(error) => Err(error.into()),
        None => Ok(count as f64 / began.elapsed().as_secs_f64()),
    }
}
