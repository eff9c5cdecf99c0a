//! Groups of samples that stay together when a head is tested: what is learned from one of them says little of how well unseen
//! samples are recognised.

use serde::{Deserialize, Serialize};

use super::class::ClassId;
use super::sample::SampleId;

/// Why samples of a class that are not of one moment may still belong together, the farthest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Together {
    /// They came in one folder or zip.
    Folder,
    /// They were taken in one go: less than an hour from one to the next, or in a row of a camera's numbers.
    Hour,
    /// Less than five minutes from one to the next.
    Minutes,
}

impl Together {
    pub const ALL: [Self; 3] = [Self::Folder, Self::Hour, Self::Minutes];
}

/// The groups of a class.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ClassGroups {
    pub class: ClassId,
    /// The largest first, samples in ascending order.
    pub groups: Vec<Vec<SampleId>>,
    /// More than half of the class belongs together in this way, so that smaller groups were looked for.
    pub undivided: Option<Together>,
    /// A person changed some.
    pub by_hand: bool,
}

/// What a person does with samples of a class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Regroup {
    /// They are one group from now on.
    Join,
    /// Each is one of its own.
    Split,
    /// They are where they would be if nobody had changed it.
    AsFound,
}

/// Groups of a class, from samples that must stay together at all events (`sizes`: how many are in each of these *moments*), and keys by
/// which moments belong together: `keys[way][moment]`, the farthest way first, none where a moment is not known to belong
/// to any other.
///
/// A group of more than half of the class's samples is of no use: without it too little is left to learn from. It falls apart into
/// groups of the next way, at last into moments. Of each moment the number of its group, and the last way in which something
/// fell apart.
pub fn refine(sizes: &[usize], keys: &[Vec<Option<usize>>]) -> (Vec<usize>, Option<usize>) {
    let mut refining = Refining {
        sizes,
        keys,
        most: sizes.iter().sum::<usize>() / 2,
        group_of: vec![0; sizes.len()],
        groups: 0,
        undivided: None,
    };
    refining.split((0..sizes.len()).collect(), 0);
    (refining.group_of, refining.undivided)
}

struct Refining<'a> {
    sizes: &'a [usize],
    keys: &'a [Vec<Option<usize>>],
    most: usize,
    group_of: Vec<usize>,
    groups: usize,
    undivided: Option<usize>,
}

impl Refining<'_> {
    fn split(&mut self, mut moments: Vec<usize>, way: usize) {
        let Some(keys) = self.keys.get(way) else {
            moments.into_iter().for_each(|moment| self.take(&[moment]));
            return;
        };
        moments.sort_by_key(|moment| keys[*moment]);
        for part in moments.chunk_by(|a, b| keys[*a] == keys[*b]) {
            let size: usize = part.iter().map(|moment| self.sizes[*moment]).sum();
            let known = keys[part[0]].is_some();
            if known && (size <= self.most || part.len() == 1) {
                self.take(part);
                continue;
            }
            if known {
                self.undivided = self.undivided.max(Some(way));
            }
            self.split(part.to_vec(), way + 1);
        }
    }

    fn take(&mut self, moments: &[usize]) {
        moments
            .iter()
            .for_each(|moment| self.group_of[*moment] = self.groups);
        self.groups += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(sizes: &[usize], keys: &[&[i32]], groups: &[usize], undivided: Option<usize>) {
        let key = |key: &i32| usize::try_from(*key).ok();
        let keys: Vec<Vec<Option<usize>>> = keys
            .iter()
            .map(|way| way.iter().map(key).collect())
            .collect();
        let (found, way) = refine(sizes, &keys);
        // The groups' numbers are of no account.
        let same = |of: &[usize], i: usize, j: usize| of[i] == of[j];
        for i in 0..sizes.len() {
            for j in 0..sizes.len() {
                assert_eq!(
                    same(&found, i, j),
                    same(groups, i, j),
                    "{keys:?}: {found:?}"
                );
            }
        }
        assert_eq!(way, undivided, "{keys:?}");
    }

    #[test]
    fn what_belongs_together_is_a_group_unless_it_is_most_of_the_class() {
        // Two folders of the same size; what is in them is of no account then.
        check(
            &[1; 4],
            &[&[0, 0, 1, 1], &[0, 1, 2, 3]],
            &[0, 0, 1, 1],
            None,
        );
        // One folder: what was taken in one go.
        check(&[1; 4], &[&[0; 4], &[0, 0, 1, 1]], &[0, 0, 1, 1], Some(0));
        // All of it in one go, too: each moment.
        check(&[1; 4], &[&[0; 4], &[7; 4]], &[0, 1, 2, 3], Some(1));
        // One large and one small folder.
        check(
            &[1; 6],
            &[&[0, 0, 0, 0, 1, 1], &[0, 0, 1, 1, 2, 3]],
            &[0, 0, 1, 1, 2, 2],
            Some(0),
        );
        // A moment is never divided, however large.
        check(&[9, 1, 1], &[&[0, 0, 0]], &[0, 1, 2], Some(0));
        check(&[9, 1, 1], &[&[0, 1, 1]], &[0, 1, 1], None);
    }

    #[test]
    fn who_is_not_known_to_belong_anywhere_is_looked_at_more_closely() {
        check(
            &[1; 5],
            &[&[-1, -1, 0, 0, -1], &[3, 3, 3, 3, -1]],
            &[0, 0, 1, 1, 2],
            None,
        );
        check(&[1; 3], &[&[-1; 3], &[-1; 3]], &[0, 1, 2], None);
        check(&[], &[&[]], &[], None);
        check(&[5], &[&[0]], &[0], None);
    }
}
