//! A long day with the page, by `cargo xtask soak`: what a user does and what breaks meanwhile, in an order that a seed decides, beside a
//! [`model`] of the project. After each act the page must show the model; what is stored must be it too, whenever it is looked at.
//!
//! `$GRAFT_SOAK_ACTIONS` acts (500) from the seed `$GRAFT_SOAK_SEED` (1): each is printed, and the same seed does the same again, as far as
//! the page is as fast. In [`sizes`], large projects.

mod acts;
mod faults;
mod model;
mod sizes;
mod state;

use std::path::Path;
use std::time::Instant;

use acts::{Act, Soak};
use e2e::{Device, ON_CPU, Result, before_engines, case_with};

/// The worker's start script, which also breaks the worker when the test says so.
fn breakable(site: &Path) -> Result {
    let breaks = "new BroadcastChannel('break').onmessage = () => { throw new Error('broken by the test'); };";
    before_engines(site, &ON_CPU, breaks)
}

fn asked(variable: &str, usual: u64) -> u64 {
    let given = std::env::var(variable).ok();
    given.map_or(usual, |text| {
        text.parse()
            .unwrap_or_else(|_| panic!("${variable} is no number: {text}"))
    })
}

#[test]
#[ignore = "takes a quarter of an hour"]
fn random_acts_with_faults() {
    let (actions, seed) = (
        asked("GRAFT_SOAK_ACTIONS", 500),
        asked("GRAFT_SOAK_SEED", 1),
    );
    case_with(breakable, "soak", Device::Cpu, async |browser| {
        browser.expect_error("broken by the test");
        let mut soak = Soak::begin(browser, seed).await?;
        let started = Instant::now();
        for number in 1..=actions {
            let act = soak.choose();
            println!(
                "{number} of {actions} (seed {seed}), {} s: {act:?}",
                started.elapsed().as_secs()
            );
            soak.perform(act)
                .await
                .map_err(|why| why.context(format!("act {number} of seed {seed}: {act:?}")))?;
        }
        soak.perform(Act::Reload).await?;
        println!("{}", soak.account());
        Ok(())
    });
}
