//! Writes safetensors: the same bytes every time.
//!
//! The `safetensors` crate keeps metadata in a hash map, whose order changes from run to run, so the header is written
//! here (it is one line of JSON) and the crate only checks the result.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use half::f16;
use serde_json::{Value, json};

#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    #[error("a number in {0} does not fit its type")]
    Range(String),
    #[error("the header cannot be written: {0}")]
    Header(#[from] serde_json::Error),
    #[error("the file made is not valid: {0}")]
    Invalid(#[from] safetensors::SafeTensorError),
}

/// From narrow to wide.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub enum Dtype {
    F16,
    F32,
}

/// A tensor of the file, row by row.
pub struct Part {
    pub name: String,
    pub shape: Vec<usize>,
    pub dtype: Dtype,
    pub values: Vec<f64>,
}

pub fn safetensors(
    mut parts: Vec<Part>,
    metadata: &BTreeMap<&str, String>,
) -> Result<Vec<u8>, WriteError> {
    // As the crate sorts: wide types first, so that all are aligned, then by name.
    parts.sort_by(|a, b| (Reverse(a.dtype), &a.name).cmp(&(Reverse(b.dtype), &b.name)));
    let mut header: BTreeMap<String, Value> =
        BTreeMap::from([("__metadata__".to_owned(), json!(metadata))]);
    let mut data = Vec::new();
    for part in parts {
        let start = data.len();
        for value in part.values {
            let value = value as f32;
            // The plain conversions use whatever instructions the machine has, with f64 not always rounded alike; this
            // one is computed in software, so it gives the same bits everywhere.
            let rounded = f16::from_f32_const(value);
            let fits = match part.dtype {
                Dtype::F16 => rounded.is_finite(),
                Dtype::F32 => value.is_finite(),
            };
            if !fits {
                return Err(WriteError::Range(part.name));
            }
            match part.dtype {
                Dtype::F16 => data.extend(rounded.to_le_bytes()),
                Dtype::F32 => data.extend(value.to_le_bytes()),
            }
        }
        let entry = Entry {
            dtype: part.dtype,
            shape: part.shape,
            data_offsets: [start, data.len()],
        };
        header.insert(part.name, serde_json::to_value(entry)?);
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
    dtype: Dtype,
    shape: Vec<usize>,
    data_offsets: [usize; 2],
}
