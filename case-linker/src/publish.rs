//! An item row as the Feed or Message that analysts read.

use runtime::{Encoder, Outgoing};
use schemas::partition::routing;
use schemas::records::Item;
use schemas::topics::linked;
use schemas::wire::WireError;

/// The record of an item's current revision. An item erased or withdrawn takes its older texts from the disk.
pub fn publish(encoder: &Encoder, item: &Item) -> Result<Outgoing, WireError> {
    let key = item.item_id.to_string().into_bytes();
    let topic = linked(item.kind);
    let mut out = encoder.encode(topic, &item.org, &routing(item), key, item)?;
    out.erases = item.op != "upsert";
    Ok(out)
}
