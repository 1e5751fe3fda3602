//! The report of one run: why this token, in one HTML file that anyone can open. A run goes in, the file's
//! text comes out: every number of the run, what follows from it, and, where it fits, the model itself.
//! The file asks nothing of any network and is readable without JavaScript in its core. Which model and
//! which prompt, and where the file goes, is the command line's.

#![cfg_attr(test, allow(clippy::unwrap_used))]

mod code_line;
pub mod drawing;
mod findings;
mod pack;
mod page;
pub mod publish;
mod request;
pub mod token_text;
pub mod words;

pub use findings::{Findings, sha256_of_weights};
pub use pack::Tier;
pub use request::{ReportError, Request, Weights};

use orrery_analysis::Run;
use orrery_model::{Interventions, Trace};

/// A report, ready to be written.
#[derive(Clone, Debug)]
pub struct Report {
    /// The file.
    pub html: String,
    /// What was found, as the file has it.
    pub findings: Findings,
    /// How much of the run is in the file.
    pub tier: Tier,
}

/// Runs the model, analyses the run and writes the page.
///
/// # Errors
/// A prompt that the model refuses, a change that it does not have, or a size that cannot be kept.
pub fn report(request: &Request) -> Result<Report, ReportError> {
    let traces = request.run()?;
    let run = Run::new(&request.gpt, &traces.trace)?;
    let draw = request.draw(&run)?;
    let other = traces.other.as_ref();
    let findings = Findings::new(request, &run, &draw, &traces.changes, other)?;
    let mut beyond = None;
    loop {
        let pack = pack::Pack::new(request, &run, &draw, &findings, beyond)?;
        match page::page(request, &run, &draw, &findings, &pack) {
            // the words of the page take room too: with less of the run it may fit
            Err(ReportError::TooLarge { size, most }) if request.weights == Weights::Yes => {
                return Err(ReportError::WeightsTooLarge { size, most });
            }
            Err(ReportError::TooLarge { .. }) if pack.tier != Tier::Stream => {
                beyond = Some(pack.tier);
            }
            html => {
                return Ok(Report {
                    html: html?,
                    findings,
                    tier: pack.tier,
                });
            }
        }
    }
}

/// The runs that are reported on.
struct Traces {
    trace: Trace,
    changes: Interventions,
    other: Option<std::sync::Arc<Trace>>,
}

impl Request {
    fn run(&self) -> Result<Traces, ReportError> {
        let other = match &self.compare {
            Some(ids) => Some(std::sync::Arc::new(self.gpt.trace(ids)?)),
            None => None,
        };
        let mut changes: Interventions = self.interventions.clone();
        if let Some(other) = &other {
            changes = changes.with_other(std::sync::Arc::clone(other));
        }
        let trace = self.gpt.trace_with(&self.ids, &changes, None)?;
        Ok(Traces {
            trace,
            changes,
            other,
        })
    }
}
