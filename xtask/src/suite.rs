//! Everything that must hold: format, lints, native tests, and the tests in a real browser.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use crate::cmd::{self, say};
use crate::setup::{self, Toolchain};
use crate::{Result, agree, site};

/// The features of native builds: the same for all, so that burn is compiled once.
pub const NATIVE: &str = "gpu";

/// What was seen so far: a check counts as one, of tests each counts.
#[derive(Default, Debug, PartialEq, Eq)]
struct Tally {
    passed: usize,
    failed: usize,
}

/// Everything, the site built as a user gets it.
pub fn test() -> Result<bool> {
    let mut tally = Tally::default();
    tally.without_a_browser();
    tally.in_the_browser();
    Ok(tally.close())
}

/// What needs neither a browser nor a wasm build.
pub fn check() -> Result<bool> {
    let mut tally = Tally::default();
    tally.without_a_browser();
    Ok(tally.close())
}

/// The tests that need a GPU, on the one that Chromium emulates or on the one that `$VK_DRIVER_FILES` names.
pub fn kernels() -> Result<bool> {
    let browser = setup::for_tests()?;
    let mut tally = Tally::default();
    tally.on_a_gpu(&browser);
    Ok(tally.close())
}

/// The browser tests alone, against `dist/` as it is.
pub fn e2e_only(filter: Option<&str>) -> Result<bool> {
    setup::for_tests()?;
    let mut tally = Tally::default();
    tally.tests("tests in a real browser", e2e(filter));
    Ok(tally.close())
}

/// Every parser, or the one of this name, against changed files: so many seconds each, from a seed of its own each time.
pub fn fuzz(target: Option<&str>, seconds: u64) -> Result<bool> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let seed = now.map_or(0, |age| age.as_secs()).to_string();
    let seed = std::env::var("GRAFT_FUZZ_SEED").unwrap_or(seed);
    let mut cargo = cmd::cargo();
    cargo.env("GRAFT_FUZZ_SEED", seed);
    cargo.env("GRAFT_FUZZ_SECONDS", seconds.to_string());
    cargo.args(["test", "--package", "graft", "--features", NATIVE]);
    cargo.args(["--test", "fuzz", "--"]).args(target);
    let mut tally = Tally::default();
    tally.tests("fuzz targets", cargo);
    Ok(tally.close())
}

/// Pictures of the page in its main states.
pub fn shots() -> Result {
    on_demand("gallery")
}

/// The numbers of docs/lesson.md.
pub fn lesson() -> Result {
    on_demand("lesson")
}

/// A long day with the page: random acts with faults, and large projects. A filter takes one of them.
pub fn soak(actions: Option<u64>, seed: Option<u64>, filter: Option<&str>) -> Result {
    setup::for_tests()?;
    let mut tests = e2e(Some(&format!("soak::{}", filter.unwrap_or_default())));
    for (variable, number) in [("GRAFT_SOAK_ACTIONS", actions), ("GRAFT_SOAK_SEED", seed)] {
        if let Some(number) = number {
            tests.env(variable, number.to_string());
        }
    }
    cmd::run(tests.args(["--ignored", "--nocapture"]))
}

fn on_demand(what: &str) -> Result {
    setup::for_tests()?;
    cmd::run(e2e(Some(what)).args(["--ignored", "--nocapture"]))
}

fn fmt() -> Result<bool> {
    cmd::succeeds(cmd::cargo().args(["fmt", "--all", "--check"]))
}

fn clippy() -> Result<bool> {
    let args = [
        "clippy",
        "--quiet",
        "--workspace",
        "--all-targets",
        "--features",
        NATIVE,
        "--",
        "-D",
        "warnings",
    ];
    cmd::succeeds(cmd::cargo().args(args))
}

/// The code that only a browser runs, with the compiler that builds it.
fn wasm_clippy(toolchain: Toolchain) -> Result<bool> {
    // The release profile, so that the build's procedural macros are used again.
    let clippy = |args: &str| {
        let always = "--quiet --release --target wasm32-unknown-unknown";
        let args = format!("{always} {args} -- -D warnings");
        cmd::succeeds(toolchain.clippy()?.args(args.split(' ')))
    };
    // The others for what only a build without `tuner` or with relaxed SIMD compiles.
    Ok(clippy(
        "--features gpu,tuner,names,exporter --lib --bin app --bin names --bin exporter --bin worker --bin worker_gpu --bin worker_tune",
    )? && clippy("--features gpu --lib")?
        && clippy("--features relaxed-simd -p kernels -p graft --lib --bin worker_relaxed")?)
}

/// `cargo test` of what needs no browser: always with the same packages, so that what they need is built once.
pub fn native_tests() -> Command {
    let mut cargo = cmd::cargo();
    cargo.args([
        "test",
        "--workspace",
        // They hold no native test, and what they need would have burn built once more.
        "--exclude",
        "e2e",
        "--exclude",
        "bench",
        "--features",
        NATIVE,
        "--no-fail-fast",
    ]);
    cargo
}

fn gpu_tests() -> Command {
    let mut cargo = cmd::cargo();
    cargo.args([
        "test",
        "--package",
        "network",
        "--features",
        NATIVE,
        "--lib",
    ]);
    cargo.args(["--", "--ignored", "gpu"]);
    cargo
}

fn e2e(filter: Option<&str>) -> Command {
    let mut cargo = cmd::cargo();
    // A failure is told in sentences; the stack of an async runtime says nothing more.
    cargo.env("RUST_BACKTRACE", "0");
    // One browser at a time: two would share the cores and miss their deadlines.
    cargo
        .args(["test", "--package", "e2e", "--no-fail-fast", "--"])
        .args(filter)
        .arg("--test-threads=1");
    cargo
}

impl Tally {
    fn without_a_browser(&mut self) {
        self.check("format", fmt);
        self.check("lints", clippy);
        self.tests("native tests", native_tests());
    }

    fn in_the_browser(&mut self) {
        let mut found = None;
        self.check("tools", || {
            found = Some((setup::for_tests()?, setup::for_build()?));
            Ok(true)
        });
        let Some((browser, toolchain)) = found else {
            return;
        };
        self.on_a_gpu(&browser);
        match agree::few() {
            Ok(tests) => self.tests("exports in the programs they are for", tests),
            Err(why) => self.fail(&format!("exports in the programs they are for: {why}")),
        }
        let build = || site::build(toolchain, site::Profile::Release).map(|()| true);
        let built = self.check("build of the site", build);
        self.check("lints of the browser code", || wasm_clippy(toolchain));
        // An older site in dist/ would be tested otherwise.
        if built {
            self.tests("tests in a real browser", e2e(None));
        }
    }

    fn on_a_gpu(&mut self, browser: &setup::Browser) {
        let mut tests = gpu_tests();
        match browser.lend_gpu(&mut tests) {
            Ok(()) => self.tests("tests on an emulated GPU", tests),
            Err(why) => self.fail(&format!("tests on an emulated GPU: {why}")),
        }
    }

    /// One thing that is good or not; whether it is.
    fn check(&mut self, what: &str, look: impl FnOnce() -> Result<bool>) -> bool {
        let started = Instant::now();
        let result = look();
        let good = result == Ok(true);
        match result {
            Ok(true) => self.passed += 1,
            Ok(false) => self.fail(&format!("{what}: see above")),
            Err(why) => self.fail(&format!("{what}: {why}")),
        }
        took(what, started);
        good
    }

    fn tests(&mut self, what: &str, mut command: Command) {
        say(&format!("Running the {what}"));
        let started = Instant::now();
        let before = self.failed;
        match self.watch(&mut command) {
            Err(why) => self.fail(&format!("{what}: {why}")),
            // It did not compile, or a test brought the whole binary down.
            Ok(false) if self.failed == before => {
                self.fail(&format!("{what}: the run itself failed"))
            }
            Ok(_) => {}
        }
        took(what, started);
    }

    fn fail(&mut self, line: &str) {
        self.failed += 1;
        say(&format!("FAILED  {line}"));
    }

    /// Runs a test command, shows what it says and counts; false when it reports failure.
    fn watch(&mut self, command: &mut Command) -> Result<bool> {
        let mut child = command
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|e| format!("could not start cargo: {e}"))?;
        let output = child.stdout.take().expect("standard output was asked for");
        let mut said = BufReader::new(output);
        let (mut word, mut line) = (Vec::new(), String::new());
        // By the word, not by the line: the name of a test is shown while it runs.
        while said
            .read_until(b' ', &mut word)
            .map_err(|e| format!("could not read what the tests say: {e}"))?
            > 0
        {
            // The reader of our own output may have gone; the tests go on.
            let mut out = std::io::stdout();
            let _ = out.write_all(&word).and_then(|()| out.flush());
            line += &String::from_utf8_lossy(&word);
            word.clear();
            while let Some((whole, rest)) = line.split_once('\n') {
                self.count(whole);
                line = rest.to_owned();
            }
        }
        let status = child
            .wait()
            .map_err(|e| format!("could not wait for the tests: {e}"))?;
        Ok(status.success())
    }

    /// Reads `test result: ok. 3 passed; 0 failed; …`.
    fn count(&mut self, line: &str) {
        let Some(result) = line.strip_prefix("test result: ") else {
            return;
        };
        for part in result.split(['.', ';']) {
            let mut words = part.split_whitespace();
            if let (Some(Ok(number)), Some(what)) =
                (words.next().map(str::parse::<usize>), words.next())
            {
                match what {
                    "passed" => self.passed += number,
                    "failed" => self.failed += number,
                    _ => {}
                }
            }
        }
    }

    /// The closing line.
    fn close(self) -> bool {
        println!("{} passed, {} failed", self.passed, self.failed);
        self.failed == 0
    }
}

fn took(what: &str, started: Instant) {
    say(&format!("{what}: {} s", started.elapsed().as_secs()));
}

#[cfg(test)]
mod tests {
    use super::Tally;

    #[test]
    fn result_lines_are_added_up() {
        let mut tally = Tally::default();
        tally.count("running 3 tests");
        tally.count("test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.02s");
        tally.count("test result: FAILED. 10 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1.50s");
        assert_eq!(
            tally,
            Tally {
                passed: 13,
                failed: 2
            }
        );
    }
}
