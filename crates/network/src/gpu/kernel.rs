//! A kernel in WGSL, and how burn's runtime (CubeCL) is asked to run it.

use std::sync::Arc;

use burn::cubecl::client::Client;
use burn::cubecl::ir::attributes::BufferIOAttr;
use burn::cubecl::ir::metadata::Info;
use burn::cubecl::prelude::{
    AddressType, CubeCount, CubeDim, CubeKernel, ElemType, ExecutionMode, KernelDefinition,
    KernelId, KernelMetadata, KernelSettings, PrecompiledSource, Scope,
};
use burn::cubecl::server::{Handle, KernelArguments, MetadataBindingInfo};

/// Most workgroups in one direction that every WebGPU device takes (the specification's limit).
const MOST_WORKGROUPS: usize = 65_535;

/// The type of four weights as they are stored. They are computed with as `vec4f`.
pub const WEIGHTS: &str = "Weights";

/// The text of one kernel. Its bindings, in this order: what it reads, what it writes, and
/// `dims: array<u32>`, the sizes that change from layer to layer.
#[derive(Clone)]
pub struct Kernel {
    wgsl: Arc<str>,
    workgroup: u32,
}

/// How often a kernel runs, and with which sizes.
pub struct Launch<'a> {
    pub reads: &'a [&'a Handle],
    pub writes: &'a Handle,
    pub dims: &'a [u32],
    pub threads: usize,
}

impl Kernel {
    /// `body` reads `buffers` (name, element) and `dims`, and writes `y: array<vec4f>`. It finds the
    /// thread's number in `thread`. `half` decides what [`WEIGHTS`] are.
    pub fn new(buffers: &[(&str, &str)], half: bool, workgroup: u32, body: &str) -> Self {
        let mut wgsl = match half {
            true => format!("enable f16;\nalias {WEIGHTS} = vec4<f16>;\n"),
            false => format!("alias {WEIGHTS} = vec4f;\n"),
        };
        for (i, (name, element)) in buffers.iter().enumerate() {
            wgsl +=
                &format!("@group(0) @binding({i}) var<storage, read> {name}: array<{element}>;\n");
        }
        let n = buffers.len();
        wgsl += &format!(
            "@group(0) @binding({n}) var<storage, read_write> y: array<vec4f>;
@group(0) @binding({}) var<storage, read> dims: array<u32>;
@compute @workgroup_size({workgroup})
fn main(@builtin(global_invocation_id) id: vec3u) {{
let thread = id.x;
{body}}}
",
            n + 1
        );
        Self {
            wgsl: wgsl.into(),
            workgroup,
        }
    }

    /// With what the threads of a workgroup share, declared in WGSL.
    pub fn sharing(self, variables: &str) -> Self {
        Self {
            wgsl: format!("{}{variables}", self.wgsl).into(),
            ..self
        }
    }

    pub fn launch(&self, client: &Client, launch: &Launch) {
        let workgroups = launch.threads.div_ceil(self.workgroup as usize);
        assert!(workgroups <= MOST_WORKGROUPS, "the batch is too large");
        let mut arguments = KernelArguments::new();
        for read in launch.reads {
            let binding = (*read).clone().binding();
            arguments = arguments.with_buffer_io(binding, BufferIOAttr::ReadOnly);
        }
        let binding = launch.writes.clone().binding();
        arguments = arguments.with_buffer_io(binding, BufferIOAttr::WriteOnly);
        // Two numbers a word.
        let words = launch.dims.chunks(2).map(|pair| {
            let high = pair.get(1).copied().unwrap_or(0);
            u64::from(pair[0]) | u64::from(high) << 32
        });
        arguments = arguments.with_info(MetadataBindingInfo::custom(words.collect()));
        let count = CubeCount::Static(workgroups as u32, 1, 1);
        client.launch(Box::new(self.clone()), count, arguments);
    }
}

impl KernelMetadata for Kernel {
    /// A pipeline is kept under this name, so it holds all that a pipeline is made from.
    fn id(&self) -> KernelId {
        KernelId::new::<Self>()
            .cube_dim(CubeDim::new_1d(self.workgroup).0)
            .info(self.wgsl.clone())
    }

    fn address_type(&self) -> ElemType {
        AddressType::U32.unsigned_type()
    }
}

impl CubeKernel for Kernel {
    /// There is nothing to translate: [`Self::source`] is what runs.
    fn define(&self) -> KernelDefinition {
        let settings = KernelSettings::new(
            CubeDim::new_1d(self.workgroup).0,
            ExecutionMode::Unchecked,
            AddressType::U32,
        );
        KernelDefinition {
            body: Scope::root(settings.clone()),
            info: Info::default(),
            settings,
        }
    }

    fn source(&self) -> Option<PrecompiledSource> {
        Some(PrecompiledSource {
            source: self.wgsl.to_string(),
            entrypoint_name: "main".into(),
            lang: "wgsl",
        })
    }
}

/// One line of WGSL for each of `0..n`.
pub fn each(n: usize, line: impl Fn(usize) -> String) -> String {
    (0..n).map(|i| line(i) + "\n").collect()
}
