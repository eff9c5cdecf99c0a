//! The part of Python's pickle format that PyTorch checkpoints use, and nothing more.
//!
//! Nothing is ever executed: a call in the pickle becomes a [`Value::Call`] that the caller may interpret or refuse.
//! Opcodes and their meaning are those of CPython's `pickletools` module (protocol 2).
//!
//! Left out: shared *containers*. Pickle numbers every object so that it can be referred to again; here a reference to
//! a string or a tuple works and a reference to a list or dict is an error, because no checkpoint needs one.

use std::collections::HashMap;

#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    None,
    Bool(bool),
    Int(i64),
    /// Whole numbers that do not fit 64 bits, as they stand in the file (little-endian two's complement).
    BigInt(Vec<u8>),
    Text(String),
    Tuple(Vec<Value>),
    List(Vec<Value>),
    Dict(Vec<(Value, Value)>),
    /// A class or function, as `module name`.
    Global(String),
    /// The call of a [`Value::Global`].
    Call(String, Vec<Value>),
    /// Something kept outside the pickle: for PyTorch, the storage of a tensor.
    Persistent(Box<Value>),
}

#[derive(Debug, thiserror::Error)]
pub enum PickleError {
    #[error("the pickle ends in the middle")]
    Truncated,
    #[error("the pickle uses opcode 0x{0:02x}, which no checkpoint needs")]
    Opcode(u8),
    #[error("the pickle refers to object {0}, which is missing or a container")]
    Memo(u32),
    #[error("the pickle uses its stack in a way that makes no sense")]
    Stack,
    #[error("the pickle holds text that is not UTF-8")]
    Text,
}

/// Reads one pickle from the front of `input` and moves `input` behind it.
pub fn read(input: &mut &[u8]) -> Result<Value, PickleError> {
    let mut machine = Machine::default();
    loop {
        let opcode = take(input, 1)?[0];
        if opcode == b'.' {
            return machine.pop();
        }
        machine.step(opcode, input)?;
    }
}

/// Takes `count` bytes from the front of `input`.
pub fn take<'a>(input: &mut &'a [u8], count: usize) -> Result<&'a [u8], PickleError> {
    let (front, rest) = input
        .split_at_checked(count)
        .ok_or(PickleError::Truncated)?;
    *input = rest;
    Ok(front)
}

/// Pickle is a program for a small stack machine; this is that machine.
#[derive(Default)]
struct Machine {
    stack: Vec<Value>,
    /// Stack heights: a mark opens a tuple, a list or a group of dict entries.
    marks: Vec<usize>,
    memo: HashMap<u32, Value>,
}

impl Machine {
    fn step(&mut self, opcode: u8, input: &mut &[u8]) -> Result<(), PickleError> {
        match opcode {
            // PROTO: the protocol's number, which changes nothing for the opcodes below.
            0x80 => {
                take(input, 1)?;
            }
            b'N' => self.stack.push(Value::None),
            0x88 => self.stack.push(Value::Bool(true)),
            0x89 => self.stack.push(Value::Bool(false)),
            b'K' => {
                let value = take(input, 1)?[0];
                self.stack.push(Value::Int(value.into()));
            }
            b'M' => {
                let value = u16::from_le_bytes(array(input)?);
                self.stack.push(Value::Int(value.into()));
            }
            b'J' => {
                let value = i32::from_le_bytes(array(input)?);
                self.stack.push(Value::Int(value.into()));
            }
            // LONG1
            0x8a => {
                let length = take(input, 1)?[0];
                let bytes = take(input, length.into())?;
                self.stack.push(long(bytes));
            }
            // BINUNICODE
            b'X' => {
                let length = u32::from_le_bytes(array(input)?);
                let bytes = take(input, length as usize)?;
                self.stack.push(Value::Text(text(bytes)?));
            }
            // GLOBAL: two lines, module and name.
            b'c' => {
                let module = line(input)?;
                let name = line(input)?;
                self.stack.push(Value::Global(format!("{module} {name}")));
            }
            b'(' => self.marks.push(self.stack.len()),
            b')' => self.stack.push(Value::Tuple(Vec::new())),
            b']' => self.stack.push(Value::List(Vec::new())),
            b'}' => self.stack.push(Value::Dict(Vec::new())),
            b't' => {
                let items = self.pop_to_mark()?;
                self.stack.push(Value::Tuple(items));
            }
            // TUPLE1, TUPLE2, TUPLE3
            0x85..=0x87 => {
                let count = usize::from(opcode - 0x84);
                let start = self.stack.len().checked_sub(count);
                let items = self.stack.split_off(start.ok_or(PickleError::Stack)?);
                self.stack.push(Value::Tuple(items));
            }
            // APPENDS
            b'e' => {
                let new = self.pop_to_mark()?;
                match self.stack.last_mut() {
                    Some(Value::List(items)) => items.extend(new),
                    _ => return Err(PickleError::Stack),
                }
            }
            // SETITEM
            b's' => {
                let value = self.pop()?;
                let key = self.pop()?;
                self.set_items(vec![key, value])?;
            }
            // SETITEMS
            b'u' => {
                let items = self.pop_to_mark()?;
                self.set_items(items)?;
            }
            // REDUCE: calls a global with a tuple of arguments.
            b'R' => {
                let arguments = self.pop()?;
                let function = self.pop()?;
                let (Value::Tuple(arguments), Value::Global(function)) = (arguments, function)
                else {
                    return Err(PickleError::Stack);
                };
                self.stack.push(if function == "collections OrderedDict" {
                    Value::Dict(Vec::new())
                } else {
                    Value::Call(function, arguments)
                });
            }
            // BUILD: attributes of the object below, for PyTorch the state dict's version notes. Not needed.
            b'b' => {
                self.pop()?;
            }
            // BINPERSID
            b'Q' => {
                let id = self.pop()?;
                self.stack.push(Value::Persistent(Box::new(id)));
            }
            // BINPUT, LONG_BINPUT: remember the top of the stack.
            b'q' => {
                let slot = take(input, 1)?[0];
                self.remember(slot.into())?;
            }
            b'r' => {
                let slot = u32::from_le_bytes(array(input)?);
                self.remember(slot)?;
            }
            // BINGET, LONG_BINGET: push what was remembered.
            b'h' => {
                let slot = take(input, 1)?[0];
                self.recall(slot.into())?;
            }
            b'j' => {
                let slot = u32::from_le_bytes(array(input)?);
                self.recall(slot)?;
            }
            other => return Err(PickleError::Opcode(other)),
        }
        Ok(())
    }

    fn pop(&mut self) -> Result<Value, PickleError> {
        self.stack.pop().ok_or(PickleError::Stack)
    }

    fn pop_to_mark(&mut self) -> Result<Vec<Value>, PickleError> {
        let mark = self.marks.pop().ok_or(PickleError::Stack)?;
        if mark > self.stack.len() {
            return Err(PickleError::Stack);
        }
        Ok(self.stack.split_off(mark))
    }

    fn set_items(&mut self, items: Vec<Value>) -> Result<(), PickleError> {
        let Some(Value::Dict(entries)) = self.stack.last_mut() else {
            return Err(PickleError::Stack);
        };
        let mut items = items.into_iter();
        while let Some(key) = items.next() {
            entries.push((key, items.next().ok_or(PickleError::Stack)?));
        }
        Ok(())
    }

    fn remember(&mut self, slot: u32) -> Result<(), PickleError> {
        let value = self.stack.last().ok_or(PickleError::Stack)?;
        // A container is still being filled at this point, so a copy would be wrong.
        if !matches!(value, Value::List(_) | Value::Dict(_)) {
            self.memo.insert(slot, value.clone());
        }
        Ok(())
    }

    fn recall(&mut self, slot: u32) -> Result<(), PickleError> {
        let value = self.memo.get(&slot).ok_or(PickleError::Memo(slot))?;
        self.stack.push(value.clone());
        Ok(())
    }
}

fn array<const N: usize>(input: &mut &[u8]) -> Result<[u8; N], PickleError> {
    let bytes = take(input, N)?;
    bytes.try_into().map_err(|_| PickleError::Truncated)
}

fn text(bytes: &[u8]) -> Result<String, PickleError> {
    let text = std::str::from_utf8(bytes).map_err(|_| PickleError::Text)?;
    Ok(text.to_owned())
}

fn line(input: &mut &[u8]) -> Result<String, PickleError> {
    let end = input.iter().position(|&byte| byte == b'\n');
    let line = take(input, end.ok_or(PickleError::Truncated)?)?;
    take(input, 1)?; // the line's end
    text(line)
}

/// A little-endian two's complement number of any length.
fn long(bytes: &[u8]) -> Value {
    if bytes.len() > 8 {
        return Value::BigInt(bytes.to_vec());
    }
    let negative = bytes.last().is_some_and(|byte| byte & 0x80 != 0);
    let mut wide = [if negative { 0xff } else { 0 }; 8];
    wide[..bytes.len()].copy_from_slice(bytes);
    Value::Int(i64::from_le_bytes(wide))
}
