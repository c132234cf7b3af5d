//! The switch of the HTTP door: what the window and `drydock serve` put into the lab, so that the door is opened and
//! closed by an operation like any other.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use drydock_operations::Gate;
use drydock_services::http_door::{Given, Holder, HttpSwitch, HttpTerms, Moment, OpenDoor, SignIn};
use drydock_services::{Caller, Error};
use tokio::runtime::Handle;
use tokio::sync::watch;

use super::{HttpDoor, sessions};

/// Opens and closes the HTTP door of a lab that this process owns.
pub struct Switch {
    // The lab holds the switch, and the gate the lab.
    gate: Weak<Gate>,
    runtime: Handle,
    holder: Holder,
    given: Given,
    standing: Mutex<Standing>,
    /// Doors that are open, or closing and not closed yet.
    doors: watch::Sender<u32>,
}

#[derive(Default)]
struct Standing {
    door: Option<(HttpDoor, OpenDoor)>,
    failure: Option<String>,
}

/// Puts a switch into the lab behind a gate. What it opens is served on `runtime`.
pub fn offer(
    gate: &Arc<Gate>,
    runtime: Handle,
    holder: Holder,
    given: Given,
) -> Result<Arc<Switch>, Error> {
    let switch = Arc::new(Switch {
        gate: Arc::downgrade(gate),
        runtime,
        holder,
        given,
        standing: Mutex::default(),
        doors: watch::Sender::new(0),
    });
    gate.lab().offer_http(switch.clone())?;
    Ok(switch)
}

impl Switch {
    /// Where the door listens; nothing where it is closed.
    pub fn address(&self) -> Option<SocketAddr> {
        self.lock().door.as_ref().map(|(door, _)| door.address)
    }

    /// Comes back when no door is open, nor closing.
    pub async fn closed(&self) {
        // The sender is this switch's own, so the wait cannot fail.
        let _ = self.doors.subscribe().wait_for(|doors| *doors == 0).await;
    }

    // Nothing in here can be left half-done by a panic.
    fn lock(&self) -> MutexGuard<'_, Standing> {
        self.standing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl HttpSwitch for Switch {
    fn holder(&self) -> Holder {
        self.holder
    }

    fn given(&self) -> &Given {
        &self.given
    }

    fn door(&self) -> Option<OpenDoor> {
        self.lock().door.as_ref().map(|(_, open)| open.clone())
    }

    fn failure(&self) -> Option<String> {
        self.lock().failure.clone()
    }

    fn open(&self, terms: &HttpTerms, by: &Caller, now: Moment) -> Result<OpenDoor, Error> {
        let gate = self
            .gate
            .upgrade()
            .ok_or_else(|| Error::internal("the lab is being closed"))?;
        let opened = self.runtime.block_on(super::open(gate, terms));
        let mut standing = self.lock();
        match opened {
            Ok(door) => {
                let open = OpenDoor {
                    port: door.address.port(),
                    terms: terms.clone(),
                    since: now,
                    by: by.clone(),
                };
                self.doors.send_modify(|doors| *doors += 1);
                *standing = Standing {
                    door: Some((door, open.clone())),
                    failure: None,
                };
                Ok(open)
            }
            Err(error) => {
                standing.failure = Some(error.message.clone());
                Err(error)
            }
        }
    }

    fn close(&self, wait: bool) {
        let Some((door, _)) = std::mem::take(&mut *self.lock()).door else {
            return;
        };
        let doors = self.doors.clone();
        let closed = self.runtime.spawn(async move {
            door.close().await;
            doors.send_modify(|doors| *doors -= 1);
        });
        if wait {
            // It fails only where the runtime has ended, and the door with it.
            let _ = self.runtime.block_on(closed);
        }
    }

    fn sign_in(&self, now: Moment) -> Result<Option<SignIn>, Error> {
        self.lock()
            .door
            .as_ref()
            .map(|(door, _)| {
                Ok(SignIn {
                    url: door.url()?,
                    expires: now + sessions::CODE_LIFE,
                })
            })
            .transpose()
    }
}
