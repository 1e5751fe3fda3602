//! Training from outside: it learns, it is reproducible, it resumes, it agrees with the model.
#![allow(clippy::unwrap_used)]

mod common;

use approx::assert_relative_eq;
use common::verse;
use orrery_model::{
    Activation, Biases, Gpt, GptConfig, NormPlacement, TensorId, Tokenizer, WeightId,
};
use orrery_training::adam_w::AdamWOptions;
use orrery_training::{
    Corpus, NotFinite, Trainer, TrainingError, TrainingOptions, TrainingState, evaluate,
};

fn options() -> TrainingOptions {
    TrainingOptions {
        epochs: 3,
        batch_size: 70,
        ..TrainingOptions::default()
    }
}

fn trainer(options: TrainingOptions) -> Trainer {
    let corpus = Corpus::new(&verse(60), Tokenizer::charlm(), 0.1).unwrap();
    Trainer::new(&GptConfig::default(), corpus, options).unwrap()
}

/// The bits of all weights after `steps` more steps.
fn bits_after(trainer: &mut Trainer, steps: usize) -> Vec<u32> {
    for _ in 0..steps {
        trainer.step().unwrap();
    }
    let weights = trainer.parameters().values();
    weights.iter().map(|weight| weight.to_bits()).collect()
}

#[test]
fn it_learns_a_tiny_text_by_heart() {
    let corpus = Corpus::new(&verse(8), Tokenizer::charlm(), 0.1).unwrap();
    let mut trainer = Trainer::new(
        &GptConfig::default(),
        corpus,
        TrainingOptions {
            epochs: 800,
            batch_size: 32,
            learning_rate: 1e-2,
            ..TrainingOptions::default()
        },
    )
    .unwrap();
    let first = trainer.step().unwrap().loss;
    assert!((2.5..5.0).contains(&first), "near ln 32 at first: {first}");
    let mut last = first;
    while !trainer.is_finished() {
        last = trainer.step().unwrap().loss;
    }
    // What is left is the start of each window, where nothing can be known.
    assert!(last < 0.35, "{last}");
}

#[test]
fn the_same_seed_gives_the_same_bits_with_any_number_of_threads() {
    let with = |threads, seed| {
        bits_after(
            &mut trainer(TrainingOptions {
                threads,
                seed,
                ..options()
            }),
            7,
        )
    };
    let one = with(1, 5);
    assert_eq!(one, with(1, 5));
    assert_eq!(one, with(2, 5));
    assert_eq!(one, with(3, 5));
    assert_ne!(one, with(1, 6));
}

#[test]
fn a_resumed_run_is_the_uninterrupted_run_bit_for_bit() {
    let mut whole = trainer(options());
    let per_epoch = whole.steps_per_epoch() as usize;
    let (before, after) = (per_epoch + 2, per_epoch);
    bits_after(&mut whole, before);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.state");
    whole.state().save(&path).unwrap();
    let expected = bits_after(&mut whole, after);

    let state = TrainingState::load(&path).unwrap();
    let corpus = Corpus::new(&verse(60), Tokenizer::charlm(), 0.1).unwrap();
    let mut resumed = Trainer::resume(state.clone(), corpus).unwrap();
    assert_eq!(resumed.step_count() as usize, before);
    assert_eq!(bits_after(&mut resumed, after), expected);
    assert_eq!(resumed.token_count(), whole.token_count());
    assert_eq!(resumed.validate(), whole.validate());
    let points = |trainer: &Trainer| {
        let history = trainer.history();
        let training = history.training_points().iter().map(|p| (p.step, p.loss));
        let validation = history.validation_points().iter();
        let all: Vec<_> = training
            .chain(validation.map(|p| (p.step, p.loss)))
            .collect();
        all
    };
    // the curve of a resumed run has its beginning
    let (one, other) = (points(&resumed), points(&whole));
    assert!(one.len() > before);
    assert_eq!(one.len(), other.len());
    for ((step, loss), (other_step, other_loss)) in one.into_iter().zip(other) {
        assert_eq!(step, other_step);
        assert_relative_eq!(loss, other_loss, max_relative = 1e-12);
    }
    // Only the state is left behind, no temporary file.
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);

    let other = Corpus::new(&verse(61), Tokenizer::charlm(), 0.1).unwrap();
    assert!(matches!(
        Trainer::resume(state, other),
        Err(TrainingError::AnotherCorpus)
    ));
}

#[test]
fn a_damaged_state_is_refused_with_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.state");
    trainer(options()).state().save(&path).unwrap();
    let whole = std::fs::read(&path).unwrap();
    let refused = |bytes: &[u8]| {
        std::fs::write(&path, bytes).unwrap();
        let message = TrainingState::load(&path).unwrap_err().to_string();
        assert!(message.contains("run.state"), "{message}");
        message
    };
    for len in [0, 7, 100, whole.len() / 2, whole.len() - 1] {
        refused(&whole[..len]);
    }
    let mut with_nan = whole.clone();
    let last = whole.len() - 4;
    with_nan[last..].copy_from_slice(&f32::NAN.to_le_bytes());
    assert!(refused(&with_nan).contains("not finite"));
    // behind "n_blocks" comes its number, quoted once more as it is JSON within JSON
    let name = b"n_blocks\\\":4";
    let at = whole.windows(name.len()).position(|bytes| bytes == name);
    let mut more_blocks = whole.clone();
    more_blocks[at.unwrap() + name.len() - 1] = b'5';
    let message = refused(&more_blocks);
    assert!(message.contains("weights"), "{message}");
    assert!(TrainingState::load(&folder.path().join("absent")).is_err());
}

/// Mean cross-entropy of the ids after the first, window by window, from the model's own traces.
fn loss_by_trace(gpt: &Gpt, ids: &[u32]) -> f64 {
    let length = gpt.config().context_length;
    let (mut loss, mut count) = (0.0, 0);
    for start in (0..ids.len() - 1).step_by(length) {
        let window = &ids[start..(start + length + 1).min(ids.len())];
        let window: Vec<usize> = window.iter().map(|&id| id as usize).collect();
        let (inputs, targets) = (&window[..window.len() - 1], &window[1..]);
        let trace = gpt.trace(inputs).unwrap();
        let probabilities = trace.matrix(TensorId::Probabilities).unwrap();
        for (row, &target) in probabilities.rows().into_iter().zip(targets) {
            loss -= f64::from(row[target]).ln();
            count += 1;
        }
    }
    loss / f64::from(count)
}

#[test]
fn batched_losses_are_those_of_the_models_traces() {
    let everything = Biases {
        head: true,
        ..Biases::GPT2
    };
    for norm_placement in [NormPlacement::Pre, NormPlacement::Post] {
        for activation in [Activation::Relu, Activation::GeluErf, Activation::GeluTanh] {
            for (biases, final_norm, tied_head) in [
                (everything, true, false),
                (Biases::NONE, false, true),
                (Biases::CHARLM, true, true),
            ] {
                let config = GptConfig {
                    vocab_size: 32,
                    context_length: 9,
                    d_model: 20,
                    n_heads: 5,
                    n_blocks: 3,
                    d_ff: 37,
                    norm_placement,
                    activation,
                    biases,
                    final_norm,
                    tied_head,
                    norm_epsilon: 1e-5,
                    attention_scaling: Default::default(),
                };
                let gpt = Gpt::random(config.clone(), 11).unwrap();
                let corpus = Corpus::new(&verse(30), Tokenizer::charlm(), 0.0).unwrap();
                let ids = &corpus.training()[..700];
                let score = evaluate(&config, gpt.parameters().values(), ids, 1).unwrap();
                assert_eq!(score.tokens, ids.len() - 1);
                assert_relative_eq!(score.mean_loss(), loss_by_trace(&gpt, ids), epsilon = 1e-5);
            }
        }
    }
}

#[test]
fn what_is_not_a_number_stops_with_step_and_tensor() {
    let mut trainer = trainer(TrainingOptions {
        learning_rate: 1e30,
        warmup_steps: Some(0),
        optimizer: AdamWOptions {
            max_norm: 0.0,
            ..AdamWOptions::default()
        },
        ..options()
    });
    let error = loop {
        match trainer.step() {
            Ok(report) => assert!(report.step < 10, "it should have broken"),
            Err(error) => break error,
        }
    };
    let TrainingError::NotFinite { step, tensor } = &error else {
        panic!("{error}");
    };
    assert!((2..=10).contains(step));
    assert!(!matches!(tensor, NotFinite::Loss));
    let message = error.to_string();
    assert!(message.contains(&format!("step {step}")), "{message}");
}

#[test]
fn bad_options_and_texts_are_refused_by_name() {
    let new = |text: &str, options| {
        let corpus = Corpus::new(text, Tokenizer::charlm(), 0.1).unwrap();
        Trainer::new(&GptConfig::default(), corpus, options)
            .unwrap_err()
            .to_string()
    };
    let wrong = |change: fn(&mut TrainingOptions)| {
        let mut options = options();
        change(&mut options);
        new(&verse(10), options)
    };
    assert!(wrong(|o| o.batch_size = 0).contains("batch size"));
    assert!(wrong(|o| o.epochs = 0).contains("epochs"));
    assert!(wrong(|o| o.learning_rate = f64::NAN).contains("learning rate"));
    assert!(wrong(|o| o.optimizer.beta2 = 1.0).contains("beta2"));
    assert!(new("too short", options()).contains("training"));
    let corpus = Corpus::new(&verse(10), Tokenizer::charlm(), 0.1).unwrap();
    let small = GptConfig {
        vocab_size: 20,
        ..GptConfig::default()
    };
    let message = Trainer::new(&small, corpus, options())
        .unwrap_err()
        .to_string();
    assert!(message.contains("20 tokens"), "{message}");
}

#[test]
fn the_first_weights_have_the_spread_that_they_should() {
    let trainer = trainer(options());
    let parameters = trainer.parameters();
    let head = parameters.get(WeightId::Embedding).unwrap();
    let mean = head.iter().sum::<f32>() / head.len() as f32;
    assert!(mean.abs() < 0.02, "{mean}");
    let gamma = WeightId::Block(0, orrery_model::BlockWeight::Norm1Gamma);
    assert!(parameters.get(gamma).unwrap().iter().all(|&g| g == 1.0));
}

/// The reference text beside the repository; without it nothing is tested, except in CI, where it
/// must be there.
fn fixture_text() -> Option<String> {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../../shared/fixtures/tinyshakespeare.txt"
    );
    match std::fs::read_to_string(path) {
        Ok(text) => Some(text),
        Err(error) if std::env::var_os("CI").is_some() => panic!("{path}: {error}"),
        Err(_) => {
            eprintln!("skipped: the reference text is not there");
            None
        }
    }
}

/// The shipped model on the text that its README names.
#[test]
fn the_shipped_models_predict_shakespeare_as_well_as_their_files_say() {
    let Some(text) = fixture_text() else {
        return;
    };
    let bard = GptConfig {
        vocab_size: 65,
        context_length: 64,
        d_model: 64,
        d_ff: 256,
        norm_placement: NormPlacement::Pre,
        activation: Activation::GeluTanh,
        final_norm: true,
        ..GptConfig::default()
    };
    for (name, config, most) in [("charlm", GptConfig::default(), 1.72), ("bard", bard, 1.52)] {
        let file = format!("{}/../../weights/{name}.npz", env!("CARGO_MANIFEST_DIR"));
        let model = orrery_model::checkpoint::load(file.as_ref()).unwrap();
        assert_eq!(*model.gpt.config(), config);
        let corpus = Corpus::new(&text, model.tokenizer, 0.1).unwrap();
        let weights = model.gpt.parameters().values();
        let score = evaluate(model.gpt.config(), weights, corpus.validation(), 2).unwrap();
        assert!(score.tokens > 100_000);
        assert!(score.mean_loss() < most, "{name}: {}", score.mean_loss());
        let facts = model.metadata.unwrap().training.unwrap();
        let said = f64::from(facts.validation_loss.unwrap());
        assert_relative_eq!(score.mean_loss(), said, max_relative = 1e-5);
    }
}
