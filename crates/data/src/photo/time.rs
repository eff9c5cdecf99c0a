//! Times as cameras write them: by the clock on the wall, without a zone.

/// Seconds since the beginning of 1970 by the same clock; none where it is no time. Days by Howard Hinnant's `days_from_civil`
/// ("chrono-compatible low-level date algorithms").
pub fn seconds_since_1970(date: [u32; 3], time: [u32; 3]) -> Option<i64> {
    let ([year, month, day], [hour, minute, second]) = (date, time);
    let is_date = (1970..=9999).contains(&year) && (1..=12).contains(&month);
    // Some cameras write a leap second.
    let is_time = hour < 24 && minute < 60 && second <= 60;
    if !is_date || !is_time || !(1..=31).contains(&day) {
        return None;
    }
    // Years begin in March, so that the day of a leap year is the last.
    let year = i64::from(year) - i64::from(month <= 2);
    let (era, of_era) = (year / 400, year % 400);
    let months = (i64::from(month) + 9) % 12;
    let of_year = (153 * months + 2) / 5 + i64::from(day) - 1;
    let days = era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468;
    let seconds = i64::from(hour) * 3600 + i64::from(minute) * 60 + i64::from(second);
    Some(days * 86_400 + seconds)
}

/// The time that a name holds in digits, as `IMG_20261127_100315` and `2026-11-27 10.03.15` do.
pub(super) fn in_name(name: &str) -> Option<i64> {
    let bytes = name.as_bytes();
    let begins =
        |i: &usize| bytes[*i].is_ascii_digit() && (*i == 0 || !bytes[*i - 1].is_ascii_digit());
    (0..bytes.len()).filter(begins).find_map(|from| {
        let digits = bytes[from..].iter().filter(|b| b.is_ascii_digit());
        let digits: Vec<u32> = digits.take(14).map(|b| u32::from(b - b'0')).collect();
        let number = |from: usize, count: usize| {
            let some = digits.get(from..from + count)?;
            Some(some.iter().fold(0, |all, digit| 10 * all + digit))
        };
        let date = [number(0, 4)?, number(4, 2)?, number(6, 2)?];
        seconds_since_1970(date, [number(8, 2)?, number(10, 2)?, number(12, 2)?])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// GNU `date -u -d "…" +%s`.
    #[test]
    fn seconds_are_those_of_gnu_date() {
        for (date, time, seconds) in [
            ([1970, 1, 1], [0, 0, 0], 0),
            ([2000, 2, 29], [12, 0, 0], 951_825_600),
            ([2000, 3, 1], [0, 0, 1], 951_868_801),
            ([2026, 11, 27], [10, 3, 15], 1_795_773_795),
            ([2100, 12, 31], [23, 59, 59], 4_133_980_799),
        ] {
            assert_eq!(seconds_since_1970(date, time), Some(seconds), "{date:?}");
        }
        for (date, time) in [
            ([0, 0, 0], [0, 0, 0]),
            ([2026, 13, 1], [0, 0, 0]),
            ([2026, 1, 32], [0, 0, 0]),
            ([2026, 1, 1], [24, 0, 0]),
        ] {
            assert_eq!(seconds_since_1970(date, time), None, "{date:?}");
        }
    }

    #[test]
    fn names_hold_a_time_or_none() {
        let at = seconds_since_1970([2026, 11, 27], [10, 3, 15]);
        for name in [
            "IMG_20261127_100315",
            "PXL_20261127_100315123",
            "camera 2026-11-27 10.03.15 #07",
            "Foto 3, 2026-11-27 at 10.03.15",
            "20261127100315",
        ] {
            assert_eq!(in_name(name), at, "{name}");
        }
        for name in [
            "IMG_1234",
            "IMG-20261127-WA0012",
            "99999999999999",
            "é2026",
            "",
        ] {
            assert_eq!(in_name(name), None, "{name}");
        }
    }
}
