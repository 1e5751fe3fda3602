//! Lays the machine out: which slab stands where, how the beam runs, what the parts are called.

use glam::Vec3;
use ndarray::Axis;
use orrery_model::{BlockTensor, BlockWeight, GptConfig, NormPlacement, TensorId, WeightId};

use super::Machine;
use super::clock;
use super::column::{Column, behind, centred};
use super::name::{Name, NameKind};
use super::slab::{Leaf, Slab, SlabKind};
use super::strand::{Route, Strand};
use crate::colour::{Quantity, Scale};
use crate::operand::{Operand, SamplingTensor, Source};
use crate::pass::Pass;
use crate::placement::Placement;
use crate::timeline::Window;

/// No slab shows more tokens, positions or symbols of the vocabulary.
const MOST_TOKENS: usize = 64;
/// No slab shows more of the model's own widths.
const MOST_WIDTH: usize = 128;
/// No slab is folded into more leaves.
const MOST_LEAVES: usize = 16;
/// Thickness of the beam and of its branches, in units.
const BEAM: f32 = 0.9;
const BRANCH: f32 = 0.42;
/// Height of the one row of probabilities, in units.
const BAR_HEIGHT: f32 = 3.0;

/// How a slab is folded.
#[derive(Clone, Copy)]
enum Fold {
    /// It is one sheet.
    Flat,
    /// Bands of columns, one behind the other.
    Columns,
    /// Bands of rows, one behind the other.
    Rows,
}

struct Builder<'a> {
    pass: &'a Pass,
    config: &'a GptConfig,
    range: &'a dyn Fn(Quantity) -> f32,
    slabs: Vec<Slab>,
    strands: Vec<Strand>,
    route: Route,
    names: Vec<Name>,
    /// Shown tokens and shown width of the residual stream.
    tokens: usize,
    width: usize,
    /// Between slabs of a column, and between the leaves of a slab.
    gap: f32,
    fan: f32,
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
        tokens: pass.trace.tokens().min(MOST_TOKENS),
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
        .reduce(|(least, most), (l, m)| (least.min(l), most.max(m)))
        .unwrap_or_default();
    Machine {
        slabs: builder.slabs,
        strands: builder.strands,
        route: builder.route,
        names: builder.names,
        bounds,
    }
    .moved_to_the_middle()
}

impl Machine {
    /// The stages stand around the middle of the world, so the machine does too: then the flight between
    /// them is short.
    fn moved_to_the_middle(mut self) -> Self {
        let shift = Vec3::X * -f32::midpoint(self.bounds.0.x, self.bounds.1.x);
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
        self.bounds = (self.bounds.0 + shift, self.bounds.1 + shift);
        self
    }
}

impl Builder<'_> {
    /// Puts a matrix in place, if this model has it.
    fn slab(&mut self, operand: Operand, placement: Placement, fold: Fold, window: (f32, f32)) {
        let Some(whole) = self.pass.matrix(operand) else {
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
            whole: whole.dim(),
            scale: Scale {
                quantity,
                range: (self.range)(quantity),
            },
            leaves,
            kind: match operand.source {
                Source::Weight(_) => SlabKind::Weight,
                _ => SlabKind::Value,
            },
            window: Window::new(window.0, window.1),
        });
    }

    /// The most rows and columns that are shown of a matrix.
    fn most(&self, operand: Operand, fold: Fold) -> (usize, usize) {
        let folded = self.width * MOST_LEAVES;
        let (rows, columns) = match operand.source {
            Source::Weight(
                WeightId::Embedding | WeightId::PositionEmbedding | WeightId::HeadWeight,
            ) => (MOST_TOKENS, MOST_WIDTH),
            Source::Weight(_) => (MOST_WIDTH, MOST_WIDTH),
            Source::Sampling(_) => (1, MOST_TOKENS),
            Source::Value(TensorId::Logits | TensorId::Probabilities) => (MOST_TOKENS, MOST_TOKENS),
            Source::Value(TensorId::Block(_, BlockTensor::Attention)) => (MOST_TOKENS, MOST_TOKENS),
            Source::Value(_) => (MOST_TOKENS, MOST_WIDTH),
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

    fn has(&self, operand: Operand) -> bool {
        match operand.source {
            Source::Weight(id) => self.pass.gpt.parameters().get(id).is_some(),
            _ => true,
        }
    }

    /// A row of biases (or of γ, β) in a column, if the model has it.
    fn row(&mut self, column: &mut Column, operand: Operand, leaf: usize, window: (f32, f32)) {
        if self.has(operand) {
            let place = column.place(1, self.width, 0.7);
            self.slab(operand, behind(place, leaf, self.fan), Fold::Flat, window);
        }
    }

    /// A slab of one row for each token and the model's width that stands on the beam.
    fn on_beam(&mut self, operand: Operand, x: f32, leaf: usize, window: (f32, f32)) {
        let place = centred(x, self.tokens as f32 * 0.5, self.width);
        self.slab(operand, behind(place, leaf, self.fan), Fold::Flat, window);
    }

    /// A norm's γ and β over the slab that the norm has made on the beam.
    fn rows_over_beam(&mut self, x: f32, rows: [Operand; 2], window: (f32, f32)) {
        let mut column = Column::new(x, self.tokens as f32 * 0.5 + 0.8, 1.0);
        for row in rows {
            self.row(&mut column, row, 0, window);
        }
    }

    /// Half the height of what stands on the beam, and the free space above it.
    fn lift(&self) -> f32 {
        self.tokens as f32 * 0.5 + self.gap + 2.6
    }

    fn strand(&mut self, from: Vec3, to: Vec3, window: (f32, f32), thickness: f32) {
        self.strands.push(Strand {
            from,
            to,
            window: Window::new(window.0, window.1),
            thickness,
        });
    }

    /// A way along which the data goes: a branch, and a part of its route.
    fn branch(&mut self, corners: &[(f32, Vec3)]) {
        for pair in corners.windows(2) {
            self.strand(pair[0].1, pair[1].1, (pair[0].0, pair[1].0), BRANCH);
        }
        for &(time, place) in corners {
            self.route.to(time, place);
        }
    }

    fn name(&mut self, kind: NameKind, text: &str, anchor: Vec3, above: bool, window: (f32, f32)) {
        self.names.push(Name {
            kind,
            text: text.to_owned(),
            detail: String::new(),
            anchor,
            above,
            window: Window::new(window.0, window.1),
        });
    }

    /// What the last slab leaves out, behind the name that was given last.
    fn admit_what_is_left_out(&mut self) {
        if let (Some(slab), Some(name)) = (self.slabs.last(), self.names.last_mut())
            && let Some(words) = slab.left_out()
        {
            name.detail = words;
        }
    }

    /// Token and position tables at the left; their sum stands where the first block begins. Returns where
    /// that is.
    fn embedding(&mut self) -> f32 {
        let half = self.width as f32 * 0.5;
        let mut above = Column::new(0.0, 2.0 + self.gap, 1.0);
        let mut below = Column::new(0.0, 2.0 + self.gap, -1.0);
        let symbols = self.config.vocab_size.min(MOST_TOKENS);
        let positions = self.config.context_length.min(MOST_TOKENS);
        let table = above.place(symbols, self.width, self.gap);
        self.slab(WeightId::Embedding.into(), table, Fold::Flat, (0.0, 0.7));
        let top = Vec3::new(0.0, above.end(self.gap), 0.0);
        self.name(NameKind::Part, "token embedding", top, true, (0.0, 0.7));
        self.admit_what_is_left_out();
        let table = below.place(positions, self.width, self.gap);
        self.slab(
            WeightId::PositionEmbedding.into(),
            table,
            Fold::Flat,
            (0.3, 0.9),
        );
        let foot = Vec3::new(0.0, below.end(self.gap), 0.0);
        self.name(NameKind::Part, "positions", foot, false, (0.3, 0.9));
        self.admit_what_is_left_out();

        let left = half + self.gap * 2.5;
        let start = Vec3::new(0.0, 0.0, 0.0);
        let end = Vec3::new(left + half, 0.0, 0.0);
        self.strand(top, start, (0.0, 0.6), BRANCH);
        self.strand(foot, start, (0.3, 0.6), BRANCH);
        self.strand(start, end, (0.6, 1.0), BEAM);
        self.route.to(0.0, top);
        self.route.to(0.6, start);
        self.route.to(1.0, end);
        self.on_beam(TensorId::Embedded.into(), left + half, 0, (0.6, 1.0));
        left
    }

    /// One block, from the matrix that enters it at `left`. Returns where what leaves it stands.
    fn block(&mut self, block: usize, left: f32) -> f32 {
        use {BlockTensor as T, BlockWeight as W};
        let pre = self.config.norm_placement == NormPlacement::Pre;
        let begin = clock::block_begin(block);
        let at = |from: f32, to: f32| (begin + from, begin + to);
        let value = |tensor| Operand::value(block, tensor);
        let weight = |weight| Operand::weight(block, weight);
        let half = self.width as f32 * 0.5;
        let (gap, fan) = (self.gap, self.fan);
        let first = left + half;
        let second = first + 2.0 * half + gap * 2.0;
        let next = second + 2.0 * half + gap * 2.6;

        // up the first column: norm, three projections, queries, keys and values
        let mut up = Column::new(first, self.lift(), 1.0);
        let norm = clock::norm1_share(self.config);
        if pre {
            self.row(&mut up, weight(W::Norm1Gamma), 0, at(0.0, norm));
            self.row(&mut up, weight(W::Norm1Beta), 0, at(0.0, norm));
            let place = up.place(self.tokens, self.width, gap);
            self.slab(value(T::Norm1), place, Fold::Flat, at(0.05, norm));
        }
        let weights = up.place(self.width, self.width, 0.7);
        let before_bias = up;
        for (leaf, (matrix, bias)) in [
            (W::QueryWeight, W::QueryBias),
            (W::KeyWeight, W::KeyBias),
            (W::ValueWeight, W::ValueBias),
        ]
        .into_iter()
        .enumerate()
        {
            let place = behind(weights, leaf, fan);
            self.slab(weight(matrix), place, Fold::Flat, at(norm, 0.9));
            let mut beside = before_bias;
            self.row(&mut beside, weight(bias), leaf, at(norm, 0.9));
            if (beside.y - before_bias.y) > (up.y - before_bias.y) {
                up = beside;
            }
        }
        up.y += gap - 0.7;
        let made = up.place(self.tokens, self.width, gap);
        for (leaf, tensor) in [T::Q, T::K, T::V].into_iter().enumerate() {
            let place = behind(made, leaf, fan);
            self.slab(value(tensor), place, Fold::Flat, at(norm + 0.2, 1.0));
        }

        // down the second: where each head looks, what the heads found, the output projection
        let mut down = Column::new(second, self.lift(), 1.0);
        self.row(&mut down, weight(W::OutputBias), 0, at(2.0, 2.6));
        let place = down.place(self.width, self.width, gap);
        self.slab(weight(W::OutputWeight), place, Fold::Flat, at(2.0, 2.6));
        let place = down.place(self.tokens, self.width, gap);
        self.slab(value(T::Concat), place, Fold::Flat, at(1.55, 2.0));
        let map_y = down.y + self.tokens as f32 * 0.5;
        let place = down.place(self.tokens, self.tokens, gap);
        for head in 0..self.config.n_heads {
            let place = behind(place, head, fan);
            let map = value(T::Attention).head(head);
            self.slab(map, place, Fold::Flat, at(1.1, 1.6));
        }
        let top = up.end(gap).max(down.end(gap));

        // below: up to the hidden width, activation, and down again
        let mut hang = Column::new(second, self.lift(), -1.0);
        if pre {
            self.row(&mut hang, weight(W::Norm2Gamma), 0, at(2.8, 3.0));
            self.row(&mut hang, weight(W::Norm2Beta), 0, at(2.8, 3.0));
            let place = hang.place(self.tokens, self.width, gap);
            self.slab(value(T::Norm2), place, Fold::Flat, at(2.8, 3.0));
        }
        let place = hang.place(self.width, self.width, 0.7);
        self.slab(weight(W::UpWeight), place, Fold::Columns, at(3.0, 3.3));
        if self.has(weight(W::UpBias)) {
            let place = hang.place(1, self.width, 0.7);
            self.slab(weight(W::UpBias), place, Fold::Columns, at(3.0, 3.3));
        }
        hang.y -= gap - 0.7;
        let place = hang.place(self.tokens, self.width, gap);
        self.slab(value(T::FfnHidden), place, Fold::Columns, at(3.15, 3.45));
        let place = hang.place(self.width, self.width, 0.7);
        self.slab(weight(W::DownWeight), place, Fold::Rows, at(3.35, 3.65));
        self.row(&mut hang, weight(W::DownBias), 0, at(3.35, 3.65));
        let foot = hang.end(0.7);

        // on the beam: the sums and, where they follow them, the norms in front of them
        if pre {
            self.on_beam(value(T::Residual1), second, 0, at(2.4, 2.8));
        } else {
            self.on_beam(value(T::Norm1), second, 0, at(2.75, 3.0));
            self.on_beam(value(T::Residual1), second, 1, at(2.4, 2.75));
            self.rows_over_beam(
                second,
                [W::Norm1Gamma, W::Norm1Beta].map(weight),
                at(2.7, 3.0),
            );
            self.on_beam(value(T::Residual2), next + half, 1, at(3.7, 3.9));
            self.rows_over_beam(
                next + half,
                [W::Norm2Gamma, W::Norm2Beta].map(weight),
                at(3.8, 4.0),
            );
        }
        self.on_beam(value(T::Output), next + half, 0, at(3.8, 4.0));

        self.block_strands(begin, [first, second, next, next + half], map_y, foot);
        let number = Vec3::new(f32::midpoint(first, second), top + gap * 0.4, 0.0);
        self.name(
            NameKind::Block,
            &format!("block {}", block + 1),
            number,
            true,
            at(0.0, 4.0),
        );
        let attention = Vec3::new(first, up.end(gap) + gap * 0.4, 0.0);
        self.name(NameKind::Part, "attention", attention, true, at(0.0, 3.0));
        let forward = Vec3::new(second, foot, 0.0);
        self.name(NameKind::Part, "feed-forward", forward, false, at(3.0, 4.0));
        next
    }

    /// The beam through a block and the two ways that leave it and come back.
    fn block_strands(&mut self, begin: f32, x: [f32; 4], map_y: f32, foot: f32) {
        let at = |time: f32| begin + time;
        let on = |x: f32, y: f32| Vec3::new(x, y, 0.0);
        let [first, second, edge, out] = x;
        self.strand(on(first, 0.0), on(second, 0.0), (at(0.0), at(3.0)), BEAM);
        self.strand(on(second, 0.0), on(out, 0.0), (at(3.0), at(4.0)), BEAM);
        self.branch(&[
            (at(0.0), on(first, 0.0)),
            (at(1.0), on(first, map_y)),
            (at(1.4), on(second, map_y)),
            (at(3.0), on(second, 0.0)),
        ]);
        let turn = foot - self.gap * 0.6;
        let back = edge - self.gap * 0.6;
        self.branch(&[
            (at(3.0), on(second, 0.0)),
            (at(3.55), on(second, turn)),
            (at(3.65), on(back, turn)),
            (at(3.95), on(back, 0.0)),
            (at(4.0), on(out, 0.0)),
        ]);
    }

    /// The last norm, the un-embedding, the logits and the probabilities of the next token.
    fn head(&mut self, left: f32) {
        let half = self.width as f32 * 0.5;
        let gap = self.gap;
        let begin = clock::blocks_end(self.config);
        let norm = clock::final_norm_share(self.config);
        let mut last = left + half;
        if self.config.final_norm {
            let from = last;
            last += 2.0 * half + gap * 2.0;
            self.on_beam(
                TensorId::FinalNorm.into(),
                last,
                0,
                (begin + 0.05, begin + norm),
            );
            let window = (begin, begin + norm);
            let rows = [WeightId::FinalGamma, WeightId::FinalBeta].map(Operand::from);
            self.rows_over_beam(last, rows, window);
            let (from, to) = (Vec3::X * from, Vec3::X * last);
            self.strand(from, to, window, BEAM);
            self.route.to(begin + norm, to);
            let foot = to - Vec3::Y * (self.tokens as f32 * 0.5);
            self.name(NameKind::Part, "final norm", foot, false, window);
        }

        let symbols = self.config.vocab_size.min(MOST_TOKENS);
        let x = last + half + gap * 2.0 + symbols as f32 * 0.5;
        let read = (begin + norm, begin + 0.9);
        let table = if self.config.tied_head {
            WeightId::Embedding
        } else {
            WeightId::HeadWeight
        };
        let mut up = Column::new(x, self.lift(), 1.0);
        if self.has(WeightId::HeadBias.into()) {
            let place = up.place(1, symbols, 0.7);
            self.slab(WeightId::HeadBias.into(), place, Fold::Flat, read);
        }
        let place = up.place(self.width, symbols, gap);
        let unembedding = Operand::from(table).transposed();
        self.slab(unembedding, place, Fold::Flat, read);
        let top = Vec3::new(x, up.end(gap), 0.0);
        self.name(NameKind::Part, "un-embedding", top, true, read);
        self.admit_what_is_left_out();

        let place = centred(x, self.tokens as f32 * 0.5, symbols);
        let made = (begin + norm + 0.2, begin + 1.0);
        self.slab(TensorId::Logits.into(), place, Fold::Flat, made);
        let mut down = Column::new(x, self.tokens as f32 * 0.5 + gap, -1.0);
        let mut bar = down.place(BAR_HEIGHT as usize, symbols, gap);
        bar.down *= BAR_HEIGHT;
        bar.origin.y -= (BAR_HEIGHT - 1.0) * 0.5;
        let drawn = (begin + 1.0, begin + 1.7);
        self.slab(SamplingTensor::Probabilities.into(), bar, Fold::Flat, drawn);
        let foot = Vec3::new(x, down.end(gap), 0.0);
        self.name(NameKind::Part, "next token", foot, false, drawn);
        self.admit_what_is_left_out();

        let (from, to) = (Vec3::X * last, Vec3::X * x);
        self.strand(from, to, (begin + norm, begin + 1.0), BEAM);
        self.branch(&[
            (begin + 1.0, to),
            (
                clock::pass_end(self.config),
                Vec3::new(x, down.end(gap) + BAR_HEIGHT * 0.5, 0.0),
            ),
        ]);
    }
}
