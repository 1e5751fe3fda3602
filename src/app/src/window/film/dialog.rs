//! The dialog: what is to be filmed, how far it is, what became of it.

use std::path::{Path, PathBuf, absolute};

use bevy::prelude::*;

use super::{
    process::FilmInMaking,
    words::{Wishes, file_name, words},
};
use crate::{
    camera::{CameraKeys, Direction},
    looks::Chosen,
    show::{CurrentShow, Transport, current::PaletteInUse},
    third_party::egui::{
        Interface,
        colours::{ACCENT, ERROR, POPUP, SOFT},
        egui::{
            Align2, ComboBox, Frame, Grid, Label, Margin, ProgressBar, RichText, TextEdit, Ui,
            Window, vec2,
        },
    },
    window::{actions::Action, camera_keys::OwnPath},
};

/// Whether the dialog is open, and what is chosen in it.
#[derive(Resource, Clone, Debug)]
pub struct FilmDialog {
    open: bool,
    file: String,
    /// Whether the name is the user's own; else it follows the prompt.
    named: bool,
    size: usize,
    frames_per_second: u32,
    camera: CameraChoice,
    from_here: bool,
    /// The longest it may be, in seconds; else it goes on to the end of the show.
    longest: Option<u32>,
    sound: bool,
    captions: bool,
    replace: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum CameraChoice {
    Guided,
    Cinematic,
    Orbit,
    Own,
}

const SIZES: [(&str, (u32, u32)); 4] = [
    ("1280 × 720", (1280, 720)),
    ("1920 × 1080", (1920, 1080)),
    ("3840 × 2160", (3840, 2160)),
    ("1080 × 1920, upright", (1080, 1920)),
];

/// Lengths to choose from, in seconds.
const LENGTHS: [u32; 3] = [10, 30, 60];

const CAMERAS: [(&str, CameraChoice); 4] = [
    ("guided", CameraChoice::Guided),
    ("cinematic", CameraChoice::Cinematic),
    ("orbit", CameraChoice::Orbit),
    ("my own path (K)", CameraChoice::Own),
];

impl Default for FilmDialog {
    fn default() -> Self {
        Self {
            open: false,
            file: String::new(),
            named: false,
            size: 1,
            frames_per_second: 30,
            camera: CameraChoice::Cinematic,
            from_here: false,
            longest: None,
            sound: true,
            captions: true,
            replace: false,
        }
    }
}

pub(super) fn toggle(
    mut actions: MessageReader<Action>,
    mut dialog: ResMut<FilmDialog>,
    direction: Option<Res<Direction>>,
) {
    for action in actions.read() {
        if *action == Action::RecordFilm {
            dialog.open = !dialog.open;
            if let Some(Direction::Path(_)) = direction.as_deref() {
                dialog.camera = CameraChoice::Own;
            }
        }
    }
}

pub(super) fn draw(
    mut interface: Interface,
    mut dialog: ResMut<FilmDialog>,
    mut film: ResMut<FilmInMaking>,
    show: Option<Res<CurrentShow>>,
    (transport, palette, chosen): (Res<Transport>, Res<PaletteInUse>, Res<Chosen>),
    path: Option<Res<OwnPath>>,
) {
    let dialog = dialog.bypass_change_detection();
    let (true, Some(show), Ok(context)) = (dialog.open, show, interface.ctx_mut()) else {
        return;
    };
    if !dialog.named {
        dialog.file = file_name(&show.settings.prompt);
    }
    let keys = path
        .as_ref()
        .map(|path| &path.keys)
        .filter(|keys| !keys.keys().is_empty());
    let mut open = true;
    let mut asked = false;
    Window::new("Record a film")
        .open(&mut open)
        .resizable(false)
        .collapsible(false)
        .anchor(Align2::CENTER_CENTER, vec2(0.0, -30.0))
        .frame(
            Frame::NONE
                .fill(POPUP)
                .inner_margin(Margin::same(14))
                .corner_radius(6),
        )
        .show(context, |ui| {
            ui.set_width(330.0);
            if film.progress().is_some() {
                recording(ui, &mut film);
            } else {
                asked = wishes(ui, dialog, transport.time(), keys.is_some());
                if let Some(said) = film.said() {
                    let (words, colour) = match said {
                        Ok(words) => (words, ACCENT),
                        Err(words) => (words, ERROR),
                    };
                    ui.label(RichText::new(words).color(colour));
                }
            }
        });
    dialog.open = open;
    if !open {
        film.forget();
    }
    if asked {
        begin(
            dialog,
            &show,
            &transport,
            (&palette, &chosen),
            keys,
            &mut film,
        );
    }
}

/// How far it is.
fn recording(ui: &mut Ui, film: &mut FilmInMaking) {
    let Some((file, share)) = film.progress() else {
        return;
    };
    ui.label(format!("Recording {file}"));
    ui.add(ProgressBar::new(share).show_percentage());
    ui.horizontal(|ui| {
        if ui.button("Cancel").clicked() {
            film.cancel();
        }
        let words = "The show goes on; this may be closed.";
        ui.label(RichText::new(words).color(SOFT));
    });
}

/// What is to be filmed; whether it is to begin.
fn wishes(ui: &mut Ui, dialog: &mut FilmDialog, time: f64, has_path: bool) -> bool {
    Grid::new("film")
        .num_columns(2)
        .spacing(vec2(14.0, 7.0))
        .show(ui, |ui| {
            ui.label("File");
            let field = TextEdit::singleline(&mut dialog.file).desired_width(220.0);
            dialog.named |= ui.add(field).changed();
            ui.end_row();
            if let Some(folder) = folder_of(&dialog.file) {
                ui.label("");
                let words = RichText::new(format!("in {folder}")).color(SOFT);
                ui.scope(|ui| {
                    ui.set_max_width(220.0);
                    ui.add(Label::new(words).truncate());
                });
                ui.end_row();
            }
            ui.label("Size");
            ComboBox::from_id_salt("film size")
                .selected_text(SIZES[dialog.size].0)
                .show_ui(ui, |ui| {
                    for (index, (name, _)) in SIZES.iter().enumerate() {
                        ui.selectable_value(&mut dialog.size, index, *name);
                    }
                });
            ui.end_row();
            ui.label("Frames per second");
            ui.horizontal(|ui| {
                for rate in [24, 30, 60] {
                    ui.selectable_value(&mut dialog.frames_per_second, rate, rate.to_string());
                }
            });
            ui.end_row();
            ui.label("Camera");
            let name = CAMERAS.iter().find(|(_, choice)| *choice == dialog.camera);
            ComboBox::from_id_salt("film camera")
                .selected_text(name.map_or("", |(name, _)| name))
                .show_ui(ui, |ui| {
                    for (name, choice) in CAMERAS {
                        if choice != CameraChoice::Own || has_path {
                            ui.selectable_value(&mut dialog.camera, choice, name);
                        }
                    }
                });
            ui.end_row();
            ui.label("From");
            ui.horizontal(|ui| {
                ui.selectable_value(&mut dialog.from_here, false, "the beginning");
                ui.selectable_value(&mut dialog.from_here, true, format!("here ({time:.1} s)"));
            });
            ui.end_row();
            ui.label("Length");
            ui.horizontal(|ui| {
                ui.selectable_value(&mut dialog.longest, None, "to the end");
                for seconds in LENGTHS {
                    let words = format!("{seconds} s");
                    ui.selectable_value(&mut dialog.longest, Some(seconds), words);
                }
            });
            ui.end_row();
            ui.label("With");
            ui.horizontal(|ui| {
                ui.checkbox(&mut dialog.sound, "sound");
                ui.checkbox(&mut dialog.captions, "captions");
            });
            ui.end_row();
        });
    ui.checkbox(&mut dialog.replace, "Replace a file that is there");
    ui.add_space(4.0);
    ui.button("Record").clicked()
}

/// The folder in which a file lies whose name does not begin with the whole way to it.
fn folder_of(file: &str) -> Option<String> {
    let file = Path::new(file.trim());
    if file.is_absolute() {
        return None;
    }
    Some(absolute(file).ok()?.parent()?.display().to_string())
}

/// Begins the recording.
fn begin(
    dialog: &FilmDialog,
    show: &CurrentShow,
    transport: &Transport,
    (palette, chosen): (&PaletteInUse, &Chosen),
    keys: Option<&CameraKeys>,
    film: &mut FilmInMaking,
) {
    let camera = match (dialog.camera, keys) {
        (CameraChoice::Own, Some(keys)) => match own_path(keys) {
            Ok(file) => file,
            Err(problem) => return film.refuse(problem),
        },
        (CameraChoice::Cinematic, _) => "cinematic".into(),
        (CameraChoice::Orbit, _) => "orbit".into(),
        _ => "guided".into(),
    };
    let file = Path::new(dialog.file.trim());
    let there = [file.to_owned(), file.with_extension("json")];
    if let Some(there) = there.iter().find(|file| file.exists())
        && !dialog.replace
    {
        return film.refuse(format!(
            "{} is already there; choose another name, or tick “Replace a file that is there”",
            there.display()
        ));
    }
    let wishes = Wishes {
        file: dialog.file.trim().to_owned(),
        size: SIZES[dialog.size].1,
        frames_per_second: dialog.frames_per_second,
        camera,
        from: dialog.from_here.then(|| transport.time()),
        longest: dialog.longest,
        sound: dialog.sound,
        captions: dialog.captions,
        replace: dialog.replace,
    };
    film.start(
        &words(show, palette.0, chosen, &wishes),
        PathBuf::from(&wishes.file),
    );
}

/// Writes the path where the second process finds it.
fn own_path(keys: &CameraKeys) -> Result<String, String> {
    let file = std::env::temp_dir().join(format!("orrery-camera-{}.ron", std::process::id()));
    let text = keys.to_text().map_err(|error| error.to_string())?;
    std::fs::write(&file, text)
        .map_err(|error| format!("cannot write {}: {error}", file.display()))?;
    Ok(file.display().to_string())
}
