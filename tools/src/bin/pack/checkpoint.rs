//! PyTorch's checkpoint format from before version 1.6: five pickles, then the raw numbers.
//!
//! The pickles are a magic number, a protocol number, facts about the machine, the state dict, and the list of storage
//! keys; then each storage in that order, as a 64-bit count and its elements (`torch/serialization.py`, `_legacy_save`).
//! A tensor is a *view* of a storage: offset, shape and strides. Fifty of this checkpoint's tensors are not contiguous
//! (they were transposed from TensorFlow's layout), so reading them in storage order would give garbage.

use std::collections::{BTreeMap, HashMap};

use crate::pickle::{self, PickleError, Value};

/// `torch/serialization.py`: 0x1950a86a20f9469cfc6c, little-endian.
const MAGIC: [u8; 10] = [0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19];
const PROTOCOL: i64 = 1001;

#[derive(Debug, thiserror::Error)]
pub enum CheckpointError {
    #[error(transparent)]
    Pickle(#[from] PickleError),
    #[error("it is not in PyTorch's old format (magic number or protocol differ)")]
    NotACheckpoint,
    #[error("it comes from a big-endian machine")]
    BigEndian,
    #[error("its {0} is not what PyTorch writes")]
    Unexpected(&'static str),
    #[error("storage {0} is missing or has another size than announced")]
    Storage(String),
    #[error("tensor {0} reaches outside its storage")]
    OutOfBounds(String),
    #[error("there are {0} bytes behind the last storage")]
    Trailing(usize),
}

/// A dense tensor in row-major order.
#[derive(Clone, Debug)]
pub struct Tensor {
    pub shape: Vec<usize>,
    pub values: Vec<f32>,
}

/// The float tensors of a checkpoint by name. Integer tensors (batch norm's step counters) are left out.
pub fn read(mut input: &[u8]) -> Result<BTreeMap<String, Tensor>, CheckpointError> {
    let input = &mut input;
    if pickle::read(input)? != Value::BigInt(MAGIC.to_vec())
        || pickle::read(input)? != Value::Int(PROTOCOL)
    {
        return Err(CheckpointError::NotACheckpoint);
    }
    check_byte_order(pickle::read(input)?)?;
    let Value::Dict(state) = pickle::read(input)? else {
        return Err(CheckpointError::Unexpected("state dict"));
    };
    let views = state
        .into_iter()
        .map(|(name, tensor)| View::new(name, tensor))
        .collect::<Result<Vec<_>, _>>()?;
    let storages = read_storages(input, &views)?;

    let mut tensors = BTreeMap::new();
    for view in views.iter().filter(|view| view.kind == Kind::Float) {
        let storage = storages
            .get(&view.storage)
            .ok_or_else(|| CheckpointError::Storage(view.storage.clone()))?;
        tensors.insert(view.name.clone(), view.gather(storage)?);
    }
    Ok(tensors)
}

fn check_byte_order(machine: Value) -> Result<(), CheckpointError> {
    let Value::Dict(facts) = machine else {
        return Err(CheckpointError::Unexpected("description of the machine"));
    };
    let little_endian = (Value::Text("little_endian".into()), Value::Bool(true));
    if facts.contains(&little_endian) {
        Ok(())
    } else {
        Err(CheckpointError::BigEndian)
    }
}

/// The raw bytes of every storage by key.
fn read_storages<'a>(
    input: &mut &'a [u8],
    views: &[View],
) -> Result<HashMap<String, &'a [u8]>, CheckpointError> {
    let announced: HashMap<&str, &View> = views
        .iter()
        .map(|view| (view.storage.as_str(), view))
        .collect();
    let Value::List(keys) = pickle::read(input)? else {
        return Err(CheckpointError::Unexpected("list of storages"));
    };
    let mut storages = HashMap::new();
    for key in keys {
        let Value::Text(key) = key else {
            return Err(CheckpointError::Unexpected("list of storages"));
        };
        let mut count = [0; 8];
        count.copy_from_slice(pickle::take(input, 8)?);
        let wrong = || CheckpointError::Storage(key.clone());
        let view = announced.get(key.as_str()).ok_or_else(wrong)?;
        if usize::try_from(u64::from_le_bytes(count)) != Ok(view.storage_len) {
            return Err(wrong());
        }
        let bytes = view.storage_len.checked_mul(view.kind.width());
        let data = pickle::take(input, bytes.ok_or_else(wrong)?)?;
        storages.insert(key, data);
    }
    if !input.is_empty() {
        return Err(CheckpointError::Trailing(input.len()));
    }
    Ok(storages)
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Float,
    Long,
}

impl Kind {
    /// Bytes an element.
    fn width(self) -> usize {
        match self {
            Kind::Float => 4,
            Kind::Long => 8,
        }
    }
}

/// How a tensor lies in its storage; offset and strides count elements.
struct View {
    name: String,
    kind: Kind,
    storage: String,
    storage_len: usize,
    offset: usize,
    shape: Vec<usize>,
    strides: Vec<usize>,
}

impl View {
    /// From `torch._utils._rebuild_tensor_v2(storage, offset, shape, strides, …)`, where the storage is the persistent
    /// id `("storage", type, key, device, length, …)`.
    fn new(name: Value, tensor: Value) -> Result<Self, CheckpointError> {
        let unexpected = CheckpointError::Unexpected("description of a tensor");
        let (Value::Text(name), Value::Call(function, arguments)) = (name, tensor) else {
            return Err(unexpected);
        };
        let [
            Value::Persistent(storage),
            Value::Int(offset),
            shape,
            strides,
            ..,
        ] = arguments.as_slice()
        else {
            return Err(unexpected);
        };
        let Value::Tuple(storage) = storage.as_ref() else {
            return Err(unexpected);
        };
        let [
            Value::Text(tag),
            Value::Global(kind),
            Value::Text(key),
            _,
            Value::Int(len),
            ..,
        ] = storage.as_slice()
        else {
            return Err(unexpected);
        };
        let kind = match kind.as_str() {
            "torch FloatStorage" => Kind::Float,
            "torch LongStorage" => Kind::Long,
            _ => return Err(unexpected),
        };
        let (shape, strides) = (sizes(shape)?, sizes(strides)?);
        if function != "torch._utils _rebuild_tensor_v2"
            || tag != "storage"
            || shape.len() != strides.len()
        {
            return Err(unexpected);
        }
        Ok(Self {
            name,
            kind,
            storage: key.clone(),
            storage_len: size(*len)?,
            offset: size(*offset)?,
            shape,
            strides,
        })
    }

    /// Copies the elements out in row-major order of the tensor's shape.
    fn gather(&self, storage: &[u8]) -> Result<Tensor, CheckpointError> {
        let outside = || CheckpointError::OutOfBounds(self.name.clone());
        // Element positions in the storage, refined one dimension at a time, so the last dimension varies fastest.
        let mut positions = vec![self.offset];
        for (&length, &stride) in self.shape.iter().zip(&self.strides) {
            // Every element of a checkpoint's tensor has a place of its own: more elements than places is a lie.
            if positions.len().saturating_mul(length) > self.storage_len {
                return Err(outside());
            }
            positions = positions
                .iter()
                .flat_map(|&start| {
                    (0..length).map(move |i| start.saturating_add(i.saturating_mul(stride)))
                })
                .collect();
        }
        let (elements, _) = storage.as_chunks::<4>();
        let values = positions
            .into_iter()
            .map(|position| elements.get(position).map(|&raw| f32::from_le_bytes(raw)))
            .collect::<Option<Vec<_>>>()
            .ok_or_else(outside)?;
        Ok(Tensor {
            shape: self.shape.clone(),
            values,
        })
    }
}

fn sizes(value: &Value) -> Result<Vec<usize>, CheckpointError> {
    let unexpected = CheckpointError::Unexpected("description of a tensor");
    let Value::Tuple(items) = value else {
        return Err(unexpected);
    };
    items
        .iter()
        .map(|item| match item {
            Value::Int(number) => size(*number),
            _ => Err(CheckpointError::Unexpected("description of a tensor")),
        })
        .collect()
}

fn size(number: i64) -> Result<usize, CheckpointError> {
    usize::try_from(number).map_err(|_| CheckpointError::Unexpected("size of a tensor"))
}
