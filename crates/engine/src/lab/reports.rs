//! Comparisons that the project keeps.

use std::collections::BTreeMap;

use crate::project::Project;
use crate::store::{Journal, LAB, NEXT_LAB, Table, lab_key, record};
use crate::{Engine, Output, plain};
use data::lab::{ArmState, LabReport};
use data::protocol::Event;

/// The oldest goes when there is one more.
const KEPT: usize = 20;

#[derive(Default)]
pub struct Labs {
    /// The oldest first.
    reports: Vec<LabReport>,
    next: u32,
}

impl Labs {
    pub fn new_id(&mut self, journal: &mut Journal) -> u32 {
        let id = self.next;
        self.next += 1;
        journal.put_json(Table::Project, NEXT_LAB.into(), &self.next);
        id
    }

    /// Stores a report, new or again; true where an older one had to go for it.
    pub fn keep(&mut self, report: &LabReport, journal: &mut Journal) -> bool {
        journal.put_json(Table::Project, lab_key(report.id), report);
        match self.reports.iter_mut().find(|r| r.id == report.id) {
            Some(there) => *there = report.clone(),
            None => self.reports.push(report.clone()),
        }
        let too_many = self.reports.len() > KEPT;
        if too_many {
            let oldest = self.reports.remove(0);
            journal.delete(Table::Project, lab_key(oldest.id));
        }
        too_many
    }

    pub fn is_empty(&self) -> bool {
        self.reports.is_empty()
    }

    pub fn told(&self) -> Output {
        plain(Event::LabReports(self.reports.clone()))
    }

    /// What is stored: `all` of it, or the numbers alone, so that none is used twice.
    fn restore(&mut self, stored: &BTreeMap<String, Vec<u8>>, all: bool, project: &mut Project) {
        let next = record(stored, NEXT_LAB, |json| serde_json::from_slice(json).ok());
        project.journal.follow(NEXT_LAB, &next);
        self.next = next.value.unwrap_or(0);
        for key in next.unread {
            let bytes = &stored[&key];
            project.unread.add(Table::Project, key, bytes);
        }
        for (key, json) in stored.iter().filter(|(key, _)| key.starts_with(LAB)) {
            if let Ok(number) = key[LAB.len()..].parse::<u32>() {
                self.next = self.next.max(number.saturating_add(1));
            }
            if !all {
                continue;
            }
            match serde_json::from_slice::<LabReport>(json) {
                Ok(mut report) => {
                    // The page was closed in the middle.
                    for arm in &mut report.arms {
                        if matches!(arm.state, ArmState::Waiting | ArmState::Running) {
                            arm.state = ArmState::Stopped;
                        }
                    }
                    self.reports.push(report);
                }
                Err(_) => project.unread.add(Table::Project, key.clone(), json),
            }
        }
        self.reports.sort_by_key(|report| report.id);
    }
}

impl Engine {
    pub(crate) fn restore_labs(&mut self, stored: &BTreeMap<String, Vec<u8>>, all: bool) -> Output {
        self.labs.restore(stored, all, &mut self.project);
        self.labs.told()
    }

    pub(crate) fn delete_lab(&mut self, id: u32) -> Vec<Output> {
        self.labs.reports.retain(|report| report.id != id);
        self.project.journal.delete(Table::Project, lab_key(id));
        vec![self.labs.told()]
    }
}
