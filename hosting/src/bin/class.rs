use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr};
use std::process::ExitCode;
use std::sync::Arc;

use hosting::certificate::Certificate;
use hosting::files::Files;
use hosting::{network, serve};
use qrcode::QrCode;
use qrcode::render::unicode::Dense1x2;
use xtask::{Result, paths};

const PORT: u16 = 8443;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match Options::parse(&args).and_then(run) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("\nerror: {why}");
            ExitCode::FAILURE
        }
    }
}

struct Options {
    address: Option<Ipv4Addr>,
    port: u16,
    /// The person has said so already.
    yes: bool,
}

impl Options {
    fn parse(args: &[String]) -> Result<Self> {
        let mut options = Self {
            address: None,
            port: PORT,
            yes: false,
        };
        let mut args = args.iter();
        while let Some(arg) = args.next() {
            match arg.as_str() {
                "--yes" => options.yes = true,
                "--port" => {
                    let port = args.next().and_then(|text| text.parse().ok());
                    options.port = port.ok_or("--port wants a number from 1 to 65535.")?;
                }
                "--address" => {
                    let address = args.next().and_then(|text| text.parse().ok());
                    let address = address.ok_or("--address wants one such as 192.168.1.5.")?;
                    options.address = Some(address);
                }
                other => return Err(format!("`class` does not know `{other}`.")),
            }
        }
        Ok(options)
    }
}

fn run(options: Options) -> Result {
    let files = Files::read(&paths::dist())?;
    let all = network::addresses()?;
    let likely = all.iter().copied().find(|a| network::is_local(*a));
    let address = options.address.or(likely).ok_or(
        "this computer is in no local network. Connect it to the class's, or name an address with --address.",
    )?;
    let certificate = Certificate::of(address.into())?;
    let runtime = tokio::runtime::Runtime::new().map_err(|e| e.to_string())?;
    let others: Vec<String> = all
        .iter()
        .filter(|other| **other != address)
        .map(|other| format!(" --address {other}"))
        .collect();
    println!(
        "\nThis opens {address} to everyone in the same network, until you end it with Ctrl+C.{}{}\n\
         It hands out the files of Graft and nothing else, and takes nothing in. Photos stay on the computers of the class.",
        match network::is_local(address) {
            true => "",
            false => " THIS ADDRESS IS A PUBLIC ONE: the whole internet may reach it.",
        },
        match others.is_empty() {
            true => String::new(),
            false => format!(
                "\n(This computer has other addresses too; choose one with{}.)",
                others.join(" or")
            ),
        }
    );
    if !options.yes && !agreed()? {
        println!("Nothing was opened.");
        return Ok(());
    }
    let listener =
        runtime.block_on(serve::listen(SocketAddr::new(address.into(), options.port)))?;
    let opened = listener.local_addr().map_err(|e| e.to_string())?;
    let url = format!("https://{opened}/");
    println!("\n{}\n\nGraft is at {url}  (Ctrl+C ends it)\n", code(&url)?);
    println!(
        "Each browser will warn once that the connection is not private: this computer made the certificate itself, and nobody\n\
         vouches for it. \"Advanced\" and \"Proceed\" (Safari: \"Show details\", \"visit this website\") lead on. It is the right one if its\n\
         SHA-256 fingerprint is\n  {}\n\n\
         Cameras and GPUs work. Working offline does not: browsers keep nothing of a page whose certificate they warn of.",
        certificate.fingerprint()
    );
    runtime.block_on(serve::run(
        listener,
        certificate.acceptor()?,
        Arc::new(files),
    ));
    Ok(())
}

/// Asks the person at the terminal; nobody there is a no.
fn agreed() -> Result<bool> {
    print!("\nOpen it? [y/N] ");
    std::io::stdout().flush().map_err(|e| e.to_string())?;
    let mut answer = String::new();
    std::io::stdin()
        .read_line(&mut answer)
        .map_err(|e| e.to_string())?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}

/// The address as a picture that phones read.
fn code(url: &str) -> Result<String> {
    let code = QrCode::new(url).map_err(|e| format!("could not draw the code: {e}"))?;
    // Terminals are mostly dark: what is light in the code is drawn.
    Ok(code
        .render::<Dense1x2>()
        .dark_color(Dense1x2::Light)
        .light_color(Dense1x2::Dark)
        .build())
}
