//! The reading end of one open stream.

use std::{
    collections::VecDeque,
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use tokio::{sync::mpsc, time::timeout};

use crate::{XId, sim::Sim};

/// The reading end of one stream; its drop is the reader's going.
pub(super) struct Reader {
    pub(super) sim: Sim,
    pub(super) id: XId,
    pub(super) old: VecDeque<Bytes>,
    pub(super) waiting: mpsc::Receiver<Bytes>,
    pub(super) stalled: Arc<AtomicBool>,
    pub(super) keep_alive: Duration,
}

impl Reader {
    pub(super) async fn next(mut self) -> Option<(Result<Bytes, io::Error>, Self)> {
        if let Some(line) = self.old.pop_front() {
            return Some((Ok(line), self));
        }
        loop {
            let sim = self.sim.clone();
            let next = tokio::select! {
                next = timeout(self.keep_alive, self.waiting.recv()) => next,
                () = sim.stopped() => return None,
            };
            // What a stalled stream would have said is lost.
            let silent = self.stalled.load(Ordering::Relaxed);
            match next {
                Ok(None) => return None,
                Ok(Some(_)) | Err(_) if silent => {}
                Ok(Some(line)) => return Some((Ok(line), self)),
                Err(_) => return Some((Ok(Bytes::from_static(b"\r\n")), self)),
            }
        }
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        let now = self.sim.clock().now();
        let id = self.id;
        let hub = &self.sim.platform().hub;
        hub.disconnect(|open| open.id == id, None, "ClientDisconnected", now);
    }
}
