//! What can be typed.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use drydock_services::settings::DEFAULT_IMPORT_LIMIT_MIB;
use drydock_services::{Caller, Door, Role};

/// A desktop lab that rebuilds a cluster at the desk. Without a command it opens the window.
#[derive(Debug, Parser)]
#[command(name = "drydock", version)]
pub struct Arguments {
    /// The lab file; made where there is none [default: $DRYDOCK_LAB, or default.lab in the user's data folder]
    #[arg(long, global = true, value_name = "PATH")]
    pub lab: Option<PathBuf>,
    /// Act as viewer, operator or admin
    #[arg(long, global = true, default_value = "admin")]
    pub role: Role,
    /// Print machine-readable output only
    #[arg(long, global = true)]
    pub json: bool,
    /// What to do
    #[command(subcommand)]
    pub verb: Option<Verb>,
}

impl Arguments {
    /// Who asks, by a door.
    pub fn caller(&self, door: Door) -> Caller {
        let name = ["USER", "LOGNAME", "USERNAME"]
            .iter()
            .find_map(|variable| std::env::var(variable).ok().filter(|name| !name.is_empty()))
            .unwrap_or_else(|| "owner".to_owned());
        Caller {
            name,
            role: self.role,
            door,
        }
    }
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Serve HTTP and the window in a browser, on this machine alone
    Serve {
        /// Port; 0 takes a free one [default: the setting http.port]
        #[arg(long)]
        port: Option<u16>,
    },
    /// Import kubectl dumps, manifests, folders or archives as a new world
    Import {
        /// Files and folders
        #[arg(required = true)]
        paths: Vec<PathBuf>,
        /// Name of the new world
        #[arg(long, value_name = "NAME")]
        world: Option<String>,
    },
    /// Simulate a world
    Run {
        /// Name or id of the world [default: the current one]
        #[arg(long, value_name = "NAME")]
        world: Option<String>,
        /// Simulated time, such as 90s, 10m or 1h
        #[arg(long = "for", value_name = "TIME")]
        duration: String,
        /// Seed of all luck
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// Kill a node at a time: NAME@30m
        #[arg(long, value_name = "NAME@TIME")]
        kill_node: Vec<String>,
        /// Kill a pod at a time: NAME@30m
        #[arg(long, value_name = "NAME@TIME")]
        kill_pod: Vec<String>,
        /// Worlds drawn from the ranges of assumed parameters
        #[arg(long, value_name = "COUNT")]
        replications: Option<u32>,
        /// A name for the run
        #[arg(long)]
        name: Option<String>,
    },
    /// List the runs of the lab
    Runs,
    /// Compare two runs
    Compare {
        /// Id of a run
        a: String,
        /// Id of another
        b: String,
    },
    /// Write the report of a run
    Report {
        /// Id of the run
        run: String,
        /// File to write
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// List the worlds of the lab
    Worlds,
    /// Give a world as YAML
    Export {
        /// Name or id of the world
        #[arg(default_value = "current")]
        world: String,
        /// File to write [default: standard output]
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Call any operation; with --json the whole envelope is printed
    Call {
        /// Its name
        operation: String,
        /// Its input: JSON, @FILE, or - for standard input
        #[arg(default_value = "{}", allow_hyphen_values = true)]
        input: String,
        /// File to write the reply to
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Schedule a dump as kube-scheduler would; ends with 1 when a pod stays pending. Needs no lab
    Schedule(Schedule),
    /// List the operations
    Operations,
    /// Offer the operations as MCP tools on standard input and output
    Mcp,
}

/// What `schedule` takes.
#[derive(Debug, Args)]
pub struct Schedule {
    /// The cluster: dumps, manifests, folders or archives of them
    #[arg(long, required = true, num_args = 1.., value_name = "PATH")]
    pub snapshot: Vec<PathBuf>,
    /// Manifests to schedule besides
    #[arg(long, num_args = 1.., value_name = "FILE")]
    pub pods: Vec<PathBuf>,
    /// A KubeSchedulerConfiguration; its first profile decides
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Changes, as a YAML or JSON list: `- {type: drainNodes, nodes: [worker-1]}`
    #[arg(long, value_name = "FILE")]
    pub what_if: Option<PathBuf>,
    /// Explain a pod: namespace/name, or a name that is unique
    #[arg(long, value_name = "POD")]
    pub explain: Option<String>,
    /// Largest size of the snapshot's files together, unpacked
    #[arg(long, value_name = "MIB", default_value_t = DEFAULT_IMPORT_LIMIT_MIB, value_parser = clap::value_parser!(u64).range(1..=4096))]
    pub limit_mib: u64,
    /// Print Markdown
    #[arg(long, conflicts_with = "json")]
    pub markdown: bool,
}
