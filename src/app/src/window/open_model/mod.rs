//! Another model by drag and drop: a file that is dropped on the window is opened and shown. If that
//! cannot be, the old model stays and the reason is told. A `.pkl` is taken as the vocabulary of the
//! file that was dropped before it.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use bevy::{prelude::*, window::FileDragAndDrop};

use crate::{
    model_file::{ModelFile, fitting_prompt},
    sets::OrrerySystems,
    show::{CurrentShow, LoadedModel, ShowSettings, Transport},
    third_party::egui::{
        DrawPanels, Panels,
        colours::{ACCENT, ERROR, POPUP},
        egui::{Align2, Area, Frame, Id, Margin, RichText, Stroke, vec2},
    },
};

/// What is going on with dropped files.
#[derive(Resource, Clone, Debug, Default)]
pub struct DroppedModel {
    /// Why the last one could not be shown.
    problem: Option<String>,
    /// A file is held over the window.
    hovers: bool,
    /// The last file of weights, in case that its vocabulary follows.
    last: Option<PathBuf>,
}

impl DroppedModel {
    /// Why the last file could not be shown.
    pub fn problem(&self) -> Option<&str> {
        self.problem.as_deref()
    }
}

/// Opens dropped files.
pub struct OpenModelPlugin;

impl Plugin for OpenModelPlugin {
    fn build(&self, app: &mut App) {
        app.init_resource::<DroppedModel>()
            .add_message::<FileDragAndDrop>()
            .add_systems(Update, take_files.in_set(OrrerySystems::Input))
            .add_systems(
                DrawPanels,
                draw.run_if(|dropped: Res<DroppedModel>| {
                    dropped.hovers || dropped.problem.is_some()
                }),
            );
    }
}

/// Shows the model of a dropped file from the beginning; if that cannot be, the old show goes on.
fn take_files(
    mut files: MessageReader<FileDragAndDrop>,
    show: Option<ResMut<CurrentShow>>,
    mut transport: ResMut<Transport>,
    mut dropped: ResMut<DroppedModel>,
) {
    let Some(mut show) = show else {
        return;
    };
    for file in files.read() {
        dropped.hovers = matches!(file, FileDragAndDrop::HoveredFile { .. });
        let FileDragAndDrop::DroppedFile { path_buf, .. } = file else {
            continue;
        };
        let model = model_file(path_buf, dropped.last.as_deref());
        if let Ok(model) = &model {
            dropped.last = Some(model.path.clone());
        }
        // the old show must not look changed where it stays
        let replaced = model
            .and_then(|model| settings(&model, &show.settings))
            .and_then(|settings| {
                let show = show.bypass_change_detection();
                show.replace(settings).map_err(|error| error.to_string())
            });
        match replaced {
            Ok(()) => {
                show.set_changed();
                transport.time = 0.0;
                transport.playing = true;
                dropped.problem = None;
            }
            Err(problem) => dropped.problem = Some(problem),
        }
    }
}

/// What a dropped file says of a model.
fn model_file(path: &Path, last: Option<&Path>) -> Result<ModelFile, String> {
    if path.extension().is_none_or(|ending| ending != "pkl") {
        return Ok(ModelFile::new(path));
    }
    let last = last.ok_or_else(|| {
        let name = path.display();
        format!("{name} is a vocabulary; drop the model that it belongs to first")
    })?;
    Ok(ModelFile {
        vocabulary: Some(path.to_owned()),
        ..ModelFile::new(last)
    })
}

/// The show that is on, with this model. What of the prompt the model does not know is left out.
fn settings(file: &ModelFile, now: &ShowSettings) -> Result<ShowSettings, String> {
    let model = file.load().map_err(|error| error.to_string())?;
    let mut settings = now.clone();
    settings.prompt = fitting_prompt(&model.tokenizer, &now.prompt);
    settings.lossy = false;
    let n_blocks = model.gpt.config().n_blocks;
    settings.options.opened.retain(|&block| block < n_blocks);
    settings.model = LoadedModel {
        gpt: Arc::new(model.gpt),
        tokenizer: Arc::new(model.tokenizer),
        name: file.path.display().to_string(),
    };
    Ok(settings)
}

/// The reason why a file is not shown, until it is clicked away; or what a held file would do.
fn draw(mut panels: Panels, mut dropped: ResMut<DroppedModel>) {
    let Ok(context) = panels.ctx_mut() else {
        return;
    };
    let (words, colour) = match (&dropped.problem, dropped.hovers) {
        (_, true) | (None, _) => ("Drop it to open this model".to_owned(), ACCENT),
        (Some(problem), false) => (problem.clone(), ERROR),
    };
    let mut close = false;
    Area::new(Id::new("dropped model"))
        .anchor(Align2::CENTER_TOP, vec2(0.0, 24.0))
        .show(context, |ui| {
            Frame::NONE
                .fill(POPUP)
                .stroke(Stroke::new(1.0, colour))
                .corner_radius(6)
                .inner_margin(Margin::symmetric(14, 10))
                .show(ui, |ui| {
                    ui.set_max_width(560.0);
                    ui.label(RichText::new(words).color(colour));
                    if !dropped.hovers {
                        close = ui.button("Close").clicked();
                    }
                });
        });
    if close {
        dropped.problem = None;
    }
}

#[cfg(test)]
mod tests {
    use bevy::window::PrimaryWindow;
    use orrery_model::{Gpt, GptConfig, Tokenizer, checkpoint};

    use super::*;
    use crate::{sets, test_support::small_show};

    fn app() -> App {
        let mut app = App::new();
        app.add_plugins((MinimalPlugins, OpenModelPlugin))
            .init_resource::<Transport>()
            .insert_resource(small_show());
        sets::plugin(&mut app);
        app.world_mut().spawn((Window::default(), PrimaryWindow));
        app.update();
        app
    }

    fn drop_file(app: &mut App, path: &Path) {
        let world = app.world_mut();
        let window = world
            .query_filtered::<Entity, With<PrimaryWindow>>()
            .single(world)
            .unwrap();
        world.write_message(FileDragAndDrop::DroppedFile {
            window,
            path_buf: path.to_owned(),
        });
        app.update();
    }

    fn problem(app: &App) -> Option<String> {
        let dropped = app.world().resource::<DroppedModel>();
        dropped.problem().map(str::to_owned)
    }

    #[test]
    fn a_dropped_file_is_shown_and_a_bad_one_leaves_the_old_model() {
        let folder = tempfile::tempdir().unwrap();
        let good = folder.path().join("words.npz");
        let config = GptConfig {
            vocab_size: 3,
            n_blocks: 1,
            ..GptConfig::default()
        };
        let words = ["who", "is", "there"].map(str::to_owned).to_vec();
        let tokenizer = Tokenizer::of_tokens(words).unwrap();
        let gpt = Gpt::random(config, 1).unwrap();
        checkpoint::save(&good, &gpt, &tokenizer, None).unwrap();
        let mut app = app();
        app.world_mut().resource_mut::<Transport>().time = 3.0;

        let bad = folder.path().join("bad.pt");
        std::fs::write(&bad, "no model").unwrap();
        drop_file(&mut app, &bad);
        let said = problem(&app).unwrap();
        assert!(said.contains("bad.pt"), "{said}");
        let show = app.world().resource::<CurrentShow>();
        assert_eq!(
            (show.settings.model.name.as_str(), show.revision),
            ("random", 0)
        );
        assert_eq!(app.world().resource::<Transport>().time, 3.0);

        drop_file(&mut app, &good);
        assert_eq!(problem(&app), None);
        let show = app.world().resource::<CurrentShow>();
        assert_eq!(show.settings.model.name, good.display().to_string());
        assert_eq!((show.settings.prompt.as_str(), show.revision), ("who", 1));
        assert_eq!(app.world().resource::<Transport>().time, 0.0);

        // a vocabulary needs the model that it belongs to
        let mut app = self::app();
        drop_file(&mut app, &folder.path().join("meta.pkl"));
        assert!(problem(&app).unwrap().contains("first"));
    }
}
