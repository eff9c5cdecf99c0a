//! A message, taken apart: what other messages and terms it names is already in it.

/// In the order of the file.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Messages(pub Vec<Entry>);

impl Messages {
    pub fn find(&self, id: &str) -> Option<&Entry> {
        self.0.iter().find(|entry| entry.id == id)
    }
}

/// A message, or one of its attributes.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// `lab-run`; an attribute's has a dot, `lab-run.stop`.
    pub id: String,
    /// Those that it uses, in the order in which the comment above the message names them.
    pub arguments: Vec<Argument>,
    pub parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Argument {
    /// Without the dollar.
    pub name: String,
    pub kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Number,
    String,
    /// Only English says what an argument is.
    Undeclared,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Part {
    Text(String),
    /// A term's text, or one in quotes: not for translating letter by letter.
    Kept(String),
    /// The argument of this name.
    Filled(String, Option<Style>),
    Chosen(String, Vec<Variant>),
}

#[derive(Debug, Clone, PartialEq)]
pub struct Variant {
    pub key: String,
    pub parts: Vec<Part>,
    /// Taken where no other fits.
    pub usual: bool,
}

/// How a number is written: the options of Fluent's `NUMBER`, which are those of `Intl.NumberFormat`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    pub whole: u8,
    /// Digits behind the point, at least and at most.
    pub least: u8,
    pub most: u8,
    /// With groups of thousands.
    pub groups: bool,
}

impl Default for Style {
    /// As `Intl.NumberFormat` has it, but for the groups.
    fn default() -> Self {
        Self {
            whole: 1,
            least: 0,
            most: 3,
            groups: false,
        }
    }
}

impl Part {
    /// Tells each argument that is used, and how: with none as a choice, whose keys are told then.
    pub fn uses(parts: &[Self], told: &mut impl FnMut(&str, Use<'_>)) {
        for part in parts {
            match part {
                Self::Text(_) | Self::Kept(_) => {}
                Self::Filled(name, style) => told(name, Use::Filled(style.is_some())),
                Self::Chosen(name, variants) => {
                    told(name, Use::Chosen(variants));
                    for variant in variants {
                        Self::uses(&variant.parts, told);
                    }
                }
            }
        }
    }

    /// Whether nothing would be said, whatever is chosen.
    pub fn is_empty(parts: &[Self]) -> bool {
        parts.iter().all(|part| match part {
            Self::Text(text) | Self::Kept(text) => text.trim().is_empty(),
            Self::Filled(..) => false,
            Self::Chosen(_, variants) => variants.iter().any(|v| Self::is_empty(&v.parts)),
        })
    }
}

/// What a message does with an argument.
#[derive(Clone, Copy)]
pub enum Use<'a> {
    /// Written; as a number, where it must be one.
    Filled(bool),
    Chosen(&'a [Variant]),
}
