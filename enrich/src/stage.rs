//! The stage: a received record in, its facts out.

use runtime::pure::{Judged, PureStage};
use runtime::{Encoder, Program, RawRecord, Verdict, chaos};
use schemas::records::{Enriched, Received};
use schemas::topics::{RAW_MESSAGES, RAW_POSTS, Topic, enriched};
use schemas::wire::{Codec, WireError};

use crate::{Refusal, enrich, routing};

/// The enrich program.
pub struct Enrich {
    encoder: Encoder,
}

impl Enrich {
    /// The stage of this program.
    pub fn new(program: &Program) -> Self {
        Self {
            encoder: program.encoder.clone(),
        }
    }

    fn publish(&self, fact: &Enriched) -> Result<runtime::Outgoing, WireError> {
        let (org, routed) = routing(fact);
        let key = fact.item_id.to_string().into_bytes();
        self.encoder
            .encode(enriched(fact.kind), org, routed, key, fact)
    }
}

impl PureStage for Enrich {
    const NAME: &'static str = "enrich";

    fn topics(&self) -> Vec<&'static Topic> {
        vec![&RAW_POSTS, &RAW_MESSAGES]
    }

    fn process(&mut self, record: &RawRecord, codec: &Codec) -> Result<Judged, WireError> {
        let received: Received = codec.decode(record.value.as_deref().unwrap_or_default())?;
        let verdict = match enrich(&received) {
            Ok(mut facts) => {
                if chaos::broken("deterministic-ids") {
                    for fact in &mut facts {
                        fact.item_id = uuid::Uuid::new_v4();
                    }
                }
                Verdict::Emit(
                    facts
                        .iter()
                        .map(|fact| self.publish(fact))
                        .collect::<Result<_, _>>()?,
                )
            }
            Err(Refusal::Skip(reason)) => Verdict::Skip(reason),
            Err(Refusal::Dead { reason, detail }) => Verdict::Dead { reason, detail },
        };
        Ok(Judged {
            org: received.org,
            verdict,
        })
    }
}
