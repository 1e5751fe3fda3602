//! The closed list of names that a pickle may ask for, and what "calling" them builds.

use super::error::PickleError;
use super::forbidden::is_forbidden;
use super::heap::{Heap, Id, Object, Value};
use super::numpy::{self, Format};

/// Which names are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Allowed {
    /// Containers of Python itself.
    PlainData,
    /// Also what PyTorch's tensors are rebuilt with.
    Tensors,
}

/// How a tensor's numbers are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NumberType {
    F64,
    F32,
    F16,
    BF16,
    I64,
    I32,
    I16,
    I8,
    U8,
    Bool,
}

impl NumberType {
    /// Bytes of one number.
    pub fn size(self) -> usize {
        match self {
            Self::F64 | Self::I64 => 8,
            Self::F32 | Self::I32 => 4,
            Self::F16 | Self::BF16 | Self::I16 => 2,
            Self::I8 | Self::U8 | Self::Bool => 1,
        }
    }

    /// Its usual name.
    pub fn name(self) -> &'static str {
        match self {
            Self::F64 => "f64",
            Self::F32 => "f32",
            Self::F16 => "f16",
            Self::BF16 => "bf16",
            Self::I64 => "i64",
            Self::I32 => "i32",
            Self::I16 => "i16",
            Self::I8 => "i8",
            Self::U8 => "u8",
            Self::Bool => "bool",
        }
    }

    /// By PyTorch's name of the storage class.
    fn of_storage(class: &str) -> Option<Self> {
        Some(match class {
            "DoubleStorage" => Self::F64,
            "FloatStorage" => Self::F32,
            "HalfStorage" => Self::F16,
            "BFloat16Storage" => Self::BF16,
            "LongStorage" => Self::I64,
            "IntStorage" => Self::I32,
            "ShortStorage" => Self::I16,
            "CharStorage" => Self::I8,
            "ByteStorage" => Self::U8,
            "BoolStorage" => Self::Bool,
            _ => return None,
        })
    }
}

/// A run of numbers in a file of its own within the checkpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StorageRecord {
    /// The file's name.
    pub key: String,
    /// Of its numbers.
    pub number: NumberType,
    /// How many numbers it claims to hold.
    pub len: usize,
}

/// A view of a storage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TensorRecord {
    pub storage: StorageRecord,
    /// Numbers before its first.
    pub offset: usize,
    pub shape: Vec<usize>,
    /// Numbers between neighbours along each axis.
    pub strides: Vec<usize>,
}

/// No weight of a GPT has more axes; mask buffers have four.
const MOST_AXES: usize = 8;

/// A name on the closed list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Global {
    OrderedDict,
    DefaultDict,
    /// A dictionary of counts
    Counter,
    /// A set; its order and uniqueness do not matter here, so it becomes a list
    Set,
    /// A list or tuple of items
    Items,
    Bytes,
    /// `_codecs.encode(text, 'latin1')`: how bytes are written in protocols that have none
    Encode,
    /// `copyreg._reconstructor(class, base, state)`: an object without a state of its own
    Reconstructor,
    /// `torch._utils._rebuild_tensor` and its second version, which knows hooks
    RebuildTensor,
    RebuildParameter,
    /// A tuple of extents
    Size,
    /// Where a tensor lived; of no consequence
    Device,
    /// `torch.float32` and the like, as in a training configuration
    NumberTypeName,
    Storage(NumberType),
    /// NumPy's number type
    Format,
    /// NumPy's single number
    Scalar,
    /// NumPy's array before its state
    Array,
    /// NumPy's array of bytes that stand in the pickle
    FromBuffer,
}

impl Global {
    /// Looks a name up; `None` for one that is not on the list and does no harm as long as it is not
    /// called.
    ///
    /// # Errors
    /// A name through which something can be run.
    pub fn find(module: &str, name: &str, allowed: Allowed) -> Result<Option<Self>, PickleError> {
        let plain = match (module, name) {
            ("collections", "OrderedDict") => Some(Self::OrderedDict),
            ("collections", "defaultdict") => Some(Self::DefaultDict),
            ("collections", "Counter") => Some(Self::Counter),
            ("builtins" | "__builtin__", "set" | "frozenset") => Some(Self::Set),
            ("builtins" | "__builtin__", "list" | "tuple") | ("collections", "deque") => {
                Some(Self::Items)
            }
            ("builtins" | "__builtin__", "bytearray" | "bytes") => Some(Self::Bytes),
            ("_codecs", "encode") => Some(Self::Encode),
            ("copyreg" | "copy_reg", "_reconstructor") => Some(Self::Reconstructor),
            ("numpy", "dtype") => Some(Self::Format),
            ("numpy.core.multiarray" | "numpy._core.multiarray", "scalar") => Some(Self::Scalar),
            ("numpy.core.multiarray" | "numpy._core.multiarray", "_reconstruct") => {
                Some(Self::Array)
            }
            ("numpy.core.numeric" | "numpy._core.numeric", "_frombuffer") => Some(Self::FromBuffer),
            _ => None,
        };
        let torch = || match (module, name) {
            ("torch._utils", "_rebuild_tensor" | "_rebuild_tensor_v2") => Some(Self::RebuildTensor),
            ("torch._utils", "_rebuild_parameter" | "_rebuild_parameter_with_state") => {
                Some(Self::RebuildParameter)
            }
            ("torch", "Size") => Some(Self::Size),
            ("torch", "device") => Some(Self::Device),
            (
                "torch",
                "float16" | "bfloat16" | "float32" | "float64" | "int8" | "int16" | "int32"
                | "int64" | "uint8" | "bool",
            ) => Some(Self::NumberTypeName),
            ("torch" | "torch.storage", class) => NumberType::of_storage(class).map(Self::Storage),
            _ => None,
        };
        let known = plain.or_else(|| (allowed == Allowed::Tensors).then(torch).flatten());
        // tensors have no place where only plain data is
        let foreign = allowed == Allowed::PlainData && module.split('.').next() == Some("torch");
        if known.is_none() && (foreign || is_forbidden(module, name)) {
            return Err(PickleError::ForbiddenName(shown(module, name)));
        }
        Ok(known)
    }

    /// What a call with these arguments builds.
    pub fn call(self, heap: &mut Heap, arguments: &[Id]) -> Result<Id, PickleError> {
        match (self, arguments) {
            (Self::OrderedDict | Self::Counter, []) | (Self::DefaultDict, [] | [_]) => {
                heap.add(Value::Dict(Vec::new()))
            }
            (Self::OrderedDict | Self::Counter, &[pairs]) | (Self::DefaultDict, &[_, pairs]) => {
                ordered_dict(heap, pairs)
            }
            (Self::Set | Self::Items, []) => heap.add(Value::List(Vec::new())),
            (Self::Set, &[items]) if heap.items(items).is_some() => Ok(items),
            (Self::Items, &[items, ..]) if heap.items(items).is_some() => {
                // something may be appended to it
                let items = heap.items(items).unwrap_or_default().to_vec();
                heap.add(Value::List(items))
            }
            (Self::Bytes, []) => heap.add(Value::Bytes(Box::default())),
            (Self::Bytes, &[bytes]) if matches!(heap.get(bytes), Value::Bytes(_)) => Ok(bytes),
            (Self::Bytes | Self::Encode, &[text, coding]) => encoded(heap, text, coding)
                .unwrap_or_else(|| Err(PickleError::ForbiddenName("_codecs.encode".to_owned()))),
            (Self::Encode, _) => Err(PickleError::ForbiddenName("_codecs.encode".to_owned())),
            (Self::Reconstructor, &[class, base, state]) => match heap.get(class) {
                Value::Name(name) => {
                    let object = Object {
                        class: name.clone(),
                        ..Object::default()
                    };
                    heap.add(Value::Object(Box::new(object)))
                }
                // a class of the list, made of what its base is made of
                Value::Global(class) => {
                    let class = *class;
                    let _ = base;
                    match heap.get(state) {
                        Value::None => class.call(heap, &[]),
                        _ => class.call(heap, &[state]),
                    }
                }
                _ => Err(unexpected("an object is made of what is no class")),
            },
            (Self::RebuildTensor, &[storage, offset, shape, strides, ..]) => {
                let tensor = tensor(heap, storage, offset, shape, strides)
                    .ok_or_else(|| unexpected("a tensor's description is not valid"))?;
                heap.add(Value::Tensor(Box::new(tensor)))
            }
            (Self::RebuildParameter, &[tensor, ..]) => Ok(tensor),
            (Self::Size, &[extents]) if heap.items(extents).is_some() => Ok(extents),
            (Self::Device, [..]) => heap.add(Value::None),
            (Self::Format, &[name, ..]) => {
                let format = Format::named(heap.text(name).unwrap_or_default());
                heap.add(Value::Format(format))
            }
            (Self::Scalar, &[format, bytes]) => numpy::scalar(heap, format, bytes),
            (Self::Array, [..]) => heap.add(Value::Array),
            (Self::FromBuffer, &[bytes, format, shape, ..]) => {
                let items = numpy::from_parts(heap, bytes, format, shape)?;
                heap.add(items.unwrap_or(Value::Array))
            }
            _ => Err(PickleError::ForbiddenAct(format!(
                "call {self:?} in an unknown way"
            ))),
        }
    }
}

/// The bytes of a text whose letters stand for them; `None` for any other coding.
fn encoded(heap: &mut Heap, text: Id, coding: Id) -> Option<Result<Id, PickleError>> {
    if !matches!(heap.text(coding)?, "latin1" | "latin-1" | "iso-8859-1") {
        return None;
    }
    let byte = |letter: char| u8::try_from(u32::from(letter)).ok();
    let bytes: Box<[u8]> = heap.text(text)?.chars().map(byte).collect::<Option<_>>()?;
    Some(heap.add(Value::Bytes(bytes)))
}

fn unexpected(what: &str) -> PickleError {
    PickleError::Unexpected(what.to_owned())
}

/// A dotted name for a message, without control characters and not too long.
pub fn shown(module: &str, name: &str) -> String {
    let clean = |part: &str| -> String {
        let visible = part.chars().map(|c| if c.is_control() { '?' } else { c });
        visible.take(80).collect()
    };
    format!("{}.{}", clean(module), clean(name))
}

/// A dictionary of a list of pairs.
fn ordered_dict(heap: &mut Heap, pairs: Id) -> Result<Id, PickleError> {
    if heap.pairs(pairs).is_some() {
        return Ok(pairs);
    }
    let no_pairs = || unexpected("an OrderedDict is made of something else than pairs");
    let items = heap.items(pairs).ok_or_else(no_pairs)?;
    // before as much is taken: one list can be named again and again
    let size = items.len();
    heap.charge(size * size_of::<(Id, Id)>())?;
    let mut made = Vec::with_capacity(size);
    for &item in heap.items(pairs).unwrap_or_default() {
        match heap.items(item) {
            Some(&[key, value]) => made.push((key, value)),
            _ => return Err(no_pairs()),
        }
    }
    heap.add(Value::Dict(made))
}

fn tensor(heap: &Heap, storage: Id, offset: Id, shape: Id, strides: Id) -> Option<TensorRecord> {
    let Value::Storage(storage) = heap.get(storage) else {
        return None;
    };
    let sizes = |id: Id| -> Option<Vec<usize>> {
        let items = heap.items(id).filter(|items| items.len() <= MOST_AXES)?;
        let size = |&item: &Id| usize::try_from(heap.int(item)?).ok();
        items.iter().map(size).collect()
    };
    let record = TensorRecord {
        storage: (**storage).clone(),
        offset: usize::try_from(heap.int(offset)?).ok()?,
        shape: sizes(shape)?,
        strides: sizes(strides)?,
    };
    (record.shape.len() == record.strides.len()).then_some(record)
}

/// The storage that a persistent id describes: `('storage', class, key, location, length)`. The
/// location names a device of the machine that wrote it and is of no consequence.
pub fn storage(heap: &Heap, description: Id) -> Option<StorageRecord> {
    let &[word, class, key, _location, len] = heap.items(description)? else {
        return None;
    };
    let Value::Global(Global::Storage(number)) = *heap.get(class) else {
        return None;
    };
    let key = heap.text(key)?;
    // a file's name within the archive's own folder, nothing that leads out of it
    let plain = key
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'));
    (heap.text(word) == Some("storage") && plain && (1..=64).contains(&key.len())).then_some(())?;
    Some(StorageRecord {
        key: key.to_owned(),
        number,
        len: usize::try_from(heap.int(len)?).ok()?,
    })
}
