//! k-means from cosines alone: a centre is the mean of its members, so its products are means of theirs (kernel k-means,
//! Schölkopf et al. 1998).

use kernels::symmetric::add_f32;

/// Rounds after which hardly a sample changes its cluster.
const ROUNDS: usize = 15;
/// The least square of a mean's length.
const SHORTEST: f64 = 1e-12;

/// Of samples with each other. Row by row as far as the diagonal, one after the other.
pub(super) struct Cosines<'a> {
    pub products: &'a [f32],
}

impl<'a> Cosines<'a> {
    /// Of the `i`th sample with those up to itself.
    pub fn row(&self, i: usize) -> &'a [f32] {
        &self.products[i * (i + 1) / 2..][..i + 1]
    }

    fn of(&self, i: usize, j: usize) -> f64 {
        f64::from(self.row(i.max(j))[i.min(j)])
    }

    /// The product of a sample with the mean of others.
    pub fn mean(&self, i: usize, members: &[usize]) -> f64 {
        let sum: f64 = members.iter().map(|j| self.of(i, *j)).sum();
        sum / members.len().max(1) as f64
    }

    /// The length of the mean of samples; never 0.
    pub fn length(&self, members: &[usize]) -> f64 {
        let sum: f64 = members.iter().map(|i| self.mean(*i, members)).sum();
        (sum / members.len().max(1) as f64).max(SHORTEST).sqrt()
    }
}

/// At most so many clusters, none of them empty, that hold all members, which ascend. Begins with the most typical member and goes on with the one that is
/// farthest from those begun with (Gonzalez 1985), so the same members give the same clusters.
pub(super) fn clusters(cosines: &Cosines, members: &[usize], most: usize) -> Vec<Vec<usize>> {
    if members.len() <= most {
        return members.iter().map(|i| vec![*i]).collect();
    }
    let mut means = Means::begun(cosines, members, most);
    for _ in 0..ROUNDS {
        if !means.share_out() {
            break;
        }
    }
    let mut found = vec![Vec::new(); means.sums.len()];
    for (i, cluster) in members.iter().zip(&means.of) {
        found[*cluster].push(*i);
    }
    found
}

/// Clusters, and how near all members are to each. A member that moves takes its row along, so a round costs what changes.
struct Means {
    /// Cosines of the members with each other, `[m, m]`.
    rows: Vec<f32>,
    /// The cluster of each member; past the last where it is in none yet.
    of: Vec<usize>,
    counts: Vec<usize>,
    /// Of each cluster, the sum of its members' cosines with each member.
    sums: Vec<Vec<f64>>,
}

impl Means {
    /// With one member in each cluster, and the others in none.
    fn begun(cosines: &Cosines, members: &[usize], most: usize) -> Self {
        let m = members.len();
        let mut means = Self {
            rows: vec![0.0; m * m],
            of: vec![most; m],
            counts: vec![0; most],
            sums: vec![vec![0.0; m]; most],
        };
        // Members ascend, so that each row holds those before it.
        for (a, i) in members.iter().enumerate() {
            let row = cosines.row(*i);
            for (b, j) in members[..=a].iter().enumerate() {
                means.rows[a * m + b] = row[*j];
                means.rows[b * m + a] = row[*j];
            }
        }
        let rows = means.rows.chunks_exact(m);
        let nearness = rows.map(|row| row.iter().map(|v| f64::from(*v)).sum::<f64>());
        let typical = nearness.enumerate().max_by(|a, b| a.1.total_cmp(&b.1));
        let mut next = typical.map_or(0, |(i, _)| i);
        let mut nearest = vec![f32::NEG_INFINITY; m];
        for cluster in 0..most {
            means.put(next, cluster);
            // It is taken: of samples that are all alike, another one is as far.
            nearest[next] = f32::INFINITY;
            for (near, cosine) in nearest.iter_mut().zip(&means.rows[next * m..]) {
                *near = near.max(*cosine);
            }
            let farthest = (0..m).min_by(|a, b| nearest[*a].total_cmp(&nearest[*b]));
            next = farthest.unwrap_or(next);
        }
        means
    }

    fn put(&mut self, i: usize, cluster: usize) {
        let m = self.of.len();
        let row = &self.rows[i * m..][..m];
        let before = std::mem::replace(&mut self.of[i], cluster);
        if let Some(sums) = self.sums.get_mut(before) {
            add_f32(sums, -1.0, row);
            self.counts[before] -= 1;
        }
        add_f32(&mut self.sums[cluster], 1.0, row);
        self.counts[cluster] += 1;
    }

    /// Each member goes to the nearest mean; false where none moved. Clusters without a member end.
    fn share_out(&mut self) -> bool {
        let mut squares = vec![0.0; self.sums.len()];
        for (i, cluster) in self.of.iter().enumerate() {
            if let Some(square) = squares.get_mut(*cluster) {
                *square += self.sums[*cluster][i];
            }
        }
        for (square, count) in squares.iter_mut().zip(&self.counts) {
            *square = (*square / (count * count) as f64).max(SHORTEST);
        }
        // |x - c|² but for |x|², which is the same for all.
        let distance =
            |i: usize, at: usize| squares[at] - 2.0 * self.sums[at][i] / self.counts[at] as f64;
        let nearest = |i: usize| {
            let distances = (0..squares.len()).map(|at| (at, distance(i, at)));
            let best = distances.min_by(|a, b| a.1.total_cmp(&b.1));
            best.map_or(0, |(at, _)| at)
        };
        let nearest: Vec<usize> = (0..self.of.len()).map(nearest).collect();
        let mut moved = false;
        for (i, cluster) in nearest.into_iter().enumerate() {
            if self.of[i] != cluster {
                self.put(i, cluster);
                moved = true;
            }
        }
        for at in (0..self.counts.len()).rev().filter(|_| moved) {
            if self.counts[at] == 0 {
                self.counts.remove(at);
                self.sums.remove(at);
                let later = self.of.iter_mut().filter(|of| **of > at);
                later.for_each(|of| *of -= 1);
            }
        }
        moved
    }
}
