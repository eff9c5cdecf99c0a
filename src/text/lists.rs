//! Names of what there is a fixed number of, and lists of names.

use data::unknown::Position;

/// What people call a set; its id, where this page knows no better.
pub fn sample_name(id: &str) -> &str {
    match id {
        "fruit-birds" => words::sample_fruit_birds(),
        "garden" => words::sample_garden(),
        "letters" => words::sample_letters(),
        other => other,
    }
}

/// What a position of the slider comes to, by what was said of photos that were not seen.
pub fn unknown_means(at: &Position, caught: Option<f32>) -> String {
    let percent = |fraction: f32| super::percent(f64::from(fraction));
    match (at.accuracy, caught) {
        (None, _) if at.kept > 0.0 => words::unknown_means_unmeasured(&percent(at.kept)),
        (None, _) => words::unknown_means_never().into(),
        (Some(right), None) => words::unknown_means(&percent(at.kept), &percent(right)),
        (Some(right), Some(caught)) => {
            words::unknown_means_caught(&percent(at.kept), &percent(right), &percent(caught))
        }
    }
}

/// What people call a row of the registry.
pub fn backbone_name(id: &str) -> String {
    let name = match id {
        "efficientnet-lite0-224" => words::backbone_lite0_224(),
        "efficientnet-lite0-160" => words::backbone_lite0_160(),
        "efficientnet-lite1-240" => words::backbone_lite1_240(),
        other => other,
    };
    name.to_owned()
}

/// The name of a colour, by its place in [`data::class::PALETTE`].
pub fn colour(place: usize) -> &'static str {
    match place {
        0 => words::colour_blue(),
        1 => words::colour_orange(),
        2 => words::colour_green(),
        3 => words::colour_purple(),
        4 => words::colour_vermilion(),
        5 => words::colour_sky_blue(),
        _ => words::colour_yellow(),
    }
}

/// `a, b, c`
pub fn list<T: AsRef<str>>(names: &[T]) -> String {
    let mut names = names.iter().map(AsRef::as_ref);
    let first = names.next().unwrap_or_default().to_owned();
    names.fold(first, |list, next| words::list_next(&list, next))
}

/// `“a”, “b” and 2 more`
pub(super) fn quoted(names: &[String]) -> String {
    const SHOWN: usize = 3;
    let shown: Vec<String> = names.iter().take(SHOWN).map(|n| words::quoted(n)).collect();
    match (shown.as_slice(), names.len().saturating_sub(SHOWN)) {
        ([rest @ .., last], 0) if !rest.is_empty() => words::list_last(&list(rest), last),
        (all, 0) => list(all),
        (all, more) => words::list_more(&list(all), more),
    }
}
