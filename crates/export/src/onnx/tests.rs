use data::network::Network;
use half::f16;
use safetensors::SafeTensors;
use sha2::{Digest, Sha256};

use crate::graph::Graph;

/// These are the bytes that ONNX Runtime read: it computed from them what it computes from the model that
/// `tests/fixtures/make_tiny.py --check MODEL 48` makes itself. `GRAFT_ONNX` names a folder for them.
#[test]
fn the_made_up_network_is_written_as_onnx_runtime_read_it() {
    let file = include_bytes!("../../../../tests/fixtures/tiny.safetensors");
    let (_, header) = SafeTensors::read_metadata(file).expect("the fixture is safetensors");
    let about = header.metadata().as_ref().expect("it says what it is");
    let ops = serde_json::from_str(&about["network"]).expect("it describes its network");
    let network = Network::new(ops).expect("it keeps the rules");
    let tensors = SafeTensors::deserialize(file).expect("the fixture is safetensors");
    let values = |name: &str| {
        let halves = tensors.tensor(name)?.data().as_chunks().0.iter();
        Ok::<_, safetensors::SafeTensorError>(
            halves.map(|b| f16::from_le_bytes(*b).to_f32()).collect(),
        )
    };
    for (name, layers, hash) in [
        (
            "tiny",
            false,
            "7e98f91c7321baf07dea21505be52c61f5124a250491083e0ea81383f4e2b74a",
        ),
        (
            "tiny-layers",
            true,
            "159e1d6dcd4419979d50944e41c6f8dafb5bdebbe29569cf81850583340e694e",
        ),
    ] {
        let graph = Graph::features(&network, 48, layers, values).expect("all tensors are there");
        let model = super::features(&graph);
        if let Ok(folder) = std::env::var("GRAFT_ONNX") {
            let path = format!("{folder}/{name}.onnx");
            std::fs::write(path, &model).expect("the model can be written");
        }
        let found = Sha256::digest(&model);
        let found: String = found.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(found, hash, "{name}");
    }
}
