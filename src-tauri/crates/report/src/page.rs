//! The page: head, headline figures, charts, what it rests on, what happened.

use std::fmt::Write as _;

use crate::charts::{self, Lines};
use crate::escape::{clock, escape, number};
use crate::{Figure, ReportError, ReportInput, heatmap};

const STYLE: &str = "body{font:14px/1.45 system-ui,sans-serif;margin:32px auto;max-width:1000px;padding:0 16px;color:#1a1d21;background:#fff}\
h1{font-size:22px;margin:0 0 4px}h2{font-size:16px;margin:32px 0 8px;border-bottom:1px solid #d8dce0;padding-bottom:4px}\
table{border-collapse:collapse;width:100%;font-size:13px}th,td{text-align:left;padding:4px 10px 4px 0;border-bottom:1px solid #eceff1;vertical-align:top}\
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}svg{max-width:100%;height:auto}\
.muted{color:#5b6570}code{font-family:ui-monospace,monospace;font-size:12px;overflow-wrap:anywhere}\
.figures{display:grid;grid-template-columns:repeat(auto-fill,minmax(180px,1fr));gap:16px}.figure b{display:block;font-size:20px;font-variant-numeric:tabular-nums}";

/// Most events listed.
const EVENTS: usize = 500;

/// The report as one HTML page: no script, nothing loaded from elsewhere.
pub fn html(input: &ReportInput) -> Result<String, ReportError> {
    let mut page = String::new();
    head(&mut page, input);
    figures(&mut page, &input.figures);
    chart(
        &mut page,
        "Latency of all requests, end to end",
        charts::lines(&Lines {
            title: "latency",
            unit: "ms",
            times: &input.times_s,
            of: &input.latency,
            marks: &input.marks,
            logarithmic: true,
        })?,
    );
    chart(
        &mut page,
        "Requests and losses, per 10 s",
        charts::lines(&Lines {
            title: "requests",
            unit: "requests",
            times: &input.times_s,
            of: &input.requests,
            marks: &input.marks,
            logarithmic: false,
        })?,
    );
    chart(
        &mut page,
        "CPU by service",
        heatmap::draw(&input.cpu, &input.times_s),
    );
    chart(
        &mut page,
        "Ready pods by service",
        charts::lines(&Lines {
            title: "replicas",
            unit: "pods",
            times: &input.times_s,
            of: &input.replicas,
            marks: &input.marks,
            logarithmic: false,
        })?,
    );
    let costs: Vec<(String, f64)> = input
        .costs
        .iter()
        .map(|(id, cost)| (id.clone(), cost.approximate()))
        .collect();
    chart(
        &mut page,
        "Cost over the run, by service",
        charts::bars("cost", "USD", &costs)?,
    );
    basis(&mut page, input);
    events(&mut page, input);
    page.push_str("</body>\n</html>\n");
    Ok(page)
}

fn head(page: &mut String, input: &ReportInput) {
    let title = escape(&input.title);
    // Writing to a string cannot fail, here and below.
    let _ = write!(
        page,
        "<!doctype html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>{title}</title><style>{STYLE}</style></head>\n<body>\n<h1>{title}</h1>\n"
    );
    let _ = writeln!(
        page,
        "<p class=\"muted\">World {} at revision {}, seed {}, {} simulated, engine {}. Simulated from parameters of which the weakest are {}.<br>Results <code>{}</code></p>",
        escape(&input.world),
        input.revision,
        input.seed,
        clock(input.duration_s),
        escape(&input.engine_version),
        input.grade.as_str(),
        escape(&input.digest)
    );
}

fn figures(page: &mut String, figures: &[Figure]) {
    page.push_str("<h2>Figures</h2>\n<div class=\"figures\">\n");
    for figure in figures {
        let unit = escape(&figure.unit);
        let value = figure.value.map_or_else(
            || "\u{2013}".to_owned(),
            |value| format!("{} {unit}", number(value)),
        );
        let _ = write!(
            page,
            "<div class=\"figure\">{}<b>{}</b>",
            escape(&figure.name),
            value.trim_end()
        );
        if let Some((low, high)) = figure.range {
            let _ = write!(
                page,
                "<span class=\"muted\">{} to {} {unit}</span>",
                number(low),
                number(high)
            );
        }
        page.push_str("</div>\n");
    }
    page.push_str("</div>\n");
    let mut reasons: Vec<&String> = figures
        .iter()
        .filter_map(|figure| figure.because.as_ref())
        .collect();
    reasons.dedup();
    for reason in reasons {
        let _ = writeln!(
            page,
            "<p class=\"muted\">Ranges are from the 5th to the 95th percentile over sampled worlds: {}.</p>",
            escape(reason)
        );
    }
}

fn chart(page: &mut String, title: &str, svg: Option<String>) {
    let svg = svg.unwrap_or_else(|| "<p class=\"muted\">Nothing was measured.</p>".to_owned());
    let _ = writeln!(page, "<h2>{title}</h2>\n{svg}");
}

fn basis(page: &mut String, input: &ReportInput) {
    page.push_str("<h2>What it rests on</h2>\n");
    for warning in &input.warnings {
        let _ = writeln!(page, "<p>{}</p>", escape(warning));
    }
    page.push_str("<table><tr><th>Parameter<th class=\"n\">Value<th class=\"n\">Range<th>Unit<th>Provenance<th>Source</tr>\n");
    for parameter in &input.parameters {
        let range = if parameter.low < parameter.high {
            format!("{} to {}", number(parameter.low), number(parameter.high))
        } else {
            String::new()
        };
        let _ = writeln!(
            page,
            "<tr><td><code>{}</code><td class=\"n\">{}<td class=\"n\">{range}<td>{}<td>{}<td>{}</tr>",
            escape(&parameter.key),
            number(parameter.value),
            escape(&parameter.unit),
            parameter.provenance.as_str(),
            escape(&parameter.source)
        );
    }
    page.push_str("</table>\n");
}

fn events(page: &mut String, input: &ReportInput) {
    page.push_str("<h2>What happened</h2>\n");
    if input.events.is_empty() {
        page.push_str("<p class=\"muted\">Nothing but requests.</p>\n");
        return;
    }
    page.push_str("<table><tr><th class=\"n\">Time<th>What<th>Happened<th>Because</tr>\n");
    for event in input.events.iter().take(EVENTS) {
        let _ = writeln!(
            page,
            "<tr><td class=\"n\">{}<td>{}<td>{}<td>{}</tr>",
            clock(event.at_ns as f64 / 1e9),
            escape(&event.subject),
            escape(&event.message),
            escape(&event.cause)
        );
    }
    page.push_str("</table>\n");
}
