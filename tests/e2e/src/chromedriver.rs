//! A chromedriver of our own on a port that it chooses.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;

use anyhow::{Context, bail};

use crate::Result;

pub struct Chromedriver {
    process: Child,
    pub url: String,
}

/// Once in some hundred starts it ended without naming a port; why is not known.
const TRIES: usize = 3;

impl Chromedriver {
    pub fn start(program: &Path) -> Result<Self> {
        let first = Self::start_once(program);
        (1..TRIES).fold(first, |tried, _| {
            tried.or_else(|_| Self::start_once(program))
        })
    }

    fn start_once(program: &Path) -> Result<Self> {
        let mut process = Command::new(program)
            .arg("--port=0")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .with_context(|| format!("could not start {}", program.display()))?;
        let said = process
            .stdout
            .take()
            .context("chromedriver has an output")?;
        let mut lines = BufReader::new(said).lines();
        let port = lines
            .by_ref()
            .map_while(|line| line.ok())
            .find_map(|line| port_in(&line));
        let Some(port) = port else {
            let _ = process.kill();
            bail!("chromedriver ended without naming its port");
        };
        // Its pipe must not fill up.
        thread::spawn(move || lines.for_each(drop));
        Ok(Self {
            process,
            url: format!("http://127.0.0.1:{port}"),
        })
    }
}

impl Drop for Chromedriver {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// `ChromeDriver was started successfully on port 12345.`
fn port_in(line: &str) -> Option<u16> {
    line.strip_prefix("ChromeDriver was started successfully on port ")?
        .trim_end_matches('.')
        .parse()
        .ok()
}
