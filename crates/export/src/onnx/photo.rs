//! From a photo of any size to a network's input, as the page does it: the centre square, antialiased bilinear, bytes.
//!
//! `Resize` of ONNX can be antialiased, too, but ONNX Runtime then weighs a picture's border otherwise (by up to 12 of 255). So the
//! weights of `kernels::resize` are reckoned here from the photo's size, and two products of matrices apply them: the same
//! pixels in every program.

use super::model::{Attribute, Dimension, Model, Type};

/// The name of the model's input: `[n, height, width, 3]`, RGB8.
pub const IMAGE: &str = "image";

/// The nodes from [`IMAGE`] to `[n, 3, size, size]` from -1 to 1; the name of what they give.
pub fn prepared(model: &mut Model, size: usize) -> String {
    use Dimension::{Name, Number};
    let photos = [Name("n"), Name("height"), Name("width"), Number(3)];
    model.input(IMAGE, Type::Uint8, &photos);
    model.constant("half", &[], &[0.5]);
    model.constant("one", &[], &[1.0]);
    let of_places = [("start", Attribute::Int(1)), ("end", Attribute::Int(3))];
    let sides = model.node("Shape", &[IMAGE], &of_places);
    let square = centre_square(model, &sides);
    let pixels = model.node("Cast", &[&square], &[to(Type::Float)]);
    let channels_first = [("perm", Attribute::Ints(&[0, 3, 1, 2]))];
    let pixels = model.node("Transpose", &[&pixels], &channels_first);
    let weights = weights(model, &sides, size);
    let columns = model.node("Transpose", &[&weights], &[]);
    let rows = model.node("MatMul", &[&weights, &pixels], &[]);
    let resized = model.node("MatMul", &[&rows, &columns], &[]);
    // As the page, to the nearest byte.
    let nearest = model.node("Add", &[&resized, "half"], &[]);
    let nearest = model.node("Floor", &[&nearest], &[]);
    model.constant("byte", &[], &[255.0]);
    let bytes = model.node("Clip", &[&nearest, "zero", "byte"], &[]);
    model.constant("middle", &[], &[127.5]);
    let scaled = model.node("Div", &[&bytes, "middle"], &[]);
    model.node("Sub", &[&scaled, "one"], &[])
}

fn to(kind: Type) -> (&'static str, Attribute<'static>) {
    ("to", Attribute::Int(kind as usize))
}

/// As many rows as columns, the middle ones.
fn centre_square(model: &mut Model, sides: &str) -> String {
    model.int_constant("two", &[2]);
    model.int_constant("rows and columns", &[1, 2]);
    let side = model.node("ReduceMin", &[sides], &[("keepdims", Attribute::Int(1))]);
    let beyond = model.node("Sub", &[sides, &side], &[]);
    let start = model.node("Div", &[&beyond, "two"], &[]);
    let end = model.node("Add", &[&start, &side], &[]);
    model.node("Slice", &[IMAGE, &start, &end, "rows and columns"], &[])
}

/// `[size, side]`: of which of the square's pixels each of the result is the mean. A triangle, as wide as two pixels of the
/// larger kind.
fn weights(model: &mut Model, sides: &str, size: usize) -> String {
    let side = model.node("ReduceMin", &[sides], &[("keepdims", Attribute::Int(0))]);
    model.int("first", 0);
    model.int("step", 1);
    let pixels = model.node("Range", &["first", &side, "step"], &[]);
    let pixels = model.node("Cast", &[&pixels], &[to(Type::Float)]);
    let pixels = model.node("Add", &[&pixels, "half"], &[]); // their middles, [side]
    let side = model.node("Cast", &[&side], &[to(Type::Float)]);
    model.constant("size", &[], &[size as f32]);
    let ratio = model.node("Div", &[&side, "size"], &[]);
    let middles: Vec<f32> = (0..size).map(|i| i as f32 + 0.5).collect();
    model.constant("middles", &[size, 1], &middles);
    let middles = model.node("Mul", &["middles", &ratio], &[]);
    let distance = model.node("Sub", &[&pixels, &middles], &[]);
    let distance = model.node("Abs", &[&distance], &[]);
    let reach = model.node("Max", &[&ratio, "one"], &[]);
    let distance = model.node("Div", &[&distance, &reach], &[]);
    let weights = model.node("Sub", &["one", &distance], &[]);
    let weights = model.node("Relu", &[&weights], &[]);
    model.int_constant("along pixels", &[1]);
    let keep = [("keepdims", Attribute::Int(1))];
    let sum = model.node("ReduceSum", &[&weights, "along pixels"], &keep);
    model.node("Div", &[&weights, &sum], &[])
}
