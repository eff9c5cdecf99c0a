//! Near and far: transfer helps most where photos look like those the network saw.

use leptos::prelude::*;

use crate::ui::collect::SampleSets;
use crate::ui::text;

#[component]
pub fn NearAndFar() -> impl IntoView {
    view! {
        <section class="lab-section" aria-labelledby="near">
            <h3 id="near">{text::lab::NEAR_FAR}</h3>
            <p class="about">{text::lab::NEAR_FAR_ABOUT}</p>
            <div class="lab-pair">
                <div class="card">
                    <h4>{text::lab::NEAR}</h4>
                    <p class="quiet">{text::lab::NEAR_ABOUT}</p>
                    <SampleSets only=text::NEAR_SET />
                </div>
                <div class="card">
                    <h4>{text::lab::FAR}</h4>
                    <p class="quiet">{text::lab::FAR_ABOUT}</p>
                    <SampleSets only=text::FAR_SET />
                </div>
            </div>
            <p class="quiet">{text::lab::NEAR_FAR_HOW}</p>
        </section>
    }
}
