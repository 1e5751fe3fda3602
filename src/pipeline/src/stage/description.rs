//! What there is to know of a stage, in one form for all of them.

use orrery_model::GptConfig;

use crate::colour::Quantity;
use crate::machine::Clock;
use crate::operand::Operand;
use crate::part::{PagedAxis, ShownTokens};
use crate::pass::Pass;
use crate::staging::Staging;
use crate::timeline::Window;

/// How a stage and the far view of the whole model go together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WholeModel {
    /// The stage is seen, nothing of the whole.
    Hidden,
    /// The whole is seen, until the view flies to the first stage at the end.
    Opens,
    /// The view flies out to the whole at the beginning, and stays there.
    Closes,
}

/// Everything that is known of a stage beside what its operations know.
pub struct StageDescription {
    /// Its name on screen, in a model of this configuration.
    pub title: fn(&GptConfig) -> &'static str,
    /// The name by which commands know it (`--stage feed-forward`).
    pub slug: &'static str,
    /// A word or two for its mark on the timeline.
    pub mark: &'static str,
    /// The quantities in its legend.
    pub quantities: &'static [Quantity],
    /// A word on this model's sizes or settings, behind the title; may be empty.
    pub remark: fn(&Pass) -> String,
    /// What the slot behind the text so far holds while the stage is on.
    pub slot: fn(&Pass) -> String,
    /// The axes that can be paged here, the one that matters most first.
    pub paged_axes: &'static [PagedAxis],
    /// Which tokens of a vocabulary too large for the stage are shown.
    pub shown_tokens: ShownTokens,
    /// Whether it shows where each head looks: then there is room for fewer heads.
    pub shows_attention: bool,
    /// Whether it shows its operations together instead of one after the other.
    pub in_summary: bool,
    /// What is worth knowing meanwhile, true of this model: shown on cards.
    pub facts: fn(&Pass) -> Vec<String>,
    /// What is seen of the whole model meanwhile.
    pub whole_model: WholeModel,
    /// The stretch of the far view's clock that it shows.
    pub work: fn(&Clock<'_>) -> Window,
    /// Puts its matrices in place, frames them and says what its operations do not say.
    pub(crate) set: fn(&mut Staging<'_>),
    /// Moves its matrices before the step is choreographed that makes these operands.
    pub(crate) rearrange: fn(&mut Staging<'_>, &[Operand]),
}

impl StageDescription {
    /// What most stages have in common; each gives the rest.
    pub(super) const COMMON: Self = Self {
        title: |_| "",
        slug: "",
        mark: "",
        quantities: &[Quantity::Activation],
        remark: |_| String::new(),
        slot: |_| String::new(),
        paged_axes: &[PagedAxis::Features, PagedAxis::Tokens],
        shown_tokens: ShownTokens::All,
        shows_attention: false,
        in_summary: false,
        facts: |_| Vec::new(),
        whole_model: WholeModel::Hidden,
        work: |clock| clock.after_blocks(2.0, 2.0),
        set: |_| {},
        rearrange: |_, _| {},
    };
}
