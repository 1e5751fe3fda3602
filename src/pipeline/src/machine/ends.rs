//! The ends of the machine: the tables from which the data comes at the left, the scores with which it
//! leaves at the right.

use crate::timeline::Window;
use glam::Vec3;
use orrery_model::{TensorId, WeightId};

use super::build::{BEAM, BRANCH, Builder, Fold, MOST_ENTRIES};
use super::clock;
use super::column::{Column, centred};
use super::name::NameKind;
use crate::operand::{Operand, SamplingTensor};
use crate::stage::labels::visible_token;

/// Height of the one row of probabilities, in units.
const BAR_HEIGHT: f32 = 3.0;

impl Builder<'_> {
    /// Token and position tables at the left; their sum is where the first block begins. Returns where
    /// that is.
    pub(super) fn embedding(&mut self) -> f32 {
        let half = self.width as f32 * 0.5;
        let mut above = Column::new(0.0, 2.0 + self.gap, 1.0);
        let mut below = Column::new(0.0, 2.0 + self.gap, -1.0);
        let symbols = self.config.vocab_size.min(MOST_ENTRIES);
        let positions = self.config.context_length.min(MOST_ENTRIES);
        let table = above.place(symbols, self.width, self.gap);
        self.slab(
            WeightId::Embedding.into(),
            table,
            Fold::Flat,
            Window::new(0.0, 0.7),
        );
        let top = Vec3::new(0.0, above.end(self.gap), 0.0);
        self.name(
            NameKind::Part,
            "token embedding",
            top,
            true,
            Window::new(0.0, 0.7),
        );
        self.admit_what_is_left_out();
        let table = below.place(positions, self.width, self.gap);
        self.slab(
            WeightId::PositionEmbedding.into(),
            table,
            Fold::Flat,
            Window::new(0.3, 0.9),
        );
        let foot = Vec3::new(0.0, below.end(self.gap), 0.0);
        self.name(
            NameKind::Part,
            "positions",
            foot,
            false,
            Window::new(0.3, 0.9),
        );
        self.admit_what_is_left_out();

        let left = half + self.gap * 4.0;
        let start = Vec3::new(0.0, 0.0, 0.0);
        let end = Vec3::new(left + half, 0.0, 0.0);
        let from = Vec3::new(0.0, top.y * 0.5, 0.0);
        self.strand(from, start, Window::new(0.0, 0.6), BRANCH);
        self.strand(foot, start, Window::new(0.3, 0.6), BRANCH);
        self.strand(start, end, Window::new(0.6, 1.0), BEAM);
        self.route.to(0.0, from);
        self.route.to(0.6, start);
        self.route.to(1.0, end);
        self.on_beam(
            TensorId::Embedded.into(),
            left + half,
            0,
            Window::new(0.6, 1.0),
        );
        left
    }

    /// The last norm, the un-embedding, the logits and the probabilities of the next token.
    pub(super) fn head(&mut self, left: f32) {
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
                Window::new(begin + 0.05, begin + norm),
            );
            let window = Window::new(begin, begin + norm);
            let rows = [WeightId::FinalGamma, WeightId::FinalBeta].map(Operand::from);
            self.rows_over_beam(last, rows, window);
            let (from, to) = (Vec3::X * from, Vec3::X * last);
            self.strand(from, to, window, BEAM);
            self.route.to(begin + norm, to);
        }

        let symbols = self.config.vocab_size.min(MOST_ENTRIES);
        let x = last + half + gap * 2.0 + symbols as f32 * 0.5;
        let read = Window::new(begin + norm, begin + 0.9);
        let mut up = Column::new(x, self.lift(), 1.0);
        if self.has(WeightId::HeadBias.into()) {
            let place = up.place(1, symbols, 0.7);
            self.slab(WeightId::HeadBias.into(), place, Fold::Flat, read);
        }
        let place = up.place(self.width, symbols, gap);
        self.slab(Operand::unembedding(self.config), place, Fold::Flat, read);
        let top = Vec3::new(x, up.end(gap), 0.0);
        self.name(NameKind::Part, "un-embedding", top, true, read);
        self.admit_what_is_left_out();

        let place = centred(x, self.tokens as f32 * 0.5, symbols);
        let made = Window::new(begin + norm + 0.2, begin + 1.0);
        self.slab(TensorId::Logits.into(), place, Fold::Flat, made);
        let mut down = Column::new(x, self.tokens as f32 * 0.5 + gap, -1.0);
        let mut bar = down.place(BAR_HEIGHT as usize, symbols, gap);
        bar.down *= BAR_HEIGHT;
        bar.origin.y -= (BAR_HEIGHT - 1.0) * 0.5;
        let drawn = Window::new(begin + 1.0, begin + 1.7);
        self.slab(SamplingTensor::Probabilities.into(), bar, Fold::Flat, drawn);
        let foot = Vec3::new(x, down.end(gap), 0.0);
        self.name(NameKind::Part, "next token", foot, false, drawn);
        self.admit_what_is_left_out();
        let drawn = visible_token(self.pass.drawn());
        if let Some(name) = self.names.last_mut() {
            name.then = Some(format!("next token “{drawn}”"));
        }

        if self.config.final_norm {
            let foot = Vec3::new(last, -(self.tokens as f32 * 0.5), 0.0);
            let window = Window::new(begin, begin + norm);
            self.name(NameKind::Part, "final norm", foot, false, window);
        }
        let (from, to) = (Vec3::X * last, Vec3::X * x);
        self.strand(from, to, Window::new(begin + norm, begin + 1.0), BEAM);
        self.branch(&[
            (begin + 1.0, to),
            (
                clock::pass_end(self.config),
                Vec3::new(x, down.end(gap) + BAR_HEIGHT * 0.5, 0.0),
            ),
        ]);
    }
}
