//! Open streams: seeing them, and closing those that are stuck.

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::json;

use super::users::LOOKUP_MAX;
use crate::client::Client;
use crate::endpoint::Endpoint;
use crate::error::Error;
use crate::http::Call;
use crate::ids::ConnectionId;

/// A connection of a stream.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Connection {
    /// Its id, where X names it.
    #[serde(default, alias = "uuid")]
    pub id: Option<ConnectionId>,
    /// Such as `filtered_stream`.
    #[serde(default)]
    pub endpoint_name: String,
    /// Since when.
    #[serde(default)]
    pub connected_at: Option<DateTime<Utc>>,
    /// Until when.
    #[serde(default)]
    pub disconnected_at: Option<DateTime<Utc>>,
    /// Why it ended.
    #[serde(default)]
    pub disconnect_reason: Option<String>,
}

/// What became of closing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(default)]
pub struct ConnectionsClosed {
    /// Closed.
    pub successful_kills: u64,
    /// Not closed.
    pub failed_kills: u64,
}

impl Client {
    /// The app's open streams.
    pub async fn connections(&self) -> Result<Vec<Connection>, Error> {
        let fields = "id,endpoint_name,connected_at,disconnected_at,disconnect_reason";
        let call = Call::plain(Endpoint::ConnectionsList)
            .query("status", "active")
            .query("max_results", 100)
            .query("connection.fields", fields);
        self.call(call).await?.list()
    }

    /// Closes streams, up to 100.
    pub async fn close_connections(
        &self,
        ids: &[ConnectionId],
    ) -> Result<ConnectionsClosed, Error> {
        let endpoint = Endpoint::ConnectionsDelete;
        if !(1..=LOOKUP_MAX).contains(&ids.len()) {
            return Err(Error::invalid(
                endpoint,
                format!("1 to {LOOKUP_MAX} connections at once"),
            ));
        }
        self.call(Call::plain(endpoint).json(&json!({ "uuids": ids })))
            .await?
            .data()
    }

    /// Closes all of the app's streams.
    pub async fn close_all_connections(&self) -> Result<ConnectionsClosed, Error> {
        self.call(Call::plain(Endpoint::ConnectionsDeleteAll))
            .await?
            .data()
    }
}
