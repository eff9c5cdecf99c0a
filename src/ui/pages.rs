//! Two pages in one: the workbench and the Lab. Both stay as they are while the other is shown.

use leptos::ev;
use leptos::prelude::*;

use super::state::{State, state};
use super::text;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Page {
    Workbench,
    Lab,
}

impl Page {
    /// What stands behind the `#` of the address.
    fn hash(self) -> &'static str {
        match self {
            Self::Workbench => "#workbench",
            Self::Lab => "#lab",
        }
    }

    /// As the address says; whatever else stands there is the workbench.
    pub fn of_address() -> Self {
        let hash = window().location().hash().unwrap_or_default();
        match hash == Self::Lab.hash() {
            true => Self::Lab,
            false => Self::Workbench,
        }
    }

    fn title(self) -> String {
        match self {
            Self::Workbench => text::graft().into(),
            Self::Lab => text::lab_title().into(),
        }
    }

    /// The whole address: with a `<base>` in the page, a bare `#lab` would drop the query and
    /// load the page anew.
    fn address(self) -> String {
        let location = window().location();
        let path = location.pathname().unwrap_or_default();
        let query = location.search().unwrap_or_default();
        format!("{path}{query}{}", self.hash())
    }
}

impl State {
    /// Follows the address, so that the browser's back goes from page to page.
    pub fn follow_address(self) {
        window_event_listener(ev::hashchange, move |_| {
            self.page.set(Page::of_address());
            self.look_at_link();
        });
        Effect::new(move |_| {
            let page = self.page.get();
            document().set_title(&page.title());
            if page != Page::Workbench {
                self.camera.close(); // nobody is filmed by what is not looked at
            }
        });
    }
}

#[component]
pub fn Nav() -> impl IntoView {
    let state = state();
    let link = |page: Page, id: &'static str, name: &'static str| {
        let here = move || (state.page.get() == page).then_some("page");
        view! { <a href=page.address() data-testid=id aria-current=here>{name}</a> }
    };
    view! {
        <nav class="pages" aria-label=text::pages()>
            {link(Page::Workbench, "nav-workbench", text::workbench())}
            {link(Page::Lab, "nav-lab", text::lab())}
        </nav>
    }
}
