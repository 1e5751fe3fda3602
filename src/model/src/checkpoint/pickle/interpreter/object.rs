//! What would make objects and call functions: only names on the closed list do. What has another name
//! stays data.

use super::Interpreter;
use crate::checkpoint::pickle::error::PickleError;
use crate::checkpoint::pickle::forbidden::makes_an_object;
use crate::checkpoint::pickle::global::{Allowed, Global, shown, storage};
use crate::checkpoint::pickle::heap::{Id, Object, Value};
use crate::checkpoint::pickle::numpy;

impl Interpreter<'_> {
    pub(super) fn global(&mut self, code: u8) -> Result<(), PickleError> {
        let (module, name) = if code == b'c' {
            let (module, name) = (self.input.line()?, self.input.line()?);
            (module.to_owned(), name.to_owned())
        } else {
            let (name, module) = (self.pop()?, self.pop()?);
            match (self.heap.text(module), self.heap.text(name)) {
                (Some(module), Some(name)) => (module.to_owned(), name.to_owned()),
                _ => return Err(self.input.malformed("a name is not a text")),
            }
        };
        let known = Global::find(&module, &name, self.allowed)?;
        self.push(match known {
            Some(global) => Value::Global(global),
            None => Value::Name(shown(&module, &name).into()),
        })
    }

    pub(super) fn call(&mut self) -> Result<(), PickleError> {
        let (arguments, callee) = (self.pop()?, self.pop()?);
        if let Value::Name(name) = self.heap.get(callee) {
            if !makes_an_object(name) {
                return Err(PickleError::ForbiddenName(name.to_string()));
            }
            return self.unbuilt(callee, arguments);
        }
        let global = match self.heap.get(callee) {
            Value::Global(global) => *global,
            other => {
                let what = format!("call {}", other.kind());
                return Err(PickleError::ForbiddenAct(what));
            }
        };
        // tensors have seven arguments; more are of no use to anything on the list
        let arguments: Vec<Id> = match self.heap.get(arguments) {
            Value::Tuple(items) => items.iter().copied().take(16).collect(),
            _ => return Err(self.input.malformed("arguments are not a tuple")),
        };
        let made = global.call(&mut self.heap, &arguments)?;
        self.push_id(made)
    }

    /// An object of a class of which nothing is known but its name, of `parts` parts on the stack: the
    /// class, its arguments and perhaps named ones.
    pub(super) fn new_object(&mut self, parts: usize) -> Result<(), PickleError> {
        self.height_below(parts)?;
        if parts == 3 {
            self.pop()?;
        }
        let (arguments, class) = (self.pop()?, self.pop()?);
        match self.heap.get(class) {
            Value::Name(_) => self.unbuilt(class, arguments),
            other => Err(PickleError::ForbiddenAct(format!(
                "make an object of {}",
                other.kind()
            ))),
        }
    }

    /// Keeps what an object would be made of.
    fn unbuilt(&mut self, class: Id, arguments: Id) -> Result<(), PickleError> {
        let arguments = match self.heap.get(arguments) {
            Value::Tuple(items) => items.clone(),
            _ => return Err(self.input.malformed("arguments are not a tuple")),
        };
        let class = self.heap.class(class).unwrap_or_default().into();
        self.push(Value::Object(Box::new(Object {
            class,
            arguments,
            ..Object::default()
        })))
    }

    /// Gives a state to a value. An OrderedDict's (PyTorch's `_metadata`) and a tensor's are of no
    /// consequence and are left out; an object that is not built keeps it.
    pub(super) fn build(&mut self) -> Result<(), PickleError> {
        let state = self.pop()?;
        let target = self.top()?;
        let changed = match self.heap.get(target) {
            Value::Dict(_) | Value::Tensor(_) => return Ok(()),
            Value::Object(object) => Value::Object(Box::new(Object {
                state: Some(state),
                ..(**object).clone()
            })),
            Value::Format(format) => Value::Format(format.with_state(&self.heap, state)),
            Value::Array => match numpy::array(&mut self.heap, state)? {
                Some(items) => items,
                None => return Ok(()),
            },
            other => {
                return Err(PickleError::ForbiddenAct(format!(
                    "give a state to {}",
                    other.kind()
                )));
            }
        };
        *self.heap.get_mut(target) = changed;
        Ok(())
    }

    pub(super) fn storage(&mut self) -> Result<(), PickleError> {
        let description = self.pop()?;
        if self.allowed != Allowed::Tensors {
            return Err(PickleError::ForbiddenAct(
                "refer to another file".to_owned(),
            ));
        }
        let record = storage(&self.heap, description).ok_or_else(|| {
            PickleError::Unexpected("a storage's description is not valid".to_owned())
        })?;
        self.push(Value::Storage(Box::new(record)))
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::result;
    use super::*;

    #[test]
    fn what_could_run_something_is_refused_by_name() {
        // os.system('x'), in the two ways of naming a function
        for pickle in [
            &b"cos\nsystem\n(S'x'\ntR."[..],
            b"\x80\x04\x8c\x02os\x8c\x06system\x93\x8c\x01x\x85R.",
        ] {
            let refusal = PickleError::ForbiddenName("os.system".to_owned());
            assert_eq!(result(pickle).unwrap_err(), refusal);
        }
        // the older instructions that make objects
        for pickle in [&b"(ios\nsystem\n."[..], b"(o.", b"Nb.", b"N)R.", b"))\x81."] {
            assert!(result(pickle).is_err(), "{pickle:?}");
        }
        // tensors have no place in a vocabulary
        assert!(result(b"ctorch\nFloatStorage\n.").is_err());
    }
}
