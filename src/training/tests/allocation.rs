//! A step takes its memory once: from the second on, nothing is allocated.
#![allow(clippy::unwrap_used)]

mod common;

use common::verse;
use orrery_model::{Activation, GptConfig, NormPlacement, Tokenizer};
use orrery_training::{Corpus, Trainer, TrainingOptions};

fn allocations_of_later_steps(config: &GptConfig) -> u64 {
    let corpus = Corpus::new(&verse(200), Tokenizer::charlm(), 0.1).unwrap();
    let options = TrainingOptions {
        batch_size: 40,
        ..TrainingOptions::default()
    };
    let mut trainer = Trainer::new(config, corpus, options).unwrap();
    trainer.step().unwrap();
    let steps = 2 * trainer.steps_per_epoch();
    let counted = allocation_counter::measure(|| {
        for _ in 0..steps {
            trainer.step().unwrap();
        }
    });
    counted.count_total
}

#[test]
fn steps_after_the_first_allocate_nothing() {
    assert_eq!(allocations_of_later_steps(&GptConfig::default()), 0);
    let other = GptConfig {
        norm_placement: NormPlacement::Pre,
        activation: Activation::GeluTanh,
        final_norm: true,
        tied_head: false,
        ..GptConfig::default()
    };
    assert_eq!(allocations_of_later_steps(&other), 0);
    // The counter does count.
    let counted = allocation_counter::measure(|| drop(std::hint::black_box(vec![0_u8; 9])));
    assert_eq!(counted.count_total, 1);
}
