//! Every message is understood, or it is said that it was not.

use std::path::Path;

use data::problem::Problem;
use e2e::{Device, ON_CPU, Result, SHORT, before_engines, case_with, says, until};

/// The worker's start script, which also garbles the worker's next message when the test says so.
fn garbling(site: &Path) -> Result {
    let garbles = "{
        let garble = false;
        new BroadcastChannel('garble').onmessage = () => { garble = true; };
        const post = self.postMessage;
        self.postMessage = (message, transfer) => {
            if (garble) message[0] = message[0].slice(0, -1);
            garble = false;
            post.call(self, message, transfer);
        };
    }";
    before_engines(site, &ON_CPU, garbles)
}

#[test]
fn a_message_that_is_not_understood_is_said_and_nothing_is_missing() {
    case_with(garbling, "garbled", Device::Cpu, async |browser| {
        let page = &browser.page;
        page.open("?device=cpu&seed=1").await?;
        page.add_class("before").await?;
        let before = page.notices().await?.len();
        page.ask::<()>("new BroadcastChannel('garble').postMessage('now');", &[])
            .await?;
        page.click("class-add").await?;
        let said = page.notice_after(before, "error").await?;
        says(&said, &Problem::Restarted { training: false })?;
        page.ready().await?;
        until("the class whose message was garbled", SHORT, async || {
            Ok((page.classes().await?.len() == 2).then_some(()))
        })
        .await
    });
}
