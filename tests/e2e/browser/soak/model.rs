//! What a project should hold, kept beside it.

use std::collections::BTreeSet;

/// A class. It is the same one under another name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Class {
    pub id: usize,
    pub name: String,
    /// Names of files; no two photos here have the same.
    pub photos: BTreeSet<String>,
}

/// What one press of undo brings back.
#[derive(Debug, Clone, Default)]
struct Trash {
    /// Its place among the classes.
    class: Option<(usize, Class)>,
    /// Photos, and the class that they were in.
    photos: Vec<(String, usize)>,
}

#[derive(Debug, Clone, Default)]
pub struct Model {
    pub classes: Vec<Class>,
    next: usize,
    trash: Option<Trash>,
    /// The last move, if nothing was deleted since: photos, and where they were.
    moved: Vec<(String, usize)>,
}

impl Model {
    pub fn count(&self) -> usize {
        self.classes.iter().map(|class| class.photos.len()).sum()
    }

    pub fn holds(&self, photo: &str) -> bool {
        self.classes
            .iter()
            .any(|class| class.photos.contains(photo))
    }

    pub fn named(&self, name: &str) -> Option<&Class> {
        self.classes.iter().find(|class| class.name == name)
    }

    fn class(&mut self, id: usize) -> Option<&mut Class> {
        self.classes.iter_mut().find(|class| class.id == id)
    }

    pub fn add_class(&mut self, name: &str) {
        self.classes.push(Class {
            id: self.next,
            name: name.into(),
            photos: BTreeSet::new(),
        });
        self.next += 1;
    }

    /// Photos that are there already are kept once.
    pub fn add_photos(&mut self, to: usize, photos: &[String]) {
        for photo in photos {
            if !self.holds(photo) {
                self.classes[to].photos.insert(photo.clone());
            }
        }
    }

    pub fn delete_class(&mut self, place: usize) {
        let mut class = self.classes.remove(place);
        let photos = std::mem::take(&mut class.photos);
        self.moved.clear();
        self.trash = Some(Trash {
            photos: photos.into_iter().map(|photo| (photo, class.id)).collect(),
            class: Some((place, class)),
        });
    }

    pub fn delete_photos(&mut self, from: usize, photos: &[String]) {
        let class = &mut self.classes[from];
        class.photos.retain(|photo| !photos.contains(photo));
        let id = class.id;
        self.moved.clear();
        self.trash = Some(Trash {
            photos: photos.iter().map(|photo| (photo.clone(), id)).collect(),
            class: None,
        });
    }

    pub fn move_photos(&mut self, from: usize, to: usize, photos: &[String]) {
        self.moved = photos
            .iter()
            .map(|photo| (photo.clone(), self.classes[from].id))
            .collect();
        for photo in photos {
            self.classes[from].photos.remove(photo);
            self.classes[to].photos.insert(photo.clone());
        }
    }

    pub fn can_undo(&self) -> bool {
        !self.moved.is_empty() || self.trash.is_some()
    }

    pub fn undo(&mut self) {
        if !self.moved.is_empty() {
            for (photo, from) in std::mem::take(&mut self.moved) {
                if self.holds(&photo) && self.class(from).is_some() {
                    for class in &mut self.classes {
                        class.photos.remove(&photo);
                    }
                    self.class(from).map(|class| class.photos.insert(photo));
                }
            }
            return;
        }
        let Some(trash) = self.trash.take() else {
            return;
        };
        if let Some((place, mut class)) = trash.class {
            // Another class may have taken the name meanwhile.
            let mut names = (2..).map(|n| format!("{} {n}", class.name));
            if self.named(&class.name).is_some() {
                let free = names.find(|name| self.named(name).is_none());
                class.name = free.expect("the numbers do not end before the classes do");
            }
            self.classes.insert(place.min(self.classes.len()), class);
        }
        for (photo, id) in trash.photos {
            if !self.holds(&photo) {
                self.class(id).map(|class| class.photos.insert(photo));
            }
        }
    }

    /// Another tab or worker knows nothing of what was deleted or moved.
    pub fn forget_undo(&mut self) {
        self.trash = None;
        self.moved.clear();
    }

    /// Takes photos over that may have been stored before the page went; false where another one is there, or one is missing.
    pub fn settle(&mut self, to: usize, maybe: &[String], found: &BTreeSet<String>) -> bool {
        let known = &self.classes[to].photos;
        let fits = found.is_superset(known)
            && found
                .iter()
                .all(|photo| known.contains(photo) || maybe.contains(photo));
        if fits {
            self.classes[to].photos.clone_from(found);
        }
        fits
    }
}

#[test]
fn the_model_undoes_as_the_app_does() {
    let names = |names: &[&str]| -> Vec<String> { names.iter().map(|n| n.to_string()).collect() };
    let shape = |model: &Model| -> Vec<(String, usize)> {
        let classes = model.classes.iter();
        classes
            .map(|class| (class.name.clone(), class.photos.len()))
            .collect()
    };
    let mut model = Model::default();
    model.add_class("a");
    model.add_class("b");
    model.add_photos(0, &names(&["1", "2", "3", "2"]));
    model.add_photos(1, &names(&["3", "4"]));
    assert_eq!(shape(&model), [("a".into(), 3), ("b".into(), 1)]);
    model.move_photos(0, 1, &names(&["1"]));
    model.delete_class(0);
    // The deletion ended the move's undo.
    model.undo();
    assert_eq!(shape(&model), [("a".into(), 2), ("b".into(), 2)]);
    assert!(!model.can_undo());
    // A move is undone before the deletion that was before it.
    model.delete_photos(0, &names(&["2"]));
    model.move_photos(1, 0, &names(&["4"]));
    model.undo();
    assert_eq!(shape(&model), [("a".into(), 1), ("b".into(), 2)]);
    model.add_photos(1, &names(&["2"]));
    model.undo();
    // It came back by another way.
    assert_eq!(shape(&model), [("a".into(), 1), ("b".into(), 3)]);
}
