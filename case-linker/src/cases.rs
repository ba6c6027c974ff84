//! The cases that may concern each person of a transaction.

use std::collections::HashMap;

use schemas::records::Item;
use uuid::Uuid;

use crate::link::Case;
use crate::world::{ItemKey, PersonKey};

/// Cases by person.
#[derive(Default)]
pub struct Cases(HashMap<PersonKey, Vec<Case>>);

impl Cases {
    /// Gives each person their own cases, those of their customer, and those that one of their
    /// items already has, whosever they are.
    pub fn new<'a>(
        all: &[(String, Case)],
        people: &[PersonKey],
        customers: &HashMap<PersonKey, Uuid>,
        items: impl Iterator<Item = &'a Item>,
    ) -> Self {
        let mut by_person: HashMap<PersonKey, Vec<&Case>> = HashMap::new();
        let mut by_customer: HashMap<ItemKey, Vec<&Case>> = HashMap::new();
        let mut by_id: HashMap<ItemKey, &Case> = HashMap::new();
        for (org, case) in all {
            if let Some(person) = &case.person_id {
                let key = (org.clone(), person.clone());
                by_person.entry(key).or_default().push(case);
            }
            if let Some(customer) = case.customer_id {
                by_customer
                    .entry((org.clone(), customer))
                    .or_default()
                    .push(case);
            }
            by_id.insert((org.clone(), case.case_id), case);
        }
        let mut cases = Self::default();
        for key in people {
            let own = by_person.get(key).into_iter().flatten();
            let customer = customers.get(key).map(|id| (key.0.clone(), *id));
            let shared = customer.and_then(|customer| by_customer.get(&customer));
            for case in own.chain(shared.into_iter().flatten()) {
                cases.add(key, case);
            }
        }
        for item in items {
            let named = item.case_id.map(|id| (item.org.clone(), id));
            if let Some(case) = named.and_then(|key| by_id.get(&key)) {
                cases.add(&(item.org.clone(), item.person_id.clone()), case);
            }
        }
        cases
    }

    /// Cases of a person.
    pub fn of(&self, person: &PersonKey) -> &[Case] {
        self.0.get(person).map_or(&[], Vec::as_slice)
    }

    fn add(&mut self, person: &PersonKey, case: &Case) {
        let of_person = self.0.entry(person.clone()).or_default();
        if of_person.iter().all(|known| known.case_id != case.case_id) {
            of_person.push(case.clone());
        }
    }
}
