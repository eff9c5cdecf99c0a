//! The acts of a user on the Lab's page.

use serde_json::json;
use thirtyfour::prelude::*;

use crate::records::Arm;
use crate::{Page, Result, SHORT, until};

const ARMS: &str = "return all('lab-arm').map(a => ({
    arm: a.dataset.arm, state: a.dataset.state ?? '',
    accuracy: a.dataset.accuracy === undefined ? null : Number(a.dataset.accuracy),
    seconds: Number(a.dataset.seconds), trained_parameters: Number(a.dataset.trainedParameters) }));";

impl Page {
    /// To `workbench` or `lab`, by the link in the top bar.
    pub async fn go_to(&self, page: &str) -> Result {
        let id = format!("nav-{page}");
        self.click(&id).await?;
        let here = format!("return one('{id}').getAttribute('aria-current') === 'page';");
        self.wait_for(page, SHORT, &here).await
    }

    pub async fn arms(&self) -> Result<Vec<Arm>> {
        self.ask(ARMS, &[]).await
    }

    /// Writes over what an input holds.
    pub async fn fill(&self, id: &str, text: &str) -> Result {
        let input = self.element(id).await?;
        input.scroll_into_view().await?;
        input.send_keys(Key::Control + "a").await?;
        input.send_keys(text).await?;
        input.send_keys(Key::Tab).await?;
        let script = "return one(arguments[0]).value === arguments[1];";
        until(&format!("{id} to hold {text:?}"), SHORT, async || {
            let holds: bool = self.ask(script, &[json!(id), json!(text)]).await?;
            Ok(holds.then_some(()))
        })
        .await
    }

    /// Sets or takes the tick of the checkbox with the test id whose `data-` attribute `key` is `value`.
    pub async fn tick(&self, id: &str, key: &str, value: &str, on: bool) -> Result {
        let script = "
            const [id, key, value, on] = arguments;
            const box = all(id).find(b => b.dataset[key] === value);
            if (!box || box.disabled) return false;
            if (box.checked !== on) box.click();
            return true;";
        let what = format!("the checkbox {id} of {value:?}");
        until(&what, SHORT, async || {
            let args = [json!(id), json!(key), json!(value), json!(on)];
            Ok(self.ask::<bool>(script, &args).await?.then_some(()))
        })
        .await
    }
}
