//! The stage's line in the upper left, and the quantities in its legend.

use bevy::prelude::*;

use super::StageEntered;
use crate::{
    labels::{Headline, LegendQuantities},
    show::CurrentShow,
};

pub(super) fn write(
    mut entered: MessageReader<StageEntered>,
    show: Option<Res<CurrentShow>>,
    mut headline: ResMut<Headline>,
    mut legend: ResMut<LegendQuantities>,
) {
    let (Some(show), Some(StageEntered { segment, .. })) = (show, entered.read().last()) else {
        return;
    };
    let Some(pass) = show.show.passes().get(segment.pass) else {
        return;
    };
    let stage = segment.kind.description();
    let blocks = pass.config().n_blocks;
    let block = segment
        .block
        .map(|block| format!("block {} of {blocks}", block + 1));
    let title = (stage.title)(pass.config()).to_owned();
    let title = match block {
        Some(block) => format!("{block}  ·  {title}"),
        None => title,
    };
    // whoever sees a picture of a changed run must know that it is one
    let title = match show.show.changes() {
        "" => title,
        changes => format!("CHANGED RUN: {changes}  ·  {title}"),
    };
    headline.set_if_neq(Headline {
        title,
        remark: (stage.remark)(pass),
    });
    legend.set_if_neq(LegendQuantities(stage.quantities.to_vec()));
}
