//! The curves at an instant, as cells: pieces of arches, and the values that travel along them. The shares and the
//! values are the model's own.

use bevy::prelude::{Transform, Vec3};
use orrery_draw::{CellTag, PanelCell};
use orrery_plugin_api::pipeline::{
    Operand, OperationKind, Palette, Scale,
    shaping::{Made, Setting},
};

use crate::{
    ArcsSettings,
    geometry::{Ground, head_colour, piece},
    ground::{ground, tokens},
};

/// Shares below this have no curve.
const LEAST_SHARE: f32 = 0.02;
/// No more curves than this are drawn: the largest.
const MOST_CURVES: usize = 600;
/// Pieces of a curve; of many curves each has fewer.
const PIECES: (usize, usize) = (18, 10);
const MANY: usize = 250;
/// Numbers of a value vector that travel, at most.
const BEADS: usize = 8;

/// A head of the block that is on.
#[derive(Clone, Copy, Debug)]
struct Head {
    index: usize,
    /// The shares `[tokens, tokens]`.
    attention: Operand,
    /// The values `[tokens, d_head]`, and what is made of both.
    values: Operand,
    output: Operand,
}

/// A share that has a curve.
#[derive(Clone, Copy, Debug)]
struct Curve {
    head: Head,
    /// Places on the line of tokens, and in the text.
    from: (usize, usize),
    to: (usize, usize),
    share: f32,
}

/// The heads of the block that is on.
fn heads(setting: &Setting<'_>) -> Vec<Head> {
    let block = setting.segment().block;
    let operations = setting.program().operations();
    operations
        .iter()
        .filter(|made| made.kind() == OperationKind::Softmax && made.output().block() == block)
        .filter_map(|softmax| {
            let attention = softmax.output();
            let index = attention.head?;
            let weighs = operations.iter().find(|operation| {
                operation.kind() == OperationKind::MatrixProduct
                    && operation.inputs().first() == Some(&attention)
            })?;
            Some(Head {
                index,
                attention,
                values: *weighs.inputs().get(1)?,
                output: weighs.output(),
            })
        })
        .collect()
}

/// The one that is chosen of so many, counted from 0; none where all are.
fn chosen(setting: u32, of: usize) -> Option<usize> {
    (setting as usize % (of + 1)).checked_sub(1)
}

/// The curves of the block that is on, the largest shares first, and how many more there are.
fn curves(setting: &Setting<'_>, settings: ArcsSettings) -> (Vec<Curve>, usize) {
    let heads = heads(setting);
    let places = tokens(setting);
    let only_head = chosen(settings.head, heads.len());
    let only_token = chosen(settings.token, places.len());
    let mut curves = Vec::new();
    for (at, &head) in heads.iter().enumerate() {
        let shares = setting.pass().view(head.attention);
        let Some(shares) = shares.filter(|_| only_head.is_none_or(|only| only == at)) else {
            continue;
        };
        for (line_to, &to) in places.iter().enumerate() {
            if only_token.is_some_and(|only| only != line_to) {
                continue;
            }
            for (line_from, &from) in places.iter().enumerate() {
                let share = shares.get((to, from)).copied().unwrap_or(0.0);
                if share >= LEAST_SHARE {
                    curves.push(Curve {
                        head,
                        from: (line_from, from),
                        to: (line_to, to),
                        share,
                    });
                }
            }
        }
    }
    curves.sort_by(|a, b| b.share.total_cmp(&a.share));
    let more = curves.len().saturating_sub(MOST_CURVES);
    curves.truncate(MOST_CURVES);
    (curves, more)
}

/// What is said below the line: what is chosen, and what is not drawn.
pub(crate) fn remark(setting: &Setting<'_>, settings: ArcsSettings) -> Option<String> {
    let heads = heads(setting);
    if heads.is_empty() {
        return None;
    }
    let places = tokens(setting);
    let mut words = match chosen(settings.head, heads.len()) {
        Some(head) => format!("head {} of {}", head + 1, heads.len()),
        None => format!("{} heads", heads.len()),
    };
    if let Some(at) = chosen(settings.token, places.len()) {
        words += &format!(", what token {} attends to", at + 1);
    }
    words += &format!("; shares from {} % on", (LEAST_SHARE * 100.0).round());
    let (_, more) = curves(setting, settings);
    if more > 0 {
        words += &format!("; {more} smaller ones are not drawn");
    }
    Some(words)
}

/// How far something made row by row has come in one row, 0…1.
fn row_progress(made: Option<Made>, s: f32, (row, rows): (usize, usize)) -> f32 {
    match made {
        Some(Made::Before) => 1.0,
        Some(Made::Now(window, _)) => {
            let own = 0.4;
            let start = (1.0 - own) * row as f32 / rows.max(1) as f32;
            ((window.progress(s) - start) / own).clamp(0.0, 1.0)
        }
        Some(Made::Later) | None => 0.0,
    }
}

/// Everything that is drawn at `s` seconds of the stage. `share` is how much of the picture is this visualization's.
pub(crate) fn cells(
    setting: &Setting<'_>,
    s: f32,
    settings: ArcsSettings,
    (share, palette): (f32, Palette),
) -> Vec<PanelCell> {
    let Some(ground) = ground(setting) else {
        return Vec::new();
    };
    let (curves, _) = curves(setting, settings);
    let heads = setting.pass().config().n_heads;
    let pieces = if curves.len() > MANY {
        PIECES.1
    } else {
        PIECES.0
    };
    let mut cells = Vec::new();
    // the small ones first: the large lie over them
    for curve in curves.iter().rev() {
        let row = (curve.to.0, ground.tokens);
        let grown = row_progress(setting.made(curve.head.attention), s, row);
        if grown <= 0.0 {
            continue;
        }
        let layer = curve.head.index as f32 / heads.max(1) as f32;
        let point = |t: f32| ground.arch(curve.from.0, curve.to.0, layer, t);
        // a loop says how much a token keeps to itself; it must not hide the others
        let loops = if curve.from.0 == curve.to.0 {
            0.45
        } else {
            1.0
        };
        let thick = ground.pitch.min(9.0) * (0.014 + 0.13 * curve.share * loops) * share;
        let tag = CellTag::solid(head_colour(curve.head.index, heads))
            .with_glow((curve.share * loops * 7.0).round() as u8);
        for at in 0..pieces {
            let [from, to] = [at, at + 1].map(|at| (at as f32 / pieces as f32).min(grown));
            if to > from {
                let (middle, turn, length) = piece(point(from), point(to));
                let size = Vec3::new(length + thick * 0.5, thick, thick);
                let transform = Transform::from_translation(middle)
                    .with_rotation(turn)
                    .with_scale(size);
                cells.push(PanelCell { transform, tag });
            }
        }
        travel(
            setting,
            &ground,
            curve,
            (s, share, palette),
            &point,
            &mut cells,
        );
    }
    cells
}

/// The values on their way along a curve.
fn travel(
    setting: &Setting<'_>,
    ground: &Ground,
    curve: &Curve,
    (s, share, palette): (f32, f32, Palette),
    point: &dyn Fn(f32) -> Vec3,
    cells: &mut Vec<PanelCell>,
) {
    let made = setting.made(curve.head.output);
    if !matches!(made, Some(Made::Now(..))) {
        return;
    }
    let p = row_progress(made, s, (curve.to.0, ground.tokens));
    let Some(values) = setting.pass().view(curve.head.values) else {
        return;
    };
    if p <= 0.0 || p >= 1.0 {
        return;
    }
    let quantity = curve.head.values.quantity();
    let scale = Scale {
        quantity,
        range: setting.show().range(quantity),
    };
    let size = ground.pitch * (0.05 + 0.12 * curve.share.sqrt()) * share;
    let count = values.ncols().min(BEADS);
    for bead in 0..count {
        // one behind the other
        let t = p * 1.25 - 0.25 * bead as f32 / count as f32;
        let value = values.get((curve.from.1, bead)).copied();
        if let Some(value) = value.filter(|_| (0.0..=1.0).contains(&t)) {
            let place = point(t) + Vec3::Z * size;
            let transform = Transform::from_translation(place).with_scale(Vec3::splat(size));
            let tag = CellTag::solid(palette.colour(scale.tint(value)));
            cells.push(PanelCell { transform, tag });
        }
    }
}
