//! What the control API and tests set and ask of the simulated API: knobs, faults, streams, apps.

use super::{Sim, SimError, lock};
use crate::{
    api::{
        faults::ApiFault,
        knobs::{AppConfig, Knobs},
    },
    id::XId,
};

impl Sim {
    pub fn set_knobs(&self, knobs: Knobs) -> Result<(), SimError> {
        if let Some(problem) = knobs.problem() {
            return Err(SimError::Knobs(problem));
        }
        self.platform().set_knobs(knobs);
        Ok(())
    }

    pub fn knobs(&self) -> Knobs {
        self.platform().knobs()
    }

    /// The faults of the API, in the order in which they are tried.
    pub fn set_api_faults(&self, faults: Vec<ApiFault>) {
        *lock(&self.platform().faults) = faults;
    }

    /// How many streams are read at the moment.
    pub fn streams_open(&self) -> usize {
        let connections = self.platform().hub.connections();
        let open = connections
            .iter()
            .filter(|shown| shown.disconnected_at.is_none());
        open.count()
    }

    /// How many streams have ended, of those that are remembered.
    pub fn streams_ended(&self) -> usize {
        let connections = self.platform().hub.connections();
        let ended = connections
            .iter()
            .filter(|shown| shown.disconnected_at.is_some());
        ended.count()
    }

    /// Makes an app with the tokens that its users have given it.
    pub fn add_app(&self, new: &AppConfig) -> Result<XId, SimError> {
        let now = self.clock().now();
        let mut users = Vec::new();
        for user in &new.users {
            let id = self.read(|world| world.person(&user.user).map(|person| person.id));
            users.push((id.ok_or_else(|| SimError::App(user.user.clone()))?, user));
        }
        let mut apps = lock(&self.platform().apps);
        let app = apps.add(new).id;
        for (id, user) in users {
            if let Some(new) = &user.oauth1 {
                apps.allow_oauth1(app, id, new);
            }
            if let Some(new) = &user.oauth2 {
                apps.allow_oauth2(app, id, new, now);
            }
        }
        Ok(app)
    }
}
