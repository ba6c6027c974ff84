//! The reader: what became visible since the last look, merged into a frame for each organisation
//! that has clients.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::{Duration, Instant};

use runtime::pg::changes::{self, Seen};
use sqlx::PgConnection;

use super::cursor::{self, Snapshot};
use super::frame::{self, Pending, Present};
use super::presence::people;
use super::{Frame, Live, Stands};
use crate::App;
use crate::pg::{presence, threads};
use crate::row_id::RowId;
use crate::view::event::Event;

/// Between two looks, and so between two frames of an organisation.
const EVERY: Duration = Duration::from_millis(100);
/// After a look that failed.
const EVERY_WHILE_AWAY: Duration = Duration::from_secs(1);
/// A look takes at most a third of the time.
const REST: u32 = 2;
/// After a `reset` an organisation is left in peace: everybody reads everything again.
const AFTER_RESET: Duration = Duration::from_secs(2);
/// Rows of the feed in one look; of more every organisation is told to look at everything again.
const ROWS_MAX: i64 = 20_000;
/// How often it is looked whose presence has ended by itself.
const PRESENCE_EVERY: Duration = Duration::from_secs(3);

/// What one look gives for an organisation.
pub struct Turn {
    pub org: String,
    pub stands: Stands,
    pub present: Arc<Present>,
    pub frame: Option<Frame>,
}

/// Reads until the program ends.
pub async fn run(app: App) {
    let live: &Live = app.live();
    let shutdown = app.program().shutdown.clone();
    let mut reader = Reader::default();
    let mut away = false;
    let mut pause = EVERY;
    loop {
        tokio::select! {
            () = shutdown.cancelled() => break,
            () = tokio::time::sleep(pause) => {}
        }
        let began = Instant::now();
        let listened = live.listened();
        if listened.is_empty() {
            reader = Reader::default();
            continue;
        }
        match reader.look(&app, &listened).await {
            Ok(turns) => {
                away = false;
                live.send(turns);
                let took = began.elapsed();
                pause = EVERY.saturating_sub(took).max(took * REST);
            }
            Err(error) => {
                if !away {
                    tracing::warn!(%error, "live: changes are not read for now");
                }
                away = true;
                pause = EVERY_WHILE_AWAY;
            }
        }
    }
    live.close();
}

#[derive(Default)]
struct Reader {
    before: Option<Snapshot>,
    orgs: HashMap<String, Org>,
    presence_at: Option<Instant>,
}

#[derive(Default)]
struct Org {
    pending: Pending,
    held: Option<Instant>,
    present: Arc<Present>,
    // Its clients are not told yet where the feed stands.
    fresh: bool,
}

impl Reader {
    async fn look(
        &mut self,
        app: &App,
        listened: &HashMap<String, bool>,
    ) -> Result<Vec<Turn>, sqlx::Error> {
        self.orgs.retain(|org, _| listened.contains_key(org));
        let names: Vec<&str> = listened.keys().map(String::as_str).collect();
        let (mut scope, snapshot) = changes::moment(app.pg(), &names).await?;
        let snapshot = Snapshot::parse(&snapshot)
            .ok_or_else(|| sqlx::Error::Protocol("not a snapshot".to_owned()))?;
        if let Some(before) = &self.before {
            let seen = changes::between(&mut scope, before.as_str(), None, ROWS_MAX + 1).await?;
            self.take(seen);
        }
        for (org, fresh) in listened {
            self.orgs.entry(org.clone()).or_default().fresh = *fresh;
        }
        let versions = self.versions(&mut scope).await?;
        let presents = self.presents(&mut scope, app).await?;
        scope.commit().await?;
        let stands = Stands {
            id: cursor::encode(app.now(), &snapshot).into(),
            upto: snapshot.clone(),
        };
        let turns = self.turns(&stands, &versions, presents);
        self.before = Some(snapshot);
        Ok(turns)
    }

    fn take(&mut self, seen: Vec<Seen>) {
        if i64::try_from(seen.len()).is_ok_and(|n| n > ROWS_MAX) {
            self.orgs
                .values_mut()
                .for_each(|org| org.pending.overflow());
        }
        for row in seen {
            // Who has only just come is told where the feed stands after this.
            if let Some(org) = self.orgs.get_mut(&row.org) {
                org.pending.add(row);
            }
        }
    }

    async fn versions(&self, scope: &mut PgConnection) -> Result<Versions, sqlx::Error> {
        let due = self.orgs.iter().filter(|(_, org)| org.is_due());
        let wanted: Vec<(&str, RowId)> = due
            .flat_map(|(name, org)| {
                let rows = org.pending.threads().filter_map(RowId::from_key);
                rows.map(move |row| (name.as_str(), row))
            })
            .collect();
        let mut versions = Versions::new();
        for (org, key, version) in threads::versions(scope, &wanted).await? {
            versions.entry(org).or_default().insert(key, version);
        }
        Ok(versions)
    }

    // Read when somebody said something or came anew, and now and then: it ends by itself.
    async fn presents(
        &mut self,
        scope: &mut PgConnection,
        app: &App,
    ) -> Result<Option<BTreeMap<String, Present>>, sqlx::Error> {
        let old = self
            .presence_at
            .is_none_or(|at| at.elapsed() > PRESENCE_EVERY);
        let said = self
            .orgs
            .values()
            .any(|org| org.pending.presence || org.fresh);
        if !old && !said {
            return Ok(None);
        }
        let shown = presence::shown(scope, None, app.now()).await?;
        self.presence_at = Some(Instant::now());
        Ok(Some(people(shown)))
    }

    fn turns(
        &mut self,
        stands: &Stands,
        versions: &Versions,
        mut presents: Option<BTreeMap<String, Present>>,
    ) -> Vec<Turn> {
        let none = BTreeMap::new();
        let due = self.orgs.iter_mut().filter(|(_, org)| org.is_due());
        due.map(|(name, org)| {
            let mut events = org.pending.events(versions.get(name).unwrap_or(&none));
            if let Some(all) = &mut presents {
                let now = all.remove(name).unwrap_or_default();
                events.extend(frame::presence(&org.present, &now));
                org.present = Arc::new(now);
            }
            let frame = org.frame(&events, stands);
            Turn {
                org: name.clone(),
                stands: stands.clone(),
                present: Arc::clone(&org.present),
                frame,
            }
        })
        .collect()
    }
}

/// By organisation and key of the row.
type Versions = HashMap<String, BTreeMap<String, i64>>;

impl Org {
    fn is_due(&self) -> bool {
        self.held.is_none_or(|until| until <= Instant::now())
    }

    fn frame(&mut self, events: &[(&'static str, Event)], stands: &Stands) -> Option<Frame> {
        let pending = std::mem::take(&mut self.pending);
        self.held = pending.is_reset().then(|| Instant::now() + AFTER_RESET);
        (self.fresh || !events.is_empty() || !pending.ended.is_empty()).then(|| Frame {
            stands: stands.clone(),
            text: frame::write(events, Some(&stands.id)).into(),
            ended: pending.ended,
        })
    }
}
