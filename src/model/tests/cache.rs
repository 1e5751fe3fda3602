//! The fast path against the full trace.
#![allow(clippy::unwrap_used)]

mod support;

use orrery_model::{Gpt, GptConfig, GptError, KeyValueCache, TensorId};
use proptest::prelude::*;
use support::configurations::{self, gpt_and_ids};

proptest! {
    #![proptest_config(configurations::without_a_diary())]

    #[test]
    fn with_the_cache_and_without_the_logits_are_the_same((gpt, ids) in gpt_and_ids(), cuts: Vec<prop::sample::Index>) {
        let trace = gpt.trace(&ids).unwrap();
        let rows = trace.matrix(TensorId::Logits).unwrap();
        let mut ends: Vec<usize> = cuts.iter().map(|cut| cut.index(ids.len()) + 1).collect();
        ends.push(ids.len());
        ends.sort_unstable();
        ends.dedup();
        let mut cache = KeyValueCache::new(gpt.config());
        let mut begin = 0;
        for end in ends {
            let logits = gpt.logits(&mut cache, &ids[begin..end]).unwrap();
            // not merely close: every sum runs in the same order
            prop_assert_eq!(&logits, &rows.row(end - 1).to_vec());
            prop_assert_eq!(cache.tokens(), end);
            begin = end;
        }
    }
}

#[test]
fn a_prompt_longer_than_one_chunk_is_the_same_too() {
    let config = GptConfig {
        context_length: 150,
        ..GptConfig::default()
    };
    let gpt = Gpt::random(config, 9).unwrap();
    let ids: Vec<usize> = (0..150).map(|i| i * 7 % 31).collect();
    let logits = gpt
        .logits(&mut KeyValueCache::new(gpt.config()), &ids)
        .unwrap();
    let trace = gpt.trace(&ids).unwrap();
    assert_eq!(
        logits,
        trace.matrix(TensorId::Logits).unwrap().row(149).to_vec()
    );
}

#[test]
fn a_refused_step_leaves_the_cache_as_it_was() {
    let gpt = Gpt::random(GptConfig::default(), 3).unwrap();
    let mut cache = KeyValueCache::new(gpt.config());
    gpt.logits(&mut cache, &[1; 15]).unwrap();
    let message = gpt.logits(&mut cache, &[2, 3]).unwrap_err().to_string();
    assert!(
        message.contains("17") && message.contains("16"),
        "{message}"
    );
    assert!(gpt.logits(&mut cache, &[99]).is_err());
    assert_eq!(cache.tokens(), 15);
    gpt.logits(&mut cache, &[2]).unwrap();
    cache.clear();
    assert_eq!(cache.tokens(), 0);

    let other = Gpt::random(
        GptConfig {
            n_blocks: 2,
            ..GptConfig::default()
        },
        3,
    )
    .unwrap();
    assert_eq!(
        other.logits(&mut cache, &[1]).unwrap_err(),
        GptError::ForeignCache
    );
}
