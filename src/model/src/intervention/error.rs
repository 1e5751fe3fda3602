//! Why a run cannot be changed as asked for.

use crate::address::{Address, AddressError};
use crate::gpt::GptError;

/// Why a run cannot be changed as asked for.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum InterventionError {
    /// It cannot be read.
    #[error(
        "'{0}' is no change: write for example h2.head3=off, h1.mlp=off, h2.gelu[*,117]=0, \
         h0.att.2[5,3]=cut, h3.resid_post[4,*]*=2 or h3.resid_post[4,*]<B[5]"
    )]
    Unreadable(String),
    /// A number that is none.
    #[error("'{0}' is no finite number to change something by")]
    Number(String),
    /// Numbers that the model does not have.
    #[error(transparent)]
    Address(#[from] AddressError),
    /// A block that is not there.
    #[error("the model has no block {block}: the blocks are 0 to {last}")]
    Block {
        /// The block that was asked for.
        block: usize,
        /// The last there is.
        last: usize,
    },
    /// What can be done to a whole block is little.
    #[error("a whole block can be switched off (h{0}=off) or bypassed (h{0}=bypass), nothing else")]
    WholeBlock(usize),
    /// A bypassed block's stages would not lead to what leaves it.
    #[error(
        "a bypassed block cannot be shown stage by stage: what leaves it is not what its stages make. Take \
         h{0}=off, or look at it with `orrery report --intervene h{0}=bypass`"
    )]
    BypassShown(usize),
    /// Only a block can be bypassed.
    #[error("only a whole block can be bypassed: h2=bypass")]
    Bypass,
    /// Only attention has edges.
    #[error("only an edge of the attention can be cut: h0.att.2[5,3]=cut")]
    Cut,
    /// A token that would look ahead.
    #[error("{0}: no token looks ahead, so there is nothing to change")]
    Ahead(Address),
    /// The last edge of a row.
    #[error(
        "token {row} would see nothing in head {head} of block {block}: leave it one edge of its attention"
    )]
    LastEdge {
        /// The block.
        block: usize,
        /// The head.
        head: usize,
        /// The row, which is the token's position.
        row: usize,
    },
    /// There is no other run.
    #[error("'<B' takes numbers of another run, and there is none: name its text with --compare")]
    NoOther,
    /// The other run lacks what is asked of it.
    #[error("{0}: the run B has no such rows or columns; it is another text")]
    OtherShape(Address),
    /// Weights are not taken from a run.
    #[error("{0} is a weight: it can be set, scaled or added to")]
    Weight(Address),
    /// The model refuses the tokens.
    #[error(transparent)]
    Gpt(#[from] GptError),
}
