//! A way to PostgreSQL that can be closed.

use runtime::testing::wait_for;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

pub struct Door {
    pub url: String,
    open: watch::Sender<bool>,
}

impl Door {
    pub async fn to(url: &str) -> Self {
        let (user, rest) = url.split_once('@').unwrap();
        let (server, name) = rest.split_once('/').unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let through = listener.local_addr().unwrap();
        let (open, state) = watch::channel(true);
        let server = server.to_owned();
        tokio::spawn(async move {
            while let Ok((mut client, _)) = listener.accept().await {
                let (server, mut state) = (server.clone(), state.clone());
                tokio::spawn(async move {
                    if !*state.borrow() {
                        return;
                    }
                    let mut server = TcpStream::connect(server).await.unwrap();
                    tokio::select! {
                        _ = tokio::io::copy_bidirectional(&mut client, &mut server) => {}
                        _ = state.wait_for(|open| !open) => {}
                    }
                });
            }
        });
        let url = format!("{user}@{through}/{name}");
        Self { url, open }
    }

    pub fn close(&self) {
        self.open.send_replace(false);
    }

    pub fn open(&self) {
        self.open.send_replace(true);
    }
}

#[tokio::test]
async fn a_closed_door_lets_nobody_through() {
    let database = runtime::testing::database().await;
    let door = Door::to(&database.app_url).await;
    let pool = runtime::pg::pool(&door.url, 1).unwrap();
    let ask = || async { sqlx::query("SELECT 1").execute(&pool).await };
    ask().await.unwrap();
    door.close();
    ask().await.unwrap_err();
    door.open();
    let asked = || async { ask().await.ok() };
    wait_for("through again", super::bed::PATIENCE, asked).await;
}
