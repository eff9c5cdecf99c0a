//! What a model says of itself (`metadata_schema.fbs` of TensorFlow Lite): what goes in, and which class each answer is of.
//! Apps read it, so that nobody has to write that down in a program.

use data::export::Order;

use super::schema::{Field, Writer};

/// Under this name the model refers to it.
pub const NAME: &str = "TFLITE_METADATA";
/// The file with the classes' names, which lies in a zip behind the model.
pub const LABELS: &str = "labels.txt";

/// `ModelMetadata`.
pub fn metadata(order: &Order) -> Vec<u8> {
    const RGB: Field = Field::Byte(1);
    const IMAGE_PROPERTIES: Field = Field::Byte(2);
    const NORMALIZATION: Field = Field::Byte(1);
    const AXIS_LABELS: Field = Field::Byte(2);
    let mut writer = Writer::default();

    let (size, depth) = (order.input_size as i32, [0.0_f32, 1.0]);
    let size = writer.table(&[(0, Field::Int(size)), (1, Field::Int(size))]);
    let properties = [(0, RGB), (1, Field::At(size.as_union_value()))];
    let properties = writer.table(&properties);
    let properties = Field::At(properties.as_union_value());
    let content = writer.table(&[(0, IMAGE_PROPERTIES), (1, properties)]);
    // Bytes go in as they are; the model itself brings them to -1 to 1.
    let (mean, deviation) = (writer.vector(&depth[..1]), writer.vector(&depth[1..]));
    let options = writer.table(&[(0, mean), (1, deviation)]);
    let options = Field::At(options.as_union_value());
    let unit = writer.table(&[(0, NORMALIZATION), (1, options)]);
    let units = writer.tables(&[unit]);
    let (low, high) = (writer.vector(&[0.0_f32]), writer.vector(&[255.0_f32]));
    let stats = writer.table(&[(0, high), (1, low)]);
    let name = writer.text("image");
    let about = writer.text("The middle square of an upright photo");
    let input = writer.table(&[
        (0, name),
        (1, about),
        (3, Field::At(content.as_union_value())),
        (4, units),
        (5, Field::At(stats.as_union_value())),
    ]);

    let name = writer.text(LABELS);
    let about = writer.text("The classes, in the order of the answers");
    let file = writer.table(&[(0, name), (1, about), (2, AXIS_LABELS)]);
    let files = writer.tables(&[file]);
    let properties = writer.table(&[]);
    let feature = [
        (0, Field::Byte(1)),
        (1, Field::At(properties.as_union_value())),
    ];
    let content = writer.table(&feature);
    let (low, high) = (writer.vector(&[0.0_f32]), writer.vector(&[1.0_f32]));
    let stats = writer.table(&[(0, high), (1, low)]);
    let name = writer.text("probability");
    let output = writer.table(&[
        (0, name),
        (3, Field::At(content.as_union_value())),
        (5, Field::At(stats.as_union_value())),
        (6, files),
    ]);

    let (inputs, outputs) = (writer.tables(&[input]), writer.tables(&[output]));
    let subgraph = writer.table(&[(2, inputs), (3, outputs)]);
    let subgraphs = writer.tables(&[subgraph]);
    let name = writer.text(&order.name);
    let about = writer.text(&format!("Made with Graft on {}", order.backbone));
    let version = writer.text(&order.date);
    let parser = writer.text("1.0.0");
    let model = writer.table(&[
        (0, name),
        (1, about),
        (2, version),
        (3, subgraphs),
        (7, parser),
    ]);
    writer.finish(model, "M001")
}
