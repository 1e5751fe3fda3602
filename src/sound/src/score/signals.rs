//! Notes that no cell plays: a stage is entered and comes to rest, letters fly.

use orrery_pipeline::stage::WholeModel;
use orrery_pipeline::{Phase, Show};

use super::{Cause, Event, frames};
use crate::table::{Signal, Sonification};

/// The notes of a segment.
pub(super) fn collect(show: &Show, segment: usize, table: &Sonification, events: &mut Vec<Event>) {
    let (Some(scene), Some(on)) = (show.scene(segment), show.timeline().segments().get(segment))
    else {
        return;
    };
    let mut add = |signal: &Signal, seconds: f32, degree: usize, pan: f32, cause: Cause| {
        let (least, most) = signal.voice.range();
        events.push(Event {
            at: frames(on.start + f64::from(seconds)),
            timbre: signal.voice,
            hz: table.above(signal.hz, degree).clamp(least, most),
            gain: signal.gain,
            pan,
            seconds: signal.seconds,
            rank: 0,
            segment: segment as u32,
            cause,
        });
    };
    // each stage has its tone
    add(&table.enter, 0.0, on.stage, 0.0, Cause::Enter);
    let rest = on.window(Phase::Settle);
    if rest.end - rest.start > 0.15 {
        add(&table.rest, rest.start, on.stage, 0.0, Cause::Rest);
    }
    let flight = match on.kind.description().whole_model {
        WholeModel::Hidden => None,
        WholeModel::Opens => Some(rest),
        WholeModel::Closes => Some(on.window(Phase::Appear)),
    };
    if let Some(flight) = flight {
        add(&table.view_flies, flight.start, 0, 0.0, Cause::View);
    }
    let flying = scene.labels.iter().filter_map(|label| label.flight);
    for (at, flight) in flying.enumerate() {
        // many letters fly together: each begins a little after the one before, as it lands
        let late = 0.02 * (at as f32).min(12.0);
        let window = flight.window;
        let pan = ((at as f32 * 0.37) % 1.0 - 0.5) * table.width;
        let lands = (window.end - 0.02).min(on.duration()).max(window.start);
        let leaves = (window.start + late).min(lands);
        add(&table.letter_leaves, leaves, at % 8, pan, Cause::Letter);
        add(&table.letter_arrives, lands, at % 8, pan, Cause::Letter);
    }
}
