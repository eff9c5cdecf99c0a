//! Files with something wrong in them, many of them: whatever they hold, decoding comes back, within the memory that was
//! planned, and at every size with the same answer.

use data::photo::PhotoProblem;
use data::problem::SampleProblem;
use formats::photo::{Photo, Plan};
use network::random::SplitMix64;

use super::file;
use super::memory::taken;

/// Bytes beside what was planned: tables, and buffers of fixed size.
const BESIDE: u64 = 2 << 20;

const FILES: &[&str] = &[
    "420-restarts.jpg",
    "420-progressive.jpg",
    "444-progressive-restarts.jpg",
    "scans-apart-411.jpg",
    "ycck-420.jpg",
    "exif-6.jpg",
    "interlaced-rgba-16.png",
    "palette-clear.png",
    "lossy-clear.webp",
    "lossless.webp",
    "palette-clear.gif",
    "mode-p.bmp",
];

fn mutated(whole: &[u8], random: &mut SplitMix64) -> Vec<u8> {
    let mut bytes = whole.to_vec();
    for _ in 0..1 + random.below(4) {
        let at = random.below(bytes.len());
        match random.below(4) {
            0 => bytes[at] = random.below(256) as u8,
            1 => bytes[at] ^= 1 << random.below(8),
            2 => {
                bytes.remove(at);
            }
            _ => bytes.insert(at, [0, 0xff, 0x7f, 0xd9][random.below(4)]),
        }
    }
    if random.below(4) == 0 {
        bytes.truncate(random.below(bytes.len()));
    }
    bytes
}

fn planned(bytes: &[u8], side: u32) -> Result<Photo, SampleProblem> {
    let (plan, planning) = taken(|| Plan::of(bytes, side));
    assert!(planning as u64 <= bytes.len() as u64 + BESIDE, "{planning}");
    let plan = plan?;
    let (photo, taken_bytes) = taken(|| plan.decode(bytes));
    // The file may be there again, with room to grow.
    let taken_bytes = taken_bytes.saturating_sub(3 * bytes.len());
    assert!(
        taken_bytes as u64 <= plan.memory + BESIDE,
        "{taken_bytes} bytes, planned for {}",
        plan.memory
    );
    photo
}

#[test]
fn mutated_files_do_no_harm() {
    let mut random = SplitMix64(7);
    for name in FILES {
        let whole = file(&format!("tests/fixtures/photos/{name}"));
        let (mut opened, mut refused) = (0, 0);
        for _ in 0..700 {
            let bytes = mutated(&whole, &mut random);
            let results = [u32::MAX, 20, 5].map(|side| planned(&bytes, side));
            match &results[0] {
                Ok(_) => opened += 1,
                Err(_) => refused += 1,
            }
            if name.ends_with("jpg") {
                let answers = results.map(|result| result.map(|_| ()));
                let too_large = |answer: &Result<(), SampleProblem>| {
                    matches!(
                        answer,
                        Err(SampleProblem::Photo(PhotoProblem::TooLarge { .. }))
                    )
                };
                assert!(
                    answers.iter().any(too_large)
                        || answers.windows(2).all(|pair| pair[0] == pair[1]),
                    "{name}: {answers:?}"
                );
            }
        }
        println!("{name}: {opened} opened, {refused} refused");
        assert!(opened > 0 && refused > 0, "{name}: {opened}, {refused}");
    }
}
