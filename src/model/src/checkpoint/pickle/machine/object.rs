//! What would make objects and call functions: only names on the closed list do.

use super::Machine;
use crate::checkpoint::pickle::error::PickleError;
use crate::checkpoint::pickle::global::{Allowed, Global, storage};
use crate::checkpoint::pickle::heap::{Id, Value};

impl Machine<'_> {
    pub(super) fn global(&mut self, code: u8) -> Result<(), PickleError> {
        let global = if code == b'c' {
            let (module, name) = (self.input.line()?, self.input.line()?);
            Global::find(module, name, self.allowed)?
        } else {
            let (name, module) = (self.pop()?, self.pop()?);
            match (self.heap.text(module), self.heap.text(name)) {
                (Some(module), Some(name)) => Global::find(module, name, self.allowed)?,
                _ => return Err(self.input.malformed("a name is not a text")),
            }
        };
        self.push(Value::Global(global))
    }

    pub(super) fn call(&mut self) -> Result<(), PickleError> {
        let (arguments, callee) = (self.pop()?, self.pop()?);
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

    /// Gives a state to a value. An OrderedDict's (PyTorch's `_metadata`) and a tensor's are of no
    /// consequence and are left out; nothing else has any.
    pub(super) fn build(&mut self) -> Result<(), PickleError> {
        self.pop()?;
        let target = self.top()?;
        match self.heap.get(target) {
            Value::Dict(_) | Value::Tensor(_) => Ok(()),
            other => Err(PickleError::ForbiddenAct(format!(
                "give a state to {}",
                other.kind()
            ))),
        }
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
