//! Heads that are handed on: links, and the list of those that lie beside the site.

use super::{Payload, Platform, Session};
use crate::sharing::{found, made};
use crate::{Output, done, plain, refused};
use data::problem::Problem;
use data::protocol::{Event, HeadLink, ShareEvent, ShareRequest};
use data::share::{LIST, LinkProblem, Listing};
use formats::gallery;

impl<P: Platform> Session<P> {
    pub(super) async fn share(
        &self,
        id: u64,
        request: ShareRequest,
        payloads: Vec<Payload<P::File>>,
    ) -> Vec<Output> {
        let answer = match request {
            ShareRequest::Make { address, unknown } => self.link(&address, unknown).await.map(made),
            ShareRequest::Look { name, link } => match self.head_of(link, payloads).await {
                Ok(file) => found(name, file),
                Err(why) => Err(Problem::Link(why)),
            },
            ShareRequest::List => Ok(self.listed().await),
        };
        match answer {
            Ok(output) => vec![output, done(id)],
            Err(problem) => vec![refused(id, problem)],
        }
    }

    /// The shortest link to the head in use that answers as it does.
    async fn link(&self, address: &str, unknown: bool) -> Result<HeadLink, Problem> {
        let shared = self.engine.to_share(unknown).await?;
        let file = shared.bytes();
        for precision in shared.precisions() {
            let link = self.platform.write_link(&file, precision, address);
            let (url, qr, read_back) = link.await.map_err(Problem::Link)?;
            if let Some(difference) = shared.difference(&read_back) {
                return Ok(HeadLink {
                    url,
                    precision,
                    samples: shared.samples,
                    difference,
                    qr,
                });
            }
        }
        // Bit for bit it is the same head.
        Err(Problem::Link(LinkProblem::NoHead))
    }

    async fn head_of(
        &self,
        link: Option<String>,
        payloads: Vec<Payload<P::File>>,
    ) -> Result<Vec<u8>, LinkProblem> {
        match (link, payloads.into_iter().next()) {
            (Some(text), _) => self.platform.read_link(&text).await,
            (None, Some(Payload::Bytes(bytes))) => Ok(bytes),
            // What cannot be read is refused as empty, with a sentence.
            (None, Some(Payload::File(file))) => {
                Ok(self.platform.read(&file).await.unwrap_or_default())
            }
            (None, None) => Ok(Vec::new()),
        }
    }

    /// A site without a list has nothing beside it.
    async fn listed(&self) -> Output {
        let list = self.platform.fetch(LIST).await;
        let listing = list.map_or_else(|_| Listing::default(), |bytes| gallery::read(&bytes));
        plain(Event::Share(ShareEvent::Listed(listing)))
    }
}
