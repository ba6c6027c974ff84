//! A client of the live stream.

use std::collections::VecDeque;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use http_body_util::BodyExt as _;
use serde_json::Value;
use tokio::time::{Instant, timeout_at};
use tower::ServiceExt as _;

/// Nothing takes longer.
const PATIENCE: Duration = Duration::from_secs(20);

/// An event: its name and its data.
pub type Event = (String, Value);

/// An open stream.
pub struct Events {
    body: Body,
    text: String,
    blocks: VecDeque<String>,
    /// As the browser would send it.
    pub last_id: String,
}

/// Opens a stream at a process with a key; the status if it is refused.
pub async fn open(router: &Router, key: &str, after: &str) -> Result<Events, StatusCode> {
    open_as(router, ("authorization", &format!("Bearer {key}")), after).await
}

/// Opens a stream of whoever this header tells.
pub async fn open_as(
    router: &Router,
    (header, value): (&str, &str),
    after: &str,
) -> Result<Events, StatusCode> {
    let request = Request::get("/api/v1/events")
        .header(header, value)
        .header("last-event-id", after)
        .body(Body::empty())
        .unwrap();
    let response = router.clone().oneshot(request).await.unwrap();
    if response.status() != StatusCode::OK {
        return Err(response.status());
    }
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    let mut events = Events {
        body: response.into_body(),
        text: String::new(),
        blocks: VecDeque::new(),
        last_id: after.to_owned(),
    };
    // Where the feed stands comes at once, with or without something to tell.
    assert!(events.read(Instant::now() + PATIENCE).await);
    while events.blocks.front().is_some_and(|b| !b.contains("data: ")) {
        let block = events.blocks.pop_front().unwrap();
        events.block(&block);
    }
    Ok(events)
}

/// Open streams of the first organisation, as the metric says.
pub fn streams(desk: &super::Desk) -> Option<f64> {
    let families = desk.program.telemetry.registry().gather();
    let mut families = families.iter();
    let streams = families.find(|f| f.name() == "earshot_api_sse_clients");
    streams.map(|f| f.get_metric()[0].get_gauge().get_value())
}

impl Events {
    // False when the stream has ended.
    async fn read(&mut self, until: Instant) -> bool {
        let frame = timeout_at(until, self.body.frame()).await;
        let Some(frame) = frame.unwrap() else {
            return false;
        };
        let bytes = frame.unwrap().into_data().unwrap();
        self.text.push_str(std::str::from_utf8(&bytes).unwrap());
        while let Some(at) = self.text.find("\n\n") {
            let block: String = self.text.drain(..at + 2).collect();
            self.blocks.push_back(block.trim_end().to_owned());
        }
        true
    }

    /// The next event; none when the stream has ended.
    pub async fn next(&mut self) -> Option<Event> {
        let until = Instant::now() + PATIENCE;
        loop {
            while let Some(block) = self.blocks.pop_front() {
                if let Some(event) = self.block(&block) {
                    return Some(event);
                }
            }
            if !self.read(until).await {
                return None;
            }
        }
    }

    // What a browser does with a block.
    fn block(&mut self, block: &str) -> Option<Event> {
        let (mut name, mut data) = (String::new(), None);
        for line in block.lines() {
            match line.split_once(": ") {
                Some(("", _)) => {}
                Some(("id", id)) => id.clone_into(&mut self.last_id),
                Some(("event", event)) => event.clone_into(&mut name),
                Some(("data", json)) => data = Some(serde_json::from_str(json).unwrap()),
                Some(("retry", millis)) => assert!(millis.parse::<u32>().unwrap() >= 1_000),
                _ => panic!("not a line of an event stream: {line}"),
            }
        }
        Some((name, data?))
    }

    /// The next event of a name; others are passed over.
    pub async fn next_of(&mut self, name: &str) -> Value {
        loop {
            let (of, data) = self.next().await.unwrap();
            if of == name {
                return data;
            }
        }
    }

    /// Events up to the one that `last` says; of these names only.
    pub async fn until(&mut self, names: &[&str], last: impl Fn(&Event) -> bool) -> Vec<Event> {
        let mut all = Vec::new();
        loop {
            let event = self.next().await.unwrap();
            let done = last(&event);
            if names.contains(&event.0.as_str()) {
                all.push(event);
            }
            if done {
                return all;
            }
        }
    }
}
