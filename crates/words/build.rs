//! Makes functions and a pack of the messages in `locales/`.

use std::path::{Path, PathBuf};
use std::{env, fs, process};

fn main() {
    // Asked at run time: a folder that was there when this program was compiled may be another checkout's.
    let here = env::var_os("CARGO_MANIFEST_DIR").expect("cargo names it");
    let folder = Path::new(&here).join("../../locales");
    println!("cargo::rerun-if-changed={}", folder.display());
    let made = locales::tags(&folder).and_then(|tags| {
        // Another language is checked when it is packed for the site, and by the tests: English builds without it.
        let english = locales::open(&folder, locales::ENGLISH)?;
        Ok((locales::rust(&english, &tags)?, english))
    });
    let (source, english) = made.unwrap_or_else(|faults| {
        for fault in faults {
            println!("cargo::error={fault}");
        }
        process::exit(1);
    });
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo names it"));
    let put = |name: &str, text: &str| fs::write(out.join(name), text).expect("cargo's own folder");
    put("said.rs", &source);
    let fingerprint = locales::fingerprint(&english);
    put(
        "en.txt",
        &locales::pack(&english, locales::ENGLISH, &fingerprint),
    );
}
