//! A stand-in for Consul's key/value store: `GET /v1/kv/<prefix>?recurse=true`, blocking by index.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, put};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// What stands in the store, and how it behaves.
#[derive(Debug, Clone, Default)]
pub struct World {
    /// Keys and values.
    pub entries: BTreeMap<String, Vec<u8>>,
    /// The index at which each key was last written; 1 where none is told.
    pub versions: BTreeMap<String, u64>,
    /// The newest index.
    pub index: u64,
    /// The token that is asked for, if one is.
    pub token: Option<String>,
    /// Answers say that keys were left out.
    pub partial: bool,
    /// Answers with this status instead.
    pub broken: Option<u16>,
}

/// One request: index asked for, and token given.
pub type Asked = (Option<u64>, Option<String>);

/// The stand-in; ends when dropped.
pub struct ConsulStandIn {
    /// Where it listens.
    pub addr: SocketAddr,
    world: watch::Sender<World>,
    asked: Arc<Mutex<Vec<Asked>>>,
    ended: CancellationToken,
}

#[derive(Clone)]
struct Shared {
    world: watch::Receiver<World>,
    changes: watch::Sender<World>,
    asked: Arc<Mutex<Vec<Asked>>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "UPPERCASE")]
struct Operation {
    kv: Change,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Change {
    verb: String,
    key: String,
    value: Option<String>,
    index: u64,
}

#[derive(Deserialize)]
struct Wanted {
    index: Option<u64>,
    wait: Option<String>,
}

impl ConsulStandIn {
    /// Starts on a free port.
    pub async fn start() -> Self {
        Self::start_at(SocketAddr::from(([127, 0, 0, 1], 0))).await
    }

    /// Starts at an address, such as that of one that ended.
    pub async fn start_at(addr: SocketAddr) -> Self {
        let listener = TcpListener::bind(addr).await.expect("an address");
        let addr = listener.local_addr().expect("an address");
        let (world, seen) = watch::channel(World {
            index: 10,
            ..World::default()
        });
        let (asked, ended) = (Arc::default(), CancellationToken::new());
        let shared = Shared {
            world: seen,
            changes: world.clone(),
            asked: Arc::clone(&asked),
        };
        let app = Router::new()
            .route("/v1/kv/{*prefix}", get(read))
            .route("/v1/txn", put(write))
            .with_state(shared);
        let end = ended.clone();
        tokio::spawn(async move {
            tokio::select! {
                served = axum::serve(listener, app) => served.expect("serving"),
                () = end.cancelled() => {}
            }
        });
        Self {
            addr,
            world,
            asked,
            ended,
        }
    }

    /// The source of configuration that leads here.
    pub fn source(&self, prefix: &str) -> String {
        format!("consul:http://{}/{prefix}", self.addr)
    }

    /// Writes a key; the index rises.
    pub fn put(&self, key: &str, value: impl Into<Vec<u8>>) {
        let value = value.into();
        self.change(|world| {
            world.versions.insert(key.to_owned(), world.index);
            world.entries.insert(key.to_owned(), value);
        });
    }

    /// Changes anything; the index rises, unless the change itself sets it.
    pub fn change(&self, change: impl FnOnce(&mut World)) {
        self.world.send_modify(|world| {
            world.index += 1;
            change(world);
        });
    }

    /// Every request so far.
    pub fn asked(&self) -> Vec<Asked> {
        self.asked
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

impl Drop for ConsulStandIn {
    fn drop(&mut self) {
        self.ended.cancel();
    }
}

async fn read(
    State(mut shared): State<Shared>,
    Path(prefix): Path<String>,
    Query(wanted): Query<Wanted>,
    headers: HeaderMap,
) -> Response {
    let token = headers.get("x-consul-token");
    let token = token.and_then(|token| Some(token.to_str().ok()?.to_owned()));
    shared
        .asked
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .push((wanted.index, token.clone()));
    if let Some(index) = wanted.index.filter(|index| *index > 0) {
        let seconds = wanted
            .wait
            .as_deref()
            .and_then(|w| w.strip_suffix('s')?.parse().ok());
        let changed = shared.world.wait_for(|world| world.index != index);
        // Over: what stands there is the answer, changed or not.
        drop(tokio::time::timeout(Duration::from_secs(seconds.unwrap_or(300)), changed).await);
    }
    let world = shared.world.borrow().clone();
    if let Some(status) = world.broken {
        return StatusCode::from_u16(status)
            .expect("a status")
            .into_response();
    }
    if world.token.is_some() && world.token != token {
        return (StatusCode::FORBIDDEN, "Permission denied").into_response();
    }
    let found: Vec<_> = world
        .entries
        .iter()
        .filter(|(key, _)| key.starts_with(&prefix))
        .map(|(key, value)| {
            let version = world.versions.get(key).copied().unwrap_or(1);
            json!({"Key": key, "Value": STANDARD.encode(value), "Flags": 0, "ModifyIndex": version})
        })
        .collect();
    let mut answer = if found.is_empty() {
        StatusCode::NOT_FOUND.into_response()
    } else {
        axum::Json(found).into_response()
    };
    let headers = answer.headers_mut();
    headers.insert("x-consul-index", world.index.into());
    if world.partial {
        let yes = axum::http::HeaderValue::from_static("true");
        headers.insert("x-consul-results-filtered-by-acls", yes);
    }
    answer
}

// `PUT /v1/txn` with `cas` and `delete-cas`: all of it, or 409.
async fn write(
    State(shared): State<Shared>,
    headers: HeaderMap,
    axum::Json(operations): axum::Json<Vec<Operation>>,
) -> Response {
    let token = headers.get("x-consul-token");
    let token = token.and_then(|token| token.to_str().ok());
    let mut status = StatusCode::OK;
    shared.changes.send_modify(|world| {
        if world.token.is_some() && world.token.as_deref() != token {
            status = StatusCode::FORBIDDEN;
            return;
        }
        let version = |key: &str| {
            let there = world.entries.contains_key(key);
            let version = world.versions.get(key).copied().unwrap_or(1);
            if there { version } else { 0 }
        };
        if operations
            .iter()
            .any(|one| version(&one.kv.key) != one.kv.index)
        {
            status = StatusCode::CONFLICT;
            return;
        }
        world.index += 1;
        for Operation { kv } in operations {
            if kv.verb == "delete-cas" {
                world.entries.remove(&kv.key);
                continue;
            }
            let value = STANDARD.decode(kv.value.unwrap_or_default());
            world.versions.insert(kv.key.clone(), world.index);
            world.entries.insert(kv.key, value.expect("base64"));
        }
    });
    (status, axum::Json(json!({ "Errors": null }))).into_response()
}
