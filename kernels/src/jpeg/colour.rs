//! From a JPEG's components to RGB.

use super::Plane;

/// The upper left `width` × `height` of the planes: one grey, or YCbCr by the formulas of JFIF 1.02.
pub fn rgb(planes: &[Plane], width: usize, height: usize) -> Vec<u8> {
    let mut rgb = vec![0; 3 * width * height];
    for (y, row) in rgb.chunks_exact_mut(3 * width).enumerate() {
        let of = |plane: &Plane| plane.stride * y..plane.stride * y + width;
        let (pixels, _) = row.as_chunks_mut::<3>();
        match planes {
            [luma, blue, red] => {
                let colours = blue.values[of(blue)].iter().zip(&red.values[of(red)]);
                let values = luma.values[of(luma)].iter().zip(colours);
                for (pixel, (y, (cb, cr))) in pixels.iter_mut().zip(values) {
                    *pixel = pixel_of(*y, *cb, *cr);
                }
            }
            [grey, ..] => {
                let values = &grey.values[of(grey)];
                pixels
                    .iter_mut()
                    .zip(values)
                    .for_each(|(p, v)| *p = [*v; 3]);
            }
            [] => {}
        }
    }
    rgb
}

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
