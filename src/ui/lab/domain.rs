//! Near and far: transfer helps most where photos look like those the network saw.

use leptos::prelude::*;

use crate::ui::collect::SampleSets;
use crate::ui::text;

/// Like what the network learned from, and unlike it.
const NEAR: &[&str] = &["fruit-birds"];
const FAR: &[&str] = &["letters"];

#[component]
pub fn NearAndFar() -> impl IntoView {
    view! {
        <section class="lab-section" aria-labelledby="near">
            <h3 id="near">{text::lab_near_far()}</h3>
            <p class="about">{text::lab_near_far_about()}</p>
            <div class="lab-pair">
                <div class="card">
                    <h4>{text::lab_near()}</h4>
                    <p class="quiet">{text::lab_near_about()}</p>
                    <SampleSets only=NEAR />
                </div>
                <div class="card">
                    <h4>{text::lab_far()}</h4>
                    <p class="quiet">{text::lab_far_about()}</p>
                    <SampleSets only=FAR />
                </div>
            </div>
            <p class="quiet">{text::lab_near_far_how()}</p>
        </section>
    }
}
