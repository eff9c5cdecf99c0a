//! What a fit would say of samples that it had not seen, exactly, without another fit.
//!
//! Without the samples `g` the inverse becomes `A_rr - A_rg A_gg⁻¹ A_gr` for those that remain. From this follows `P' = P - B_gᵀ
//! A_gg⁻¹ B_g`, hence with `E = A_gg - F_g B_gᵀ` and `Z = E⁻¹ F_g`
//! `P'⁻¹ = P⁻¹ + F_gᵀ Z`, and the logits of `g` are
//! `n'/γ ((Y_g P'⁻¹ - Z)_c - ½ (P'⁻¹)_cc) + n' / (2 n'_c)`.
//! For all groups together that is `n` times the classes' number for each sample of its group, and the groups' sides cubed. (For
//! ridge regression the like is known as PRESS: Allen 1974.)
//!
//! `γ` and the parts' factors are settings, the same for what remains.
//!
//! A class whose last sample is left out has no mean any more: its logit is -∞, and `P`, `F` and `B` are those of the others. With `v`
//! the classes gone and `k` the others, that takes `W = (P⁻¹)_vv⁻¹ (P⁻¹)_vk` away: `F_k - F_v W` and `(P⁻¹)_kk - (P⁻¹)_kv W`.

use kernels::symmetric::{Inversion, add, dot, padded};

use super::fit::invert;
use super::{Budget, DOUBLE, Fit, Refused};

/// What is said of each sample by a fit without its group.
#[derive(Debug, Clone, PartialEq)]
pub struct LeftOut {
    pub classes: usize,
    /// `[n, classes]` in the order of the fit's samples; -∞ for classes of which no sample remained.
    pub logits: Vec<f64>,
}

impl LeftOut {
    pub fn rows(&self) -> impl Iterator<Item = &[f64]> {
        self.logits.chunks_exact(self.classes)
    }
}

/// Predictions on their way.
pub struct LeavingOut {
    /// Indices of samples.
    groups: Vec<Vec<usize>>,
    /// The group that comes next.
    at: usize,
    leaving: Option<Leaving>,
    left_out: LeftOut,
}

/// One group on its way out.
struct Leaving {
    members: Vec<usize>,
    /// Samples of each class that remain.
    counts: Vec<usize>,
    /// Classes of which none remains.
    gone: Vec<usize>,
    /// `W`, `[gone, classes]`; of the classes gone, 0.
    taken: Vec<f64>,
    /// `F_g` of the classes that remain, `[members, classes]`; of the others, 0.
    shares: Vec<f64>,
    stage: Stage,
}

enum Stage {
    /// As much of `E` as is there, `[side, side]`, and how many rows.
    Matrix(Vec<f64>, usize),
    Inverse(Inversion),
    /// `E⁻¹`, and rows of `Z` that are there.
    Solve(Vec<f64>, Vec<f64>),
}

impl LeavingOut {
    /// `groups`: of each sample of the fit a number that is the same for those that are left out together.
    pub fn new(fit: &Fit, groups: &[usize]) -> Self {
        let mut by_group: Vec<(usize, usize)> = groups.iter().copied().zip(0..).collect();
        by_group.sort_unstable();
        let of_group = |group: &[(usize, usize)]| group.iter().map(|(_, i)| *i).collect();
        let groups = by_group.chunk_by(|one, next| one.0 == next.0).map(of_group);
        Self {
            groups: groups.collect(),
            at: 0,
            leaving: None,
            left_out: LeftOut {
                classes: fit.classes(),
                logits: vec![f64::NEG_INFINITY; fit.samples.len() * fit.classes()],
            },
        }
    }

    /// A portion of the work; the predictions when they are there, and then no more.
    pub fn advance(&mut self, fit: &Fit) -> Result<Option<LeftOut>, Refused> {
        let mut budget = Budget::portion();
        while budget.take(0) {
            let Some(group) = self.groups.get_mut(self.at) else {
                let logits = std::mem::take(&mut self.left_out.logits);
                let classes = self.left_out.classes;
                return Ok(Some(LeftOut { classes, logits }));
            };
            if let [i] = group[..]
                && fit.counts[fit.samples[i].1] > 1
            {
                budget.take(4 * DOUBLE * fit.classes());
                alone(fit, i, &mut self.left_out.logits)?;
                self.at += 1;
            } else if self.leaving.is_none() {
                self.leaving = Leaving::new(fit, std::mem::take(group), &mut budget)?;
                // Without a class that remains there is nothing to say.
                self.at += usize::from(self.leaving.is_none());
            } else if let Some(leaving) = &mut self.leaving
                && leaving.advance(fit, &mut self.left_out.logits, &mut budget)?
            {
                self.leaving = None;
                self.at += 1;
            }
        }
        Ok(None)
    }
}

/// What is said of a sample by a fit without it alone, where its class has others: `E` is one number then.
fn alone(fit: &Fit, i: usize, logits: &mut [f64]) -> Result<(), Refused> {
    let (classes, class) = (fit.classes(), fit.samples[i].1);
    let share = fit.row(&fit.shares, i);
    let rest = fit.inverse[i * fit.stride + i] - dot(share, fit.row(&fit.sums, i));
    if !(rest > 0.0 && rest.is_finite()) {
        return Err(Refused::Singular);
    }
    let (remaining, gamma) = ((fit.samples.len() - 1) as f64, fit.scales.gamma);
    let means = fit.row(&fit.means, class);
    for (c, logit) in logits[i * classes..][..classes].iter_mut().enumerate() {
        let solved = share[c] / rest;
        let half = 0.5 * (fit.means[c * classes + c] + share[c] * solved);
        let own = means[c] + share[class] * solved;
        let count = fit.counts[c] - usize::from(c == class);
        *logit = remaining * ((own - solved - half) / gamma + 0.5 / count as f64);
    }
    Ok(())
}

impl Leaving {
    fn new(fit: &Fit, members: Vec<usize>, budget: &mut Budget) -> Result<Option<Self>, Refused> {
        let classes = fit.classes();
        let mut counts = fit.counts.clone();
        members.iter().for_each(|i| counts[fit.samples[*i].1] -= 1);
        let gone: Vec<usize> = (0..classes).filter(|class| counts[*class] == 0).collect();
        if gone.len() == classes {
            return Ok(None);
        }
        let taken = taken(fit, &gone)?;
        let mut shares = Vec::with_capacity(members.len() * classes);
        for i in &members {
            let from = shares.len();
            let own = fit.row(&fit.shares, *i);
            shares.extend_from_slice(own);
            for (class, taken) in gone.iter().zip(taken.chunks_exact(classes)) {
                add(&mut shares[from..], -own[*class], taken);
            }
            gone.iter().for_each(|class| shares[from + class] = 0.0);
        }
        budget.take(DOUBLE * (members.len() + gone.len()) * (gone.len() + 1) * classes);
        let side = padded(members.len());
        let stage = Stage::Matrix(vec![0.0; side * side], 0);
        Ok(Some(Self {
            members,
            counts,
            gone,
            taken,
            shares,
            stage,
        }))
    }

    /// As much as the budget allows; true when the logits are written.
    fn advance(
        &mut self,
        fit: &Fit,
        logits: &mut [f64],
        budget: &mut Budget,
    ) -> Result<bool, Refused> {
        let (classes, side) = (fit.classes(), padded(self.members.len()));
        match &mut self.stage {
            Stage::Matrix(cells, at) => {
                while *at < side && budget.take(DOUBLE * (*at + 1) * classes) {
                    let row = &mut cells[*at * side..][..=*at];
                    match self.members.get(*at) {
                        None => row[*at] = 1.0,
                        Some(i) => {
                            let share = &self.shares[*at * classes..][..classes];
                            let inverse = &fit.inverse[i * fit.stride..];
                            for (cell, j) in row.iter_mut().zip(&self.members) {
                                // Where a class is gone the share is 0, and what B has there is of no account.
                                *cell = inverse[*j] - dot(share, fit.row(&fit.sums, *j));
                            }
                        }
                    }
                    *at += 1;
                }
                if *at == side {
                    let inversion = Inversion::new(std::mem::take(cells), side);
                    self.stage = Stage::Inverse(inversion);
                }
            }
            Stage::Inverse(inversion) => {
                if let Some(inverse) = invert(inversion, budget)? {
                    self.stage = Stage::Solve(inverse, Vec::new());
                }
            }
            Stage::Solve(inverse, solved) => {
                let n = self.members.len();
                while solved.len() < n * classes && budget.take(DOUBLE * n * classes) {
                    let row = &inverse[solved.len() / classes * side..][..n];
                    let from = solved.len();
                    solved.resize(from + classes, 0.0);
                    for (value, share) in row.iter().zip(self.shares.chunks_exact(classes)) {
                        add(&mut solved[from..], *value, share);
                    }
                }
                if solved.len() == n * classes {
                    let solved = std::mem::take(solved);
                    budget.take(4 * DOUBLE * n * classes);
                    self.write(fit, &solved, logits);
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    /// `solved` is `Z`.
    fn write(&self, fit: &Fit, solved: &[f64], logits: &mut [f64]) {
        let classes = fit.classes();
        let remaining = (fit.samples.len() - self.members.len()) as f64;
        let mut halves: Vec<f64> = (0..classes).map(|c| self.mean(fit, c, c)).collect();
        for (share, solved) in self.rows(&self.shares).zip(self.rows(solved)) {
            for ((half, share), solved) in halves.iter_mut().zip(share).zip(solved) {
                *half += share * solved;
            }
        }
        // Rows of `P'⁻¹` of the classes that the members are of.
        let mut means: Vec<Option<Vec<f64>>> = vec![None; classes];
        for (k, i) in self.members.iter().enumerate() {
            let class = fit.samples[*i].1;
            let own = means[class].get_or_insert_with(|| {
                let mut row = vec![0.0; classes];
                if self.counts[class] > 0 {
                    let known = (0..classes).map(|c| self.mean(fit, class, c));
                    row = known.collect();
                    let rows = self.rows(&self.shares).zip(self.rows(solved));
                    rows.for_each(|(share, solved)| add(&mut row, share[class], solved));
                }
                row
            });
            let solved = &solved[k * classes..][..classes];
            for (class, logit) in logits[i * classes..][..classes].iter_mut().enumerate() {
                let count = self.counts[class] as f64;
                if self.counts[class] > 0 {
                    let product = own[class] - solved[class] - 0.5 * halves[class];
                    *logit = remaining * (product / fit.scales.gamma + 0.5 / count);
                }
            }
        }
    }

    fn rows<'a>(&self, of: &'a [f64]) -> std::slice::ChunksExact<'a, f64> {
        of.chunks_exact(self.counts.len())
    }

    /// `P⁻¹` of the classes that remain, at two of them.
    fn mean(&self, fit: &Fit, c: usize, d: usize) -> f64 {
        let row = fit.row(&fit.means, c);
        let gone = self.gone.iter().zip(self.rows(&self.taken));
        row[d] - gone.map(|(v, taken)| row[*v] * taken[d]).sum::<f64>()
    }
}

/// `W`.
fn taken(fit: &Fit, gone: &[usize]) -> Result<Vec<f64>, Refused> {
    let classes = fit.classes();
    if gone.is_empty() {
        return Ok(Vec::new());
    }
    let side = padded(gone.len());
    let mut cells = vec![0.0; side * side];
    for (i, v) in gone.iter().enumerate() {
        let row = fit.row(&fit.means, *v);
        for (j, w) in gone.iter().enumerate() {
            cells[i * side + j] = row[*w];
        }
    }
    (gone.len()..side).for_each(|i| cells[i * side + i] = 1.0);
    let mut inversion = Inversion::new(cells, side);
    let inverse = loop {
        if let Some(inverse) = invert(&mut inversion, &mut Budget::portion())? {
            break inverse;
        }
    };
    let mut taken = vec![0.0; gone.len() * classes];
    for (i, row) in taken.chunks_exact_mut(classes).enumerate() {
        for (j, v) in gone.iter().enumerate() {
            add(row, inverse[i * side + j], fit.row(&fit.means, *v));
        }
        gone.iter().for_each(|v| row[*v] = 0.0);
    }
    Ok(taken)
}
