//! "I don't know" of tuned heads, whose rule goes by what their own network says: as the app fits it, on a fifth of the photos kept
//! apart, which decides nothing here.

use std::path::Path;

use data::classifier::Head;
use data::features::Features;
use data::transfer::TuneSettings;
use data::unknown::{KEPT, Unknown};
use learn::evaluation::auroc;
use learn::lda::Sample;
use learn::lda::choose::{Candidate, Reach};
use learn::tuner::Shown;
use learn::unknown::{Fitting, Known};
use network::backbone::Backbone;
use network::random::SplitMix64;
use pollster::block_on;

use crate::photos::{Failure, Set};
use crate::runs::Start;
use crate::{backbone, discriminants, runs};

/// Photos a class, of which a fifth is kept apart.
const LEARNED: usize = 20;
/// Photos of the other sets.
const FAR: usize = 60;
/// Known photos to test on.
const TESTED: usize = 120;

/// What a network says of a photo, and the logits that its head makes of that.
type Said = (Vec<f32>, Vec<f32>);

/// A row for each draw and each class left out of it: `seeds` says which draws, `left_out` which classes.
pub fn measure(folders: &[&str], seeds: &[u64], left_out: usize) -> Result<(), Failure> {
    let (spec, backbone) = backbone()?;
    let read = |folder: &&str| Set::read(Path::new(folder), spec.input_size);
    let sets: Vec<Set> = folders.iter().map(read).collect::<Result<_, _>>()?;
    println!(
        "| known | unknown | draw | accuracy | AUROC | refused at 95 % kept | kept and refused at its own limit |"
    );
    println!("|---|---|---|---|---|---|---|");
    for (at, known) in sets.iter().enumerate() {
        let start = Start {
            layers: backbone.layers(),
            head: None,
            size: spec.input_size,
            settings: TuneSettings {
                patience: 0,
                ..Default::default()
            },
        };
        let shown = runs::prepare(known, &start)?;
        let features = runs::features(&backbone, known)?;
        let all: Vec<usize> = (0..known.classes.len()).collect();
        for seed in seeds {
            let mut far = Vec::new();
            for (other, set) in sets.iter().enumerate() {
                if other != at {
                    let order = SplitMix64(*seed).shuffled(set.pictures.len());
                    far.extend(order.iter().take(FAR).map(|i| set.squares[*i].as_slice()));
                }
            }
            let whole = Draw {
                known,
                features: &features,
                classes: all.clone(),
                seed: *seed,
            };
            whole.measure(&backbone, &start, &shown, "other sets", &far)?;
            for k in 0..left_out {
                let class = (*seed as usize + k * all.len() / left_out) % all.len();
                let of_class = |i: &usize| known.pictures[*i].class == class;
                let strangers = (0..known.pictures.len()).filter(of_class);
                let strangers = strangers.take(FAR).map(|i| known.squares[i].as_slice());
                let draw = Draw {
                    classes: all.iter().copied().filter(|c| *c != class).collect(),
                    features: &features,
                    known,
                    seed: *seed,
                };
                let strangers: Vec<&[u8]> = strangers.collect();
                draw.measure(&backbone, &start, &shown, "a class left out", &strangers)?;
            }
        }
    }
    Ok(())
}

struct Draw<'a> {
    known: &'a Set,
    /// Of the frozen network.
    features: &'a [Features],
    classes: Vec<usize>,
    seed: u64,
}

impl Draw<'_> {
    fn place(&self, i: usize) -> Option<usize> {
        let class = self.known.pictures[i].class;
        self.classes.iter().position(|c| *c == class)
    }

    fn measure(
        &self,
        backbone: &Backbone,
        start: &Start,
        shown: &Shown,
        what: &str,
        unknown: &[&[u8]],
    ) -> Result<(), Failure> {
        let (train, test) = self.known.draw(LEARNED, self.seed);
        let of_known = |all: Vec<usize>| all.into_iter().filter(|i| self.place(*i).is_some());
        let train: Vec<usize> = of_known(train).collect();
        let test: Vec<usize> = of_known(test).collect();
        let every = test.len().div_ceil(TESTED);
        let test: Vec<usize> = test.into_iter().step_by(every).collect();
        let (apart, learned): (Vec<_>, Vec<_>) =
            train.iter().enumerate().partition(|(i, _)| i % 5 == 0);
        let indices = |of: Vec<(usize, &usize)>| of.iter().map(|(_, i)| **i).collect::<Vec<_>>();
        let (apart, learned) = (indices(apart), indices(learned));
        let (head, tuned) = self.tuned(backbone, start, shown, &learned)?;
        let squares = |of: &[usize]| -> Vec<&[u8]> {
            of.iter()
                .map(|i| self.known.squares[*i].as_slice())
                .collect()
        };
        let mut known = Vec::new();
        for (is_learned, these) in [(false, &apart), (true, &learned)] {
            let found = see(&tuned, &head, &squares(these))?;
            known.extend(
                these
                    .iter()
                    .zip(found)
                    .map(|(i, (features, logits))| Known {
                        features,
                        class: self.place(*i).unwrap_or(0),
                        fold: (!is_learned).then_some(0),
                        logits: if is_learned { Vec::new() } else { logits },
                        learned: is_learned,
                    }),
            );
        }
        let rule = fitted(known, self.classes.len())?;
        let score = |(features, logits): &Said| rule.score(features, logits).unwrap_or(f32::MAX);
        let tested = see(&tuned, &head, &squares(&test))?;
        let right = tested
            .iter()
            .zip(&test)
            .filter(|((_, logits), i)| Some(learn::trainer::largest(logits)) == self.place(**i));
        let right = right.count() as f64 / test.len() as f64;
        let mut ours: Vec<f32> = tested.iter().map(score).collect();
        let theirs: Vec<f32> = see(&tuned, &head, unknown)?.iter().map(score).collect();
        let above = |scores: &[f32], limit: f32| {
            let above = scores.iter().filter(|score| **score > limit).count();
            100.0 * above as f64 / scores.len() as f64
        };
        ours.sort_by(f32::total_cmp);
        let limit = ours[(ours.len() * 95).div_ceil(100) - 1];
        let own = rule.limit_for(KEPT);
        println!(
            "| {} | {what} | {} | {:.1} | {:.3} | {:.0} % | {:.0} %, {:.0} % |",
            self.known.name,
            self.seed,
            100.0 * right,
            auroc(&ours, &theirs).ok_or("a score is not finite")?,
            above(&theirs, limit),
            100.0 - above(&ours, own),
            above(&theirs, own),
        );
        Ok(())
    }

    /// From the head in closed form, as the app begins.
    fn tuned(
        &self,
        backbone: &Backbone,
        start: &Start,
        shown: &Shown,
        learned: &[usize],
    ) -> Result<(Head, Backbone), Failure> {
        let embeddings: Vec<Features> = learned
            .iter()
            .map(|i| Features::from(self.features[*i].embedding.clone()))
            .collect();
        let embeddings: Vec<&Features> = embeddings.iter().collect();
        let products = discriminants::products(&[data::classifier::Part::Embedding], &embeddings)?;
        let labels = learned.iter().map(|i| self.place(*i).unwrap_or(0));
        let samples: Vec<Sample> = labels.enumerate().collect();
        let candidate = Candidate {
            reach: Reach::Embedding,
            shrinkage: 0.6,
        };
        let head = discriminants::head(&products, &samples, self.classes.len(), candidate)?;
        let start = Start {
            head: Some(head),
            settings: TuneSettings {
                seed: self.seed,
                ..start.settings.clone()
            },
            ..start.clone()
        };
        let mut set = Set {
            name: String::new(),
            classes: self.classes.iter().map(usize::to_string).collect(),
            pictures: self.known.pictures.clone(),
            squares: Vec::new(),
        };
        for (i, picture) in set.pictures.iter_mut().enumerate() {
            picture.class = self.place(i).unwrap_or(0);
        }
        let tuned = runs::tuned(&set, &start, learned, shown)?;
        Ok((tuned.head, backbone.tuned(&tuned.tuned_layers)?))
    }
}

fn fitted(known: Vec<Known>, classes: usize) -> Result<Unknown, Failure> {
    let mut fitting = Fitting::new(known, classes, None)?;
    loop {
        if let Some(rule) = fitting.advance() {
            return Ok(rule);
        }
    }
}

/// What a network says of photos, and what its head makes of that.
fn see(backbone: &Backbone, head: &Head, squares: &[&[u8]]) -> Result<Vec<Said>, Failure> {
    let mut seen = Vec::new();
    for some in squares.chunks(8) {
        for features in block_on(backbone.embed(some))? {
            let logits = head.logits(&features).unwrap_or_default();
            seen.push((features.embedding, logits));
        }
    }
    Ok(seen)
}
