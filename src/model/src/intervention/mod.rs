//! Changes to a running model: a head that is switched off, an edge of the attention that is cut, a
//! number that is set or taken from another run. Here stand what can be changed and how it is written;
//! the forward pass asks [`Edits`] after each tensor that it has made, before anything reads it.

mod edits;
mod error;
mod text;
mod where_made;

use std::sync::Arc;

pub(crate) use edits::{Edits, changed_weights};
pub use error::InterventionError;

use crate::address::{Address, Index};
use crate::tensor_id::{BlockTensor, TensorId};
use crate::trace::Trace;

/// What is changed. Blocks and heads are counted from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Target {
    /// `h2`: a whole block.
    Block(usize),
    /// `h2.attn`: what the attention adds to the residual stream, b_O included.
    Attention(usize),
    /// `h2.mlp`: what the feed-forward adds to the residual stream, b2 included.
    Mlp(usize),
    /// `h2.head3`: what a head hands to W_O; b_O stays.
    Head {
        /// The block.
        block: usize,
        /// The head.
        head: usize,
    },
    /// Any numbers of a run, or a weight's.
    Cells(Address),
}

/// How it is changed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Change {
    /// `=off`: zero. A block: its attention and its feed-forward are zero, its norms remain.
    Off,
    /// `=mean`: each column's mean over the positions of this run.
    Mean,
    /// `=bypass`: a block hands on what entered it, norms and all left out.
    Bypass,
    /// `=cut`: a token does not see another; what is left of its attention is made to sum to 1 again.
    Cut,
    /// `=0.5`
    Set(f32),
    /// `*=0.5`
    Scale(f32),
    /// `+=0.5`
    Add(f32),
    /// `<B` or `<B[5]`: the same numbers of another run; of the same rows, or of this one.
    Other(Index),
}

/// One change.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Intervention {
    /// What is changed.
    pub target: Target,
    /// How.
    pub change: Change,
}

impl Intervention {
    /// A head that hands nothing to W_O.
    pub fn head_off(block: usize, head: usize) -> Self {
        Self {
            target: Target::Head { block, head },
            change: Change::Off,
        }
    }

    /// Some numbers taken from another run, row by row.
    pub fn patch(address: Address) -> Self {
        Self {
            target: Target::Cells(address),
            change: Change::Other(Index::All),
        }
    }
}

/// Changes to one run, in the order in which they were asked for. A change is made right after its
/// tensor is computed and before anything reads it; where several meet, those of what is computed first
/// come first, then those that stand first here.
#[derive(Clone, Debug, Default)]
pub struct Interventions {
    list: Vec<Intervention>,
    other: Option<Arc<Trace>>,
}

impl From<Intervention> for Interventions {
    fn from(only: Intervention) -> Self {
        Self::from(vec![only])
    }
}

impl From<Vec<Intervention>> for Interventions {
    fn from(list: Vec<Intervention>) -> Self {
        Self { list, other: None }
    }
}

impl Interventions {
    /// With another run, which is called B, to take numbers from.
    pub fn with_other(self, other: Arc<Trace>) -> Self {
        Self {
            other: Some(other),
            ..self
        }
    }

    /// All of them.
    pub fn list(&self) -> &[Intervention] {
        &self.list
    }

    /// The run that is called B.
    pub fn other(&self) -> Option<&Arc<Trace>> {
        self.other.as_ref()
    }

    /// Whether nothing is changed.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Whether numbers of this tensor are changed themselves, not only by what they are computed of.
    pub fn changes(&self, id: TensorId) -> bool {
        self.list.iter().any(|one| one.changes(id))
    }

    /// Whether numbers of another run are asked for.
    pub fn needs_other(&self) -> bool {
        let mut changes = self.list.iter().map(|one| one.change);
        changes.any(|change| matches!(change, Change::Other(_)))
    }
}

impl Intervention {
    /// Whether it puts numbers into this tensor.
    fn changes(&self, id: TensorId) -> bool {
        use BlockTensor as B;
        match (self.target.address(), id) {
            (None, TensorId::Block(block, tensor)) => {
                let made = match self.change {
                    Change::Bypass => &[B::Output][..],
                    _ => &[B::AttentionOutput, B::FfnOutput],
                };
                self.target == Target::Block(block) && made.contains(&tensor)
            }
            (None, _) => false,
            // an edge is cut where the softmax reads
            (Some(address), TensorId::Block(block, B::MaskedScores))
                if self.change == Change::Cut =>
            {
                [B::Attention, B::MaskedScores, B::Scores]
                    .into_iter()
                    .any(|tensor| address.tensor == TensorId::Block(block, tensor).into())
            }
            (Some(_), _) if self.change == Change::Cut => false,
            (Some(address), _) => address.tensor == id.into(),
        }
    }
}

impl Target {
    /// Whose numbers these are; a whole block's are not one tensor's.
    fn address(self) -> Option<Address> {
        let of_block = |block, tensor| Address::whole(TensorId::Block(block, tensor));
        match self {
            Self::Block(_) => None,
            Self::Attention(block) => Some(of_block(block, BlockTensor::AttentionOutput)),
            Self::Mlp(block) => Some(of_block(block, BlockTensor::FfnOutput)),
            Self::Head { block, head } => {
                Some(of_block(block, BlockTensor::HeadOutput).of_head(head))
            }
            Self::Cells(address) => Some(address),
        }
    }
}
