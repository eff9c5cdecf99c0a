//! Photos that were taken together: in one go, or kept in one folder. They show the same things in the same light, so they tell
//! less of how well unseen ones are recognised than their number says.
//!
//! When one was taken is known from its EXIF or its name; where it is not, cameras' numbers say which followed each other.

use std::collections::BTreeMap;

use super::origin::Origin;
use crate::groups::Together;

/// Seconds between two photos of one go, at most. Browsers of photo collections found events by gaps (Platt et al. 2003,
/// "PhotoTOC"), whose threshold follows the gaps around them; here two thresholds take turns
/// ([`crate::groups::refine`]), the long one first.
const HOUR: i64 = 3600;
const MINUTES: i64 = 300;
/// How far numbers of names lie apart where photos followed each other: one between may be of another class, or deleted.
const NUMBERS: u64 = 2;

/// Of each photo of a class a number that is the same for those that belong together in this way; none where it is not known
/// to belong to any other. The numbers' order is that of time or of names, whatever the photos' order.
pub fn sittings(origins: &[&Origin], together: Together) -> Vec<Option<usize>> {
    match together {
        Together::Folder => by_folder(origins),
        Together::Hour => {
            let mut found = by_time(origins, HOUR);
            by_number(origins, &mut found);
            found
        }
        Together::Minutes => by_time(origins, MINUTES),
    }
}

fn by_folder(origins: &[&Origin]) -> Vec<Option<usize>> {
    let named = origins.iter().filter_map(|origin| origin.folder());
    let mut folders: Vec<&str> = named.collect();
    folders.sort_unstable();
    folders.dedup();
    let place = |folder| folders.binary_search(&folder).ok();
    origins
        .iter()
        .map(|origin| place(origin.folder()?))
        .collect()
}

fn by_time(origins: &[&Origin], gap: i64) -> Vec<Option<usize>> {
    let times = origins.iter().enumerate();
    let mut times: Vec<(i64, usize)> = times.filter_map(|(i, o)| Some((o.at()?, i))).collect();
    times.sort_unstable();
    let mut found = vec![None; origins.len()];
    let mut number = 0;
    for (k, (time, i)) in times.iter().enumerate() {
        if k > 0 && time - times[k - 1].0 > gap {
            number += 1;
        }
        found[*i] = Some(number);
    }
    found
}

/// Those whose time is not known.
fn by_number(origins: &[&Origin], found: &mut [Option<usize>]) {
    let mut next = found.iter().flatten().max().map_or(0, |last| last + 1);
    let mut rows: BTreeMap<&str, Vec<(u64, usize)>> = BTreeMap::new();
    for (i, origin) in origins.iter().enumerate() {
        if let (None, Some((row, number))) = (found[i], origin.place_in_row()) {
            rows.entry(row).or_default().push((number, i));
        }
    }
    for mut row in rows.into_values() {
        row.sort_unstable();
        for run in row.chunk_by(|(a, _), (b, _)| b - a <= NUMBERS) {
            run.iter().for_each(|(_, i)| found[*i] = Some(next));
            next += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::Provenance;

    fn photo(name: &str, taken: Option<i64>, folder: Option<&str>) -> Origin {
        let folder = folder.map(str::to_owned);
        let provenance = Provenance {
            taken,
            folder,
            group: None,
        };
        Origin::of(name).with(&provenance)
    }

    /// Places of photos of each group, in the order of their numbers.
    fn found(photos: &[Origin], together: Together) -> Vec<Vec<usize>> {
        let numbers = sittings(&photos.iter().collect::<Vec<_>>(), together);
        let last = numbers.iter().flatten().max().map_or(0, |last| last + 1);
        let of = |number| {
            let all = 0..photos.len();
            all.filter(|i| numbers[*i] == Some(number)).collect()
        };
        (0..last).map(of).collect()
    }

    #[test]
    fn a_gap_in_time_ends_a_sitting() {
        let at = |seconds: i64| photo("x.jpg", Some(seconds), None);
        let photos = [7300, 0, 200, 3700, 620, 100_000].map(at);
        let hours: Vec<Vec<usize>> = vec![vec![0, 1, 2, 3, 4], vec![5]];
        assert_eq!(found(&photos, Together::Hour), hours);
        let minutes: Vec<Vec<usize>> = vec![vec![1, 2], vec![4], vec![3], vec![0], vec![5]];
        assert_eq!(found(&photos, Together::Minutes), minutes);
    }

    #[test]
    fn names_with_a_time_tell_it() {
        let names = [
            "IMG_20261127_100315.jpg",
            "PXL_20261127_100417123.jpg",
            "Screenshot 2026-11-27 at 12.30.00.png",
            "IMG-20261127-WA0012.jpg",
            "IMG-20261127-WA0013.jpg",
            "IMG_20269999_100315.jpg",
            "camera 2026-11-27 12.31.01 #02.jpg",
        ];
        let photos = names.map(|name| photo(name, None, None));
        let times = photos.each_ref().map(Origin::at);
        assert_eq!(times[1].zip(times[0]).map(|(b, a)| b - a), Some(62));
        assert_eq!((times[3], times[5]), (None, None));
        let groups: Vec<Vec<usize>> = vec![vec![0, 1], vec![2, 6], vec![3, 4], vec![5]];
        assert_eq!(found(&photos, Together::Hour), groups);
        // What the camera wrote into the photo counts more.
        assert_eq!(photo(names[0], Some(5), None).at(), Some(5));
    }

    #[test]
    fn numbers_in_a_row_are_a_sitting_where_there_is_no_time() {
        let names = [
            "IMG_0012.jpg",
            "IMG_0014.JPG",
            "IMG_0017.jpg",
            "DSC_0013.jpg",
            "cat.jpg",
            "cat13.jpg",
            "cat14.jpg",
        ];
        let mut photos = names.map(|name| photo(name, None, None)).to_vec();
        let groups: Vec<Vec<usize>> = vec![vec![3], vec![0, 1], vec![2]];
        assert_eq!(found(&photos, Together::Hour), groups);
        assert!(found(&photos, Together::Minutes).is_empty());
        // Whose time is known is not told by its number.
        photos.push(photo("IMG_0013.jpg", Some(0), None));
        let groups: Vec<Vec<usize>> = vec![vec![7], vec![3], vec![0, 1], vec![2]];
        assert_eq!(found(&photos, Together::Hour), groups);
    }

    #[test]
    fn one_folder_is_one_source() {
        let photos = [
            photo("1.jpg", None, Some("pets/ann")),
            photo("2.jpg", None, None),
            photo("3.jpg", None, Some("pets/bob")),
            photo("4.jpg", None, Some("pets/ann")),
        ];
        let groups: Vec<Vec<usize>> = vec![vec![0, 3], vec![2]];
        assert_eq!(found(&photos, Together::Folder), groups);
    }
}
