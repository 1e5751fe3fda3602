//! The parts of a model that write to the residual stream, or can be switched off.

use orrery_model::Target;

/// A part; blocks and heads are counted from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Part {
    /// The token's embedding.
    Token,
    /// The position's embedding.
    Position,
    /// A head's output through its rows of W_O, without b_V and b_O.
    Head {
        /// The block.
        block: usize,
        /// The head.
        head: usize,
    },
    /// All of a block's heads with b_V and b_O: what the attention adds.
    Attention(usize),
    /// What a block's feed-forward adds; as a share without b2.
    Mlp(usize),
    /// A whole block.
    Block(usize),
}

impl Part {
    /// How it is written in an intervention, if it can be switched off.
    pub fn target(self) -> Option<Target> {
        match self {
            Self::Token | Self::Position => None,
            Self::Head { block, head } => Some(Target::Head { block, head }),
            Self::Attention(block) => Some(Target::Attention(block)),
            Self::Mlp(block) => Some(Target::Mlp(block)),
            Self::Block(block) => Some(Target::Block(block)),
        }
    }
}
