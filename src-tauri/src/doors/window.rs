//! The window: every row of the table is a command of its own, through one dispatching handler.
//!
//! The lab opens on a thread while the page loads; calls wait for it. Calls run off the main thread. A reply resolves
//! with the same envelope that HTTP gives, failures too, so that the page has one way to read both.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use drydock_operations::{Reply, operation};
use drydock_services::http_door::{Given, Holder};
use drydock_services::{Caller, Error, settings};
use serde_json::{Value, json};
use tauri::ipc::{Channel, Invoke, InvokeBody, JavaScriptChannelId, Response};
use tauri::{WebviewUrl, WebviewWindowBuilder, Wry};

use crate::doors::command_line::open_sample;
use crate::doors::{frames, http};
use crate::house::{self, House};

/// The command by which the page subscribes to the stream; not an operation, since it hands over a channel.
const SUBSCRIBE: &str = "stream_subscribe";
/// The command by which the page says that something of it is on the screen; the bench of the window waits for its line.
const DRAWN: &str = "window_drawn";

struct Desk {
    house: OnceLock<Result<Arc<House>, Error>>,
    caller: Caller,
    /// The newest subscription: the page has one stream, and an older one ends when a new one begins.
    turn: AtomicU64,
}

/// Opens the window and returns when it is closed.
pub fn run(lab: PathBuf, caller: Caller) -> Result<(), Error> {
    // Before the first thread: the environment of a process that has several is not changed safely.
    #[cfg(target_os = "linux")]
    mend_environment()?;
    let desk = Arc::new(Desk {
        house: OnceLock::new(),
        caller,
        turn: AtomicU64::new(0),
    });
    let opening = desk.clone();
    std::thread::spawn(move || {
        let opened = open(&lab, &opening.caller);
        if let Err(error) = &opened {
            tracing::error!(%error, lab = %lab.display(), "the lab did not open");
        }
        // Set once, by this thread alone.
        let _ = opening.house.set(opened);
    });
    let handling = desk.clone();
    tauri::Builder::default()
        .invoke_handler(move |invoke| handle(&handling, invoke))
        .setup(|app| {
            WebviewWindowBuilder::new(app, "main", WebviewUrl::default())
                .title("Drydock")
                .inner_size(1280.0, 800.0)
                .min_inner_size(1024.0, 700.0)
                // The page takes dropped files itself, as it does in a browser.
                .disable_drag_drop_handler()
                .build()?;
            Ok(())
        })
        .run(tauri::generate_context!())
        .map_err(Error::internal)
}

fn open(lab: &Path, caller: &Caller) -> Result<Arc<House>, Error> {
    let house = Arc::new(house::open(lab, &house::environment())?);
    open_sample(&house, caller)?;
    if let Some(gate) = house.gate() {
        let runtime = tauri::async_runtime::handle().inner().clone();
        http::offer(gate, runtime, Holder::Window, Given::default())?;
        if settings::http_enabled(gate.lab())? {
            // The switch keeps why it failed, and the settings show it: the window is there all the same.
            let reply = house.call(caller, "set_http_door", json!({ "open": true }));
            if !reply.is_success() {
                tracing::warn!(reply = %reply.envelope(), "the HTTP door did not open");
            }
        }
    }
    Ok(house)
}

fn handle(desk: &Arc<Desk>, invoke: Invoke<Wry>) -> bool {
    let name = invoke.message.command().to_owned();
    if name == SUBSCRIBE {
        subscribe(desk, invoke);
        return true;
    }
    if name == DRAWN {
        let ago_ms = argument(&invoke, "agoMs").and_then(|ago| ago.as_u64());
        tracing::info!(ago_ms, "the first frame is drawn");
        invoke.resolver.resolve(Value::Null);
        return true;
    }
    if operation(&name).is_none() {
        return false;
    }
    let input = argument(&invoke, "input").unwrap_or_else(|| json!({}));
    let (desk, resolver) = (desk.clone(), invoke.resolver);
    tauri::async_runtime::spawn_blocking(move || {
        let reply = match desk.house.wait() {
            Ok(house) => house.call(&desk.caller, &name, input),
            Err(error) => Reply::error(error),
        };
        match reply {
            Reply::Json { body, .. } => resolver.resolve(body),
            Reply::Bytes { bytes, .. } => resolver.resolve(Response::new(bytes)),
        }
    });
    true
}

fn argument(invoke: &Invoke<Wry>, name: &str) -> Option<Value> {
    match invoke.message.payload() {
        InvokeBody::Json(payload) => payload.get(name).filter(|value| !value.is_null()).cloned(),
        InvokeBody::Raw(_) => None,
    }
}

fn subscribe(desk: &Arc<Desk>, invoke: Invoke<Wry>) {
    let mut wanted = json!({ "subscribe": argument(&invoke, "topics") });
    if let Some(resume) = argument(&invoke, "resume") {
        wanted["resume"] = resume;
    }
    let channel = argument(&invoke, "channel")
        .and_then(|value| {
            value
                .as_str()
                .and_then(|text| text.parse::<JavaScriptChannelId>().ok())
        })
        .map(|id| id.channel_on::<Wry, String>(invoke.message.webview()));
    let (Some(channel), Ok(read)) = (channel, frames::Wanted::read(&wanted)) else {
        invoke
            .resolver
            .reject(format!("{SUBSCRIBE} takes channel, topics and resume"));
        return;
    };
    let mine = desk.turn.fetch_add(1, Ordering::Relaxed) + 1;
    invoke.resolver.resolve(Value::Null);
    let desk = desk.clone();
    std::thread::spawn(move || follow(&desk, mine, &channel, &wanted, &read));
}

fn follow(
    desk: &Desk,
    mine: u64,
    channel: &Channel<String>,
    wanted: &Value,
    read: &frames::Wanted,
) {
    let send = |frame: &str| {
        desk.turn.load(Ordering::Relaxed) == mine && channel.send(frame.to_owned()).is_ok()
    };
    match desk.house.wait().as_deref() {
        Ok(House::Owner { gate, .. }) => frames::pump(gate.lab(), read, send),
        Ok(House::Attached(client)) => {
            if let Err(error) = client.stream(wanted, send) {
                tracing::warn!(%error, "the stream of the lab's owner ended");
            }
        }
        // Every call of the page says why the lab did not open.
        Err(_) => {}
    }
}

/// What WebKit and its processes read from the environment. It takes the language from the locale, and under C has none that
/// JavaScript knows: formatting numbers throws and the window stays empty. Without a graphics card it would draw in software
/// into buffers made for one, which costs time and memory and on some machines shows nothing; and GDK would load an
/// emulation of OpenGL only to ask which pixel formats it has.
#[cfg(target_os = "linux")]
fn mend_environment() -> Result<(), Error> {
    let set = |name, value| glib::setenv(name, value, true).map_err(Error::internal);
    let locale = ["LC_ALL", "LC_MESSAGES", "LANG"]
        .iter()
        .filter_map(|name| std::env::var(name).ok())
        .find(|value| !value.is_empty())
        .unwrap_or_default();
    if matches!(locale.split('.').next(), None | Some("" | "C" | "POSIX")) {
        glib::unsetenv("LC_ALL");
        set("LC_MESSAGES", "en_US.UTF-8")?;
    }
    if !has_graphics_card() {
        for (name, value) in WITHOUT_GRAPHICS_CARD {
            if std::env::var_os(name).is_none() {
                set(name, value)?;
            }
        }
    }
    Ok(())
}

#[cfg(target_os = "linux")]
const WITHOUT_GRAPHICS_CARD: [(&str, &str); 2] = [
    ("WEBKIT_DISABLE_DMABUF_RENDERER", "1"),
    ("GDK_GL", "disable"),
];

/// Whether the kernel offers a device that draws, see <https://docs.kernel.org/gpu/drm-uapi.html#render-nodes>.
#[cfg(target_os = "linux")]
fn has_graphics_card() -> bool {
    std::fs::read_dir("/dev/dri").is_ok_and(|devices| {
        devices
            .flatten()
            .any(|device| device.file_name().to_string_lossy().starts_with("renderD"))
    })
}
