//! The sums that the analysis promises, on random models of every kind and on the shipped ones.

use std::path::Path;
use std::sync::Arc;

use orrery_analysis::circuits::{
    Projected, first_block_scores, mean_own_place, output_value, projection, score_split,
    token_pushes, written_here,
};
use orrery_analysis::contexts::Contexts;
use orrery_analysis::neurons::neurons;
use orrery_analysis::patch_grid::{Patched, patch_grid};
use orrery_analysis::switch_off::switches;
use orrery_analysis::{
    Against, FittedLens, LensStage, Part, Question, Run, SwitchOff, attribution, effects,
    lens_values, raw_lens,
};
use orrery_model::checkpoint::load;
use orrery_model::{
    Activation, Address, Biases, BlockTensor as B, BlockWeight, Change, Gpt, GptConfig, Index,
    Intervention, Interventions, LoadedModel, NormPlacement, Target, TensorId, WeightId,
};
use proptest::prelude::*;

fn random(norm_placement: NormPlacement, final_norm: bool, tied_head: bool, seed: u64) -> Gpt {
    let config = GptConfig {
        vocab_size: 11,
        context_length: 7,
        d_model: 12,
        n_heads: 3,
        n_blocks: 3,
        d_ff: 20,
        norm_placement,
        final_norm,
        tied_head,
        activation: Activation::GeluErf,
        biases: Biases {
            head: true,
            ..Biases::GPT2
        },
        ..GptConfig::default()
    };
    Gpt::random(config, seed).expect("the configuration is valid")
}

fn shipped(name: &str) -> LoadedModel {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../weights");
    load(&folder.join(name)).expect("it ships")
}

/// Shares, source tokens, neurons and dimensions add up, for every position and token.
fn check_sums(gpt: &Gpt, ids: &[usize], tokens: &[usize]) {
    let trace = gpt.trace(ids).expect("the ids are valid");
    let run = Run::new(gpt, &trace).expect("it is its own");
    for position in 0..ids.len() {
        let largest = run
            .logits(position)
            .iter()
            .fold(1.0_f32, |a, b| a.max(b.abs()));
        let tolerance = 1e-5 * f64::from(largest);
        for &token in tokens {
            for against in [Against::Nothing, Against::Mean, Against::Token(tokens[0])] {
                let question = Question {
                    token,
                    against,
                    position,
                };
                let found = attribution(&run, question).expect("it can be asked");
                assert!(
                    found.error() <= tolerance,
                    "{question:?}: {}",
                    found.error()
                );
                for share in &found.shares {
                    let dimensions: f64 = share.dimensions.iter().sum();
                    assert!((dimensions - share.share).abs() <= tolerance);
                    if !share.pieces.is_empty() {
                        let pieces: f64 = share.pieces.iter().sum();
                        assert!((pieces - share.share).abs() <= tolerance, "{share:?}");
                    }
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn shares_add_up_in_models_of_every_kind(
        pre in any::<bool>(),
        final_norm in any::<bool>(),
        tied in any::<bool>(),
        seed in any::<u64>(),
        ids in proptest::collection::vec(0..11_usize, 1..7),
    ) {
        let placement = if pre { NormPlacement::Pre } else { NormPlacement::Post };
        let gpt = random(placement, final_norm, tied, seed);
        check_sums(&gpt, &ids, &(0..11).collect::<Vec<_>>());
    }
}

#[test]
fn shares_add_up_in_the_shipped_models() {
    for (name, text) in [
        ("charlm.npz", "what light throu"),
        ("bard.npz", "First Citizen:\nBefore we proceed"),
    ] {
        let model = shipped(name);
        let (ids, _) = model.tokenizer.encode_lossy(text);
        check_sums(&model.gpt, &ids, &[1, 5, 20]);
    }
}

/// Scaling what a part wrote, with every later norm's divisor held, changes the logit by its share: the
/// divisors are held by putting the run's own variances back in.
#[test]
fn a_share_is_what_the_logit_follows_with_divisors_held() {
    for placement in [NormPlacement::Pre, NormPlacement::Post] {
        let gpt = random(placement, placement == NormPlacement::Pre, true, 3);
        let ids = [3, 1, 4, 1, 5];
        let base = Arc::new(gpt.trace(&ids).expect("the ids are valid"));
        let run = Run::new(&gpt, &base).expect("it is its own");
        let question = Question {
            token: 2,
            against: Against::Token(7),
            position: 4,
        };
        let found = attribution(&run, question).expect("it can be asked");
        let last_block = gpt.config().n_blocks - 1;
        // the last block's parts: nothing reads them but the sums and norms behind
        for part in [
            Part::Mlp(last_block),
            Part::Head {
                block: last_block,
                head: 1,
            },
        ] {
            let held = base.layout().entries().iter().filter(|entry| {
                let name = entry.id.to_string();
                name.ends_with("norm1_variance")
                    || name.ends_with("norm2_variance")
                    || name.ends_with("final_norm_variance")
            });
            let mut list: Vec<Intervention> = held
                .map(|entry| Intervention::patch(Address::whole(entry.id)))
                .collect();
            let step = 0.125;
            let target = part.target().expect("it writes");
            list.push(Intervention {
                target,
                change: Change::Scale(1.0 + step),
            });
            // the MLP that reads the head must not hear of it
            if let Part::Head { block, .. } = part {
                list.push(Intervention::patch(Address::whole(TensorId::Block(
                    block,
                    B::FfnOutput,
                ))));
            }
            let changes = Interventions::from(list).with_other(Arc::clone(&base));
            let changed = gpt
                .trace_with(&ids, &changes, None)
                .expect("it can be done");
            let changed = Run::new(&gpt, &changed).expect("it is its own");
            let moved = question.value(changed.logits(4).iter().copied()) - found.value;
            let share = found.of(part).expect("it has one");
            let mut expected = f64::from(step) * share.share;
            // scaling takes the biases with it: b2, or of a head b_V
            for (id, value) in &found.biases {
                let name = id.to_string();
                if part == Part::Mlp(last_block) && name == format!("block{last_block}_b2") {
                    expected += f64::from(step) * value;
                }
            }
            if let Part::Head { block, head } = part {
                expected += f64::from(step) * value_bias(&run, &found, block, head);
            }
            assert!(
                (moved - expected).abs() < 2e-4,
                "{placement:?} {part:?}: {moved} {expected}"
            );
        }
    }
}

/// What b_V adds through one head: the difference between the head's whole output and its share.
fn value_bias(
    run: &Run<'_>,
    found: &orrery_analysis::Attribution,
    block: usize,
    head: usize,
) -> f64 {
    // the direction at the attention's output, from the share's dimensions of the head and what it wrote
    let share = found.of(Part::Head { block, head }).expect("it has one");
    let d_head = run.config().d_head();
    let weight = run.block_matrix(block, orrery_model::BlockWeight::OutputWeight);
    let bias = run
        .block_vector(block, orrery_model::BlockWeight::ValueBias)
        .expect("it has one");
    let output = run.head(block, B::HeadOutput, head);
    let row = found.question.position;
    (0..run.config().d_model)
        .map(|column| {
            let through = |x: &dyn Fn(usize) -> f64| -> f64 {
                (0..d_head)
                    .map(|k| x(k) * f64::from(weight[[head * d_head + k, column]]))
                    .sum()
            };
            let of_bias = through(&|k| f64::from(bias[head * d_head + k]));
            let without =
                through(&|k| f64::from(output[[row, k]]) - f64::from(bias[head * d_head + k]));
            share.dimensions[column] / without * of_bias
        })
        .sum()
}

#[test]
fn switched_off_is_the_run_without_it() {
    let model = shipped("charlm.npz");
    let (ids, _) = model.tokenizer.encode_lossy("what light throu");
    let trace = model.gpt.trace(&ids).expect("the ids are valid");
    let run = Run::new(&model.gpt, &trace).expect("it is its own");
    let question = Question {
        token: 7,
        against: Against::Token(3),
        position: ids.len() - 1,
    };
    let parts = switches(&run);
    assert_eq!(parts.len(), 4 * (4 + 3));
    let special = model.tokenizer.special();
    let all = effects(&run, &[question], &parts, SwitchOff::Zero, special);
    let all = all.expect("it can be asked").remove(0);
    for (part, text) in [
        (Part::Head { block: 3, head: 1 }, "h3.head1=off"),
        (Part::Mlp(0), "h0.mlp=off"),
        (Part::Attention(2), "h2.attn=off"),
        (Part::Block(1), "h1=off"),
    ] {
        let changes = text.parse().expect(text);
        let without = model
            .gpt
            .trace_with(&ids, &changes, None)
            .expect("it can be done");
        let logits = without.matrix(TensorId::Logits).expect("it has some");
        let value = question.value(logits.row(question.position).iter().copied());
        let effect = all
            .iter()
            .find(|effect| effect.part == part)
            .expect("it is there");
        assert!((effect.value - value).abs() < 1e-6, "{text}");
        assert!(effect.bits >= 0.0);
    }
}

/// What is said of either shipped model in the report: a share's sign says little about what happens
/// without the part.
#[test]
fn shares_and_effects_are_two_things() {
    for (name, length, count, corpus) in [
        ("charlm.npz", 16, 100, CORPUS),
        ("bard.npz", 32, 30, CORPUS),
    ] {
        let model = shipped(name);
        let (ids, _) = model.tokenizer.encode_lossy(corpus);
        let (mut same, mut all) = (0, 0);
        for window in 0..count {
            let ids = &ids[window * 11..][..length];
            let trace = model.gpt.trace(ids).expect("the ids are valid");
            let run = Run::new(&model.gpt, &trace).expect("it is its own");
            let position = length - 1;
            let mut order: Vec<usize> = (0..model.gpt.config().vocab_size).collect();
            let logits = run.logits(position);
            order.sort_by(|a, b| logits[*b].total_cmp(&logits[*a]));
            let question = Question {
                token: order[0],
                against: Against::Mean,
                position,
            };
            let shares = attribution(&run, question).expect("it can be asked");
            let parts: Vec<Part> = switches(&run)
                .into_iter()
                .filter(|part| matches!(part, Part::Head { .. } | Part::Mlp(_)))
                .collect();
            let off = effects(&run, &[question], &parts, SwitchOff::Zero, &[]);
            for effect in off.expect("it can be asked").remove(0) {
                let share = shares.of(effect.part).expect("it has one").share;
                all += 1;
                same += usize::from(share.signum() == effect.effect.signum());
            }
        }
        let same = same as f64 / f64::from(all);
        assert!((0.50..=0.72).contains(&same), "{name}: {same}");
    }
}

const CORPUS: &str = include_str!("../../../assets/corpus/shakespeare.txt");

#[test]
fn the_last_stage_of_the_lens_is_the_model_s_end() {
    let model = shipped("bard.npz");
    let (ids, _) = model
        .tokenizer
        .encode_lossy("What light through yonder window");
    let trace = model.gpt.trace(&ids).expect("the ids are valid");
    let run = Run::new(&model.gpt, &trace).expect("it is its own");
    let positions: Vec<usize> = (0..ids.len()).collect();
    let lens = raw_lens(&run, &positions, &[], model.tokenizer.special());
    let last = lens.guesses.last().expect("there is one");
    assert_eq!(
        *lens.stages.last().expect("there is one"),
        LensStage::Block(3)
    );
    let probabilities = trace.matrix(TensorId::Probabilities).expect("it has some");
    for (row, guess) in last.iter().enumerate() {
        assert!(guess.divergence < 1e-12);
        assert_eq!(guess.rank, 0);
        let (token, probability) = guess.top[0];
        assert!((probability - f64::from(probabilities[[row, token]])).abs() < 1e-6);
    }
    // a pre-norm model's stages grow surer than a uniform guess
    let trust = lens.trust();
    assert!(
        trust[trust.len() - 3] < lens.trust_of_uniform(),
        "{trust:?}"
    );
}

#[test]
fn the_raw_lens_is_badged_and_the_fitted_one_is_better() {
    let model = shipped("charlm.npz");
    let (ids, _) = model.tokenizer.encode_lossy(CORPUS);
    let fitted = FittedLens::fit(&model.gpt, &ids).expect("the text is long");
    assert!(fitted.fitted_on >= 3500 && fitted.tested_on >= 300);
    // after the second block the raw lens is worse than knowing nothing, the fitted one is not
    let second = 4;
    assert!(fitted.held_out_raw[second] > fitted.held_out_uniform);
    assert!(fitted.held_out[second] < fitted.held_out_uniform);
    assert!(fitted.held_out[fitted.held_out.len() - 1].abs() < 1e-9);
    let again = FittedLens::fit(&model.gpt, &ids).expect("the text is long");
    assert_eq!(fitted, again);
}

/// The divisor of the final norm is the stage's own: a stage ten times as long says the same.
#[test]
fn the_lens_norms_each_stage_anew() {
    let gpt = random(NormPlacement::Pre, true, true, 8);
    let ids = [3, 1, 4, 1, 5];
    let run_of = |scale: f32| {
        let one = Intervention {
            target: Target::Cells(Address {
                row: Index::Last,
                ..Address::whole(TensorId::Embedded)
            }),
            change: Change::Scale(scale),
        };
        gpt.trace_with(&ids, &one.into(), None)
            .expect("it can be done")
    };
    let guess = |trace: &orrery_model::Trace| {
        let run = Run::new(&gpt, trace).expect("it is its own");
        raw_lens(&run, &[4], &[], &[]).guesses[0][0].top.clone()
    };
    let (one, ten) = (guess(&run_of(1.0)), guess(&run_of(100.0)));
    for ((a, p), (b, q)) in one.iter().zip(&ten) {
        assert_eq!(a, b);
        assert!((p - q).abs() < 1e-2, "{p} {q}");
    }
}

#[test]
fn scores_split_and_the_first_block_is_exact() {
    for placement in [NormPlacement::Pre, NormPlacement::Post] {
        let gpt = random(placement, placement == NormPlacement::Pre, true, 21);
        let ids = [3, 1, 4, 1, 5, 9];
        let trace = gpt.trace(&ids).expect("the ids are valid");
        let run = Run::new(&gpt, &trace).expect("it is its own");
        for block in 0..3 {
            for head in 0..3 {
                for (query, key) in [(5, 0), (5, 5), (3, 2)] {
                    let split =
                        score_split(&run, (block, head), query, key).expect("it can be asked");
                    let error = (split.sum() - split.score).abs();
                    assert!(
                        error < 1e-5 * split.score.abs().max(1.0),
                        "{block} {head}: {error}"
                    );
                }
            }
        }
        let places: Vec<(usize, usize)> = ids
            .iter()
            .copied()
            .enumerate()
            .map(|(at, id)| (id, at))
            .collect();
        for head in 0..3 {
            let scores = first_block_scores(&run, head, &places, &places);
            let known = run.head(0, B::Scores, head);
            for (found, known) in scores.iter().zip(known) {
                assert!((found - f64::from(*known)).abs() < 1e-5);
            }
        }
        assert!(score_split(&run, (0, 0), 2, 3).is_err());
    }
}

/// Rows of Q, K and V are the sum of their parts, and the shares of the parts add up to 1; what the tokens push
/// in the first block is what stands in the token's part.
#[test]
fn queries_keys_and_values_split() {
    for placement in [NormPlacement::Pre, NormPlacement::Post] {
        let gpt = random(placement, placement == NormPlacement::Pre, true, 22);
        let ids = [3, 1, 4, 1, 5, 9];
        let trace = gpt.trace(&ids).expect("the ids are valid");
        let run = Run::new(&gpt, &trace).expect("it is its own");
        for projected in Projected::ALL {
            for block in 0..3 {
                for row in [0, 3, 5] {
                    let found =
                        projection(&run, projected, (block, 1), row).expect("it can be asked");
                    assert!(found.error() < 1e-5, "{projected:?} {block}: {found:?}");
                    let shares: f64 = found.shares().iter().sum();
                    assert!((shares - 1.0).abs() < 1e-4, "{shares}");
                }
            }
            let found = projection(&run, projected, (0, 2), 4).expect("it can be asked");
            for (column, &token) in found.vectors[0].iter().enumerate() {
                let push = token_pushes(&run, projected, (0, 2), column)[ids[4]];
                let divisor = match placement {
                    NormPlacement::Pre => {
                        let variance = run.block(0, B::Norm1Variance)[[4, 0]];
                        f64::from(variance + run.config().norm_epsilon).sqrt()
                    }
                    NormPlacement::Post => 1.0,
                };
                assert!((push / divisor - token).abs() < 1e-6, "{push} {token}");
            }
        }
        assert!(projection(&run, Projected::Key, (0, 0), 6).is_err());
    }
}

/// In the first block both ways to ask what a head writes are one; everywhere the attention-weighted sum over the
/// sources is the head's share.
#[test]
fn what_a_head_writes_is_its_share() {
    for placement in [NormPlacement::Pre, NormPlacement::Post] {
        let gpt = random(placement, placement == NormPlacement::Pre, true, 23);
        let ids = [3, 1, 4, 1, 5, 9];
        let trace = gpt.trace(&ids).expect("the ids are valid");
        let run = Run::new(&gpt, &trace).expect("it is its own");
        let here = written_here(&run, (0, 1), 2, 5, 11, &[]);
        let any = output_value(&run, (0, 1), (ids[2], 2), 5);
        let above = any.iter().filter(|&&x| x > any[ids[2]]).count();
        assert_eq!(here.own_rank, above);
        for &(token, x) in here.raises.iter().chain(&here.lowers) {
            assert!((x - any[token]).abs() < 1e-5, "{x} {}", any[token]);
        }
        let one = mean_own_place(&run, (0, 1), &[ids[2]], (2, 5), &[]);
        assert_eq!(one, 1.0 + above as f64);
        let (token, against) = (7, 2);
        let question = Question {
            token,
            against: Against::Token(against),
            position: 5,
        };
        let shares = attribution(&run, question).expect("it can be asked");
        for (block, head) in [(0, 0), (1, 2), (2, 1)] {
            let attention = run.head(block, B::Attention, head);
            let sum: f64 = (0..6)
                .map(|source| {
                    let all = written_here(&run, (block, head), source, 5, 11, &[]).raises;
                    let of = |id| {
                        all.iter()
                            .find(|pair| pair.0 == id)
                            .map_or(0.0, |pair| pair.1)
                    };
                    f64::from(attention[[5, source]]) * (of(token) - of(against))
                })
                .sum();
            let share = shares.of(Part::Head { block, head }).expect("it has one");
            assert!((sum - share.share).abs() < 1e-5, "{sum} {}", share.share);
        }
    }
}

/// Stage by stage the lens leads to the model's own answer; what it says at a stage is the difference of the
/// lens's own logarithms.
#[test]
fn steps_of_the_lens_add_up() {
    for placement in [NormPlacement::Pre, NormPlacement::Post] {
        for final_norm in [false, true] {
            let gpt = random(placement, final_norm, false, 24);
            let ids = [3, 1, 4, 1, 5];
            let trace = gpt.trace(&ids).expect("the ids are valid");
            let run = Run::new(&gpt, &trace).expect("it is its own");
            let lens = raw_lens(&run, &[4], &[Some(2)], &[]);
            let followed = &lens.followed[0];
            let question = Question {
                token: followed[0],
                against: Against::Token(followed[1]),
                position: 4,
            };
            let values = lens_values(&run, &question).expect("it can be asked");
            assert_eq!(values.len(), lens.stages.len());
            for ((stage, value), guesses) in values.iter().zip(&lens.guesses) {
                let said = guesses[0].followed[0] - guesses[0].followed[1];
                assert!((said - value).abs() < 1e-5, "{stage:?}: {said} {value}");
            }
            let logits = run.logits(4);
            let own = question.value(logits.iter().copied());
            assert_eq!(values.last().map(|last| last.1), Some(own));
        }
    }
}

#[test]
fn the_patch_grid_keeps_its_laws() {
    for placement in [NormPlacement::Pre, NormPlacement::Post] {
        let gpt = random(placement, placement == NormPlacement::Pre, true, 13);
        let (ids, other) = ([3, 1, 4, 1, 5], [3, 1, 8, 1, 5]);
        let a = gpt.trace(&ids).expect("the ids are valid");
        let a = Run::new(&gpt, &a).expect("it is its own");
        let b = Arc::new(gpt.trace(&other).expect("the ids are valid"));
        let pairs: Vec<(usize, usize)> = (0..5).map(|at| (at, at)).collect();
        let question = Question {
            token: 2,
            against: Against::Token(6),
            position: 4,
        };
        let grid = patch_grid(&a, &b, &pairs, question, 4).expect("it can be made");
        let end = grid
            .rows
            .iter()
            .position(|&row| row == Patched::Stage(LensStage::Block(2)));
        let end = &grid.moved[end.expect("it is there")];
        // the last stage at the last position is all of the answer, elsewhere nothing of it
        assert!((end[4] - 1.0).abs() < 1e-6);
        assert!(end[..4].iter().all(|&moved| moved == 0.0));
        // where both texts are the same before they differ, nothing moves
        for row in &grid.moved {
            assert!(row[..2].iter().all(|&moved| moved == 0.0));
        }
        // B is A: nothing to move between
        let own = Arc::new(gpt.trace(&ids).expect("the ids are valid"));
        let grid = patch_grid(&a, &own, &pairs, question, 4).expect("it can be made");
        assert!(grid.moved.iter().flatten().all(|moved| moved.is_nan()));
    }
}

/// A unit's examples are the strongest of their windows, the strongest of all first.
#[test]
fn contexts_are_where_a_unit_fires_most() {
    let model = shipped("charlm.npz");
    let (ids, _) = model.tokenizer.encode_lossy(CORPUS);
    let units = vec![(0, 3), (2, 17), (3, 100)];
    let mut contexts = Contexts::new(units.clone(), 5);
    let width = model.gpt.config().context_length;
    FittedLens::fit_seeing(&model.gpt, &ids, |run| contexts.see(run)).expect("the text is long");
    for (&(block, unit), found) in units.iter().zip(contexts.found()) {
        let mut best: Vec<(f32, Vec<usize>)> = Vec::new();
        for window in ids.chunks_exact(width).take(4096 / width) {
            let trace = model.gpt.trace(window).expect("the ids are valid");
            let id = TensorId::Block(block, B::FfnHidden);
            let hidden = trace.matrix(id).expect("it has one");
            let (at, most) =
                hidden
                    .column(unit)
                    .iter()
                    .copied()
                    .enumerate()
                    .fold(
                        (0, 0.0_f32),
                        |best, one| if one.1 > best.1 { one } else { best },
                    );
            if most > 0.0 {
                best.push((most, window[..=at].to_vec()));
            }
        }
        best.sort_by(|a, b| b.0.total_cmp(&a.0));
        assert_eq!(found.len(), best.len().min(5));
        for (found, (activation, _)) in found.iter().zip(&best) {
            assert_eq!(found.activation, *activation);
            // one of the windows in which it fires so
            let there = |(most, before): &(f32, Vec<usize>)| {
                most == activation && before.ends_with(&found.ids[..=found.at])
            };
            assert!(best.iter().any(there));
        }
    }
}

/// What a unit writes by its weights alone is its row of W2 against each row of the un-embedding.
#[test]
fn units_write_what_their_weights_say() {
    let gpt = random(NormPlacement::Post, true, false, 31);
    let ids = [3, 1, 4, 1, 5];
    let trace = gpt.trace(&ids).expect("the ids are valid");
    let run = Run::new(&gpt, &trace).expect("it is its own");
    let question = Question {
        token: 1,
        against: Against::Token(2),
        position: 4,
    };
    let found = attribution(&run, question).expect("it can be asked");
    let weights = gpt.parameters();
    let head = weights
        .matrix(WeightId::HeadWeight)
        .expect("it has its own");
    let down = weights
        .matrix(WeightId::Block(1, BlockWeight::DownWeight))
        .expect("it has one");
    for neuron in neurons(&run, &found, 1, 4, &[]) {
        for &(token, x) in neuron.alone_raises.iter().chain(&neuron.alone_lowers) {
            let known: f64 = (0..head.ncols())
                .map(|k| f64::from(head[[token, k]]) * f64::from(down[[neuron.index, k]]))
                .sum();
            assert!((x - known).abs() < 1e-9, "{x} {known}");
        }
        assert!(neuron.alone_raises[0].1 >= neuron.alone_lowers[0].1);
    }
}
