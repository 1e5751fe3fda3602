//! Notes of the whole model in the far view: while the view shows all of it, each of its matrices is heard as the
//! data passes.

use orrery_pipeline::machine::{SlabKind, hand};
use orrery_pipeline::motion::Act;
use orrery_pipeline::stage::WholeModel;
use orrery_pipeline::{Segment, Show};

use super::thinning::{Candidate, louder, thin};
use super::{Cause, Event, frames};
use crate::table::Sonification;

/// Steps in which the way of the hand is looked up.
const STEPS: usize = 400;

/// When the hand is where, over a segment.
struct Hand(Vec<f32>, f32);

impl Hand {
    fn new(show: &Show, segment: &Segment) -> Option<Self> {
        let config = show.passes().get(segment.pass)?.config();
        let duration = segment.duration();
        let at = |step: usize| hand(config, segment, duration * step as f32 / STEPS as f32);
        Some(Self((0..=STEPS).map(at).collect(), duration))
    }

    /// When it passes a place, in seconds of the segment, if it does.
    fn passes(&self, place: f32) -> Option<f32> {
        let next = self.0.partition_point(|&hand| hand < place);
        let before = next.checked_sub(1)?;
        let (from, to) = (self.0[before], *self.0.get(next)?);
        let share = (place - from) / (to - from).max(1e-6);
        Some(self.1 * (before as f32 + share) / STEPS as f32)
    }
}

/// The notes of a segment that shows the whole model.
pub(super) fn collect(show: &Show, segment: usize, table: &Sonification, events: &mut Vec<Event>) {
    let Some(on) = show.timeline().segments().get(segment) else {
        return;
    };
    if on.kind.description().whole_model == WholeModel::Hidden {
        return;
    }
    let (Some(machine), Some(hand)) = (show.machine(on.pass), Hand::new(show, on)) else {
        return;
    };
    let mut candidates = Vec::new();
    for (index, slab) in machine.slabs.iter().enumerate() {
        let (rows, columns) = slab.values.dim();
        let mut of_slab = Vec::new();
        for row in 0..rows {
            for column in 0..columns {
                // made from the left
                let share = (column as f32 + 0.5) / columns as f32;
                let place = slab.window.start + (slab.window.end - slab.window.start) * share;
                let tint = slab.tint(row, column);
                let Some(at) = hand.passes(place).filter(|_| !tint.masked) else {
                    continue;
                };
                if show.overview(on.start + f64::from(at)) <= 0.5 {
                    continue;
                }
                of_slab.push(Candidate {
                    at,
                    importance: tint.coordinate.abs(),
                    owner: (index as u32, 0),
                    row: row as u32,
                    column: column as u32,
                    stands_for: 1.0,
                    rank: 0,
                });
            }
        }
        thin(&mut of_slab, table.per_second.motion);
        candidates.append(&mut of_slab);
    }
    thin(&mut candidates, table.per_second.stage);
    let whole = machine.bounds;
    for candidate in candidates {
        let Some(slab) = machine.slabs.get(candidate.owner.0 as usize) else {
            continue;
        };
        let act = match slab.kind {
            SlabKind::Weight => Act::Appear,
            SlabKind::Value => Act::Arrive,
        };
        let Some(mapping) = table.mapping(None, act) else {
            continue;
        };
        let (row, column) = (candidate.row as usize, candidate.column as usize);
        let middle = slab.bounds().map_or(whole.least.x, |of_slab| {
            f32::midpoint(of_slab.least.x, of_slab.most.x)
        });
        let side = 2.0 * (middle - whole.least.x) / whole.size().x.max(1e-3) - 1.0;
        let tint = slab.tint(row, column);
        events.push(Event {
            at: frames(on.start + f64::from(candidate.at)),
            timbre: mapping.voice,
            hz: table.pitch(mapping, tint),
            gain: table.gain(mapping, tint) * louder(candidate.stands_for),
            pan: side.clamp(-1.0, 1.0) * table.width,
            seconds: mapping.seconds.max(0.01),
            rank: candidate.rank,
            segment: segment as u32,
            cause: Cause::Machine {
                slab: candidate.owner.0,
                row: candidate.row,
                column: candidate.column,
                value: slab.values.get((row, column)).copied().unwrap_or(f32::NAN),
            },
        });
    }
}
