//! One Chromium with its own profile and downloads folder.

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, ensure};
use serde_json::{Value, json};
use thirtyfour::prelude::*;
use thirtyfour::{ChromeCapabilities, ChromiumLikeCapabilities, LoggingPrefsLogLevel};

use crate::chromedriver::Chromedriver;
use crate::{Page, Result, SHORT, TempDir, netlog, until};

/// What the browser offers to compute on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Device {
    /// No adapter: `navigator.gpu` is there and finds nothing.
    Cpu,
    /// WebGPU on Chromium's software GPU, or on what the flags in `$GRAFT_GPU_FLAGS` bring.
    WebGpu,
}

/// What the browser grants; a [`Device`] alone means that it grants everything.
#[derive(Clone, Copy, Debug)]
pub struct Setup {
    device: Device,
    camera: bool,
    storage: bool,
    /// The port on this machine that all requests go through.
    proxy: Option<u16>,
}

impl From<Device> for Setup {
    fn from(device: Device) -> Self {
        Self {
            device,
            camera: true,
            storage: true,
            proxy: None,
        }
    }
}

impl Setup {
    /// There is a camera, and its user has forbidden it.
    pub fn camera_forbidden() -> Self {
        Self {
            camera: false,
            ..Device::Cpu.into()
        }
    }

    /// Every request goes to this port, those to this machine, too.
    pub fn behind_proxy(port: u16) -> Self {
        Self {
            proxy: Some(port),
            ..Device::Cpu.into()
        }
    }

    /// The user lets no site store anything: `indexedDB` is there and refuses, in workers too.
    pub fn storage_forbidden() -> Self {
        Self {
            storage: false,
            ..Device::Cpu.into()
        }
    }
}

const FLAGS: &[&str] = &[
    "--headless",
    // Chromium refuses to run as root with its sandbox, and CI is root.
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-search-engine-choice-screen",
    "--force-device-scale-factor=1",
    "--window-size=1440,900",
    "--lang=en-US",
    // A camera that shows a moving test picture.
    "--use-fake-device-for-media-stream",
];

/// Says yes in the user's place when a page asks for the camera.
const CAMERA_GRANTED: &str = "--use-fake-ui-for-media-stream";

/// Chromium's number for "never" among its content settings.
const BLOCK: u32 = 2;

const SOFTWARE_GPU: &[&str] = &[
    "--enable-unsafe-webgpu",
    "--use-webgpu-adapter=swiftshader",
    "--enable-unsafe-swiftshader",
];

pub struct Browser {
    pub driver: WebDriver,
    pub page: Page,
    origin: String,
    folder: TempDir,
    /// Parts of console errors that the test provokes.
    expected: RefCell<Vec<String>>,
    // Last, so that it goes last.
    _chromedriver: Chromedriver,
}

impl Browser {
    /// Starts one for the site at `url`.
    pub async fn launch(setup: impl Into<Setup>, url: &str) -> Result<Self> {
        let tools = xtask::setup::for_tests().map_err(anyhow::Error::msg)?;
        let chromedriver = Chromedriver::start(&tools.chromedriver)?;
        let folder = TempDir::new()?;
        let capabilities = capabilities(setup.into(), &tools.chromium, folder.path())?;
        let driver = WebDriver::new(&chromedriver.url, capabilities)
            .await
            .context("Chromium did not start")?;
        driver.set_script_timeout(Duration::from_secs(120)).await?;
        let origin = url.split('/').take(3).collect::<Vec<_>>().join("/");
        let page = Page::new(driver.clone(), url);
        let browser = Self {
            driver,
            page,
            origin,
            folder,
            expected: RefCell::default(),
            _chromedriver: chromedriver,
        };
        browser.before_every_page(crate::page::WATCH).await?;
        Ok(browser)
    }

    /// Waits for the download whose name ends in `ending`, and returns where it lies.
    pub async fn downloaded(&self, ending: &str) -> Result<PathBuf> {
        let downloads = downloads(self.folder.path());
        until(&format!("a download *{ending}"), SHORT, async || {
            whole(&downloads, ending)
        })
        .await
    }

    /// Light or dark, as the system would prefer.
    pub async fn prefer(&self, scheme: &str) -> Result {
        let features = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
        self.devtools("Emulation.setEmulatedMedia", features).await
    }

    /// The size of the window in CSS pixels; narrow ones are phones.
    pub async fn resize(&self, width: u32, height: u32) -> Result {
        let size = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600 });
        self.devtools("Emulation.setDeviceMetricsOverride", size)
            .await
    }

    /// Lets the page store so many bytes and no more.
    pub async fn limit_storage(&self, bytes: u64) -> Result {
        let quota = json!({ "origin": self.origin, "quotaSize": bytes });
        self.devtools("Storage.overrideQuotaForOrigin", quota).await
    }

    /// The end of [`Self::limit_storage`].
    pub async fn unlimit_storage(&self) -> Result {
        let quota = json!({ "origin": self.origin });
        self.devtools("Storage.overrideQuotaForOrigin", quota).await
    }

    /// Deletes what the site has stored, as a person or the browser may: `indexeddb`, say.
    pub async fn clear_storage(&self, kinds: &str) -> Result {
        let which = json!({ "origin": self.origin, "storageTypes": kinds });
        self.devtools("Storage.clearDataForOrigin", which).await
    }

    /// A script that runs before the page's own, from the next load on.
    pub async fn before_every_page(&self, script: &str) -> Result {
        self.devtools(
            "Page.addScriptToEvaluateOnNewDocument",
            json!({ "source": script }),
        )
        .await
    }

    pub async fn devtools(&self, method: &str, parameters: Value) -> Result {
        self.driver
            .cdp()
            .send_raw(method, parameters)
            .await
            .with_context(|| method.to_owned())?;
        Ok(())
    }

    /// Opens another tab and turns to it; [`Browser::turn_to`] goes back.
    pub async fn another_tab(&self) -> Result<WindowHandle> {
        let tab = self.driver.new_tab().await?;
        self.turn_to(&tab).await?;
        self.before_every_page(crate::page::WATCH).await?;
        Ok(tab)
    }

    pub async fn this_tab(&self) -> Result<WindowHandle> {
        Ok(self.driver.window().await?)
    }

    pub async fn turn_to(&self, tab: &WindowHandle) -> Result {
        Ok(self.driver.switch_to_window(tab.clone()).await?)
    }

    /// Closes the tab turned to, and turns to another one.
    pub async fn close_tab(&self, then: &WindowHandle) -> Result {
        self.driver.close_window().await?;
        self.turn_to(then).await
    }

    /// Saves what is seen now to `$GRAFT_CACHE/e2e-screens/NAME.png`.
    pub async fn screenshot(&self, name: &str) -> Result<PathBuf> {
        let folder = xtask::paths::cache().join("e2e-screens");
        std::fs::create_dir_all(&folder)?;
        let file = folder.join(format!("{name}.png"));
        self.driver.screenshot(&file).await?;
        Ok(file)
    }

    /// The test provokes an error on the console that holds this text: no fault of the page.
    pub fn expect_error(&self, part: &str) {
        self.expected.borrow_mut().push(part.to_owned());
    }

    /// Errors on the page's console since the last look.
    pub async fn console_errors(&self) -> Result<Vec<String>> {
        let log = self.driver.browser_log().await?;
        let errors = log
            .into_iter()
            .filter(|entry| entry.level == "SEVERE")
            .map(|entry| entry.message);
        let expected = self.expected.borrow();
        // The browser asks for this icon by itself on pages that name none.
        let fine = |text: &String| {
            text.contains("/favicon.ico") || expected.iter().any(|part| text.contains(part))
        };
        Ok(errors.filter(|text| !fine(text)).collect())
    }

    /// Ends it, and asks for what every test must show.
    pub async fn close(self) -> Result {
        let errors = self.console_errors().await;
        let Self {
            driver,
            page,
            origin,
            folder,
            expected: _,
            _chromedriver,
        } = self;
        // The page holds the session too.
        drop(page);
        driver.quit().await?;
        let errors = errors?;
        ensure!(errors.is_empty(), "errors on the console: {errors:#?}");
        netlog::check(&net_log(folder.path()), &origin)
    }
}

fn downloads(folder: &Path) -> PathBuf {
    folder.join("downloads")
}

/// The download whose name ends in `ending`, once all of it is there. On Linux, Chromium makes an
/// empty file of that name first and then renames the one with the content over it
/// (`BaseFile::MoveFileAndAdjustPermissions`), so a file that is still empty is not yet the download.
fn whole(downloads: &Path, ending: &str) -> Result<Option<PathBuf>> {
    for entry in std::fs::read_dir(downloads)? {
        let file = entry?.path();
        if file.to_string_lossy().ends_with(ending)
            && std::fs::metadata(&file).is_ok_and(|found| found.len() > 0)
        {
            return Ok(Some(file));
        }
    }
    Ok(None)
}

fn net_log(folder: &Path) -> PathBuf {
    folder.join("net.json")
}

fn capabilities(setup: Setup, chromium: &Path, folder: &Path) -> Result<ChromeCapabilities> {
    std::fs::create_dir_all(downloads(folder))?;
    let mut wanted = DesiredCapabilities::chrome();
    wanted.set_binary(&chromium.to_string_lossy())?;
    for flag in FLAGS {
        wanted.add_arg(flag)?;
    }
    if setup.device == Device::WebGpu {
        let flags = std::env::var("GRAFT_GPU_FLAGS").unwrap_or(SOFTWARE_GPU.join(" "));
        for flag in flags.split_whitespace() {
            wanted.add_arg(flag)?;
        }
    }
    wanted.add_arg(&format!(
        "--user-data-dir={}",
        folder.join("profile").display()
    ))?;
    wanted.add_arg(&format!("--log-net-log={}", net_log(folder).display()))?;
    if let Some(port) = setup.proxy {
        wanted.add_arg(&format!("--proxy-server=127.0.0.1:{port}"))?;
        wanted.add_arg("--proxy-bypass-list=<-loopback>")?;
    }
    let mut prefs = json!({ "download.default_directory": downloads(folder) });
    if setup.camera {
        wanted.add_arg(CAMERA_GRANTED)?;
    } else {
        prefs["profile.default_content_setting_values.media_stream_camera"] = json!(BLOCK);
    }
    if !setup.storage {
        prefs["profile.default_content_setting_values.cookies"] = json!(BLOCK);
    }
    wanted.add_experimental_option("prefs", prefs)?;
    wanted.set_logging_prefs("browser", LoggingPrefsLogLevel::All)?;
    Ok(wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_file_is_not_yet_the_download() -> Result {
        let folder = TempDir::new()?;
        let file = folder.path().join("results.csv");
        ensure!(whole(folder.path(), ".csv")?.is_none());
        std::fs::write(&file, "")?;
        ensure!(whole(folder.path(), ".csv")?.is_none());
        std::fs::write(&file, "a,b")?;
        ensure!(whole(folder.path(), ".csv")? == Some(file));
        Ok(())
    }
}
