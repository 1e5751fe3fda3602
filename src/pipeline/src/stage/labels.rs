//! The labels that follow from a group: its name and size, its axes.

use crate::bounds::Bounds;
use crate::operation::Size;
use glam::{Vec2, Vec3};

use crate::label::{Align, AlongAxis, Label, LabelKind};
use crate::motion::{MotionKind, ProductRole};
use crate::operand::Operand;
use crate::pass::Pass;
use crate::placement::Placement;
use crate::rich_text::{Level, RichText};
use crate::scene::{AxisLabels, Group, Layer, Role};
use crate::timeline::Window;

/// How a token is written as a label: spaces and line ends must be seen.
pub fn visible_token(token: &str) -> String {
    token
        .chars()
        .map(|c| match c {
            ' ' => '␣',
            '\n' => '↵',
            '\t' => '⇥',
            other => other,
        })
        .collect()
}

/// A token in a sentence: signs of punctuation alone have room between the quotation marks.
pub fn quoted_token(token: &str) -> String {
    let visible = visible_token(token);
    if visible.chars().all(|letter| letter.is_ascii_punctuation()) {
        format!("“\u{a0}{visible}\u{a0}”")
    } else {
        format!("“{visible}”")
    }
}

/// A name is not shown for less than this, in seconds.
const LEAST_SECONDS: f32 = 0.3;

/// A time for which a group is in one place. In seconds of the stage.
struct Standing {
    placement: Placement,
    /// When it has its name: as soon as half of it has arrived.
    named: Window,
    /// When its axes are written: as soon as most of it has. Never while it only waits to leave for the place that it
    /// has in this stage.
    axes: Option<Window>,
}

/// When the group is at rest, and where: then it can be named.
fn standing(group: &Group, duration: f32) -> Vec<Standing> {
    let mut periods = Vec::new();
    let mut place = group.placement;
    let (mut named, mut axes): (f32, f32) = (0.0, 0.0);
    let mut until = duration;
    for motion in &group.motions {
        let (start, end) = motion.window();
        let (half, most) = (f32::midpoint(start, end), start + (end - start) * 0.8);
        match &motion.kind {
            MotionKind::Appear(_) | MotionKind::Arrive(..) => {
                (named, axes) = (named.max(half), axes.max(half));
            }
            MotionKind::Fly(_, to) => {
                periods.push(Standing {
                    placement: place,
                    named: Window::new(named, start),
                    axes: (axes > 0.0).then_some(Window::new(axes, start)),
                });
                place = *to;
                (named, axes) = (named.max(half), axes.max(most));
            }
            MotionKind::Product(_, ProductRole::Result) => {
                let begun = start + (end - start) * 0.05;
                (named, axes) = (named.max(begun), axes.max(begun));
            }
            MotionKind::Disappear(_) => until = until.min(start),
            _ => {}
        }
    }
    let named = group.named_from.unwrap_or(named);
    periods.push(Standing {
        placement: place,
        named: Window::new(named, until),
        axes: Some(Window::new(axes, until)),
    });
    periods.retain(|period| period.named.end - period.named.start >= LEAST_SECONDS);
    periods
}

/// Adds the labels of one group.
pub(crate) fn of_group(group: &Group, pass: &Pass, duration: f32, labels: &mut Vec<Label>) {
    if group.cells() == 0 || !matches!(group.role, Role::Matrix | Role::Transient) {
        return;
    }
    for period in standing(group, duration) {
        names(group, period.placement, period.named, labels);
        if let Some(window) = period.axes {
            axes(group, period.placement, window, pass, labels);
        }
    }
}

/// Adds the labels of a group while it is in one place.
pub(crate) fn at_place(
    group: &Group,
    placement: Placement,
    window: Window,
    pass: &Pass,
    labels: &mut Vec<Label>,
) {
    names(group, placement, window, labels);
    axes(group, placement, window, pass, labels);
}

/// Whether rows run to the right.
fn lies(placement: &Placement) -> bool {
    placement.right.y.abs() > placement.right.x.abs()
}

/// The name of a matrix above a group, and its size.
pub(crate) fn name_of(
    group: &Group,
    operand: Operand,
    placement: Placement,
    window: Window,
) -> Label {
    let lying = lies(&placement) && group.cells() > group.rows.max(group.columns);
    let name = match lying {
        true => operand.transposed().name(),
        false => operand.name(),
    };
    written(group, name, placement, window)
}

/// A name above a group or beside it.
fn written(group: &Group, text: RichText, placement: Placement, window: Window) -> Label {
    let Bounds { least, most } = placement.bounds(group.size());
    // a row alone has its name at its left, where nothing rises from it
    let beside = group.name_beside;
    let single = group.rows == 1 && group.columns == 1;
    let anchor = if beside {
        placement.position(0, 0) - Vec3::X * (placement.cell_size * 0.5).max(0.5)
    } else {
        Vec3::new(least.x, most.y, placement.origin.z)
    };
    Label {
        detail: if single || group.columns == 1 || !group.sized {
            String::new()
        } else {
            size_of(group, lies(&placement))
        },
        align: if beside { Align::Right } else { Align::Left },
        nudge: if beside {
            Vec2::new(-0.8, 0.0)
        } else {
            Vec2::new(0.0, 0.72)
        },
        ..Label::new(LabelKind::Name, text, anchor, window)
    }
}

/// The names that a group has one after the other.
fn names(group: &Group, placement: Placement, window: Window, labels: &mut Vec<Label>) {
    if !group.named {
        return;
    }
    let times = group.layer_times();
    for (at, &(from, layer)) in times.iter().enumerate() {
        let until = times.get(at + 1).map_or(f32::INFINITY, |&(next, _)| next);
        let window = Window::new(window.start.max(from), window.end.min(until));
        if window.end - window.start < 0.05 {
            continue;
        }
        let layer = &group.layers[layer];
        labels.push(match (&group.short_name, layer.operand()) {
            (Some(name), _) => written(group, name.clone(), placement, window),
            (None, Some(operand)) => name_of(group, operand, placement, window),
            (None, None) => {
                // a step in one head is that head's
                let of = group.layers.iter().filter_map(Layer::operand);
                let head = of.filter_map(|operand| operand.head).next();
                let mut step = layer.step_name().unwrap_or_default();
                if let Some(head) = head {
                    step.push(format!("({})", head + 1), Level::Super);
                }
                written(group, step, placement, window)
            }
        });
    }
}

/// What is written along the rows and columns of a group.
fn axes(group: &Group, placement: Placement, window: Window, pass: &Pass, labels: &mut Vec<Label>) {
    if window.end - window.start < LEAST_SECONDS {
        return;
    }
    let rows = Axis {
        whole: &|row| group.whole_row(row),
        names: group.row_labels,
        count: group.rows,
        step: placement.down,
        // a residual row is its token: tokens beside rows are written larger
        token: LabelKind::Token,
        align: Align::Right,
        nudge: Vec2::new(-0.45, 0.0),
    };
    let columns = Axis {
        whole: &|column| group.whole_column(column),
        names: group.column_labels,
        count: group.columns,
        step: placement.right,
        token: LabelKind::Axis,
        align: Align::Centre,
        nudge: Vec2::new(0.0, -0.75),
    };
    let beside = |row| placement.position(row, 0) - placement.right * 0.5;
    let below = |column| placement.position(group.rows - 1, column) + placement.down * 0.5;
    rows.label(beside, pass, window, labels);
    columns.label(below, pass, window, labels);
}

/// `16 × 128`, and how much of it is shown where that is not all.
fn size_of(group: &Group, lying: bool) -> String {
    let turned = |size: Size| if lying { size.transposed() } else { size };
    let Size { rows, columns } = turned(group.whole);
    let shown = turned(group.size());
    match (shown.rows < rows, shown.columns < columns) {
        (false, false) => format!("{rows} × {columns}"),
        (true, false) => format!("{} of {rows} × {columns}", shown.rows),
        (false, true) => format!("{rows} × {} of {columns}", shown.columns),
        (true, true) => format!("{} of {rows} × {} of {columns}", shown.rows, shown.columns),
    }
}

/// One axis of a matrix and how it is labelled.
struct Axis<'a> {
    /// The index in the whole matrix.
    whole: &'a dyn Fn(usize) -> usize,
    names: AxisLabels,
    count: usize,
    step: Vec3,
    token: LabelKind,
    align: Align,
    nudge: Vec2,
}

impl Axis<'_> {
    /// So many letters have the tokens along an axis that runs to the right: nine of ten of them have no more, and
    /// the others are shortened.
    fn usual_letters(&self, pass: &Pass) -> usize {
        let mut letters: Vec<usize> = (0..self.count)
            .filter_map(|index| Some(self.text(index, pass, MOST_LETTERS)?.1.chars().count()))
            .collect();
        letters.sort_unstable();
        letters
            .get(letters.len().saturating_sub(1) * 9 / 10)
            .map_or(1, |&letters| letters.max(1))
    }

    /// The label at an index, in at most so many letters.
    fn text(&self, index: usize, pass: &Pass, most: usize) -> Option<(LabelKind, String)> {
        let written = |token: &String| {
            let token = visible_token(token);
            // where each token is a letter, an ellipsis would say that more of them follow
            let special = token.starts_with('<') && token.ends_with('>');
            if most == 1 && special && token.chars().count() > 1 {
                NO_TEXT.to_owned()
            } else {
                shortened(&token, most)
            }
        };
        match self.names {
            AxisLabels::None => None,
            AxisLabels::Tokens => {
                let text = pass.tokens.get((self.whole)(index)).map(written)?;
                Some((self.token, text))
            }
            AxisLabels::Vocabulary => {
                let text = pass.vocabulary.get((self.whole)(index)).map(written)?;
                Some((LabelKind::Axis, text))
            }
            AxisLabels::Indices => Some((LabelKind::Axis, (self.whole)(index).to_string())),
        }
    }

    fn label(
        &self,
        anchor: impl Fn(usize) -> Vec3,
        pass: &Pass,
        window: Window,
        labels: &mut Vec<Label>,
    ) {
        let of_letters = matches!(self.names, AxisLabels::Tokens | AxisLabels::Vocabulary);
        // beside rows there is room for words
        let most = match self.align {
            Align::Centre if of_letters => self.usual_letters(pass).min(MOST_LETTERS),
            _ => MOST_LETTERS,
        };
        let written = match self.names {
            AxisLabels::Indices => self.numbered(),
            _ => (0..self.count).collect(),
        };
        let texts = written
            .into_iter()
            .filter_map(|index| Some((index, self.text(index, pass, most)?)))
            .collect::<Vec<_>>();
        if texts.is_empty() {
            return;
        }
        let letters = texts.iter().map(|(_, (_, text))| text.chars().count());
        let letters = letters.max().unwrap_or(1);
        // the number of labels before it is like no other axis's
        let whole = of_letters.then_some(labels.len());
        let along = AlongAxis {
            step: self.step * least_step(texts.iter().map(|(index, _)| *index)) as f32,
            letters,
            whole,
            instead_of: None,
        };
        for (index, (kind, text)) in texts {
            // the sign of a space lies below the line: it would touch the next row's letter
            let lifted = match (self.align, text.as_str()) {
                (Align::Right, "␣") => Vec2::Y * 0.12,
                _ => Vec2::ZERO,
            };
            labels.push(Label {
                along_axis: Some(along),
                align: self.align,
                nudge: self.nudge + lifted,
                ..Label::new(kind, RichText::plain(text), anchor(index), window)
            });
        }
        // cells smaller than letters are at least counted
        let in_order = (0..self.count).all(|index| (self.whole)(index) == index);
        if whole.is_some() && in_order && self.count > 4 {
            let numbers = self.numbered();
            let along = AlongAxis {
                step: self.step * least_step(numbers.iter().copied()) as f32,
                letters: self.count.to_string().len(),
                whole: None,
                instead_of: whole,
            };
            labels.extend(numbers.into_iter().map(|index| Label {
                along_axis: Some(along),
                align: self.align,
                nudge: self.nudge,
                ..Label::new(
                    LabelKind::Axis,
                    RichText::plain(index.to_string()),
                    anchor(index),
                    window,
                )
            }));
        }
    }

    /// The columns or rows that have their numbers: round ones of the whole axis, as far as they are shown and not too
    /// near to each other, and the last.
    fn numbered(&self) -> Vec<usize> {
        let step = if self.count > 32 { 16 } else { 4 };
        let last = self.count.saturating_sub(1);
        let mut numbered: Vec<usize> = Vec::new();
        for index in 0..last {
            let far = |other: usize| other.abs_diff(index) * 2 > step;
            let round = (self.whole)(index).is_multiple_of(step);
            if round && far(last) && numbered.last().is_none_or(|&before| far(before)) {
                numbered.push(index);
            }
        }
        numbered.extend((self.count > 0).then_some(last));
        numbered
    }
}

/// From one index of an axis that is written to the next, where they are nearest.
fn least_step(written: impl Iterator<Item = usize>) -> usize {
    let mut last = None;
    let steps = written.filter_map(|index| last.replace(index).map(|before| index - before));
    steps.min().unwrap_or(1)
}

/// A special token where there is room for one letter.
pub const NO_TEXT: &str = "∅";

/// A token with more letters than this is shortened at a row or column.
pub const MOST_LETTERS: usize = 12;

/// Letters of the longest of these tokens, as they are written at rows and columns.
pub fn longest(tokens: &[String]) -> usize {
    let letters = tokens.iter().map(|token| token.chars().count());
    letters.max().unwrap_or_default().min(MOST_LETTERS)
}

/// The word, or its begin and an ellipsis.
pub fn shortened(word: &str, most: usize) -> String {
    if word.chars().count() <= most {
        return word.to_owned();
    }
    let begin = word.chars().take(most.saturating_sub(1));
    begin.chain(['…']).collect()
}
