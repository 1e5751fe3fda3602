//! A camera path of the user's own: a key sets where the camera stands now, a list shows all keys, and they are
//! saved for films.

use std::{path::PathBuf, sync::Arc};

use bevy::prelude::*;
use orrery_model::checkpoint::write_atomically;

use super::{actions::Action, clock_text::minutes};
use crate::{
    camera::{CameraControl, CameraKeys, CameraStand, Direction},
    sets::{InterfacePart, Steering},
    show::Transport,
    third_party::egui::{
        DrawInterface, Interface,
        colours::{ERROR, POPUP, SOFT},
        egui::{Align2, Frame, Grid, Margin, RichText, ScrollArea, TextEdit, Ui, Window, vec2},
    },
};

/// The path that is being made.
#[derive(Resource, Clone, Debug)]
pub struct OwnPath {
    /// Its keys.
    pub keys: CameraKeys,
    /// Whether the list is on the screen.
    pub open: bool,
    /// Whether the camera goes along it.
    follow: bool,
    file: String,
    said: Option<Result<String, String>>,
}

impl Default for OwnPath {
    fn default() -> Self {
        Self {
            keys: CameraKeys::default(),
            open: false,
            follow: false,
            file: "camera.ron".into(),
            said: None,
        }
    }
}

/// Sets keys and shows the list.
pub struct CameraKeysPlugin;

impl Plugin for CameraKeysPlugin {
    fn build(&self, app: &mut App) {
        app.init_resource::<OwnPath>()
            .init_resource::<Direction>()
            .add_message::<Action>()
            .add_systems(
                Update,
                set_key
                    .in_set(Steering::CameraPath)
                    .after(super::keys::read),
            )
            .add_systems(
                DrawInterface,
                draw.run_if(|path: Res<OwnPath>| path.open)
                    .in_set(InterfacePart::CameraPath),
            );
    }
}

fn set_key(
    mut actions: MessageReader<Action>,
    transport: Res<Transport>,
    stand: Option<Single<&CameraStand>>,
    mut path: ResMut<OwnPath>,
) {
    for action in actions.read() {
        let (Action::SetCameraKey, Some(stand)) = (action, &stand) else {
            continue;
        };
        path.keys.set(transport.time(), &stand.0);
        path.open = true;
        path.said = None;
    }
}

fn draw(
    mut interface: Interface,
    mut path: ResMut<OwnPath>,
    mut direction: ResMut<Direction>,
    mut control: ResMut<CameraControl>,
    mut actions: MessageWriter<Action>,
) {
    let Ok(context) = interface.ctx_mut() else {
        return;
    };
    let mut next = path.clone();
    let mut open = true;
    Window::new("Camera path")
        .open(&mut open)
        .resizable(false)
        .collapsible(false)
        .anchor(Align2::RIGHT_TOP, vec2(-16.0, 56.0))
        .frame(
            Frame::NONE
                .fill(POPUP)
                .inner_margin(Margin::same(14))
                .corner_radius(6),
        )
        .show(context, |ui| list(ui, &mut next, &mut actions));
    next.open = open;
    if !open || next.keys.keys().is_empty() {
        next.follow = false;
    }
    let changed = next.keys != path.keys;
    if next.follow != path.follow || (next.follow && changed) {
        *direction = if next.follow {
            Direction::Path(Arc::new(next.keys.clone()))
        } else {
            Direction::Guided
        };
        *control = CameraControl::Guided;
    }
    if changed {
        next.said = None;
    }
    *path.bypass_change_detection() = next;
}

fn list(ui: &mut Ui, path: &mut OwnPath, actions: &mut MessageWriter<Action>) {
    ui.set_width(280.0);
    let words = "K sets a key where the camera stands now. A key at the same time is replaced.";
    ui.label(RichText::new(words).color(SOFT));
    ui.add_space(6.0);
    let mut removed = None;
    ScrollArea::vertical().max_height(220.0).show(ui, |ui| {
        Grid::new("camera keys")
            .num_columns(4)
            .spacing(vec2(12.0, 4.0))
            .show(ui, |ui| {
                for (index, key) in path.keys.keys().iter().enumerate() {
                    ui.label(RichText::new(format!("{}", index + 1)).color(SOFT));
                    ui.label(
                        RichText::new(format!("{} ({:.2} s)", minutes(key.time), key.time))
                            .monospace(),
                    );
                    if ui.button("Go to").clicked() {
                        actions.write(Action::Seek(key.time));
                    }
                    if ui.button("Remove").clicked() {
                        removed = Some(index);
                    }
                    ui.end_row();
                }
            });
    });
    if let Some(index) = removed {
        path.keys.remove(index);
    }
    if path.keys.keys().is_empty() {
        ui.label("There is no key yet.");
        return;
    }
    ui.add_space(6.0);
    ui.checkbox(&mut path.follow, "The camera follows the path");
    ui.horizontal(|ui| {
        ui.add(TextEdit::singleline(&mut path.file).desired_width(190.0));
        if ui.button("Save").clicked() {
            path.said = Some(save(&path.keys, &path.file));
        }
    });
    match &path.said {
        Some(Ok(words)) => ui.label(RichText::new(words).color(SOFT)),
        Some(Err(words)) => ui.label(RichText::new(words).color(ERROR)),
        None => return,
    };
}

/// Saves a path; what is to be said of it.
fn save(keys: &CameraKeys, file: &str) -> Result<String, String> {
    let file = PathBuf::from(file.trim());
    if file.extension().is_none_or(|ending| ending != "ron") {
        return Err("let the name end in .ron".into());
    }
    let text = keys.to_text().map_err(|error| error.to_string())?;
    write_atomically(&file, |writer| {
        std::io::Write::write_all(writer, text.as_bytes())
    })
    .map_err(|error| error.to_string())?;
    Ok(format!(
        "Saved. orrery record --camera {} films it.",
        file.display()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_saved_for_films_and_a_bad_name_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("camera.ron");
        let mut keys = CameraKeys::default();
        let pose = orrery_pipeline::camera::CameraPose {
            target: Vec3::X,
            yaw: 0.2,
            pitch: 0.1,
            distance: 12.0,
            height: 6.0,
        };
        keys.set(2.5, &pose);
        assert!(
            save(&keys, file.to_str().unwrap())
                .unwrap()
                .contains("--camera")
        );
        let text = std::fs::read_to_string(file).unwrap();
        assert_eq!(CameraKeys::parse(&text).unwrap(), keys);
        assert!(save(&keys, "camera.txt").unwrap_err().contains(".ron"));
        let nowhere = folder.path().join("none/camera.ron");
        assert!(save(&keys, nowhere.to_str().unwrap()).is_err());
    }
}
