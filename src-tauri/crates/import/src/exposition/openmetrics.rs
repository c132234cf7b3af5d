//! OpenMetrics 1.0 text (draft-richih-opsawg-openmetrics-01, "Text format"): lines to families. What a point of each kind
//! must hold is in `point`.

use std::collections::{BTreeMap, BTreeSet};

use super::point::{Point, exemplar_allowed, identity, value_allowed};
use super::scan::{Line, help, real_number};
use super::{
    Exemplar, Exposition, ExpositionError, Format, Kind, MetricFamily, Part, Remark, Sample,
};

type Labels = BTreeMap<String, String>;

/// Code points that the label names and values of an exemplar may have together ("Exemplars").
const EXEMPLAR_CODE_POINTS: usize = 128;

pub(super) fn parse(text: &str) -> Result<Exposition, ExpositionError> {
    let mut reader = Reader::default();
    let mut number = 0;
    let mut closed = false;
    for line in text.split_terminator('\n') {
        number += 1;
        let line = Line::new(line, number, Format::OpenMetrics);
        if closed {
            return Err(line.error("# EOF is the last line: nothing follows it"));
        }
        if line.rest() == "# EOF" {
            closed = true;
        } else {
            reader.line(line)?;
        }
    }
    reader.close(number)?;
    if !closed {
        return Err(ExpositionError {
            line: number + 1,
            problem: "the text ends without # EOF: it is cut off, or not OpenMetrics".to_owned(),
        });
    }
    Ok(Exposition {
        format: Format::OpenMetrics,
        families: reader.families,
        remarks: reader.remarks,
    })
}

#[derive(Default)]
struct Reader {
    families: Vec<MetricFamily>,
    /// Every name that a family has or its samples may have, and the family: no other may come by it.
    names: BTreeMap<String, String>,
    /// The family whose lines are being read, the last of `families`.
    open: Option<Open>,
    remarks: Vec<Remark>,
}

/// What is known of the family being read.
#[derive(Default)]
struct Open {
    described: BTreeSet<&'static str>,
    /// Its names are taken: its metadata is complete.
    settled: bool,
    /// Metrics whose samples ended.
    ended: BTreeSet<Labels>,
    /// The metric and point being read.
    metric: Option<(Labels, Point)>,
}

impl Reader {
    fn line(&mut self, mut line: Line<'_>) -> Result<(), ExpositionError> {
        if line.rest().ends_with('\r') {
            return Err(
                line.error("the line ends with a carriage return: a line feed alone is right")
            );
        }
        if line.rest().is_empty() {
            return Err(line.error("an empty line: OpenMetrics has none"));
        }
        if !line.rest().starts_with('#') {
            return self.sample(line);
        }
        for word in ["TYPE", "UNIT", "HELP"] {
            if line.take(&format!("# {word} ")) {
                return self.describe(word, line);
            }
        }
        Err(line.expected("# TYPE, # UNIT or # HELP with a name, or # EOF: there are no comments"))
    }

    fn describe(&mut self, word: &'static str, mut line: Line<'_>) -> Result<(), ExpositionError> {
        let name = line.metric_name()?;
        let value = line
            .gap(&format!("what {word} says"))
            .map(|()| line.rest())?;
        if self.open.is_none() || self.last().name != name {
            self.begin(name, &line)?;
        }
        if !self.last().series.is_empty() {
            return Err(line.error(format!(
                "{word} of {name} comes before its samples, not after"
            )));
        }
        let open = self.open.get_or_insert_default();
        if !open.described.insert(word) {
            return Err(line.error(format!("a second {word} of {name}: one is right")));
        }
        let family = self.last();
        match word {
            "TYPE" => {
                family.kind = kind(value).ok_or_else(|| {
                    line.expected(
                        "counter, gauge, histogram, gaugehistogram, stateset, info, summary or unknown",
                    )
                })?;
            }
            "UNIT" => {
                let ends = name
                    .strip_suffix(value)
                    .is_some_and(|base| base.ends_with('_'));
                if !value.is_empty() && !ends {
                    return Err(line.error(format!(
                        "the unit {value:?} is not how the name {name} ends: a name with a unit ends with _ and the unit"
                    )));
                }
                family.unit = (!value.is_empty()).then(|| value.to_owned());
            }
            _ => family.help = (!value.is_empty()).then(|| help(value)),
        }
        if let (Kind::Info | Kind::StateSet, Some(unit)) = (family.kind, &family.unit) {
            let problem = format!("{name} has the unit {unit:?}, and info and stateset have none");
            return Err(line.error(problem));
        }
        Ok(())
    }

    fn begin(&mut self, name: &str, line: &Line<'_>) -> Result<(), ExpositionError> {
        self.close(line.number - 1)?;
        if self.names.get(name).is_some_and(|owner| owner == name) {
            return Err(line.error(format!(
                "lines of {name} stand apart: all lines of a family form one group"
            )));
        }
        self.families.push(MetricFamily {
            name: name.to_owned(),
            kind: Kind::Unknown,
            unit: None,
            help: None,
            series: Vec::new(),
        });
        self.open = Some(Open::default());
        Ok(())
    }

    /// The family being read; there is one wherever this is asked.
    fn last(&mut self) -> &mut MetricFamily {
        let at = self.families.len() - 1;
        &mut self.families[at]
    }

    /// Takes the names of the family being read, once its metadata is complete.
    fn settle(&mut self, line: usize) -> Result<(), ExpositionError> {
        let open = self.open.get_or_insert_default();
        if std::mem::replace(&mut open.settled, true) {
            return Ok(());
        }
        let (name, kind) = (self.last().name.clone(), self.last().kind);
        let own = [name.clone()].into_iter();
        let samples = parts(kind)
            .iter()
            .map(|part| format!("{name}{}", part.suffix()));
        for taken in own.chain(samples).collect::<BTreeSet<_>>() {
            if let Some(other) = self.names.insert(taken.clone(), name.clone()) {
                return Err(ExpositionError {
                    line,
                    problem: format!(
                        "{name} and {other} clash: {taken} could be of either, and belongs to one family"
                    ),
                });
            }
        }
        Ok(())
    }

    fn sample(&mut self, mut line: Line<'_>) -> Result<(), ExpositionError> {
        let name = line.metric_name()?;
        let labels = if line.at_native_histogram() {
            Labels::new()
        } else {
            line.labels()?
        };
        if line.at_native_histogram() {
            if self.open.is_none() || self.last().name != name {
                self.begin(name, &line)?;
            }
            let text =
                format!("{name} is a native histogram, which is not read: expose classic buckets");
            self.remarks.push(Remark {
                line: line.number,
                text,
            });
            return Ok(());
        }
        let part = self.part(name, &line)?;
        line.gap("the value")?;
        let value = line.value()?;
        let (mut at_ms, mut exemplar) = (None, None);
        if !line.rest().is_empty() && !line.rest().starts_with(" #") {
            line.gap("the timestamp")?;
            at_ms = Some(timestamp(&mut line)?);
        }
        if !line.rest().is_empty() {
            exemplar = Some(read_exemplar(&mut line)?);
        }
        if !line.rest().is_empty() {
            return Err(line.expected("the end of the line"));
        }
        let sample = Sample {
            part,
            labels,
            value,
            at_ms,
            exemplar,
        };
        self.take(sample).map_err(|problem| line.error(problem))
    }

    /// Which part a sample of that name is of the family being read; a new family begins where it is of none.
    fn part(&mut self, name: &str, line: &Line<'_>) -> Result<Part, ExpositionError> {
        if self.open.is_some() {
            self.settle(line.number)?;
            let family = self.last();
            let suffix = name.strip_prefix(family.name.as_str());
            let allowed = parts(family.kind);
            if let Some(part) = allowed.iter().find(|part| suffix == Some(part.suffix())) {
                return Ok(*part);
            }
            if suffix == Some("") {
                let names: Vec<String> = allowed
                    .iter()
                    .map(|part| format!("{name}{}", part.suffix()))
                    .collect();
                return Err(line.error(format!(
                    "{name} is of the type {}: its samples are called {}",
                    family.kind.word(),
                    names.join(", ")
                )));
            }
        }
        self.begin(name, line)?;
        self.settle(line.number)?;
        Ok(Part::Value)
    }

    fn take(&mut self, sample: Sample) -> Result<(), String> {
        let family = self.last();
        let kind = family.kind;
        value_allowed(kind, &sample)?;
        if sample.exemplar.is_some() && !exemplar_allowed(kind, sample.part) {
            return Err(
                "an exemplar: only the total of a counter and the buckets of a histogram have one"
                    .to_owned(),
            );
        }
        let metric = identity(kind, &family.name, &sample)?;
        let name = family.name.clone();
        let open = self.open.get_or_insert_default();
        match &mut open.metric {
            Some((current, point)) if *current == metric => point.take(kind, &name, &sample)?,
            other => {
                if let Some((ended, point)) = other.take() {
                    point.end(kind)?;
                    open.ended.insert(ended);
                }
                if open.ended.contains(&metric) {
                    return Err(format!(
                        "samples of {name}{metric:?} stand apart: all samples of a metric form one group"
                    ));
                }
                let mut point = Point::default();
                point.take(kind, &name, &sample)?;
                open.metric = Some((metric, point));
            }
        }
        self.last().series.push(sample);
        Ok(())
    }

    /// Ends the family being read, whose last line that is.
    fn close(&mut self, line: usize) -> Result<(), ExpositionError> {
        if self.open.is_none() {
            return Ok(());
        }
        self.settle(line)?;
        let family = self.last();
        let (kind, name) = (family.kind, family.name.clone());
        let metric = self.open.take().and_then(|open| open.metric);
        metric.map_or(Ok(()), |(_, point)| {
            point.end(kind).map_err(|problem| ExpositionError {
                line,
                problem: format!("{name} ends here: {problem}"),
            })
        })
    }
}

/// What samples of a kind are called ("Suffixes").
fn parts(kind: Kind) -> &'static [Part] {
    match kind {
        Kind::Counter => &[Part::Total, Part::Created],
        Kind::Histogram => &[Part::Bucket, Part::Count, Part::Sum, Part::Created],
        Kind::GaugeHistogram => &[Part::Bucket, Part::GaugeCount, Part::GaugeSum],
        Kind::Summary => &[Part::Value, Part::Count, Part::Sum, Part::Created],
        Kind::Info => &[Part::Info],
        Kind::Gauge | Kind::StateSet | Kind::Unknown => &[Part::Value],
    }
}

fn kind(word: &str) -> Option<Kind> {
    use Kind::{Counter, Gauge, GaugeHistogram, Histogram, Info, StateSet, Summary, Unknown};
    [
        Counter,
        Gauge,
        Histogram,
        GaugeHistogram,
        Summary,
        Info,
        StateSet,
        Unknown,
    ]
    .into_iter()
    .find(|kind| kind.word() == word)
}

fn timestamp(line: &mut Line<'_>) -> Result<f64, ExpositionError> {
    let seconds = line.parsed(
        "a timestamp, a finite number of seconds since 1970",
        real_number,
    )?;
    Ok(seconds * 1000.0)
}

fn read_exemplar(line: &mut Line<'_>) -> Result<Exemplar, ExpositionError> {
    if !line.take(" # ") || !line.rest().starts_with('{') {
        return Err(line.expected("an exemplar, such as # {trace_id=\"a\"} 0.5"));
    }
    let labels = line.labels()?;
    let code_points: usize = labels
        .iter()
        .map(|(name, value)| name.chars().count() + value.chars().count())
        .sum();
    if code_points > EXEMPLAR_CODE_POINTS {
        return Err(line.error(format!(
            "the exemplar's labels have {code_points} characters: {EXEMPLAR_CODE_POINTS} are the most"
        )));
    }
    line.gap("the exemplar's value")?;
    let value = line.value()?;
    let at_ms = if line.rest().is_empty() {
        None
    } else {
        line.gap("the exemplar's timestamp")?;
        Some(timestamp(line)?)
    };
    Ok(Exemplar {
        labels,
        value,
        at_ms,
    })
}
