//! Opens a block that is shown in summary, so that it is played in full, and closes it again.

use bevy::prelude::*;
use orrery_pipeline::{Detail, Segment};

use super::actions::Action;
use crate::sets::Asking;
use crate::show::{Now, Shows, Start};

/// Opens and closes blocks.
pub struct OpenedBlocksPlugin;

impl Plugin for OpenedBlocksPlugin {
    fn build(&self, app: &mut App) {
        app.add_systems(Update, toggle.in_set(Asking::Block));
    }
}

/// The block that is meant: the one that is on, else the next that comes, else the last.
pub(super) fn block_meant(segments: &[Segment], on: usize) -> Option<(usize, usize)> {
    let of = |segment: &Segment| segment.block.map(|block| (segment.pass, block));
    let pass = segments.get(on)?.pass;
    let same_pass = |segment: &&Segment| segment.pass == pass;
    segments[on..]
        .iter()
        .filter(same_pass)
        .find_map(of)
        .or_else(|| segments.iter().filter(same_pass).rev().find_map(of))
}

pub(super) fn toggle(mut actions: MessageReader<Action>, now: Res<Now>, mut shows: Shows) {
    let asked = actions.read().any(|&action| action == Action::ToggleBlock);
    let (true, Some(show)) = (asked, shows.on()) else {
        return;
    };
    let segments = show.show.timeline().segments();
    let Some((pass, block)) = block_meant(segments, now.index) else {
        return;
    };
    let in_full = segments.iter().any(|segment| {
        (segment.pass, segment.block) == (pass, Some(block)) && !segment.in_summary()
    });
    shows.lay_out(Start::Block { pass, block }, |settings| {
        let options = &mut settings.options;
        if in_full {
            options.opened.remove(&block);
            return;
        }
        options.opened.insert(block);
        if pass > 0 {
            // later tokens play no block in full while they are abbreviated
            options.later_tokens = Detail::Full;
        }
    });
}
