//! Classes, samples and their embeddings. Every change goes into the journal.

mod groups;
mod merge;
mod naming;
mod restore;
mod samples;
mod similar;
mod test_set;
mod undo;

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use super::store::{
    CLASSES, ClassList, Journal, SampleRow, Table, Unread, embedding_key, features, sample_key,
};
use data::backbone::find_backbone;
use data::class::{Class, ClassId, ClassView, Colour};
use data::features::Features;
use data::sample::{Provenance, SampleHash, SampleId, SampleView};
use samples::Samples;
use similar::Similar;

/// A sample with its class.
#[derive(Debug, Clone)]
pub struct Sample {
    pub row: SampleRow,
    /// None until the backbone in use has seen it. Shared with what learns from it.
    pub embedding: Option<Rc<[f32]>>,
    /// What layers before it say; none where an earlier Graft stored the embedding, until the backbone has seen the sample again.
    pub layers: Option<Rc<[f32]>>,
    /// Its file could not be had, so the backbone in use cannot see it: it stays, and waits for nothing.
    pub file_gone: bool,
}

impl From<SampleRow> for Sample {
    fn from(row: SampleRow) -> Self {
        Self {
            row,
            embedding: None,
            layers: None,
            file_gone: false,
        }
    }
}

impl Sample {
    /// What the backbone in use says of it; none until then.
    pub fn features(&self) -> Option<Features> {
        let embedding = self.embedding.as_ref()?.to_vec();
        let layers = self.layers.as_ref().map(|layers| layers.to_vec());
        Some(Features {
            embedding,
            layers: layers.unwrap_or_default(),
        })
    }

    /// The backbone in use has seen it.
    fn see(&mut self, features: Features) {
        self.embedding = Some(features.embedding.into());
        self.layers = (!features.layers.is_empty()).then(|| features.layers.into());
    }
}

/// What the last deletion took.
struct Trash {
    /// Its place among the classes.
    class: Option<(usize, Class)>,
    samples: Samples,
    /// Of the test set.
    test: Samples,
}

impl Trash {
    fn all(&self) -> impl Iterator<Item = &Sample> {
        self.samples.iter().chain(&self.test)
    }
}

#[derive(Default)]
pub struct Project {
    /// The backbone in use.
    backbone: String,
    classes: Vec<Class>,
    samples: Samples,
    /// The test set: apart from the others, so that whoever learns from those cannot meet these.
    test: Samples,
    pending: HashMap<ClassId, usize>,
    trash: Option<Trash>,
    /// The last move, if nothing was deleted since: samples and where they were.
    moved: Vec<(SampleId, ClassId)>,
    /// The last change of groups, if nothing was moved or deleted since: samples and the groups that a person had put them into.
    regrouped: Vec<(SampleId, Option<u32>)>,
    /// The backbone whose head was in use before a file for another one was opened.
    pub back: Option<String>,
    similar: Similar,
    next_class: u32,
    next_sample: u32,
    /// Classes by all letters of names of which not all are kept.
    long_names: HashMap<String, ClassId>,
    /// Classes made for samples of which none was taken yet.
    unproven: HashSet<ClassId>,
    pub journal: Journal,
    /// What was stored and cannot be read.
    pub unread: Unread,
}

impl Project {
    pub fn new(backbone: &str) -> Self {
        Self {
            backbone: backbone.into(),
            ..Self::default()
        }
    }

    pub fn samples(&self) -> &[Sample] {
        &self.samples
    }

    /// As the page lists them.
    pub fn listed(&self) -> Vec<SampleView> {
        self.samples.iter().map(|s| view(&s.row)).collect()
    }

    /// Of these, in their order, those that are there.
    pub fn samples_of(&self, ids: &[SampleId]) -> Vec<SampleView> {
        let samples = ids.iter().filter_map(|id| self.samples.get(*id));
        samples.map(|sample| view(&sample.row)).collect()
    }

    /// Also one of the test set.
    fn sample(&self, id: SampleId) -> Option<&Sample> {
        self.samples.get(id).or_else(|| self.test.get(id))
    }

    pub fn hash(&self, id: SampleId) -> Option<&SampleHash> {
        Some(&self.sample(id)?.row.hash)
    }

    /// What the backbone in use says of a sample.
    pub fn embedding(&self, id: SampleId) -> Option<&Rc<[f32]>> {
        self.sample(id)?.embedding.as_ref()
    }

    /// Another backbone: every embedding is another one.
    pub fn use_backbone(&mut self, backbone: &str) {
        self.backbone = backbone.into();
        let trash = self.trash.iter_mut();
        let trash = trash.flat_map(|t| t.samples.iter_mut().chain(&mut t.test));
        let there = self.samples.iter_mut().chain(&mut self.test);
        for sample in there.chain(trash) {
            sample.embedding = None;
            sample.layers = None;
            sample.file_gone = false;
        }
        self.similar = Similar::default();
        self.write_classes();
    }

    /// Samples that the backbone in use has not seen, or of which not all is known that it says.
    pub fn missing(&self) -> impl Iterator<Item = &SampleRow> {
        let all = self.samples.iter().chain(&self.test);
        all.filter(|s| !self.is_complete(s) && !s.file_gone)
            .map(|s| &s.row)
    }

    /// All that the backbone in use says of it is known.
    fn is_complete(&self, sample: &Sample) -> bool {
        let layers = find_backbone(&self.backbone).map_or(0, |spec| spec.layers);
        sample.embedding.is_some() && (layers == 0 || sample.layers.is_some())
    }

    /// The sample's file could not be had.
    pub fn lose_file(&mut self, id: SampleId) {
        let there = self.samples.get_mut(id);
        if let Some(sample) = there.or_else(|| self.test.get_mut(id)) {
            sample.file_gone = true;
        }
    }

    /// How many samples have lost their file before the backbone in use saw them.
    pub fn files_gone(&self) -> usize {
        let gone = |s: &&Sample| s.file_gone && s.embedding.is_none();
        self.samples.iter().chain(&self.test).filter(gone).count()
    }

    /// Those, and what an undo would bring back.
    pub fn embeddings_to_load(&self) -> impl Iterator<Item = &SampleRow> {
        let trash = self.trash.iter().flat_map(Trash::all);
        let unseen = trash.filter(|s| !self.is_complete(s)).map(|s| &s.row);
        self.missing().chain(unseen)
    }

    /// A stored embedding; it is not written again.
    pub fn load_embedding(&mut self, id: SampleId, features: Features) {
        let trash = self.trash.as_mut();
        let there = self.samples.get_mut(id).or_else(|| self.test.get_mut(id));
        let deleted = || {
            let trash = trash?;
            trash.samples.get_mut(id).or_else(|| trash.test.get_mut(id))
        };
        if let Some(sample) = there.or_else(deleted) {
            sample.see(features);
        }
    }

    /// A computed embedding of a sample that is there.
    pub fn re_embed(&mut self, id: SampleId, features: Features) {
        if let Some(hash) = self.hash(id).cloned() {
            self.write_embedding(&hash, &features);
            self.load_embedding(id, features);
        }
    }

    /// How many classes there are.
    pub fn classes(&self) -> usize {
        self.classes.len()
    }

    /// Classes that have embedded samples, in order: what a head can learn.
    pub fn filled_classes(&self) -> Vec<Class> {
        let embedded = self.samples.iter().filter(|s| s.embedding.is_some());
        let filled: HashSet<ClassId> = embedded.map(|s| s.row.class).collect();
        let filled = self.classes.iter().filter(|c| filled.contains(&c.id));
        filled.cloned().collect()
    }

    pub fn class(&self, id: ClassId) -> Option<&Class> {
        self.classes.iter().find(|c| c.id == id)
    }

    pub fn name(&self, id: ClassId) -> Option<&str> {
        self.class(id).map(|c| c.name.as_str())
    }

    pub fn recolour(&mut self, id: ClassId, colour: Colour) {
        if let Some(class) = self.classes.iter_mut().find(|c| c.id == id) {
            class.colour = colour;
            self.write_classes();
        }
    }

    /// Counts samples on their way into a class up or down.
    pub fn expect(&mut self, id: ClassId, n: isize) {
        let pending = self.pending.entry(id).or_default();
        *pending = pending.saturating_add_signed(n);
        // Where every sample was refused, nothing stays behind.
        if *pending == 0 && self.unproven.remove(&id) {
            self.classes.retain(|class| class.id != id);
            self.write_classes();
        }
    }

    pub fn expect_no_more(&mut self) {
        self.pending.clear();
    }

    /// Of all samples, of those too that an undo would bring back.
    pub fn all_hashes(&self) -> impl Iterator<Item = &SampleHash> {
        let trash = self.trash.iter().flat_map(Trash::all);
        let there = self.samples.iter().chain(&self.test);
        there.chain(trash).map(|s| &s.row.hash)
    }

    /// None where the class is gone.
    pub fn add(
        &mut self,
        class: ClassId,
        name: &str,
        provenance: Provenance,
        hash: SampleHash,
        features: Features,
    ) -> Option<SampleView> {
        let sample = self.new_sample(class, name, provenance, hash, features)?;
        self.write_row(&sample.row);
        let view = view(&sample.row);
        self.samples.push(sample);
        Some(view)
    }

    /// With a number of its own, its embedding stored.
    fn new_sample(
        &mut self,
        class: ClassId,
        name: &str,
        provenance: Provenance,
        hash: SampleHash,
        features: Features,
    ) -> Option<Sample> {
        self.class(class)?;
        let row = SampleRow {
            id: SampleId(self.next_sample),
            class,
            name: name.into(),
            hash,
            provenance,
        };
        self.next_sample += 1;
        self.unproven.remove(&class);
        self.write_embedding(&row.hash, &features);
        let mut sample = Sample::from(row);
        sample.see(features);
        Some(sample)
    }

    /// The class that already has this sample.
    pub fn class_of(&self, hash: &SampleHash) -> Option<ClassId> {
        Some(self.samples.of_hash(hash)?.row.class)
    }

    /// Those that were moved.
    pub fn move_samples(&mut self, ids: &[SampleId], to: ClassId) -> Vec<SampleId> {
        if self.class(to).is_none() {
            return Vec::new();
        }
        let ids: HashSet<SampleId> = ids.iter().copied().collect();
        let there = self.samples.iter().map(|s| &s.row);
        let moved: Vec<_> = there
            .filter(|row| ids.contains(&row.id) && row.class != to)
            .map(|row| (row.id, row.class))
            .collect();
        for (id, _) in &moved {
            self.put_into(*id, to);
        }
        let ids = moved.iter().map(|(id, _)| *id).collect();
        if !moved.is_empty() {
            self.moved = moved;
            self.regrouped.clear();
            self.write_undo();
        }
        ids
    }

    /// Takes the last move back: samples, and where they are again.
    pub fn move_back(&mut self) -> Vec<(SampleId, ClassId)> {
        let mut back = std::mem::take(&mut self.moved);
        back.retain(|(id, class)| self.class(*class).is_some() && self.put_into(*id, *class));
        if !back.is_empty() {
            self.write_undo();
        }
        back
    }

    /// False where the sample is gone.
    fn put_into(&mut self, id: SampleId, class: ClassId) -> bool {
        let Some(Sample { row, .. }) = self.samples.get_mut(id) else {
            return false;
        };
        row.class = class;
        let row = row.clone();
        self.write_row(&row);
        self.similar.forget(&[id]);
        true
    }

    pub fn views(&self) -> Vec<ClassView> {
        let mut counts: HashMap<ClassId, (usize, usize)> = HashMap::new();
        for sample in &self.samples {
            let (embedded, missing) = counts.entry(sample.row.class).or_default();
            match sample.embedding {
                Some(_) => *embedded += 1,
                None if sample.file_gone => {}
                None => *missing += 1,
            }
        }
        let view = |class: &Class| {
            let (count, missing) = counts.get(&class.id).copied().unwrap_or_default();
            let expected = self.pending.get(&class.id).copied().unwrap_or(0);
            ClassView {
                class: class.clone(),
                count,
                pending: expected + missing,
            }
        };
        self.classes.iter().map(view).collect()
    }

    fn write_classes(&mut self) {
        let list = ClassList {
            classes: self.classes.clone(),
            next: ClassId(self.next_class),
            backbone: self.backbone.clone(),
        };
        self.journal.put_json(Table::Project, CLASSES.into(), &list);
    }

    fn write_row(&mut self, row: &SampleRow) {
        self.journal
            .put_json(Table::Samples, sample_key(row.id), row);
    }

    fn write_embedding(&mut self, hash: &SampleHash, seen: &Features) {
        let key = embedding_key(&self.backbone, hash);
        self.journal.put(Table::Embeddings, key, features(seen));
    }
}

fn view(row: &SampleRow) -> SampleView {
    SampleView {
        id: row.id,
        class: row.class,
        name: row.name.clone(),
    }
}
