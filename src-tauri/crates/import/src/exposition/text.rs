//! The Prometheus text format 0.0.4 (Prometheus documentation, "Exposition formats", text format details).

use std::collections::{BTreeMap, BTreeSet};

use super::ladder::{Ladder, quantile};
use super::scan::{Line, help};
use super::{Exposition, ExpositionError, Format, Kind, MetricFamily, Part, Remark, Sample};

type Labels = BTreeMap<String, String>;

pub(super) fn parse(text: &str) -> Result<Exposition, ExpositionError> {
    let mut reader = Reader::default();
    let mut number = 0;
    for line in text.split_terminator('\n') {
        number += 1;
        reader.line(Line::new(line, number, Format::Text))?;
    }
    reader.close(number)?;
    if !text.is_empty() && !text.ends_with('\n') {
        reader.remarks.push(Remark {
            line: number,
            text: "the last line does not end with a line feed: the text may be cut off".to_owned(),
        });
    }
    Ok(Exposition {
        format: Format::Text,
        families: reader.families,
        remarks: reader.remarks,
    })
}

#[derive(Default)]
struct Reader {
    families: Vec<MetricFamily>,
    /// Where each family of the text is in `families`.
    places: BTreeMap<String, usize>,
    /// The family whose lines are being read, the last of `families`.
    open: Option<Open>,
    remarks: Vec<Remark>,
}

/// What is known of the family being read.
#[derive(Default)]
struct Open {
    helped: bool,
    typed: bool,
    seen: BTreeSet<(Part, Labels)>,
    /// Histograms and summaries, by their labels without `le` and `quantile`.
    points: BTreeMap<Labels, Point>,
}

#[derive(Default)]
struct Point {
    ladder: Ladder,
    quantile: Option<f64>,
    count: Option<f64>,
}

impl Reader {
    fn line(&mut self, mut line: Line<'_>) -> Result<(), ExpositionError> {
        line.blanks();
        if line.rest().ends_with('\r') {
            return Err(
                line.error("the line ends with a carriage return: a line feed alone is right")
            );
        }
        if line.rest().is_empty() {
            return Ok(());
        }
        if line.take("#") {
            line.blanks();
            return match line.word() {
                "HELP" => self.help(line),
                "TYPE" => self.kind(line),
                _ => Ok(()),
            };
        }
        self.sample(line)
    }

    fn help(&mut self, mut line: Line<'_>) -> Result<(), ExpositionError> {
        let name = described(&mut line, "HELP")?;
        let open = self.enter(name, &line)?;
        if std::mem::replace(&mut open.helped, true) {
            return Err(line.error(format!("a second HELP of {name}: one is right")));
        }
        line.blanks();
        let text = help(line.rest());
        self.last().help = (!text.is_empty()).then_some(text);
        Ok(())
    }

    fn kind(&mut self, mut line: Line<'_>) -> Result<(), ExpositionError> {
        let name = described(&mut line, "TYPE")?;
        let open = self.enter(name, &line)?;
        if std::mem::replace(&mut open.typed, true) {
            return Err(line.error(format!("a second TYPE of {name}: one is right")));
        }
        line.gap("the type")?;
        let kind = line.parsed(
            "counter, gauge, histogram, summary or untyped",
            |word| match word {
                "counter" => Some(Kind::Counter),
                "gauge" => Some(Kind::Gauge),
                "histogram" => Some(Kind::Histogram),
                "summary" => Some(Kind::Summary),
                "untyped" => Some(Kind::Unknown),
                _ => None,
            },
        )?;
        ends(&mut line)?;
        self.last().kind = kind;
        Ok(())
    }

    /// The family of that name, which has to be the one being read or a new one without samples yet.
    fn enter(&mut self, name: &str, line: &Line<'_>) -> Result<&mut Open, ExpositionError> {
        match self.places.get(name) {
            None => self.begin(name, line.number)?,
            Some(&at) if at + 1 == self.families.len() => {
                if !self.families[at].series.is_empty() {
                    return Err(line.error(format!(
                        "HELP and TYPE of {name} come before its samples, not after"
                    )));
                }
            }
            Some(_) => return Err(apart(line, name)),
        }
        Ok(self.open.get_or_insert_default())
    }

    fn begin(&mut self, name: &str, line: usize) -> Result<(), ExpositionError> {
        self.close(line.saturating_sub(1))?;
        self.places.insert(name.to_owned(), self.families.len());
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

    fn sample(&mut self, mut line: Line<'_>) -> Result<(), ExpositionError> {
        let name = line.metric_name()?;
        line.blanks();
        if line.at_native_histogram() {
            return self.native_histogram(name, &line);
        }
        let labelled = line.rest().starts_with('{');
        let labels = line.labels()?;
        if labelled {
            line.blanks();
            if line.at_native_histogram() {
                return self.native_histogram(name, &line);
            }
        }
        let value = line.value()?;
        line.blanks();
        let at_ms = if line.rest().is_empty() {
            None
        } else {
            let milliseconds = |word: &str| word.parse::<i64>().ok();
            let what = "a timestamp, a whole number of milliseconds since 1970";
            Some(line.parsed(what, milliseconds)? as f64)
        };
        ends(&mut line)?;
        let part = self.part(name, &line)?;
        let sample = Sample {
            part,
            labels,
            value,
            at_ms,
            exemplar: None,
        };
        self.check(&sample).map_err(|problem| line.error(problem))?;
        self.last().series.push(sample);
        Ok(())
    }

    fn native_histogram(&mut self, name: &str, line: &Line<'_>) -> Result<(), ExpositionError> {
        match self.places.get(name) {
            None => self.begin(name, line.number)?,
            Some(&at) if at + 1 == self.families.len() => {}
            Some(_) => return Err(apart(line, name)),
        }
        self.remarks.push(Remark {
            line: line.number,
            text: format!(
                "{name} is a native histogram, which is not read: expose classic buckets"
            ),
        });
        Ok(())
    }

    /// Which part of which family a sample of that name is; the family is the one being read after this.
    fn part(&mut self, name: &str, line: &Line<'_>) -> Result<Part, ExpositionError> {
        for part in [Part::Value, Part::Bucket, Part::Sum, Part::Count] {
            let Some(base) = name.strip_suffix(part.suffix()) else {
                continue;
            };
            let Some(&at) = self.places.get(base) else {
                continue;
            };
            let kind = self.families[at].kind;
            let parts: &[Part] = match kind {
                Kind::Histogram => &[Part::Bucket, Part::Sum, Part::Count],
                Kind::Summary => &[Part::Value, Part::Sum, Part::Count],
                _ => &[Part::Value],
            };
            if parts.contains(&part) {
                return if at + 1 == self.families.len() {
                    Ok(part)
                } else {
                    Err(apart(line, base))
                };
            }
            if part == Part::Value {
                return Err(line.error(format!(
                    "{name} is a histogram: its samples are {name}_bucket, {name}_sum and {name}_count"
                )));
            }
        }
        self.begin(name, line.number)?;
        Ok(Part::Value)
    }

    fn check(&mut self, sample: &Sample) -> Result<(), String> {
        let kind = self.last().kind;
        let open = self.open.get_or_insert_default();
        if !open.seen.insert((sample.part, sample.labels.clone())) {
            return Err("a second sample of the same name and labels: one is right".to_owned());
        }
        let own = match kind {
            Kind::Histogram => "le",
            Kind::Summary => "quantile",
            _ => return Ok(()),
        };
        let mut labels = sample.labels.clone();
        let own = labels.remove(own);
        let point = open.points.entry(labels).or_default();
        match sample.part {
            Part::Bucket => point.ladder.step(own.as_deref(), sample.value)?,
            Part::Count => point.count = Some(sample.value),
            Part::Value => {
                let next = quantile(own.as_deref())?;
                let last = point.quantile.replace(next);
                if last.is_some_and(|last| next <= last) {
                    return Err(format!(
                        "quantile={next} comes too late: quantiles increase"
                    ));
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Ends the family being read, whose last line that is.
    fn close(&mut self, line: usize) -> Result<(), ExpositionError> {
        let Some(open) = self.open.take() else {
            return Ok(());
        };
        let family = self.last();
        if family.kind != Kind::Histogram {
            return Ok(());
        }
        for (labels, point) in open.points {
            let wrong = match (point.ladder.all(), point.count) {
                (Err(problem), _) => problem,
                (Ok(all), Some(count)) if all != count => {
                    format!("le=\"+Inf\" counts {all} and _count {count}: both are the same")
                }
                _ => continue,
            };
            return Err(ExpositionError {
                line,
                problem: format!("the histogram {}{labels:?} ends here: {wrong}", family.name),
            });
        }
        Ok(())
    }
}

/// The name that a HELP or TYPE line is about.
fn described<'a>(line: &mut Line<'a>, word: &str) -> Result<&'a str, ExpositionError> {
    line.gap(&format!("the name that {word} is about"))?;
    let name = line.metric_name()?;
    if !line.rest().is_empty() && !line.rest().starts_with([' ', '\t']) {
        return Err(line.expected(&format!("a blank after {name}")));
    }
    Ok(name)
}

/// Nothing may follow.
fn ends(line: &mut Line<'_>) -> Result<(), ExpositionError> {
    line.blanks();
    if line.rest().is_empty() {
        return Ok(());
    }
    Err(line.expected("the end of the line"))
}

fn apart(line: &Line<'_>, name: &str) -> ExpositionError {
    line.error(format!(
        "lines of {name} stand apart: all lines of a metric form one group"
    ))
}
