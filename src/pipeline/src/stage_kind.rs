//! Which stage it is: its identity and nothing else, so that the timeline, the pacing and the program can name
//! a stage without knowing any. What is known of a stage is its
//! [`StageDescription`](crate::stage::StageDescription).

use serde::{Deserialize, Serialize};

/// Declares the kinds, and the list of all of them.
macro_rules! kinds {
    ($($(#[doc = $words:literal])+ $kind:ident,)+) => {
        /// Which stage it is; `assets/pacing.ron` uses these names.
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
        )]
        pub enum StageKind {
            $($(#[doc = $words])+ $kind,)+
        }

        impl StageKind {
            /// All of them, in the order of a pass.
            pub const ALL: [Self; [$(Self::$kind),+].len()] = [$(Self::$kind),+];
        }
    };
}

kinds! {
    /// The whole model, at the beginning of the show.
    Machine,
    /// The text as tokens.
    Characters,
    /// Token and position look-up, and their sum.
    Embedding,
    /// The norm before the attention (pre-norm models).
    Norm1,
    /// Queries, keys and values.
    QkvProjection,
    /// All heads.
    Attention,
    /// Heads side by side, and their projection.
    AttentionOutput,
    /// Residual sum after the attention, and a norm.
    Residual1,
    /// Up, activation, down.
    FeedForward,
    /// Residual sum after the feed-forward, and a norm in post-norm models.
    Residual2,
    /// What leaves the block.
    BlockOutput,
    /// What the model would say if it ended after the block.
    LogitLens,
    /// A whole block in one stage.
    BlockSummary,
    /// The norm before the un-embedding.
    FinalNorm,
    /// Logits.
    Unembedding,
    /// Temperature, top-k, top-p, probabilities, the draw.
    Draw,
    /// The drawn token joins the text.
    JoinText,
    /// The whole model once more, at the end of the show.
    MachineAgain,
}
