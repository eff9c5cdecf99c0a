//! What tells a sample of no class: the largest probability, energy, the nearest samples, prototypes, and the app's rule, for
//! heads by gradients, for such that keep a fifth of the samples apart, and for heads in closed form.

use std::collections::BTreeMap;
use std::path::Path;

use data::classifier::{Head, Part, softmax};
use data::features::Features;
use data::sample::{SampleHash, SampleId};
use data::split;
use data::unknown::{KEPT, Unknown, direction, doubt};
use kernels::linear::dot;
use learn::evaluation::auroc;
use learn::lda::choose::Candidate;
use learn::lda::temperature::unmeasured;
use learn::unknown::{Fitting, Known};
use network::random::SplitMix64;

use crate::photos::{Failure, Set};
use crate::{backbone, discriminants, runs};

/// Other draws than those on which rules and weights were chosen.
const SEEDS: std::ops::RangeInclusive<u64> = 101..=106;
/// Photos a class to learn from.
const LEARNED: usize = 20;
/// Photos of each other set.
const FAR: usize = 60;

struct Embedded {
    set: Set,
    parts: Vec<Part>,
    all: Vec<Features>,
    /// The embeddings alone.
    features: Vec<Vec<f32>>,
}

const RULES: usize = 7;

/// What one rule did in one draw.
struct Measured {
    auroc: f64,
    /// Unknown ones beyond the score below which 95 % of the known test photos are.
    refused: f64,
    /// Known test photos, and unknown ones, at the limit that the rule chose by itself; only the app's rule does.
    by_itself: Option<(f64, f64)>,
}

/// By rule: the measurements of all draws.
type Table = BTreeMap<&'static str, Vec<Measured>>;

pub fn measure(folders: &[&str]) -> Result<(), Failure> {
    let (spec, backbone) = backbone()?;
    let mut sets = Vec::new();
    for folder in folders {
        let set = Set::read(Path::new(folder), spec.input_size)?;
        let all = runs::features(&backbone, &set)?;
        sets.push(Embedded {
            features: all.iter().map(|f| f.embedding.clone()).collect(),
            parts: discriminants::parts(&backbone),
            set,
            all,
        });
    }
    println!(
        "| known | unknown | rule | AUROC | refused at 95 % kept | kept and refused at its own limit |"
    );
    println!("|---|---|---|---|---|---|");
    for (at, known) in sets.iter().enumerate() {
        let (mut far, mut near) = (Table::new(), Table::new());
        for seed in SEEDS {
            let all: Vec<usize> = (0..known.set.classes.len()).collect();
            let mut strangers = Vec::new();
            for (other, set) in sets.iter().enumerate() {
                if other != at {
                    strangers.extend(some_of(set, &known.set.name, seed));
                }
            }
            draw(known, &all, &strangers, seed, &mut far)?;
            if all.len() > 2 {
                let left_out = seed as usize % all.len();
                let label = |i: &usize| known.set.pictures[*i].class;
                let strangers = (0..known.features.len()).filter(|i| label(i) == left_out);
                let strangers: Vec<&Features> = strangers.map(|i| &known.all[i]).collect();
                let rest: Vec<usize> = all.into_iter().filter(|c| *c != left_out).collect();
                draw(known, &rest, &strangers, seed, &mut near)?;
            }
        }
        show(&known.set.name, "other sets", &far);
        show(&known.set.name, "a class left out", &near);
    }
    Ok(())
}

/// Photos of a set but for those of a class that has the name of the known set.
fn some_of<'a>(set: &'a Embedded, known: &str, seed: u64) -> Vec<&'a Features> {
    let order = SplitMix64(seed).shuffled(set.features.len());
    let class = |i: &usize| set.set.pictures[*i].class;
    let other = order
        .into_iter()
        .filter(|i| set.set.classes[class(i)] != known);
    other.take(FAR).map(|i| &set.all[i]).collect()
}

fn logits(head: &Head, features: &Features) -> Vec<f32> {
    head.logits(features).unwrap_or_default()
}

/// The app's head on some photos, by their places among the classes.
fn head(known: &Embedded, classes: &[usize], train: &[usize]) -> Result<Head, Failure> {
    let mut set = Set {
        name: String::new(),
        classes: classes.iter().map(usize::to_string).collect(),
        pictures: known.set.pictures.clone(),
        squares: Vec::new(),
    };
    for picture in &mut set.pictures {
        let place = classes.iter().position(|class| *class == picture.class);
        picture.class = place.unwrap_or(usize::MAX);
    }
    let none = &train[..1];
    Ok(runs::head(&set, &known.features, train, none)?.0)
}

fn draw(
    known: &Embedded,
    classes: &[usize],
    unknown: &[&Features],
    seed: u64,
    table: &mut Table,
) -> Result<(), Failure> {
    let label = |i: usize| {
        classes
            .iter()
            .position(|c| *c == known.set.pictures[i].class)
    };
    let fewest = classes.iter().map(|class| {
        let pictures = known.set.pictures.iter();
        pictures.filter(|picture| picture.class == *class).count()
    });
    let photos = LEARNED.min(fewest.min().unwrap_or(0) / 2);
    let (train, test) = known.set.draw(photos, seed);
    let of_known = |indices: Vec<usize>| -> Vec<usize> {
        indices
            .into_iter()
            .filter(|i| label(*i).is_some())
            .collect()
    };
    let (train, test) = (of_known(train), of_known(test));
    let rule = fit(known, classes, &train, seed)?;
    let whole = head(known, classes, &train)?;
    let (apart, apart_rule) = kept_apart(known, classes, &train)?;
    let (closed, closed_rule) = closed_form(known, classes, &train, seed)?;
    let directions: Vec<Vec<f32>> = train
        .iter()
        .map(|i| direction(&known.features[*i]))
        .collect();
    let scores = |all: &Features| -> [(&'static str, f32); RULES] {
        let features = &all.embedding;
        let by = |rule: &Unknown, head: &Head| {
            rule.score(features, &logits(head, all)).unwrap_or(f32::MAX)
        };
        let others = [by(&apart_rule, &apart), by(&closed_rule, &closed)];
        let logits = logits(&whole, all);
        let probability = softmax(&logits).into_iter().fold(0.0, f32::max);
        let towards = direction(features);
        let mut cosines: Vec<f32> = directions.iter().map(|d| dot(d, &towards)).collect();
        cosines.sort_by(|a, b| b.total_cmp(a));
        let prototypes = rule.prototypes.chunks_exact(rule.width);
        let nearest = prototypes.map(|p| dot(p, &towards)).fold(-1.0, f32::max);
        [
            ("1 largest probability", -probability),
            ("2 largest logit over the mean", doubt(&logits) as f32),
            (
                "3 cosine to the 3 nearest samples",
                -cosines[..3].iter().sum::<f32>(),
            ),
            ("4 cosine to the nearest prototype", -nearest),
            (
                "5 the app's rule",
                rule.score(features, &logits).unwrap_or(f32::MAX),
            ),
            ("6 the app's rule, a fifth kept apart", others[0]),
            ("7 the app's rule, heads in closed form", others[1]),
        ]
    };
    let known_scores: Vec<_> = test.iter().map(|i| scores(&known.all[*i])).collect();
    let unknown_scores: Vec<_> = unknown.iter().map(|features| scores(features)).collect();
    let limits = [&rule, &apart_rule, &closed_rule].map(|rule| rule.limit_for(KEPT));
    for at in 0..RULES {
        let of = |all: &[[(&'static str, f32); RULES]]| all.iter().map(|s| s[at].1).collect();
        let (mut ours, theirs): (Vec<f32>, Vec<f32>) = (of(&known_scores), of(&unknown_scores));
        let above = |scores: &[f32], limit: f32| {
            scores.iter().filter(|score| **score > limit).count() as f64 / scores.len() as f64
        };
        ours.sort_by(f32::total_cmp);
        let limit = ours[(ours.len() * 95).div_ceil(100) - 1];
        let own = at.checked_sub(4).map(|rule| limits[rule]);
        let measured = Measured {
            auroc: auroc(&ours, &theirs).ok_or("a score is not finite")?,
            refused: above(&theirs, limit),
            by_itself: own.map(|own| (1.0 - above(&ours, own), above(&theirs, own))),
        };
        table
            .entry(known_scores[0][at].0)
            .or_default()
            .push(measured);
    }
    Ok(())
}

/// The app's rule, from heads of folds in which each photo is alone.
fn fit(
    known: &Embedded,
    classes: &[usize],
    train: &[usize],
    seed: u64,
) -> Result<Unknown, Failure> {
    let label = |i: usize| {
        classes
            .iter()
            .position(|c| *c == known.set.pictures[i].class)
    };
    let hash = |i: &usize| {
        SampleHash(format!(
            "{:016x}",
            (*i as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15)
        ))
    };
    let hashes: Vec<SampleHash> = train.iter().map(hash).collect();
    let candidates = train.iter().zip(&hashes).map(|(i, hash)| split::Candidate {
        class: label(*i).unwrap_or(0),
        hash,
        group: SampleId(*i as u32),
    });
    let candidates: Vec<split::Candidate> = candidates.collect();
    let folds = split::folds(&candidates, seed);
    let mut samples: Vec<Known> = train
        .iter()
        .zip(&candidates)
        .zip(&folds)
        .map(|((i, candidate), fold)| Known {
            features: known.features[*i].clone(),
            class: candidate.class,
            fold: *fold,
            logits: Vec::new(),
            learned: true,
        })
        .collect();
    for round in split::rounds(&folds) {
        let learned: Vec<usize> = round.train.iter().map(|i| train[*i]).collect();
        let head = head(known, classes, &learned)?;
        for i in round.test {
            samples[i].logits = logits(&head, &known.all[train[i]]);
        }
    }
    fitted(samples, classes.len())
}

fn fitted(samples: Vec<Known>, classes: usize) -> Result<Unknown, Failure> {
    let mut fitting = Fitting::new(samples, classes, None)?;
    loop {
        if let Some(unknown) = fitting.advance() {
            return Ok(unknown);
        }
    }
}

/// A head by gradients that learns from four fifths of the photos, and its rule by the others; so do tuned heads.
fn kept_apart(
    known: &Embedded,
    classes: &[usize],
    train: &[usize],
) -> Result<(Head, Unknown), Failure> {
    let (apart, learned): (Vec<_>, Vec<_>) =
        train.iter().enumerate().partition(|(i, _)| i % 5 == 0);
    let indices = |of: &[(usize, &usize)]| of.iter().map(|(_, i)| **i).collect::<Vec<usize>>();
    let (apart, learned) = (indices(&apart), indices(&learned));
    let head = head(known, classes, &learned)?;
    let one = |i: &usize, is_learned: bool| Known {
        features: known.features[*i].clone(),
        class: place(known, classes, *i),
        fold: (!is_learned).then_some(0),
        logits: match is_learned {
            true => Vec::new(),
            false => logits(&head, &known.all[*i]),
        },
        learned: is_learned,
    };
    let judges = apart.iter().map(|i| one(i, false));
    let samples = judges.chain(learned.iter().map(|i| one(i, true))).collect();
    let rule = fitted(samples, classes.len())?;
    Ok((head, rule))
}

fn place(known: &Embedded, classes: &[usize], i: usize) -> usize {
    let class = known.set.pictures[i].class;
    classes.iter().position(|c| *c == class).unwrap_or(0)
}

/// The app's head in closed form, chosen as the app does, and its rule by what it says of photos that were left out.
fn closed_form(
    known: &Embedded,
    classes: &[usize],
    train: &[usize],
    seed: u64,
) -> Result<(Head, Unknown), Failure> {
    let hash = |i: &usize| SampleHash(format!("{:016x}", (*i as u64).wrapping_mul(0x9e37_79b9)));
    let hashes: Vec<SampleHash> = train.iter().map(hash).collect();
    let candidates = train.iter().zip(&hashes).map(|(i, hash)| split::Candidate {
        class: place(known, classes, *i),
        hash,
        group: SampleId(*i as u32),
    });
    let folds = split::folds(&candidates.collect::<Vec<_>>(), seed);
    let picked: Vec<&Features> = train.iter().map(|i| &known.all[*i]).collect();
    let products = discriminants::products(&known.parts, &picked)?;
    let labels = train.iter().map(|i| place(known, classes, *i));
    let samples: Vec<(usize, usize)> = labels.enumerate().collect();
    let choice = discriminants::choice(&products, &samples, classes.len())?;
    let candidate: Candidate = choice.best().candidate;
    let setting = candidate.setting(&products);
    let fit = discriminants::fit(&products, &samples, classes.len(), &setting)?;
    let groups: Vec<usize> = folds
        .iter()
        .map(|fold| fold.unwrap_or(usize::MAX))
        .collect();
    let left_out = discriminants::left_out(&fit, &groups)?;
    let factor = discriminants::sharpness(&left_out, &samples)?
        .map_or_else(|| unmeasured(&fit), |found| found.factor);
    let head = discriminants::heading(&fit, &products, factor)?;
    let rows = left_out.rows().zip(&folds).zip(&samples);
    let known = rows.map(|((row, fold), (i, class))| {
        let largest = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        Known {
            features: picked[*i].embedding.clone(),
            class: *class,
            fold: *fold,
            logits: row
                .iter()
                .map(|v| (factor * (v - largest)) as f32)
                .collect(),
            learned: true,
        }
    });
    let rule = fitted(known.collect(), classes.len())?;
    Ok((head, rule))
}

fn show(known: &str, unknown: &str, table: &Table) {
    for (rule, draws) in table {
        let mean =
            |value: fn(&Measured) -> f64| draws.iter().map(value).sum::<f64>() / draws.len() as f64;
        let own = draws[0].by_itself.map(|_| {
            let kept = mean(|m| m.by_itself.map_or(0.0, |own| own.0));
            let refused = mean(|m| m.by_itself.map_or(0.0, |own| own.1));
            format!("{:.0} %, {:.0} %", 100.0 * kept, 100.0 * refused)
        });
        println!(
            "| {known} | {unknown} | {} | {:.3} | {:.0} % | {} |",
            &rule[2..],
            mean(|m| m.auroc),
            100.0 * mean(|m| m.refused),
            own.unwrap_or_default()
        );
    }
}
