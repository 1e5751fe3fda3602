//! The logit lens: what it shows is what the model's own head says, and after the last block that is what the model
//! says.

mod support;

use orrery_model::TensorId;
use orrery_pipeline::{Operand, Show, ShowOptions, StageKind};

fn shows() -> Vec<Show> {
    let options = ShowOptions {
        tokens: 1,
        lens: true,
        ..support::options()
    };
    let small = support::configurations().into_iter();
    let small = small.map(|config| support::show(config, "what light", &options));
    let large = support::large_configurations().into_iter();
    let large = large.map(|config| support::large_show(config, 7, &options));
    small.chain(large).collect()
}

#[test]
fn after_the_last_block_it_says_what_the_model_says() {
    for show in shows() {
        let pass = &show.passes()[0];
        let last = pass.config().n_blocks - 1;
        for id in [TensorId::Logits, TensorId::Probabilities] {
            let lens = pass.matrix(Operand::lens(last, id)).expect("a lens");
            let model = pass.matrix(Operand::from(id).last_row()).expect("logits");
            assert_eq!(lens.dim(), model.dim());
            for (lens, model) in lens.iter().zip(&model) {
                assert!(
                    (lens - model).abs() <= 1e-6 * model.abs().max(1.0),
                    "{lens} {model}"
                );
            }
        }
    }
}

#[test]
fn after_an_earlier_block_it_says_something_else() {
    for show in shows() {
        let pass = &show.passes()[0];
        let logits = |block| pass.matrix(Operand::lens(block, TensorId::Logits));
        assert_ne!(logits(0), logits(1));
        assert_eq!(logits(pass.config().n_blocks), None);
    }
}

#[test]
fn it_follows_every_block_that_is_played_in_full_and_only_if_it_is_asked_for() {
    for lens in [true, false] {
        for opened in [vec![], vec![0], vec![1], vec![0, 1]] {
            let options = ShowOptions {
                lens,
                opened: opened.iter().copied().collect(),
                ..support::options()
            };
            let config = support::configurations().swap_remove(1);
            let show = support::show(config, "to be", &options);
            let segments = show.timeline().segments();
            let shown: Vec<_> = segments
                .iter()
                .zip(segments.iter().skip(1))
                .filter(|(_, segment)| segment.kind == StageKind::LogitLens)
                .map(|(before, segment)| (before.kind, before.block, segment.pass, segment.block))
                .collect();
            let wanted: Vec<_> = opened
                .iter()
                .filter(|_| lens)
                .map(|&block| (StageKind::BlockOutput, Some(block), 0, Some(block)))
                .collect();
            assert_eq!(shown, wanted);
        }
    }
}

#[test]
fn its_bars_are_the_five_largest_with_their_percentages() {
    for show in shows() {
        let pass = &show.passes()[0];
        for (index, segment) in show.timeline().segments().iter().enumerate() {
            if segment.kind != StageKind::LogitLens {
                continue;
            }
            let block = segment.block.expect("a block");
            let scene = show.scene(index).expect("a scene");
            let all = pass.matrix(Operand::lens(block, TensorId::Probabilities));
            let mut all: Vec<(usize, f32)> = all.expect("a lens").into_iter().enumerate().collect();
            all.sort_by(|(_, a), (_, b)| b.total_cmp(a));
            let shown = pass.matrix(Operand::likeliest(block)).expect("bars");
            let wanted: Vec<f32> = all[..5].iter().map(|&(_, p)| p).collect();
            assert_eq!(shown.iter().copied().collect::<Vec<_>>(), wanted);
            let s = segment.duration() - 0.1;
            let group = scene
                .groups
                .iter()
                .find(|group| group.layers[0].operand() == Some(Operand::likeliest(block)))
                .expect("the bars");
            for (column, &(id, p)) in all[..5].iter().enumerate() {
                // as high as it is likely, beside the likeliest
                let pose = group.pose(0, column, s);
                let height = pose.size.y / group.pose(0, 0, s).size.y;
                assert!((height - p / wanted[0]).abs() < 0.03, "{height} {p}");
                let token = orrery_pipeline::visible_token(&pass.vocabulary[id]);
                for text in [format!("{:.1} %", p * 100.0), token] {
                    let said = |label: &&orrery_pipeline::Label| {
                        label.text.to_string() == text
                            && label.window.end >= s
                            && (label.anchor.x - pose.position.x).abs() < 1e-3
                    };
                    assert!(scene.labels.iter().any(|label| said(&label)), "{text}");
                }
            }
        }
    }
}
