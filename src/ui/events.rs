//! What the worker's events change on the page.

use js_sys::Uint8Array;
use leptos::prelude::*;

use super::files;
use super::state::{State, Tried};
use data::problem::Problem;
use data::protocol::{Event, HeadView, Job, ProjectRequest, Request, ShareEvent};
use data::share::LinkProblem;
use data::unknown::KEPT;

impl State {
    pub(super) fn take(self, event: Event, payloads: Vec<Uint8Array>) {
        match event {
            // The client's own.
            Event::Embedding
            | Event::Keep { .. }
            | Event::Written { .. }
            | Event::Begun { .. }
            | Event::Grown => {}
            Event::Access(access) => self.access.set(access),
            Event::Stored(all) => self.storage.all.set(all),
            Event::Started => self.start_over(),
            Event::Retired(false) => {}
            Event::Retired(true) => {
                // It loads, as at first.
                self.device.set(None);
                self.goes_over.set_value(true);
            }
            Event::Done { id } => self.end(id),
            Event::Refused { id, problem } => {
                // The link may be good: it stays in the address, for another try.
                if matches!(problem, Problem::Link(LinkProblem::Missing(_))) {
                    self.look_no_more();
                }
                self.lab.refused(id);
                if self.trains.get_value() == Some(id) {
                    self.tuning.over();
                }
                self.end(id);
                self.say(problem);
            }
            Event::Progress { job, done, total } => {
                self.progress
                    .set((done < total).then_some((job, done, total)));
            }
            Event::Ready { device, backbone } => {
                self.backbone.set(backbone);
                self.device.set(Some(device));
                self.look_at_storage();
                self.of_projects(ProjectRequest::List { sizes: false });
                self.look_at_address();
            }
            Event::Failed(problem) => {
                self.report(problem.clone());
                self.failed.set(Some(problem));
            }
            Event::Classes(classes) => {
                self.album.keep_classes(&classes);
                self.each_class.replace(classes);
            }
            Event::Counts(counts) => self.each_class.count(counts),
            Event::SamplesAdded(views) => {
                if !views.is_empty() {
                    self.ask_to_persist();
                    self.look_at_storage();
                }
                self.album.add(views, &payloads);
            }
            Event::Thumbnails(ids) => {
                self.album.thumbnails(&ids, &payloads);
                self.test.thumbnails(&ids, &payloads);
            }
            Event::TestSamplesAdded(views) => {
                if !views.is_empty() {
                    self.ask_to_persist();
                    self.look_at_storage();
                    self.test.add(views, &payloads);
                }
            }
            Event::TestSamplesRemoved(ids) => self.test.remove(&ids),
            Event::TestReport(report) => self.test.report.set(report),
            Event::HeadsCompared(compared) => self.test.compared.set(Some(compared)),
            Event::SamplesRemoved(ids) => {
                self.album.remove(&ids);
            }
            Event::SamplesRestored(ids) => self.album.restore(&ids),
            Event::SamplesMoved { ids, to } => {
                self.album.shift(&ids, to);
                self.album.untick(&ids);
            }
            Event::Undoable(what) => self.undoable.set(what),
            Event::Settings(chosen) => self.take_settings(*chosen),
            Event::TrainingStarted => {
                self.fresh_epochs.update_value(Vec::clear);
                self.epochs.set(Vec::new());
                self.training.set(true);
            }
            Event::Epoch(report) => {
                let first = self.fresh_epochs.with_value(Vec::is_empty);
                self.fresh_epochs.update_value(|all| all.push(report));
                // One drawing a picture on screen, however fast training is.
                if first {
                    request_animation_frame(move || self.show_epochs());
                }
            }
            Event::TrainingEnded { .. } => {
                self.show_epochs();
                self.training.set(false);
                self.tuning.over();
                self.no_more(&[Job::Train, Job::Tune, Job::Prepare]);
            }
            Event::Head(head) => {
                let unknown = head.as_ref().and_then(|head| head.info.unknown.as_ref());
                self.kept.set(unknown.map_or(KEPT, |unknown| unknown.kept));
                let judged_here = |head: &HeadView| !head.opened && head.info.validation.is_some();
                match head.as_ref().is_some_and(judged_here) {
                    true => self.send(Request::ListGroups),
                    false => self.groups.set(Vec::new()),
                }
                self.sharing.forget();
                self.head.set(head);
                self.test.compared.set(None);
            }
            Event::KeptHeads(all) => self.kept_heads.set(all),
            Event::Tried {
                name,
                predictions,
                strangeness,
            } => {
                let url = payloads
                    .first()
                    .map(|b| files::url(b, "image/jpeg"))
                    .unwrap_or_default();
                let tried = Tried {
                    key: self.key(),
                    file: name,
                    url,
                    predictions,
                    needs: self.needs(strangeness),
                };
                self.results.update(|all| all.insert(0, tried));
            }
            Event::Batch(batch) => self.batch.set(batch),
            Event::Frame {
                predictions,
                strangeness,
            } => {
                self.frame_needs.set(self.needs(strangeness));
                self.frame.update(|(number, last)| {
                    *number += 1;
                    *last = predictions;
                });
            }
            Event::File { name, mime } => {
                if let Some(bytes) = payloads.first() {
                    files::download(&name, &files::url(bytes, &mime));
                }
            }
            Event::TrainingPaused(paused) => self.tuning.paused.set(paused),
            Event::TuneEstimate {
                tune,
                seconds,
                device,
            } => self.tuning.take_estimate(&tune, seconds, device),
            Event::Lab(report) => {
                if report.is_over() {
                    self.no_more(&[Job::Lab, Job::Prepare]);
                }
                self.lab.take_report(report);
            }
            Event::LabReports(reports) => self.lab.take_reports(reports),
            Event::LearningCurve(curve) => {
                self.no_more(&[Job::Lab]);
                self.lab.take_curve(curve);
            }
            Event::Groups(groups) => self.groups.set(groups),
            Event::LayerProbes(probes) => {
                self.no_more(&[Job::Lab]);
                self.lab.probes.set(Some(probes));
            }
            Event::OldHead {
                sample: photo,
                predictions,
            } => self.lab.take_old_head(photo, predictions),
            Event::FeatureMaps {
                sample: photo,
                layers,
            } => self.lab.take_maps(photo, layers, &payloads),
            Event::Projects(event) => self.take_project_event(event),
            Event::Share(ShareEvent::Made(link)) => self.sharing.made(link),
            Event::Share(ShareEvent::Found { name, info }) => {
                self.take_found(name, *info, payloads.into_iter().next());
            }
            Event::Share(ShareEvent::Listed(listing)) => self.beside.set(Some(listing)),
            Event::Problem(problem) => self.say(problem),
        }
    }

    /// The request is over, one way or the other.
    fn end(self, id: u64) {
        self.count_files();
        self.lab.ended(id);
        if self.exporting.get_untracked() == Some(id) {
            self.exporting.set(None);
        }
        self.sharing.ended(id);
        self.looked(id);
    }

    fn say(self, problem: Problem) {
        match problem {
            Problem::Restarted { .. } => {
                let training = self.training.get_untracked() || untrack(move || self.lab.is_busy());
                self.loads_again();
                self.report(Problem::Restarted { training });
            }
            Problem::Breaks { .. } | Problem::DeviceLost => {
                self.loads_again();
                self.report(problem);
            }
            Problem::Storage(why) => self.report_storage(why),
            problem => self.report(problem),
        }
    }

    /// Another worker is on its way.
    fn loads_again(self) {
        self.lab.interrupted();
        self.device.set(None);
    }

    /// A worker tells everything from the beginning; what was under way in the one before it
    /// is over. Files it was not done with are handed over again by the client.
    fn start_over(self) {
        self.device.set(None);
        self.storage.start_over();
        self.progress.set(None);
        self.exporting.set(None);
        self.batch.set(None);
        self.sharing.forget();
        self.look_no_more();
        self.training.set(false);
        // What was asked for and not begun begins now, and what was deleted can come back.
        if self.goes_over.try_update_value(std::mem::take) != Some(true) {
            self.tuning.over();
            self.lab.interrupted();
            self.album.empty_trash();
        }
        self.lab.start_over();
        self.groups.set(Vec::new());
        self.each_class.replace(Vec::new());
        self.album.clear();
        self.test.clear();
        self.kept_heads.set(Vec::new());
        self.undoable.set(None);
        self.album.untick_all();
        self.dragged.set(Vec::new());
    }

    /// Where the slider must stand for a sample so strange to the head in use; one that says nothing of that always answers.
    fn needs(self, strangeness: Option<f32>) -> f32 {
        self.head.with_untracked(|head| {
            let unknown = head.as_ref().and_then(|head| head.info.unknown.as_ref());
            let needs = unknown.zip(strangeness).map(|(u, score)| u.needs(score));
            needs.unwrap_or(0.0)
        })
    }

    /// Work of these kinds is over, however far it came.
    fn no_more(self, jobs: &[Job]) {
        self.progress
            .update(|p| *p = p.filter(|(job, ..)| !jobs.contains(job)));
    }

    fn show_epochs(self) {
        let mut fresh = Vec::new();
        self.fresh_epochs.update_value(|all| fresh.append(all));
        if fresh.is_empty() {
            return;
        }
        self.epochs.update(|all| {
            for report in fresh.drain(..) {
                // Tuning follows the head's training and counts from 1 again: a curve of its own.
                if all.last().is_some_and(|last| report.epoch <= last.epoch) {
                    all.clear();
                }
                all.push(report);
            }
        });
    }
}
