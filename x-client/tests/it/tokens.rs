//! A token store in memory, shared by the processes of a test, which fails when it is told to.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures::future::BoxFuture;
use secrecy::ExposeSecret as _;
use tokio::sync::{OwnedMutexGuard, watch};
use x_client::AccountKey;
use x_client::oauth2::{StoreError, TokenStore, Tokens, Turn};

#[derive(Clone, Default)]
pub struct MemoryTokens {
    pub kept: Arc<watch::Sender<Option<Tokens>>>,
    turn: Arc<tokio::sync::Mutex<()>>,
    pub broken: Arc<AtomicBool>,
}

impl MemoryTokens {
    pub fn stored(&self) -> Option<Tokens> {
        self.kept.borrow().clone()
    }

    pub fn access(&self) -> Option<String> {
        self.stored()
            .map(|tokens| tokens.access.expose_secret().to_owned())
    }

    pub fn refresh(&self) -> Option<String> {
        self.stored()
            .map(|tokens| tokens.refresh.expose_secret().to_owned())
    }
}

impl TokenStore for MemoryTokens {
    fn load<'a>(&'a self, _: &'a AccountKey) -> BoxFuture<'a, Result<Option<Tokens>, StoreError>> {
        Box::pin(async { Ok(self.stored()) })
    }

    fn turn<'a>(&'a self, _: &'a AccountKey) -> BoxFuture<'a, Result<Box<dyn Turn>, StoreError>> {
        Box::pin(async {
            let held = self.turn.clone().lock_owned().await;
            Ok(Box::new(MemoryTurn {
                store: self.clone(),
                held,
            }) as Box<dyn Turn>)
        })
    }
}

struct MemoryTurn {
    store: MemoryTokens,
    held: OwnedMutexGuard<()>,
}

impl Turn for MemoryTurn {
    fn current(&self) -> Option<Tokens> {
        self.store.stored()
    }

    fn commit(self: Box<Self>, tokens: Tokens) -> BoxFuture<'static, Result<(), StoreError>> {
        Box::pin(async move {
            if self.store.broken.load(Ordering::SeqCst) {
                return Err(StoreError("the disk is full".to_owned()));
            }
            self.store.kept.send_replace(Some(tokens));
            drop(self.held);
            Ok(())
        })
    }
}
