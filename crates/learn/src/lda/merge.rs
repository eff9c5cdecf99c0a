//! One head of two that were made of different samples: what it would be of all of them.
//!
//! Means and scatter of all samples follow from those of both parts (Chan, Golub and LeVeque 1979): sums add, and a class that both know
//! adds the way between its two means. So the head is that of the samples together, as far as the factors hold their scatter
//! ([`Statistics`]): exactly, where samples are few. Logits are by Woodbury's formula, with the factor `F` of the scatter and
//! `M = Fᵀ F + γ I`: `M⁻¹ μ = (μ - Fᵀ (F Fᵀ + γ I)⁻¹ F μ) / γ`.
//!
//! How sure it may be cannot be measured without samples: what both were multiplied by is averaged, as a logarithm.

use data::classifier::{Dense, Head, Input, Part};
use data::statistics::Statistics;
use half::f16;
use kernels::symmetric::{add, dot};

use super::scales::{EMBEDDING, LEAST_WITHIN};
use super::statistics::condensed;

/// Ways between the means of a class that both know, at most; of more, the longest.
const MOST_WAYS: usize = 64;
/// The least `γ`, of the mean square of all samples.
const LEAST: f64 = 1e-6;

/// A head, as far as it takes part.
pub struct Source<'a> {
    pub statistics: &'a Statistics,
    /// How many numbers each part of the statistics has.
    pub widths: &'a [usize],
    /// Those that the head sees.
    pub sees: &'a [Part],
    /// Samples of each of its classes; none counts as one.
    pub samples: Vec<usize>,
    /// Which of the merged classes each of its classes is.
    pub classes: Vec<usize>,
}

impl Source<'_> {
    /// A row of its numbers as far as both have these parts.
    fn columns(&self, parts: &[Part], row: &[f32]) -> Vec<f64> {
        let mut found = Vec::new();
        for part in parts {
            let mut from = 0;
            for (own, width) in self.statistics.parts.iter().zip(self.widths) {
                if own == part {
                    found.extend(row[from..from + width].iter().map(|v| f64::from(*v)));
                    break;
                }
                from += width;
            }
        }
        found
    }

    fn count(&self, class: usize) -> f64 {
        self.samples[class].max(1) as f64
    }

    fn all(&self) -> f64 {
        (0..self.samples.len()).map(|class| self.count(class)).sum()
    }
}

/// The head of both, of so many classes, with the weights of their samples. None where they see nothing in common, or its numbers leave the
/// range of f32.
pub fn merged(sources: [&Source<'_>; 2], classes: usize) -> Option<(Head, Statistics)> {
    let [first, second] = sources;
    let both = first.statistics.parts.iter().zip(first.widths);
    let both = both.filter(|(part, _)| second.statistics.parts.contains(part));
    let (parts, widths): (Vec<Part>, Vec<usize>) = both.unzip();
    let width: usize = widths.iter().sum();
    if width == 0
        || second
            .columns(&parts, &vec![0.0; second.widths.iter().sum()])
            .len()
            != width
    {
        return None;
    }
    let mut sums = Sums::new(classes, widths, width);
    sources.iter().for_each(|source| sums.add(source, &parts));
    sums.finish();
    let weight = |of: fn(&Statistics) -> f64| {
        let share = |s: &&Source<'_>| s.all() / sums.n * of(s.statistics);
        sources.iter().map(share).sum::<f64>()
    };
    let shrinkage = weight(|s| s.shrinkage);
    let sharpness = weight(|s| s.sharpness.ln()).exp();
    let heads = first
        .statistics
        .heads
        .saturating_add(second.statistics.heads);
    let squares = sums.squares(&parts);
    let seen = |part: &Part| first.sees.contains(part) || second.sees.contains(part);
    let counted: Vec<bool> = parts.iter().map(seen).collect();
    let head = sums.head(&parts, &squares, &counted, (shrinkage, sharpness))?;
    let scaled = sums.scaled(&sums.factor, &sums.scale(&squares));
    let rounded = |v: &f64| f16::from_f64(*v).to_f32();
    let factor = condensed(&sums.factor, &scaled, width);
    let statistics = Statistics {
        parts,
        means: sums.means.iter().map(rounded).collect(),
        factor: factor.iter().map(rounded).collect(),
        within: sums.within,
        shrinkage,
        sharpness,
        heads,
    };
    let whole = head.is_bounded() && statistics.is_whole(classes, width);
    whole.then_some((head, statistics))
}

/// Of the samples of all heads so far.
struct Sums {
    widths: Vec<usize>,
    width: usize,
    /// Of each class.
    counts: Vec<f64>,
    n: f64,
    /// `[classes, width]`
    means: Vec<f64>,
    /// `[rows, width]`
    factor: Vec<f64>,
    /// Between the means of a class that two heads know, with their lengths.
    ways: Vec<(f64, Vec<f64>)>,
    within: Vec<f64>,
    /// Of all samples.
    mean: Vec<f64>,
}

impl Sums {
    fn new(classes: usize, widths: Vec<usize>, width: usize) -> Self {
        Self {
            within: vec![0.0; widths.len()],
            widths,
            width,
            counts: vec![0.0; classes],
            n: 0.0,
            means: vec![0.0; classes * width],
            factor: Vec::new(),
            ways: Vec::new(),
            mean: vec![0.0; width],
        }
    }

    fn add(&mut self, source: &Source<'_>, parts: &[Part]) {
        let (statistics, width) = (source.statistics, source.widths.iter().sum::<usize>());
        for row in statistics.factor.chunks_exact(width) {
            self.factor.extend(source.columns(parts, row));
        }
        for (sum, part) in self.within.iter_mut().zip(parts) {
            let at = statistics.parts.iter().position(|own| own == part);
            *sum += at.map_or(0.0, |at| statistics.within[at]);
        }
        for (class, row) in statistics.means.chunks_exact(width).enumerate() {
            let (to, count) = (source.classes[class], source.count(class));
            let mut way = source.columns(parts, row);
            let mean = &mut self.means[to * self.width..][..self.width];
            add(&mut way, -1.0, mean);
            let (before, all) = (self.counts[to], self.counts[to] + count);
            add(mean, count / all, &way);
            self.counts[to] = all;
            self.n += count;
            if before > 0.0 {
                let stretch = (before * count / all).sqrt();
                way.iter_mut().for_each(|v| *v *= stretch);
                let mut rest = &way[..];
                for (sum, width) in self.within.iter_mut().zip(&self.widths) {
                    let (part, others) = rest.split_at(*width);
                    *sum += dot(part, part);
                    rest = others;
                }
                self.ways.push((dot(&way, &way), way));
            }
        }
    }

    fn finish(&mut self) {
        self.ways.sort_by(|a, b| b.0.total_cmp(&a.0));
        self.ways.truncate(MOST_WAYS);
        for (_, way) in self.ways.drain(..) {
            self.factor.extend(way);
        }
        for (mean, count) in self.means.chunks_exact(self.width).zip(&self.counts) {
            add(&mut self.mean, count / self.n, mean);
        }
    }

    /// Of each part, the sum of squares of all samples about the mean of all.
    fn totals(&self) -> Vec<f64> {
        let mut totals = self.within.clone();
        for (mean, count) in self.means.chunks_exact(self.width).zip(&self.counts) {
            let mut way = mean.to_vec();
            add(&mut way, -1.0, &self.mean);
            let mut rest = &way[..];
            for (total, width) in totals.iter_mut().zip(&self.widths) {
                let (part, others) = rest.split_at(*width);
                *total += count * dot(part, part);
                rest = others;
            }
        }
        totals
    }

    /// By what the squares of each part count, as in [`super::Spreads::scales`].
    fn squares(&self, parts: &[Part]) -> Vec<f64> {
        let square = |(part, total): (&Part, f64)| {
            let weight = match part {
                Part::Embedding => EMBEDDING * EMBEDDING,
                Part::Layers { .. } => 1.0,
            };
            if total > 0.0 {
                weight * self.n / total
            } else {
                weight
            }
        };
        parts.iter().zip(self.totals()).map(square).collect()
    }

    /// By what each number counts.
    fn scale(&self, squares: &[f64]) -> Vec<f64> {
        let of_parts = squares.iter().zip(&self.widths);
        let scale = of_parts.flat_map(|(square, n)| std::iter::repeat_n(square.sqrt(), *n));
        scale.collect()
    }

    fn scaled(&self, rows: &[f64], scale: &[f64]) -> Vec<f64> {
        let rows = rows.chunks_exact(self.width);
        rows.flat_map(|row| row.iter().zip(scale).map(|(v, s)| v * s))
            .collect()
    }

    /// Of the parts that count. None where there is no inverse.
    fn head(
        &self,
        parts: &[Part],
        squares: &[f64],
        counted: &[bool],
        (shrinkage, sharpness): (f64, f64),
    ) -> Option<Head> {
        let (width, classes, totals) = (self.width, self.counts.len(), self.totals());
        let square = |(square, counts): (&f64, &bool)| if *counts { *square } else { 0.0 };
        let squares: Vec<f64> = squares.iter().zip(counted).map(square).collect();
        let by_part = |of: &[f64]| of.iter().zip(&squares).map(|(v, s)| v * s).sum::<f64>();
        let own = self
            .widths
            .iter()
            .zip(counted)
            .filter(|(_, counts)| **counts);
        let numbers = own.map(|(width, _)| width).sum::<usize>().max(1) as f64;
        let within = by_part(&self.within).max(LEAST_WITHIN * by_part(&totals));
        let least = LEAST * by_part(&totals) / self.n;
        let gamma = (shrinkage / (1.0 - shrinkage) * within / numbers).max(least);
        let gamma = if gamma > 0.0 { gamma } else { 1.0 };
        let scale = self.scale(&squares);
        let scaled = |rows: &[f64]| self.scaled(rows, &scale);
        let factor = scaled(&self.factor);
        let means: Vec<f64> = self
            .means
            .chunks_exact(width)
            .flat_map(|mean| {
                // Centred: a shift of all changes no answer, and large numbers would lose digits.
                mean.iter().zip(&self.mean).map(|(v, m)| v - m)
            })
            .collect();
        let means = scaled(&means);
        let inverse = Cholesky::of(&factor, width, gamma)?;
        let mut weight = vec![0.0; classes * width];
        let mut bias = vec![0.0; classes];
        for (class, mean) in means.chunks_exact(width).enumerate() {
            let along = factor.chunks_exact(width).map(|row| dot(row, mean));
            let solved = inverse.solve(along.collect());
            let row = &mut weight[class * width..][..width];
            row.copy_from_slice(mean);
            for (times, of) in solved.iter().zip(factor.chunks_exact(width)) {
                add(row, -times, of);
            }
            let stretch = sharpness * self.n / gamma;
            row.iter_mut().for_each(|w| *w *= stretch);
            bias[class] = -0.5 * dot(row, mean);
        }
        let seen = totals.iter().zip(counted).filter(|(_, counts)| **counts);
        let all: f64 = seen.map(|(total, _)| total).sum();
        let deviation = (all / (self.n * numbers)).sqrt();
        let deviation = if deviation > 1e-6 { deviation } else { 1.0 };
        let mut common = vec![0.0; width];
        for row in weight.chunks_exact(width) {
            add(&mut common, 1.0 / classes as f64, row);
        }
        let middle = bias.iter().sum::<f64>() / classes as f64;
        let own = || (0..width).filter(|i| scale[*i] > 0.0);
        let weights = own().flat_map(|i| {
            let (weight, common, scale) = (&weight, common[i], scale[i]);
            (0..classes).map(move |c| ((weight[c * width + i] - common) * scale * deviation) as f32)
        });
        let head = Head {
            input: Input {
                parts: parts
                    .iter()
                    .zip(counted)
                    .filter(|(_, counts)| **counts)
                    .map(|(p, _)| *p)
                    .collect(),
                root: true,
            },
            mean: own().map(|i| self.mean[i] as f32).collect(),
            scale: deviation as f32,
            hidden: None,
            out: Dense {
                weight: weights.collect(),
                bias: bias.iter().map(|b| (b - middle) as f32).collect(),
            },
        };
        Some(head)
    }
}

/// `F Fᵀ + γ I` as a product of a triangle with itself.
struct Cholesky {
    side: usize,
    /// Row by row; nothing stands right of the diagonal.
    cells: Vec<f64>,
}

impl Cholesky {
    fn of(rows: &[f64], width: usize, gamma: f64) -> Option<Self> {
        let side = rows.len() / width;
        let row = |i: usize| &rows[i * width..][..width];
        let mut cells = vec![0.0; side * side];
        for i in 0..side {
            for j in 0..=i {
                let own = if i == j { gamma } else { 0.0 };
                let (a, b) = (&cells[i * side..][..j], &cells[j * side..][..j]);
                let rest = dot(row(i), row(j)) + own - dot(a, b);
                cells[i * side + j] = match i == j {
                    true => Some(rest.sqrt()).filter(|v| v.is_finite() && *v > 0.0)?,
                    false => rest / cells[j * side + j],
                };
            }
        }
        Some(Self { side, cells })
    }

    fn solve(&self, mut of: Vec<f64>) -> Vec<f64> {
        let side = self.side;
        for i in 0..side {
            let (before, rest) = of.split_at_mut(i);
            let row = &self.cells[i * side..];
            rest[0] = (rest[0] - dot(&row[..i], before)) / row[i];
        }
        for i in (0..side).rev() {
            of[i] /= self.cells[i * side + i];
            let own = of[i];
            add(&mut of[..i], -own, &self.cells[i * side..][..i]);
        }
        of
    }
}
