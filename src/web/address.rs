//! The page's address, as far as it asks for something.

use web_sys::UrlSearchParams;

use data::backbone::DeviceKind;
use data::protocol::StartOptions;

/// What the page's address asks for.
pub fn start_options() -> StartOptions {
    StartOptions {
        device: query("device").and_then(|name| DeviceKind::parse(&name)),
        backbone: query("backbone"),
        fresh: query("fresh").is_some(),
        opened: js_sys::Date::now(),
        workers: query("workers").and_then(|n| n.parse().ok()),
        ..StartOptions::default()
    }
}

/// A query parameter of the page's address; empty where it has no value.
pub fn query(name: &str) -> Option<String> {
    let search = web_sys::window()?.location().search().ok()?;
    UrlSearchParams::new_with_str(&search).ok()?.get(name)
}
