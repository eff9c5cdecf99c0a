//! What a project takes at most. Whatever comes from outside is held against this before it is used.

/// Classes of one project: 1,000 kinds are more than anyone tells apart, and each is a card to draw.
pub const MOST_CLASSES: usize = 1000;
/// Characters of a class's name: it is shown in narrow places.
pub const LONGEST_NAME: usize = 60;
