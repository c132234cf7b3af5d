//! The audit log: pages, filters, and every way of tampering with it shows.

use drydock_store::{AuditEntry, AuditFilter, AuditOutcome, AuditState, LabPath, StoreError};
use serde_json::json;

use crate::{Lab, at, raw};

fn entry(number: i64) -> AuditEntry {
    let refused = number % 3 == 0;
    AuditEntry {
        at: at(number),
        author: "ada".to_owned(),
        role: "admin".to_owned(),
        door: "http".to_owned(),
        operation: if number % 2 == 0 { "scale" } else { "kill" }.to_owned(),
        input: json!({"replicas": number, "factor": 0.1}),
        outcome: if refused {
            AuditOutcome::Refused
        } else {
            AuditOutcome::Ok
        },
        code: refused.then(|| "forbidden".to_owned()),
        target: Some(format!("world-{}", number % 2)),
    }
}

fn lab_with(entries: i64) -> Lab {
    let lab = Lab::new();
    for number in 1..=entries {
        assert_eq!(
            lab.write(move |w| w.append_audit(&entry(number))),
            number as u64
        );
    }
    lab
}

fn verdict(lab: &Lab) -> AuditState {
    lab.store.verify_audit().unwrap()
}

#[test]
fn entries_come_back_newest_first() {
    let lab = lab_with(7);
    let page = |cursor: Option<&str>, filter: &AuditFilter| {
        let page = lab
            .store
            .read(|reader| reader.audit(3, cursor, filter))
            .unwrap();
        for row in &page.items {
            assert_eq!(row.entry, entry(row.seq as i64));
        }
        let numbers: Vec<_> = page.items.iter().map(|row| row.seq).collect();
        (numbers, page.next)
    };
    let all = AuditFilter::default();
    assert_eq!(page(None, &all), (vec![7, 6, 5], Some("5".to_owned())));
    assert_eq!(page(Some("5"), &all), (vec![4, 3, 2], Some("2".to_owned())));
    assert_eq!(page(Some("2"), &all), (vec![1], None));
    let check = |filter: AuditFilter, expect: &[u64]| assert_eq!(page(None, &filter).0, expect);
    check(
        AuditFilter {
            outcome: Some(AuditOutcome::Refused),
            ..AuditFilter::default()
        },
        &[6, 3],
    );
    check(
        AuditFilter {
            operation: Some("scale".to_owned()),
            target: Some("world-0".to_owned()),
            ..AuditFilter::default()
        },
        &[6, 4, 2],
    );
    check(
        AuditFilter {
            author: Some("bob".to_owned()),
            ..AuditFilter::default()
        },
        &[],
    );
}

#[test]
fn a_whole_log_is_told_to_be_whole() {
    let empty = verdict(&Lab::new());
    assert!(empty.ok, "{empty:?}");
    assert_eq!(empty.entries, 0);
    let lab = lab_with(3);
    let state = verdict(&lab);
    assert!(state.ok, "{state:?}");
    let again = verdict(&lab.reopened(|_| {}));
    assert_eq!(again, state);
}

#[test]
fn a_write_that_fails_leaves_no_entry() {
    let lab = lab_with(1);
    lab.refused(|w| {
        w.append_audit(&entry(2))?;
        w.world_row("absent")
    });
    let second = lab.refused(|w| {
        w.append_audit(&entry(2))?;
        w.append_audit(&entry(3))
    });
    assert!(
        second.starts_with("a write holds one audit entry"),
        "{second}"
    );
    lab.write(|w| w.append_audit(&entry(2)));
    let state = verdict(&lab);
    assert!(state.ok && state.entries == 2, "{state:?}");
}

#[test]
fn the_table_is_append_only() {
    let lab = lab_with(2);
    let connection = raw(&lab.path);
    for statement in [
        "UPDATE audit SET entry = entry",
        "DELETE FROM audit WHERE seq = 2",
        "INSERT OR REPLACE INTO audit (seq, previous, hash, entry) VALUES (2, 'a', 'b', '{}')",
        "INSERT INTO audit (seq, previous, hash, entry) VALUES (9, 'a', 'b', '{}')",
    ] {
        let refused = connection.execute(statement, []).unwrap_err().to_string();
        assert!(refused.contains("append-only"), "{statement}: {refused}");
    }
}

/// Takes the triggers away, then does what they forbid.
fn forced(path: &LabPath, sql: &str) {
    raw(path)
        .execute_batch(&format!(
            "DROP TRIGGER audit_no_update; DROP TRIGGER audit_no_delete; DROP TRIGGER audit_append; {sql}"
        ))
        .unwrap();
}

#[test]
fn tampering_shows() {
    let head = |path: &LabPath, text: &str| std::fs::write(path.head(), text).unwrap();
    let check = |tamper: &dyn Fn(&LabPath), first_bad: u64| {
        let lab = lab_with(5).reopened(|path| tamper(path));
        let state = verdict(&lab);
        assert!(!state.ok, "{state:?}");
        assert_eq!(state.first_bad, Some(first_bad), "{state:?}");
        // Neither later entries nor another start cover it up.
        lab.write(|w| w.append_audit(&entry(6)));
        let later = verdict(&lab.reopened(|_| {}));
        assert_eq!((later.ok, later.first_bad), (false, Some(first_bad)));
    };
    let sql =
        |sql: &'static str, first_bad| check(&move |path: &LabPath| forced(path, sql), first_bad);
    sql(
        "UPDATE audit SET entry = replace(entry, 'kill', 'calm') WHERE seq = 3",
        3,
    );
    sql("UPDATE audit SET hash = 'ff' WHERE seq = 2", 2);
    sql("UPDATE audit SET previous = 'ff' WHERE seq = 4", 4);
    sql("DELETE FROM audit WHERE seq = 2", 2);
    sql("DELETE FROM audit WHERE seq >= 4", 4);
    sql("DELETE FROM audit WHERE seq = 5", 5);
    sql("DELETE FROM audit", 1);
    check(&|path| std::fs::remove_file(path.head()).unwrap(), 1);
    check(&|path| head(path, "{"), 1);
    check(
        &|path| {
            head(
                path,
                &format!(r#"{{"entries":5,"hash":"{}"}}"#, "a".repeat(64)),
            );
        },
        5,
    );
    let zeros = "0".repeat(64);
    check(
        &|path| head(path, &format!(r#"{{"entries":0,"hash":"{zeros}"}}"#)),
        1,
    );
}

#[test]
fn a_log_shortened_while_the_lab_is_open_shows() {
    let lab = lab_with(3);
    forced(&lab.path, "DELETE FROM audit WHERE seq = 3");
    let state = verdict(&lab);
    assert_eq!((state.ok, state.first_bad), (false, Some(3)), "{state:?}");
}

#[test]
fn a_head_one_entry_behind_is_a_crash_and_not_tampering() {
    let lab = lab_with(2);
    let behind = std::fs::read(lab.path.head()).unwrap();
    lab.write(|w| w.append_audit(&entry(3)));
    let lab = lab.reopened(|path| std::fs::write(path.head(), &behind).unwrap());
    assert!(verdict(&lab).ok);
    let up_to_date = std::fs::read(lab.path.head()).unwrap();
    assert_ne!(up_to_date, behind);
}

#[test]
fn a_head_that_cannot_be_written_stops_the_next_write_and_not_this_one() {
    let lab = lab_with(1);
    // A folder where the unfinished head would go.
    let mut blocked = lab.path.head().into_os_string();
    blocked.push(".tmp");
    std::fs::create_dir(&blocked).unwrap();
    lab.write(|w| w.append_audit(&entry(2)));
    let refused = lab.store.write(|w| w.append_audit(&entry(3)));
    assert!(matches!(refused, Err(StoreError::Io { .. })), "{refused:?}");
    std::fs::remove_dir(&blocked).unwrap();
    lab.write(|w| w.append_audit(&entry(3)));
    let lab = lab.reopened(|_| {});
    let state = verdict(&lab);
    assert!(state.ok && state.entries == 3, "{state:?}");
}
