//! TensorFlow Lite's tables (`schema.fbs`, version 3), as far as they are needed: numbers of fields, and a way to write them.

use flatbuffers::{
    FlatBufferBuilder, Push, PushAlignment, TableFinishedWIPOffset, UnionWIPOffset, VOffsetT,
    WIPOffset,
};

/// `TensorType`
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Type {
    Float32 = 0,
    Int32 = 2,
    Uint8 = 3,
    Int8 = 9,
}

impl Type {
    pub fn code(self) -> Field {
        Field::Byte(self as u8)
    }
}

/// `BuiltinOperator`, and the number of its options among `BuiltinOptions`; 0 where it needs none.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    Add,
    Concatenation,
    Conv2d,
    DepthwiseConv2d,
    FullyConnected,
    Mul,
    Softmax,
    Mean,
    Cast,
    Sqrt,
}

impl Operation {
    pub fn code(self) -> u8 {
        match self {
            Self::Add => 0,
            Self::Concatenation => 2,
            Self::Conv2d => 3,
            Self::DepthwiseConv2d => 4,
            Self::FullyConnected => 9,
            Self::Mul => 18,
            Self::Softmax => 25,
            Self::Mean => 40,
            Self::Cast => 53,
            Self::Sqrt => 75,
        }
    }

    pub fn options(self) -> u8 {
        match self {
            Self::Conv2d => 1,
            Self::DepthwiseConv2d => 2,
            Self::FullyConnected => 8,
            Self::Softmax => 9,
            Self::Concatenation => 10,
            Self::Add => 11,
            Self::Mul => 21,
            Self::Mean => 27,
            Self::Cast => 37,
            Self::Sqrt => 0,
        }
    }

    /// The first version whose meaning is the one used here; with weights of 8 bits a channel, each with its scale.
    pub fn version(self, eight_bits: bool) -> i32 {
        match (self, eight_bits) {
            (Self::Conv2d, true) => 5,
            _ => 1,
        }
    }
}

/// `ActivationFunctionType`
pub const RELU: Field = Field::Byte(1);
pub const RELU6: Field = Field::Byte(3);

/// A field of a table.
#[derive(Clone, Copy)]
pub enum Field {
    Byte(u8),
    Int(i32),
    Float(f32),
    /// A table, a vector or a text, written before.
    At(WIPOffset<UnionWIPOffset>),
}

pub type Table = WIPOffset<TableFinishedWIPOffset>;

/// Buffers of numbers begin at multiples of so many bytes: `force_align` of `Buffer.data`.
const ALIGNED: usize = 16;

#[derive(Default)]
pub struct Writer<'a>(FlatBufferBuilder<'a>);

impl<'a> Writer<'a> {
    /// Fields by their numbers; those left out have their defaults.
    pub fn table(&mut self, fields: &[(u16, Field)]) -> Table {
        let table = self.0.start_table();
        for (number, field) in fields {
            let slot: VOffsetT = 4 + 2 * number;
            match *field {
                Field::Byte(value) => self.0.push_slot_always(slot, value),
                Field::Int(value) => self.0.push_slot_always(slot, value),
                Field::Float(value) => self.0.push_slot_always(slot, value),
                Field::At(offset) => self.0.push_slot_always(slot, offset),
            }
        }
        self.0.end_table(table)
    }

    pub fn text(&mut self, text: &str) -> Field {
        Field::At(self.0.create_string(text).as_union_value())
    }

    pub fn vector<T: Push + Copy + 'a>(&mut self, items: &[T]) -> Field {
        Field::At(self.0.create_vector(items).as_union_value())
    }

    pub fn tables(&mut self, tables: &[Table]) -> Field {
        self.vector(tables)
    }

    /// Bytes that begin where processors like to read.
    pub fn aligned(&mut self, bytes: &[u8]) -> Field {
        // The file is written from its end, so the end of these bytes decides where they begin.
        self.0.push(Sixteen);
        while !(self.0.unfinished_data().len() + bytes.len()).is_multiple_of(ALIGNED) {
            self.0.push(0_u8);
        }
        self.vector(bytes)
    }

    pub fn finish(mut self, root: Table, identifier: &str) -> Vec<u8> {
        self.0.finish(root, Some(identifier));
        self.0.finished_data().to_vec()
    }
}

/// So many zeros, aligned: what is pushed with the widest alignment decides that of the whole.
struct Sixteen;

impl Push for Sixteen {
    type Output = [u8; ALIGNED];

    unsafe fn push(&self, to: &mut [u8], _written: usize) {
        to.fill(0);
    }

    fn alignment() -> PushAlignment {
        PushAlignment::new(ALIGNED)
    }
}
