//! Changes at the place where a number is first made. A block's input is the output of the block before, its
//! output its last sum or norm, the heads side by side are the heads' outputs: whoever shows such a number
//! under one name for all of them can show a change only where the number is made.

use super::{Change, Intervention, InterventionError, Interventions, Target, changed_weights};
use crate::address::{Address, Index, TensorName};
use crate::config::{GptConfig, NormPlacement};
use crate::gpt::Gpt;
use crate::tensor_id::{BlockTensor as B, TensorId};

impl Interventions {
    /// The same changes, each where its numbers are first made. Everything that is computed of them is what it
    /// is with these ones, bit for bit.
    ///
    /// # Errors
    /// A bypassed block, whose output is not what its last operation makes.
    pub fn where_made(&self, config: &GptConfig) -> Result<Self, InterventionError> {
        let mut list = Vec::new();
        for one in &self.list {
            list.extend(one.where_made(config)?);
        }
        // of changes that now meet in one tensor, those made first come first, as they did before
        list.sort_by_key(|(handed_on, _)| *handed_on);
        Ok(Self {
            list: list.into_iter().map(|(_, one)| one).collect(),
            other: self.other.clone(),
        })
    }
}

impl Interventions {
    /// Those of weights left out: what is left to be done of a model that has its changed weights already.
    pub fn without_weights(mut self) -> Self {
        self.list.retain(|one| match one.target {
            Target::Cells(address) => matches!(address.tensor, TensorName::Value(_)),
            _ => true,
        });
        self
    }
}

impl Intervention {
    /// The changes that do the same, each with how often its number was handed on.
    fn where_made(&self, config: &GptConfig) -> Result<Vec<(usize, Self)>, InterventionError> {
        if let (Target::Block(block), Change::Bypass) = (self.target, self.change) {
            return Err(InterventionError::BypassShown(block));
        }
        let Target::Cells(address) = self.target else {
            return Ok(vec![(0, *self)]);
        };
        let TensorName::Value(id) = address.tensor else {
            return Ok(vec![(0, *self)]);
        };
        let (handed_on, addresses) = match first_made(id, config) {
            (_, TensorId::Block(block, B::Concat)) => (1, heads_of(address, block, config)),
            (handed_on, made) => {
                let tensor = made.into();
                (handed_on, vec![Address { tensor, ..address }])
            }
        };
        let target = addresses.into_iter().map(Target::Cells);
        Ok(target
            .map(|target| (handed_on, Self { target, ..*self }))
            .collect())
    }
}

/// How often a tensor's numbers were handed on, and the tensor that they were made as.
fn first_made(mut id: TensorId, config: &GptConfig) -> (usize, TensorId) {
    let mut handed_on = 0;
    loop {
        id = match id {
            TensorId::Block(0, B::Input) => TensorId::Embedded,
            TensorId::Block(block, B::Input) => TensorId::Block(block - 1, B::Output),
            TensorId::Block(block, B::Output) => match config.norm_placement {
                NormPlacement::Pre => TensorId::Block(block, B::Residual2),
                NormPlacement::Post => TensorId::Block(block, B::Norm2),
            },
            made => return (handed_on, made),
        };
        handed_on += 1;
    }
}

/// The same cells of the heads' own outputs. What is out of range stays so, and is refused as before.
fn heads_of(address: Address, block: usize, config: &GptConfig) -> Vec<Address> {
    let d_head = config.d_head();
    let output = |head: Option<usize>, column| Address {
        tensor: TensorId::Block(block, B::HeadOutput).into(),
        head,
        column,
        ..address
    };
    match (address.head, address.column) {
        (Some(head), column) => vec![output(Some(head), column)],
        (None, Index::All) => vec![output(None, Index::All)],
        (None, Index::Last) => vec![output(config.n_heads.checked_sub(1), Index::Last)],
        (None, Index::One(column)) if column < config.d_model => {
            let (head, column) = (column / d_head, column % d_head);
            vec![output(Some(head), Index::One(column))]
        }
        (None, Index::One(_)) => vec![address],
    }
}

impl Gpt {
    /// This model with the weights changed that are asked for; `None` where none is.
    ///
    /// # Errors
    /// A weight that the model does not have, or a change that weights cannot have.
    pub fn with_changed_weights(
        &self,
        interventions: &Interventions,
    ) -> Result<Option<Self>, InterventionError> {
        changed_weights(self, interventions)
    }
}
