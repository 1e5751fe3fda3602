//! Opens a block that is shown in summary, so that it is played in full, and closes it again.

use bevy::prelude::*;
use orrery_pipeline::{Detail, Segment};

use super::actions::Action;
use crate::{
    sets::OrrerySystems,
    show::{CurrentShow, StageOn, Transport},
};

/// Opens and closes blocks.
pub struct OpenedBlocksPlugin;

impl Plugin for OpenedBlocksPlugin {
    fn build(&self, app: &mut App) {
        app.add_systems(
            Update,
            toggle.in_set(OrrerySystems::Input).after(super::keys::read),
        );
    }
}

/// The block that is meant: the one that is on, else the next that comes, else the last.
fn block_meant(segments: &[Segment], on: usize) -> Option<(usize, usize)> {
    let of = |segment: &Segment| segment.block.map(|block| (segment.pass, block));
    let pass = segments.get(on)?.pass;
    let same_pass = |segment: &&Segment| segment.pass == pass;
    segments[on..]
        .iter()
        .filter(same_pass)
        .find_map(of)
        .or_else(|| segments.iter().filter(same_pass).rev().find_map(of))
}

fn toggle(
    mut actions: MessageReader<Action>,
    show: Option<ResMut<CurrentShow>>,
    on: Res<StageOn>,
    mut transport: ResMut<Transport>,
) {
    let asked = actions.read().any(|&action| action == Action::ToggleBlock);
    let (true, Some(mut show)) = (asked, show) else {
        return;
    };
    let segments = show.show.timeline().segments();
    let Some((pass, block)) = block_meant(segments, on.index) else {
        return;
    };
    let in_full = segments.iter().any(|segment| {
        (segment.pass, segment.block) == (pass, Some(block)) && !segment.in_summary()
    });
    let mut options = show.settings.options.clone();
    if in_full {
        options.opened.remove(&block);
    } else {
        options.opened.insert(block);
        if pass > 0 {
            // later tokens play no block in full while they are abbreviated
            options.later_tokens = Detail::Full;
        }
    }
    let pacing = show.settings.pacing.clone();
    show.lay_out_anew(options, pacing, transport.time);
    let start = show
        .show
        .timeline()
        .segments()
        .iter()
        .find(|segment| (segment.pass, segment.block) == (pass, Some(block)))
        .map_or(0.0, |segment| segment.start);
    let duration = show.duration();
    transport.seek(start, duration);
}
