//! Where in a large matrix the part lies that is shown: the whole matrix in a few dots.

use crate::operation::Size;
use std::ops::Range;

use ndarray::Array2;

use crate::colour::Tint;
use crate::operand::{Operand, Source};
use crate::pass::Pass;
use crate::rich_text::RichText;
use crate::scene::{Group, Role, Scene};

use super::Shown;

/// A whole weight matrix, of which a part is on the stage, in a few dots. Each dot is one number of the model, from the
/// middle of the rows and columns that it represents.
#[derive(Clone, Debug)]
pub struct Overview {
    /// What the matrix is called, as it is turned on the stage.
    pub name: RichText,
    /// Rows and columns of the whole matrix, as it is turned on the stage.
    pub whole: Size,
    /// The dots `[rows, columns]`.
    pub dots: Array2<Tint>,
    /// Which share of the numbers that a dot represents is on the stage, of the same shape.
    pub shown: Array2<f32>,
}

/// How many matrices are shown like this, at most.
const MOST: usize = 3;
/// Dots along the shorter side of a matrix, at least.
const LEAST_DOTS: usize = 8;

impl Scene {
    /// The weight matrices of which only a part is on the stage, the longer side of each `dots` dots long.
    pub fn overviews(&self, pass: &Pass, dots: usize) -> Vec<Overview> {
        let mut seen: Vec<Operand> = Vec::new();
        let parts = self.groups.iter().filter_map(|group| {
            let layer = group.layers.first()?;
            let operand = layer.operand()?;
            let is_weight = matches!(operand.source, Source::Weight(_));
            let is_part = group.whole != group.size();
            let is_matrix = group.whole.rows.min(group.whole.columns) > 1;
            let stands = group.role == Role::Matrix && group.named;
            if !(is_weight && is_part && is_matrix && stands) || seen.contains(&operand) {
                return None;
            }
            seen.push(operand);
            overview(group, operand, pass, dots)
        });
        parts.take(MOST).collect()
    }
}

fn overview(group: &Group, operand: Operand, pass: &Pass, dots: usize) -> Option<Overview> {
    let right = group.final_placement().right;
    let lying = right.y.abs() > right.x.abs();
    let (operand, rows, columns) = if lying {
        let operand = operand.transposed();
        (operand, &group.shown_columns, &group.shown_rows)
    } else {
        (operand, &group.shown_rows, &group.shown_columns)
    };
    let scale = group.layers.first()?.scale;
    let whole = pass.view(operand)?;
    let (height, width) = whole.dim();
    let longest = height.max(width).max(1);
    let along = |length: usize| {
        let share = (length * dots).div_ceil(longest);
        share.max(LEAST_DOTS).min(length)
    };
    let size = (along(height), along(width));
    let span =
        |dot: usize, dots: usize, length: usize| dot * length / dots..(dot + 1) * length / dots;
    let share = |shown: &Shown, span: Range<usize>| match shown {
        None => 1.0,
        Some(shown) => {
            let before = |end: usize| shown.partition_point(|&index| index < end);
            (before(span.end) - before(span.start)) as f32 / span.len().max(1) as f32
        }
    };
    let spans =
        |(row, column): (usize, usize)| (span(row, size.0, height), span(column, size.1, width));
    Some(Overview {
        name: operand.name(),
        whole: Size::new(height, width),
        dots: Array2::from_shape_fn(size, |dot| {
            let (rows, columns) = spans(dot);
            let middle = |span: &Range<usize>| (span.start + span.end) / 2;
            scale.tint(whole[(middle(&rows), middle(&columns))])
        }),
        shown: Array2::from_shape_fn(size, |dot| {
            let (of_rows, of_columns) = spans(dot);
            share(rows, of_rows) * share(columns, of_columns)
        }),
    })
}
