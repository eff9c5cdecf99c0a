//! Groups of samples of a class that show the same moment. Half of such a group would tell a head what the other half is,
//! so all of it is either learned from or measured on.
//!
//! Two samples belong together when their names say so, or when their embeddings are alike: by the cosine of
//! the embeddings' square roots (Bhattacharyya's coefficient of two distributions). How alike is for the kind of data to say
//! ([`Modality::alike_from`]).
//!
//! Groups follow from names, embeddings and classes alone, whatever the order in which samples came; nothing of them is stored.

use std::collections::{HashMap, HashSet};

use super::{Project, Sample};
use crate::modality::{Data, Modality};
use crate::store::SampleRow;
use data::class::ClassId;
use data::sample::SampleId;
use kernels::bytes::{RUN, dot};

/// The samples compared so far, each with all others of its class.
#[derive(Default)]
pub(super) struct Similar {
    classes: HashMap<ClassId, Vec<Member>>,
    class_of: HashMap<SampleId, ClassId>,
    /// Place among the samples from which on to look for one to compare.
    next: usize,
}

pub(super) struct Member {
    pub id: SampleId,
    pub origin: <Data as Modality>::Origin,
    print: Print,
    /// The same for all of a group.
    pub group: SampleId,
}

/// Square roots of an embedding, the largest one 255: a quarter of its memory, and products that are exact.
struct Print {
    runs: Vec<[u8; RUN]>,
    /// Length of what is left from each run on.
    left: Vec<f64>,
}

impl Print {
    fn of(embedding: &[f32]) -> Self {
        let largest = embedding.iter().copied().fold(f32::MIN_POSITIVE, f32::max);
        let byte = |v: &f32| ((v / largest).max(0.0).sqrt() * 255.0).round() as u8;
        let run = |values: &[f32]| {
            let mut run = [0; RUN];
            run.iter_mut().zip(values).for_each(|(b, v)| *b = byte(v));
            run
        };
        let runs: Vec<[u8; RUN]> = embedding.chunks(RUN).map(run).collect();
        let mut left = vec![0.0; runs.len()];
        let mut sum = 0;
        for (left, run) in left.iter_mut().zip(&runs).rev() {
            sum += dot(run, run);
            *left = f64::from(sum).sqrt();
        }
        Self { runs, left }
    }

    /// True where the cosine is `least` or more. Most pairs show after a few runs that they cannot reach it, since what
    /// is left of the product is at most the product of what is left of the lengths (Cauchy and Schwarz).
    fn is_like(&self, other: &Self, least: f64) -> bool {
        let lengths = self.left.iter().zip(&other.left).map(|(a, b)| a * b);
        let mut lengths = lengths.peekable();
        let needed = least * lengths.peek().copied().unwrap_or(0.0);
        let mut product = 0;
        for (a, b) in self.runs.iter().zip(&other.runs) {
            // Half a unit: what the roots were rounded by is far less.
            let possible = f64::from(product) + lengths.next().unwrap_or(0.0);
            if possible + 0.5 < needed {
                return false;
            }
            product += dot(a, b);
        }
        f64::from(product) >= needed
    }
}

impl Member {
    fn is_like(&self, other: &Self) -> bool {
        let least = Data::alike_from(&self.origin, &other.origin);
        least == 0.0 || self.print.is_like(&other.print, least)
    }
}

impl Similar {
    /// Samples compared so far.
    pub fn count(&self) -> usize {
        self.class_of.len()
    }

    /// Compares samples with those of their class, as long as there is time.
    pub fn compare(&mut self, samples: &[Sample], mut in_time: impl FnMut() -> bool) {
        if self.next >= samples.len() {
            self.next = 0;
        }
        for Sample { row, embedding, .. } in &samples[self.next..] {
            self.next += 1;
            let Some(embedding) = embedding else {
                continue;
            };
            if self.class_of.contains_key(&row.id) {
                continue;
            }
            self.add(
                row.class,
                Member {
                    id: row.id,
                    origin: Data::origin(&row.name, &row.provenance),
                    print: Print::of(embedding),
                    group: row.id,
                },
            );
            if !in_time() {
                return;
            }
        }
    }

    /// Whether a sample of the class that was compared is of one moment with this one, which is no sample of the class itself.
    pub fn has_like(&self, class: ClassId, row: &SampleRow, embedding: &[f32]) -> bool {
        let members = self.classes.get(&class).map(Vec::as_slice);
        let members = members.unwrap_or_default();
        if members.is_empty() {
            return false;
        }
        let origin = Data::origin(&row.name, &row.provenance);
        let print = Print::of(embedding);
        members.iter().any(|member| {
            let least = Data::alike_from(&origin, &member.origin);
            least == 0.0 || print.is_like(&member.print, least)
        })
    }

    fn add(&mut self, class: ClassId, new: Member) {
        self.class_of.insert(new.id, class);
        let members = self.classes.entry(class).or_default();
        for i in 0..members.len() {
            let group = members[i].group;
            if group != new.group && new.is_like(&members[i]) {
                let joined = members.iter_mut().filter(|m| m.group == group);
                joined.for_each(|m| m.group = new.group);
            }
        }
        members.push(new);
    }

    /// Samples left their class. Others may have belonged together by them alone, so their groups are compared anew.
    pub fn forget(&mut self, ids: &[SampleId]) {
        let mut gone: HashMap<ClassId, HashSet<SampleId>> = HashMap::new();
        for id in ids {
            if let Some(class) = self.class_of.remove(id) {
                gone.entry(class).or_default().insert(*id);
            }
        }
        for (class, ids) in gone {
            let Some(members) = self.classes.get_mut(&class) else {
                continue;
            };
            let left = members.iter().filter(|m| ids.contains(&m.id));
            let groups: HashSet<SampleId> = left.map(|m| m.group).collect();
            for member in members.extract_if(.., |m| groups.contains(&m.group)) {
                self.class_of.remove(&member.id);
            }
            if members.is_empty() {
                self.classes.remove(&class);
            }
        }
    }

    /// The samples of each class, in no order.
    pub fn classes(&self) -> impl Iterator<Item = (ClassId, &[Member])> {
        self.classes.iter().map(|(id, members)| (*id, &members[..]))
    }
}

impl Project {
    /// Samples compared with the others of their class, and those with an embedding.
    pub fn comparing(&self) -> (usize, usize) {
        let embedded = self.samples.iter().filter(|s| s.embedding.is_some());
        (self.similar.count(), embedded.count())
    }

    pub fn compared(&self) -> bool {
        let (compared, all) = self.comparing();
        compared == all
    }

    /// Compares samples as long as there is time.
    pub fn compare(&mut self, in_time: impl FnMut() -> bool) {
        self.similar.compare(&self.samples, in_time);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::rc::Rc;

    use super::*;
    use crate::photo::moments::{ALIKE, RELATED};
    use crate::store::SampleRow;
    use data::sample::{Provenance, SampleHash};

    /// Numbers from 0 to 1, half of them 0, from a SplitMix64 stream.
    fn embedding(seed: u64) -> Vec<f32> {
        let mut state = seed.wrapping_mul(0x2545_f491_4f6c_dd1d);
        let mut next = || {
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let z = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            (z ^ (z >> 27)) >> 40
        };
        let value = |v: u64| (v as f32 / (1 << 24) as f32 * 2.0 - 1.0).max(0.0);
        (0..1280).map(|_| value(next())).collect()
    }

    /// On the way from one sample to another.
    fn between(a: &[f32], b: &[f32], share: f32) -> Vec<f32> {
        let pairs = a.iter().zip(b);
        pairs.map(|(a, b)| a + share * (b - a)).collect()
    }

    fn sample(id: u32, class: u32, name: &str, embedding: &[f32]) -> Sample {
        Sample {
            row: SampleRow {
                id: SampleId(id),
                class: ClassId(class),
                name: name.into(),
                hash: SampleHash(format!("{id:064x}")),
                provenance: Provenance::default(),
            },
            embedding: Some(Rc::from(embedding)),
            layers: None,
            file_gone: false,
        }
    }

    /// A chain of three, of which the ends are unlike; twins in two classes; frames; a file and its copy; samples alone.
    fn project() -> Vec<Sample> {
        let samples: Vec<Vec<f32>> = (0..12).map(embedding).collect();
        let copy = between(&samples[5], &samples[6], 0.27);
        vec![
            sample(1, 0, "a.jpg", &between(&samples[0], &samples[1], 0.177)),
            sample(2, 0, "b.jpg", &samples[0]),
            sample(3, 0, "c.jpg", &between(&samples[0], &samples[9], 0.177)),
            sample(4, 0, "twin.jpg", &samples[2]),
            sample(5, 1, "twin.jpg", &samples[2]),
            sample(6, 1, "camera 2026-11-27 10.03.15 #01.jpg", &samples[3]),
            sample(7, 1, "camera 2026-11-27 10.03.15 #02.jpg", &samples[4]),
            sample(8, 1, "IMG_1234.jpg", &samples[5]),
            sample(9, 1, "IMG_1234 (1).jpg", &copy),
            sample(
                10,
                1,
                "IMG_9999.jpg",
                &between(&samples[5], &samples[7], 0.27),
            ),
            sample(11, 1, "z.jpg", &samples[8]),
        ]
    }

    fn compared(samples: &[Sample]) -> Similar {
        let mut similar = Similar::default();
        similar.compare(samples, || true);
        assert_eq!(similar.count(), samples.len());
        similar
    }

    /// Groups of more than one.
    fn groups(similar: &Similar) -> BTreeSet<BTreeSet<u32>> {
        let members = similar.classes.values().flatten();
        let of = |m: &Member| {
            let all = similar.classes.values().flatten();
            let same = all.filter(|other| other.group == m.group);
            same.map(|other| other.id.0).collect::<BTreeSet<u32>>()
        };
        members.map(of).filter(|group| group.len() > 1).collect()
    }

    fn sets<const N: usize>(of: [&[u32]; N]) -> BTreeSet<BTreeSet<u32>> {
        of.iter().map(|set| set.iter().copied().collect()).collect()
    }

    #[test]
    fn groups_are_the_same_in_every_order() {
        let mut samples = project();
        let expected = sets([&[1, 2, 3], &[6, 7], &[8, 9]]);
        for _ in 0..samples.len() {
            samples.rotate_left(1);
            assert_eq!(groups(&compared(&samples)), expected);
            let reversed: Vec<_> = samples.iter().rev().cloned().collect();
            assert_eq!(groups(&compared(&reversed)), expected);
        }
    }

    #[test]
    fn what_joined_two_and_left_leaves_them_apart() {
        let mut samples = project();
        let mut similar = compared(&samples);
        samples.retain(|s| s.row.id != SampleId(2));
        similar.forget(&[SampleId(2)]);
        assert!(similar.count() < samples.len());
        similar.compare(&samples, || true);
        assert_eq!(groups(&similar), sets([&[6, 7], &[8, 9]]));
        // Into the class of its twin.
        samples[2].row.class = ClassId(1);
        similar.forget(&[SampleId(4)]);
        similar.compare(&samples, || true);
        assert_eq!(groups(&similar), sets([&[4, 5], &[6, 7], &[8, 9]]));
        assert_eq!(groups(&similar), groups(&compared(&samples)));
    }

    #[test]
    fn photos_are_compared_as_long_as_there_is_time() {
        let samples = project();
        let mut similar = Similar::default();
        let mut steps = 0;
        while similar.count() < samples.len() {
            similar.compare(&samples, || false);
            steps += 1;
        }
        assert_eq!(steps, samples.len());
        assert_eq!(groups(&similar), groups(&compared(&samples)));
    }

    #[test]
    fn leaving_early_changes_no_answer() {
        let samples: Vec<Vec<f32>> = (0..4).map(embedding).collect();
        let root = |v: &f32| f64::from(*v).sqrt();
        let product =
            |a: &[f32], b: &[f32]| -> f64 { a.iter().zip(b).map(|(a, b)| root(a) * root(b)).sum() };
        let (mut alike, mut unlike) = (0, 0);
        for i in 0..=100 {
            let (a, b) = (
                &samples[0],
                between(&samples[0], &samples[1], i as f32 / 100.0),
            );
            let cosine = product(a, &b) / (product(a, a) * product(&b, &b)).sqrt();
            let (one, other) = (Print::of(a), Print::of(&b));
            for least in [RELATED, ALIKE] {
                // Roots are rounded to bytes.
                if (cosine - least).abs() > 1e-3 {
                    assert_eq!(one.is_like(&other, least), cosine > least, "{i}: {cosine}");
                    assert_eq!(other.is_like(&one, least), cosine > least, "{i}: {cosine}");
                }
                *if cosine > least {
                    &mut alike
                } else {
                    &mut unlike
                } += 1;
            }
        }
        assert!(alike > 10 && unlike > 10, "{alike}, {unlike}");
        // Of nothing but zeros, as no network gives.
        let empty = Print::of(&[0.0; 1280]);
        assert!(empty.is_like(&Print::of(&[0.0; 1280]), ALIKE));
    }
}
