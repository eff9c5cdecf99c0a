//! A batch as it is stored: `batch/run` says whose answers they are, and each record `batch/NUMBER` holds some of them: the length of
//! its JSON (32 bits, little-endian), the JSON of [`StoredRow`]s, and behind it one f32 a class for each row with an answer.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::super::platform::Stamp;
use super::{Row, Run};
use crate::asking::Said;
use crate::store::{BATCH, Snapshot, Table, Write};
use data::problem::SampleProblem;

/// A higher one is of a newer Graft: its answers are left alone until a batch begins.
const VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
struct StoredRun {
    version: u32,
    head: String,
    classes: Vec<String>,
    of: usize,
}

#[derive(Serialize, Deserialize)]
struct StoredRow {
    path: String,
    stamp: Stamp,
    seconds: Option<f64>,
    /// Of a row with an answer.
    needs: Option<f32>,
    problem: Option<SampleProblem>,
}

fn run_key() -> String {
    format!("{BATCH}run")
}

fn key(number: usize) -> String {
    format!("{BATCH}{number:08}")
}

fn write(key: String, value: Option<Vec<u8>>) -> Write {
    let table = Table::Project;
    Write { table, key, value }
}

/// The record that says whose answers there are.
pub fn head(run: &Run) -> Write {
    let stored = StoredRun {
        version: VERSION,
        head: run.head.clone(),
        classes: run.classes.clone(),
        of: run.of,
    };
    let json = serde_json::to_vec(&stored).expect("plain data becomes JSON");
    write(run_key(), Some(json))
}

/// A batch without answers.
pub fn begin(head: String, classes: Vec<String>, writes: &mut Vec<Write>) -> Run {
    let run = Run {
        head,
        classes,
        rows: BTreeMap::new(),
        of: 0,
        records: 0,
    };
    writes.push(self::head(&run));
    run
}

/// All records go.
pub fn forget(run: &Run, writes: &mut Vec<Write>) {
    let keys = (0..run.records).map(key).chain([run_key()]);
    writes.extend(keys.map(|key| write(key, None)));
}

/// Answers of these paths as a record of their own.
pub fn add<'a>(run: &mut Run, paths: impl Iterator<Item = &'a String>) -> Write {
    let (mut stored, mut numbers) = (Vec::new(), Vec::new());
    for path in paths {
        let Some(row) = run.rows.get(path) else {
            continue;
        };
        let said = row.outcome.as_ref().ok();
        let probabilities = said.iter().flat_map(|said| &said.probabilities);
        numbers.extend(probabilities.flat_map(|number| number.to_le_bytes()));
        stored.push(StoredRow {
            path: path.clone(),
            stamp: row.stamp,
            seconds: row.seconds,
            needs: said.map(|said| said.needs),
            problem: row.outcome.as_ref().err().cloned(),
        });
    }
    let json = serde_json::to_vec(&stored).expect("plain data becomes JSON");
    let mut bytes = (json.len() as u32).to_le_bytes().to_vec();
    bytes.extend(json);
    bytes.extend(numbers);
    run.records += 1;
    write(key(run.records - 1), Some(bytes))
}

/// What is stored. A record that cannot be read is as good as none: its photos are asked about once more.
pub fn read(snapshot: &Snapshot) -> Option<Run> {
    let json = snapshot.project.get(&run_key())?;
    let stored: StoredRun = serde_json::from_slice(json).ok()?;
    if stored.version != VERSION {
        return None;
    }
    let mut run = Run {
        head: stored.head,
        classes: stored.classes,
        rows: BTreeMap::new(),
        of: stored.of,
        records: 0,
    };
    let records = snapshot.project.range(BATCH.to_owned()..);
    for (key, bytes) in records.take_while(|(key, _)| key.starts_with(BATCH)) {
        let Ok(number) = key[BATCH.len()..].parse::<usize>() else {
            continue;
        };
        run.records = run.records.max(number + 1);
        let rows = rows(bytes, run.classes.len());
        run.rows.extend(rows.into_iter().flatten());
    }
    Some(run)
}

fn rows(bytes: &[u8], classes: usize) -> Option<Vec<(String, Row)>> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    let (json, numbers) = rest.split_at_checked(u32::from_le_bytes(*length) as usize)?;
    let stored: Vec<StoredRow> = serde_json::from_slice(json).ok()?;
    let mut numbers = numbers.chunks_exact(4);
    let mut number = || Some(f32::from_le_bytes(numbers.next()?.try_into().ok()?));
    let mut row = |stored: StoredRow| {
        let outcome = match (stored.needs, stored.problem) {
            (_, Some(problem)) => Err(problem),
            (Some(needs), None) => Ok(Said {
                probabilities: (0..classes).map(|_| number()).collect::<Option<_>>()?,
                needs,
            }),
            (None, None) => return None,
        };
        let (stamp, seconds) = (stored.stamp, stored.seconds);
        let row = Row {
            stamp,
            outcome,
            seconds,
        };
        Some((stored.path, row))
    };
    stored.into_iter().map(&mut row).collect()
}
