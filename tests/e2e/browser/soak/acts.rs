//! What a user does, and what may break while it is done.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::{Context, ensure};
use e2e::{Browser, LONG, Page, Result, SHORT, TempDir, bad_file, photo, small_photo, until};
use serde_json::json;

use super::model::Model;
use super::state::{app, app_says, holds, quiet, shows};

pub(super) const ADDRESS: &str = "?device=cpu&seed=1";
const MOST_CLASSES: usize = 9;
/// Without it a card hides the older ones.
const MOST_SAMPLES: usize = 50;
/// A page of older builds gives up at the next broken worker.
const BREAKS: usize = 3;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Act {
    AddClass,
    Rename,
    AddSamples,
    /// Among others that are there already, and one that is none.
    AddOddPhotos,
    DeleteSamples,
    DeleteClass,
    Move,
    Undo,
    Train,
    Try,
    Reload,
    ReloadWhileAdding,
    ReloadWhileTraining,
    BreakWorker,
    BreakWhileAdding,
    BreakWhileTraining,
    /// Another tab looks on and is closed again.
    SecondTab,
    /// Another tab takes the project over, and the first one is closed.
    TakeOver,
    /// Nothing can be stored for a time.
    FullStorage,
}

/// How often each is chosen, relative to the others.
const WEIGHTS: [(Act, u64); 19] = [
    (Act::AddSamples, 24),
    (Act::AddOddPhotos, 5),
    (Act::AddClass, 8),
    (Act::Rename, 6),
    (Act::DeleteSamples, 10),
    (Act::DeleteClass, 3),
    (Act::Move, 10),
    (Act::Undo, 10),
    (Act::Train, 4),
    (Act::Try, 3),
    (Act::Reload, 5),
    (Act::ReloadWhileAdding, 3),
    (Act::ReloadWhileTraining, 1),
    (Act::BreakWorker, 2),
    (Act::BreakWhileAdding, 3),
    (Act::BreakWhileTraining, 1),
    (Act::SecondTab, 2),
    (Act::TakeOver, 2),
    (Act::FullStorage, 2),
];

pub struct Soak<'a> {
    pub(super) browser: &'a Browser,
    pub(super) page: &'a Page,
    folder: TempDir,
    pub(super) model: Model,
    random: u64,
    /// Number of the next photo, and of the next name of a class.
    photos: u32,
    names: u32,
    /// Since the page was loaded.
    pub(super) broken: usize,
    /// This build knows of other tabs and says what is stored.
    knows_tabs: bool,
    done: BTreeMap<Act, usize>,
}

impl<'a> Soak<'a> {
    pub async fn begin(browser: &'a Browser, seed: u64) -> Result<Self> {
        let page = &browser.page;
        page.open(ADDRESS).await?;
        let knows_tabs = app(page, "writer").await?.is_some();
        if !knows_tabs {
            println!(
                "This build has no data-writer: acts with a second tab and with full storage are left out."
            );
        }
        Ok(Self {
            browser,
            page,
            folder: TempDir::new()?,
            model: Model::default(),
            random: seed,
            photos: 0,
            names: 0,
            broken: 0,
            knows_tabs,
            done: BTreeMap::new(),
        })
    }

    /// SplitMix64 (Steele, Lea, Flood 2014); less than `end`.
    pub(super) fn below(&mut self, end: usize) -> usize {
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.random ^ (self.random >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % end.max(1) as u64) as usize
    }

    /// An act that is possible now.
    pub fn choose(&mut self) -> Act {
        loop {
            let mut left = self.below(WEIGHTS.iter().map(|(_, weight)| *weight as usize).sum());
            let act = WEIGHTS.iter().find(|(_, weight)| {
                let here = left < *weight as usize;
                left = left.saturating_sub(*weight as usize);
                here
            });
            let (act, _) = act.expect("the weights add up");
            if self.possible(*act) {
                return *act;
            }
        }
    }

    fn possible(&self, act: Act) -> bool {
        let filled = self
            .model
            .classes
            .iter()
            .filter(|c| !c.photos.is_empty())
            .count();
        let room = self
            .model
            .classes
            .iter()
            .any(|c| c.photos.len() < MOST_SAMPLES);
        match act {
            Act::AddClass => self.model.classes.len() < MOST_CLASSES,
            Act::Rename | Act::DeleteClass => !self.model.classes.is_empty(),
            Act::AddSamples | Act::ReloadWhileAdding => room,
            Act::AddOddPhotos => room && filled > 0,
            Act::DeleteSamples => filled > 0,
            Act::Move => filled > 0 && self.model.classes.len() > 1,
            Act::Undo => self.model.can_undo(),
            Act::Train | Act::Try | Act::ReloadWhileTraining => filled > 1,
            Act::Reload => true,
            Act::BreakWorker => self.knows_tabs || self.broken < BREAKS,
            Act::BreakWhileAdding => room && (self.knows_tabs || self.broken < BREAKS),
            Act::BreakWhileTraining => filled > 1 && (self.knows_tabs || self.broken < BREAKS),
            Act::SecondTab | Act::TakeOver => self.knows_tabs,
            Act::FullStorage => self.knows_tabs && room,
        }
    }

    /// Does it, and holds the page against the model.
    pub async fn perform(&mut self, act: Act) -> Result {
        match act {
            Act::AddClass => self.add_class().await?,
            Act::Rename => self.rename().await?,
            Act::AddSamples => drop(self.add_photos(8, false).await?),
            Act::AddOddPhotos => drop(self.add_photos(4, true).await?),
            Act::DeleteSamples => self.delete_photos().await?,
            Act::DeleteClass => self.delete_class().await?,
            Act::Move => self.move_photos().await?,
            Act::Undo => self.undo().await?,
            Act::Train => self.train().await?,
            Act::Try => self.try_photo().await?,
            Act::Reload => self.reload().await?,
            Act::ReloadWhileAdding => self.reload_while_adding().await?,
            Act::ReloadWhileTraining => self.reload_while_training().await?,
            Act::BreakWorker => self.break_worker().await?,
            Act::BreakWhileAdding => {
                self.add_photos(12, false).await?;
                self.break_worker().await?;
            }
            Act::BreakWhileTraining => {
                self.press("train", None).await?;
                self.break_worker().await?;
            }
            Act::SecondTab => self.second_tab().await?,
            Act::TakeOver => self.take_over().await?,
            Act::FullStorage => self.full_storage().await?,
        }
        shows(self.page, &self.model).await?;
        quiet(self.page).await?;
        if self.knows_tabs {
            app_says(self.page, "stored", "true").await?;
        }
        holds(self.page, &self.model, act == Act::Reload).await?;
        *self.done.entry(act).or_default() += 1;
        Ok(())
    }

    pub fn account(&self) -> String {
        let done: Vec<_> = self
            .done
            .iter()
            .map(|(act, n)| format!("{n} × {act:?}"))
            .collect();
        format!(
            "{} photos in {} classes in the end, {} made; {}",
            self.model.count(),
            self.model.classes.len(),
            self.photos,
            done.join(", ")
        )
    }

    fn any_class(&mut self, fits: impl Fn(&super::model::Class) -> bool) -> usize {
        let classes = self.model.classes.iter().enumerate();
        let places: Vec<usize> = classes.filter(|(_, c)| fits(c)).map(|(i, _)| i).collect();
        places[self.below(places.len())]
    }

    /// One photo or more of a class.
    fn some_photos(&mut self, class: usize) -> Vec<String> {
        let mut photos: Vec<String> = self.model.classes[class].photos.iter().cloned().collect();
        let wanted = 1 + self.below(photos.len().min(6));
        while photos.len() > wanted {
            let out = self.below(photos.len());
            photos.swap_remove(out);
        }
        photos
    }

    fn new_name(&mut self) -> String {
        self.names += 1;
        let kind = ["Sorte", "röda hus", "日本", "a, b; \"c\"", "😀", "<b>x</b>"];
        format!("{} {}", kind[self.below(kind.len())], self.names)
    }

    pub(super) fn name(&self, class: usize) -> String {
        self.model.classes[class].name.clone()
    }

    /// Presses a button, perhaps in a class's card, as soon as it can be pressed. By script: a notice may lie over it.
    pub(super) async fn press(&self, id: &str, class: Option<&str>) -> Result {
        let press = "
            const [id, name] = arguments;
            const button = one(id, name === null ? undefined : card(name) ?? document.createElement('div'));
            if (!button || button.disabled) return false;
            button.click();
            return true;";
        until(&format!("{id} of {class:?}"), SHORT, async || {
            let pressed: bool = self.page.ask(press, &[json!(id), json!(class)]).await?;
            Ok(pressed.then_some(()))
        })
        .await
    }

    async fn add_class(&mut self) -> Result {
        let before = self.model.classes.len();
        self.press("class-add", None).await?;
        until("the new class", SHORT, async || {
            Ok((self.page.classes().await?.len() > before).then_some(()))
        })
        .await?;
        let cards = self.page.classes().await?;
        let name = &cards.last().context("no class is there")?.name;
        self.model.add_class(name);
        Ok(())
    }

    async fn rename(&mut self) -> Result {
        let class = self.any_class(|_| true);
        let (old, new) = (self.name(class), self.new_name());
        self.write_name(&old, &new).await?;
        self.model.classes[class].name = new;
        Ok(())
    }

    /// By script: not every driver types letters beyond the first plane.
    async fn write_name(&self, old: &str, new: &str) -> Result {
        let write = "
            const input = one('class-name', card(arguments[0]));
            input.value = arguments[1];
            input.dispatchEvent(new Event('change', { bubbles: true }));";
        self.page.ask(write, &[json!(old), json!(new)]).await
    }

    fn new_photos(&mut self, most: usize) -> Result<Vec<PathBuf>> {
        let count = 1 + self.below(most) as u32;
        let numbers = self.photos..self.photos + count;
        self.photos += count;
        numbers
            .map(|n| small_photo(self.folder.path(), n))
            .collect()
    }

    /// Hands files to a class; which, and the names of the new photos.
    pub(super) async fn add_photos(
        &mut self,
        most: usize,
        odd: bool,
    ) -> Result<(usize, Vec<String>)> {
        let class = self.any_class(|c| c.photos.len() < MOST_SAMPLES);
        let mut files = self.new_photos(most)?;
        if odd {
            let known = self.any_class(|c| !c.photos.is_empty());
            for twin in self.some_photos(known) {
                files.insert(0, self.folder.path().join(twin));
            }
            files.push(bad_file("not-an-image.jpg")?);
        }
        self.page.add_photos(&self.name(class), &files).await?;
        let names = files.iter().map(|file| name_of(file));
        let names: Vec<String> = names.filter(|name| name.starts_with("photo-")).collect();
        self.model.add_photos(class, &names);
        Ok((class, names))
    }

    /// Ticks photos of a class.
    async fn tick(&self, class: &str, photos: &[String]) -> Result {
        let tick = "
            for (const photo of all('photo', card(arguments[0])))
                if (arguments[1].includes(photo.querySelector('img').alt)) one('photo-select', photo).click();";
        self.page.ask(tick, &[json!(class), json!(photos)]).await
    }

    async fn delete_photos(&mut self) -> Result {
        let class = self.any_class(|c| !c.photos.is_empty());
        let photos = self.some_photos(class);
        let name = self.name(class);
        self.tick(&name, &photos).await?;
        self.press("photos-delete", Some(&name)).await?;
        self.model.delete_photos(class, &photos);
        Ok(())
    }

    async fn delete_class(&mut self) -> Result {
        let class = self.any_class(|_| true);
        self.press("class-delete", Some(&self.name(class))).await?;
        self.model.delete_class(class);
        Ok(())
    }

    async fn move_photos(&mut self) -> Result {
        let from = self.any_class(|c| !c.photos.is_empty());
        let here = self.name(from);
        let to = self.any_class(|c| c.name != here);
        let photos = self.some_photos(from);
        self.tick(&here, &photos).await?;
        self.page.in_class(&here, "photos-move").await?;
        let shift = "
            const select = one('photos-move', card(arguments[0]));
            select.value = card(arguments[1]).dataset.classId;
            select.dispatchEvent(new Event('change', { bubbles: true }));";
        let there = self.name(to);
        self.page
            .ask::<()>(shift, &[json!(here), json!(there)])
            .await?;
        self.model.move_photos(from, to, &photos);
        Ok(())
    }

    async fn undo(&mut self) -> Result {
        self.press("undo", None).await?;
        self.model.undo();
        Ok(())
    }

    async fn train(&mut self) -> Result {
        self.press("train", None).await?;
        quiet(self.page).await?;
        until("the head", SHORT, async || self.page.head().await).await?;
        Ok(())
    }

    async fn try_photo(&mut self) -> Result {
        if self.page.head().await?.is_none() {
            self.train().await?;
        }
        let results = self.page.try_photos(&[photo("fruit_1.jpg")?], LONG).await?;
        let sum: f64 = results[0].predictions.iter().map(|p| p.confidence).sum();
        ensure!((sum - 1.0).abs() < 0.02, "{results:?}");
        Ok(())
    }
}

fn name_of(file: &std::path::Path) -> String {
    let name = file.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}
