//! The Lab: what transfer buys, shown on the person's own photos.

mod arms;
mod chart;
mod compare;
mod curve;
mod depth;
mod domain;
mod export;
mod form;
mod knew;
mod reports;
mod state;

use leptos::prelude::*;

use compare::Compare;
use curve::EnoughPhotos;
use depth::WhichLayer;
use domain::NearAndFar;
use knew::AlreadyKnew;
pub use state::Lab;

use super::text;

#[component]
pub fn LabPage() -> impl IntoView {
    view! {
        <div class="lab-page">
            <header class="lab-head">
                <h2>{text::lab_what()}</h2>
                <p class="lead">{text::lab_what_lead()}</p>
                <p><a href="lesson.html" target="_blank" rel="noopener" data-testid="lesson">{text::lab_what_lesson()}</a></p>
            </header>
            <Compare />
            <EnoughPhotos />
            <AlreadyKnew />
            <WhichLayer />
            <NearAndFar />
        </div>
    }
}
