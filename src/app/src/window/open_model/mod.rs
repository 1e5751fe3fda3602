//! Another model in the window: a file that is dropped or chosen is opened beside the show that is on,
//! and shown when it is ready. If that cannot be, the old show stays and the reason is told. Here live
//! the ways a file comes in, the opening, and what is said about it; how a file is read does not.

mod chosen;
mod dropped;
mod notice;
mod under_way;

use std::path::PathBuf;

use bevy::{
    prelude::*,
    window::FileDragAndDrop,
    winit::{EventLoopProxyWrapper, WinitUserEvent},
};

use self::under_way::UnderWay;
use super::{actions::Action, model_switch::ModelsAtHand};
use crate::{
    sets::OrrerySystems,
    show::{CurrentShow, Transport},
    third_party::{egui::DrawPanels, file_dialog::FileChooser},
};

/// A file is to be opened and its model shown. A `.pkl` is taken as the vocabulary of the file before it.
#[derive(Message, Clone, Debug, PartialEq, Eq)]
pub struct OpenModel(pub PathBuf);

/// What is going on with files of models.
#[derive(Resource, Default)]
pub struct ModelOpening {
    under_way: Option<UnderWay>,
    /// Why the last one could not be shown.
    problem: Option<String>,
    /// A file is held over the window.
    hovers: bool,
    /// The last file of weights, in case that its vocabulary follows.
    last: Option<PathBuf>,
}

impl ModelOpening {
    /// The name of the file that is being opened.
    pub fn name(&self) -> Option<&str> {
        self.under_way.as_ref().map(UnderWay::name)
    }

    /// Why the last file could not be shown.
    pub fn problem(&self) -> Option<&str> {
        self.problem.as_deref()
    }

    /// Whether there is something to dismiss.
    pub fn is_dismissable(&self) -> bool {
        self.under_way.is_some() || self.problem.is_some()
    }

    /// Stops opening, and takes what is said about the last file away.
    pub fn dismiss(&mut self) {
        self.under_way = None;
        self.problem = None;
    }
}

/// Opens files.
pub struct OpenModelPlugin;

impl Plugin for OpenModelPlugin {
    fn build(&self, app: &mut App) {
        app.init_resource::<ModelOpening>()
            .init_resource::<FileChooser>()
            .init_resource::<ModelsAtHand>()
            .add_message::<OpenModel>()
            .add_message::<Action>()
            .add_message::<FileDragAndDrop>()
            .add_systems(
                Update,
                (dropped::take, chosen::ask, begin, show_when_ready)
                    .chain()
                    .in_set(OrrerySystems::Input)
                    .after(super::keys::read),
            )
            .add_systems(
                DrawPanels,
                (
                    notice::draw.run_if(notice::has_words),
                    chosen::draw.run_if(|chooser: Res<FileChooser>| chooser.is_open()),
                ),
            );
    }
}

/// Begins to open the last file that was given, and no longer opens the one before.
fn begin(
    mut files: MessageReader<OpenModel>,
    show: Option<Res<CurrentShow>>,
    mut opening: ResMut<ModelOpening>,
    window: Option<Res<EventLoopProxyWrapper>>,
) {
    let (Some(OpenModel(path)), Some(show)) = (files.read().last(), show) else {
        return;
    };
    opening.dismiss();
    match under_way::model_file(path, opening.last.as_deref()) {
        Ok(file) => {
            opening.last = Some(file.path.clone());
            // a paused window rests for seconds: it is woken when the model is ready
            let window = window.map(|window| (**window).clone());
            let wake = move || {
                if let Some(window) = &window {
                    // a window that is gone needs no waking
                    let _ = window.send_event(WinitUserEvent::WakeUp);
                }
            };
            opening.under_way = Some(UnderWay::begin(file, &show, wake));
        }
        Err(problem) => opening.problem = Some(problem),
    }
}

/// Shows the model from the beginning when it is ready; until then the old show goes on.
fn show_when_ready(
    mut opening: ResMut<ModelOpening>,
    show: Option<ResMut<CurrentShow>>,
    mut transport: ResMut<Transport>,
    mut models: ResMut<ModelsAtHand>,
) {
    let Some(mut show) = show else {
        return;
    };
    // looking whether it is ready changes nothing
    let unchanged = opening.bypass_change_detection();
    let Some(under_way) = &mut unchanged.under_way else {
        return;
    };
    let Some(outcome) = under_way.outcome() else {
        return;
    };
    match outcome {
        // the prompt or what is opened is another by now: with these the model is shown
        Ok(made) if under_way.revision() != show.revision => {
            under_way.begin_anew(made.settings.model, &show);
        }
        Ok(made) => {
            opening.under_way = None;
            models.keep_opened(&made.settings.model);
            show.replace_by(made);
            transport.time = 0.0;
            transport.playing = true;
        }
        Err(problem) => {
            opening.under_way = None;
            opening.problem = Some(problem);
        }
    }
    // what is made anew is looked at in the next frame, however long the window would rest
    opening.set_changed();
}

#[cfg(test)]
mod tests;
