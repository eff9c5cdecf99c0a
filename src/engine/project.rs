//! Classes, samples and their embeddings.

use crate::data::class::{Class, ClassId, ClassView, Colour, PALETTE};
use crate::data::photo::{PhotoHash, PhotoId, PhotoView};
use crate::protocol::Undoable;

/// A class name is shown in narrow places.
const MAX_NAME: usize = 60;

/// A photo with its class and embedding.
#[derive(Debug, Clone)]
pub struct Sample {
    pub id: PhotoId,
    pub class: ClassId,
    pub hash: PhotoHash,
    pub embedding: Vec<f32>,
}

/// What the last deletion took.
struct Trash {
    /// Its place among the classes.
    class: Option<(usize, Class)>,
    samples: Vec<Sample>,
}

#[derive(Default)]
pub struct Project {
    classes: Vec<Class>,
    samples: Vec<Sample>,
    pending: std::collections::HashMap<ClassId, usize>,
    trash: Option<Trash>,
    next_class: u32,
    next_photo: u32,
}

impl Project {
    pub fn samples(&self) -> &[Sample] {
        &self.samples
    }

    /// Classes that have samples, in order: what a head can learn.
    pub fn filled_classes(&self) -> Vec<Class> {
        self.classes
            .iter()
            .filter(|c| self.count(c.id) > 0)
            .cloned()
            .collect()
    }

    pub fn class(&self, id: ClassId) -> Option<&Class> {
        self.classes.iter().find(|c| c.id == id)
    }

    pub fn name(&self, id: ClassId) -> Option<&str> {
        self.class(id).map(|c| c.name.as_str())
    }

    pub fn find(&self, name: &str) -> Option<ClassId> {
        let name = name.trim();
        self.classes.iter().find(|c| c.name == name).map(|c| c.id)
    }

    /// A class with this name, or a numbered one where the name is taken.
    pub fn add_class(&mut self, name: &str) -> ClassId {
        let id = ClassId(self.next_class);
        self.next_class += 1;
        let used: Vec<Colour> = self.classes.iter().map(|c| c.colour).collect();
        let colour = PALETTE
            .iter()
            .find(|c| !used.contains(c))
            .copied()
            .unwrap_or(PALETTE[id.0 as usize % PALETTE.len()]);
        self.classes.push(Class {
            id,
            name: self.free_name(name, None),
            colour,
        });
        id
    }

    /// An empty name keeps the old one.
    pub fn rename(&mut self, id: ClassId, name: &str) {
        if name.trim().is_empty() {
            return;
        }
        let name = self.free_name(name, Some(id));
        if let Some(class) = self.classes.iter_mut().find(|c| c.id == id) {
            class.name = name;
        }
    }

    fn free_name(&self, name: &str, of: Option<ClassId>) -> String {
        let name: String = name
            .trim()
            .chars()
            .filter(|c| !c.is_control())
            .take(MAX_NAME)
            .collect();
        let name = if name.is_empty() {
            "Class".to_owned()
        } else {
            name
        };
        let taken = |n: &str| self.classes.iter().any(|c| Some(c.id) != of && c.name == n);
        if !taken(&name) {
            return name;
        }
        (2..)
            .map(|i| format!("{name} {i}"))
            .find(|n| !taken(n))
            .expect("the numbers do not end before the classes do")
    }

    pub fn recolour(&mut self, id: ClassId, colour: Colour) {
        if let Some(class) = self.classes.iter_mut().find(|c| c.id == id) {
            class.colour = colour;
        }
    }

    /// Counts photos on their way into a class up or down.
    pub fn expect(&mut self, id: ClassId, n: isize) {
        let pending = self.pending.entry(id).or_default();
        *pending = pending.saturating_add_signed(n);
    }

    /// None where the class is gone.
    pub fn add(
        &mut self,
        class: ClassId,
        name: &str,
        hash: PhotoHash,
        embedding: Vec<f32>,
    ) -> Option<PhotoView> {
        self.class(class)?;
        let id = PhotoId(self.next_photo);
        self.next_photo += 1;
        self.samples.push(Sample {
            id,
            class,
            hash,
            embedding,
        });
        Some(PhotoView {
            id,
            class,
            name: name.into(),
        })
    }

    /// The class that already has this photo.
    pub fn class_of(&self, hash: &PhotoHash) -> Option<ClassId> {
        self.samples
            .iter()
            .find(|s| s.hash == *hash)
            .map(|s| s.class)
    }

    pub fn delete_class(&mut self, id: ClassId) -> Vec<PhotoId> {
        let Some(place) = self.classes.iter().position(|c| c.id == id) else {
            return Vec::new();
        };
        let class = self.classes.remove(place);
        let samples = self.take(|s| s.class == id);
        let ids = samples.iter().map(|s| s.id).collect();
        self.trash = Some(Trash {
            class: Some((place, class)),
            samples,
        });
        ids
    }

    pub fn delete_photos(&mut self, ids: &[PhotoId]) -> Vec<PhotoId> {
        let samples = self.take(|s| ids.contains(&s.id));
        let ids = samples.iter().map(|s| s.id).collect();
        self.trash = Some(Trash {
            class: None,
            samples,
        });
        ids
    }

    fn take(&mut self, gone: impl Fn(&Sample) -> bool) -> Vec<Sample> {
        let (taken, kept) = std::mem::take(&mut self.samples)
            .into_iter()
            .partition(gone);
        self.samples = kept;
        taken
    }

    pub fn undoable(&self) -> Option<Undoable> {
        let trash = self.trash.as_ref()?;
        Some(match &trash.class {
            Some((_, class)) => Undoable::Class {
                name: class.name.clone(),
            },
            None => Undoable::Photos {
                count: trash.samples.len(),
            },
        })
    }

    /// Brings the last deletion back; the photos it brought.
    pub fn undo(&mut self) -> Vec<PhotoId> {
        let Some(trash) = self.trash.take() else {
            return Vec::new();
        };
        if let Some((place, class)) = trash.class {
            self.classes.insert(place.min(self.classes.len()), class);
        }
        // A photo whose class is gone by now, or that was added anew, has no place to return to.
        let back: Vec<Sample> = trash
            .samples
            .into_iter()
            .filter(|s| self.class(s.class).is_some() && self.class_of(&s.hash).is_none())
            .collect();
        let ids = back.iter().map(|s| s.id).collect();
        self.samples.extend(back);
        ids
    }

    /// Those that were moved.
    pub fn move_photos(&mut self, ids: &[PhotoId], to: ClassId) -> Vec<PhotoId> {
        if self.class(to).is_none() {
            return Vec::new();
        }
        let moved = self.samples.iter_mut().filter(|s| ids.contains(&s.id));
        moved
            .map(|s| {
                s.class = to;
                s.id
            })
            .collect()
    }

    fn count(&self, id: ClassId) -> usize {
        self.samples.iter().filter(|s| s.class == id).count()
    }

    pub fn views(&self) -> Vec<ClassView> {
        self.classes
            .iter()
            .map(|class| ClassView {
                class: class.clone(),
                count: self.count(class.id),
                pending: self.pending.get(&class.id).copied().unwrap_or(0),
            })
            .collect()
    }
}
