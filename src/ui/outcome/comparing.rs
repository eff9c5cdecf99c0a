//! The classifier in use beside the one before it, on the same photos.

use leptos::prelude::*;

use super::word;
use crate::ui::state::state;
use crate::ui::text;
use data::protocol::Request;

#[component]
pub fn CompareHeads() -> impl IntoView {
    let state = state();
    let compare = move |_| {
        state.test.compared.set(None);
        state.send(Request::CompareHeads);
    };
    let found = move || {
        state.test.compared.get().map(|of| {
            let pair = of.paired;
            view! {
                <p
                    data-testid="heads-compared" role="status" data-how=word(of.on) data-n=pair.n.to_string()
                    data-only-first=pair.only_first.to_string() data-only-second=pair.only_second.to_string()
                    data-p=decimal::shortest(pair.p)
                >
                    {text::heads_compared(&of)}
                </p>
            }
        })
    };
    view! {
        <div class="compare-heads">
            <button class="small" data-testid="compare-heads" title=text::compare_heads_means() on:click=compare>
                {text::compare_heads()}
            </button>
            {found}
        </div>
    }
}
