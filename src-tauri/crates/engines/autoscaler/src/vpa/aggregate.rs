//! What the samples of all containers of one name come to: two histograms and how long, and how
//! often, there was something to see.

use drydock_model::SimTime;

use super::histogram::Histogram;
use super::scheme::Scheme;
use super::settings::RecommenderSettings;

const DAY_NS: f64 = 86_400e9;
/// Samples of a day at one a minute.
const SAMPLES_PER_DAY: f64 = 1440.0;
/// Least weight of a CPU sample. Source: `aggregations_config.go`, `minSampleWeight`.
const LEAST_CPU_WEIGHT: f64 = 0.1;
/// Weight of a memory peak. Source: `aggregate_container_state.go`.
const PEAK_WEIGHT: f64 = 1.0;

/// The usage of the containers of one name under one autoscaler. Start and end of what was seen,
/// and the count of samples, go by CPU samples alone.
///
/// Source: `aggregate_container_state.go`.
#[derive(Debug, Clone, PartialEq)]
pub struct Aggregate {
    cpu: Histogram,
    memory: Histogram,
    created_ns: SimTime,
    first_ns: Option<SimTime>,
    last_ns: Option<SimTime>,
    samples: u64,
}

impl Aggregate {
    /// Nothing seen yet.
    pub fn new(settings: &RecommenderSettings, created_ns: SimTime) -> Self {
        Self {
            cpu: Histogram::new(Scheme::cpu(), settings.cpu_half_life_ns),
            memory: Histogram::new(Scheme::memory(), settings.memory_half_life_ns),
            created_ns,
            first_ns: None,
            last_ns: None,
            samples: 0,
        }
    }

    /// CPU usage, in cores.
    pub fn cpu(&self) -> &Histogram {
        &self.cpu
    }

    /// The highest memory usage of each interval of each container, in bytes.
    pub fn memory(&self) -> &Histogram {
        &self.memory
    }

    /// How many CPU samples there were.
    pub fn samples(&self) -> u64 {
        self.samples
    }

    /// The time of the earliest CPU sample.
    pub fn first_sample_ns(&self) -> Option<SimTime> {
        self.first_ns
    }

    /// The time of the latest CPU sample.
    pub fn last_sample_ns(&self) -> Option<SimTime> {
        self.last_ns
    }

    /// How much history there is, in days: `min(last - first, samples / 1440)`, so that one sample
    /// a minute for N days gives N. 0 without history. Source: `estimator.go`, `getConfidence`.
    pub fn confidence(&self) -> f64 {
        let (Some(first), Some(last)) = (self.first_ns, self.last_ns) else {
            return 0.0;
        };
        let days = (last - first) as f64 / DAY_NS;
        days.min(self.samples as f64 / SAMPLES_PER_DAY)
    }

    /// Whether it has had no sample for so long (8 days by default) that the recommender drops it.
    pub fn is_expired(&self, settings: &RecommenderSettings, now_ns: SimTime) -> bool {
        let window = settings
            .memory_interval_ns
            .saturating_mul(u64::from(settings.memory_intervals));
        let since = self.last_ns.unwrap_or(self.created_ns);
        now_ns.saturating_sub(since) >= window
    }

    /// Adds all samples of another aggregate, for one recommendation over both.
    ///
    /// # Panics
    /// If the half-lives differ.
    pub fn merge(&mut self, other: &Self) {
        self.cpu.merge(&other.cpu);
        self.memory.merge(&other.memory);
        self.first_ns = match (self.first_ns, other.first_ns) {
            (Some(ours), Some(theirs)) => Some(ours.min(theirs)),
            (ours, theirs) => ours.or(theirs),
        };
        self.last_ns = self.last_ns.max(other.last_ns);
        self.samples += other.samples;
    }

    /// A CPU sample, weighted with the request at its time, at least 0.1 core.
    pub(super) fn add_cpu(&mut self, milli_cpu: u64, request_milli: Option<u64>, at_ns: SimTime) {
        let cores = |milli: u64| milli as f64 / 1000.0;
        let weight = request_milli.map_or(0.0, cores).max(LEAST_CPU_WEIGHT);
        self.cpu.add(cores(milli_cpu), weight, at_ns);
        self.first_ns = Some(self.first_ns.map_or(at_ns, |first| first.min(at_ns)));
        self.last_ns = self.last_ns.max(Some(at_ns));
        self.samples += 1;
    }

    pub(super) fn add_peak(&mut self, bytes: u64, at_ns: SimTime) {
        self.memory.add(bytes as f64, PEAK_WEIGHT, at_ns);
    }

    pub(super) fn subtract_peak(&mut self, bytes: u64, at_ns: SimTime) {
        self.memory.subtract(bytes as f64, PEAK_WEIGHT, at_ns);
    }
}
