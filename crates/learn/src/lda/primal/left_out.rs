//! What a fit would say of samples that it had not seen, exactly, without another fit.

use kernels::gram::TILE;
use kernels::symmetric::{Inversion, add, padded};

use super::Fit;
use super::fit::four;
use crate::lda::fit::invert;
use crate::lda::left_out::LeftOut;
use crate::lda::{Budget, DOUBLE, Refused};

/// Samples that are turned by `M⁻¹` together, so that it is read once for all of them.
const BLOCK: usize = 32;

/// Predictions on their way.
pub struct LeavingOut {
    /// Indices of samples.
    groups: Vec<Vec<usize>>,
    /// The group that comes next, and where the groups end that have been made ready.
    at: usize,
    until: usize,
    block: Block,
    together: Option<Together>,
    /// `W` as f32.
    weights: Vec<f32>,
    left_out: LeftOut,
}

/// Samples of which something is to be known that the fit does not hold.
#[derive(Default)]
struct Block {
    members: Vec<usize>,
    /// `x`, `[members, width]`
    rows: Vec<f32>,
    /// `x M⁻¹`, `[members, width]`, as far as its columns are there.
    turned: Vec<f32>,
    columns: usize,
    /// Columns of `T` that are there.
    classes: usize,
    /// Members whose groups are done.
    passed: usize,
}

/// A group on its way out: as much of `E` as is there, `[side, side]`, and how many rows; or its inverse.
enum Together {
    Matrix(Vec<f64>, usize),
    Inverse(Inversion),
    Write(Vec<f64>),
}

impl LeavingOut {
    /// `groups`: of each sample of the fit a number that is the same for those that are left out together, which are all of one
    /// class; none for those that are not left out.
    pub fn new(fit: &Fit, groups: &[Option<usize>]) -> Self {
        let numbered = groups.iter().zip(0..);
        let numbered = numbered.filter_map(|(group, i)| Some(((*group)?, i)));
        let mut by_group: Vec<(usize, usize)> = numbered.collect();
        by_group.sort_unstable();
        let of_group = |group: &[(usize, usize)]| group.iter().map(|(_, i)| *i).collect();
        let groups = by_group.chunk_by(|one, next| one.0 == next.0).map(of_group);
        // Nothing can be said of a class that is not there.
        let remains = |group: &Vec<usize>| fit.counts[fit.samples[group[0]].class] > group.len();
        let classes = fit.classes();
        Self {
            groups: groups.filter(remains).collect(),
            at: 0,
            until: 0,
            block: Block::default(),
            together: None,
            weights: fit.weights.iter().map(|v| *v as f32).collect(),
            left_out: LeftOut {
                classes,
                logits: vec![f64::NEG_INFINITY; fit.samples.len() * classes],
            },
        }
    }

    /// How much of the work is done, 0 to 1.
    pub fn done(&self) -> f64 {
        self.at as f64 / self.groups.len().max(1) as f64
    }

    /// A portion of the work; the predictions when they are there, and then no more.
    pub fn advance(&mut self, fit: &mut Fit) -> Result<Option<LeftOut>, Refused> {
        let mut budget = Budget::portion();
        while budget.take(0) {
            if self.at == self.until {
                if self.until == self.groups.len() {
                    let classes = self.left_out.classes;
                    let logits = std::mem::take(&mut self.left_out.logits);
                    return Ok(Some(LeftOut { classes, logits }));
                }
                self.next_block(fit);
            }
            if !self.block.step(fit, &self.weights, &mut budget) {
                continue;
            }
            let logits = &mut self.left_out.logits;
            let group = &self.groups[self.at];
            if let [i] = group[..] {
                budget.take(8 * DOUBLE * fit.classes());
                write(fit, group, &[1.0 / fit.rest(i)], 1, logits)?;
            } else {
                let side = padded(group.len());
                let begin = || Together::Matrix(vec![0.0; side * side], 0);
                let together = self.together.get_or_insert_with(begin);
                if !together.step(fit, &self.block, group, logits, &mut budget)? {
                    continue;
                }
                self.together = None;
            }
            // Where it was none of the block, a group is alone and known.
            if self.block.members.get(self.block.passed) == Some(&group[0]) {
                self.block.passed += group.len();
            }
            self.at += 1;
        }
        Ok(None)
    }

    /// The next few groups, with those of their samples that are not known well enough.
    fn next_block(&mut self, fit: &Fit) {
        let mut members = Vec::new();
        while members.len() < BLOCK && self.until < self.groups.len() {
            let group = &self.groups[self.until];
            if group.len() > 1 || !fit.lengths[group[0]].is_finite() {
                members.extend_from_slice(group);
            }
            self.until += 1;
        }
        let rows = fit.rows(members.iter().copied());
        self.block = Block {
            turned: vec![0.0; rows.len()],
            rows,
            members,
            ..Block::default()
        };
    }
}

impl Block {
    fn row(&self, i: usize) -> &[f32] {
        let width = self.rows.len() / self.members.len();
        &self.rows[i * width..][..width]
    }

    /// As much as the budget allows; true when all is known of its members.
    fn step(&mut self, fit: &mut Fit, weights: &[f32], budget: &mut Budget) -> bool {
        let (width, n, classes) = (fit.width(), self.members.len(), fit.classes());
        if n == 0 {
            return true;
        }
        while self.columns < width {
            if !budget.take(TILE * n.next_multiple_of(2) * width) {
                return false;
            }
            for i in (0..n).step_by(2) {
                let next = (i + 1).min(n - 1);
                let own = [self.row(i), self.row(next)];
                let found = four(&fit.inverse, width, self.columns, own);
                for (k, i) in [i, next].into_iter().enumerate() {
                    let to = &mut self.turned[i * width..][..width];
                    let to = to[self.columns..].iter_mut();
                    to.zip(found[k]).for_each(|(to, v)| *to = v as f32);
                }
            }
            self.columns += TILE;
            if self.columns >= width {
                for (i, member) in self.members.iter().enumerate() {
                    fit.lengths[*member] = self.product(i, i);
                }
            }
        }
        while self.classes < classes {
            if !budget.take(TILE * n.next_multiple_of(2) * width) {
                return false;
            }
            for i in (0..n).step_by(2) {
                let next = (i + 1).min(n - 1);
                let own = [self.row(i), self.row(next)];
                let found = four(weights, width, self.classes, own);
                for (k, i) in [i, next].into_iter().enumerate() {
                    let to = &mut fit.turned[self.members[i] * classes..][..classes];
                    let to = to[self.classes..].iter_mut();
                    to.zip(found[k]).for_each(|(to, v)| *to = v);
                }
            }
            self.classes += TILE;
        }
        true
    }

    /// `Q` of two members.
    fn product(&self, i: usize, j: usize) -> f64 {
        let width = self.rows.len() / self.members.len();
        let turned = &self.turned[i * width..][..width];
        four(turned, width, 0, [self.row(j), self.row(j)])[0][0]
    }
}

impl Fit {
    /// `E` of a sample alone.
    fn rest(&self, i: usize) -> f64 {
        let (classes, class) = (self.classes(), self.samples[i].class);
        let own = self.squares[class * classes + class];
        let distance = self.lengths[i] - 2.0 * self.turned[i * classes + class] + own;
        1.0 - 1.0 / self.counts[class] as f64 - distance
    }
}

impl Together {
    /// As much as the budget allows; true when the logits are written. The group's members are those of the block that come next.
    fn step(
        &mut self,
        fit: &Fit,
        block: &Block,
        group: &[usize],
        logits: &mut [f64],
        budget: &mut Budget,
    ) -> Result<bool, Refused> {
        let (classes, n, side) = (fit.classes(), group.len(), padded(group.len()));
        let class = fit.samples[group[0]].class;
        match self {
            Self::Matrix(cells, at) => {
                // A product of its own takes as long as a tile.
                while *at < side && budget.take(2 * TILE * (*at + 1) * fit.width()) {
                    let row = &mut cells[*at * side..][..=*at];
                    if *at < n {
                        let turned = |i: usize| fit.turned[group[i] * classes + class];
                        let whole = fit.squares[class * classes + class];
                        for (j, cell) in row.iter_mut().enumerate() {
                            let product = block.product(block.passed + *at, block.passed + j);
                            let distance = product - turned(*at) - turned(j) + whole;
                            *cell = -1.0 / fit.counts[class] as f64 - distance;
                        }
                    }
                    row[*at] += 1.0;
                    *at += 1;
                }
                if *at == side {
                    *self = Self::Inverse(Inversion::new(std::mem::take(cells), side));
                }
            }
            Self::Inverse(inversion) => {
                if let Some(inverse) = invert(inversion, budget)? {
                    *self = Self::Write(inverse);
                }
            }
            Self::Write(inverse) => {
                budget.take(DOUBLE * n * n * classes);
                write(fit, group, inverse, side, logits)?;
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// Logits of a group that is left out. `inverse` is `E⁻¹`, `[side, side]`.
fn write(
    fit: &Fit,
    group: &[usize],
    inverse: &[f64],
    side: usize,
    logits: &mut [f64],
) -> Result<(), Refused> {
    if !(inverse[0] > 0.0 && inverse[0].is_finite()) {
        return Err(Refused::Singular);
    }
    let (classes, class) = (fit.classes(), fit.samples[group[0]].class);
    let own = &fit.squares[class * classes..][..classes];
    let share = 1.0 / fit.counts[class] as f64;
    // F
    let mut shares = Vec::with_capacity(group.len() * classes);
    for i in group {
        let turned = &fit.turned[i * classes..][..classes];
        shares.extend(own.iter().zip(turned).map(|(own, turned)| own - turned));
        let at = shares.len() - classes + class;
        shares[at] += share;
    }
    // E⁻¹ F
    let mut solved = vec![0.0; shares.len()];
    for (row, to) in inverse.chunks(side).zip(solved.chunks_exact_mut(classes)) {
        let rows = row.iter().zip(shares.chunks_exact(classes));
        rows.for_each(|(value, share)| add(to, *value, share));
    }
    // The class' row of what is P⁻¹ without the group, and its diagonal.
    let mut row = own.to_vec();
    let mut diagonal: Vec<f64> = (0..classes)
        .map(|c| fit.squares[c * classes + c] + 1.0 / fit.counts[c] as f64)
        .collect();
    row[class] += share;
    for (share, solved) in shares
        .chunks_exact(classes)
        .zip(solved.chunks_exact(classes))
    {
        add(&mut row, share[class], solved);
        for ((to, share), solved) in diagonal.iter_mut().zip(share).zip(solved) {
            *to += share * solved;
        }
    }
    let remaining = (fit.samples.len() - group.len()) as f64;
    for (i, solved) in group.iter().zip(solved.chunks_exact(classes)) {
        let to = &mut logits[i * classes..][..classes];
        for (c, logit) in to.iter_mut().enumerate() {
            let gone = if c == class { group.len() } else { 0 };
            let count = (fit.counts[c] - gone) as f64;
            *logit = remaining * (row[c] - solved[c] - 0.5 * diagonal[c] + 0.5 / count);
        }
    }
    Ok(())
}
