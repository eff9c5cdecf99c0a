//! What transfer brings, measured: methods × photos a class × draws, on labelled photos.
//! `cargo xtask experiment transfer [FOLDER]` runs it.

mod photos;
mod runs;

use std::path::Path;
use std::process::ExitCode;

use graft::data::backbone::default_backbone;
use graft::data::transfer::{Depth, TuneSettings};
use graft::ml::backbone::Backbone;
use photos::{Failure, Set};

const WEIGHTS: &[u8] = include_bytes!("../../../public/model/efficientnet-lite0-224.safetensors");

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match run(&args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("error: {why}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &[&str]) -> Result<(), Failure> {
    match args {
        ["tune", folder, rest @ ..] => tune(folder, rest),
        _ => Err("unknown".into()),
    }
}

fn tune(folder: &str, rest: &[&str]) -> Result<(), Failure> {
    let spec = default_backbone();
    let backbone = Backbone::on_cpu(spec, WEIGHTS).map_err(|e| e.to_string())?;
    let set = Set::read(Path::new(folder), spec.input_size)?;
    let t = std::time::Instant::now();
    let embeddings = runs::embed(&backbone, &set)?;
    println!("embedded {} in {:?}", embeddings.len(), t.elapsed());
    let mut entries: Vec<(Depth, usize, runs::Entry)> = Vec::new();
    for line in rest {
        let mut settings = TuneSettings {
            patience: 0,
            ..Default::default()
        };
        let (mut photos, mut seed, mut size, mut lp) = (20, 1, 224, true);
        for word in line.split(',') {
            let (key, value) = word.split_once('=').ok_or("key=value")?;
            match key {
                "photos" => photos = value.parse()?,
                "seed" => seed = value.parse()?,
                "size" => size = value.parse()?,
                "lp" => lp = value.parse()?,
                "depth" => settings.depth = serde_json::from_str(&format!("\"{value}\""))?,
                "epochs" => settings.epochs = value.parse()?,
                "rate" => settings.learning_rate = value.parse()?,
                "decay" => settings.rate_decay = value.parse()?,
                "batch" => settings.batch_size = value.parse()?,
                "augment" => settings.augment = value.parse()?,
                _ => return Err(format!("no {key}").into()),
            }
        }
        settings.seed = seed;
        let (train, test) = set.draw(photos, seed);
        let (head, frozen) = runs::head(&set, &embeddings, &train, &test)?;
        let at = entries
            .iter()
            .position(|(d, s, _)| (*d, *s) == (settings.depth, size));
        let at = at.unwrap_or_else(|| {
            entries.push((settings.depth, size, None));
            entries.len() - 1
        });
        let start = runs::Start {
            layers: backbone.layers(),
            head: lp.then_some(head),
            size,
            settings,
        };
        let outcome = runs::tune(&set, start, &train, &test, &mut entries[at].2)?;
        println!(
            "{line}: frozen {:.1} tuned {:.1} in {:.0} s, {} parameters, {:.1} G",
            100.0 * frozen.accuracy,
            100.0 * outcome.accuracy,
            outcome.seconds,
            outcome.trained_parameters,
            outcome.multiply_adds / 1e9,
        );
    }
    Ok(())
}
