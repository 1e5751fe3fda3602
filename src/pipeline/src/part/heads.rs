//! Which heads are shown, and which columns of each.

use std::sync::Arc;

use orrery_model::GptConfig;

use super::{FEATURES, MOST_FEATURES, MOST_TOKENS, Shown, choice::in_a_row};

/// How many columns of each head are shown, at least.
const LEAST_COLUMNS: usize = 8;
/// How many cells of attention are on a stage, at most.
const MOST_ATTENTION_CELLS: usize = 6 * MOST_TOKENS * MOST_TOKENS;

/// The heads of a block that are shown, and the columns of each.
#[derive(Clone, Debug)]
pub struct ShownHeads {
    heads: Vec<usize>,
    /// All of them side by side, as columns of Q, K, V and concat.
    side_by_side: Shown,
    /// The same columns of each head.
    of_each: Shown,
    columns: usize,
    n_heads: usize,
    d_head: usize,
}

/// How many heads, and how many columns of each, are shown at a time if the attention goes over `attending` tokens;
/// `None` if the attention is not shown.
fn size(config: &GptConfig, attending: Option<usize>) -> (usize, usize) {
    let (all, d_head) = (config.n_heads, config.d_head());
    let (columns, heads) = if all * d_head <= MOST_FEATURES {
        (d_head, all)
    } else {
        let columns = (FEATURES / all)
            .next_multiple_of(4)
            .max(LEAST_COLUMNS)
            .min(d_head);
        (columns, all.min(MOST_FEATURES / columns))
    };
    let most = attending.map_or(all, |tokens| {
        MOST_ATTENTION_CELLS / (tokens * tokens).max(1)
    });
    (heads.min(most).max(1), columns)
}

impl ShownHeads {
    /// Those of a page, in a text of so many tokens: first the columns of the first heads, then those of the next
    /// heads. If their attention is not shown there is room for more heads; the first of them are the same.
    pub(super) fn choose(config: &GptConfig, tokens: usize, attend: bool, page: usize) -> Self {
        let (all, d_head) = (config.n_heads, config.d_head());
        let (turned, _) = size(config, Some(tokens));
        let (count, columns) = size(config, attend.then_some(tokens));
        let column_pages = d_head.div_ceil(columns.max(1)).max(1);
        let first = in_a_row(all, turned, page / column_pages).start;
        let first = first.min(all.saturating_sub(count));
        let heads: Vec<usize> = (first..(first + count).min(all)).collect();
        let of_each = in_a_row(d_head, columns, page % column_pages);
        let side_by_side: Arc<[usize]> = heads
            .iter()
            .flat_map(|head| of_each.clone().map(move |column| head * d_head + column))
            .collect();
        Self {
            side_by_side: (count < all || columns < d_head).then_some(side_by_side),
            of_each: (columns < d_head).then(|| of_each.clone().collect()),
            columns,
            n_heads: all,
            d_head,
            heads,
        }
    }

    /// How many pages there are with so many tokens.
    pub(super) fn page_count(config: &GptConfig, tokens: usize) -> usize {
        let (count, columns) = size(config, Some(tokens));
        config.n_heads.div_ceil(count.max(1)) * config.d_head().div_ceil(columns.max(1))
    }

    /// The heads, from 0, in order.
    pub fn heads(&self) -> &[usize] {
        &self.heads
    }

    /// How many columns of each head are shown.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// The columns of all heads side by side.
    pub(super) fn side_by_side(&self) -> &Shown {
        &self.side_by_side
    }

    /// The columns of each head.
    pub(super) fn of_each(&self) -> &Shown {
        &self.of_each
    }

    /// How many heads the model has.
    pub(super) fn n_heads(&self) -> usize {
        self.n_heads
    }

    /// How many columns each of them has.
    pub(super) fn d_head(&self) -> usize {
        self.d_head
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(n_heads: usize, d_model: usize) -> GptConfig {
        GptConfig {
            n_heads,
            d_model,
            ..GptConfig::default()
        }
    }

    #[test]
    fn small_models_show_all_heads_and_large_ones_a_part_of_each() {
        assert_eq!(size(&config(6, 96), Some(64)), (6, 16));
        assert_eq!(size(&config(6, 384), Some(12)), (6, 12));
        assert_eq!(size(&config(12, 768), Some(12)), (12, 8));
        assert_eq!(size(&config(25, 1600), Some(12)), (12, 8));
        assert_eq!(size(&config(1, 128), Some(12)), (1, 64));
        // long texts leave room for fewer
        assert_eq!(size(&config(12, 768), Some(64)), (6, 8));
        assert_eq!(size(&config(12, 768), None), (12, 8));
    }

    #[test]
    fn pages_show_every_column_of_every_head() {
        for (n_heads, d_model) in [(12, 768), (6, 384), (25, 1600), (1, 128), (4, 64)] {
            let config = config(n_heads, d_model);
            let mut seen = vec![false; d_model];
            for page in 0..ShownHeads::page_count(&config, 64) {
                let shown = ShownHeads::choose(&config, 64, true, page);
                // the same heads are where they come from
                let projected = ShownHeads::choose(&config, 64, false, page);
                let has = |head| projected.heads().contains(head);
                assert!(
                    shown.heads().iter().all(has),
                    "{n_heads} heads, page {page}"
                );
                assert_eq!(shown.columns(), projected.columns());
                match shown.side_by_side() {
                    Some(columns) => columns.iter().for_each(|&column| seen[column] = true),
                    None => seen.fill(true),
                }
            }
            assert!(seen.iter().all(|&seen| seen), "{n_heads} heads, {d_model}");
        }
    }
}
