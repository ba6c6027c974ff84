//! A server that answers by a closure and remembers what it was asked; and one that misbehaves below
//! HTTP.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::Response;
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// A request as it arrived.
#[derive(Debug, Clone)]
pub struct Asked {
    pub method: Method,
    pub path: String,
    /// Decoded.
    pub query: HashMap<String, String>,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Asked {
    pub fn line(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    pub fn authorization(&self) -> &str {
        self.header("authorization")
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

pub struct Server {
    pub url: String,
    pub log: Arc<watch::Sender<Vec<Asked>>>,
}

impl Server {
    /// Answers by `answer`, which is given the number of requests before this one.
    pub async fn start(answer: impl Fn(&Asked, usize) -> Response + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let log = Arc::new(watch::Sender::new(Vec::new()));
        let (kept, answer) = (log.clone(), Arc::new(answer));
        let app = axum::Router::new().fallback(move |request: Request| {
            let (kept, answer) = (kept.clone(), answer.clone());
            async move {
                let asked = read(request).await;
                let mut before = 0;
                kept.send_modify(|log| {
                    before = log.len();
                    log.push(asked.clone());
                });
                answer(&asked, before)
            }
        });
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { url, log }
    }

    /// Always the same JSON.
    pub async fn json(body: Value) -> Self {
        Self::start(move |_, _| json(200, &body)).await
    }

    pub fn asked(&self) -> Vec<Asked> {
        self.log.borrow().clone()
    }

    pub fn count(&self) -> usize {
        self.log.borrow().len()
    }

    pub fn last(&self) -> Asked {
        self.asked().pop().unwrap()
    }
}

async fn read(request: Request) -> Asked {
    let (parts, body) = request.into_parts();
    let query = parts
        .uri
        .query()
        .unwrap_or_default()
        .split('&')
        .filter(|pair| !pair.is_empty());
    let query = query.map(|pair| {
        let (name, value) = pair.split_once('=').unwrap();
        assert!(!value.contains('+'), "a space must be %20: {value}");
        (decode(name), decode(value))
    });
    Asked {
        method: parts.method,
        path: parts.uri.path().to_owned(),
        query: query.collect(),
        headers: parts.headers,
        body: to_bytes(body, 64 * 1024 * 1024).await.unwrap(),
    }
}

fn decode(text: &str) -> String {
    percent_encoding::percent_decode_str(text)
        .decode_utf8()
        .unwrap()
        .into_owned()
}

pub fn json(status: u16, body: &Value) -> Response {
    with_headers(status, &[], body.to_string())
}

pub fn with_headers(status: u16, headers: &[(&str, &str)], body: impl Into<Body>) -> Response {
    let mut response = Response::builder().status(StatusCode::from_u16(status).unwrap());
    if !headers.iter().any(|(name, _)| *name == "content-type") {
        response = response.header("content-type", "application/json");
    }
    for (name, value) in headers {
        response = response.header(*name, *value);
    }
    response.body(body.into()).unwrap()
}

/// What happens to a connection after its request was read.
#[derive(Debug, Clone, Copy)]
pub enum Fault {
    /// It is closed.
    Close,
    /// Nothing comes for longer than any test waits.
    Hang,
    /// Half of an answer comes.
    HalfAnAnswer,
}

/// A server of connections that fail; counts them.
pub async fn faulty(fault: Fault) -> (String, Arc<Mutex<usize>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let count = Arc::new(Mutex::new(0));
    let counted = count.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let counted = counted.clone();
            tokio::spawn(async move { fail(stream, fault, &counted).await });
        }
    });
    (url, count)
}

async fn read_head(stream: &mut TcpStream) {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && stream.read_exact(&mut byte).await.is_ok() {
        head.push(byte[0]);
    }
}

async fn fail(mut stream: TcpStream, fault: Fault, counted: &Mutex<usize>) {
    read_head(&mut stream).await;
    *counted.lock().unwrap() += 1;
    match fault {
        Fault::Close => {}
        Fault::Hang => std::future::pending().await,
        Fault::HalfAnAnswer => {
            let half = b"HTTP/1.1 201 Created\r\ncontent-length: 500\r\n\r\n{\"data\":";
            stream.write_all(half).await.unwrap();
        }
    }
}

/// A server that gives one answer, as it stands on the wire, and is gone.
pub async fn once(answer: String) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        drop(listener);
        read_head(&mut stream).await;
        stream.write_all(answer.as_bytes()).await.unwrap();
    });
    url
}

/// An address where nothing listens.
pub async fn nowhere() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}
