//! When the cards with facts are shown: a fact about a step comes with it, the others share the time between.

use super::*;

impl Staging<'_> {
    /// A fact that only the stage itself can know: shown after those of its description.
    pub fn fact(&mut self, fact: String) {
        self.facts.push((None, fact));
    }

    /// A fact about the step that makes an operand: shown when that begins.
    pub fn fact_of(&mut self, made: Operand, fact: impl Into<String>) {
        self.facts.push((Some(made), fact.into()));
    }

    /// What is worth knowing is shown, one card after the other, while the stage is on. A fact about a step comes with
    /// it, and does not outlive it by long; the others share the time that is left between.
    pub fn cards(&mut self, facts: Vec<String>) {
        /// No card is there for less, in seconds, and one about a step for no more than this and its step.
        const LEAST: f32 = 4.0;
        const BEGINS: f32 = 0.6;
        let own = std::mem::take(&mut self.facts);
        let facts = facts.into_iter().map(|text| (None, text)).chain(own);
        let steps: Vec<(Option<Window>, String)> = facts
            .map(|(made, text)| (made.and_then(|made| self.step_making(made)), text))
            .collect();
        let mut free = BEGINS;
        for (at, (step, text)) in steps.iter().enumerate() {
            let fixed =
                |(at, (step, _)): (usize, &(Option<Window>, String))| Some((at, (*step)?.start));
            let next = steps.iter().enumerate().skip(at + 1).find_map(fixed);
            // until a card about a step, or the end, those that are about none have the same time each
            let (behind, limit) = next.unwrap_or((steps.len(), self.duration));
            let start = step.map_or(free, |step| step.start.max(free));
            let mut end = start + (limit - start) / (behind - at) as f32;
            if let Some(step) = step {
                end = end.min(step.end.max(start + LEAST));
            }
            let end = end.max(start + LEAST).min(self.duration);
            // rather none than one too short to be read
            if end - start < LEAST * 0.9 && at > 0 {
                continue;
            }
            free = end;
            self.cards.push(Card {
                window: Window::new(start, end),
                text: text.clone(),
            });
        }
    }
}
