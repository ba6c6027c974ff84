//! When each way of each account last brought something: kept in memory, written now and then.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Utc};

use crate::org::OrgView;
use crate::publish::{Outgoing, Value};

/// Organisation, account, way.
pub type Key = (String, String, &'static str);

/// What came when. Cheap to clone; all clones are the same.
#[derive(Debug, Clone, Default)]
pub struct Sightings(Arc<Mutex<BTreeMap<Key, DateTime<Utc>>>>);

impl Sightings {
    /// Notes the accounts of these records. Only our own accounts are kept, so this is bounded.
    pub fn saw(&self, org: &OrgView, way: &'static str, records: &[Outgoing], at: DateTime<Utc>) {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for record in records {
            if let Value::Received(received) = &record.value
                && org.owns(&received.account)
            {
                seen.insert((org.org.clone(), received.account.clone(), way), at);
            }
        }
    }

    /// Takes out what was noted since the last time.
    pub fn take(&self) -> Vec<(Key, DateTime<Utc>)> {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *seen).into_iter().collect()
    }
}
