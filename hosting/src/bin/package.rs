use std::process::ExitCode;

use hosting::archive;
use xtask::{Result, paths};

/// Packs `dist/` as it is.
fn main() -> ExitCode {
    match pack() {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("\nerror: {why}");
            ExitCode::FAILURE
        }
    }
}

fn pack() -> Result {
    let file = paths::archive();
    let count = archive::write(&paths::dist(), &file)?;
    let size = std::fs::metadata(&file).map_err(|e| e.to_string())?.len();
    println!(
        "The site is in {} ({count} files, {:.1} MB). Unpack it below a web server's root: docs/hosting.md says how.",
        file.display(),
        size as f64 / 1e6
    );
    Ok(())
}
