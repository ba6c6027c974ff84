//! A command to a channel wakes whoever obeys it.

use schemas::changes::CHANNEL_COMMANDS;
use sqlx::PgPool;
use sqlx::postgres::PgListener;
use tokio::sync::watch;

/// Wakes all who wait at each command until the connection cannot be had; it comes back by itself while it can.
pub async fn listen(pool: &PgPool, who: &watch::Sender<()>) -> Result<(), sqlx::Error> {
    let mut listener = PgListener::connect_with(pool).await?;
    listener.listen(CHANNEL_COMMANDS).await?;
    loop {
        listener.recv().await?;
        who.send_replace(());
    }
}
