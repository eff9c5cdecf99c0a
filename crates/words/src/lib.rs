//! What the page says, in the language that is spoken: a function for each message of `locales/en.ftl`, made from it when this crate
//! is built. English is in here; another language is a pack that the page fetches ([`speak`]).
//!
//! A browser knows the plurals of every language and how it writes numbers (`Intl`), so none of that is in here. Natively, and in
//! English, both are a line.

mod choose;
mod fill;
mod marks;
mod numbers;

use std::sync::OnceLock;

pub use choose::choose;
use fill::fill;
pub use said::*;

/// The language that is always there.
pub const ENGLISH: &str = "en";
/// English in other letters and longer, so that a text which comes from elsewhere is seen (`crates/locales`).
pub const PSEUDO: &str = "qps-ploc";

mod said {
    include!(concat!(env!("OUT_DIR"), "/said.rs"));
}

/// What English says.
const PACK: &str = include_str!(concat!(env!("OUT_DIR"), "/en.txt"));

static SPOKEN: OnceLock<Spoken> = OnceLock::new();

struct Spoken {
    tag: &'static str,
    messages: Vec<&'static str>,
}

impl Spoken {
    /// None where the pack is of another build.
    fn of(pack: &'static str) -> Option<Self> {
        let mut parts = pack.split(marks::NEXT);
        let fits = parts.next() == Some(said::FINGERPRINT);
        let tag = parts.next().filter(|_| fits)?;
        let messages = parts.collect();
        Some(Self { tag, messages })
    }
}

fn spoken() -> &'static Spoken {
    SPOKEN.get_or_init(|| Spoken::of(PACK).expect("both are of this build"))
}

/// Speaks the language of this pack from now on. False where that cannot be: it is of another build, or something was said
/// already, and a page speaks one language.
pub fn speak(pack: String) -> bool {
    // For as long as the page lives.
    let spoken = Spoken::of(pack.leak());
    spoken.is_some_and(|spoken| SPOKEN.set(spoken).is_ok())
}

/// The tag of the language that is spoken.
pub fn language() -> &'static str {
    spoken().tag
}

/// What is filled into a message.
#[derive(Debug, Clone, Copy)]
enum Argument<'a> {
    Number(f64),
    Text(&'a str),
}

/// A number that a message takes.
pub trait Number {
    fn number(self) -> f64;
}

impl Number for f64 {
    fn number(self) -> f64 {
        self
    }
}

impl Number for u32 {
    fn number(self) -> f64 {
        self.into()
    }
}

/// Counts, far below 2^53.
impl Number for usize {
    fn number(self) -> f64 {
        self as f64
    }
}

/// Sizes, far below 2^53.
impl Number for u64 {
    fn number(self) -> f64 {
        self as f64
    }
}

impl Number for f32 {
    fn number(self) -> f64 {
        self.into()
    }
}

fn plain(message: usize) -> &'static str {
    spoken().messages.get(message).copied().unwrap_or_default()
}

fn filled(message: usize, arguments: &[Argument<'_>]) -> String {
    let mut text = String::new();
    fill(plain(message), arguments, &mut text);
    text
}
