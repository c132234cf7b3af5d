//! The samples of one container of one pod on their way into an aggregate: what is out of order is
//! dropped, memory becomes one peak an interval, and an OOM kill becomes memory.

use drydock_model::SimTime;

use super::aggregate::Aggregate;
use super::resources::{scale, whole};
use super::settings::RecommenderSettings;

/// What an OOM kill makes of the memory that was in use: the larger of a sum and a multiple.
/// Source of the defaults: `aggregations_config.go`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OomBump {
    /// Least growth, bytes: 100 MiB.
    pub least_bytes: u64,
    /// Growth by this factor: 1.2.
    pub factor: f64,
}

impl Default for OomBump {
    fn default() -> Self {
        Self {
            least_bytes: 100 << 20,
            factor: 1.2,
        }
    }
}

impl OomBump {
    fn needed(self, used_bytes: u64) -> u64 {
        let sum = whole(used_bytes as f64 + self.least_bytes as f64);
        sum.max(scale(used_bytes, self.factor))
    }
}

/// Mean CPU usage over a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CpuSample {
    /// Start of that time.
    pub at_ns: SimTime,
    /// Usage in millicores, rounded up.
    pub milli_cpu: u64,
    /// The container's request at that time, which weighs the sample (at least 0.1 core), so that
    /// what a starved container used before it got more counts little. The recommender of 1.3 has
    /// this formula but never fills in the request, and later ones drop it
    /// (kubernetes/autoscaler#7818): `None` weighs all samples alike, as real clusters do.
    pub request_milli: Option<u64>,
}

/// Why a sample is not counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Discarded {
    /// There is a later sample of the resource already; for CPU, or one of the same time.
    #[error("the sample is out of order: a later one of the same resource is counted already")]
    OutOfOrder,
    /// The OOM kill is more than a memory interval older than the latest memory sample.
    #[error("the OOM kill is too old: a memory sample more than an interval later is counted")]
    TooOld,
}

/// What is remembered of one container of one pod: where its samples stand and the memory peak of
/// the current interval. The first memory sample starts the first interval.
///
/// Source: `container.go`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ContainerUsage {
    last_cpu_ns: Option<SimTime>,
    last_memory_ns: Option<SimTime>,
    /// End of the current memory interval, exclusive.
    window_end_ns: Option<SimTime>,
    memory_peak: u64,
    oom_peak: u64,
}

impl ContainerUsage {
    /// Counts a CPU sample, unless one as late or later is counted.
    pub fn add_cpu(
        &mut self,
        aggregate: &mut Aggregate,
        sample: CpuSample,
    ) -> Result<(), Discarded> {
        if self.last_cpu_ns.is_some_and(|last| sample.at_ns <= last) {
            return Err(Discarded::OutOfOrder);
        }
        aggregate.add_cpu(sample.milli_cpu, sample.request_milli, sample.at_ns);
        self.last_cpu_ns = Some(sample.at_ns);
        Ok(())
    }

    /// Counts memory usage in bytes, unless a later sample is counted. Of an interval only the peak
    /// counts, dated at the interval's end; as in the original, an interval that begins with a
    /// usage of 0 keeps that as its peak.
    pub fn add_memory(
        &mut self,
        aggregate: &mut Aggregate,
        settings: &RecommenderSettings,
        at_ns: SimTime,
        bytes: u64,
    ) -> Result<(), Discarded> {
        if self.last_memory_ns.is_some_and(|last| at_ns < last) {
            return Err(Discarded::OutOfOrder);
        }
        if self.is_new_peak(aggregate, settings, at_ns, bytes) {
            self.memory_peak = bytes;
        }
        Ok(())
    }

    /// Counts an OOM kill as usage of `max(used + 100 MiB, used * 1.2)`, where `used` is the larger
    /// of the request and the interval's measured peak; earlier OOM kills do not add up. Returns
    /// those bytes. It is never out of order, but too old where a sample more than an interval
    /// later is counted (as since 1.8, kubernetes/autoscaler#9725; before, one just before the end
    /// of an interval could be lost).
    pub fn add_oom(
        &mut self,
        aggregate: &mut Aggregate,
        settings: &RecommenderSettings,
        at_ns: SimTime,
        request_bytes: Option<u64>,
    ) -> Result<u64, Discarded> {
        let interval = settings.memory_interval_ns;
        if self
            .last_memory_ns
            .is_some_and(|last| at_ns < last.saturating_sub(interval))
        {
            return Err(Discarded::TooOld);
        }
        let used = request_bytes.unwrap_or(0).max(self.memory_peak);
        let needed = settings.oom.needed(used);
        if self.is_new_peak(aggregate, settings, at_ns, needed) {
            self.oom_peak = needed;
        }
        Ok(needed)
    }

    /// Puts usage into the aggregate if it is the highest of its interval so far, in place of the
    /// one that was.
    fn is_new_peak(
        &mut self,
        aggregate: &mut Aggregate,
        settings: &RecommenderSettings,
        at_ns: SimTime,
        bytes: u64,
    ) -> bool {
        self.last_memory_ns = Some(at_ns);
        let interval = settings.memory_interval_ns;
        let end = self.window_end_ns.unwrap_or(at_ns);
        let end = if at_ns < end {
            let peak = self.memory_peak.max(self.oom_peak);
            if peak == 0 || bytes <= peak {
                return false;
            }
            aggregate.subtract_peak(peak, end);
            end
        } else {
            let past = at_ns - end;
            self.memory_peak = 0;
            self.oom_peak = 0;
            end.saturating_add(past - past % interval + interval)
        };
        self.window_end_ns = Some(end);
        aggregate.add_peak(bytes, end);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: u64 = 3_600_000_000_000;
    const DAY: u64 = 24 * HOUR;
    const MIB: u64 = 1 << 20;

    fn settings() -> RecommenderSettings {
        RecommenderSettings::default()
    }

    /// What an aggregate holds when peaks are added to it at the ends of intervals.
    fn peaks(expected: &[(u64, u64)]) -> Aggregate {
        let mut aggregate = Aggregate::new(&settings(), 0);
        for &(end, bytes) in expected {
            // The first sample of a container is the peak of the interval that it starts.
            ContainerUsage::default()
                .add_memory(&mut aggregate, &settings(), end - DAY, bytes)
                .unwrap();
        }
        aggregate
    }

    /// Memory usage as `(time, bytes)` and the peaks `(end of the interval, bytes)` that remain. The
    /// first is the scenario of `TestAggregateContainerUsageSamples` in `container_test.go`.
    #[test]
    fn memory_keeps_one_peak_an_interval() {
        let mb = 1_000_000;
        for (samples, expected) in [
            (
                vec![(HOUR, 50 * mb), (13 * HOUR, 100 * mb), (25 * HOUR, 20 * mb)],
                vec![(25 * HOUR, 100 * mb), (49 * HOUR, 20 * mb)],
            ),
            // A lower usage, and an equal one, change nothing.
            (
                vec![(0, 100 * mb), (HOUR, 50 * mb), (HOUR, 100 * mb)],
                vec![(DAY, 100 * mb)],
            ),
            // Intervals without a sample are left out, and the next begins on the old grid.
            (
                vec![(HOUR, 50 * mb), (60 * HOUR, 100 * mb)],
                vec![(25 * HOUR, 50 * mb), (73 * HOUR, 100 * mb)],
            ),
            // A usage of 0 at first stays the peak of its interval, as in the original.
            (vec![(0, 0), (HOUR, 100 * mb)], vec![(DAY, 0)]),
        ] {
            let mut aggregate = Aggregate::new(&settings(), 0);
            let mut usage = ContainerUsage::default();
            for &(at, bytes) in &samples {
                usage
                    .add_memory(&mut aggregate, &settings(), at, bytes)
                    .unwrap();
            }
            let expected = peaks(&expected);
            let (ours, theirs) = (aggregate.memory().buckets(), expected.memory().buckets());
            assert_eq!(ours, theirs, "{samples:?}");
            assert_eq!(
                aggregate.memory().total_weight(),
                expected.memory().total_weight(),
                "{samples:?}"
            );
            let late = samples[samples.len() - 1].0;
            let dropped = late
                .checked_sub(1)
                .map(|at| usage.add_memory(&mut aggregate, &settings(), at, 1));
            assert!(matches!(dropped, Some(Err(Discarded::OutOfOrder))));
        }
    }

    /// The cases of `container_test.go` (commit 1eb350b9), in MiB: what an OOM kill is counted as.
    #[test]
    fn an_oom_kill_counts_as_more_memory() {
        enum Step {
            Use(u64, u64),
            Oom(u64, Option<u64>, Result<u64, Discarded>),
        }
        use Step::{Oom, Use};
        for (name, steps, peak) in [
            ("by a fifth", vec![Oom(0, Some(1000), Ok(1200))], 1200),
            ("by 100 MiB", vec![Oom(0, Some(1), Ok(101))], 101),
            ("without a request", vec![Oom(0, None, Ok(100))], 100),
            (
                "no running away",
                vec![
                    Oom(0, Some(1000), Ok(1200)),
                    Oom(0, Some(999), Ok(1198)),
                    Oom(0, Some(2000), Ok(2400)),
                ],
                2400,
            ),
            (
                "usage above the request",
                vec![Use(0, 3000), Oom(0, Some(1000), Ok(3600))],
                3600,
            ),
            (
                "too old",
                vec![
                    Use(30 * HOUR, 1000),
                    Oom(0, Some(1000), Err(Discarded::TooOld)),
                ],
                1000,
            ),
            (
                "out of order but not too old",
                vec![Use(30 * HOUR, 1000), Oom(6 * HOUR, Some(1000), Ok(1200))],
                1200,
            ),
            (
                "first in a new interval, from the peak of the old one",
                vec![Use(0, 2000), Oom(2 * DAY, Some(1000), Ok(2400))],
                2400,
            ),
            (
                "second in a new interval, where that peak is forgotten",
                vec![
                    Use(0, 3000),
                    Oom(2 * DAY, Some(1000), Ok(3600)),
                    Oom(2 * DAY + HOUR, Some(1000), Ok(1200)),
                ],
                3600,
            ),
        ] {
            let mut aggregate = Aggregate::new(&settings(), 0);
            let mut usage = ContainerUsage::default();
            for step in steps {
                match step {
                    Use(at, mib) => usage
                        .add_memory(&mut aggregate, &settings(), at, mib * MIB)
                        .unwrap(),
                    Oom(at, request, expected) => {
                        let request = request.map(|mib| mib * MIB);
                        let counted = usage.add_oom(&mut aggregate, &settings(), at, request);
                        let counted = counted.map(|bytes| bytes.div_euclid(MIB));
                        assert_eq!(counted, expected, "{name}");
                    }
                }
            }
            let highest = aggregate.memory().buckets().pop().unwrap();
            let bytes = (peak * MIB) as f64;
            let inside = highest.start <= bytes && highest.end.is_some_and(|end| bytes < end);
            assert!(inside, "{name}: {highest:?}");
        }
    }

    /// 1200 MiB by an OOM kill in the first interval do not hide 600 MiB in the second.
    #[test]
    fn an_oom_kill_counts_for_its_interval_alone() {
        let mut aggregate = Aggregate::new(&settings(), 0);
        let mut usage = ContainerUsage::default();
        usage
            .add_oom(&mut aggregate, &settings(), 0, Some(1000 * MIB))
            .unwrap();
        for (at, mib) in [(DAY, 500), (DAY + HOUR, 600)] {
            usage
                .add_memory(&mut aggregate, &settings(), at, mib * MIB)
                .unwrap();
        }
        let expected = peaks(&[(DAY, 1200 * MIB), (2 * DAY, 600 * MIB)]);
        assert_eq!(aggregate.memory().buckets(), expected.memory().buckets());
    }
}
