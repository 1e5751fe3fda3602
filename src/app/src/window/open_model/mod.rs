//! Another model in the window: a file that is dropped or chosen is opened beside the show that is on, and
//! shown when it is ready. If that cannot be, the old show stays and the reason is told. Here live the ways
//! a file comes in, and the opening; how a file is read does not, nor how the show is made.

mod chosen;
mod dropped;

use std::path::{Path, PathBuf};

use bevy::{prelude::*, window::FileDragAndDrop};

use super::actions::Action;
use crate::{
    background::{Job, Wake},
    model_file::ModelFile,
    sets::{Asking, InterfacePart},
    show::{NamedModel, Shows},
    third_party::{egui::DrawInterface, file_dialog::FileChooser},
};

/// A file is to be opened and its model shown. A `.pkl` is taken as the vocabulary of the file before it.
#[derive(Message, Clone, Debug, PartialEq, Eq)]
pub struct OpenModel(pub PathBuf);

/// A file that is being read.
struct UnderWay {
    /// Without its folder.
    name: String,
    job: Job<Result<Opened, String>>,
}

/// A model that was opened, and how its file was read where that is not plain.
struct Opened {
    model: NamedModel,
    read_as: Vec<String>,
}

/// What is going on with files of models.
#[derive(Resource, Default)]
pub struct ModelOpening {
    under_way: Option<UnderWay>,
    /// Why the last one could not be opened.
    problem: Option<String>,
    /// How the last one was read: what was chosen for what the file does not say.
    told: Vec<String>,
    /// A file is held over the window.
    hovers: bool,
    /// The last file of weights, in case that its vocabulary follows.
    last: Option<PathBuf>,
}

impl ModelOpening {
    /// The name of the file that is being opened.
    pub fn name(&self) -> Option<&str> {
        self.under_way.as_ref().map(|file| file.name.as_str())
    }

    /// Why the last file could not be shown.
    pub fn problem(&self) -> Option<&str> {
        self.problem.as_deref()
    }

    /// How the last file was read, line by line, where that is not plain.
    pub fn told(&self) -> &[String] {
        &self.told
    }

    /// Whether a file is held over the window.
    pub fn hovers(&self) -> bool {
        self.hovers
    }

    /// Whether there is something to dismiss.
    pub fn is_dismissable(&self) -> bool {
        self.under_way.is_some() || self.problem.is_some() || !self.told.is_empty()
    }

    /// Stops opening, and takes what is said about the last file away.
    pub fn dismiss(&mut self) {
        self.under_way = None;
        self.problem = None;
        self.told.clear();
    }
}

/// Opens files.
pub struct OpenModelPlugin;

impl Plugin for OpenModelPlugin {
    fn build(&self, app: &mut App) {
        app.init_resource::<ModelOpening>()
            .init_resource::<FileChooser>()
            .add_message::<OpenModel>()
            .add_message::<Action>()
            .add_message::<FileDragAndDrop>()
            .add_systems(
                Update,
                (dropped::take, chosen::ask, begin, show_when_open)
                    .chain()
                    .in_set(Asking::File),
            )
            .add_systems(
                DrawInterface,
                chosen::draw
                    .run_if(|chooser: Res<FileChooser>| chooser.is_open())
                    .in_set(InterfacePart::FileDialog),
            );
    }
}

/// Begins to open the last file that was given, and no longer opens the one before.
fn begin(mut files: MessageReader<OpenModel>, mut opening: ResMut<ModelOpening>, wake: Res<Wake>) {
    let Some(OpenModel(path)) = files.read().last() else {
        return;
    };
    opening.dismiss();
    let file = match model_file(path, opening.last.as_deref()) {
        Ok(file) => file,
        Err(problem) => {
            opening.problem = Some(problem);
            return;
        }
    };
    opening.last = Some(file.path.clone());
    let name = file.path.file_name().unwrap_or(file.path.as_os_str());
    opening.under_way = Some(UnderWay {
        name: name.to_string_lossy().into_owned(),
        job: Job::begin(&wake, move |_| load(&file)),
    });
}

/// Asks for the show when the model is open.
fn show_when_open(mut opening: ResMut<ModelOpening>, mut shows: Shows) {
    // looking whether it is open changes nothing
    let unchanged = opening.bypass_change_detection();
    let result = unchanged
        .under_way
        .as_mut()
        .and_then(|file| file.job.take());
    let Some(result) = result else {
        return;
    };
    opening.under_way = None;
    match result.unwrap_or_else(|died| Err(died.to_string())) {
        Ok(Opened { model, read_as }) => {
            opening.told = read_as;
            shows.run(|settings| settings.set_model(model));
        }
        Err(problem) => opening.problem = Some(problem),
    }
}

/// What a path says of a model, if `last` was the file of weights before it.
fn model_file(path: &Path, last: Option<&Path>) -> Result<ModelFile, String> {
    if !is_vocabulary(path) {
        return Ok(ModelFile::new(path));
    }
    let last = last.ok_or_else(|| {
        let name = path.display();
        format!("{name} is a vocabulary; open the model that it belongs to first")
    })?;
    Ok(ModelFile {
        vocabulary: Some(path.to_owned()),
        ..ModelFile::new(last)
    })
}

/// Whether it is a vocabulary and no model, by its name.
fn is_vocabulary(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending == "pkl")
}

fn load(file: &ModelFile) -> Result<Opened, String> {
    let model = file.load().map_err(|error| error.to_string())?;
    Ok(Opened {
        read_as: model.read_as.clone(),
        model: NamedModel::new(model, file.path.display().to_string()).with_options(file.options()),
    })
}

#[cfg(test)]
mod tests;
