//! Where a checkpoint keeps its weights: a dictionary of named tensors, at the outermost level, under a
//! name, or deeper.

use crate::checkpoint::naming::is_embedding;
use crate::checkpoint::pickle::{Heap, Id, Value};

/// Names under which programs keep the weights beside other things. Of several these go first.
const USUAL: [&str; 3] = ["model", "state_dict", "model_state_dict"];

/// How deep weights are looked for.
const DEEPEST: usize = 4;
/// How many places are looked at.
const MOST: usize = 20_000;

/// Where the weights are.
#[derive(Clone, Debug)]
pub struct Found {
    pub at: Id,
    /// Its dotted name; empty at the outermost level
    pub key: String,
    /// The names of other weights in the file
    pub others: Vec<String>,
}

/// Why there are none.
#[derive(Clone, Debug)]
pub enum NoWeights {
    /// There is a whole module, an object of a class in somebody's script
    Module {
        class: String,
    },
    /// Nothing under the name that was asked for
    NoSuchKey {
        keys: Vec<String>,
    },
    /// Several dictionaries could be the weights
    Doubt {
        keys: Vec<String>,
    },
    /// What is in the file is only the name of a class or an object of it
    Unknown {
        class: String,
    },
    None,
}

struct Candidate {
    at: Id,
    key: String,
    is_gpt: bool,
}

/// Finds the weights, those under `key` if it is given.
pub fn find(heap: &Heap, root: Id, key: Option<&str>) -> Result<Found, NoWeights> {
    let mut search = Search {
        heap,
        candidates: Vec::new(),
        module: None,
        left: MOST,
    };
    search.look(root, String::new(), DEEPEST);
    let Search {
        candidates, module, ..
    } = search;
    let keys = |of: &[&Candidate]| of.iter().map(|found| found.key.clone()).collect::<Vec<_>>();
    let all: Vec<&Candidate> = candidates.iter().collect();
    if let Some(key) = key {
        let found = all.iter().find(|found| found.key == key);
        return found
            .map(|found| Found {
                at: found.at,
                key: found.key.clone(),
                others: Vec::new(),
            })
            .ok_or_else(|| NoWeights::NoSuchKey { keys: keys(&all) });
    }
    let gpts: Vec<&Candidate> = candidates.iter().filter(|found| found.is_gpt).collect();
    let few = if gpts.is_empty() { &all } else { &gpts };
    let usual = || {
        let mut names = [""].into_iter().chain(USUAL);
        names.find_map(|name| few.iter().find(|found| found.key == name))
    };
    let chosen = match few.as_slice() {
        [] => None,
        [only] => Some(only),
        _ => usual(),
    };
    // a module's own dictionaries are no state dict
    if let Some(class) = module
        && (gpts.is_empty() || chosen.is_none())
    {
        return Err(NoWeights::Module { class });
    }
    match chosen {
        Some(found) => Ok(Found {
            at: found.at,
            key: found.key.clone(),
            others: keys(&gpts)
                .into_iter()
                .filter(|key| *key != found.key)
                .collect(),
        }),
        None if few.is_empty() => Err(match heap.class(root) {
            Some(class) => NoWeights::Unknown {
                class: class.to_owned(),
            },
            None => NoWeights::None,
        }),
        None => Err(NoWeights::Doubt { keys: keys(few) }),
    }
}

struct Search<'a> {
    heap: &'a Heap,
    candidates: Vec<Candidate>,
    /// The class of the first whole module
    module: Option<String>,
    left: usize,
}

impl Search<'_> {
    fn look(&mut self, id: Id, key: String, deeper: usize) {
        let Some(left) = self.left.checked_sub(1) else {
            return;
        };
        self.left = left;
        if let Value::Object(object) = self.heap.get(id) {
            let is_module = self.heap.member(id, "_modules").is_some()
                || self.heap.member(id, "_parameters").is_some()
                || object.class.starts_with("__torch__");
            if is_module {
                self.module.get_or_insert_with(|| object.class.to_string());
                return;
            }
        }
        let members = self.heap.members(id);
        let is_tensor = |id: Id| matches!(self.heap.get(id), Value::Tensor(_));
        let is_dict = matches!(self.heap.get(id), Value::Dict(_));
        let mut tensors = members.iter().filter(|(_, id)| is_tensor(*id)).peekable();
        if is_dict && tensors.peek().is_some() {
            let is_gpt = tensors.any(|(name, _)| is_embedding(name));
            // a state dict may be seen in two places; a loss beside other things is no weight
            let known = self.candidates.iter().any(|known| known.at == id);
            let mostly =
                2 * members.iter().filter(|(_, id)| is_tensor(*id)).count() >= members.len();
            if !known && (is_gpt || mostly) {
                self.candidates.push(Candidate {
                    at: id,
                    key: key.clone(),
                    is_gpt,
                });
                return;
            }
        }
        if deeper == 0 {
            return;
        }
        for (name, inner) in members {
            let inner_key = if key.is_empty() {
                name.to_owned()
            } else {
                format!("{key}.{name}")
            };
            if matches!(self.heap.get(inner), Value::Dict(_) | Value::Object(_)) {
                self.look(inner, inner_key, deeper - 1);
            }
        }
    }
}

/// Every tensor of the file by its dotted name, wherever it stands.
pub fn every_tensor(heap: &Heap, root: Id) -> Vec<(String, Id)> {
    const DEEP: usize = 24;
    let mut found = Vec::new();
    let mut open = vec![(root, String::new(), DEEP)];
    let mut left = MOST;
    while let Some((id, name, deeper)) = open.pop() {
        let Some(rest) = left.checked_sub(1) else {
            break;
        };
        left = rest;
        if matches!(heap.get(id), Value::Tensor(_)) {
            found.push((name, id));
            continue;
        }
        if deeper == 0 {
            continue;
        }
        let below = |part: &str| match name.is_empty() {
            true => part.to_owned(),
            false => format!("{name}.{part}"),
        };
        let mut inner: Vec<(Id, String, usize)> = Vec::new();
        for (part, id) in heap.members(id) {
            // how PyTorch keeps the parts of a module
            let name = match part {
                "_modules" | "_parameters" | "_buffers" => name.clone(),
                part => below(part),
            };
            inner.push((id, name, deeper - 1));
        }
        for (at, &item) in heap.items(id).unwrap_or_default().iter().enumerate() {
            inner.push((item, below(&at.to_string()), deeper - 1));
        }
        open.extend(inner.into_iter().rev());
    }
    found
}
