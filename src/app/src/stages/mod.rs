//! One plugin for each stage. It owns what is particular to the stage in the app and runs only while
//! the stage is on; which matrices stand where and how they move comes from the pipeline.

mod attention;
mod attention_output;
mod block_output;
mod block_summary;
mod characters;
mod draw;
mod embedding;
mod feed_forward;
mod final_norm;
mod join_text;
mod machine;
mod norm1;
mod qkv_projection;
mod residual1;
mod residual2;
mod unembedding;

use bevy::{app::PluginGroupBuilder, prelude::*};
use orrery_pipeline::{Pass, Quantity, StageKind};

use crate::{
    labels::{Headline, LegendQuantities},
    sets::OrrerySystems,
    show::{CurrentShow, StageOn, current::stage_is},
};

/// What a stage says of itself.
#[derive(Clone, Copy)]
struct Announcement {
    /// The stage.
    stage: StageKind,
    /// The quantities in its legend.
    quantities: &'static [Quantity],
    /// A word on this model's sizes or settings.
    remark: fn(&Pass) -> String,
}

/// Lets a stage write its headline and legend while it is on.
fn announce(app: &mut App, announcement: Announcement) {
    app.add_systems(
        Update,
        (move |on: Res<StageOn>,
               show: Res<CurrentShow>,
               mut headline: ResMut<Headline>,
               mut legend: ResMut<LegendQuantities>| {
            let Some(pass) = on.pass(&show) else {
                return;
            };
            let blocks = pass.config().n_blocks;
            let block = on.segment.and_then(|segment| segment.block);
            let parts = [
                block.map_or(String::new(), |block| {
                    format!("block {} of {blocks}", block + 1)
                }),
                announcement
                    .stage
                    .title_in(pass.config().norm_placement)
                    .to_owned(),
                (announcement.remark)(pass),
            ];
            let text = parts
                .into_iter()
                .filter(|part| !part.is_empty())
                .collect::<Vec<_>>()
                .join("  ·  ");
            headline.set_if_neq(Headline(text));
            legend.set_if_neq(LegendQuantities(announcement.quantities.to_vec()));
        })
        .run_if(stage_is(announcement.stage))
        .run_if(resource_exists::<CurrentShow>)
        .run_if(resource_changed::<StageOn>)
        .after(OrrerySystems::Program)
        .before(OrrerySystems::Labels),
    );
}

/// All stages.
pub struct StagePlugins;

impl PluginGroup for StagePlugins {
    fn build(self) -> PluginGroupBuilder {
        PluginGroupBuilder::start::<Self>()
            .add(machine::MachineStagePlugin)
            .add(characters::CharactersStagePlugin)
            .add(embedding::EmbeddingStagePlugin)
            .add(norm1::Norm1StagePlugin)
            .add(qkv_projection::QkvProjectionStagePlugin)
            .add(attention::AttentionStagePlugin)
            .add(attention_output::AttentionOutputStagePlugin)
            .add(residual1::Residual1StagePlugin)
            .add(feed_forward::FeedForwardStagePlugin)
            .add(residual2::Residual2StagePlugin)
            .add(block_output::BlockOutputStagePlugin)
            .add(block_summary::BlockSummaryStagePlugin)
            .add(final_norm::FinalNormStagePlugin)
            .add(unembedding::UnembeddingStagePlugin)
            .add(draw::DrawStagePlugin)
            .add(join_text::JoinTextStagePlugin)
    }
}
