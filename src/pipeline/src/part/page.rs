//! Pages: what of a long axis is shown at a time, and how many pages there are.

use super::{
    AxisKind, CANDIDATES, FEATURES, MOST_SYMBOLS, MOST_TOKENS, ShownHeads, TABLE_ROWS, choice,
};
use crate::pass::Pass;
use crate::stage_kind::StageKind;

/// An axis that can be paged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PagedAxis {
    /// Rows of the embedding table: first those of the text, then all in order.
    Table,
    /// Tokens of the vocabulary by logit, the largest first.
    Logits,
    /// Features of the residual stream, in order.
    Features,
    /// Heads, and columns of each, in order.
    Heads,
    /// Hidden columns of the feed-forward, the most active first.
    Hidden,
    /// Tokens of the text, the last first.
    Tokens,
}

impl PagedAxis {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Table,
        Self::Logits,
        Self::Features,
        Self::Heads,
        Self::Hidden,
        Self::Tokens,
    ];

    /// The name by which commands know it (`--page logits=2`).
    pub fn name(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Logits => "logits",
            Self::Features => "features",
            Self::Heads => "heads",
            Self::Hidden => "hidden",
            Self::Tokens => "tokens",
        }
    }

    /// Whether it is an axis of this kind.
    pub(super) fn counts(self, kind: AxisKind) -> bool {
        match self {
            Self::Table | Self::Logits => kind == AxisKind::Vocabulary,
            Self::Features => kind == AxisKind::Features,
            Self::Heads => matches!(kind, AxisKind::Heads | AxisKind::Head),
            Self::Hidden => kind == AxisKind::Hidden,
            Self::Tokens => kind == AxisKind::Tokens,
        }
    }

    /// How many pages it has in a pass; 1 where everything is shown at once.
    pub fn page_count(self, pass: &Pass) -> usize {
        let config = pass.config();
        let pages = match self {
            Self::Table if config.vocab_size > MOST_SYMBOLS => {
                1 + config.vocab_size.div_ceil(TABLE_ROWS)
            }
            Self::Logits if config.vocab_size > MOST_SYMBOLS => {
                config.vocab_size.div_ceil(CANDIDATES)
            }
            Self::Features if choice::features(config.d_model, 0).is_some() => {
                config.d_model.div_ceil(FEATURES)
            }
            Self::Heads => {
                let tokens = pass.trace.tokens().min(MOST_TOKENS);
                ShownHeads::page_count(config, tokens)
            }
            Self::Hidden => choice::hidden_columns(config)
                .map_or(1, |columns| config.d_ff.div_ceil(columns.max(1))),
            Self::Tokens => pass.trace.tokens().div_ceil(MOST_TOKENS),
            Self::Table | Self::Logits | Self::Features => 1,
        };
        pages.max(1)
    }
}

/// Which page of each axis is shown, from 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pages([usize; PagedAxis::ALL.len()]);

impl Pages {
    /// The page of an axis, from 0. May lie beyond its last: then the last is meant.
    pub fn of(&self, axis: PagedAxis) -> usize {
        self.0[axis as usize]
    }

    /// The same with another page of an axis.
    pub fn with(mut self, axis: PagedAxis, page: usize) -> Self {
        self.0[axis as usize] = page;
        self
    }
}

impl StageKind {
    /// The axis that is paged here: of those with several pages the one that matters most.
    pub fn paged_axis(self, pass: &Pass) -> Option<PagedAxis> {
        let axes = self.description().paged_axes.iter().copied();
        axes.into_iter().find(|axis| axis.page_count(pass) > 1)
    }
}
