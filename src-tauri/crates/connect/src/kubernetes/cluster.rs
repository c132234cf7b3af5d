//! A cluster that can be asked: what it serves, lists of it, and a watch over all that is read.

use std::sync::Arc;
use std::time::Duration;

use drydock_model::{ClusterObject, Provenance};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::access::{self, Access};
use super::backoff::Backoff;
use super::config::{Config, Timing};
use super::discovery::{self, Discovery};
use super::error::ConnectError;
use super::keeper::Keeper;
use super::kinds::Resource;
use super::live::Live;
use super::pager::{Listed, Page, Pager};
use super::read_error::ReadError;
use super::reader::Reader;
use super::redact::redact;
use super::snapshot::Snapshot;
use super::usage;
use super::warning::Warning;

/// Pages read at a time: a server that has just come back is not asked for everything at once.
const LISTS_AT_A_TIME: usize = 4;
/// How often one list is tried before it fails for good.
const ATTEMPTS: u32 = 4;
/// Kinds over which the waits after a failure are spread.
const SPREAD_OVER: f64 = 64.0;

/// A cluster, connected. Sends GET and nothing else.
#[derive(Clone)]
pub struct Cluster {
    reader: Reader,
    place: String,
    url: String,
    namespace: Option<String>,
    warnings: Vec<Warning>,
    timing: Timing,
}

/// All objects of a kind, as of one moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Listing {
    /// The objects, in the order the server gives.
    pub objects: Vec<ClusterObject>,
    /// What a watch goes on from.
    pub resource_version: String,
}

impl Cluster {
    /// Finds address and credentials, and makes a client. Runs a login plugin where the kubeconfig names one; asks the
    /// cluster nothing yet.
    ///
    /// # Errors
    /// What is missing, where it was looked for, and what would be right.
    pub async fn connect(config: &Config) -> Result<Self, ConnectError> {
        let Access {
            client,
            place,
            url,
            warnings,
        } = access::open(config).await?;
        Ok(Self {
            reader: Reader::new(client, config.timing.answer),
            place,
            url,
            namespace: config.namespace.clone(),
            warnings,
            timing: config.timing.clone(),
        })
    }

    /// Where the address is from: the file and the context.
    pub fn place(&self) -> &str {
        &self.place
    }

    /// The address.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Asks what is served of what is read, again where the server fails.
    ///
    /// # Errors
    /// Why the cluster cannot be read at all.
    pub async fn discover(&self) -> Result<Discovery, ConnectError> {
        let mut backoff = self.backoff(0);
        let mut attempt = 1;
        loop {
            let error = match discovery::discover(&self.reader).await {
                Ok(found) => return Ok(found),
                Err(error) => error,
            };
            if attempt == ATTEMPTS || !is_passing(&error) {
                return Err(ConnectError::of(&self.place, &self.url, error));
            }
            attempt += 1;
            sleep(backoff.wait(error.retry_after())).await;
        }
    }

    /// Lists a kind: all pages, as of one moment.
    ///
    /// # Errors
    /// Why it cannot be listed, after a few attempts where that may help.
    pub async fn list(&self, resource: &Resource) -> Result<Listing, ReadError> {
        let mut pager = Pager::new(
            resource.path(self.namespace.as_deref()),
            self.field_selector(resource),
            self.timing.page_size,
        );
        let mut backoff = self.backoff(0);
        let mut attempt = 1;
        loop {
            match pager.page(&self.reader, resource).await {
                Page::More | Page::Anew => {}
                Page::Last(Listed { items, version }) => {
                    let objects = items.iter().map(|item| {
                        let redacted = redact(item).map_err(ReadError::Garbage)?;
                        Ok(ClusterObject::new(redacted.json, Provenance::Measured))
                    });
                    return Ok(Listing {
                        objects: objects.collect::<Result<_, ReadError>>()?,
                        resource_version: version,
                    });
                }
                Page::Failed(error) if attempt == ATTEMPTS || !is_passing(&error) => {
                    return Err(error);
                }
                Page::Failed(error) => {
                    attempt += 1;
                    sleep(backoff.wait(error.retry_after())).await;
                }
            }
        }
    }

    /// Follows all that was discovered, and what is served later. To be called within a tokio runtime.
    pub fn watch(self, discovery: Discovery) -> Watch {
        let live = Arc::new(Live::new(self.namespace.clone(), self.warnings.clone()));
        let kinds = live.discovered(&discovery);
        let mut tasks = JoinSet::new();
        tasks.spawn(survey(self, live.clone(), discovery, kinds));
        Watch { live, tasks }
    }

    fn field_selector(&self, resource: &Resource) -> Option<String> {
        let name = self
            .namespace
            .as_ref()
            .filter(|_| resource.is_namespace())?;
        Some(format!("metadata.name={name}"))
    }

    fn backoff(&self, at: usize) -> Backoff {
        let spread = (at as f64 / SPREAD_OVER).min(1.0);
        Backoff::new(
            self.timing.first_backoff,
            self.timing.longest_backoff,
            spread,
        )
    }

    fn keeper(
        &self,
        live: &Arc<Live>,
        lists: &Arc<Semaphore>,
        (at, resource): (usize, Resource),
    ) -> Keeper {
        Keeper {
            reader: self.reader.clone(),
            live: live.clone(),
            at,
            path: resource.path(self.namespace.as_deref()),
            field_selector: self.field_selector(&resource),
            resource,
            timing: self.timing.clone(),
            lists: lists.clone(),
            backoff: self.backoff(at),
        }
    }
}

/// Whether the same may work a moment later.
fn is_passing(error: &ReadError) -> bool {
    match error {
        ReadError::Refused(refusal) => matches!(refusal.code, 410 | 429 | 500..),
        ReadError::Silent(_) => true,
        _ => false,
    }
}

/// Keeps every kind, and looks now and then which there are. Dropped, it stops them all.
async fn survey(
    cluster: Cluster,
    live: Arc<Live>,
    mut discovery: Discovery,
    mut kinds: Vec<(usize, Resource)>,
) {
    let lists = Arc::new(Semaphore::new(LISTS_AT_A_TIME));
    let mut tasks = JoinSet::new();
    let (metrics, served) = watch::channel(discovery.metrics.clone());
    tasks.spawn(keep_usage(cluster.clone(), live.clone(), served));
    loop {
        for new in kinds.drain(..) {
            tasks.spawn(cluster.keeper(&live, &lists, new).keep());
        }
        drop(metrics.send_replace(discovery.metrics.clone()));
        let wait = if discovery.failed.is_empty() {
            cluster.timing.discovery
        } else {
            cluster.timing.longest_backoff
        };
        sleep(wait).await;
        // Where it fails the kinds themselves say so.
        if let Ok(found) = discovery::discover(&cluster.reader).await {
            kinds = live.discovered(&found);
            discovery = found;
        }
    }
}

async fn keep_usage(
    cluster: Cluster,
    live: Arc<Live>,
    served: watch::Receiver<Result<String, String>>,
) {
    loop {
        let version = served.borrow().clone();
        let usage = match version {
            Ok(version) => {
                usage::read(&cluster.reader, &version, cluster.namespace.as_deref()).await
            }
            Err(reason) => Err(reason),
        };
        live.usage(usage);
        sleep(cluster.timing.usage).await;
    }
}

/// A watch over a cluster. Dropped, it stops all it runs.
pub struct Watch {
    live: Arc<Live>,
    tasks: JoinSet<()>,
}

impl Watch {
    /// What is known now.
    pub fn snapshot(&self) -> Snapshot {
        self.live.snapshot()
    }

    /// Waits until a condition holds, and gives the snapshot it holds for; nothing where patience ends first. Blocks: not for
    /// the thread that the watch runs on.
    pub fn wait_for(
        &self,
        patience: Duration,
        holds: impl FnMut(&Snapshot) -> bool,
    ) -> Option<Snapshot> {
        self.live.wait_for(patience, holds)
    }

    pub(crate) fn live(&self) -> Arc<Live> {
        self.live.clone()
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.tasks.abort_all();
        self.live.stop();
    }
}
