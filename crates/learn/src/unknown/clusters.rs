//! k-means from cosines alone: a centre is the mean of its members, so its products are means of theirs (kernel k-means,
//! Schölkopf et al. 1998).

/// Rounds after which hardly a sample changes its cluster.
const ROUNDS: usize = 15;

pub(super) struct Cosines<'a> {
    pub n: usize,
    /// `[n, n]`
    pub products: &'a [f32],
}

impl Cosines<'_> {
    fn of(&self, i: usize, j: usize) -> f64 {
        f64::from(self.products[i * self.n + j])
    }

    /// The product of a sample with the mean of others.
    pub fn mean(&self, i: usize, members: &[usize]) -> f64 {
        let sum: f64 = members.iter().map(|j| self.of(i, *j)).sum();
        sum / members.len().max(1) as f64
    }

    /// The length of the mean of samples; never 0.
    pub fn length(&self, members: &[usize]) -> f64 {
        let sum: f64 = members.iter().map(|i| self.mean(*i, members)).sum();
        (sum / members.len().max(1) as f64).max(1e-12).sqrt()
    }
}

/// At most so many clusters, none of them empty, that hold all members. Begins with the most typical member and goes on with the one that is
/// farthest from those begun with (Gonzalez 1985), so the same members give the same clusters.
pub(super) fn clusters(cosines: &Cosines, members: &[usize], most: usize) -> Vec<Vec<usize>> {
    if members.len() <= most {
        return members.iter().map(|i| vec![*i]).collect();
    }
    let typical = |a: &&usize, b: &&usize| {
        let mean = |i: &usize| cosines.mean(*i, members);
        mean(a).total_cmp(&mean(b))
    };
    let first = members.iter().max_by(typical);
    let mut found: Vec<Vec<usize>> = first.map(|i| vec![*i]).into_iter().collect();
    let mut nearest: Vec<f64> = vec![f64::NEG_INFINITY; members.len()];
    while found.len() < most {
        let last = found[found.len() - 1][0];
        for (near, i) in nearest.iter_mut().zip(members) {
            *near = near.max(cosines.of(*i, last));
        }
        let farthest = (0..members.len()).min_by(|a, b| nearest[*a].total_cmp(&nearest[*b]));
        found.extend(farthest.map(|at| vec![members[at]]));
    }
    for _ in 0..ROUNDS {
        let squares: Vec<f64> = found.iter().map(|c| cosines.length(c).powi(2)).collect();
        let mut next = vec![Vec::new(); found.len()];
        for i in members {
            // |x - c|² but for |x|², which is the same for all.
            let distance = |at: &usize| squares[*at] - 2.0 * cosines.mean(*i, &found[*at]);
            let distances = (0..found.len()).map(|at| (at, distance(&at)));
            let best = distances.min_by(|a, b| a.1.total_cmp(&b.1));
            if let Some((best, _)) = best {
                next[best].push(*i);
            }
        }
        next.retain(|cluster| !cluster.is_empty());
        if next == found {
            break;
        }
        found = next;
    }
    found
}
