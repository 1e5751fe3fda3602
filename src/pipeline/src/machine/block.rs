//! One block of the machine: the attention above the beam, the feed-forward below it, each an arch that leaves the
//! beam and comes back to it.

use crate::timeline::Window;
use glam::Vec3;
use orrery_model::{BlockTensor, BlockWeight, NormPlacement};

use super::build::{BEAM, Builder, Fold};
use super::clock;
use super::column::{Column, behind};
use super::name::NameKind;
use crate::operand::Operand;

impl Builder<'_> {
    /// One block, from the matrix that enters it at `left`. Returns where the matrix is that leaves it.
    pub(super) fn block(&mut self, block: usize, left: f32) -> f32 {
        use {BlockTensor as T, BlockWeight as W};
        let pre = self.config.norm_placement == NormPlacement::Pre;
        let begin = clock::block_begin(block);
        let at = |from: f32, to: f32| Window::new(begin + from, begin + to);
        let value = |tensor| Operand::value(block, tensor);
        let weight = |weight| Operand::weight(block, weight);
        let half = self.width as f32 * 0.5;
        let (gap, fan) = (self.gap, self.fan);
        let first = left + half;
        // a map of many tokens may be wider than the model
        let beside = half.max(self.tokens as f32 * 0.5);
        let second = first + half + beside + gap * 2.6 * self.breadth();
        let next = second + beside + gap * 4.2 * self.breadth();

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

        // below: up to the hidden width and, under what leaves the block, down again
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
        let hidden_y = hang.y + gap + self.tokens as f32 * 0.5;
        let foot = hang.end(gap);
        let out = next + half;
        let mut back = Column::new(out, self.lift(), -1.0);
        self.row(&mut back, weight(W::DownBias), 0, at(3.5, 3.8));
        let place = back.place(self.width, self.width, 0.7);
        self.slab(weight(W::DownWeight), place, Fold::Rows, at(3.5, 3.8));

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
            self.on_beam(value(T::Residual2), out, 1, at(3.7, 3.9));
            self.rows_over_beam(out, [W::Norm2Gamma, W::Norm2Beta].map(weight), at(3.8, 4.0));
        }
        self.on_beam(value(T::Output), out, 0, at(3.8, 4.0));

        self.block_strands(begin, [first, second, out], map_y, hidden_y);
        let number = Vec3::new(f32::midpoint(first, second), top + gap * 0.4, 0.0);
        self.name(
            NameKind::Block,
            &format!("block {}", block + 1),
            number,
            true,
            at(0.0, 4.0),
        );
        let attention = Vec3::new(first, map_y + 0.4, 0.0);
        self.name(NameKind::Part, "attention", attention, true, at(0.0, 3.0));
        let forward = Vec3::new(second, foot, 0.0);
        self.name(NameKind::Part, "feed-forward", forward, false, at(3.0, 4.0));
        next
    }

    /// The beam through a block and the two ways that leave it and come back.
    fn block_strands(&mut self, begin: f32, x: [f32; 3], map_y: f32, hidden_y: f32) {
        let at = |time: f32| begin + time;
        let on = |x: f32, y: f32| Vec3::new(x, y, 0.0);
        let [first, second, out] = x;
        self.strand(
            on(first, 0.0),
            on(second, 0.0),
            Window::new(at(0.0), at(3.0)),
            BEAM,
        );
        self.strand(
            on(second, 0.0),
            on(out, 0.0),
            Window::new(at(3.0), at(4.0)),
            BEAM,
        );
        self.branch(&[
            (at(0.0), on(first, 0.0)),
            (at(1.0), on(first, map_y)),
            (at(1.4), on(second, map_y)),
            (at(3.0), on(second, 0.0)),
        ]);
        self.branch(&[
            (at(3.0), on(second, 0.0)),
            (at(3.45), on(second, hidden_y)),
            (at(3.6), on(out, hidden_y)),
            (at(4.0), on(out, 0.0)),
        ]);
    }
}
