//! The loop around every target: make a file, read it, look at what that cost.

use std::collections::HashSet;
use std::fs;
use std::io::Write;
use std::panic::{self, AssertUnwindSafe};
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use network::random::SplitMix64;

use super::change::changed;
use super::corpus;
use super::meter::peak_of;

/// Reads a file, checks what came of it, and says what that was.
pub type Read = Box<dyn Fn(&[u8]) -> String>;

/// One parser.
pub struct Target {
    pub name: &'static str,
    /// Good files and bad ones.
    pub corpus: Vec<Vec<u8>>,
    /// Where a file has its structure: half of the changes happen there.
    pub marks: fn(&[u8]) -> Vec<usize>,
    /// What means something in a file.
    pub words: &'static [&'static [u8]],
    /// Makes checksums and lengths fit again, so that what they guard is reached.
    pub mend: fn(&mut [u8]),
    /// Bytes that reading may hold at once.
    pub most_bytes: usize,
    /// Seconds that a file may take, in this unoptimised build and on a busy machine.
    pub most_seconds: f64,
    /// A file with a new outcome is worth changing further.
    pub read: Read,
}

/// For each target where nobody says.
const SECONDS: f64 = 6.0;
/// After so many times what a file may take, it is taken to hang.
const PATIENCE: f64 = 4.0;
/// Slower files are read and not changed: they would take the time of many others.
const SLOW: Duration = Duration::from_millis(150);
/// Files with a new outcome that are kept.
const MOST_KEPT: usize = 500;

/// What all files cost together.
#[derive(Default)]
struct Cost {
    files: usize,
    bytes: usize,
    slowest: Duration,
}

impl Target {
    /// Reads what is there, then what is made of it, until the time is over.
    pub fn run(self) {
        let running = folder().join(format!("{}.running", self.name));
        let begun = Mutex::new(Instant::now());
        let over = AtomicBool::new(false);
        thread::scope(|scope| {
            let patience = Duration::from_secs_f64(self.most_seconds * PATIENCE);
            let (name, begun, over) = (self.name, &begun, &over);
            scope.spawn(move || watch(name, patience, begun, over));
            // Also where a file fails.
            let done = panic::catch_unwind(AssertUnwindSafe(|| self.work(&running, begun)));
            over.store(true, Ordering::Relaxed);
            if let Err(why) = done {
                panic::resume_unwind(why);
            }
        });
        let _ = fs::remove_file(running);
    }

    fn work(&self, running: &PathBuf, begun: &Mutex<Instant>) {
        let seconds: f64 = asked("GRAFT_FUZZ_SECONDS").unwrap_or(SECONDS);
        let seed: u64 = asked("GRAFT_FUZZ_SEED").unwrap_or(1);
        let mut cost = Cost::default();
        let mut outcomes = HashSet::new();
        let mut bases = Vec::new();
        let mut try_file = |file: &[u8], what: &str| {
            fs::write(running, file).expect("the target folder can be written to");
            *begun.lock().expect("nobody panics with it") = Instant::now();
            let started = Instant::now();
            let read = || panic::catch_unwind(AssertUnwindSafe(|| (self.read)(file)));
            let (outcome, bytes) = peak_of(read);
            let took = started.elapsed();
            let fail =
                |why: &str| -> ! { self.fail(file, &format!("{why} ({what} of seed {seed})")) };
            let outcome = outcome.unwrap_or_else(|_| fail("it panics, see above"));
            if bytes > self.most_bytes {
                fail(&format!(
                    "it takes {} MB, and {} are allowed: {outcome}",
                    bytes >> 20,
                    self.most_bytes >> 20
                ));
            }
            if took.as_secs_f64() > self.most_seconds {
                fail(&format!("it takes {took:.1?}: {outcome}"));
            }
            cost.files += 1;
            cost.bytes = cost.bytes.max(bytes);
            cost.slowest = cost.slowest.max(took);
            // Numbers in it are of no interest: every length would be new.
            let kind: String = outcome.chars().filter(|c| !c.is_ascii_digit()).collect();
            (outcomes.insert(kind), took < SLOW)
        };
        let left = fs::read(running).ok();
        let saved = corpus::saved(self.name);
        for file in left.iter().chain(&saved).chain(&self.corpus) {
            let (_, quick) = try_file(file, "a file");
            if quick {
                bases.push(file.clone());
            }
        }
        let most = bases.len() + MOST_KEPT;
        let started = Instant::now();
        for number in 0.. {
            if started.elapsed().as_secs_f64() >= seconds {
                break;
            }
            let mut random = SplitMix64(seed.wrapping_mul(0x9e37_79b9).wrapping_add(number));
            let base = &bases[random.below(bases.len())];
            let file = changed(self, base, &bases, &mut random);
            let (new, quick) = try_file(&file, &format!("number {number}"));
            if new && quick && bases.len() < most {
                bases.push(file);
            }
        }
        let Cost {
            files,
            bytes,
            slowest,
        } = cost;
        say(&format!(
            "{}: {files} files in {:.0} s from seed {seed}, {} kinds of outcome; at most {} MB and {slowest:.1?} a file",
            self.name,
            started.elapsed().as_secs_f64(),
            outcomes.len(),
            bytes.div_ceil(1 << 20),
        ));
    }

    fn fail(&self, file: &[u8], why: &str) -> ! {
        let hash = formats::hash(file).0;
        let saved = folder().join(format!("{}-{}.bin", self.name, &hash[..8]));
        fs::write(&saved, file).expect("the target folder can be written to");
        panic!("{}: {why}\nsaved as {}", self.name, saved.display());
    }
}

/// Ends the process where a file hangs: a thread cannot be ended.
fn watch(name: &str, patience: Duration, begun: &Mutex<Instant>, over: &AtomicBool) {
    while !over.load(Ordering::Relaxed) {
        thread::sleep(Duration::from_millis(50));
        if begun.lock().expect("nobody panics with it").elapsed() > patience {
            let file = folder().join(format!("{name}.running"));
            say(&format!("{name}: a file hangs; it is {}", file.display()));
            std::process::abort();
        }
    }
}

/// Past what the test runner keeps to itself.
fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

fn asked<T: std::str::FromStr>(variable: &str) -> Option<T> {
    let text = std::env::var(variable).ok()?;
    let number = text.parse().ok();
    Some(number.unwrap_or_else(|| panic!("{variable} is no number: {text}")))
}

fn folder() -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("fuzz");
    fs::create_dir_all(&folder).expect("the target folder can be written to");
    folder
}
