//! The stream as a WebSocket: the first message says what is wanted, frames follow. A further message wants anew.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::extract::ws::{Message, WebSocket};
use drydock_services::{Error, Lab};
use futures_util::{SinkExt, StreamExt};
use tokio::sync::{mpsc, watch};

use crate::doors::frames;

/// Longest message a listener may send, in bytes.
pub const LONGEST: usize = 64 * 1024;

/// Serves one listener until it leaves or the door closes.
pub async fn serve(socket: WebSocket, lab: Arc<Lab>, mut closing: watch::Receiver<bool>) {
    let (mut out, mut asked) = socket.split();
    // One frame waits at most: a listener that reads slowly holds its pump up, and then gets the newest state.
    let (frames, mut ready) = mpsc::channel::<String>(1);
    let turn = Arc::new(AtomicU64::new(0));
    loop {
        tokio::select! {
            () = closed(&mut closing) => break,
            message = asked.next() => match message {
                Some(Ok(Message::Text(text))) => match wanted(&text) {
                    Ok(wanted) => start(&lab, wanted, &frames, &turn),
                    Err(error) => {
                        let line = serde_json::json!({ "success": false, "error": error.message, "code": error.code });
                        if out.send(Message::text(line.to_string())).await.is_err() { break }
                    }
                },
                Some(Ok(Message::Close(_)) | Err(_)) | None => break,
                Some(Ok(_)) => {}
            },
            frame = ready.recv() => match frame {
                Some(frame) => if out.send(Message::text(frame)).await.is_err() { break },
                None => break,
            },
        }
    }
    turn.fetch_add(1, Ordering::Relaxed);
    // The listener may be gone already, and there is nobody else to tell.
    let _ = out.close().await;
}

async fn closed(closing: &mut watch::Receiver<bool>) {
    // The sender is dropped with the door, which closes it as well.
    let _ = closing.wait_for(|closed| *closed).await;
}

fn wanted(text: &str) -> Result<frames::Wanted, Error> {
    let value = serde_json::from_str(text).map_err(|error| Error::bad_input("message", error))?;
    frames::Wanted::read(&value)
}

fn start(
    lab: &Arc<Lab>,
    wanted: frames::Wanted,
    frames: &mpsc::Sender<String>,
    turn: &Arc<AtomicU64>,
) {
    let mine = turn.fetch_add(1, Ordering::Relaxed) + 1;
    let (lab, frames, turn) = (lab.clone(), frames.clone(), turn.clone());
    std::thread::spawn(move || {
        frames::pump(&lab, &wanted, |frame| {
            turn.load(Ordering::Relaxed) == mine && frames.blocking_send(frame.to_owned()).is_ok()
        });
    });
}
