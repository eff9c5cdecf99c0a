//! Writes the backbone file: safetensors, every tensor f16, the same bytes every time.
//!
//! The `safetensors` crate keeps metadata in a hash map, whose order changes from run to run, so the header is written
//! here (it is one line of JSON) and the crate only checks the result.

use std::collections::BTreeMap;

use half::f16;
use serde_json::{Value, json};

use crate::fold::Convolution;

#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    #[error("a number in {0} does not fit f16")]
    Range(String),
    #[error("the header cannot be written: {0}")]
    Header(#[from] serde_json::Error),
    #[error("the file made is not valid: {0}")]
    Invalid(#[from] safetensors::SafeTensorError),
}

pub fn safetensors(
    convolutions: &[Convolution],
    metadata: &[(&str, &str)],
) -> Result<Vec<u8>, WriteError> {
    // Sorted by name, like the crate's own files of one dtype.
    let mut tensors = BTreeMap::new();
    for conv in convolutions {
        tensors.insert(
            format!("{}.weight", conv.name),
            (conv.shape.to_vec(), &conv.weight),
        );
        tensors.insert(
            format!("{}.bias", conv.name),
            (vec![conv.bias.len()], &conv.bias),
        );
    }

    let metadata: BTreeMap<_, _> = metadata.iter().copied().collect();
    let mut header: BTreeMap<String, Value> =
        BTreeMap::from([("__metadata__".to_owned(), json!(metadata))]);
    let mut data = Vec::new();
    for (name, (shape, values)) in tensors {
        let start = data.len();
        for &value in values {
            // The plain conversions use whatever instructions the machine has, with f64 not always rounded alike; this
            // one is computed in software, so it gives the same bits everywhere.
            let rounded = f16::from_f32_const(value as f32);
            if !rounded.is_finite() {
                return Err(WriteError::Range(name));
            }
            data.extend(rounded.to_le_bytes());
        }
        let entry = Entry {
            dtype: "F16",
            shape,
            data_offsets: [start, data.len()],
        };
        header.insert(name, serde_json::to_value(entry)?);
    }

    // The format: the header's length in 64 bits, the header filled up with spaces to a multiple of 8, the data.
    let mut header = serde_json::to_vec(&header)?;
    header.resize(header.len().next_multiple_of(8), b' ');
    let mut file = (header.len() as u64).to_le_bytes().to_vec();
    file.extend(header);
    file.extend(data);
    safetensors::SafeTensors::deserialize(&file)?;
    Ok(file)
}

#[derive(serde::Serialize)]
struct Entry {
    dtype: &'static str,
    shape: Vec<usize>,
    data_offsets: [usize; 2],
}
