//! When a matrix is made, seen from the segment that is on.

use super::Setting;
use crate::operand::Operand;
use crate::timeline::Window;

/// When the numbers of a matrix come into being.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Made {
    /// They are weights, or were made in a stage before.
    Before,
    /// In this stage: when, and by which operation (an index into the program's operations).
    Now(Window, usize),
    /// In a stage that comes later.
    Later,
}

impl Setting<'_> {
    /// When a matrix of the pass is made; none where the model does not have it.
    pub fn made(&self, operand: Operand) -> Option<Made> {
        self.pass().size(operand)?;
        let program = self.program();
        let Some((operation, _)) = program.maker_of(operand) else {
            return Some(Made::Before);
        };
        let on = self.segment().stage;
        for (at, stage) in program.stages().iter().enumerate() {
            let step = stage
                .steps
                .iter()
                .position(|step| step.operations.contains(&operation));
            if let Some(step) = step {
                return Some(match at.cmp(&on) {
                    std::cmp::Ordering::Less => Made::Before,
                    std::cmp::Ordering::Greater => Made::Later,
                    std::cmp::Ordering::Equal => {
                        let windows = self.steps_of(self.index());
                        let computes = self.segment().window(crate::timeline::Phase::Compute);
                        let window = windows.get(step).copied().unwrap_or(computes);
                        Made::Now(window, operation)
                    }
                });
            }
        }
        Some(Made::Before)
    }
}
