//! Why a pickle is refused.

/// Why a pickle is refused. Positions are bytes from the pickle's beginning.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PickleError {
    /// It ends before its end.
    #[error("it is cut off: nothing is left at byte {0}")]
    CutOff(usize),
    /// It asks for a function or class that is not on the closed list.
    #[error(
        "it asks for Python's '{0}', which is not among the few harmless names that weights need; \
         nothing was run"
    )]
    ForbiddenName(String),
    /// It calls something, or gives a state to something, for which there is no rule.
    #[error("it asks to {0}, which weights do not need; nothing was run")]
    ForbiddenAct(String),
    /// An instruction that does not exist, or that only live objects need.
    #[error("it has the instruction 0x{code:02x} at byte {at}, which is not read")]
    ForbiddenInstruction {
        /// The instruction's byte.
        code: u8,
        /// Where it stands.
        at: usize,
    },
    /// Something is not as the format has it.
    #[error("{what} (before byte {at})")]
    Malformed {
        /// In which way.
        what: &'static str,
        /// Where it was noticed.
        at: usize,
    },
    /// It would take more memory than a pickle of its length has reason to.
    #[error("it unfolds to far more than its own length; it is refused")]
    TooLarge,
    /// A value is missing or of another kind than it must be.
    #[error("{0}")]
    Unexpected(String),
}
