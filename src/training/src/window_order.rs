//! In which order the windows of the training text are shown.

use rand::RngExt;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

/// The windows of one epoch. It is a pure function of seed and epoch, so that a resumed run goes on
/// with the same windows as one that was never interrupted.
#[derive(Clone, Debug)]
pub struct WindowOrder {
    length: usize,
    shift: bool,
    seed: u64,
    epoch: Option<u64>,
    offset: usize,
    order: Vec<u32>,
}

impl WindowOrder {
    /// Windows of `length` tokens over `tokens` tokens; with `shift`, the first begins at another
    /// token each epoch.
    pub fn new(tokens: usize, length: usize, shift: bool, seed: u64) -> Self {
        // So many fit wherever the first begins; each needs one token more than its length.
        let last_offset = if shift { length - 1 } else { 0 };
        let count = tokens.saturating_sub(1 + last_offset) / length;
        Self {
            length,
            shift,
            seed,
            epoch: None,
            offset: 0,
            order: (0..count as u32).collect(),
        }
    }

    /// Windows in each epoch.
    pub fn count(&self) -> usize {
        self.order.len()
    }

    /// Shuffles for this epoch, unless that was done last.
    pub fn begin(&mut self, epoch: u64) {
        if self.epoch == Some(epoch) {
            return;
        }
        self.epoch = Some(epoch);
        let mut random = ChaCha8Rng::seed_from_u64(self.seed);
        random.set_stream(epoch + 1);
        self.offset = match self.shift {
            true => random.random_range(0..self.length as u32) as usize,
            false => 0,
        };
        for (index, place) in self.order.iter_mut().enumerate() {
            *place = index as u32;
        }
        self.order.shuffle(&mut random);
    }

    /// The ids of the windows `range` of this epoch's order, each with its last target.
    pub fn windows<'a>(
        &'a self,
        ids: &'a [u32],
        range: std::ops::Range<usize>,
    ) -> impl Iterator<Item = &'a [u32]> {
        self.order[range].iter().map(move |&index| {
            let start = self.offset + index as usize * self.length;
            &ids[start..start + self.length + 1]
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_epoch_shows_each_window_once_and_is_reproducible() {
        let ids: Vec<u32> = (0..103).collect();
        let mut order = WindowOrder::new(ids.len(), 5, true, 9);
        assert_eq!(order.count(), 19);
        let mut first_tokens = Vec::new();
        for epoch in 0..20 {
            order.begin(epoch);
            let mut seen: Vec<u32> = order.windows(&ids, 0..19).map(|w| w[0]).collect();
            assert!(!seen.is_sorted(), "shuffled");
            seen.sort_unstable();
            assert!(seen.windows(2).all(|pair| pair[1] - pair[0] == 5));
            first_tokens.push(seen[0]);
        }
        first_tokens.sort_unstable();
        first_tokens.dedup();
        assert_eq!(first_tokens, [0, 1, 2, 3, 4]);

        let mut again = WindowOrder::new(ids.len(), 5, true, 9);
        again.begin(19);
        assert!(again.windows(&ids, 0..19).eq(order.windows(&ids, 0..19)));
    }
}
