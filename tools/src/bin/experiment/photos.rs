//! Labelled photos from a folder of folders, and draws of them.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use data::folders::{Kind, kind};
use formats::photo;
use learn::tuner::{Picture, augment};
use network::preprocess::to_square;
use network::random::SplitMix64;

/// Photos are kept at most this large: crops of them still fill the network's input.
const LARGEST: u32 = 288;

pub struct Set {
    pub name: String,
    pub classes: Vec<String>,
    pub pictures: Vec<Picture>,
    /// As the backbone sees it in the app: resized once, straight from the photo.
    pub squares: Vec<Vec<u8>>,
}

pub type Failure = Box<dyn Error>;

impl Set {
    /// A class a folder, its photos in the order of their names.
    pub fn read(folder: &Path, size: usize) -> Result<Self, Failure> {
        let mut set = Self {
            name: name_of(folder),
            classes: Vec::new(),
            pictures: Vec::new(),
            squares: Vec::new(),
        };
        for class in sorted(folder)? {
            if !class.is_dir() {
                continue;
            }
            for file in sorted(&class)? {
                let bytes = fs::read(&file)?;
                let photo = photo::decode(&bytes).map_err(|e| format!("{file:?}: {e}"))?;
                let side = photo.width().min(photo.height()).min(LARGEST);
                set.pictures.push(Picture {
                    rgb: to_square(&photo, side).into_raw().into(),
                    class: set.classes.len(),
                });
                let square = to_square(&photo, size as u32).into_raw();
                set.squares.push(square);
            }
            set.classes.push(name_of(&class));
        }
        Ok(set)
    }

    /// `photos` of each class to learn from and up to 70 others of it to test on, drawn by the
    /// seed: indices into the pictures.
    pub fn draw(&self, photos: usize, seed: u64) -> (Vec<usize>, Vec<usize>) {
        const TEST: usize = 70;
        let mut random = SplitMix64(seed);
        let (mut train, mut test) = (Vec::new(), Vec::new());
        for class in 0..self.classes.len() {
            let all = 0..self.pictures.len();
            let of_class: Vec<usize> = all.filter(|i| self.pictures[*i].class == class).collect();
            let order = random.shuffled(of_class.len());
            let drawn: Vec<usize> = order.into_iter().map(|i| of_class[i]).collect();
            train.extend_from_slice(&drawn[..photos]);
            test.extend(drawn[photos..].iter().take(TEST));
        }
        (train, test)
    }

    /// Every photo shrunk to 16 × 16, -1..=1: features that know nothing.
    pub fn pixels(&self) -> Vec<Vec<f32>> {
        let small = |picture: &Picture| {
            let square = augment::plain(picture, 16);
            square.iter().map(|v| f32::from(*v) / 127.5 - 1.0).collect()
        };
        self.pictures.iter().map(small).collect()
    }

    pub fn pick(&self, indices: &[usize]) -> Vec<Picture> {
        indices.iter().map(|i| self.pictures[*i].clone()).collect()
    }
}

/// One folder a set; those without photos in two classes or more, of sounds say, are none.
pub fn folders(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let is_photo = |path: &PathBuf| kind(&name_of(path)) == Kind::Sample;
    let is_class = |class: &PathBuf| {
        class.is_dir() && sorted(class).is_ok_and(|files| files.iter().any(is_photo))
    };
    let is_set = |path: &PathBuf| {
        path.is_dir()
            && sorted(path).is_ok_and(|all| all.iter().filter(|c| is_class(c)).count() > 1)
    };
    Ok(sorted(folder)?.into_iter().filter(is_set).collect())
}

fn name_of(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}

fn sorted(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let entries = fs::read_dir(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    Ok(paths)
}
