//! A message of each kind, of projects and project files.

use data::protocol::{ProjectEvent, ProjectFileView, ProjectRequest, ProjectView};

use super::ODD;

pub fn requests() -> Vec<ProjectRequest> {
    let (id, name) = (
        || "graft-project-1795836000000".to_owned(),
        || ODD.to_owned(),
    );
    vec![
        ProjectRequest::List { sizes: true },
        ProjectRequest::New { name: name() },
        ProjectRequest::Rename {
            id: id(),
            name: name(),
        },
        ProjectRequest::Duplicate {
            id: id(),
            name: name(),
        },
        ProjectRequest::Delete { id: id() },
        ProjectRequest::Restore { id: id() },
        ProjectRequest::DeleteForGood { id: id() },
        ProjectRequest::GoTo { id: id() },
        ProjectRequest::Save {
            name: name(),
            metadata: true,
        },
        ProjectRequest::Look { name: name() },
        ProjectRequest::Open { name: name() },
        ProjectRequest::Merge { name: name() },
        ProjectRequest::Stop,
    ]
}

pub fn events() -> Vec<ProjectEvent> {
    let view = |name| ProjectView {
        id: "graft".into(),
        name,
        samples: u32::MAX as usize,
        bytes: Some(u64::MAX),
        current: true,
        deleted: false,
    };
    vec![
        ProjectEvent::List(vec![view(None), view(Some(ODD.into()))]),
        ProjectEvent::Found(ProjectFileView {
            name: ODD.into(),
            classes: 1,
            samples: 2,
            heads: 3,
            project: false,
        }),
        ProjectEvent::GoTo { id: ODD.into() },
        ProjectEvent::Saved {
            name: ODD.into(),
            url: "blob:x".into(),
        },
    ]
}
