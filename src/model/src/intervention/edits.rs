//! Changes as the forward pass needs them: for each tensor which cells, and what becomes of them.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::{Change, Intervention, InterventionError, Interventions, Target};
use crate::address::{Address, Cells, Index, TensorName};
use crate::config::GptConfig;
use crate::gpt::Gpt;
use crate::layout::TensorLayout;
use crate::parameters::Parameters;
use crate::tensor_id::{BlockTensor as B, TensorId};
use crate::trace::Trace;

/// What becomes of a number.
#[derive(Clone, Debug)]
enum Value {
    Set(f32),
    Scale(f32),
    Add(f32),
    Mean,
    Other {
        trace: Arc<Trace>,
        /// Where the other run's numbers stand.
        cells: Cells,
        row: Index,
    },
}

#[derive(Clone, Debug)]
struct Edit {
    cells: Cells,
    value: Value,
}

/// The changes to one run of a model over so many tokens.
#[derive(Clone, Debug, Default)]
pub(crate) struct Edits {
    by_tensor: HashMap<TensorId, Vec<Edit>>,
    bypassed: BTreeSet<usize>,
    /// Rows of attention without an edge, while the edits are gathered.
    cut: BTreeMap<(usize, usize, usize), BTreeSet<usize>>,
}

/// Whether a token's row holds what it sees of others, which are those before it.
fn looks_back(id: TensorId) -> bool {
    matches!(
        id,
        TensorId::Block(_, B::RawScores | B::Scores | B::MaskedScores | B::Attention)
    )
}

impl Edits {
    /// The changes that are asked for, checked against the model and the number of tokens. Those of
    /// weights are left out: see [`changed_weights`].
    pub fn new(
        config: &GptConfig,
        layout: &TensorLayout<TensorId>,
        interventions: &Interventions,
    ) -> Result<Self, InterventionError> {
        let mut edits = Self::default();
        for one in interventions.list() {
            edits.gather(config, layout, interventions, one)?;
        }
        let full = edits.cut.iter().find(|((_, _, row), cut)| cut.len() > *row);
        match full {
            Some((&(block, head, row), _)) => Err(InterventionError::LastEdge { block, head, row }),
            None => Ok(edits),
        }
    }

    fn gather(
        &mut self,
        config: &GptConfig,
        layout: &TensorLayout<TensorId>,
        interventions: &Interventions,
        one: &Intervention,
    ) -> Result<(), InterventionError> {
        let Some(address) = one.target.address() else {
            return self.gather_block(config, layout, interventions, one);
        };
        let TensorName::Value(mut id) = address.tensor else {
            return Ok(());
        };
        if one.change == Change::Cut {
            id = match id {
                TensorId::Block(block, B::Attention | B::MaskedScores | B::Scores) => {
                    TensorId::Block(block, B::MaskedScores)
                }
                _ => return Err(InterventionError::Cut),
            };
        }
        let cells = address.in_trace(layout, config.n_heads)?;
        if looks_back(id) && cells.iter().all(|(_, row, column)| column > row) {
            return Err(InterventionError::Ahead(address));
        }
        let value = match one.change {
            Change::Bypass => return Err(InterventionError::Bypass),
            Change::Cut => {
                if let TensorId::Block(block, _) = id {
                    for (head, row, column) in cells.iter().filter(|(_, r, c)| c <= r) {
                        self.cut
                            .entry((block, head, row))
                            .or_default()
                            .insert(column);
                    }
                }
                Value::Set(f32::NEG_INFINITY)
            }
            Change::Off => Value::Set(0.0),
            Change::Set(value) => Value::Set(value),
            Change::Scale(factor) => Value::Scale(factor),
            Change::Add(addend) => Value::Add(addend),
            Change::Mean => Value::Mean,
            Change::Other(row) => {
                let trace = interventions.other().ok_or(InterventionError::NoOther)?;
                let whole = Address {
                    row,
                    column: Index::All,
                    ..address
                };
                let there = whole
                    .in_trace(trace.layout(), config.n_heads)
                    .map_err(|_| InterventionError::OtherShape(address))?;
                // a token's row of attention is as long as the text: what is not seen is not taken
                let columns = if looks_back(id) {
                    cells.columns.end.min(cells.rows.end)
                } else {
                    cells.columns.end
                };
                let rows = row == Index::All && cells.rows.end > there.rows.end;
                if rows || columns > there.columns.end {
                    return Err(InterventionError::OtherShape(address));
                }
                Value::Other {
                    trace: Arc::clone(trace),
                    cells: there,
                    row,
                }
            }
        };
        let edit = Edit { cells, value };
        self.by_tensor.entry(id).or_default().push(edit);
        Ok(())
    }

    fn gather_block(
        &mut self,
        config: &GptConfig,
        layout: &TensorLayout<TensorId>,
        interventions: &Interventions,
        one: &Intervention,
    ) -> Result<(), InterventionError> {
        let Target::Block(block) = one.target else {
            return Ok(());
        };
        if block >= config.n_blocks {
            let last = config.n_blocks - 1;
            return Err(InterventionError::Block { block, last });
        }
        match one.change {
            Change::Bypass => {
                self.bypassed.insert(block);
                Ok(())
            }
            Change::Off => [Target::Attention(block), Target::Mlp(block)]
                .into_iter()
                .try_for_each(|target| {
                    let one = Intervention {
                        target,
                        change: Change::Off,
                    };
                    self.gather(config, layout, interventions, &one)
                }),
            _ => Err(InterventionError::WholeBlock(block)),
        }
    }

    /// Whether this tensor is changed.
    pub fn changes(&self, id: TensorId) -> bool {
        self.by_tensor.contains_key(&id)
    }

    /// Whether this block hands on what entered it.
    pub fn bypasses(&self, block: usize) -> bool {
        self.bypassed.contains(&block)
    }

    /// The first block that anything is changed in (the number of blocks, if only what follows them is);
    /// `None` if what enters the first is changed.
    pub fn first_block(&self, config: &GptConfig) -> Option<usize> {
        let blocks = self.by_tensor.keys().map(|&id| match id {
            TensorId::TokenEmbedding | TensorId::PositionEmbedding | TensorId::Embedded => None,
            TensorId::Block(block, _) => Some(block),
            _ => Some(config.n_blocks),
        });
        let bypassed = self.bypassed.iter().map(|&block| Some(block));
        blocks
            .chain(bypassed)
            .min()
            .unwrap_or(Some(config.n_blocks))
    }

    /// Makes the changes of this tensor, whose numbers have just been computed.
    pub fn apply(&self, id: TensorId, values: &mut [f32]) {
        for edit in self.by_tensor.get(&id).into_iter().flatten() {
            edit.apply(id, values);
        }
    }
}

impl Edit {
    fn apply(&self, id: TensorId, values: &mut [f32]) {
        let cells = &self.cells;
        let means = match self.value {
            Value::Mean => cells.means(values),
            _ => Vec::new(),
        };
        for (head, row, column) in cells.iter() {
            if looks_back(id) && column > row {
                continue;
            }
            let Some(number) = values.get_mut(cells.position(head, row, column)) else {
                continue;
            };
            *number = match &self.value {
                Value::Set(value) => *value,
                Value::Scale(factor) => *number * factor,
                Value::Add(addend) => *number + addend,
                Value::Mean => {
                    let width = cells.columns.len();
                    let at = (head - cells.heads.start) * width + column - cells.columns.start;
                    means.get(at).copied().unwrap_or(*number)
                }
                Value::Other {
                    trace,
                    cells,
                    row: from,
                } => {
                    let row = if *from == Index::All {
                        row
                    } else {
                        cells.rows.start
                    };
                    let there = trace.layout().get(id).map(|entry| entry.range.start);
                    let at = there.map(|start| start + cells.position(head, row, column));
                    at.and_then(|at| trace.values().get(at))
                        .copied()
                        .unwrap_or(*number)
                }
            };
        }
    }
}

impl Cells {
    /// The mean over all rows of each of these columns, head by head.
    fn means(&self, values: &[f32]) -> Vec<f32> {
        let rows = self.all_rows;
        let mean = |head, column| {
            let column = (0..rows).filter_map(|row| values.get(self.position(head, row, column)));
            (column.map(|&x| f64::from(x)).sum::<f64>() / rows as f64) as f32
        };
        let heads = self.heads.clone();
        heads
            .flat_map(|head| self.columns.clone().map(move |column| (head, column)))
            .map(|(head, column)| mean(head, column))
            .collect()
    }
}

/// The model with the weights that are changed, if any is.
pub(crate) fn changed_weights(
    gpt: &Gpt,
    interventions: &Interventions,
) -> Result<Option<Gpt>, InterventionError> {
    let mut changed: Option<Parameters> = None;
    for one in interventions.list() {
        let Target::Cells(address) = one.target else {
            continue;
        };
        let TensorName::Weight(id) = address.tensor else {
            continue;
        };
        let cells = address.in_parameters(gpt.parameters().layout())?;
        let parameters = changed.get_or_insert_with(|| gpt.parameters().clone());
        let values = parameters.get_mut(id).unwrap_or_default();
        for (head, row, column) in cells.iter() {
            let Some(value) = values.get_mut(cells.position(head, row, column)) else {
                continue;
            };
            *value = match one.change {
                Change::Off => 0.0,
                Change::Set(new) => new,
                Change::Scale(factor) => *value * factor,
                Change::Add(addend) => *value + addend,
                _ => return Err(InterventionError::Weight(address)),
            };
        }
    }
    match changed {
        None => Ok(None),
        Some(parameters) => Ok(Some(Gpt::new(gpt.config().clone(), parameters)?)),
    }
}
