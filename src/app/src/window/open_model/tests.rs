//! What becomes of files, without a window system, and of each moment of opening one.

use std::path::Path;

use bevy::window::PrimaryWindow;
use orrery_model::{Gpt, GptConfig, Tokenizer, checkpoint};
use tempfile::TempDir;

use super::*;
use crate::{
    show::{CurrentShow, NextShow, Transport},
    test_support::{Gate, app_with_small_show, await_shows, set_clock},
    window::prompt_field::{NewPrompt, PromptFieldPlugin},
};

fn app() -> App {
    let mut app = app_with_small_show();
    app.add_plugins((OpenModelPlugin, PromptFieldPlugin));
    app.world_mut().spawn((Window::default(), PrimaryWindow));
    set_clock(&mut app, 3.0, false);
    app.update();
    app
}

/// A model of one block that knows three words.
fn save_words(folder: &TempDir, name: &str) -> PathBuf {
    let path = folder.path().join(name);
    let config = GptConfig {
        vocab_size: 3,
        n_blocks: 1,
        ..GptConfig::default()
    };
    let words = ["who", "is", "there"].map(str::to_owned).to_vec();
    let tokenizer = Tokenizer::of_tokens(words).unwrap();
    let gpt = Gpt::random(config, 1).unwrap();
    checkpoint::save(&path, &gpt, &tokenizer, None).unwrap();
    path
}

fn drag(app: &mut App, drag: impl Fn(Entity) -> FileDragAndDrop) {
    let world = app.world_mut();
    let window = world
        .query_filtered::<Entity, With<PrimaryWindow>>()
        .single(world)
        .unwrap();
    world.write_message(drag(window));
}

fn drop_file(app: &mut App, path: &Path) {
    drag(app, |window| FileDragAndDrop::DroppedFile {
        window,
        path_buf: path.to_owned(),
    });
    app.update();
}

/// Updates until the file is read, or the reason is told.
fn await_file(app: &mut App) {
    while opening(app).name().is_some() {
        app.update();
        std::thread::yield_now();
    }
}

/// Updates until the model is open and shown, or the reason is told.
fn finish(app: &mut App) {
    await_file(app);
    await_shows(app);
}

fn opening(app: &App) -> &ModelOpening {
    app.world().resource()
}

fn show(app: &App) -> &CurrentShow {
    app.world().resource()
}

fn assert_old_show_is_on(app: &App) {
    let show = show(app);
    assert_eq!(
        (show.settings.model.name.as_str(), show.revision),
        ("random", 0)
    );
    assert_eq!(app.world().resource::<Transport>().time(), 3.0);
}

#[test]
fn a_dropped_file_is_shown_when_it_is_open() {
    let folder = tempfile::tempdir().unwrap();
    let good = save_words(&folder, "words.npz");
    let mut app = app();
    drag(&mut app, |window| FileDragAndDrop::HoveredFile {
        window,
        path_buf: good.clone(),
    });
    app.update();
    assert!(opening(&app).hovers);

    drop_file(&mut app, &good);
    assert!(!opening(&app).hovers);
    finish(&mut app);
    assert_eq!(opening(&app).name(), None);
    assert_eq!(opening(&app).problem(), None);
    let show = show(&app);
    assert_eq!(show.settings.model.name, good.display().to_string());
    assert_eq!((show.settings.prompt.as_str(), show.revision), ("who", 1));
    let transport = app.world().resource::<Transport>();
    assert_eq!((transport.time(), transport.is_playing()), (0.0, true));
}

#[test]
fn the_old_show_is_on_until_then_and_a_cancelled_file_never_comes() {
    let folder = tempfile::tempdir().unwrap();
    let mut app = app();
    let gate = Gate::before_shows(&mut app);
    drop_file(&mut app, &save_words(&folder, "words.npz"));
    for _ in 0..3 {
        app.update();
        assert_old_show_is_on(&app);
    }
    app.world_mut().resource_mut::<ModelOpening>().dismiss();
    app.world_mut().resource_mut::<NextShow>().dismiss();
    gate.open();
    for _ in 0..3 {
        app.update();
        assert_eq!(opening(&app).name(), None);
        assert_old_show_is_on(&app);
    }
}

#[test]
fn a_bad_file_leaves_the_old_model_and_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let bad = folder.path().join("bad.pt");
    std::fs::write(&bad, "no model").unwrap();
    let mut app = app();
    drop_file(&mut app, &bad);
    finish(&mut app);
    let said = opening(&app).problem().unwrap();
    assert!(said.contains("bad.pt"), "{said}");
    assert_old_show_is_on(&app);

    app.world_mut().resource_mut::<ModelOpening>().dismiss();
    assert!(!opening(&app).is_dismissable());
}

#[test]
fn a_second_file_replaces_the_first() {
    let folder = tempfile::tempdir().unwrap();
    let (first, second) = (
        save_words(&folder, "first.npz"),
        save_words(&folder, "second.npz"),
    );
    let mut app = app();
    let gate = Gate::before_shows(&mut app);
    drop_file(&mut app, &first);
    app.world_mut().write_message(OpenModel(second.clone()));
    app.update();
    await_file(&mut app);
    gate.open();
    finish(&mut app);
    let show = show(&app);
    assert_eq!(show.settings.model.name, second.display().to_string());
    assert_eq!(show.revision, 1);
}

#[test]
fn a_model_is_shown_with_the_prompt_that_was_typed_meanwhile() {
    let folder = tempfile::tempdir().unwrap();
    let mut app = app();
    let gate = Gate::before_shows(&mut app);
    drop_file(&mut app, &save_words(&folder, "words.npz"));
    app.world_mut().write_message(NewPrompt {
        text: "is".into(),
        tokens: 1,
        temperature: 0.0,
    });
    app.update();
    await_file(&mut app);
    gate.open();
    finish(&mut app);
    let show = show(&app);
    assert_eq!((show.settings.prompt.as_str(), show.revision), ("is", 1));
    assert_eq!(show.settings.model.gpt.config().n_blocks, 1);
}

#[test]
fn a_vocabulary_needs_the_model_that_it_belongs_to() {
    let folder = tempfile::tempdir().unwrap();
    let mut app = app();
    let vocabulary = folder.path().join("meta.pkl");
    drop_file(&mut app, &vocabulary);
    assert!(opening(&app).problem().unwrap().contains("first"));

    // both in one go, in whatever order
    let weights = save_words(&folder, "words.npz");
    for path in [&vocabulary, &weights] {
        drag(&mut app, |window| FileDragAndDrop::DroppedFile {
            window,
            path_buf: path.clone(),
        });
    }
    app.update();
    finish(&mut app);
    let said = opening(&app).problem().unwrap();
    assert!(said.contains("meta.pkl"), "{said}");
    assert!(!said.contains("first"), "{said}");
}

#[test]
fn the_dialog_opens_when_it_is_asked_for_and_a_dropped_file_closes_it() {
    let mut app = app();
    app.world_mut().write_message(Action::ChooseFile);
    app.update();
    assert!(app.world().resource::<FileChooser>().is_open());
    drop_file(&mut app, Path::new("nowhere.npz"));
    assert!(!app.world().resource::<FileChooser>().is_open());
    finish(&mut app);
    let said = opening(&app).problem().unwrap();
    assert!(said.contains("nowhere.npz"), "{said}");
}

/// What was chosen for a file that does not say everything is told until it is taken away.
#[test]
fn the_choice_of_a_vocabulary_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bytes.safetensors");
    let config = GptConfig {
        vocab_size: 256,
        n_blocks: 1,
        norm_placement: orrery_model::NormPlacement::Pre,
        final_norm: true,
        biases: orrery_model::Biases::GPT2,
        activation: orrery_model::Activation::GeluTanh,
        d_ff: 64,
        ..GptConfig::default()
    };
    let gpt = Gpt::random(config, 1).unwrap();
    checkpoint::save_safetensors(&path, &gpt, None, None).unwrap();
    let mut app = app();
    drop_file(&mut app, &path);
    finish(&mut app);
    assert_eq!(opening(&app).problem(), None);
    let told = opening(&app).told().join(" ");
    assert!(told.contains("byte"), "{told}");
    assert!(opening(&app).is_dismissable());
    app.world_mut().resource_mut::<ModelOpening>().dismiss();
    assert!(opening(&app).told().is_empty());
}
