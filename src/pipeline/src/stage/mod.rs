//! The stages, one file each: what a stage is called, which matrices are placed where, how they move over while
//! it is on, what is framed and what is said. How operations move cells does not belong here, nor does drawing.

mod attention;
mod attention_output;
mod block_output;
mod block_summary;
mod characters;
mod description;
mod draw;
mod embedding;
mod feed_forward;
mod join_text;
pub(crate) mod labels;
pub(crate) mod layout;
mod logit_lens;
mod machine;
mod norm;
mod qkv_projection;
mod residual;
pub(crate) mod summary;
mod unembedding;

use crate::stage_kind::StageKind;

pub use description::{StageDescription, WholeModel};

impl StageKind {
    /// Everything that is known of this stage.
    pub fn description(self) -> &'static StageDescription {
        match self {
            Self::Machine => &machine::OPENING,
            Self::Characters => &characters::STAGE,
            Self::Embedding => &embedding::STAGE,
            Self::Norm1 => &norm::FIRST,
            Self::QkvProjection => &qkv_projection::STAGE,
            Self::Attention => &attention::STAGE,
            Self::AttentionOutput => &attention_output::STAGE,
            Self::Residual1 => &residual::FIRST,
            Self::FeedForward => &feed_forward::STAGE,
            Self::Residual2 => &residual::SECOND,
            Self::BlockOutput => &block_output::STAGE,
            Self::LogitLens => &logit_lens::STAGE,
            Self::BlockSummary => &block_summary::STAGE,
            Self::FinalNorm => &norm::FINAL,
            Self::Unembedding => &unembedding::STAGE,
            Self::Draw => &draw::STAGE,
            Self::JoinText => &join_text::STAGE,
            Self::MachineAgain => &machine::CLOSING,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use orrery_model::GptConfig;

    use super::*;

    #[test]
    fn every_stage_has_names_and_no_two_the_same_slug() {
        let slugs: BTreeSet<&str> = StageKind::ALL.map(|kind| kind.description().slug).into();
        assert_eq!(slugs.len(), StageKind::ALL.len());
        for kind in StageKind::ALL {
            let stage = kind.description();
            let title = (stage.title)(&GptConfig::default());
            assert!(
                [title, stage.slug, stage.mark]
                    .iter()
                    .all(|name| !name.is_empty()),
                "{kind:?}"
            );
        }
    }
}
