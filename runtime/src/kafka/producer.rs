//! The producer of sources and pure stages, and the fenced one of the relay.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rdkafka::ClientContext;
use rdkafka::config::FromClientConfigAndContext;
use rdkafka::error::{KafkaError as RdError, RDKafkaErrorCode};
use rdkafka::message::{BorrowedMessage, DeliveryResult, Message as _};
use rdkafka::producer::{BaseRecord, Producer as _, ProducerContext, ThreadedProducer};
use tokio::sync::Notify;

use super::{Cluster, KafkaError};
use crate::stage::Outgoing;

/// Records that may wait in the producer for the broker.
const QUEUE_RECORDS_MAX: &str = "20000";
/// Kilobytes that may wait in the producer for the broker.
const QUEUE_KBYTES_MAX: &str = "32768";
/// Pause before a full queue is tried again.
const QUEUE_FULL_PAUSE: Duration = Duration::from_millis(5);

/// Bytes of key and value at most, before compression: what every topic takes.
pub const RECORD_BYTES_MAX: usize = 1_000_000;
/// A quarantined record is kept whole, with its provenance: those topics take so many bytes.
pub const QUARANTINED_BYTES_MAX: usize = 2 * 1024 * 1024;

/// Why records were not acknowledged. Nothing may be claimed for any of them.
#[derive(Debug, thiserror::Error)]
pub enum ProduceError {
    /// The broker did not acknowledge in time.
    #[error("not acknowledged within {0:?}")]
    Deadline(Duration),
    /// The broker or the client refused.
    #[error("not delivered")]
    Refused(#[source] KafkaError),
}

#[derive(Debug, Default)]
struct State {
    pending: usize,
    error: Option<RdError>,
    erased: Vec<Placed>,
}

/// Where the log holds a record that erases.
#[derive(Debug, Clone)]
pub(crate) struct Placed {
    /// Topic as the cluster names it.
    pub topic: String,
    pub key: Vec<u8>,
    pub partition: i32,
    pub offset: i64,
}

/// The records of one send, on their way.
#[derive(Debug, Default)]
pub struct Ticket {
    state: Mutex<State>,
    // Keys of the records that erase.
    erasing: HashSet<Vec<u8>>,
    settled: Notify,
}

impl Ticket {
    /// `None` while records wait for the broker; then whether all were acknowledged.
    pub fn outcome(&self) -> Option<Result<(), ProduceError>> {
        let state = self.state.lock().ok()?;
        (state.pending == 0).then(|| match &state.error {
            None => Ok(()),
            Some(error) => Err(ProduceError::Refused(error.clone().into())),
        })
    }

    /// Whether the broker has answered for every record.
    pub(crate) fn outcome_ready(&self) -> Option<()> {
        self.state
            .lock()
            .ok()
            .and_then(|state| (state.pending == 0).then_some(()))
    }

    /// Returns when the last answer has come.
    pub(crate) async fn changed(&self) {
        self.settled.notified().await;
    }

    /// Waits until every record is acknowledged or one is refused.
    pub async fn settled(&self, deadline: Duration) -> Result<(), ProduceError> {
        let wait = async {
            loop {
                let notified = self.settled.notified();
                if let Some(outcome) = self.outcome() {
                    return outcome;
                }
                notified.await;
            }
        };
        tokio::time::timeout(deadline, wait)
            .await
            .unwrap_or(Err(ProduceError::Deadline(deadline)))
    }

    /// Where the records that erase came to stand, once all are acknowledged.
    fn erased(&self) -> Vec<Placed> {
        let state = self.state.lock();
        state.map_or_else(
            |_| Vec::new(),
            |mut state| std::mem::take(&mut state.erased),
        )
    }

    fn place(&self, record: &BorrowedMessage<'_>) -> Option<Placed> {
        let key = record.key().filter(|key| self.erasing.contains(*key))?;
        Some(Placed {
            topic: record.topic().to_owned(),
            key: key.to_vec(),
            partition: record.partition(),
            offset: record.offset(),
        })
    }

    fn count(&self, delivered: Result<Option<Placed>, RdError>) {
        if let Ok(mut state) = self.state.lock() {
            state.pending -= 1;
            match delivered {
                Ok(placed) => state.erased.extend(placed),
                Err(error) => {
                    state.error.get_or_insert(error);
                }
            }
            if state.pending == 0 {
                self.settled.notify_one();
            }
        }
    }
}

pub(crate) struct Deliveries;

impl ClientContext for Deliveries {}

impl ProducerContext for Deliveries {
    type DeliveryOpaque = Arc<Ticket>;

    fn delivery(&self, result: &DeliveryResult<'_>, ticket: Arc<Ticket>) {
        ticket.count(match result {
            Ok(record) => Ok(ticket.place(record)),
            Err((error, _)) => Err(error.clone()),
        });
    }
}

/// A producer that counts acknowledgements. Cheap to clone.
#[derive(Clone)]
pub struct Producer {
    inner: Arc<ThreadedProducer<Deliveries>>,
    cluster: Arc<Cluster>,
}

impl Producer {
    /// The producer of sources and pure stages. A record that is not acknowledged within
    /// `patience` is given up; zero never gives up: the broker being away is waited out.
    ///
    /// It is not idempotent: a repeat is harmless here, and an idempotent one was seen to
    /// acknowledge a record that the log did not have (docs/adr/0008).
    pub fn new(cluster: &Cluster, name: &str, patience: Duration) -> Result<Self, KafkaError> {
        let mut config = cluster.client(name);
        config
            .set("enable.idempotence", "false")
            .set("message.timeout.ms", patience.as_millis().to_string());
        Self::from(cluster, config)
    }

    /// The relay's producer: transactions, output only, fenced by its fixed id.
    pub(crate) fn transactional(cluster: &Cluster, id: &str) -> Result<Self, KafkaError> {
        let mut config = cluster.client(id);
        // One request in flight: a first batch that is refused is sent again before its followers,
        // so the broker can never take it for a duplicate of them.
        config
            .set("enable.idempotence", "true")
            .set("max.in.flight.requests.per.connection", "1")
            .set("transactional.id", id)
            .set("transaction.timeout.ms", "15000")
            .set("retry.backoff.ms", "10");
        Self::from(cluster, config)
    }

    fn from(cluster: &Cluster, mut config: rdkafka::ClientConfig) -> Result<Self, KafkaError> {
        config
            .set("acks", "all")
            .set("linger.ms", "2")
            .set("compression.type", "lz4")
            .set("message.max.bytes", QUARANTINED_BYTES_MAX.to_string())
            .set("queue.buffering.max.messages", QUEUE_RECORDS_MAX)
            .set("queue.buffering.max.kbytes", QUEUE_KBYTES_MAX);
        let inner = ThreadedProducer::from_config_and_context(&config, Deliveries)?;
        Ok(Self {
            inner: Arc::new(inner),
            cluster: Arc::new(cluster.clone()),
        })
    }

    /// Hands records over in order; the ticket tells when the broker has them all. Waits while
    /// the queue is full.
    pub async fn send(&self, records: &[Outgoing]) -> Result<Arc<Ticket>, ProduceError> {
        let erasing = records.iter().filter(|record| record.erases);
        let ticket = Arc::new(Ticket {
            erasing: erasing.map(|record| record.key.clone()).collect(),
            ..Ticket::default()
        });
        if let Ok(mut state) = ticket.state.lock() {
            state.pending = records.len() + 1; // one for this function, so that it settles last
        }
        for (sent, record) in records.iter().enumerate() {
            if let Err(error) = self.enqueue(record, &ticket).await {
                if let Ok(mut state) = ticket.state.lock() {
                    state.pending -= records.len() - sent;
                }
                ticket.count(Err(error.clone()));
                return Err(ProduceError::Refused(error.into()));
            }
        }
        ticket.count(Ok(None));
        Ok(ticket)
    }

    async fn enqueue(&self, record: &Outgoing, ticket: &Arc<Ticket>) -> Result<(), RdError> {
        if record.too_large() {
            let code = RDKafkaErrorCode::MessageSizeTooLarge;
            return Err(RdError::MessageProduction(code));
        }
        let topic = self.cluster.name(record.topic);
        loop {
            let mut out: BaseRecord<'_, [u8], [u8], Arc<Ticket>> =
                BaseRecord::with_opaque_to(&topic, ticket.clone())
                    .partition(record.partition)
                    .key(&record.key);
            if let Some(value) = &record.value {
                out = out.payload(value);
            }
            match self.inner.send(out) {
                Ok(()) => return Ok(()),
                Err((RdError::MessageProduction(RDKafkaErrorCode::QueueFull), _)) => {
                    tokio::time::sleep(QUEUE_FULL_PAUSE).await;
                }
                Err((error, _)) => return Err(error),
            }
        }
    }

    /// Sends and waits for every acknowledgement.
    pub async fn send_all(
        &self,
        records: &[Outgoing],
        deadline: Duration,
    ) -> Result<(), ProduceError> {
        self.deliver(records, deadline).await.map(drop)
    }

    /// As [`Producer::send_all`]; where the records that erase came to stand.
    pub(crate) async fn deliver(
        &self,
        records: &[Outgoing],
        deadline: Duration,
    ) -> Result<Vec<Placed>, ProduceError> {
        let all = async {
            let ticket = self.send(records).await?;
            ticket.settled(deadline).await?;
            Ok(ticket.erased())
        };
        tokio::time::timeout(deadline, all)
            .await
            .unwrap_or(Err(ProduceError::Deadline(deadline)))
    }

    /// True when a broker answers a metadata request within `deadline`. Blocks.
    pub fn reachable(&self, deadline: Duration) -> bool {
        self.inner.client().fetch_metadata(None, deadline).is_ok()
    }

    // The transactional calls below block; the relay makes them on its own thread.

    pub(crate) fn init_transactions(&self, patience: Duration) -> Result<(), KafkaError> {
        Ok(self.inner.init_transactions(patience)?)
    }

    pub(crate) fn begin(&self) -> Result<(), KafkaError> {
        Ok(self.inner.begin_transaction()?)
    }

    pub(crate) fn commit(&self, patience: Duration) -> Result<(), KafkaError> {
        Ok(self.inner.commit_transaction(patience)?)
    }
}
