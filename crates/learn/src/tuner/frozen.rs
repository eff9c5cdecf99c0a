//! The part of the network before the cut, which stays as it is.

use burn::tensor::Device;

use network::burn_net::BurnNet;
use network::cpu_net::CpuNet;
use network::cut::Cut;
use network::weights::Layers;
use network::{ComputeError, preprocess};

pub(super) struct Frozen {
    size: usize,
    part: Part,
}

enum Part {
    /// Every layer learns: the picture itself enters.
    Nothing,
    Cpu(Box<CpuNet>),
    /// A network in burn's operations, and how many of its ops are frozen.
    Burn(Box<BurnNet>, usize),
}

impl Frozen {
    /// Without a device: our own kernels.
    pub fn new(layers: &Layers, size: usize, cut: Cut, device: Option<&Device>) -> Self {
        let part = match device {
            _ if cut.is_start() => Part::Nothing,
            None => Part::Cpu(Box::new(CpuNet::until(layers, size, cut.0))),
            Some(device) => {
                let device = device.clone().without_autodiff();
                Part::Burn(Box::new(BurnNet::new(layers, &device)), cut.0)
            }
        };
        Self { size, part }
    }

    /// From squares of RGB8 to what enters at the cut, one after the other. On the CPU a plane is
    /// `[side * side, channels]`, in burn `[channels, side, side]`.
    pub async fn run(&self, squares: &[Vec<u8>]) -> Result<Vec<Vec<f32>>, ComputeError> {
        let (n, size) = (squares.len(), self.size);
        let mut input = Vec::with_capacity(n * 3 * size * size);
        for square in squares {
            preprocess::normalise(square, &mut input);
        }
        let pictures = input.chunks_exact(3 * size * size);
        match &self.part {
            Part::Nothing => Ok(pictures.map(<[f32]>::to_vec).collect()),
            Part::Cpu(net) => Ok(pictures.map(|picture| net.run(picture)).collect()),
            Part::Burn(net, end) => {
                let values = net.until(input, n, size, *end).await?;
                let pictures = values.chunks_exact(values.len() / n.max(1));
                Ok(pictures.map(<[f32]>::to_vec).collect())
            }
        }
    }
}
