//! The order in which waiting items leave: duplicates, losses, reordering, bursts, batches. Pure;
//! the same seed and the same items give the same bodies.

use rand::{Rng as _, SeedableRng as _, rngs::StdRng};

use crate::{faults::Faults, payload::aaa, route::Item};

/// An item with what the shaper must remember about it.
#[derive(Debug, Clone)]
pub struct Waiting<T> {
    pub item: Item,
    pub note: T,
}

/// Items that leave in one body, and whether that body is to be signed wrongly.
#[derive(Debug)]
pub struct Parcel<T> {
    pub items: Vec<Waiting<T>>,
    pub wrong_signature: bool,
}

/// What became of an item that was pushed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pushed {
    Once,
    Twice,
    Dropped,
}

/// Holds as many items as the reordering, batches or bursts ask for.
#[derive(Debug)]
pub struct Shaper<T> {
    held: Vec<Waiting<T>>,
    rng: StdRng,
}

impl<T: Clone> Shaper<T> {
    pub fn new(seed: u64) -> Self {
        Self {
            held: Vec::new(),
            rng: StdRng::seed_from_u64(seed),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.held.is_empty()
    }

    /// Takes an item in; `again` makes the note of its duplicate.
    pub fn push(
        &mut self,
        waiting: Waiting<T>,
        faults: &Faults,
        again: impl FnOnce(&Waiting<T>) -> T,
    ) -> Pushed {
        if self.chance(faults.drop_percent) {
            return Pushed::Dropped;
        }
        let twice = self.chance(faults.duplicate_percent);
        let copy = twice.then(|| Waiting {
            note: again(&waiting),
            item: waiting.item.clone(),
        });
        self.held.push(waiting);
        self.held.extend(copy);
        if twice { Pushed::Twice } else { Pushed::Once }
    }

    /// What may leave now; with `all`, everything.
    pub fn take(&mut self, faults: &Faults, all: bool) -> Vec<Parcel<T>> {
        let unit = faults.burst.max(faults.batch).max(1);
        let keep = if all { 0 } else { faults.reorder_window };
        if !all && self.held.len() < unit + keep {
            return Vec::new();
        }
        let mut leaving = Vec::new();
        while self.held.len() > keep {
            let last = faults.reorder_window.min(self.held.len() - 1);
            let pick = self.rng.random_range(0..=last);
            leaving.push(self.held.remove(pick));
        }
        self.pack(leaving, faults)
    }

    /// Neighbours that may share a body do, up to the batch size; two copies of one never.
    fn pack(&mut self, leaving: Vec<Waiting<T>>, faults: &Faults) -> Vec<Parcel<T>> {
        let mut parcels: Vec<Parcel<T>> = Vec::new();
        for waiting in leaving {
            if let Some(parcel) = parcels.last_mut()
                && parcel.items.len() < faults.batch
                && mergeable(parcel, &waiting)
            {
                parcel.items.push(waiting);
                continue;
            }
            let wrong_signature = self.chance(faults.wrong_signature_percent);
            parcels.push(Parcel {
                items: vec![waiting],
                wrong_signature,
            });
        }
        parcels
    }

    fn chance(&mut self, percent: u8) -> bool {
        percent > 0 && self.rng.random_range(0..100) < percent
    }
}

fn mergeable<T>(parcel: &Parcel<T>, waiting: &Waiting<T>) -> bool {
    let next = &waiting.item;
    parcel.items.iter().all(|held| {
        held.item.event == next.event
            && held.item.account == next.account
            && held.item.subject != next.subject
    }) && parcel.items.first().is_some_and(|first| {
        let mut trial = first.item.body.clone();
        aaa::merge(&mut trial, &next.body)
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::id::XId;

    fn run(faults: &Faults, seed: u64, count: u64) -> Vec<Vec<u64>> {
        let mut shaper = Shaper::new(seed);
        let mut bodies = Vec::new();
        for n in 0..count {
            let body = json!({"for_user_id": "1", "tweet_create_events": [n]});
            let event = "tweet_create_events";
            let item = Item {
                account: XId(1),
                event,
                subject: XId(n),
                body,
                seed: n,
            };
            shaper.push(Waiting { item, note: () }, faults, |_| ());
            bodies.extend(shaper.take(faults, false));
        }
        bodies.extend(shaper.take(faults, true));
        assert!(shaper.is_empty());
        let subjects = |parcel: Parcel<()>| parcel.items.iter().map(|w| w.item.subject.0).collect();
        bodies.into_iter().map(subjects).collect()
    }

    #[test]
    fn shapes() {
        let plain = Faults::default();
        assert_eq!(run(&plain, 1, 3), [[0], [1], [2]]);
        let batch = Faults {
            batch: 2,
            ..plain.clone()
        };
        assert_eq!(run(&batch, 1, 5), [vec![0, 1], vec![2, 3], vec![4]]);
        let double = Faults {
            duplicate_percent: 100,
            batch: 4,
            ..plain.clone()
        };
        for mut body in run(&double, 1, 3) {
            let items = body.len();
            body.dedup();
            assert_eq!(body.len(), items, "copies never share a body");
        }
        assert_eq!(
            run(
                &Faults {
                    drop_percent: 100,
                    ..plain
                },
                1,
                3
            ),
            Vec::<Vec<u64>>::new()
        );
    }

    #[test]
    fn a_burst_waits_until_it_is_whole() {
        let faults = Faults {
            burst: 3,
            ..Faults::default()
        };
        let mut shaper = Shaper::new(1);
        let mut left = Vec::new();
        for n in 0..4 {
            let item = Item {
                account: XId(1),
                event: "post.create",
                subject: XId(n),
                body: json!({}),
                seed: n,
            };
            shaper.push(Waiting { item, note: () }, &faults, |_| ());
            left.push(shaper.take(&faults, false).len());
        }
        assert_eq!(left, [0, 0, 3, 0]);
        assert_eq!(
            shaper.take(&faults, true).len(),
            1,
            "quiet lets the rest go"
        );
    }

    #[test]
    fn disorder_is_bounded_and_follows_the_seed() {
        let faults = Faults {
            reorder_window: 5,
            duplicate_percent: 20,
            ..Faults::default()
        };
        let once = run(&faults, 9, 200);
        assert_eq!(once, run(&faults, 9, 200));
        assert_ne!(once, run(&faults, 10, 200));
        let order: Vec<u64> = once.into_iter().flatten().collect();
        assert!(order.len() > 210);
        assert!(order.windows(2).any(|pair| pair[0] > pair[1]));
        let mut seen: Vec<u64> = order;
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), 200, "nothing is lost");
    }
}
