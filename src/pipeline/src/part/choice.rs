//! Which indices of each long axis are shown. Nothing here knows a stage.

use std::collections::BTreeSet;
use std::sync::Arc;

use orrery_model::{BlockTensor, GptConfig, TensorId};

use super::{
    CANDIDATES, FEATURES, MOST_FEATURES, MOST_HIDDEN_CELLS, MOST_POSITIONS, MOST_TOKENS, Shown,
    TABLE_ROWS,
};
use crate::pass::Pass;

/// The indices of a page when an axis is cut into pages of `count` indices. The last page is as long as the others
/// and ends where the axis ends.
pub(super) fn in_a_row(whole: usize, count: usize, page: usize) -> std::ops::Range<usize> {
    let start = (page * count).min(whole.saturating_sub(count));
    start..(start + count).min(whole)
}

/// Features of the residual stream, in order.
pub(super) fn features(d_model: usize, page: usize) -> Shown {
    (d_model > MOST_FEATURES).then(|| in_a_row(d_model, FEATURES, page).collect())
}

/// Tokens of the text: the last, and on later pages those before them.
pub(super) fn tokens(tokens: usize, page: usize) -> Shown {
    (tokens > MOST_TOKENS).then(|| {
        let from_the_end = in_a_row(tokens, MOST_TOKENS, page);
        (tokens - from_the_end.end..tokens - from_the_end.start).collect()
    })
}

/// Positions of the context: the first ones, or those of the tokens that are shown.
pub(super) fn positions(places: usize, tokens: usize, shown_tokens: &Shown) -> Shown {
    (places > MOST_POSITIONS).then(|| match shown_tokens {
        Some(shown) => shown.clone(),
        None => (0..tokens.max(TABLE_ROWS).min(places)).collect(),
    })
}

/// How many hidden columns of the feed-forward are shown; none where all are.
pub(super) fn hidden_columns(config: &GptConfig) -> Option<usize> {
    let features = if config.d_model > MOST_FEATURES {
        FEATURES
    } else {
        config.d_model
    };
    (features * config.d_ff > MOST_HIDDEN_CELLS)
        .then(|| (MOST_HIDDEN_CELLS / features.max(1)).max(16))
}

/// Hidden columns of a block's feed-forward, the most active for the last token first.
pub(super) fn hidden(pass: &Pass, block: usize, page: usize) -> Shown {
    let count = hidden_columns(pass.config())?;
    let id = TensorId::Block(block, BlockTensor::FfnHidden);
    let values = pass.trace.matrix(id)?;
    let last = values.row(values.nrows().checked_sub(1)?);
    Some(ranked(last.iter().map(|x| x.abs()), count, page, &[]))
}

/// Tokens by their logit, the largest first, and the drawn one on every page.
pub(super) fn candidates(pass: &Pass, page: usize) -> Arc<[usize]> {
    let logits = pass.draw.scaled_logits.iter().copied();
    ranked(logits, CANDIDATES, page, &[pass.draw.token_id])
}

/// Tokens by the logit that they would have if a block were the last, the largest first.
pub(super) fn lens_candidates(pass: &Pass, block: usize, page: usize) -> Shown {
    let logits = pass.lens(block)?.matrix(TensorId::Logits)?;
    Some(ranked(logits.iter().copied(), CANDIDATES, page, &[]))
}

/// Rows of the embedding table: those of the text that is shown, and on the first page their neighbours, on
/// the others all rows in order.
pub(super) fn table_rows(pass: &Pass, tokens: &Shown, page: usize) -> Arc<[usize]> {
    let symbols = pass.config().vocab_size;
    let all = pass.trace.ids();
    let ids: BTreeSet<usize> = match tokens {
        Some(places) => places
            .iter()
            .filter_map(|&at| all.get(at).copied())
            .collect(),
        None => all.iter().copied().collect(),
    };
    let mut shown = ids.clone();
    if let Some(page) = page.checked_sub(1) {
        shown.extend(in_a_row(symbols, TABLE_ROWS, page));
        return shown.into_iter().collect();
    }
    for away in 1..symbols {
        for &id in &ids {
            for neighbour in [id.checked_sub(away), Some(id + away)] {
                if shown.len() >= TABLE_ROWS {
                    return shown.into_iter().collect();
                }
                shown.extend(neighbour.filter(|&id| id < symbols));
            }
        }
    }
    shown.into_iter().collect()
}

/// The indices of the numbers on a page, when the numbers are sorted from the largest to the smallest and cut into
/// pages of `count`; with those of `always`, in ascending order.
fn ranked(
    numbers: impl Iterator<Item = f32>,
    count: usize,
    page: usize,
    always: &[usize],
) -> Arc<[usize]> {
    let mut all: Vec<(usize, f32)> = numbers.enumerate().collect();
    // among equal numbers the first comes first: a total order, so that pages neither share nor miss an index
    let order =
        |&(at, a): &(usize, f32), &(other, b): &(usize, f32)| b.total_cmp(&a).then(at.cmp(&other));
    let page = in_a_row(all.len(), count, page);
    if page.end < all.len() {
        all.select_nth_unstable_by(page.end, order);
    }
    let mut shown = &mut all[..page.end];
    if 0 < page.start && page.start < shown.len() {
        shown = shown.select_nth_unstable_by(page.start, order).0;
        let before = shown.len();
        shown = &mut all[before..page.end];
    }
    let chosen: BTreeSet<usize> = shown
        .iter()
        .map(|&(at, _)| at)
        .chain(always.iter().copied())
        .collect();
    chosen.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_of_a_ranking_follow_each_other_and_miss_nothing() {
        // many equal numbers among them
        let numbers: Vec<f32> = (0..103).map(|i| ((i * 37) % 50) as f32).collect();
        let mut by_rank: Vec<usize> = (0..numbers.len()).collect();
        by_rank.sort_by(|&a, &b| numbers[b].total_cmp(&numbers[a]));
        for page in 0..5 {
            let shown = ranked(numbers.iter().copied(), 20, page, &[]);
            let mut wanted = by_rank[in_a_row(103, 20, page)].to_vec();
            wanted.sort_unstable();
            assert_eq!(&shown[..], &wanted[..], "page {page}");
        }
        let with_one = ranked(numbers.iter().copied(), 20, 0, &[by_rank[50]]);
        assert_eq!(with_one.len(), 21);
        assert!(with_one.contains(&by_rank[50]) && with_one.is_sorted());
    }

    #[test]
    fn the_last_page_is_as_long_as_the_others() {
        assert_eq!(in_a_row(100, 30, 0), 0..30);
        assert_eq!(in_a_row(100, 30, 3), 70..100);
        assert_eq!(in_a_row(20, 30, 0), 0..20);
        assert_eq!(tokens(64, 0), None);
        assert_eq!(tokens(100, 0).map(|t| (t[0], t[63])), Some((36, 99)));
        assert_eq!(tokens(100, 1).map(|t| (t[0], t[63])), Some((0, 63)));
    }
}
