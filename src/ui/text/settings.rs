//! The settings of a head's training: a name, and a sentence that says what it does.

use data::settings::Optimiser;

type Words = (&'static str, &'static str);

pub const OPTIMISER: Words = (
    "Optimiser",
    "L-BFGS walks straight to the one best linear head. Adam takes many small steps; batches and hidden units always use it.",
);

pub fn optimiser(optimiser: Optimiser) -> &'static str {
    match optimiser {
        Optimiser::Lbfgs => "L-BFGS",
        Optimiser::Adam => "Adam",
    }
}

pub const EPOCHS: Words = (
    "Passes",
    "How often training goes through all photos, at most (1 to 2000).",
);
pub const LEARNING_RATE: Words = (
    "Learning rate",
    "How big each of Adam's steps is: too small is slow, too big overshoots (0.00001 to 1). L-BFGS finds its own.",
);
pub const BATCH_SIZE: Words = (
    "Batch size",
    "Photos looked at before each step; 0 means all at once.",
);
pub const L2: Words = (
    "L2 strength",
    "Holds weights small, which helps when photos are few (0 to 1000).",
);
pub const HIDDEN: Words = (
    "Hidden units",
    "An extra layer for harder cases; 0 means none (up to 512).",
);
pub const VALIDATION_SHARE: Words = (
    "Kept apart",
    "Share of photos used only to measure accuracy (0 to 0.5).",
);
pub const SEED: Words = ("Seed", "The same number gives the same training again.");
