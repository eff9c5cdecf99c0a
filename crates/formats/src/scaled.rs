//! Photos that may have fewer pixels than their file: parts of them are named in pixels of the file all the same.

use image::metadata::Orientation;
use image::{DynamicImage, GrayImage, RgbImage};
use kernels::pictures::Picture;
use kernels::resize::Window;

/// A photo, upright.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Photo {
    pub pixels: RgbImage,
    /// Width and height in the file.
    pub whole: (u32, u32),
    /// How many of the file's pixels, across and down, became one.
    by: u32,
    /// Where the first of them begins: what does not fill a pixel is left out.
    first: (u32, u32),
}

impl From<RgbImage> for Photo {
    fn from(pixels: RgbImage) -> Self {
        Self {
            whole: pixels.dimensions(),
            pixels,
            by: 1,
            first: (0, 0),
        }
    }
}

impl Photo {
    /// Turned as EXIF says; None where there is no pixel.
    pub(super) fn upright(picture: Picture, turn: Option<Orientation>) -> Option<Self> {
        let Picture {
            pixels: (width, height),
            rgb,
            whole,
            by,
        } = picture;
        let pixels = RgbImage::from_raw(width as u32, height as u32, rgb)?;
        if pixels.is_empty() {
            return None;
        }
        let orientation = turn.unwrap_or(Orientation::NoTransforms);
        let mut upright = DynamicImage::from(pixels);
        upright.apply_orientation(orientation);
        // A mark in the corner of another picture tells what becomes of sides.
        let mut mark = GrayImage::new(2, 3);
        mark.put_pixel(0, 0, image::Luma([1]));
        let mut mark = DynamicImage::from(mark);
        mark.apply_orientation(orientation);
        let at = mark.as_bytes().iter().position(|v| *v == 1)? as u32;
        let (x, y) = (at % mark.width(), at / mark.width());
        let turned = |(a, b): (usize, usize)| match mark.width() {
            2 => (a as u32, b as u32),
            _ => (b as u32, a as u32),
        };
        let rest = turned((whole.0 % by, whole.1 % by));
        Some(Self {
            pixels: upright.into_rgb8(),
            whole: turned(whole),
            by: by as u32,
            first: (rest.0 * x.min(1), rest.1 * y.min(1)),
        })
    }

    /// As a decoder of pictures that are upright gives it.
    pub fn of(picture: Picture) -> Option<Self> {
        Self::upright(picture, None)
    }

    /// All of it.
    pub fn all(&self) -> Window {
        self.part((0, 0), self.whole)
    }

    /// The square in its middle.
    pub fn middle(&self) -> Window {
        let (width, height) = self.whole;
        let side = width.min(height);
        self.part(((width - side) / 2, (height - side) / 2), (side, side))
    }

    /// What begins at `from` in the file and is of this `size` there, among the pixels that there are.
    fn part(&self, from: (u32, u32), size: (u32, u32)) -> Window {
        let here = |v: f64| v / f64::from(self.by);
        Window {
            left: here(f64::from(from.0) - f64::from(self.first.0)),
            top: here(f64::from(from.1) - f64::from(self.first.1)),
            width: here(size.0.into()),
            height: here(size.1.into()),
        }
    }
}
