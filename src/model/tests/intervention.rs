//! What a changed run must be: only what follows a change differs, and it differs as the change says.

use std::sync::Arc;

use orrery_model::{
    Activation, Address, Biases, BlockTensor as B, Change, Generation, Gpt, GptConfig, Index,
    Intervention, InterventionError, Interventions, NormPlacement, SamplingSettings, Target,
    TensorId, Trace,
};
use proptest::prelude::*;

/// Two blocks, three heads; with every bias, so that what is left behind shows.
fn gpt(norm_placement: NormPlacement) -> Gpt {
    let config = GptConfig {
        vocab_size: 11,
        context_length: 8,
        d_model: 12,
        n_heads: 3,
        n_blocks: 2,
        d_ff: 20,
        norm_placement,
        final_norm: norm_placement == NormPlacement::Pre,
        activation: Activation::GeluErf,
        biases: Biases {
            head: true,
            ..Biases::GPT2
        },
        ..GptConfig::default()
    };
    Gpt::random(config, 5).expect("the configuration is valid")
}

const PLACEMENTS: [NormPlacement; 2] = [NormPlacement::Pre, NormPlacement::Post];
const IDS: [usize; 6] = [3, 1, 4, 1, 5, 9];
const OTHER: [usize; 6] = [2, 7, 1, 8, 2, 8];

fn run(gpt: &Gpt, changes: &str) -> Trace {
    with(gpt, &changes.parse().expect(changes))
}

fn with(gpt: &Gpt, changes: &Interventions) -> Trace {
    gpt.trace_with(&IDS, changes, None).expect("it can be done")
}

fn bits(values: &[f32]) -> Vec<u32> {
    values.iter().map(|value| value.to_bits()).collect()
}

fn same(a: &Trace, b: &Trace, id: TensorId) -> bool {
    let of = |trace: &Trace| {
        let range = trace.layout().get(id).expect("it exists").range.clone();
        bits(&trace.values()[range])
    };
    of(a) == of(b)
}

fn rows(trace: &Trace, id: TensorId, count: usize) -> Vec<u32> {
    let matrix = trace.matrix(id).expect("it is a matrix");
    let rows = matrix.rows().into_iter().take(count);
    rows.flat_map(|row| bits(&row.to_vec())).collect()
}

#[test]
fn no_change_is_the_same_run() {
    for placement in PLACEMENTS {
        let gpt = gpt(placement);
        let base = gpt.trace(&IDS).expect("the ids are valid");
        let none = Interventions::default();
        assert_eq!(bits(with(&gpt, &none).values()), bits(base.values()));
        let again = gpt.trace_with(&IDS, &none, Some(&base));
        let again = again.expect("the ids are valid");
        assert_eq!(bits(again.values()), bits(base.values()));
        // its own numbers put in
        let base = Arc::new(base);
        for entry in base.layout().entries() {
            let patch = Intervention::patch(Address::whole(entry.id));
            let patched = Interventions::from(patch).with_other(Arc::clone(&base));
            let patched = with(&gpt, &patched);
            assert_eq!(bits(patched.values()), bits(base.values()), "{}", entry.id);
        }
    }
}

#[test]
fn a_head_is_switched_off_before_its_projection() {
    for placement in PLACEMENTS {
        let gpt = gpt(placement);
        let base = gpt.trace(&IDS).expect("the ids are valid");
        let off = run(&gpt, "h0.head1=off");
        let id = TensorId::Block(0, B::HeadOutput);
        let head = |trace: &Trace, head| {
            bits(
                &trace
                    .head(id, head, 3)
                    .expect("it exists")
                    .iter()
                    .copied()
                    .collect::<Vec<_>>(),
            )
        };
        assert!(head(&off, 1).iter().all(|&bits| bits == 0));
        for other in [0, 2] {
            assert_eq!(head(&off, other), head(&base, other));
        }
        // the attention's output is the other heads' parts and b_O
        let weights = gpt.parameters();
        let w_o = weights
            .matrix(orrery_model::WeightId::Block(
                0,
                orrery_model::BlockWeight::OutputWeight,
            ))
            .expect("it exists");
        let b_o = weights
            .get(orrery_model::WeightId::Block(
                0,
                orrery_model::BlockWeight::OutputBias,
            ))
            .expect("it exists");
        let concat = base
            .matrix(TensorId::Block(0, B::Concat))
            .expect("it exists");
        let output = off
            .matrix(TensorId::Block(0, B::AttentionOutput))
            .expect("it exists");
        for row in 0..IDS.len() {
            for column in 0..12 {
                let parts = (0..12).filter(|k| !(4..8).contains(k));
                let sum: f64 = parts
                    .map(|k| f64::from(concat[[row, k]]) * f64::from(w_o[[k, column]]))
                    .sum();
                let expected = sum + f64::from(b_o[column]);
                assert!((expected - f64::from(output[[row, column]])).abs() < 1e-6);
                // slicing the output of W_O would be something else
                let sliced = if (4..8).contains(&column) {
                    0.0
                } else {
                    base.matrix(TensorId::Block(0, B::AttentionOutput))
                        .expect("it exists")[[row, column]]
                };
                assert!((f64::from(sliced) - expected).abs() > 1e-4);
            }
        }
    }
}

/// Each tensor is changed at one cell: nothing before it may differ, nothing at an earlier token, and
/// something after it must.
#[test]
fn every_change_is_heard_by_what_follows_and_by_nothing_else() {
    for placement in PLACEMENTS {
        let gpt = gpt(placement);
        let base = gpt.trace(&IDS).expect("the ids are valid");
        let entries = base.layout().entries();
        for (at, entry) in entries.iter().enumerate() {
            let row = 3;
            let divided = entry.shape.len() == 3;
            let mut address = Address::whole(entry.id).cell(row, 0);
            if divided {
                address = address.of_head(2);
            }
            let change = Intervention {
                target: Target::Cells(address),
                change: Change::Add(0.75),
            };
            let changed = with(&gpt, &change.into());
            for before in &entries[..at] {
                // a norm is computed with its mean and variance
                assert!(
                    same(&base, &changed, before.id),
                    "{} before {}",
                    before.id,
                    entry.id
                );
            }
            assert!(!same(&base, &changed, entry.id));
            for after in entries.iter().filter(|after| after.shape.len() < 3) {
                assert_eq!(
                    rows(&base, after.id, row),
                    rows(&changed, after.id, row),
                    "{} -> {}",
                    entry.id,
                    after.id
                );
            }
            let last = entry.id == TensorId::Probabilities;
            assert!(
                last || !same(&base, &changed, TensorId::Probabilities),
                "{} is not heard",
                entry.id
            );
        }
    }
}

#[test]
fn what_is_known_is_not_computed_again() {
    for placement in PLACEMENTS {
        let gpt = gpt(placement);
        let base = gpt.trace(&IDS).expect("the ids are valid");
        for changes in [
            "h1.head0=off",
            "h1.mlp=off",
            "h0=off",
            "logits[2,3]=1",
            "x0[1,1]=2",
            "h1=bypass",
        ] {
            let changes: Interventions = changes.parse().expect(changes);
            let quick = gpt
                .trace_with(&IDS, &changes, Some(&base))
                .expect("it can be done");
            assert_eq!(
                bits(quick.values()),
                bits(with(&gpt, &changes).values()),
                "{changes}"
            );
        }
    }
}

#[test]
fn a_block_can_be_off_or_bypassed() {
    let pre = gpt(NormPlacement::Pre);
    let off = run(&pre, "h0.attn=off, h0.mlp=off");
    assert_eq!(bits(off.values()), bits(run(&pre, "h0=off").values()));
    assert!(same_numbers(
        &off,
        TensorId::Embedded,
        TensorId::Block(0, B::Output)
    ));
    // behind the sums stand norms: off is not bypassed
    let post = gpt(NormPlacement::Post);
    let off = run(&post, "h0=off");
    assert!(!same_numbers(
        &off,
        TensorId::Embedded,
        TensorId::Block(0, B::Output)
    ));
    let bypassed = run(&post, "h0=bypass");
    assert!(same_numbers(
        &bypassed,
        TensorId::Embedded,
        TensorId::Block(1, B::Input)
    ));
}

fn same_numbers(trace: &Trace, a: TensorId, b: TensorId) -> bool {
    trace.matrix(a) == trace.matrix(b)
}

/// What a block hands on under other names can be changed where it is made: nothing else differs.
#[test]
fn a_change_where_a_number_is_made_does_the_same() {
    for placement in PLACEMENTS {
        let gpt = gpt(placement);
        for changes in [
            "block0.input[2,*]*=2",
            "block1.input[*,3]=0.5",
            "block0.output+=0.1",
            "block1.output[last,*]=mean",
            "h0.concat[1,7]=2",
            "h1.concat.2[*,1]=0",
            "block0.output[1,1]*=3, block0.residual2[1,1]+=1, block0.norm2[1,1]+=1",
            "h0.head1=off, h0.att.2[5,3]=cut, block1_W_Q[3,2]=0",
        ] {
            let asked: Interventions = changes.parse().expect(changes);
            let made = asked.where_made(gpt.config()).expect(changes);
            let (asked, made) = (with(&gpt, &asked), with(&gpt, &made));
            let same_ends = [TensorId::Logits, TensorId::Probabilities];
            for id in same_ends {
                assert!(same(&asked, &made, id), "{placement:?} {changes}: {id}");
            }
            // and here every name has the changed number
            let output = TensorId::Block(0, B::Output);
            assert!(same_numbers(&made, output, TensorId::Block(1, B::Input)));
            assert!(same_numbers(
                &made,
                TensorId::Embedded,
                TensorId::Block(0, B::Input)
            ));
        }
        let bypass: Interventions = "h1=bypass".parse().expect("it is one");
        let refused = bypass.where_made(gpt.config());
        assert_eq!(refused.err(), Some(InterventionError::BypassShown(1)));
    }
}

#[test]
fn it_is_known_which_tensors_are_changed() {
    let of = |changes: &str, id: &str| {
        let changes: Interventions = changes.parse().expect(changes);
        changes.changes(id.parse().expect(id))
    };
    for (changes, yes, no) in [
        ("h1.head2=off", "block1.head_output", "block0.head_output"),
        ("h1.mlp=off", "block1.ffn_output", "block1.attention_output"),
        ("h1=off", "block1.ffn_output", "block1.output"),
        ("h1=bypass", "block1.output", "block1.ffn_output"),
        (
            "h1.att.0[2,1]=cut",
            "block1.masked_scores",
            "block1.attention",
        ),
        ("h1.att.0[2,1]=0.5", "block1.attention", "block1.scores"),
        ("block1_W_Q[0,0]=1", "block1.q", "block1.q"),
        ("logits[last,2]=9", "logits", "probabilities"),
    ] {
        assert_eq!(of(changes, yes), yes != no, "{changes} {yes}");
        assert!(!of(changes, no), "{changes} {no}");
    }
}

#[test]
fn a_cut_edge_has_no_share() {
    let gpt = gpt(NormPlacement::Pre);
    let base = gpt.trace(&IDS).expect("the ids are valid");
    let cut = run(&gpt, "h0.att.2[5,3]=cut");
    let attention = |trace: &Trace, head: usize| {
        trace
            .head(TensorId::Block(0, B::Attention), head, 3)
            .expect("it exists")
            .row(5)
            .to_vec()
    };
    let row = attention(&cut, 2);
    assert_eq!(row[3], 0.0);
    assert!((row.iter().sum::<f32>() - 1.0).abs() < 1e-6);
    // what is left keeps its proportions
    let before = attention(&base, 2);
    assert!((row[0] / row[1] - before[0] / before[1]).abs() < 1e-5);
    assert_eq!(attention(&cut, 1), attention(&base, 1));
    // an attention that is set is not made to sum to 1
    let set = run(&gpt, "h0.att.2[5,3]=0.9");
    assert_eq!(attention(&set, 2)[3], 0.9);
}

#[test]
fn the_whole_last_residual_of_another_run_is_that_run() {
    for placement in PLACEMENTS {
        let gpt = gpt(placement);
        let other = Arc::new(gpt.trace(&OTHER).expect("the ids are valid"));
        let patch = Intervention::patch(Address::whole(TensorId::Block(1, B::Output)));
        let patched = with(
            &gpt,
            &Interventions::from(patch).with_other(Arc::clone(&other)),
        );
        assert!(same(&patched, &other, TensorId::Logits));
        // one row of it, at another place
        let text: Interventions = "h1.resid_post[4,*]<B[2]"
            .parse()
            .expect("it is well formed");
        let patched = with(&gpt, &text.with_other(Arc::clone(&other)));
        let id = TensorId::Block(1, B::Residual2);
        let row = |trace: &Trace, row| trace.matrix(id).expect("it exists").row(row).to_vec();
        assert_eq!(row(&patched, 4), row(&other, 2));
    }
}

#[test]
fn a_mean_is_over_the_positions_of_the_run() {
    let gpt = gpt(NormPlacement::Pre);
    let base = gpt.trace(&IDS).expect("the ids are valid");
    let mean = run(&gpt, "h1.head2=mean");
    let of = |trace: &Trace| {
        trace
            .head(TensorId::Block(1, B::HeadOutput), 2, 3)
            .expect("it exists")
            .to_owned()
    };
    let means = of(&base)
        .mapv(f64::from)
        .mean_axis(ndarray::Axis(0))
        .expect("there are rows");
    for row in of(&mean).rows() {
        for (value, mean) in row.iter().zip(&means) {
            assert!((f64::from(*value) - mean).abs() < 1e-6);
        }
    }
}

#[test]
fn weights_are_changed_on_a_copy() {
    let gpt = gpt(NormPlacement::Pre);
    let base = gpt.trace(&IDS).expect("the ids are valid");
    let changed = run(&gpt, "block1_W_Q[3,2]=1");
    assert!(same(&base, &changed, TensorId::Block(0, B::Output)));
    assert!(!same(&base, &changed, TensorId::Block(1, B::Q)));
    let again = gpt.trace(&IDS).expect("the ids are valid");
    assert_eq!(bits(again.values()), bits(base.values()));
}

#[test]
fn what_cannot_be_done_is_said() {
    let gpt = gpt(NormPlacement::Pre);
    for (changes, word) in [
        ("h2.head0=off", "no block2"),
        ("h2=off", "no block 2"),
        ("h0.head3=off", "no head 3"),
        ("h0=mean", "bypassed"),
        ("h0.mlp=bypass", "whole block"),
        ("h0.mlp=cut", "edge"),
        ("h0.att.0[2,4]=0.5", "ahead"),
        ("h0.att.0[0,0]=cut", "would see nothing"),
        ("h0.att.0[1,0]=cut, h0.att.0[1,1]=cut", "would see nothing"),
        ("x0[6,0]=1", "no row 6"),
        ("x0[1,0]<B", "--compare"),
        ("embedding[1,0]=mean", "weight"),
    ] {
        let interventions: Interventions = changes.parse().expect(changes);
        let error = gpt
            .trace_with(&IDS, &interventions, None)
            .expect_err(changes);
        assert!(error.to_string().contains(word), "{changes}: {error}");
    }
    let short = Arc::new(gpt.trace(&[1, 2]).expect("the ids are valid"));
    let patch = Intervention::patch(Address::whole(TensorId::Embedded));
    let patch = Interventions::from(patch).with_other(short);
    let error = gpt.trace_with(&IDS, &patch, None);
    assert!(matches!(error, Err(InterventionError::OtherShape(_))));
}

#[test]
fn text_is_generated_by_the_changed_model() {
    let gpt = gpt(NormPlacement::Pre);
    let settings = SamplingSettings::default();
    let text = |interventions: Interventions| -> Vec<usize> {
        let generation = Generation::new(&gpt, IDS[..3].to_vec(), settings.clone(), &[]);
        let generation = generation
            .expect("the prompt is valid")
            .with_interventions(interventions);
        generation
            .take(8)
            .map(|step| step.expect("it can go on").draw.token_id)
            .collect()
    };
    let none = text(Interventions::default());
    assert_eq!(
        none,
        text("h0.head0*=1".parse().expect("it is well formed"))
    );
    assert_eq!(
        text("logits[last,7]=90".parse().expect("it is well formed")),
        vec![7; 8]
    );
    assert_ne!(none, vec![7; 8]);
}

proptest! {
    /// Changes of different tensors do the same in whatever order they are given.
    #[test]
    fn order_matters_only_within_a_tensor(
        picks in proptest::collection::btree_set(0..40_usize, 2..5),
        rows in proptest::collection::vec(0..6_usize, 5),
    ) {
        let gpt = gpt(NormPlacement::Post);
        let base = gpt.trace(&IDS).expect("the ids are valid");
        let entries = base.layout().entries();
        let mut list: Vec<Intervention> = picks
            .iter()
            .zip(&rows)
            .map(|(&pick, &row)| {
                let address = Address::whole(entries[pick % entries.len()].id);
                let address = Address { row: Index::One(row), column: Index::One(0), ..address };
                Intervention { target: Target::Cells(address), change: Change::Set(0.25) }
            })
            .collect();
        let forwards = with(&gpt, &list.clone().into());
        list.reverse();
        let backwards = with(&gpt, &list.into());
        prop_assert_eq!(bits(forwards.values()), bits(backwards.values()));
    }
}
