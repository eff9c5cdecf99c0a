//! Two heads put together: one that knows the classes of both, and the samples of both (`learn::lda::merge`).

use std::collections::HashMap;

use super::kept::Kept;
use super::opening::judged;
use super::{InUse, StoredHead};
use crate::{Engine, Output};
use data::backbone::BackboneSpec;
use data::class::PALETTE;
use data::classifier::{Head, Part};
use data::head::{HeadClass, HeadInfo};
use data::limits::MOST_CLASSES;
use data::names::key;
use data::problem::{KeptProblem, Problem};
use data::protocol::KeptId;
use data::statistics::Statistics;
use data::unknown::Unknown;
use learn::lda::merge::{Source, merged};

/// One of two heads that become one.
#[derive(Clone, Copy)]
pub(crate) struct Known<'a> {
    /// As people call it; nothing where it is the one in use.
    pub name: &'a str,
    pub head: &'a Head,
    pub classes: &'a [HeadClass],
    pub unknown: Option<&'a Unknown>,
    pub statistics: Option<&'a Statistics>,
}

/// What they became.
pub(crate) struct Merged {
    pub head: Head,
    /// Those of the first one, in their order, come first.
    pub classes: Vec<HeadClass>,
    pub unknown: Option<Box<Unknown>>,
    pub statistics: Box<Statistics>,
}

impl InUse {
    pub(crate) fn known<'a>(&'a self, name: &'a str) -> Known<'a> {
        Known {
            name,
            head: &self.head,
            classes: &self.info.classes,
            unknown: self.info.unknown.as_deref(),
            statistics: self.statistics.as_deref(),
        }
    }
}

impl Known<'_> {
    fn samples(&self) -> usize {
        self.classes.iter().map(|class| class.samples).sum()
    }
}

/// One head of two, both for this backbone as it is. Classes whose names people take for one are one.
pub(crate) fn together(spec: &BackboneSpec, both: [Known<'_>; 2]) -> Result<Merged, KeptProblem> {
    let mut classes: Vec<HeadClass> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    let outputs = both.map(|known| {
        let place = |class: &HeadClass| {
            let next = classes.len();
            let place = *places.entry(key(&class.name)).or_insert(next);
            match classes.get_mut(place) {
                Some(there) => there.samples = there.samples.saturating_add(class.samples),
                None => classes.push(apart(class, &classes)),
            }
            place
        };
        known.classes.iter().map(place).collect::<Vec<usize>>()
    });
    if classes.len() > MOST_CLASSES {
        let classes = classes.len();
        return Err(KeptProblem::TooManyClasses { classes });
    }
    let mut statistics = Vec::new();
    for known in &both {
        let name = known.name.to_owned();
        let found = known.statistics.ok_or(KeptProblem::NoStatistics { name })?;
        statistics.push(found);
    }
    let width = |part: &Part| match part {
        Part::Embedding => spec.width,
        Part::Layers { from, to } => to - from,
    };
    let widths = |i: usize| statistics[i].parts.iter().map(width).collect::<Vec<_>>();
    let widths = [widths(0), widths(1)];
    let source = |i: usize| Source {
        statistics: statistics[i],
        widths: &widths[i],
        sees: &both[i].head.input.parts,
        samples: both[i].classes.iter().map(|class| class.samples).collect(),
        classes: outputs[i].clone(),
    };
    let found = merged([&source(0), &source(1)], classes.len());
    let (head, statistics) = found.ok_or(KeptProblem::Apart)?;
    let samples = both.map(|known| known.samples());
    let unknown = both[0].unknown.zip(both[1].unknown);
    let unknown = unknown.and_then(|(a, b)| Unknown::of_both(a, b, samples));
    Ok(Merged {
        head,
        classes,
        unknown: unknown.map(Box::new),
        statistics: Box::new(statistics),
    })
}

/// The class in a colour that none of the others has, where there is one.
fn apart(class: &HeadClass, others: &[HeadClass]) -> HeadClass {
    let taken = |colour| others.iter().any(|other| other.colour == colour);
    let free = PALETTE.into_iter().find(|colour| !taken(*colour));
    let colour = match taken(class.colour) {
        true => free.unwrap_or(class.colour),
        false => class.colour,
    };
    HeadClass {
        colour,
        ..class.clone()
    }
}

impl Engine {
    /// The head in use and a kept one become one, which is used instead.
    pub(super) fn merge_kept(&mut self, id: KeptId) -> Result<Vec<Output>, Problem> {
        let in_use = self.head.as_ref().ok_or(Problem::NoHead)?;
        // The page's button is off.
        if in_use.kept == Some(id) {
            return Ok(Vec::new());
        }
        let Kept { row, file, .. } = self.kept_heads.of(id)?;
        let refused = |why| {
            let file = row.name.clone();
            Problem::Head { file, why }
        };
        let (spec, _) = judged(file).map_err(refused)?;
        if spec != self.backbone.spec() {
            return Err(Problem::Kept(KeptProblem::OtherBackbone));
        }
        // With its classes as they are called now.
        let stored = StoredHead {
            row: row.head.clone(),
            file: file.clone(),
        };
        let other = self.restored(&stored).map_err(refused)?;
        if in_use.backbone.is_some() || other.backbone.is_some() {
            return Err(Problem::Kept(KeptProblem::Tuned));
        }
        let both = [in_use.known(""), other.known(&row.name)];
        let found = together(spec, both).map_err(Problem::Kept)?;
        let merged = InUse {
            head: found.head,
            info: HeadInfo {
                classes: found.classes,
                // Nobody has measured it.
                validation: None,
                choice: None,
                unknown: found.unknown,
                ..in_use.info.clone()
            },
            statistics: Some(found.statistics),
            tuned_layers: Default::default(),
            backbone: None,
            // Some of its classes may be of no project.
            ids: Vec::new(),
            stale: false,
            tested: Vec::new(),
            sharpened: 1.0,
            kept: None,
        };
        Ok(self.replace_head(merged))
    }
}
