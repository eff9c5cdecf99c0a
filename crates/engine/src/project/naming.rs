//! Classes by their names: found, made, renamed. No two have names that people take for one.

use std::collections::HashMap;

use super::Project;
use data::class::{Class, ClassId, Colour, PALETTE};
use data::limits::MOST_CLASSES;
use data::names::{is_long, kept, key, numbered};

/// For a name of which nothing is kept.
const NAMELESS: &str = "Class";

/// Which class has which name, by the names' keys.
type Taken = HashMap<String, ClassId>;

impl Project {
    /// The classes of these names, made where they are missing and stored once; or how many there would be, where they
    /// are too many: then none is made. Of long names all letters count, though not all are kept.
    pub fn classes_named<'a>(
        &mut self,
        names: impl IntoIterator<Item = &'a str>,
    ) -> Result<Vec<ClassId>, usize> {
        let mut taken = self.taken(None);
        let mut colours = self.free_colours();
        let (mut ids, mut made, mut beyond) = (Vec::new(), Vec::new(), 0);
        for name in names {
            if self.classes.len() + made.len() > MOST_CLASSES {
                beyond += 1;
                continue;
            }
            let id = self.find(name, &taken).unwrap_or_else(|| {
                let id = ClassId(self.next_class);
                self.next_class += 1;
                let name = free(name, &taken);
                taken.insert(key(&name), id);
                let colour = colours.pop().unwrap_or_else(|| colour_of(id));
                made.push(Class { id, name, colour });
                id
            });
            if is_long(name) {
                self.long_names.insert(key(name), id);
            }
            ids.push(id);
        }
        let classes = self.classes.len() + made.len();
        if classes > MOST_CLASSES && !made.is_empty() {
            return Err(classes + beyond);
        }
        if !made.is_empty() {
            self.unproven.extend(made.iter().map(|class| class.id));
            self.classes.append(&mut made);
            self.write_classes();
        }
        Ok(ids)
    }

    /// The class that samples of this name would go to, if it is there.
    pub fn class_called(&self, name: &str) -> Option<ClassId> {
        self.find(name, &self.taken(None))
    }

    fn find(&self, name: &str, taken: &Taken) -> Option<ClassId> {
        let whole = key(name);
        if !is_long(name) {
            return taken.get(&whole).copied();
        }
        let known = self.long_names.get(&whole);
        let is_there = |id: &&ClassId| taken.values().any(|other| other == *id);
        if let Some(id) = known.filter(is_there) {
            return Some(*id);
        }
        // What is kept of it may be another one's; after a reload nobody knows whose.
        let mut spellings = spellings(kept(name)).map_while(|name| taken.get(&key(&name)).copied());
        spellings.find(|id| !self.long_names.values().any(|other| other == id))
    }

    /// A class with this name, or a numbered one where the name is taken; or how many classes there would be, where they
    /// are too many.
    pub fn add_class(&mut self, name: &str) -> Result<ClassId, usize> {
        let classes = self.classes.len() + 1;
        if classes > MOST_CLASSES {
            return Err(classes);
        }
        let id = ClassId(self.next_class);
        self.next_class += 1;
        let name = self.free_name(name, None);
        let colour = self.free_colours().pop().unwrap_or_else(|| colour_of(id));
        self.classes.push(Class { id, name, colour });
        self.write_classes();
        Ok(id)
    }

    /// An empty name keeps the old one.
    pub fn rename(&mut self, id: ClassId, name: &str) {
        if kept(name).is_empty() {
            return;
        }
        let name = self.free_name(name, Some(id));
        if let Some(class) = self.classes.iter_mut().find(|c| c.id == id) {
            class.name = name;
            self.unproven.remove(&id);
            self.write_classes();
        }
    }

    /// The name as it is kept, with a number where another class has it.
    pub(super) fn free_name(&self, name: &str, of: Option<ClassId>) -> String {
        free(name, &self.taken(of))
    }

    fn taken(&self, but: Option<ClassId>) -> Taken {
        let others = self.classes.iter().filter(|c| Some(c.id) != but);
        others.map(|c| (key(&c.name), c.id)).collect()
    }

    /// Colours that no class has, the first one last.
    fn free_colours(&self) -> Vec<Colour> {
        let unused = |colour: &&Colour| self.classes.iter().all(|c| c.colour != **colour);
        PALETTE.iter().filter(unused).rev().copied().collect()
    }
}

fn colour_of(id: ClassId) -> Colour {
    PALETTE[id.0 as usize % PALETTE.len()]
}

fn free(name: &str, taken: &Taken) -> String {
    let name = Some(kept(name)).filter(|name| !name.is_empty());
    let mut spellings = spellings(name.unwrap_or_else(|| NAMELESS.to_owned()));
    spellings
        .find(|name| !taken.contains_key(&key(name)))
        .expect("the numbers do not end before the classes do")
}

/// A name, and the same with the numbers from 2 on.
fn spellings(name: String) -> impl Iterator<Item = String> {
    let more = name.clone();
    std::iter::once(name).chain((2..).map(move |i| numbered(&more, i)))
}
