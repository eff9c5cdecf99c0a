//! axe-core, asked about the page as it stands.

use std::fs;

use anyhow::{Context, ensure};
use serde::Deserialize;

use crate::{Browser, Result};

#[derive(Deserialize)]
struct Violation {
    id: String,
    impact: Option<String>,
    help: String,
    nodes: Vec<String>,
}

impl Violation {
    fn told(self) -> String {
        let Self {
            id,
            impact,
            help,
            nodes,
        } = self;
        format!(
            "{id} ({}): {help}\n    {}",
            impact.unwrap_or_default(),
            nodes.join("\n    ")
        )
    }
}

const ASK: &str = "
    const done = arguments[arguments.length - 1];
    axe.run(document, { resultTypes: ['violations'] }).then(
        found => done(found.violations.map(v => ({
            id: v.id, impact: v.impact, help: v.help,
            nodes: v.nodes.slice(0, 5).map(n => n.html.slice(0, 200) + ' :: ' + (n.failureSummary || '')),
        }))),
        why => done([{ id: 'axe-failed', impact: 'critical', help: String(why), nodes: [] }]),
    );
";

impl Browser {
    /// Fails on what axe calls serious or critical.
    pub async fn check_accessibility(&self, moment: &str) -> Result {
        let source = xtask::paths::npm().join("node_modules/axe-core/axe.min.js");
        let source = fs::read_to_string(&source)
            .with_context(|| format!("no axe-core at {}", source.display()))?;
        // Through WebDriver, so the page's own policy stays as it is.
        self.driver.execute(source, vec![]).await?;
        let found: Vec<Violation> = self.driver.execute_async(ASK, vec![]).await?.convert()?;
        let grave = |v: &Violation| matches!(v.impact.as_deref(), Some("serious" | "critical"));
        let grave: Vec<String> = found
            .into_iter()
            .filter(grave)
            .map(Violation::told)
            .collect();
        ensure!(
            grave.is_empty(),
            "{moment}: axe-core finds\n{}",
            grave.join("\n")
        );
        Ok(())
    }
}
