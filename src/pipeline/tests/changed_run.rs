//! A show of a changed run: its numbers are the changed run's, and where a change put a number that its operation
//! did not compute, both are told.

mod support;

use std::sync::Arc;

use orrery_model::{
    BlockTensor, Generation, Gpt, GptConfig, Interventions, NormPlacement, Tokenizer, Trace,
};
use orrery_pipeline::{Cell, Operand, Pacing, Show, ShowError};

fn model(norm_placement: NormPlacement) -> Arc<Gpt> {
    let config = GptConfig {
        n_blocks: 2,
        norm_placement,
        final_norm: norm_placement == NormPlacement::Pre,
        ..GptConfig::default()
    };
    Arc::new(Gpt::random(config, 11).expect("a valid configuration"))
}

fn changed(gpt: &Arc<Gpt>, changes: &str) -> Result<Show, ShowError> {
    let tokenizer = Tokenizer::charlm();
    let ids = tokenizer.encode("to be").expect("known characters");
    let pacing = Pacing::shipped().expect("the shipped table");
    let interventions: Interventions = changes.parse().expect(changes);
    let options = support::options();
    Show::changed(gpt, &tokenizer, &ids, &pacing, &options, &interventions)
}

fn bits(trace: &Trace) -> Vec<u32> {
    trace.values().iter().map(|value| value.to_bits()).collect()
}

#[test]
fn it_shows_the_changed_run_and_its_text() {
    for placement in [NormPlacement::Pre, NormPlacement::Post] {
        let gpt = model(placement);
        let plain = support::show(gpt.config().clone(), "to be", &support::options());
        let unchanged = changed(&gpt, "").expect("nothing is changed");
        assert_eq!(unchanged.changes(), "");
        for (a, b) in plain.passes().iter().zip(unchanged.passes()) {
            assert_eq!(bits(&a.trace), bits(&b.trace));
        }
        let changes = "h1.head2=off, h0.att.0[3,1]=0.9, block1_W_Q[0,0]*=2, h0.mlp*=3";
        let show = changed(&gpt, changes).expect("it can be shown");
        let interventions: Interventions = changes.parse().expect("it is well formed");
        let tokenizer = Tokenizer::charlm();
        let ids = tokenizer.encode("to be").expect("known characters");
        let first = gpt.trace_with(&ids, &interventions, None).expect("it can");
        assert_eq!(bits(&show.passes()[0].trace), bits(&first));
        assert_ne!(bits(&plain.passes()[0].trace), bits(&first));
        let sampling = support::options().sampling;
        let generation = Generation::new(&gpt, ids, sampling, tokenizer.special())
            .expect("it can begin")
            .with_interventions(interventions);
        for (step, pass) in generation.zip(show.passes()) {
            let drawn = step.expect("it goes on").draw.token_id;
            assert_eq!(drawn, pass.draw.token_id);
        }
        // a changed weight stands on the stage as it is
        let weight = show.passes()[0].gpt.parameters().values().to_vec();
        assert_ne!(weight, gpt.parameters().values().to_vec());
        // laid out anew it is still the same run
        let pacing = Pacing::shipped().expect("the shipped table");
        let anew = show.laid_out_anew(&pacing, &support::options());
        assert_eq!(anew.changes(), show.changes());
    }
}

#[test]
fn a_changed_number_is_told_with_what_was_computed() {
    let gpt = model(NormPlacement::Pre);
    let show = changed(&gpt, "h0.att.0[3,1]=0.9, block0.output[2,*]=0").expect("it can be shown");
    let computed = |operand: Operand, cell: Cell| {
        let (segment, seconds) = show.made_at(0, operand).expect("it is made");
        let found = show.explain_number(segment, seconds, operand, cell);
        let found = found.expect("it is there");
        let terms = found.terms.expect("an operation made it").combined();
        (found.value, found.computed, terms)
    };
    let attention = Operand::value(0, BlockTensor::Attention).head(0);
    let (value, before, terms) = computed(attention, Cell::new(3, 1));
    assert!(value == 0.9 && before == Some(terms) && terms < 0.9);
    assert_eq!(computed(attention, Cell::new(3, 0)).1, None);
    // made where it is first made, so that every name of it has the same number
    let sum = Operand::value(0, BlockTensor::Residual2);
    let (value, before, _) = computed(sum, Cell::new(2, 4));
    assert!(value == 0.0 && before.is_some());
    let input = Operand::value(1, BlockTensor::Input);
    let numbers = show.passes()[0].matrix(input).expect("it is there");
    assert!(numbers.row(2).iter().all(|&value| value == 0.0));
    // what is said while the numbers are made: every formula is true of its numbers, and the cell that is told of
    // a part that is off says what it would have been
    let show = changed(&gpt, "h0.mlp=off").expect("it can be shown");
    let mut told = 0;
    for (index, segment) in show.timeline().segments().iter().enumerate() {
        for step in 0..(segment.duration() * 20.0) as usize {
            let Some((_, Some(formula))) = show.caption(index, step as f32 * 0.05) else {
                continue;
            };
            let made = formula.computed.unwrap_or(formula.value);
            let said = formula.terms.combined();
            let near = (said - made).abs() <= 1e-4 * made.abs().max(1.0);
            assert!(said == made || near, "{formula}");
            if let Some(computed) = formula.computed {
                assert!(formula.to_string().contains("then changed"), "{formula}");
                assert_ne!(computed, formula.value);
                told += 1;
            }
        }
    }
    assert!(told > 0);
}

#[test]
fn what_cannot_be_shown_is_said() {
    let gpt = model(NormPlacement::Post);
    for (changes, word) in [
        ("h9.mlp=off", "block9"),
        ("h1=bypass", "h1=off"),
        ("h0.att.0[9,1]=0", "no row 9"),
        ("x0[0,0]<B", "--compare"),
        ("block7_W_Q[0,0]=1", "block7"),
    ] {
        let error = changed(&gpt, changes).expect_err(changes).to_string();
        assert!(error.contains(word), "{changes}: {error}");
    }
}
