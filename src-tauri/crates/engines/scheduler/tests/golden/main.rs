//! Decisions recorded from kube-scheduler 1.34.1, played again: after each attempt the pod is bound where the record
//! says, so that one difference does not spoil the rest. `GOLDEN` names another folder of such files.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test that prints a table"
)]

mod compare;
#[path = "../../../../../../tests/golden/files.rs"]
mod files;
mod play;

use std::collections::BTreeMap;

use compare::{Tally, Total};

/// The family of a file: its name before the size.
fn family(label: &str) -> &str {
    let cut = ["-tiny", "-small", "-mid", "-medium"]
        .iter()
        .find_map(|size| label.find(size));
    &label[..cut.unwrap_or(label.len())]
}

#[test]
fn recorded_decisions_are_repeated() {
    let folder = files::folder("scheduler");
    let files = files::files(&folder);
    let mut families: BTreeMap<String, Tally> = BTreeMap::new();
    let mut all = Tally::default();
    let mut differences = Vec::new();
    for path in &files {
        let file = files::read(path);
        // Cases of the HPA may lie in the same folder.
        if !file["pods"].is_array() {
            continue;
        }
        let label = path.file_name().unwrap().to_string_lossy().into_owned();
        for manifests in [false, true] {
            if manifests && !file["manifests"].is_object() {
                continue;
            }
            let (tally, wrong) = play::play(&file, manifests);
            let words = if manifests { " (manifests)" } else { "" };
            families
                .entry(format!("{}{words}", family(&label)))
                .or_default()
                .add(&tally);
            all.add(&tally);
            differences.extend(
                wrong
                    .into_iter()
                    .map(|wrong| format!("{label}{words} {wrong}")),
            );
        }
    }
    println!(
        "{:<28} {:>15} {:>17} {:>17} {:>13}",
        "family: agree of all", "decisions", "rejections", "scores", "preemptions"
    );
    for (family, tally) in &families {
        let cell = |total: Total| format!("{}/{}", total.agree, total.all);
        println!(
            "{family:<28} {:>15} {:>17} {:>17} {:>13}",
            cell(tally.decisions),
            cell(tally.rejections),
            cell(tally.scores),
            cell(tally.preemptions)
        );
    }
    println!(
        "golden scheduler: {} decisions, {} agree (target 100 %)",
        all.decisions.all, all.decisions.agree
    );
    for difference in differences.iter().take(60) {
        println!("differs: {difference}");
    }
    // Another folder may hold cases of the HPA alone.
    assert!(
        all.decisions.all > 0 || files::elsewhere(),
        "no decision in {}",
        folder.display()
    );
    assert!(differences.is_empty(), "{} differences", differences.len());
}
