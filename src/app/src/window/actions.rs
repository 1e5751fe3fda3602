//! What a user can ask for. Keys, buttons and the scrub bar all ask in these words; `steering` does it.

use bevy::prelude::*;

/// Something that a user asks for.
#[derive(Message, Clone, Copy, Debug, PartialEq)]
pub enum Action {
    /// Play, or pause.
    TogglePlaying,
    /// Play (true) or pause (false), whatever it did before.
    SetPlaying(bool),
    /// To the beginning; a pause stays a pause.
    Restart,
    /// To the end.
    GoToEnd,
    /// To a time, in seconds of the show; a pause stays a pause.
    Seek(f64),
    /// To the begin of the stage before; a pause stays a pause.
    PreviousStage,
    /// To the begin of the stage after; a pause stays a pause.
    NextStage,
    /// To the begin of the token before; a pause stays a pause.
    PreviousToken,
    /// To the begin of the token after; a pause stays a pause.
    NextToken,
    /// One frame back, and pause.
    FrameBack,
    /// One frame on, and pause.
    FrameForward,
    /// The next of the usual speeds.
    Faster,
    /// The usual speed before.
    Slower,
    /// A speed, in seconds of the show a second.
    SetSpeed(f64),
    /// Into the field for a new prompt.
    TypePrompt,
    /// Play the block that is on in full, or in summary again.
    ToggleBlock,
    /// The logit lens after opened blocks, or none.
    ToggleLens,
    /// More of what is too long for this stage.
    NextPage,
    /// Back to what was shown of it before.
    PreviousPage,
    /// The tokens before those that are shown of a long text.
    EarlierTokens,
    /// The tokens after those that are shown of a long text.
    LaterTokens,
    /// The next palette.
    NextPalette,
    /// The visualization with this place in the list, counted from 0.
    Visualization(usize),
    /// The list of visualizations, or none.
    ToggleVisualizations,
    /// A setting of the visualization that is on, by name, counts up (true) or down.
    StepSetting(&'static str, bool),
    /// A dialog in which the file of another model is chosen.
    ChooseFile,
    /// The next of the models at hand, with the same prompt.
    NextModel,
    /// The show steers the camera again.
    GuideCamera,
    /// The whole model, or the stage again.
    ToggleMachine,
    /// Perspective or orthographic.
    ToggleProjection,
    /// The whole screen, or a window.
    ToggleFullscreen,
    /// The camera of films and no controls, or the window as it is.
    ToggleCinematic,
    /// A key of the user's own camera path, where the camera stands now.
    SetCameraKey,
    /// The dialog in which a film is asked for.
    RecordFilm,
    /// Sound off, or on again.
    ToggleSound,
    /// The panel with the volumes.
    ToggleSoundPanel,
    /// Cards with short facts, or none.
    ToggleCards,
    /// The table of keys.
    ToggleHelp,
    /// Out of the innermost thing that is open: the help, a file or show that is under way or the message
    /// about it, the whole screen, the program.
    Leave,
}
