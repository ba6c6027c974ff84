//! What clients see over TCP: a live stream on a connection that has served other answers, and its end
//! from either side.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod common;

use std::time::Duration;

use api::http::auth::Role;
use common::events::streams;
use common::{Desk, desk};
use runtime::pg::changes::{self, Change};
use runtime::testing::wait_for;
use schemas::changes::THREAD;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// Nothing takes longer.
const PATIENCE: Duration = Duration::from_secs(20);

/// A connection of a client that speaks plain HTTP/1.1.
struct Client {
    stream: BufReader<TcpStream>,
    key: String,
}

impl Client {
    async fn of(desk: &Desk) -> Self {
        let key = desk.key("acme", Role::Viewer, false).await;
        let at = api::serve(&desk.app, "127.0.0.1:0".parse().unwrap());
        let stream = TcpStream::connect(at.await.unwrap()).await.unwrap();
        let stream = BufReader::new(stream);
        Self { stream, key }
    }

    /// Asks, and reads the head of the answer.
    async fn ask(&mut self, request: &str) -> Vec<String> {
        let key = &self.key;
        let request =
            format!("{request} HTTP/1.1\r\nhost: desk\r\nauthorization: Bearer {key}\r\n\r\n");
        self.stream.write_all(request.as_bytes()).await.unwrap();
        let mut head = Vec::new();
        loop {
            match self.line().await {
                line if line.is_empty() => return head,
                line => head.push(line),
            }
        }
    }

    async fn line(&mut self) -> String {
        let mut line = String::new();
        let read = timeout(PATIENCE, self.stream.read_line(&mut line)).await;
        assert_ne!(read.unwrap().unwrap(), 0, "the connection has ended");
        line.trim_end().to_owned()
    }

    /// Reads as many bytes as an ordinary answer says it has.
    async fn body(&mut self, head: &[String]) -> Vec<u8> {
        let length = head
            .iter()
            .find_map(|line| line.strip_prefix("content-length: "));
        let mut body = vec![0; length.unwrap().parse().unwrap()];
        let read = timeout(PATIENCE, self.stream.read_exact(&mut body)).await;
        read.unwrap().unwrap();
        body
    }

    async fn events(&mut self) {
        let head = self.ask("GET /api/v1/events").await;
        assert_eq!(head[0], "HTTP/1.1 200 OK");
        for line in [
            "content-type: text/event-stream",
            "connection: close",
            "x-content-type-options: nosniff",
        ] {
            assert!(head.iter().any(|l| l == line), "{line} is not in {head:?}");
        }
        self.until("id: ").await;
    }

    async fn until(&mut self, start: &str) -> String {
        loop {
            let line = self.line().await;
            if line.starts_with(start) {
                return line;
            }
        }
    }
}

async fn nobody_listens(desk: &Desk) {
    wait_for("no stream", PATIENCE, || async {
        (streams(desk) == Some(0.0)).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_stream_follows_other_answers_and_ends_when_its_client_goes() {
    let desk = desk().await;
    let mut client = Client::of(&desk).await;
    for _ in 0..2 {
        let head = client.ask("GET /api/v1/views").await;
        assert_eq!(head[0], "HTTP/1.1 200 OK");
        assert!(client.body(&head).await.starts_with(b"{"));
    }
    client.events().await;
    assert_eq!(streams(&desk), Some(1.0));
    let mut scope = runtime::pg::begin(&desk.pg, &["acme"]).await.unwrap();
    let told = Change::of("acme", THREAD, vec!["p.1.7".to_owned()]);
    changes::push(&mut scope, &[told]).await.unwrap();
    scope.commit().await.unwrap();
    assert_eq!(client.until("event: ").await, "event: thread");
    assert!(client.line().await.starts_with("data: "));
    drop(client);
    nobody_listens(&desk).await;
}

#[tokio::test]
async fn what_else_a_listening_client_says_is_passed_over() {
    let desk = desk().await;
    let mut client = Client::of(&desk).await;
    client.events().await;
    let said = b"GET /api/v1/views HTTP/1.1\r\nhost: desk\r\n\r\n";
    client.stream.write_all(said).await.unwrap();
    desk.program.shutdown.cancel();
    let mut rest = String::new();
    let read = timeout(PATIENCE, client.stream.read_to_string(&mut rest)).await;
    read.unwrap().unwrap();
    assert!(!rest.contains("HTTP/1.1"), "{rest}");
    nobody_listens(&desk).await;
}

#[tokio::test]
async fn the_head_of_a_stream_alone_leaves_the_connection_as_it_is() {
    let desk = desk().await;
    let mut client = Client::of(&desk).await;
    let head = client.ask("HEAD /api/v1/events").await;
    assert_eq!(head[0], "HTTP/1.1 200 OK");
    let head = client.ask("GET /api/v1/views").await;
    assert_eq!(head[0], "HTTP/1.1 200 OK");
    nobody_listens(&desk).await;
}
