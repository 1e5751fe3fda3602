//! What a label of the world asks for: where in the picture it hangs, how large it is, where it may stand instead. Along
//! an axis labels shrink, thin out, or make room for numbers; others give way to more important ones.

use bevy::math::{Rect, Vec2};
use orrery_pipeline::{
    Bounds, Scene,
    label::{Align, Destination, Label, LabelKind},
    scene::{Group, Role},
};
use orrery_plugin_api::StageView;

use super::{
    TakenAreas,
    arrangement::{Candidate, Standing, arrange},
    projection::View,
    world::{WorldLabel, letter_size},
};

/// Which labels go first where there is no room for all.
fn rank(kind: LabelKind) -> u8 {
    match kind {
        LabelKind::Glyph => 0,
        LabelKind::Name => 1,
        LabelKind::Operator => 2,
        LabelKind::Note => 3,
        LabelKind::Token => 4,
        LabelKind::Axis => 5,
    }
}

/// No letters of the world are smaller, in logical pixels at 720 lines.
const LEAST_LETTERS: f32 = 14.0;

/// Distance of neighbours on the axis of a label, in logical pixels, and whether the axis
/// runs downwards. None where there is no axis, or where it is not to be seen.
fn pitch(label: &Label, view: &View) -> Option<(f32, bool)> {
    let step = label.along_axis?.step;
    let (a, b) = (
        view.project(label.anchor)?,
        view.project(label.anchor + step)?,
    );
    let vertical = (b - a).y.abs() > (b - a).x.abs();
    Some((a.distance(b).max(0.1), vertical))
}

/// Size of a label's letters now, as a share of what its kind has. Along a narrow axis they shrink before
/// some are left out.
pub(super) fn size_now(label: &Label, s: f32, view: &View) -> f32 {
    let least = LEAST_LETTERS / letter_size(label.kind);
    let fits = match pitch(label, view) {
        Some((pitch, true)) => {
            let letters = letter_size(label.kind);
            (pitch / HIGH / letters).clamp(least.min(1.0), 1.0)
        }
        _ => 1.0,
    };
    label.letters(s) * fits
}

/// Height that a line takes of its neighbours' room, as a share of its letters' size.
const HIGH: f32 = 0.95;

/// Whether a label of an axis is left out because its neighbours are too close. Of numbers along an axis some may
/// stand for all; letters in a row would then read as another word, so that all of them stand or none does.
fn thinned_out(label: &Label, view: &View) -> bool {
    let Some(axis) = label.along_axis else {
        return false;
    };
    let Some((pitch, vertical)) = pitch(label, view) else {
        return true;
    };
    let room = if vertical {
        LEAST_LETTERS.min(letter_size(label.kind)) * HIGH
    } else {
        letter_size(label.kind) * 0.66 * axis.letters.max(1) as f32
    };
    room > pitch
}

/// The point of the picture on which a label hangs at `s` seconds of the stage, in logical pixels.
pub(super) fn place_of(label: &Label, s: f32, view: &View, slot: Rect) -> Option<Vec2> {
    let letters = letter_size(label.kind) * size_now(label, s, view);
    let nudge = Vec2::new(label.nudge.x, -label.nudge.y) * letters;
    let from = view.project(label.anchor)?;
    let to = match label.flight.map(|flight| flight.to) {
        None => from,
        Some(Destination::Stage(to)) => view.project(to)?,
        Some(Destination::Slot) => slot.center(),
    };
    let way = label.way(s);
    // a little bow, so that letters do not run along a line of text
    let bow = Vec2::new(to.y - from.y, from.x - to.x) * (0.12 * way * (1.0 - way));
    Some(from.lerp(to, way) + bow + nudge)
}

/// Where a label's letters lie when its anchor lies at `at`.
fn rect_of(align: Align, at: Vec2, width: f32, height: f32) -> Rect {
    let left = match align {
        Align::Left => at.x,
        Align::Centre => at.x - width * 0.5,
        Align::Right => at.x - width,
    };
    Rect::new(left, at.y - height * 0.5, left + width, at.y + height * 0.5)
}

/// How far a name may stand to the right of its place where that is taken, in logical pixels.
const ASIDE: f32 = 14.0;
/// What is free behind a size, likewise.
const BEHIND_SIZES: f32 = 8.0;
/// What is free at least between two numbers of axes, in logical pixels.
const BETWEEN_NUMBERS: f32 = 6.0;

/// Where the matrices of a scene are in the picture that have a name of their own and stand on their grids.
fn matrices_on(scene: &Scene, s: f32, view: &View) -> Vec<Rect> {
    let there = |group: &&Group| {
        let (from, until) = group.presence();
        group.role == Role::Matrix && group.shape.is_none() && from <= s && s < until
    };
    let rect = |group: &Group| {
        let Bounds { least, most } = group.placement_at(s).bounds(group.size());
        let (a, b) = (view.project(least)?, view.project(most)?);
        Some(Rect::from_corners(a, b))
    };
    scene.groups.iter().filter(there).filter_map(rect).collect()
}

/// What asks for room at a moment.
#[derive(Default)]
struct Asking {
    candidates: Vec<Candidate>,
    /// Numbers that are written only where the letters of an axis have no room, and of which axis.
    instead: Vec<(usize, Candidate)>,
    /// What flies is seen all the way: others give way to it.
    flying: Vec<Standing>,
}

impl Asking {
    fn gather<'a>(
        labels: impl Iterator<Item = &'a WorldLabel>,
        (scene, s): (&Scene, f32),
        view: &View,
        slot: Rect,
    ) -> Self {
        let matrices = matrices_on(scene, s, view);
        let mut all = Self::default();
        for measured in labels {
            let Some(label) = scene.labels.get(measured.index) else {
                continue;
            };
            if label.opacity(s) <= 0.0 || thinned_out(label, view) {
                continue;
            }
            let Some(at) = place_of(label, s, view, slot) else {
                continue;
            };
            let size = size_now(label, s, view);
            let rect = |width| rect_of(label.align, at, width * size, measured.height * size);
            if label.flies(s) {
                all.flying.push(Standing {
                    label: measured.index,
                    detailed: true,
                    rect: rect(measured.with_detail),
                });
                continue;
            }
            let (places, detailed) = match label.along_axis {
                Some(axis) if axis.whole.is_none() => {
                    let place = rect(measured.width);
                    let anchor = view.project(label.anchor).unwrap_or_default();
                    // a number over another matrix's cells would be read as theirs
                    let over = |matrix: &Rect| {
                        !matrix.inflate(3.0).contains(anchor)
                            && !matrix.inflate(-1.0).intersect(place).is_empty()
                    };
                    if matrices.iter().any(over) {
                        continue;
                    }
                    // and one beside another as one number
                    let apart = Vec2::new(BETWEEN_NUMBERS * 0.5, 0.0);
                    (
                        vec![Rect::from_corners(place.min - apart, place.max + apart)],
                        1,
                    )
                }
                Some(_) => (vec![rect(measured.with_detail)], 1),
                None => places_of(label, measured, rect, &matrices),
            };
            let candidate = Candidate {
                label: measured.index,
                rank: rank(label.kind),
                places,
                detailed,
            };
            match label.along_axis.and_then(|axis| axis.instead_of) {
                Some(axis) => all.instead.push((axis, candidate)),
                None => all.candidates.push(candidate),
            }
        }
        // in the order of the scene, whatever the order of the entities
        all.candidates.sort_by_key(|candidate| candidate.label);
        all.instead.sort_by_key(|(_, candidate)| candidate.label);
        all
    }
}

/// Where a label that belongs to no axis may stand, the best place first, and in how many of them with its detail.
fn places_of(
    label: &Label,
    measured: &WorldLabel,
    rect: impl Fn(f32) -> Rect,
    matrices: &[Rect],
) -> (Vec<Rect>, usize) {
    let movable = label.kind == LabelKind::Name && label.align == Align::Left;
    let moved = |place: Rect, by: Vec2| Rect::from_corners(place.min + by, place.max + by);
    // a little to the right, beside the words for one
    let aside = Vec2::new(ASIDE, 0.0);
    let alone = rect(measured.width);
    let mut places = Vec::new();
    if !label.detail.is_empty() {
        // a size beside a name must not stand over another matrix: it would be read as that one's
        let whole = rect(measured.with_detail);
        let detail = Rect::new(alone.max.x, alone.min.y, whole.max.x, alone.max.y);
        // its own begins where the name does
        let over = |matrix: &Rect| {
            matrix.min.x > alone.min.x + 12.0 && !detail.intersect(*matrix).is_empty()
        };
        if label.align != Align::Left || !matrices.iter().any(over) {
            // a name right behind it would be read with it
            let whole = match label.align {
                Align::Left => Rect::from_corners(whole.min, whole.max + Vec2::X * BEHIND_SIZES),
                _ => whole,
            };
            places.push(whole);
            places.extend(movable.then(|| moved(whole, aside)));
        }
    }
    let detailed = places.len();
    places.push(alone);
    if movable {
        // or a line higher, where that is over no other matrix, as far as matrices stand on their grids
        places.push(moved(alone, aside));
        let higher = moved(alone, Vec2::new(0.0, -alone.height() - 3.0));
        let over = |matrix: &Rect| !matrix.inflate(-1.0).intersect(higher).is_empty();
        if !matrices.is_empty() && !matrices.iter().any(over) {
            places.push(higher);
        }
    }
    (places, detailed)
}

/// Finds out which labels have room, and where.
pub(super) fn standing_labels<'a>(
    labels: impl Iterator<Item = &'a WorldLabel>,
    stage: &StageView,
    view: &View,
    taken: &TakenAreas,
) -> Vec<Standing> {
    let Some(scene) = stage.scene.as_deref() else {
        return Vec::new();
    };
    let Asking {
        candidates,
        instead,
        mut flying,
    } = Asking::gather(labels, (scene, stage.seconds), view, taken.slot);
    let mut taken = taken.rects().to_vec();
    taken.extend(flying.iter().map(|label| label.rect));
    let mut standing = arrange(candidates.clone(), view.size, &taken);
    // of the letters of an axis all stand, as far as they are in the picture, or none
    let picture = Rect::from_corners(Vec2::ZERO, view.size);
    let stands =
        |standing: &[Standing], label: usize| standing.iter().any(|one| one.label == label);
    let mut broken: Vec<usize> = candidates
        .iter()
        .filter(|one| {
            let inside = one
                .places
                .iter()
                .any(|place| picture.contains(place.min) && picture.contains(place.max));
            inside && !stands(&standing, one.label)
        })
        .filter_map(|one| scene.labels.get(one.label)?.along_axis?.whole)
        .collect();
    broken.sort_unstable();
    broken.dedup();
    let axis_of = |one: &Standing| scene.labels.get(one.label)?.along_axis?.whole;
    standing.retain(|one| axis_of(one).is_none_or(|axis| broken.binary_search(&axis).is_err()));
    let written: Vec<usize> = standing.iter().filter_map(axis_of).collect();
    let instead = instead
        .into_iter()
        .filter(|(axis, _)| !written.contains(axis));
    taken.extend(standing.iter().map(|one| one.rect));
    let numbers = instead.map(|(_, candidate)| candidate).collect();
    standing.append(&mut arrange(numbers, view.size, &taken));
    standing.append(&mut flying);
    standing
}
