//! Entries of the lists that a lead keeps for everybody: codes, labels, saved replies, saved views.

use serde::Serialize;
use serde_json::Value;

use crate::http::command::{Answer, Command, Scope};
use crate::http::problem::Problem;

/// An entry of such a list.
pub trait Entry: Clone + Serialize + Send + Sync {
    type Id: Send + Sync;
    /// In the actions of the audit.
    const AUDIT: &'static str;
    /// For who asks for one that is not there.
    const NAME: &'static str;
    /// Path of the list.
    const LIST: &'static str;

    /// What the audit names it by, and says of it.
    fn audited(&self) -> (String, Value);

    fn insert(&self, scope: &mut Scope<'_>) -> impl Future<Output = Result<(), Problem>> + Send;

    /// False if it is not there.
    fn update(&self, scope: &mut Scope<'_>) -> impl Future<Output = Result<bool, Problem>> + Send;

    /// None if it is not there.
    fn delete(
        scope: &mut Scope<'_>,
        id: &Self::Id,
    ) -> impl Future<Output = Result<Option<Self>, Problem>> + Send;

    /// Tells open desks, where they show the list.
    fn tell(&self, _scope: &mut Scope<'_>) {}
}

/// What is done to an entry.
pub enum Work<E: Entry> {
    Create(E),
    Change(E),
    Delete(E::Id),
}

impl<E: Entry> Command for Work<E> {
    async fn run(&self, scope: &mut Scope<'_>) -> Result<Answer, Problem> {
        let missing = || Problem::not_found(E::NAME);
        let (action, entry) = match self {
            Self::Create(entry) => {
                entry.insert(scope).await?;
                ("create", entry.clone())
            }
            Self::Change(entry) => {
                let found = entry.update(scope).await?;
                ("change", found.then(|| entry.clone()).ok_or_else(missing)?)
            }
            Self::Delete(id) => ("delete", E::delete(scope, id).await?.ok_or_else(missing)?),
        };
        let (subject, detail) = entry.audited();
        let action = format!("{}.{action}", E::AUDIT);
        scope.audit(&action, &subject, detail).await?;
        entry.tell(scope);
        match self {
            Self::Create(_) => Answer::created(&entry, E::LIST.to_owned()),
            _ => Answer::ok(&entry),
        }
    }
}
