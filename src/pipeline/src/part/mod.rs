//! Which rows and columns of a matrix are shown where there is no room for all of them. The numbers shown are the
//! model's own, and every sum goes over all of them; only the stage is small. What is not shown can be paged to.
//! No drawing here.

mod axis;
mod choice;
mod heads;
mod overview;
mod page;
mod remark;

use std::sync::Arc;

use crate::operand::Operand;
use crate::pass::Pass;
use crate::stage_kind::StageKind;

pub use axis::AxisKind;
pub use heads::ShownHeads;
pub use overview::Overview;
pub use page::{PagedAxis, Pages};

/// Which tokens of a vocabulary too large for the stage are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShownTokens {
    /// All of them: the stage has no vocabulary.
    All,
    /// Those of the text, and their neighbours in the embedding table.
    OfTheText,
    /// Those with the largest logits.
    ByLogit,
    /// Those with the largest logits if the stage's block were the last.
    ByLensLogit,
}

/// The indices that are shown along an axis, in order; none where all are.
pub type Shown = Option<Arc<[usize]>>;

/// A vocabulary of up to this size is shown as a whole.
pub const MOST_SYMBOLS: usize = 96;
/// How many candidates of a larger one are shown.
pub const CANDIDATES: usize = 40;
/// A residual stream of up to this width is shown as a whole; likewise heads that have together no more columns.
pub const MOST_FEATURES: usize = 96;
/// How many features of a wider one are shown.
pub const FEATURES: usize = 64;
/// How many tokens of a longer text are shown.
pub const MOST_TOKENS: usize = 64;
/// How many rows of a larger embedding table are shown, at least.
const TABLE_ROWS: usize = 32;
/// A feed-forward matrix of up to this many cells is shown as a whole.
const MOST_HIDDEN_CELLS: usize = 9_216;
/// A context of up to this many positions is shown as a whole.
const MOST_POSITIONS: usize = 96;

/// What one stage shows of each kind of axis.
#[derive(Clone, Debug)]
pub struct Parts {
    vocabulary: Shown,
    by_text: bool,
    hidden: Shown,
    positions: Shown,
    features: Shown,
    tokens: Shown,
    heads: ShownHeads,
    /// Lengths of the whole axes.
    whole: Lengths,
    /// The axis that is paged in this stage, its page from 0, and how many it has.
    paged: Option<(PagedAxis, usize, usize)>,
}

/// Lengths of the axes of a model and a text.
#[derive(Clone, Copy, Debug)]
struct Lengths {
    vocabulary: usize,
    hidden: usize,
    positions: usize,
    features: usize,
    tokens: usize,
}

impl Parts {
    /// What a stage of a pass shows, on these pages.
    pub fn of_stage(pass: &Pass, kind: StageKind, block: Option<usize>, pages: &Pages) -> Self {
        let config = pass.config();
        let whole = Lengths {
            vocabulary: config.vocab_size,
            hidden: config.d_ff,
            positions: config.context_length,
            features: config.d_model,
            tokens: pass.trace.tokens(),
        };
        let on = |axis: PagedAxis| pages.of(axis).min(axis.page_count(pass) - 1);
        let tokens = choice::tokens(whole.tokens, on(PagedAxis::Tokens));
        let shown_tokens = tokens.as_ref().map_or(whole.tokens, |shown| shown.len());
        let stage = kind.description();
        let vocabulary = match stage.shown_tokens {
            _ if whole.vocabulary <= MOST_SYMBOLS => None,
            ShownTokens::All => None,
            ShownTokens::OfTheText => Some(choice::table_rows(pass, &tokens, on(PagedAxis::Table))),
            ShownTokens::ByLogit => Some(choice::candidates(pass, on(PagedAxis::Logits))),
            ShownTokens::ByLensLogit => {
                block.and_then(|block| choice::lens_candidates(pass, block, on(PagedAxis::Logits)))
            }
        };
        let features = choice::features(whole.features, on(PagedAxis::Features));
        let hidden = block.and_then(|block| choice::hidden(pass, block, on(PagedAxis::Hidden)));
        let page = on(PagedAxis::Heads);
        let heads = ShownHeads::choose(config, shown_tokens, stage.shows_attention, page);
        let mut parts = Self {
            vocabulary,
            by_text: stage.shown_tokens == ShownTokens::OfTheText,
            hidden,
            positions: choice::positions(whole.positions, whole.tokens, &tokens),
            features,
            tokens,
            heads,
            whole,
            paged: None,
        };
        parts.paged = kind
            .paged_axis(pass)
            .map(|axis| (axis, on(axis), axis.page_count(pass)));
        parts
    }

    /// The tokens of a vocabulary too large for the stage that are shown first, by id; none where all are shown.
    pub fn largest_logits(pass: &Pass) -> Shown {
        (pass.config().vocab_size > MOST_SYMBOLS).then(|| choice::candidates(pass, 0))
    }

    /// What is shown along an axis.
    pub fn along(&self, kind: AxisKind) -> &Shown {
        match kind {
            AxisKind::Vocabulary => &self.vocabulary,
            AxisKind::Hidden => &self.hidden,
            AxisKind::Positions => &self.positions,
            AxisKind::Features => &self.features,
            AxisKind::Heads => self.heads.side_by_side(),
            AxisKind::Head => self.heads.of_each(),
            AxisKind::Tokens => &self.tokens,
            AxisKind::Other => &None,
        }
    }

    /// What is shown of a matrix: its rows, its columns.
    pub fn of(&self, operand: Operand) -> (&Shown, &Shown) {
        let (rows, columns) = operand.axes();
        (self.along(rows), self.along(columns))
    }

    /// The heads that are shown.
    pub fn heads(&self) -> &ShownHeads {
        &self.heads
    }

    /// How many features of the residual stream are shown.
    pub fn features(&self) -> usize {
        length(&self.features, self.whole.features)
    }

    /// How many tokens are shown.
    pub fn tokens(&self) -> usize {
        length(&self.tokens, self.whole.tokens)
    }

    /// The tokens that are shown, by their place in the text.
    pub fn token_places(&self) -> Vec<usize> {
        match &self.tokens {
            Some(shown) => shown.to_vec(),
            None => (0..self.whole.tokens).collect(),
        }
    }
}

/// How many indices of an axis are shown.
fn length(shown: &Shown, whole: usize) -> usize {
    shown.as_ref().map_or(whole, |shown| shown.len())
}
