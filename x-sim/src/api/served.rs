//! Bytes as they go out: damaged answers, held ones, and the pictures of posts and people.

use std::{io, time::Duration};

use axum::{
    body::{Body, BodyDataStream, HttpBody as _, to_bytes},
    extract::{Path, State},
    http::{HeaderValue, Response, StatusCode, header},
};
use bytes::Bytes;
use futures::{Stream, StreamExt as _, stream};
use tokio::time::sleep;

use super::faults::FaultKind;
use crate::{
    XId,
    sim::{Sim, lock},
};

/// Lets what was written so far reach the wire before the connection is cut.
const FLUSH: Duration = Duration::from_millis(20);
const ANSWER_MAX: usize = 64 * 1024 * 1024;
/// Of a picture of our own: cells of a side, pixels of a cell.
const CELLS: u32 = 8;
const CELL: u32 = 6;
const SIDE: u32 = CELLS * CELL;

/// Holds a request without an answer, then cuts the connection.
pub(super) async fn hang(sim: &Sim) -> Response<Body> {
    held(sim).await;
    closed()
}

/// Cuts the connection where the body should begin.
pub(super) fn closed() -> Response<Body> {
    let gone = stream::once(async { Err::<Bytes, _>(cut()) });
    Response::new(Body::from_stream(gone))
}

async fn held(sim: &Sim) {
    let long = Duration::from_millis(sim.platform().knobs().hang_ms);
    tokio::select! {
        () = sleep(long) => {}
        () = sim.stopped() => {}
    }
}

fn cut() -> io::Error {
    io::Error::new(io::ErrorKind::ConnectionReset, "cut by a fault")
}

/// Does to an honest answer what the fault says.
pub(super) async fn damage(
    sim: &Sim,
    response: Response<Body>,
    kind: &FaultKind,
) -> Response<Body> {
    match kind {
        FaultKind::Slow { delay_ms } => {
            tokio::select! {
                () = sleep(Duration::from_millis(*delay_ms)) => {}
                () = sim.stopped() => {}
            }
            response
        }
        FaultKind::Cut { after_bytes } => shorten(sim, response, *after_bytes, true),
        FaultKind::Stall { after_bytes } => shorten(sim, response, *after_bytes, false),
        FaultKind::Truncate { after_bytes } => {
            let (parts, body) = response.into_parts();
            // A stream has no end that could be told from its beginning.
            if body.size_hint().exact().is_none() {
                let response = Response::from_parts(parts, body);
                return shorten(sim, response, *after_bytes, true);
            }
            let whole = to_bytes(body, ANSWER_MAX).await.unwrap_or_default();
            let kept = whole.slice(..whole.len().min(*after_bytes));
            Response::from_parts(parts, Body::from(kept))
        }
        _ => response,
    }
}

fn shorten(sim: &Sim, response: Response<Body>, bytes: usize, cuts: bool) -> Response<Body> {
    let (mut parts, body) = response.into_parts();
    if let Some(length) = body.size_hint().exact() {
        parts.headers.insert(header::CONTENT_LENGTH, length.into());
    }
    let first = first_bytes(sim.clone(), body.into_data_stream(), bytes, cuts);
    Response::from_parts(parts, Body::from_stream(first))
}

fn first_bytes(
    sim: Sim,
    body: BodyDataStream,
    bytes: usize,
    cuts: bool,
) -> impl Stream<Item = Result<Bytes, io::Error>> {
    stream::unfold(
        (body, bytes, sim),
        move |(mut body, left, sim)| async move {
            if left == 0 {
                if cuts {
                    sleep(FLUSH).await;
                } else {
                    held(&sim).await;
                }
                return Some((Err(cut()), (body, 0, sim)));
            }
            let mut chunk = body.next().await?.ok()?;
            chunk.truncate(left);
            let left = left - chunk.len();
            Some((Ok(chunk), (body, left, sim)))
        },
    )
}

/// A photo or video of a post that still stands; nobody needs to authenticate.
pub(super) async fn photo(State(sim): State<Sim>, Path(name): Path<String>) -> Response<Body> {
    let id = name.split('.').next().unwrap_or_default();
    let Some(id) = u64::from_str_radix(id, 16).ok().map(XId) else {
        return missing();
    };
    let shown =
        |post: &std::sync::Arc<crate::world::Post>| post.media.iter().any(|media| media.id == id);
    if !sim.read(|world| world.posts().any(shown)) {
        return missing();
    }
    bytes_of(&sim, id)
}

pub(super) async fn avatar(
    State(sim): State<Sim>,
    Path((id, _)): Path<(String, String)>,
) -> Response<Body> {
    match id.parse().ok() {
        Some(id) if sim.read(|world| world.person_by_id(id).is_some()) => picture(id, face),
        _ => missing(),
    }
}

/// What was uploaded, or a picture of our own.
pub(super) fn bytes_of(sim: &Sim, id: XId) -> Response<Body> {
    let uploaded = lock(&sim.platform().media).bytes(id);
    match uploaded {
        Some((kind, bytes)) => body(&kind, bytes),
        None => picture(id, tiles),
    }
}

/// Which places of a grid of [`CELLS`] by [`CELLS`] are dark.
type Pattern = fn(u64, u32, u32) -> bool;

fn picture(id: XId, pattern: Pattern) -> Response<Body> {
    match drawn(id, pattern) {
        Ok(bytes) => body("image/png", bytes.into()),
        Err(_) => missing(),
    }
}

fn body(kind: &str, bytes: Bytes) -> Response<Body> {
    let mut response = Response::new(Body::from(bytes));
    if let Ok(kind) = HeaderValue::from_str(kind) {
        response.headers_mut().insert(header::CONTENT_TYPE, kind);
    }
    response
}

fn missing() -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NOT_FOUND;
    response
}

fn tiles(_: u64, across: u32, down: u32) -> bool {
    (across + down).is_multiple_of(2)
}

/// The same on both sides, as faces are; no two people have the same.
fn face(seed: u64, across: u32, down: u32) -> bool {
    let edge = across.min(CELLS - 1 - across);
    let inside = edge > 0 && (1..CELLS - 1).contains(&down);
    inside && seed >> (edge - 1 + 3 * (down - 1)) & 1 == 1
}

/// A small picture whose colours and dark places come from the id.
fn drawn(id: XId, pattern: Pattern) -> Result<Vec<u8>, png::EncodingError> {
    let seed = id.0.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let [.., red, green, blue] = seed.to_be_bytes();
    let mut pixels = Vec::new();
    for at in 0..SIDE * SIDE {
        let dark = pattern(seed >> 24, at % SIDE / CELL, at / SIDE / CELL);
        let shade = |part: u8| if dark { part / 2 } else { part / 2 + 128 };
        pixels.extend([shade(red), shade(green), shade(blue)]);
    }
    let mut out = Vec::new();
    let mut encoder = png::Encoder::new(&mut out, SIDE, SIDE);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.write_header()?.write_image_data(&pixels)?;
    Ok(out)
}
