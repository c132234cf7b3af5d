//! Decisions recorded from kube-scheduler 1.34.1, played again: after each attempt the pod is bound where the record
//! says, so that one difference does not spoil the rest. `GOLDEN` names another folder of such files.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test that prints a table"
)]

mod compare;
mod play;

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use flate2::read::GzDecoder;
use serde_json::Value;

use compare::{Tally, Total};

fn folder() -> PathBuf {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    std::env::var_os("GOLDEN").map_or_else(
        || manifest.join("../../../../tests/golden/scheduler"),
        PathBuf::from,
    )
}

/// Files of the folder and of the folders in it, in order of their paths.
fn files(folder: &Path) -> Vec<PathBuf> {
    let inside = |folder: &Path| -> Vec<PathBuf> {
        let entries = fs::read_dir(folder);
        let entries = entries.unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        entries.map(|entry| entry.unwrap().path()).collect()
    };
    let mut files = Vec::new();
    for path in inside(folder) {
        if path.is_dir() {
            files.extend(inside(&path));
        } else {
            files.push(path);
        }
    }
    files.retain(|path| path.to_string_lossy().contains(".json"));
    files.sort();
    files
}

fn read(path: &Path) -> Value {
    let bytes = fs::read(path).unwrap();
    let mut text = String::new();
    if path.extension().is_some_and(|extension| extension == "gz") {
        GzDecoder::new(&bytes[..])
            .read_to_string(&mut text)
            .unwrap();
    } else {
        text = String::from_utf8(bytes).unwrap();
    }
    serde_json::from_str(&text).unwrap()
}

/// The family of a file: its name before the size.
fn family(label: &str) -> &str {
    let cut = ["-tiny", "-small", "-mid", "-medium"]
        .iter()
        .find_map(|size| label.find(size));
    &label[..cut.unwrap_or(label.len())]
}

#[test]
fn recorded_decisions_are_repeated() {
    let folder = folder();
    let files = files(&folder);
    let mut families: BTreeMap<String, Tally> = BTreeMap::new();
    let mut all = Tally::default();
    let mut differences = Vec::new();
    for path in &files {
        let file = read(path);
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
    let others = std::env::var_os("GOLDEN").is_some();
    assert!(
        all.decisions.all > 0 || others,
        "no decision in {}",
        folder.display()
    );
    assert!(differences.is_empty(), "{} differences", differences.len());
}
