//! How far each consumer is from the page.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use super::consumers::{Answers, Consumer};
use super::made::{Case, Kind, PHOTOS};
use super::unpacked;
use data::export::{Format, Order};

/// A format for a program, and how far that may be from the page.
struct Pair {
    format: Format,
    small: bool,
    consumer: Consumer,
    /// Of a probability.
    most: f32,
    /// Photos of a case that it is shown: plain JavaScript takes seconds for one.
    photos: usize,
}

const ORT_WEB: Consumer = Consumer::Node("onnxruntime-web");
const ORT: Consumer = Consumer::Python("onnxruntime");
const TFJS_1: Consumer = Consumer::Node("tfjs-1.3.1");
const TFJS_4: Consumer = Consumer::Node("@tensorflow/tfjs");
const LITERT: Consumer = Consumer::Python("ai-edge-litert");
const PROGRAM: Consumer = Consumer::Python("classify.py");

const EXACT: f32 = 1e-4;
const EIGHT_BITS: f32 = 0.04;
const FROM_FILES: f32 = 0.02;
/// Fraction of photos with a [`CLEAR`] answer whose likeliest class is the page's, at least.
const SAME_TOP: f32 = 0.98;
/// How far the likeliest class of a photo is before the next one, where it says anything that the two stay in this order: of 200
/// classes of made-up heads some are as good as equal.
const CLEAR: f32 = 0.01;

fn pairs() -> Vec<Pair> {
    let pair = |format, small, consumer, most, photos| Pair {
        format,
        small,
        consumer,
        most,
        photos,
    };
    let all = PHOTOS.len();
    use Format::{Onnx, Python, TeachableMachine, TfLite};
    vec![
        pair(Onnx, false, ORT_WEB, EXACT, all),
        pair(Onnx, true, ORT_WEB, EXACT, all),
        pair(Onnx, false, ORT, EXACT, all),
        pair(Onnx, true, ORT, EXACT, all),
        pair(Python, false, PROGRAM, FROM_FILES, all),
        pair(TeachableMachine, false, TFJS_1, EXACT, 2),
        pair(TeachableMachine, true, TFJS_1, EXACT, 2),
        pair(TeachableMachine, false, TFJS_4, EXACT, 2),
        pair(TeachableMachine, true, TFJS_4, EXACT, 2),
        pair(TfLite, false, LITERT, EXACT, all),
        pair(TfLite, true, LITERT, EIGHT_BITS, all),
    ]
}

/// What was seen of a pair.
#[derive(Default)]
struct Seen {
    off: f32,
    strangeness_off: f32,
    same_top: usize,
    clear: usize,
    cases: usize,
}

impl Seen {
    fn add(&mut self, order: &Order, answers: &Answers) {
        assert_eq!(answers.probabilities.len(), order.samples.len());
        self.cases += 1;
        let top = |all: &[f32]| (0..all.len()).max_by(|a, b| all[*a].total_cmp(&all[*b]));
        for (i, (golden, found)) in order.samples.iter().zip(&answers.probabilities).enumerate() {
            assert_eq!(found.len(), golden.probabilities.len());
            for (a, b) in found.iter().zip(&golden.probabilities) {
                assert!(a.is_finite(), "an answer is no number");
                self.off = self.off.max((a - b).abs());
            }
            if lead(&golden.probabilities) >= CLEAR {
                self.clear += 1;
                self.same_top += usize::from(top(found) == top(&golden.probabilities));
            }
            if let (Some(found), Some(score)) = (&answers.strangeness, golden.strangeness) {
                self.strangeness_off = self.strangeness_off.max((found[i] - score).abs());
            }
        }
    }

    fn is_good(&self, pair: &Pair) -> bool {
        let same = self.same_top as f32 / self.clear as f32;
        self.off <= pair.most && same >= SAME_TOP && self.strangeness_off < 1e-3
    }
}

/// By how much the likeliest class is before the next one.
fn lead(probabilities: &[f32]) -> f32 {
    let mut sorted = probabilities.to_vec();
    sorted.sort_by(|a, b| b.total_cmp(a));
    sorted[0] - sorted[1]
}

fn photos() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/photos");
    PHOTOS.map(|name| folder.join(format!("{name}.jpg"))).into()
}

/// What is in the zip, in a folder of its own.
fn put(case: &Case, format: Format, small: bool) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("there is room for an export");
    for (name, bytes) in unpacked(case.zip(format, small)) {
        fs::write(folder.path().join(name), bytes).expect("it can be written");
    }
    folder
}

/// Shows cases to the consumers that are there.
fn measure(cases: impl Iterator<Item = (&'static str, bool, Kind, usize)>) -> Vec<(Pair, Seen)> {
    let pairs = pairs().into_iter().filter(|pair| pair.consumer.is_there());
    let mut seen: Vec<(Pair, Seen)> = pairs.map(|pair| (pair, Seen::default())).collect();
    for (backbone, tuned, kind, classes) in cases {
        let mut case = Case::new(backbone, tuned, kind, classes);
        // Slow ones see each network and each kind of head once.
        let chosen = tuned == (kind == Kind::Hidden) && (classes == 2) == (kind == Kind::Lda);
        // Those that see all photos come first.
        seen.sort_by_key(|(pair, _)| std::cmp::Reverse(pair.photos));
        for (pair, seen) in &mut seen {
            if pair.photos < PHOTOS.len() && !chosen {
                continue;
            }
            case.inputs.truncate(pair.photos);
            let folder = put(&case, pair.format, pair.small);
            let answers = pair.consumer.run(&[folder.path()], &photos()).remove(0);
            let order = case.order(pair.format, pair.small);
            seen.add(&order, &answers);
            println!(
                "{} for {:?}, {:?}{}: {:.7} so far",
                case.name,
                pair.consumer,
                pair.format,
                if pair.small { " small" } else { "" },
                seen.off
            );
        }
    }
    seen
}

fn judge(seen: &[(Pair, Seen)]) {
    assert!(
        !seen.is_empty(),
        "no consumer is installed: use cargo xtask"
    );
    for (pair, seen) in seen {
        assert!(
            seen.is_good(pair),
            "{:?}, {:?}: {} off, strangeness {}, {} of {} the same",
            pair.format,
            pair.consumer,
            seen.off,
            seen.strangeness_off,
            seen.same_top,
            seen.clear
        );
    }
}

#[test]
#[ignore = "needs the programs that cargo xtask installs"]
fn consumers_answer_as_the_page_does() {
    let cases = [
        ("efficientnet-lite0-160", false, Kind::Lda, 2),
        ("efficientnet-lite0-224", true, Kind::Softmax, 200),
    ];
    judge(&measure(cases.into_iter()));
}

const PAGE: &str = "docs/works-everywhere.md";
/// Behind this line of [`PAGE`] stands what is measured here, up to [`END`].
const BEGIN: &str = "<!-- measured: models on prepared inputs -->";
const END: &str = "<!-- end -->";

#[test]
#[ignore = "takes half an hour and writes docs/works-everywhere.md"]
fn every_export_is_measured() {
    let backbones = [
        "efficientnet-lite0-224",
        "efficientnet-lite0-160",
        "efficientnet-lite1-240",
    ];
    let mut cases = Vec::new();
    for backbone in backbones {
        for tuned in [false, true] {
            for kind in [Kind::Softmax, Kind::Hidden, Kind::Lda] {
                cases.extend([2, 200].map(|classes| (backbone, tuned, kind, classes)));
            }
        }
    }
    let seen = measure(cases.into_iter());
    let mut table = String::from(
        "| format | weights | consumer | largest difference of a probability | same likeliest class, where it is clear | networks with heads |\n|---|---|---|---|---|---|\n",
    );
    for (pair, seen) in &seen {
        let (format, weights) = words(pair);
        let consumer = consumer(pair.consumer);
        writeln!(
            table,
            "| {format} | {weights} | {consumer} | {:.1e} | {} of {} | {} |",
            seen.off, seen.same_top, seen.clear, seen.cases
        )
        .expect("a string takes all");
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(PAGE);
    let page = fs::read_to_string(&path).expect("the page is there");
    let (before, rest) = page.split_once(BEGIN).expect("it says where");
    let (_, after) = rest.split_once(END).expect("it says to where");
    let page = format!("{before}{BEGIN}\n\n{table}\n{END}{after}");
    fs::write(path, page).expect("the page can be written");
    judge(&seen);
}

fn words(pair: &Pair) -> (&'static str, &'static str) {
    match (pair.format, pair.small) {
        (Format::Onnx, false) => ("ONNX", "32 bits"),
        (Format::Onnx, true) => ("ONNX", "16 bits"),
        (Format::TeachableMachine, false) => ("Teachable Machine", "32 bits"),
        (Format::TeachableMachine, true) => ("Teachable Machine", "16 bits"),
        (Format::TfLite, false) => ("TensorFlow Lite", "32 bits"),
        (Format::TfLite, true) => ("TensorFlow Lite", "8 bits, stem and depthwise 32"),
        (Format::Python, _) => ("Python, from JPEG files to answers", "32 bits"),
    }
}

fn consumer(consumer: Consumer) -> &'static str {
    match consumer {
        ORT_WEB => "ONNX Runtime Web 1.30 (Node.js)",
        ORT => "ONNX Runtime (Python)",
        TFJS_1 => "TensorFlow.js 1.3.1, as in Teachable Machine's library",
        TFJS_4 => "TensorFlow.js 4.22",
        LITERT => "LiteRT (Python, ai-edge-litert)",
        PROGRAM => "classify.py (ONNX Runtime, Pillow)",
        _ => "another",
    }
}
