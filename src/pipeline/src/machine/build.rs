//! Lays the machine out: where each slab is, how the beam runs, what the parts are called.

use crate::bounds::Bounds;
use glam::Vec3;
use ndarray::Axis;
use orrery_model::{BlockTensor, GptConfig, TensorId, WeightId};

use super::Machine;
use super::column::{Column, behind, centred};
use super::name::{Name, NameKind};
use super::slab::{Leaf, Slab, SlabKind};
use super::strand::{Route, Strand};
use crate::colour::{Quantity, Scale};
use crate::operand::{Operand, Source};
use crate::pass::Pass;
use crate::placement::Placement;
use crate::timeline::Window;

/// No slab shows more tokens, positions or symbols of the vocabulary.
pub(super) const MOST_ENTRIES: usize = 64;
/// No slab shows more of the model's own widths.
const MOST_WIDTH: usize = 128;
/// No slab is folded into more leaves.
const MOST_LEAVES: usize = 16;
/// Thickness of the beam, of its branches and of the light where the data is, as a share of the gaps.
pub(super) const BEAM: f32 = 0.28;
pub(super) const BRANCH: f32 = 0.17;
const DATA: f32 = 0.95;

/// How a slab is folded.
#[derive(Clone, Copy)]
pub(super) enum Fold {
    /// It is one sheet.
    Flat,
    /// Bands of columns, one behind the other.
    Columns,
    /// Bands of rows, one behind the other.
    Rows,
}

/// A machine under construction.
pub(super) struct Builder<'a> {
    pub(super) pass: &'a Pass,
    pub(super) config: &'a GptConfig,
    range: &'a dyn Fn(Quantity) -> f32,
    pub(super) slabs: Vec<Slab>,
    pub(super) strands: Vec<Strand>,
    pub(super) route: Route,
    pub(super) names: Vec<Name>,
    /// Shown tokens and shown width of the residual stream.
    pub(super) tokens: usize,
    pub(super) width: usize,
    /// Between slabs of a column, and between the leaves of a slab.
    pub(super) gap: f32,
    pub(super) fan: f32,
}

/// Whether matrices of a pass are too large to be shown in the machine as a whole.
pub(crate) fn shows_parts(pass: &Pass) -> bool {
    let config = pass.config();
    let width = config.d_model.min(MOST_WIDTH);
    config.d_model > MOST_WIDTH
        || config.d_ff > width * MOST_LEAVES
        || config.vocab_size.max(config.context_length) > MOST_ENTRIES
        || pass.trace.tokens() > MOST_ENTRIES
}

/// The machine of a pass.
pub(super) fn machine(pass: &Pass, range: &dyn Fn(Quantity) -> f32) -> Machine {
    let config = pass.config();
    let width = config.d_model.min(MOST_WIDTH);
    let size = 1.2 + 0.08 * width as f32;
    let mut builder = Builder {
        pass,
        config,
        range,
        slabs: Vec::new(),
        strands: Vec::new(),
        route: Route::default(),
        names: Vec::new(),
        tokens: pass.trace.tokens().min(MOST_ENTRIES),
        width,
        gap: size,
        fan: size,
    };
    let mut left = builder.embedding();
    for block in 0..config.n_blocks {
        left = builder.block(block, left);
    }
    builder.head(left);
    let bounds = builder
        .slabs
        .iter()
        .filter_map(Slab::bounds)
        .reduce(Bounds::union)
        .unwrap_or(Bounds::new(Vec3::ZERO, Vec3::ZERO));
    Machine {
        data_size: DATA * builder.gap * builder.fineness(),
        slabs: builder.slabs,
        strands: builder.strands,
        route: builder.route,
        names: builder.names,
        bounds,
    }
    .moved_to_the_middle()
}

impl Machine {
    /// The stages are placed around the middle of the world, and so is the machine: then the flight between
    /// them is short.
    fn moved_to_the_middle(mut self) -> Self {
        let shift = Vec3::X * -f32::midpoint(self.bounds.least.x, self.bounds.most.x);
        for leaf in self.slabs.iter_mut().flat_map(|slab| &mut slab.leaves) {
            leaf.placement = leaf.placement.shifted(shift);
        }
        for strand in &mut self.strands {
            strand.from += shift;
            strand.to += shift;
        }
        for name in &mut self.names {
            name.anchor += shift;
        }
        self.route.shift(shift);
        self.bounds = Bounds::new(self.bounds.least + shift, self.bounds.most + shift);
        self
    }
}

impl Builder<'_> {
    /// Puts a matrix in place, if this model has it.
    pub(super) fn slab(
        &mut self,
        operand: Operand,
        placement: Placement,
        fold: Fold,
        window: Window,
    ) {
        let Some(whole) = self.pass.view(operand) else {
            return;
        };
        let (most_rows, most_columns) = self.most(operand, fold);
        let rows = whole.nrows().min(most_rows);
        let columns = whole.ncols().min(most_columns);
        let (shown, _) = whole.view().split_at(Axis(0), rows);
        let values = shown.split_at(Axis(1), columns).0.to_owned();
        let (row_step, column_step) = match fold {
            Fold::Flat => (rows, columns),
            Fold::Columns => (rows, self.width),
            Fold::Rows => (self.width, columns),
        };
        let mut leaves = Vec::new();
        for first_row in (0..rows).step_by(row_step.max(1)) {
            for first_column in (0..columns).step_by(column_step.max(1)) {
                leaves.push(Leaf {
                    rows: first_row..(first_row + row_step).min(rows),
                    columns: first_column..(first_column + column_step).min(columns),
                    placement: behind(placement, leaves.len(), self.fan),
                });
            }
        }
        let quantity = operand.quantity();
        self.slabs.push(Slab {
            operand,
            values,
            whole: whole.dim().into(),
            scale: Scale {
                quantity,
                range: (self.range)(quantity),
            },
            leaves,
            kind: match operand.source {
                Source::Weight(_) => SlabKind::Weight,
                _ => SlabKind::Value,
            },
            window,
        });
    }

    /// The most rows and columns that are shown of a matrix.
    fn most(&self, operand: Operand, fold: Fold) -> (usize, usize) {
        let folded = self.width * MOST_LEAVES;
        let (rows, columns) = match operand.source {
            Source::Weight(
                WeightId::Embedding | WeightId::PositionEmbedding | WeightId::HeadWeight,
            ) => (MOST_ENTRIES, MOST_WIDTH),
            Source::Weight(_) => (MOST_WIDTH, MOST_WIDTH),
            Source::Sampling(_) | Source::Lens(..) | Source::Likeliest(_) => (1, MOST_ENTRIES),
            Source::Value(TensorId::Logits | TensorId::Probabilities) => {
                (MOST_ENTRIES, MOST_ENTRIES)
            }
            Source::Value(TensorId::Block(_, BlockTensor::Attention)) => {
                (MOST_ENTRIES, MOST_ENTRIES)
            }
            Source::Value(_) => (MOST_ENTRIES, MOST_WIDTH),
        };
        let (rows, columns) = match fold {
            Fold::Flat => (rows, columns),
            Fold::Columns => (rows, folded),
            Fold::Rows => (folded, columns),
        };
        if operand.transposed {
            (columns, rows)
        } else {
            (rows, columns)
        }
    }

    pub(super) fn has(&self, operand: Operand) -> bool {
        match operand.source {
            Source::Weight(id) => self.pass.gpt.parameters().get(id).is_some(),
            _ => true,
        }
    }

    /// A row of biases (or of γ, β) in a column, if the model has it.
    pub(super) fn row(
        &mut self,
        column: &mut Column,
        operand: Operand,
        leaf: usize,
        window: Window,
    ) {
        if self.has(operand) {
            let place = column.place(1, self.width, 0.7);
            self.slab(operand, behind(place, leaf, self.fan), Fold::Flat, window);
        }
    }

    /// A slab on the beam, with a row for each token and the model's width.
    pub(super) fn on_beam(&mut self, operand: Operand, x: f32, leaf: usize, window: Window) {
        let place = centred(x, self.tokens as f32 * 0.5, self.width);
        self.slab(operand, behind(place, leaf, self.fan), Fold::Flat, window);
    }

    /// A norm's γ and β over the slab that the norm has made on the beam.
    pub(super) fn rows_over_beam(&mut self, x: f32, rows: [Operand; 2], window: Window) {
        let mut column = Column::new(x, self.tokens as f32 * 0.5 + 0.8, 1.0);
        for row in rows {
            self.row(&mut column, row, 0, window);
        }
    }

    /// A machine of few blocks has room beside them, which a picture would leave empty.
    pub(super) fn breadth(&self) -> f32 {
        (7.0 / self.config.n_blocks as f32).clamp(0.85, 1.8)
    }

    /// A machine of many blocks is seen from far away: its beam must not be lost between pixels.
    fn fineness(&self) -> f32 {
        (self.config.n_blocks as f32 / 6.0).max(1.0)
    }

    /// Half the height of the slabs on the beam, and the free space above them.
    pub(super) fn lift(&self) -> f32 {
        self.tokens as f32 * 0.5 + self.gap + 2.6
    }

    pub(super) fn strand(&mut self, from: Vec3, to: Vec3, window: Window, thickness: f32) {
        self.strands.push(Strand {
            from,
            to,
            window,
            thickness: thickness * self.gap * self.fineness(),
        });
    }

    /// A way along which the data goes: a branch, and a part of its route.
    pub(super) fn branch(&mut self, corners: &[(f32, Vec3)]) {
        for pair in corners.windows(2) {
            self.strand(
                pair[0].1,
                pair[1].1,
                Window::new(pair[0].0, pair[1].0),
                BRANCH,
            );
        }
        for &(time, place) in corners {
            self.route.to(time, place);
        }
    }

    pub(super) fn name(
        &mut self,
        kind: NameKind,
        text: &str,
        anchor: Vec3,
        above: bool,
        window: Window,
    ) {
        self.names.push(Name {
            kind,
            text: text.to_owned(),
            detail: String::new(),
            anchor,
            above,
            window,
            then: None,
        });
    }

    /// What the last slab leaves out, behind the name that was given last.
    pub(super) fn admit_what_is_left_out(&mut self) {
        if let (Some(slab), Some(name)) = (self.slabs.last(), self.names.last_mut())
            && let Some(words) = slab.left_out()
        {
            name.detail = words;
        }
    }
}
