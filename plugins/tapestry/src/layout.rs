//! Where the tiles of a block stand: a column for each step, columns in lines like words on a page. It is derived from
//! the block's operations, whatever they are.

use std::collections::BTreeMap;

use bevy::math::Vec3;
use orrery_plugin_api::pipeline::{
    Operand, OperationKind, Placement, Size, Source,
    scene::AxisLabels,
    shaping::{Board, Setting},
};

/// Matrices that take each other's place, of one size.
#[derive(Clone, Debug)]
struct Tile {
    chain: Vec<Operand>,
    /// As they stand on the page.
    rows: usize,
    columns: usize,
    /// Whether they lie on their side.
    lying: bool,
}

impl Tile {
    /// A tower of rows would leave the page around it empty: what is much higher than wide lies on its side.
    fn new(operand: Operand, size: Size) -> Self {
        let lying = size.rows > 2 * size.columns && size.columns > 1;
        let Size { rows, columns } = if lying { size.transposed() } else { size };
        Self {
            chain: vec![operand],
            rows,
            columns,
            lying,
        }
    }
}

/// What is made in one step, one below the other.
type Column = Vec<Tile>;

/// The tiles of a block in their places.
#[derive(Debug)]
pub(crate) struct Layout {
    placed: Vec<(Tile, Placement)>,
    gap: f32,
    /// What a unit is in the picture, in pixels.
    pixels: f32,
}

/// Pixels that a name needs above its tile, and least distance of tiles in units.
const NAME: f32 = 21.0;
/// Pixels of width that a name with its size needs.
const SIZED_NAME: f32 = 118.0;
const LEAST_GAP: f32 = 2.4;
/// Room for the plane in a picture of 1280 × 720, in pixels.
const PICTURE: (f32, f32) = (1180.0, 415.0);

impl Layout {
    /// The layout of a block.
    pub(crate) fn new(
        setting: &Setting<'_>,
        board: &Board<'_>,
        block: usize,
        weights: bool,
    ) -> Self {
        let columns = columns(setting, board, block, weights);
        // names need so many pixels, however many units that is
        let mut gap = LEAST_GAP;
        let mut best = fill(&columns, gap);
        for _ in 0..3 {
            gap = (NAME / pixels_of_unit(best.1)).max(LEAST_GAP);
            best = fill(&columns, gap);
        }
        Self {
            pixels: pixels_of_unit(best.1),
            placed: best.0,
            gap,
        }
    }

    /// Puts everything on the board.
    pub(crate) fn put(&self, board: &mut Board<'_>) {
        for (at, (tile, placement)) in self.placed.iter().enumerate() {
            let put = board.put(&tile.chain, *placement);
            let room = (tile.columns as f32 + self.gap) * self.pixels;
            if let Some(group) = put.filter(|_| room < SIZED_NAME) {
                board.unsized_name(group);
            }
            if let Some(group) = put.filter(|_| at == 0) {
                board.axes(group, AxisLabels::Tokens, AxisLabels::None);
            }
        }
    }

    /// What is to be left free around the tiles: their names stand above them.
    pub(crate) fn room(&self) -> Vec3 {
        Vec3::new(self.gap * 0.8, self.gap * 0.6, 0.0)
    }
}

/// The tiles of each step of a block, in order.
fn columns(setting: &Setting<'_>, board: &Board<'_>, block: usize, weights: bool) -> Vec<Column> {
    let program = setting.program();
    let steps = program
        .stages()
        .iter()
        .filter(|stage| stage.block == Some(block))
        .flat_map(|stage| &stage.steps);
    let tile = |operand: Operand| board.size(operand).map(|size| Tile::new(operand, size));
    let is_weight = |operand: &Operand| matches!(operand.source, Source::Weight(_));
    let mut all: Vec<Column> = Vec::new();
    for step in steps {
        let mut column = Column::new();
        for &at in &step.operations {
            let operation = &program.operations()[at];
            let (inputs, output) = (operation.inputs(), operation.output());
            if output.block() != Some(block) || !matches!(output.source, Source::Value(_)) {
                continue;
            }
            if all.is_empty() && column.is_empty() {
                let first = inputs.iter().find(|input| !is_weight(input));
                all.extend(first.and_then(|&input| tile(input)).map(|tile| vec![tile]));
            }
            match operation.kind() {
                // the same numbers once more
                OperationKind::SplitHeads | OperationKind::PassOn => continue,
                OperationKind::Scale
                | OperationKind::Mask
                | OperationKind::Softmax
                | OperationKind::Activation => {
                    let before = |tile: &&mut Tile| tile.chain.last() == inputs.first();
                    if let Some(tile) = all.iter_mut().flatten().find(before) {
                        tile.chain.push(output);
                        continue;
                    }
                }
                _ => {}
            }
            let reads = inputs
                .into_iter()
                .filter(|input| weights && is_weight(input));
            column.extend(reads.filter_map(tile));
            column.extend(tile(output));
        }
        if !column.is_empty() {
            all.push(column);
        }
    }
    all
}

/// Rows of units that one pixel's worth of picture shows of a page this large.
fn pixels_of_unit((width, height): (f32, f32)) -> f32 {
    (PICTURE.0 / width.max(1.0)).min(PICTURE.1 / height.max(1.0))
}

/// Tiles of a column in lanes no higher than this: each with its place from the column's upper left, and the size of all.
fn lanes(column: &Column, highest: f32, gap: f32) -> (Vec<(f32, f32)>, (f32, f32)) {
    let (mut x, mut y, mut wide, mut high) = (0.0f32, 0.0f32, 0.0f32, 0.0f32);
    let mut places = Vec::new();
    for tile in column {
        let (width, height) = (tile.columns as f32, tile.rows as f32);
        if y > 0.0 && y + height > highest {
            (x, y) = (x + wide + gap, 0.0);
            wide = 0.0;
        }
        places.push((x, y));
        wide = wide.max(width);
        high = high.max(y + height);
        y += height + gap;
    }
    (places, (x + wide, high))
}

/// The columns in lines so that the page is as large as possible in the picture, and the page's size.
fn fill(columns: &[Column], gap: f32) -> (Vec<(Tile, Placement)>, (f32, f32)) {
    let tallest = columns.iter().flatten().map(|tile| tile.rows);
    let tallest = tallest.max().unwrap_or(1) as f32;
    let stacked =
        |column: &Column| -> f32 { column.iter().map(|tile| tile.rows as f32 + gap).sum() };
    let folds = [1.0, 1.5, 2.0, 3.0, 4.0, 6.0].map(|fold| fold * tallest + gap);
    let mut heights: Vec<f32> = columns.iter().map(stacked).chain(folds).collect();
    heights.sort_by(f32::total_cmp);
    heights.dedup();
    let mut best: Option<(Vec<(Tile, Placement)>, (f32, f32))> = None;
    for &highest in heights.iter().filter(|&&height| height >= tallest) {
        let boxes: Vec<_> = columns
            .iter()
            .map(|column| lanes(column, highest, gap))
            .collect();
        let whole: f32 = boxes.iter().map(|(_, size)| size.0 + gap).sum();
        for lines in 1..=6 {
            let page = write(columns, &boxes, whole / lines as f32 * 1.04, gap);
            let larger = |before: &(Vec<(Tile, Placement)>, (f32, f32))| {
                pixels_of_unit(page.1) > pixels_of_unit(before.1)
            };
            if best.as_ref().is_none_or(larger) {
                best = Some(page);
            }
        }
    }
    best.unwrap_or_default()
}

/// Columns in lines of at most this width.
fn write(
    columns: &[Column],
    boxes: &[(Vec<(f32, f32)>, (f32, f32))],
    width: f32,
    gap: f32,
) -> (Vec<(Tile, Placement)>, (f32, f32)) {
    let (mut x, mut line, mut place) = (0.0f32, 0usize, BTreeMap::new());
    let mut line_heights = vec![0.0f32];
    for (at, (_, (wide, high))) in boxes.iter().enumerate() {
        if x > 0.0 && x + wide > width {
            (x, line) = (0.0, line + 1);
            line_heights.push(0.0);
        }
        place.insert(at, (x, line));
        line_heights[line] = line_heights[line].max(*high);
        x += wide + gap;
    }
    let mut tops = vec![0.0];
    for height in &line_heights {
        tops.push(tops[tops.len() - 1] + height + gap * 1.3);
    }
    let mut placed = Vec::new();
    let mut widest = 0.0f32;
    for (at, column) in columns.iter().enumerate() {
        let (left, line) = place[&at];
        for (tile, (dx, dy)) in column.iter().zip(&boxes[at].0) {
            let placement = Placement::at(left + dx, -(tops[line] + dy));
            let placement = if tile.lying {
                placement.transposed()
            } else {
                placement
            };
            placed.push((tile.clone(), placement));
            widest = widest.max(left + dx + tile.columns as f32);
        }
    }
    (placed, (widest, tops[tops.len() - 1]))
}

#[cfg(test)]
mod tests {
    use orrery_plugin_api::pipeline::Bounds;

    use super::*;

    fn tile(rows: usize, columns: usize) -> Tile {
        Tile {
            chain: Vec::new(),
            rows,
            columns,
            lying: false,
        }
    }

    #[test]
    fn tiles_do_not_overlap_and_are_read_from_the_upper_left() {
        let columns: Vec<Column> = (1..14)
            .map(|at| (0..1 + at % 4).map(|i| tile(4 + 3 * i, 5 + at)).collect())
            .collect();
        let (placed, size) = fill(&columns, 2.5);
        assert_eq!(placed.len(), columns.iter().flatten().count());
        assert_eq!(placed[0].1.origin, Vec3::ZERO);
        for (at, (a, p)) in placed.iter().enumerate() {
            let Bounds { least, most } = p.bounds(Size::new(a.rows, a.columns));
            assert!(least.x >= -1.0 && most.x <= size.0 + 1.0);
            for (b, q) in &placed[..at] {
                let Bounds { least: l, most: m } = q.bounds(Size::new(b.rows, b.columns));
                let apart = l.x > most.x + 1.0
                    || m.x < least.x - 1.0
                    || l.y > most.y + 1.0
                    || m.y < least.y - 1.0;
                assert!(apart, "{p:?} and {q:?}");
            }
        }
    }

    #[test]
    fn a_long_row_of_columns_is_folded_into_lines() {
        let columns: Vec<Column> = (0..12).map(|_| vec![tile(10, 40)]).collect();
        let (_, size) = fill(&columns, 3.0);
        assert!(size.0 / size.1 < 6.0, "{size:?}");
    }
}
