//! The camera: its frames are tried one after the other, and none is kept.

use image::RgbImage;

use super::Photos;
use crate::modality::Modality;
use crate::{Engine, Output, plain};
use data::backbone::DeviceKind;
use data::problem::Problem;
use data::protocol::Event;

impl Engine {
    /// What the head says of a camera's frame, RGBA.
    pub(crate) async fn try_frame(
        &self,
        width: u32,
        height: u32,
        rgba: &[u8],
    ) -> Result<Vec<Output>, Problem> {
        let rgb = rgba
            .as_chunks::<4>()
            .0
            .iter()
            .flat_map(|p| [p[0], p[1], p[2]]);
        let Some(frame) = RgbImage::from_vec(width, height, rgb.collect()) else {
            return Ok(Vec::new());
        };
        let input = Photos::input(&frame.into(), self.backbone.spec().input_size);
        match self.predicting().embed(&[&input]).await {
            Ok(features) => {
                let (predictions, strangeness) = self.predict(&features[0]);
                Ok(vec![plain(Event::Frame {
                    predictions,
                    strangeness,
                })])
            }
            Err(e) if self.device.kind == DeviceKind::Webgpu => Ok(self.device_lost(&e)),
            Err(e) => Err(Problem::computation(&e)),
        }
    }
}
