//! Checkpoints as PyTorch would write them, made without PyTorch and without this crate: a small
//! writer of pickles, and of the zip around them.

use std::io::{Cursor, Write};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// A value to be pickled.
#[derive(Clone, Debug)]
pub enum Value {
    None,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(String),
    List(Vec<Value>),
    Dict(Vec<(Value, Value)>),
    /// An OrderedDict with a state of its own, as a state dict is
    Ordered(Vec<(Value, Value)>),
    Tensor(Tensor),
    /// Instructions as they are
    Raw(Vec<u8>),
}

/// A view of a storage.
#[derive(Clone, Debug)]
pub struct Tensor {
    /// Its storage class without `Storage`: Float, Half…
    pub class: &'static str,
    pub key: String,
    pub device: &'static str,
    pub storage_len: usize,
    pub offset: usize,
    pub shape: Vec<usize>,
    pub strides: Vec<usize>,
    /// Within a `torch.nn.Parameter`
    pub parameter: bool,
}

pub fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

/// The pickle of a value, protocol 2.
pub fn pickle(value: &Value) -> Vec<u8> {
    let mut out = vec![0x80, 2];
    push(value, &mut out);
    out.push(b'.');
    out
}

fn push(value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::None => out.push(b'N'),
        Value::Bool(yes) => out.push(if *yes { 0x88 } else { 0x89 }),
        Value::Int(number) => match u8::try_from(*number) {
            Ok(small) => out.extend([b'K', small]),
            Err(_) => {
                out.extend([0x8a, 8]);
                out.extend(number.to_le_bytes());
            }
        },
        Value::Float(number) => {
            out.push(b'G');
            out.extend(number.to_be_bytes());
        }
        Value::Text(text) => {
            out.push(b'X');
            out.extend((text.len() as u32).to_le_bytes());
            out.extend(text.as_bytes());
        }
        Value::List(items) => {
            out.extend(b"](");
            items.iter().for_each(|item| push(item, out));
            out.push(b'e');
        }
        Value::Dict(pairs) => {
            out.push(b'}');
            push_pairs(pairs, out);
        }
        Value::Ordered(pairs) => {
            out.extend(b"ccollections\nOrderedDict\n)R");
            push_pairs(pairs, out);
            // its `_metadata`
            out.extend(b"}");
            push(&text("_metadata"), out);
            out.extend(b"ccollections\nOrderedDict\n)Rsb");
        }
        Value::Tensor(tensor) => push_tensor(tensor, out),
        Value::Raw(instructions) => out.extend(instructions),
    }
}

fn push_pairs(pairs: &[(Value, Value)], out: &mut Vec<u8>) {
    out.push(b'(');
    for (key, value) in pairs {
        push(key, out);
        push(value, out);
    }
    out.push(b'u');
}

fn push_sizes(sizes: &[usize], out: &mut Vec<u8>) {
    out.push(b'(');
    for &size in sizes {
        push(&Value::Int(size as i64), out);
    }
    out.push(b't');
}

fn push_tensor(tensor: &Tensor, out: &mut Vec<u8>) {
    if tensor.parameter {
        out.extend(b"ctorch._utils\n_rebuild_parameter\n(");
    }
    out.extend(b"ctorch._utils\n_rebuild_tensor_v2\n((");
    push(&text("storage"), out);
    out.extend(format!("ctorch\n{}Storage\n", tensor.class).bytes());
    push(&text(&tensor.key), out);
    push(&text(tensor.device), out);
    push(&Value::Int(tensor.storage_len as i64), out);
    out.extend(b"tQ");
    push(&Value::Int(tensor.offset as i64), out);
    push_sizes(&tensor.shape, out);
    push_sizes(&tensor.strides, out);
    out.extend(b"\x89ccollections\nOrderedDict\n)RtR");
    if tensor.parameter {
        out.extend(b"\x88ccollections\nOrderedDict\n)RtR");
    }
}

/// A checkpoint: the description, and the storages by their keys.
pub fn checkpoint(description: &[u8], storages: &[(String, Vec<u8>)]) -> Vec<u8> {
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let mut file = |name: &str, bytes: &[u8]| {
        zip.start_file(format!("archive/{name}"), options).unwrap();
        zip.write_all(bytes).unwrap();
    };
    file("data.pkl", description);
    file("byteorder", b"little");
    for (key, bytes) in storages {
        file(&format!("data/{key}"), bytes);
    }
    file("version", b"3\n");
    zip.finish().unwrap().into_inner()
}
