//! Chromium and its WebDriver server, for the tests in a real browser.

use std::path::PathBuf;

use crate::Result;
use crate::cmd::{self, say};

pub struct Browser {
    pub chromium: PathBuf,
    pub chromedriver: PathBuf,
}

/// What the tests need beyond a build.
pub fn for_tests() -> Result<Browser> {
    super::node::ensure_axe()?;
    if let Some(found) = find() {
        return Ok(found);
    }
    if cmd::can_apt() {
        say("Installing chromium and chromium-driver with apt (the browser that the tests drive)");
        cmd::apt_install(&["chromium", "chromium-driver"])?;
    }
    find().ok_or_else(|| {
        "the tests need Chromium (or Chrome) and the chromedriver of the same version on PATH. On Debian: \
         `sudo apt-get install chromium chromium-driver`; elsewhere name them in $GRAFT_CHROMIUM and $GRAFT_CHROMEDRIVER."
            .to_owned()
    })
}

fn find() -> Option<Browser> {
    let named = |variable: &str| {
        std::env::var_os(variable)
            .map(PathBuf::from)
            .filter(|file| file.is_file())
    };
    let chromium = named("GRAFT_CHROMIUM").or_else(|| {
        [
            "chromium",
            "chromium-browser",
            "google-chrome",
            "google-chrome-stable",
        ]
        .into_iter()
        .find_map(cmd::which)
    })?;
    let chromedriver = named("GRAFT_CHROMEDRIVER").or_else(|| cmd::which("chromedriver"))?;
    Some(Browser {
        chromium,
        chromedriver,
    })
}
