//! Where each weight is on the wall: every tensor is a rectangle of cells, every weight exactly
//! one cell. The tables are at the left, the blocks beside them in a grid.

use orrery_model::{BlockWeight as W, GptConfig, TensorLayout, WeightId, parameter_layout};

/// No graphics driver takes a picture with a longer side.
const LONGEST_SIDE: usize = 8192;

/// Width and height that the usual window leaves for the wall, in logical pixels.
const USUAL_SPACE: (f64, f64) = (1200.0, 450.0);
/// Height of a tensor's name and a little air, in logical pixels.
const NAME_PIXELS: f64 = 15.0;

/// The model has too many weights to be shown at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the model is too large to be watched: its weights would be a wall of {width}×{height} cells"
)]
pub struct TooLarge {
    width: usize,
    height: usize,
}

/// One tensor on the wall.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed {
    /// Which.
    pub id: WeightId,
    /// Its column of cells at the left, from 0.
    pub left: usize,
    /// Its row of cells at the top, from 0.
    pub top: usize,
    /// Cells from left to right.
    pub width: usize,
    /// Cells from top to bottom.
    pub height: usize,
    /// Whether it is drawn transposed (W2, whose long side would be upright).
    pub transposed: bool,
    /// Its first weight in layout order.
    first: usize,
}

impl Placed {
    /// What is written over it.
    pub fn name(&self) -> String {
        match self.id {
            WeightId::Embedding => "embedding".to_owned(),
            WeightId::PositionEmbedding => "positions".to_owned(),
            WeightId::Block(_, W::DownWeight) => "W2, transposed".to_owned(),
            WeightId::Block(_, weight) => weight.key().to_owned(),
            other => other.to_string(),
        }
    }

    /// Its weights, each with its cell's column and row on the wall.
    pub fn cells(&self) -> impl Iterator<Item = (usize, usize, usize)> + '_ {
        (0..self.width * self.height).map(|at| {
            let (row, column) = match self.transposed {
                false => (at / self.width, at % self.width),
                true => (at % self.height, at / self.height),
            };
            (self.first + at, self.left + column, self.top + row)
        })
    }
}

/// All tensors of a model side by side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wall {
    /// Cells from left to right.
    pub width: usize,
    /// Cells from top to bottom.
    pub height: usize,
    /// The tensors.
    pub tensors: Vec<Placed>,
    /// Each block's left column and top row, where its title is.
    pub blocks: Vec<(usize, usize)>,
}

impl Wall {
    /// For a model of this architecture.
    ///
    /// # Errors
    /// [`TooLarge`]
    pub fn new(config: &GptConfig) -> Result<Self, TooLarge> {
        // as large on the screen as can be: with that many blocks side by side
        let best = (1..=config.n_blocks.max(1))
            .map(|columns| Self::with_columns(config, columns))
            .min_by(|a, b| a.cells_in_pixel().total_cmp(&b.cells_in_pixel()));
        let wall = best.unwrap_or_else(|| Self::with_columns(config, 1));
        let (width, height) = (wall.width, wall.height);
        if width.max(height) > LONGEST_SIDE {
            return Err(TooLarge { width, height });
        }
        Ok(wall)
    }

    fn with_columns(config: &GptConfig, columns: usize) -> Self {
        let mut wall = Self::with_gap(config, columns, 4);
        // a name fits over each tensor; the wall grows a little with its gaps
        for _ in 0..4 {
            let gap = (NAME_PIXELS * wall.cells_in_pixel()).ceil() as usize;
            wall = Self::with_gap(config, columns, gap.max(4));
        }
        wall
    }

    /// Cells of one pixel of [`USUAL_SPACE`] when the wall fills it.
    fn cells_in_pixel(&self) -> f64 {
        let (width, height) = USUAL_SPACE;
        (self.width as f64 / width).max(self.height as f64 / height)
    }

    fn with_gap(config: &GptConfig, columns: usize, gap: usize) -> Self {
        let layout = parameter_layout(config);
        let block_width = config.d_ff.max(4 * config.d_model);
        let mut shelves = Shelves::new(&layout, gap);
        let mut ends = vec![vec![WeightId::Embedding], vec![WeightId::PositionEmbedding]];
        ends.push(vec![WeightId::HeadWeight]);
        ends.extend(
            [
                WeightId::HeadBias,
                WeightId::FinalGamma,
                WeightId::FinalBeta,
            ]
            .map(|id| vec![id]),
        );
        let (tables_width, tables_height) =
            shelves.put(&ends, (0, gap), config.vocab_size.max(config.d_model));
        let (mut height, mut top) = (tables_height, 0);
        let mut width = tables_width;
        let mut blocks = Vec::with_capacity(config.n_blocks);
        let mut lowest = 0;
        for block in 0..config.n_blocks {
            if block > 0 && block % columns == 0 {
                top = lowest + 2 * gap;
            }
            let left = tables_width + 2 * gap + block % columns * (block_width + 3 * gap);
            blocks.push((left, top));
            let (right, bottom) = shelves.put(
                &block_rows(block),
                (left, top + 2 * gap),
                block_width + 3 * gap,
            );
            (lowest, width, height) = (lowest.max(bottom), width.max(right), height.max(bottom));
        }
        Self {
            width,
            height,
            tensors: shelves.placed,
            blocks,
        }
    }
}

/// A block's tensors, shelf by shelf.
fn block_rows(block: usize) -> [Vec<WeightId>; 5] {
    let row = |weights: &[W]| weights.iter().map(|&w| WeightId::Block(block, w)).collect();
    [
        row(&[
            W::QueryWeight,
            W::KeyWeight,
            W::ValueWeight,
            W::OutputWeight,
        ]),
        row(&[W::UpWeight]),
        row(&[W::DownWeight]),
        row(&[W::UpBias]),
        row(&[
            W::Norm1Gamma,
            W::Norm1Beta,
            W::Norm2Gamma,
            W::Norm2Beta,
            W::DownBias,
            W::QueryBias,
            W::KeyBias,
            W::ValueBias,
            W::OutputBias,
        ]),
    ]
}

/// Puts tensors side by side on shelves, and shelves below each other.
struct Shelves<'a> {
    layout: &'a TensorLayout<WeightId>,
    gap: usize,
    placed: Vec<Placed>,
}

impl<'a> Shelves<'a> {
    fn new(layout: &'a TensorLayout<WeightId>, gap: usize) -> Self {
        Self {
            layout,
            gap,
            placed: Vec::with_capacity(layout.entries().len()),
        }
    }

    /// Returns the first column at the right and the first row below that are free.
    fn put(
        &mut self,
        rows: &[Vec<WeightId>],
        (left, top): (usize, usize),
        width: usize,
    ) -> (usize, usize) {
        let (mut y, mut right) = (top, left);
        for row in rows {
            let (mut x, mut lowest) = (left, y);
            for &id in row {
                let Some(entry) = self.layout.get(id) else {
                    continue;
                };
                let (mut tall, mut wide) = match entry.shape[..] {
                    [rows, columns] => (rows, columns),
                    _ => (1, entry.range.len()),
                };
                let transposed = matches!(id, WeightId::Block(_, W::DownWeight));
                if transposed {
                    (tall, wide) = (wide, tall);
                }
                if x > left && x + wide > left + width {
                    (x, y) = (left, lowest);
                }
                self.placed.push(Placed {
                    id,
                    left: x,
                    top: y,
                    width: wide,
                    height: tall,
                    transposed,
                    first: entry.range.start,
                });
                right = right.max(x + wide);
                lowest = lowest.max(y + tall + self.gap);
                x += wide + self.gap / 2;
            }
            y = lowest;
        }
        (right, y)
    }
}

#[cfg(test)]
mod tests {
    use orrery_model::{Biases, NormPlacement};

    use super::*;

    #[test]
    fn every_weight_has_one_cell_and_every_cell_one_weight() {
        let pre_norm = GptConfig {
            vocab_size: 65,
            context_length: 64,
            d_model: 20,
            n_blocks: 5,
            d_ff: 33,
            norm_placement: NormPlacement::Pre,
            final_norm: true,
            tied_head: false,
            biases: Biases {
                head: true,
                ..Biases::GPT2
            },
            ..GptConfig::default()
        };
        for config in [GptConfig::default(), pre_norm] {
            let wall = Wall::new(&config).unwrap();
            let mut cells = vec![false; wall.width * wall.height];
            let mut weights = vec![false; parameter_layout(&config).len()];
            for (weight, column, row) in wall.tensors.iter().flat_map(Placed::cells) {
                assert!(column < wall.width && row < wall.height);
                let cell = &mut cells[row * wall.width + column];
                assert!(!*cell && !weights[weight], "{column} {row} {weight}");
                (*cell, weights[weight]) = (true, true);
            }
            assert!(weights.iter().all(|&shown| shown));
        }
    }

    #[test]
    fn a_row_of_a_matrix_is_a_row_of_cells_unless_transposed() {
        let config = GptConfig::default();
        let wall = Wall::new(&config).unwrap();
        let layout = parameter_layout(&config);
        for (weight, transposed) in [(W::UpWeight, false), (W::DownWeight, true)] {
            let id = WeightId::Block(1, weight);
            let placed = wall.tensors.iter().find(|placed| placed.id == id).unwrap();
            let entry = layout.get(id).unwrap();
            let columns = entry.shape[1];
            for (at, column, row) in placed.cells() {
                let at = at - entry.range.start;
                let place = (column - placed.left, row - placed.top);
                let expected = (at % columns, at / columns);
                let expected = if transposed {
                    (expected.1, expected.0)
                } else {
                    expected
                };
                assert_eq!(place, expected);
            }
        }
    }

    #[test]
    fn nothing_stands_where_a_name_goes() {
        let wide = GptConfig {
            vocab_size: 65,
            d_model: 64,
            d_ff: 256,
            context_length: 64,
            ..GptConfig::default()
        };
        for config in [GptConfig::default(), wide] {
            let wall = Wall::new(&config).unwrap();
            let name = (13.0 * wall.cells_in_pixel()).floor() as usize;
            for tensor in &wall.tensors {
                let above = tensor.top.checked_sub(name);
                let above = above.unwrap_or_else(|| panic!("{:?} at {}", tensor.id, tensor.top))
                    ..tensor.top;
                for other in &wall.tensors {
                    let beside = other.left >= tensor.left + tensor.width
                        || other.left + other.width <= tensor.left;
                    let over = other.top + other.height <= above.start;
                    let under = other.top >= above.end;
                    assert!(beside || over || under, "{:?} {:?}", tensor.id, other.id);
                }
            }
        }
    }

    #[test]
    fn what_no_picture_holds_is_refused() {
        let config = GptConfig {
            d_ff: 10_000,
            ..GptConfig::default()
        };
        assert!(
            Wall::new(&config)
                .unwrap_err()
                .to_string()
                .contains("too large")
        );
    }
}
