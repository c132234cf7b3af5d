//! Latency: of all request classes, of one, or of a service.

use drydock_simulation::{Bucket as Bar, Cause, ClassColumn, LatencyOf, ServiceColumn};

use super::window::{self, INTERVAL_S, Window};
use super::{
    Bucket, Endpoint, EndpointKind, Latency, LatencyHistogram, LatencyInput, LatencyRange,
    LatencySeries, LatencySeriesInput, NamedBucket,
};
use crate::session::look::{LookBack, Sight, look_back};
use crate::session::{Nanos, marks_of};
use crate::{Error, Lab};

/// Bars to a factor of ten.
const BARS_PER_DECADE: u32 = 10;
/// Upper bounds of the named buckets, milliseconds; the last bucket is open.
const BOUNDS_MS: [u32; 7] = [50, 100, 200, 500, 1000, 2000, 5000];

/// What a text names: a request class, else a service by id or by a name that is unique.
fn endpoint(back: &LookBack<'_>, text: Option<&str>) -> Result<(LatencyOf, Option<String>), Error> {
    let Some(text) = text.filter(|text| *text != "all") else {
        return Ok((LatencyOf::All, None));
    };
    if let Some(at) = back
        .telemetry
        .classes()
        .iter()
        .position(|class| class == text)
    {
        return Ok((LatencyOf::Class(at), Some(text.to_owned())));
    }
    let services = back.telemetry.services();
    let mut named = services
        .iter()
        .enumerate()
        .filter(|(_, id)| *id == text || id.rsplit_once('/').is_some_and(|(_, name)| name == text));
    match (named.next(), named.next()) {
        (Some((at, id)), None) => Ok((LatencyOf::Service(at), Some(id.clone()))),
        (Some(_), Some(_)) => {
            let message = format!("{text:?} is the name of several services: write namespace/name");
            Err(Error::bad_input("endpoint", message))
        }
        (None, _) => Err(Error::not_found("request class or service", text)),
    }
}

/// Requests answered and failed in one interval; NaN nowhere, since counts always are.
fn counts(back: &LookBack<'_>, of: LatencyOf, interval: usize) -> (u64, u64) {
    let telemetry = back.telemetry;
    let at = |column: &[f32]| column.get(interval).copied().unwrap_or(0.0) as u64;
    let class = |class: usize| {
        let failed = Cause::ALL
            .iter()
            .map(|cause| at(telemetry.class(class, ClassColumn::Failed(*cause))))
            .sum();
        (at(telemetry.class(class, ClassColumn::Completed)), failed)
    };
    match of {
        LatencyOf::Class(one) => class(one),
        LatencyOf::Service(one) => {
            let failed = Cause::ALL
                .iter()
                .map(|cause| at(telemetry.service(one, ServiceColumn::Failed(*cause))))
                .sum();
            (at(telemetry.service(one, ServiceColumn::Completed)), failed)
        }
        // Failures are told by service or by class, not by both.
        LatencyOf::Endpoint { .. } => (telemetry.latency(of, interval, interval + 1).count(), 0),
        LatencyOf::All => (0..telemetry.classes().len())
            .map(class)
            .fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1)),
    }
}

/// `latency`: percentiles over a window.
pub fn latency(lab: &Lab, input: LatencyInput) -> Result<Latency, Error> {
    let minutes = window::minutes(input.window)?;
    look_back(lab, Sight::of(input.run.as_deref(), input.at_ns), |back| {
        let (of, id) = endpoint(back, input.endpoint.as_deref())?;
        let window = Window::of(back, minutes, INTERVAL_S);
        let merged = back.telemetry.latency(of, window.from, window.to);
        let figures = merged.percentiles();
        // The ranges of a run are of all its classes over its first minutes: of nothing else.
        let range = back
            .ranges
            .filter(|_| id.is_none())
            .map(|ranges| LatencyRange {
                because: ranges.because.clone(),
                p50: ranges.p50_ms.into(),
                p95: ranges.p95_ms.into(),
                p99: ranges.p99_ms.into(),
                error_rate: ranges.error_rate.into(),
                worlds: ranges.replications,
            });
        Ok(Latency {
            basis: back.basis.clone(),
            timestamp: Nanos(back.now),
            endpoint: id,
            window_minutes: minutes,
            count: merged.count(),
            avg_ms: figures.map(|f| f.mean_ms),
            min_ms: figures.map(|f| f.min_ms),
            max_ms: figures.map(|f| f.max_ms),
            p50_ms: figures.map(|f| f.p50_ms),
            p90_ms: figures.map(|f| f.p90_ms),
            p95_ms: figures.map(|f| f.p95_ms),
            p99_ms: figures.map(|f| f.p99_ms),
            failed: (window.from..window.to)
                .map(|interval| counts(back, of, interval).1)
                .sum(),
            range,
            histogram: named_buckets(&merged.buckets(FINE_PER_DECADE)),
        })
    })
}

/// Bars fine enough that none straddles a named bound by more than the histogram's own precision.
const FINE_PER_DECADE: u32 = 1000;

fn named_buckets(bars: &[Bar]) -> Vec<NamedBucket> {
    let name = |ms: u32| {
        if ms >= 1000 {
            format!("{}s", ms / 1000)
        } else {
            format!("{ms}ms")
        }
    };
    let mut named: Vec<NamedBucket> = Vec::with_capacity(BOUNDS_MS.len() + 1);
    for (at, bound) in BOUNDS_MS.iter().enumerate() {
        let bucket = match at.checked_sub(1) {
            None => format!("<{}", name(*bound)),
            Some(before) => format!("{}-{}", name(BOUNDS_MS[before]), name(*bound)),
        };
        named.push(NamedBucket { bucket, count: 0 });
    }
    let last = BOUNDS_MS[BOUNDS_MS.len() - 1];
    named.push(NamedBucket {
        bucket: format!(">={}", name(last)),
        count: 0,
    });
    for bar in bars {
        // A bar is under a bound where the middle of it is.
        let middle = f64::midpoint(bar.from_ms, bar.to_ms);
        let at = BOUNDS_MS
            .iter()
            .filter(|bound| f64::from(**bound) <= middle)
            .count();
        named[at].count += bar.count;
    }
    named
}

/// `latency_histogram`: distribution of latency over a window.
pub fn latency_histogram(lab: &Lab, input: LatencyInput) -> Result<LatencyHistogram, Error> {
    let minutes = window::minutes(input.window)?;
    look_back(lab, Sight::of(input.run.as_deref(), input.at_ns), |back| {
        let (of, _) = endpoint(back, input.endpoint.as_deref())?;
        let window = Window::of(back, minutes, INTERVAL_S);
        let merged = back.telemetry.latency(of, window.from, window.to);
        Ok(LatencyHistogram {
            basis: back.basis.clone(),
            total_requests: merged.count(),
            buckets: merged
                .buckets(BARS_PER_DECADE)
                .into_iter()
                .map(|bar| Bucket {
                    from_ms: bar.from_ms,
                    to_ms: bar.to_ms,
                    count: bar.count,
                })
                .collect(),
        })
    })
}

/// `latency_series`: percentiles over time.
pub fn latency_series(lab: &Lab, input: LatencySeriesInput) -> Result<LatencySeries, Error> {
    let minutes = window::minutes(input.window)?;
    let step = window::step(input.step, INTERVAL_S)?;
    look_back(lab, Sight::of(input.run.as_deref(), input.at_ns), |back| {
        let (of, _) = endpoint(back, input.endpoint.as_deref())?;
        let window = Window::of(back, minutes, step);
        let mut marks = marks_of(back.events);
        marks.retain(|mark| mark.at_ns.0 >= window.start());
        let mut series = LatencySeries {
            basis: back.basis.clone(),
            endpoints: endpoints(back),
            timestamps: window.timestamps(),
            p50_ms: Vec::new(),
            p95_ms: Vec::new(),
            p99_ms: Vec::new(),
            requests: Vec::new(),
            failed: Vec::new(),
            marks,
        };
        for column in window.columns() {
            let figures = back
                .telemetry
                .latency(of, column.start, column.end)
                .percentiles();
            series.p50_ms.push(figures.map(|f| f.p50_ms));
            series.p95_ms.push(figures.map(|f| f.p95_ms));
            series.p99_ms.push(figures.map(|f| f.p99_ms));
            let (completed, failed) = column
                .map(|interval| counts(back, of, interval))
                .fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
            series.requests.push(Some(completed + failed));
            series.failed.push(Some(failed));
        }
        Ok(series)
    })
}

fn endpoints(back: &LookBack<'_>) -> Vec<Endpoint> {
    let all = Endpoint {
        id: "all".to_owned(),
        kind: EndpointKind::All,
    };
    let of = |kind| {
        move |id: &String| Endpoint {
            id: id.clone(),
            kind,
        }
    };
    std::iter::once(all)
        .chain(back.telemetry.classes().iter().map(of(EndpointKind::Class)))
        .chain(
            back.telemetry
                .services()
                .iter()
                .map(of(EndpointKind::Service)),
        )
        .collect()
}
