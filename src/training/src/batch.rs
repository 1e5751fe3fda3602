//! Windows of a text: what goes into one step.

/// Stands for "nothing is scored here" among targets.
pub const NO_TARGET: u32 = u32::MAX;

/// Windows of equal length with the token that follows each of theirs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    tokens: usize,
    inputs: Vec<u32>,
    targets: Vec<u32>,
}

impl Batch {
    /// No windows yet, each to be of this many tokens.
    pub fn new(tokens: usize) -> Self {
        Self {
            tokens,
            ..Self::default()
        }
    }

    /// Forgets all windows and keeps the memory.
    pub fn clear(&mut self) {
        self.inputs.clear();
        self.targets.clear();
    }

    /// Adds a window of consecutive ids: all but the last go in, all but the first are targets. A
    /// shorter one is filled up at its end with places that nothing scores (and, as nothing looks
    /// ahead, nothing sees). More ids than `tokens + 1` are cut off.
    pub fn push(&mut self, ids: &[u32]) {
        let scored = ids.len().saturating_sub(1).min(self.tokens);
        let filled = self.inputs.len() + self.tokens;
        self.inputs.extend_from_slice(&ids[..scored]);
        self.inputs.resize(filled, 0);
        self.targets
            .extend_from_slice(&ids[ids.len().min(1)..][..scored]);
        self.targets.resize(filled, NO_TARGET);
    }

    /// Tokens in each window.
    pub fn tokens(&self) -> usize {
        self.tokens
    }

    /// How many windows there are.
    pub fn windows(&self) -> usize {
        self.inputs.len() / self.tokens
    }

    /// Ids that go in `[windows, tokens]`.
    pub fn inputs(&self) -> &[u32] {
        &self.inputs
    }

    /// Ids to be predicted, or [`NO_TARGET`] `[windows, tokens]`.
    pub fn targets(&self) -> &[u32] {
        &self.targets
    }

    /// How many tokens are scored.
    pub fn scored(&self) -> usize {
        self.targets.iter().filter(|&&id| id != NO_TARGET).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_window_is_filled_up_unscored() {
        let mut batch = Batch::new(3);
        batch.push(&[5, 6, 7, 8]);
        batch.push(&[1, 2]);
        assert_eq!(batch.inputs(), [5, 6, 7, 1, 0, 0]);
        assert_eq!(batch.targets(), [6, 7, 8, 2, NO_TARGET, NO_TARGET]);
        assert_eq!((batch.windows(), batch.scored()), (2, 4));
    }
}
