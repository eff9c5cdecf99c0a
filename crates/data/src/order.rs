//! Sorting that is compiled once: the standard library's is compiled anew for every kind of element and of key, 1.2 kB each in the
//! page, compressed.

use std::cmp::Ordering;

/// Sorts as `slice::sort_by` does: what is equal keeps its order. Each element is moved once, and compared through a pointer: right
/// for thousands of elements, not for millions.
pub fn sort_by<T>(all: &mut Vec<T>, compare: impl Fn(&T, &T) -> Ordering) {
    let order = order(all.len(), &|a, b| compare(&all[a], &all[b]));
    let mut old: Vec<Option<T>> = all.drain(..).map(Some).collect();
    all.extend(order.into_iter().filter_map(|place| old[place].take()));
}

/// The same by a key.
pub fn sort_by_key<T, K: Ord>(all: &mut Vec<T>, key: impl Fn(&T) -> K) {
    sort_by(all, |a, b| key(a).cmp(&key(b)));
}

/// The places of so many elements in their new order.
fn order(count: usize, compare: &dyn Fn(usize, usize) -> Ordering) -> Vec<usize> {
    let mut places: Vec<usize> = (0..count).collect();
    places.sort_by(|a, b| compare(*a, *b));
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_equal_keeps_its_order() {
        let mut all: Vec<(u32, usize)> = (0..500).map(|i| (i as u32 * 7919 % 23, i)).collect();
        let mut wanted = all.clone();
        wanted.sort_by_key(|(key, _)| *key);
        sort_by_key(&mut all, |(key, _)| *key);
        assert_eq!(all, wanted);
        let mut none: Vec<String> = Vec::new();
        sort_by(&mut none, Ord::cmp);
        assert!(none.is_empty());
    }
}
