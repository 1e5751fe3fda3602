//! egui-file-dialog: a dialog in the window in which a file is chosen. Here it is decided what of it is
//! offered and how it looks.

use std::path::{Path, PathBuf};

use bevy::prelude::Resource;
use egui_file_dialog::{DialogState, FileDialog, Filter, OpeningMode};

use super::egui::{
    colours::{ACCENT, POPUP},
    egui::{Align2, Context, Theme, Vec2, vec2},
};

/// As large as it likes to be, in logical pixels.
const SIZE: Vec2 = vec2(760.0, 460.0);
/// What of the window stays free around it: the dialog's own title and edge, and a little ground.
const AROUND: Vec2 = vec2(72.0, 120.0);

/// What is to be chosen.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Words above the dialog.
    pub title: &'static str,
    /// What files with these endings are called.
    pub kind: &'static str,
    /// Endings without a dot; others are shown where all files are asked for.
    pub endings: &'static [&'static str],
    /// Where it begins; without it in the working directory.
    pub folder: Option<PathBuf>,
}

/// The dialog, while it is open. Keys and pointer then belong to it.
#[derive(Resource, Default)]
pub struct FileChooser {
    dialog: Option<FileDialog>,
    /// Not drawn yet since it was opened.
    is_new: bool,
}

impl FileChooser {
    /// Opens the dialog.
    pub fn open(&mut self, wanted: Wanted) {
        let mut dialog = dialog(wanted);
        dialog.pick_file();
        self.dialog = Some(dialog);
        self.is_new = true;
    }

    /// Whether the dialog is open.
    pub fn is_open(&self) -> bool {
        self.dialog.is_some()
    }

    /// Closes it; nothing is chosen.
    pub fn close(&mut self) {
        self.dialog = None;
    }

    /// Draws the dialog and gives the file that has just been chosen.
    pub fn draw(&mut self, context: &Context) -> Option<PathBuf> {
        let dialog = self.dialog.as_mut()?;
        // the key that opened it is a letter to be searched for otherwise
        if std::mem::take(&mut self.is_new) {
            context.request_repaint();
            return None;
        }
        let room = (context.content_rect().size() - AROUND).max(Vec2::splat(1.0));
        dialog.config_mut().max_size = Some(room.min(SIZE));
        // it writes the chosen name in the colour that is behind the chosen row
        let ours = context.style_of(Theme::Dark);
        context.style_mut_of(Theme::Dark, |style| {
            style.visuals.selection.bg_fill = ACCENT;
            style.visuals.selection.stroke.color = POPUP;
        });
        dialog.update(context);
        context.set_style_of(Theme::Dark, ours);
        let chosen = match dialog.state() {
            DialogState::Open => return None,
            DialogState::Picked(path) => Some(path.clone()),
            _ => None,
        };
        self.dialog = None;
        chosen
    }
}

fn dialog(wanted: Wanted) -> FileDialog {
    let Wanted {
        title,
        kind,
        endings,
        folder,
    } = wanted;
    let has_ending = move |path: &Path| {
        let ending = path.extension().unwrap_or_default();
        endings
            .iter()
            .any(|known| ending.eq_ignore_ascii_case(known))
    };
    let mut dialog = FileDialog::new()
        .title(title)
        .opening_mode(OpeningMode::AlwaysInitialDir)
        .add_file_filter(kind, Filter::new(has_ending))
        .default_file_filter(kind)
        .anchor(Align2::CENTER_CENTER, Vec2::ZERO)
        .default_size(SIZE)
        .resizable(false)
        .directory_separator("/")
        // files are chosen here, not tidied up
        .show_new_folder_button(false)
        .show_pinned_folders(false)
        .show_system_files_option(false);
    if let Some(folder) = folder {
        dialog = dialog.initial_directory(folder);
    }
    dialog
}

#[cfg(test)]
mod tests {
    use bevy::{ecs::system::RunSystemOnce, prelude::World};
    use bevy_egui::input::EguiWantsInput;

    use super::*;
    use crate::third_party::egui::{
        Typing,
        egui::{Event, Key, Modifiers, Pos2, RawInput, Rect},
        notice_typing,
    };

    /// A dialog in a folder with a model, a text and a folder; its list is read at once.
    fn chooser(folder: &Path) -> FileChooser {
        for name in ["a.txt", "b.PT"] {
            std::fs::write(folder.join(name), "").unwrap();
        }
        let mut dialog = dialog(Wanted {
            title: "Open",
            kind: "Models",
            endings: &["pt"],
            folder: Some(folder.to_owned()),
        });
        dialog.config_mut().load_via_thread = false;
        dialog.pick_file();
        FileChooser {
            dialog: Some(dialog),
            is_new: false,
        }
    }

    fn press(chooser: &mut FileChooser, context: &Context, key: Key) -> Option<PathBuf> {
        let event = |pressed| Event::Key {
            key,
            physical_key: None,
            pressed,
            repeat: false,
            modifiers: Modifiers::NONE,
        };
        let input = RawInput {
            screen_rect: Some(Rect::from_min_size(Pos2::ZERO, vec2(900.0, 700.0))),
            events: vec![event(true), event(false)],
            ..RawInput::default()
        };
        let mut chosen = None;
        let _ = context.run_ui(input, |ui| chosen = chooser.draw(ui.ctx()));
        chosen
    }

    #[test]
    fn the_first_model_is_chosen_by_keys_and_others_are_not_in_the_list() {
        let folder = tempfile::tempdir().unwrap();
        let mut chooser = chooser(folder.path());
        let context = Context::default();
        assert_eq!(press(&mut chooser, &context, Key::ArrowDown), None);
        let chosen = press(&mut chooser, &context, Key::Enter).unwrap();
        assert_eq!(chosen.file_name().unwrap(), "b.PT");
        assert!(!chooser.is_open());
    }

    #[test]
    fn escape_closes_it_and_until_then_keys_are_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let mut world = World::new();
        world.init_resource::<EguiWantsInput>();
        world.init_resource::<Typing>();
        world.insert_resource(chooser(folder.path()));
        world.run_system_once(notice_typing).unwrap();
        assert!(world.resource::<Typing>().0);

        let context = Context::default();
        let mut chooser = world.resource_mut::<FileChooser>();
        assert_eq!(press(&mut chooser, &context, Key::Escape), None);
        assert!(!chooser.is_open());
        world.run_system_once(notice_typing).unwrap();
        assert!(!world.resource::<Typing>().0);
    }
}
