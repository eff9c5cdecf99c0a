//! Chromium and its WebDriver server, for the tests in a real browser, and the GPU that it emulates.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Result;
use crate::cmd::{self, say};

pub struct Browser {
    pub chromium: PathBuf,
    pub chromedriver: PathBuf,
}

impl Browser {
    /// Has a native program find SwiftShader, Chromium's emulated GPU, and the Vulkan loader beside
    /// it. A driver that was named already stays.
    pub fn lend_gpu(&self, command: &mut Command) -> Result {
        if std::env::var_os("VK_DRIVER_FILES").is_some() {
            return Ok(());
        }
        let beside = self.chromium.canonicalize().ok();
        let beside = beside.as_deref().and_then(Path::parent);
        let folders = [
            "/usr/lib/chromium",
            "/usr/lib/chromium-browser",
            "/opt/google/chrome",
        ];
        let folder = beside
            .into_iter()
            .chain(folders.map(Path::new))
            .find(|folder| folder.join(DRIVER).is_file())
            .ok_or_else(|| {
                format!("there is no {DRIVER} beside Chromium: name the file of a Vulkan driver in $VK_DRIVER_FILES.")
            })?;
        command.env("VK_DRIVER_FILES", folder.join(DRIVER));
        let known = std::env::var_os("LD_LIBRARY_PATH").unwrap_or_default();
        let libraries = std::env::split_paths(&known).chain([folder.to_owned()]);
        let libraries = std::env::join_paths(libraries).map_err(|e| e.to_string())?;
        command.env("LD_LIBRARY_PATH", libraries);
        Ok(())
    }
}

/// Where Chromium says how its SwiftShader is loaded as a Vulkan driver.
const DRIVER: &str = "vk_swiftshader_icd.json";

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
