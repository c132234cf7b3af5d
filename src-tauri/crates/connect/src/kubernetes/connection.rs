//! A connection for those who do not wait for futures: everything runs on one thread of its own.

use std::sync::Arc;
use std::sync::mpsc::{RecvError, SyncSender, sync_channel};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

use tokio::runtime;
use tokio::sync::oneshot;
use tokio::time::timeout;

use super::cluster::{Cluster, Watch};
use super::config::{Config, Source};
use super::error::ConnectError;
use super::live::Live;
use super::snapshot::{Snapshot, State};

/// Name of the thread.
const THREAD: &str = "drydock-k8s";
/// How long stopping waits for what cannot be interrupted (a name being looked up, a login plugin).
const FAREWELL: Duration = Duration::from_secs(1);

/// A cluster being followed. Dropped, it stops and leaves no thread behind.
pub struct Connection {
    live: Arc<Live>,
    place: String,
    url: String,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// What the thread says once it is connected.
struct Opened {
    live: Arc<Live>,
    place: String,
    url: String,
}

impl Connection {
    /// Connects, asks what there is, and begins to follow it. The first lists may still be under way when it returns: see
    /// [`Connection::wait_until_synced`].
    ///
    /// # Errors
    /// Why there is no connection, naming file and context, and what would be right.
    pub fn open(config: Config) -> Result<Self, ConnectError> {
        let (opened, waiting) = sync_channel(1);
        let (stop, stopped) = oneshot::channel();
        let thread = Builder::new()
            .name(THREAD.to_owned())
            .spawn(move || run(&config, &opened, stopped))?;
        match waiting.recv() {
            Ok(Ok(Opened { live, place, url })) => Ok(Self {
                live,
                place,
                url,
                stop: Some(stop),
                thread: Some(thread),
            }),
            Ok(Err(error)) => Err(error),
            Err(RecvError) => Err(ConnectError::Thread(std::io::Error::other(
                "it ended before it was connected",
            ))),
        }
    }

    /// What is known now. Never waits for the cluster.
    pub fn snapshot(&self) -> Snapshot {
        self.live.snapshot()
    }

    /// Waits until a condition holds, and gives the snapshot it holds for; nothing where patience ends first.
    pub fn wait_for(
        &self,
        patience: Duration,
        holds: impl FnMut(&Snapshot) -> bool,
    ) -> Option<Snapshot> {
        self.live.wait_for(patience, holds)
    }

    /// Waits until every kind that may be read is there; nothing where patience ends first.
    pub fn wait_until_synced(&self, patience: Duration) -> Option<Snapshot> {
        self.wait_for(patience, |snapshot| snapshot.state == State::Connected)
    }

    /// Where the address is from: the file and the context.
    pub fn place(&self) -> &str {
        &self.place
    }

    /// The address.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Stops following. The last snapshot stays, and says that it is [`State::Stopped`].
    pub fn stop(&mut self) {
        self.stop.take();
        if let Some(thread) = self.thread.take() {
            // A thread that panicked has stopped too.
            drop(thread.join());
        }
        self.live.stop();
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.stop();
    }
}

/// The thread: connects, says so, and runs until it is told to stop.
fn run(
    config: &Config,
    opened: &SyncSender<Result<Opened, ConnectError>>,
    stopped: oneshot::Receiver<()>,
) {
    let runtime = match runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            drop(opened.send(Err(error.into())));
            return;
        }
    };
    runtime.block_on(async {
        match begin(config).await {
            Ok((watch, place, url)) => {
                let live = watch.live();
                if opened.send(Ok(Opened { live, place, url })).is_ok() {
                    // Ends too where the connection is gone without a word.
                    drop(stopped.await);
                }
            }
            Err(error) => drop(opened.send(Err(error))),
        }
    });
    runtime.shutdown_timeout(FAREWELL);
}

async fn begin(config: &Config) -> Result<(Watch, String, String), ConnectError> {
    let connect = async {
        let cluster = Cluster::connect(config).await?;
        let discovery = cluster.discover().await?;
        let (place, url) = (cluster.place().to_owned(), cluster.url().to_owned());
        Ok((cluster.watch(discovery), place, url))
    };
    let limit = config.timing.open;
    timeout(limit, connect).await.unwrap_or_else(|_| {
        Err(ConnectError::TimedOut {
            place: describe(&config.source),
            after: limit,
        })
    })
}

fn describe(source: &Source) -> String {
    match source {
        Source::Kubeconfig { path, context } => {
            let file = path.as_ref().map_or_else(
                || "the default kubeconfig".to_owned(),
                |path| format!("kubeconfig {}", path.display()),
            );
            let context = context.as_ref().map_or_else(
                || "its current context".to_owned(),
                |context| format!("context {context:?}"),
            );
            format!("{file}, {context}")
        }
        Source::InCluster => "the service account of this pod".to_owned(),
        Source::Url { url, .. } => url.clone(),
    }
}
