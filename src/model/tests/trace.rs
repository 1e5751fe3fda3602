//! The full trace against a second forward pass, and what must hold for any GPT.
#![allow(clippy::unwrap_used)]

mod support;

use orrery_model::{BlockTensor, Gpt, GptConfig, GptError, TensorId};
use proptest::prelude::*;
use support::configurations::{self, gpt_and_ids};
use support::naive;

/// Within 1e-4, absolute or relative; −∞ only where the other is −∞. (The reference files are held to
/// 1e-5; random tiny models can be worse conditioned than any real one.)
fn close(a: f64, b: f64) -> bool {
    a == b || (a - b).abs() <= 1e-4 * b.abs().max(1.0)
}

proptest! {
    #![proptest_config(configurations::without_a_diary())]

    #[test]
    fn every_tensor_agrees_with_the_second_forward_pass((gpt, ids) in gpt_and_ids()) {
        let trace = gpt.trace(&ids).unwrap();
        let reference = naive::forward::<f64>(&gpt, &ids);
        prop_assert_eq!(trace.layout().entries().len(), reference.len());
        for (name, expected) in &reference {
            let found = trace.tensor(name.parse::<TensorId>().unwrap()).unwrap();
            prop_assert_eq!(found.shape(), expected.shape(), "{}", name);
            for (index, &expected) in expected.indexed_iter() {
                let found = f64::from(found[&index]);
                prop_assert!(close(found, expected), "{} {:?}: {} is not {}", name, index, found, expected);
            }
        }
    }

    #[test]
    fn a_later_token_changes_no_earlier_row((gpt, ids) in gpt_and_ids(), at: prop::sample::Index, id: prop::sample::Index) {
        let at = at.index(ids.len());
        let mut changed = ids.clone();
        changed[at] = id.index(gpt.config().vocab_size);
        let (a, b) = (gpt.trace(&ids).unwrap(), gpt.trace(&changed).unwrap());
        for entry in a.layout().entries() {
            let (a, b) = (&a.values()[entry.range.clone()], &b.values()[entry.range.clone()]);
            let rows = ids.len();
            match *entry.shape.as_slice() {
                // the future's raw scores do differ: it is the mask that hides them
                [_, rows, columns] if entry.id.to_string().ends_with("scores") => {
                    for (i, (a, b)) in a.iter().zip(b).enumerate() {
                        let (row, column) = (i / columns % rows, i % columns);
                        prop_assert!(row >= at || column >= at || a == b, "{}", entry.id);
                    }
                }
                [heads, rows, columns] => {
                    for head in 0..heads {
                        let earlier = head * rows * columns..(head * rows + at) * columns;
                        prop_assert_eq!(&a[earlier.clone()], &b[earlier], "{}", entry.id);
                    }
                }
                _ => {
                    let width = a.len() / rows;
                    prop_assert_eq!(&a[..at * width], &b[..at * width], "{}", entry.id);
                }
            }
        }
    }

    #[test]
    fn attention_is_a_distribution_over_what_came_before((gpt, ids) in gpt_and_ids()) {
        let trace = gpt.trace(&ids).unwrap();
        for block in 0..gpt.config().n_blocks {
            for head in 0..gpt.config().n_heads {
                let id = TensorId::Block(block, BlockTensor::Attention);
                let attention = trace.head(id, head, gpt.config().n_heads).unwrap();
                for (row, weights) in attention.rows().into_iter().enumerate() {
                    prop_assert!((weights.sum() - 1.0).abs() < 1e-5);
                    prop_assert!(weights.iter().all(|&w| w >= 0.0));
                    prop_assert!(weights.iter().skip(row + 1).all(|&w| w == 0.0));
                }
            }
        }
        for row in trace.matrix(TensorId::Probabilities).unwrap().rows() {
            prop_assert!((row.sum() - 1.0).abs() < 1e-5);
        }
    }

    #[test]
    fn without_positions_one_block_sums_over_its_past_in_any_order((gpt, ids) in gpt_and_ids(), turn: prop::sample::Index) {
        // The last row of a one-block model attends to a set: with all positions alike, turning the
        // earlier tokens round must leave its logits as they are.
        let config = GptConfig { n_blocks: 1, ..gpt.config().clone() };
        let mut parameters = Gpt::random(config.clone(), 5).unwrap().into_parameters();
        parameters.get_mut(orrery_model::WeightId::PositionEmbedding).unwrap().fill(0.25);
        let gpt = Gpt::new(config, parameters).unwrap();
        let mut turned = ids.clone();
        let earlier = ids.len() - 1;
        turned[..earlier].rotate_left(turn.index(earlier + 1));
        let last = |ids: &[usize]| {
            let trace = gpt.trace(ids).unwrap();
            trace.matrix(TensorId::Logits).unwrap().row(earlier).to_vec()
        };
        for (a, b) in last(&ids).into_iter().zip(last(&turned)) {
            prop_assert!(close(a.into(), b.into()), "{} is not {}", a, b);
        }
    }
}

#[test]
fn what_no_pass_can_take_is_an_error() {
    let gpt = Gpt::random(GptConfig::default(), 3).unwrap();
    assert_eq!(gpt.trace(&[]).unwrap_err(), GptError::NoTokens);
    let message = gpt.trace(&[1, 2, 32]).unwrap_err().to_string();
    assert!(
        message.contains("32") && message.contains("position 3"),
        "{message}"
    );
    let message = gpt.trace(&[0; 17]).unwrap_err().to_string();
    assert!(
        message.contains("17") && message.contains("16"),
        "{message}"
    );
}

#[test]
fn foreign_weights_are_refused() {
    let small = Gpt::random(GptConfig::default(), 3).unwrap();
    let config = GptConfig {
        d_ff: 64,
        ..GptConfig::default()
    };
    let message = Gpt::new(config, small.into_parameters())
        .unwrap_err()
        .to_string();
    assert!(message.contains("block0_W1"), "{message}");
}
