//! The sound panel: volumes, mute, solo, music, and whether there is a device.

use bevy::prelude::*;
use orrery_sound::Style;

use super::settings::{Solo, SoundSettings};
use super::status::{SoundStatus, Status};
use crate::sets::{Asking, InterfacePart, OrrerySystems};
use crate::third_party::egui::{
    DrawInterface, Interface,
    colours::{ACCENT, SOFT},
    egui::{Align2, Area, Color32, Frame, Id, Margin, RichText, Slider, Stroke, Ui, vec2},
};
use crate::window::{Action, TRANSPORT_BAR_HEIGHT};

/// Whether the panel is on the screen.
#[derive(Resource, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SoundPanel {
    /// It is.
    pub open: bool,
}

/// Shows the panel, mutes, and says when a device has gone.
pub struct SoundPanelPlugin;

impl Plugin for SoundPanelPlugin {
    fn build(&self, app: &mut App) {
        app.init_resource::<SoundPanel>()
            .init_resource::<SoundSettings>()
            .init_resource::<SoundStatus>()
            .add_message::<Action>()
            .add_systems(
                Update,
                steer.in_set(OrrerySystems::Input).after(Asking::File),
            )
            .add_systems(DrawInterface, draw.in_set(InterfacePart::Sound));
    }
}

fn steer(
    mut actions: MessageReader<Action>,
    mut panel: ResMut<SoundPanel>,
    mut settings: ResMut<SoundSettings>,
) {
    for action in actions.read() {
        match action {
            Action::ToggleSound => settings.muted = !settings.muted,
            Action::ToggleSoundPanel => panel.open = !panel.open,
            _ => {}
        }
    }
}

/// For how long a change of the status is said, in seconds.
const SAID_FOR: f64 = 6.0;

fn draw(
    mut interface: Interface,
    mut panel: ResMut<SoundPanel>,
    mut settings: ResMut<SoundSettings>,
    status: Res<SoundStatus>,
    real: Res<Time<Real>>,
    mut before: Local<Option<(Status, f64)>>,
) {
    let Ok(context) = interface.ctx_mut() else {
        return;
    };
    let now = real.elapsed_secs_f64();
    let is = status.get();
    if before.as_ref().is_none_or(|(before, _)| *before != is) {
        *before = Some((is.clone(), now));
    }
    let since = before.as_ref().map_or(now, |(_, since)| *since);
    // a device that plays need not be told of
    let told = matches!(is, Status::Off(_)) && now - since < SAID_FOR;
    if !panel.open && !told {
        return;
    }
    Area::new(Id::new("sound"))
        .anchor(
            Align2::RIGHT_BOTTOM,
            vec2(-12.0, -TRANSPORT_BAR_HEIGHT - 8.0),
        )
        .show(context, |ui| {
            let colour = if panel.open { ACCENT } else { SOFT };
            Frame::window(ui.style())
                .stroke(Stroke::new(1.0, colour))
                .inner_margin(Margin::symmetric(14, 10))
                .show(ui, |ui| {
                    if panel.open {
                        // compared, so that drawing is no change
                        let mut set = *settings;
                        panel.open = !controls(ui, &mut set);
                        settings.set_if_neq(set);
                    }
                    ui.set_max_width(300.0);
                    ui.label(RichText::new(status.words()).color(SOFT));
                });
        });
}

/// Volumes and buttons; whether the panel is to be closed.
fn controls(ui: &mut Ui, settings: &mut SoundSettings) -> bool {
    let mut close = false;
    ui.horizontal(|ui| {
        ui.label(RichText::new("Sound").strong());
        ui.add_space(150.0);
        close = ui.button("Close (Shift S)").clicked();
    });
    ui.checkbox(&mut settings.muted, "mute (S)");
    volume(ui, "all", &mut settings.volume);
    volume(ui, "what happens", &mut settings.events);
    volume(ui, "music", &mut settings.music);
    volume(ui, "keys and buttons", &mut settings.interface);
    ui.horizontal(|ui| {
        ui.label(RichText::new("alone").color(SOFT));
        for (solo, name) in [
            (None, "neither"),
            (Some(Solo::Events), "what happens"),
            (Some(Solo::Music), "music"),
        ] {
            ui.selectable_value(&mut settings.solo, solo, name);
        }
    });
    ui.horizontal(|ui| {
        ui.label(RichText::new("music").color(SOFT));
        for style in Style::ALL {
            ui.selectable_value(&mut settings.style, style, style.name());
        }
    });
    close
}

fn volume(ui: &mut Ui, name: &str, volume: &mut f32) {
    let percent = |value: f64, _| format!("{:.0} %", value * 100.0);
    let slider = Slider::new(volume, 0.0..=1.0)
        .custom_formatter(percent)
        .custom_parser(|text| {
            let number = text.trim().trim_end_matches('%').trim();
            number.parse::<f64>().ok().map(|percent| percent / 100.0)
        });
    ui.horizontal(|ui| {
        ui.add(slider);
        ui.label(RichText::new(name).color(Color32::WHITE));
    });
}
