//! The listener: hyper serves each connection, until a live stream takes it over.
//!
//! hyper keeps a buffer for reading and one for writing for as long as a connection is open, and a
//! desk's stream is open all day and says nothing most of the time. So an answer that is a stream of
//! events leaves hyper before its head is written, and is written to the socket as it comes.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::header::CONTENT_TYPE;
use axum::http::{Method, Request, Response, response};
use axum::serve::Listener;
use chrono::Utc;
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use rustix::net::sockopt::set_tcp_user_timeout;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::select;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt as _;

/// Milliseconds for which a client may not acknowledge what was sent to it.
const CLIENT_SILENCE_MS: u32 = 60_000;

/// Serves every connection until `shutdown`, then what is under way.
pub async fn serve(mut listener: TcpListener, router: Router, shutdown: CancellationToken) {
    let connections = TaskTracker::new();
    loop {
        let (stream, peer) = select! {
            () = shutdown.cancelled() => break,
            // It waits by itself where the process has too many files open.
            accepted = Listener::accept(&mut listener) => accepted,
        };
        tune(&stream);
        let (router, shutdown) = (router.clone(), shutdown.clone());
        let tracker = connections.clone();
        connections.spawn(async move {
            match until_taken_over((stream, peer), router, shutdown).await {
                // A task of its own: this one is as large as hyper's state.
                Ok(Some((stream, answer))) => drop(tracker.spawn(stream_events(stream, answer))),
                Ok(None) => {}
                Err(error) => tracing::debug!(%error, "a connection ended"),
            }
        });
    }
    drop(listener);
    connections.close();
    connections.wait().await;
}

// Frames go out at once, and a client that takes nothing is cut off.
fn tune(stream: &TcpStream) {
    let tuned = stream.set_nodelay(true);
    let tuned = tuned.and_then(|()| Ok(set_tcp_user_timeout(stream, CLIENT_SILENCE_MS)?));
    if let Err(error) = tuned {
        tracing::debug!(%error, "a connection is served as it is");
    }
}

// One connection, until it ends or an answer on it is a stream of events.
async fn until_taken_over(
    (stream, peer): (TcpStream, SocketAddr),
    router: Router,
    shutdown: CancellationToken,
) -> hyper::Result<Option<(TcpStream, Response<Body>)>> {
    let (take, mut taken) = mpsc::channel(1);
    let service = service_fn(move |request: Request<Incoming>| {
        let (router, take) = (router.clone(), take.clone());
        async move {
            let get = request.method() == Method::GET;
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(ConnectInfo(peer));
            let Ok(answer) = router.oneshot(request).await;
            if get && is_events(&answer) {
                drop(take.send(answer).await);
                // hyper is not to answer: it goes away, and this future with it.
                return std::future::pending().await;
            }
            Ok::<_, Infallible>(answer)
        }
    });
    let mut connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    let mut serves = true;
    loop {
        select! {
            ended = &mut connection => return ended.map(|()| None),
            Some(answer) = taken.recv() => {
                // Every answer before this one has been sent: a client asks for the next when it has the
                // last. What it has sent ahead, as no browser does, is not answered: the head says so.
                let stream = connection.into_parts().io.into_inner();
                return Ok(Some((stream, answer)));
            }
            () = shutdown.cancelled(), if serves => {
                serves = false;
                std::pin::Pin::new(&mut connection).graceful_shutdown();
            }
        }
    }
}

fn is_events(answer: &Response<Body>) -> bool {
    let kind = answer.headers().get(CONTENT_TYPE);
    kind.is_some_and(|kind| kind == "text/event-stream")
}

// The stream ends with the body, or when the client goes.
async fn stream_events(mut stream: TcpStream, answer: Response<Body>) {
    let (head, body) = answer.into_parts();
    if let Err(error) = write_events(&mut stream, &head, body).await {
        tracing::debug!(%error, "a live stream ended");
    }
}

async fn write_events(
    stream: &mut TcpStream,
    head: &response::Parts,
    mut body: Body,
) -> io::Result<()> {
    stream.write_all(&head_bytes(head)).await?;
    let mut said = [0; 64];
    loop {
        let frame = select! {
            frame = body.frame() => frame,
            read = stream.read(&mut said) => match read? {
                0 => return Ok(()),
                _ => continue,
            },
        };
        let Some(Ok(frame)) = frame else {
            return stream.shutdown().await;
        };
        if let Ok(data) = frame.into_data() {
            stream.write_all(&data).await?;
        }
    }
}

// The end of the connection is the end of the body.
fn head_bytes(head: &response::Parts) -> Vec<u8> {
    let date = Utc::now().format("%a, %d %b %Y %H:%M:%S GMT");
    let mut text = format!(
        "HTTP/1.1 {}\r\nconnection: close\r\ndate: {date}\r\n",
        head.status
    )
    .into_bytes();
    for (name, value) in &head.headers {
        text.extend_from_slice(name.as_str().as_bytes());
        text.extend_from_slice(b": ");
        text.extend_from_slice(value.as_bytes());
        text.extend_from_slice(b"\r\n");
    }
    text.extend_from_slice(b"\r\n");
    text
}
