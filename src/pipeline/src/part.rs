//! Which rows and columns of a matrix stand on the stage where there is no room for all of them. The
//! numbers that stand there are the model's own, and every sum goes over all; only the stage is small.
//! No drawing here.

use std::collections::BTreeSet;
use std::sync::Arc;

use orrery_model::{BlockTensor, BlockWeight, TensorId, WeightId};

use crate::operand::{Operand, Source};
use crate::pass::Pass;
use crate::stage::StageKind;

/// The indices that are shown along an axis, in order; none where all are.
pub type Shown = Option<Arc<[usize]>>;

/// What an axis of a matrix counts, as far as it may be too long for the stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AxisKind {
    /// The symbols of the vocabulary.
    Vocabulary,
    /// Columns of the feed-forward's hidden layer.
    Hidden,
    /// Places in the context.
    Positions,
    /// Anything else: always shown as a whole.
    Other,
}

/// A vocabulary of at most so many symbols is shown as a whole.
pub const MOST_SYMBOLS: usize = 96;
/// Of a larger one so many candidates are shown.
pub const CANDIDATES: usize = 40;
/// Of a larger embedding table at least so many rows.
const TABLE_ROWS: usize = 32;
/// A feed-forward matrix of at most so many cells is shown as a whole.
const MOST_HIDDEN_CELLS: usize = 9_216;
/// A context of at most so many places is shown as a whole.
const MOST_POSITIONS: usize = 96;

impl Operand {
    /// What its rows and columns count.
    pub fn axes(self) -> (AxisKind, AxisKind) {
        use AxisKind::{Hidden, Other, Positions, Vocabulary};
        let (rows, columns) = match self.source {
            Source::Weight(WeightId::Embedding | WeightId::HeadWeight) => (Vocabulary, Other),
            Source::Weight(WeightId::PositionEmbedding) => (Positions, Other),
            Source::Weight(WeightId::HeadBias)
            | Source::Sampling(_)
            | Source::Value(TensorId::Logits | TensorId::Probabilities) => (Other, Vocabulary),
            Source::Weight(WeightId::Block(_, BlockWeight::UpWeight | BlockWeight::UpBias))
            | Source::Value(TensorId::Block(
                _,
                BlockTensor::FfnPreActivation | BlockTensor::FfnHidden,
            )) => (Other, Hidden),
            Source::Weight(WeightId::Block(_, BlockWeight::DownWeight)) => (Hidden, Other),
            _ => (Other, Other),
        };
        if self.transposed {
            (columns, rows)
        } else {
            (rows, columns)
        }
    }
}

/// What one stage shows of each kind of axis.
#[derive(Clone, Debug, Default)]
pub struct Parts {
    vocabulary: Shown,
    by_text: bool,
    hidden: Shown,
    positions: Shown,
    /// Lengths of the axes: vocabulary, hidden layer, context.
    lengths: (usize, usize, usize),
}

/// The ids of the text and their neighbours in the table, in order.
fn around_the_text(pass: &Pass, symbols: usize) -> Arc<[usize]> {
    let ids: BTreeSet<usize> = pass.trace.ids().iter().copied().collect();
    let mut shown = ids.clone();
    for away in 1..symbols {
        for &id in &ids {
            for neighbour in [id.checked_sub(away), Some(id + away)] {
                if shown.len() >= TABLE_ROWS {
                    return shown.into_iter().collect();
                }
                shown.extend(neighbour.filter(|&id| id < symbols));
            }
        }
    }
    shown.into_iter().collect()
}

/// The indices of the largest numbers, in order, `always` among them.
fn largest(
    numbers: impl Iterator<Item = f32>,
    count: usize,
    always: Option<usize>,
) -> Arc<[usize]> {
    let mut ranked: Vec<(usize, f32)> = numbers.enumerate().collect();
    // stable: of equals the first
    ranked.sort_by(|a, b| b.1.total_cmp(&a.1));
    let mut shown: BTreeSet<usize> = always.into_iter().collect();
    for (index, _) in ranked {
        if shown.len() >= count {
            break;
        }
        shown.insert(index);
    }
    shown.into_iter().collect()
}

impl Parts {
    /// What a stage of a pass shows.
    pub fn of_stage(pass: &Pass, kind: StageKind, block: Option<usize>) -> Self {
        let config = pass.config();
        let symbols = config.vocab_size;
        let by_text = matches!(
            kind,
            StageKind::Machine | StageKind::Characters | StageKind::Embedding
        );
        let draw = &pass.draw;
        let vocabulary = (symbols > MOST_SYMBOLS).then(|| {
            if by_text {
                around_the_text(pass, symbols)
            } else {
                let logits = draw.scaled_logits.iter().copied();
                largest(logits, CANDIDATES, Some(draw.token_id))
            }
        });
        let hidden = block
            .filter(|_| config.d_model * config.d_ff > MOST_HIDDEN_CELLS)
            .and_then(|block| {
                let id = TensorId::Block(block, BlockTensor::FfnHidden);
                let values = pass.trace.matrix(id)?;
                let last = values.row(values.nrows().checked_sub(1)?);
                let count = (MOST_HIDDEN_CELLS / config.d_model.max(1)).max(16);
                Some(largest(last.iter().map(|x| x.abs()), count, None))
            });
        let places = config.context_length;
        let positions = (places > MOST_POSITIONS)
            .then(|| (0..pass.trace.tokens().max(TABLE_ROWS).min(places)).collect());
        Self {
            vocabulary,
            by_text,
            hidden,
            positions,
            lengths: (symbols, config.d_ff, places),
        }
    }

    /// What is shown along an axis.
    pub fn along(&self, kind: AxisKind) -> &Shown {
        match kind {
            AxisKind::Vocabulary => &self.vocabulary,
            AxisKind::Hidden => &self.hidden,
            AxisKind::Positions => &self.positions,
            AxisKind::Other => &None,
        }
    }

    /// What is shown of a matrix: its rows, its columns.
    pub fn of(&self, operand: Operand) -> (&Shown, &Shown) {
        let (rows, columns) = operand.axes();
        (self.along(rows), self.along(columns))
    }

    /// What a viewer must be told where an axis of this kind is on the stage.
    pub fn remark(&self, kind: AxisKind) -> Option<String> {
        let shown = self.along(kind).as_ref()?.len();
        let (symbols, hidden, places) = self.lengths;
        Some(match kind {
            AxisKind::Vocabulary if self.by_text => {
                format!("{shown} of {symbols} rows of the table shown: the text's and neighbours.")
            }
            AxisKind::Vocabulary => {
                format!("{shown} of {symbols} tokens shown, by logit; sums go over all.")
            }
            AxisKind::Hidden => format!(
                "{shown} of {hidden} hidden columns shown, the most active for the last token; sums go over all."
            ),
            AxisKind::Positions => format!("{shown} of {places} positions shown, the first."),
            AxisKind::Other => return None,
        })
    }
}
