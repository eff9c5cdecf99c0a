//! What an exported classifier is for, and what it lacks.

use data::export::Format;

pub fn export_name(format: Format) -> &'static str {
    match format {
        Format::Onnx => words::export_onnx(),
        Format::TeachableMachine => words::export_teachable_machine(),
        Format::TfLite => words::export_tflite(),
        Format::Python => words::export_python(),
    }
}

pub fn export_for(format: Format) -> &'static str {
    match format {
        Format::Onnx => words::export_onnx_for(),
        Format::TeachableMachine => words::export_teachable_machine_for(),
        Format::TfLite => words::export_tflite_for(),
        Format::Python => words::export_python_for(),
    }
}

/// None where all is carried.
pub fn export_lacks(format: Format) -> Option<&'static str> {
    match format {
        Format::TeachableMachine => Some(words::export_teachable_machine_lacks()),
        Format::TfLite => Some(words::export_tflite_lacks()),
        Format::Onnx | Format::Python => None,
    }
}
