//! From a JPEG's components to RGB.

use super::markers::Colours;
use super::planes::{Plane, Room};

/// The upper left `width` × `height` of the planes.
pub fn rgb(planes: &[Plane], colours: Colours, width: usize, height: usize) -> Vec<u8> {
    let mut rgb = vec![0; 3 * width * height];
    let mut rooms: [Room; 4] = Default::default();
    for (y, row) in rgb.chunks_exact_mut(3 * width).enumerate() {
        let (pixels, _) = row.as_chunks_mut::<3>();
        let mut rows = planes.iter().zip(&mut rooms);
        let rows: [_; 4] = std::array::from_fn(|_| {
            let (plane, room) = rows.next()?;
            Some(plane.row(y, width, room))
        });
        let [Some(first), rest @ ..] = &rows else {
            return rgb;
        };
        match rest {
            [Some(second), Some(third), fourth] => {
                let colour = first.iter().zip(second.iter().zip(third.iter()));
                let threes = pixels.iter_mut().zip(colour);
                match colours {
                    Colours::YCbCr | Colours::Ycck => {
                        threes.for_each(|(p, (y, (cb, cr)))| *p = pixel_of(*y, *cb, *cr))
                    }
                    _ => threes.for_each(|(p, (r, (g, b)))| *p = [*r, *g, *b]),
                }
                if let Some(black) = fourth {
                    let is_ycck = colours == Colours::Ycck;
                    for (pixel, black) in pixels.iter_mut().zip(black.iter()) {
                        let ink = |v: u8| if is_ycck { 255 - v } else { v };
                        *pixel = pixel.map(|v| through(ink(v), *black));
                    }
                }
            }
            _ => {
                let greys = pixels.iter_mut().zip(first.iter());
                greys.for_each(|(p, v)| *p = [*v; 3]);
            }
        }
    }
    rgb
}

/// By the formulas of JFIF 1.02.
#[inline(always)]
fn pixel_of(y: u8, cb: u8, cr: u8) -> [u8; 3] {
    // Numbers in 65,536ths, with a half to round to the nearest.
    let y = (i32::from(y) << 16) + (1 << 15);
    let (cb, cr) = (i32::from(cb) - 128, i32::from(cr) - 128);
    let [r, g, b] = [
        y + 91_881 * cr,
        y - 22_554 * cb - 46_802 * cr,
        y + 116_130 * cb,
    ];
    [r, g, b].map(|v| (v >> 16).clamp(0, 255) as u8)
}

/// The light that one ink and black let through, 255 for all.
fn through(ink: u8, black: u8) -> u8 {
    ((u32::from(ink) * u32::from(black) + 127) / 255) as u8
}
