//! The bar at the bottom of the window: play, steps, time, speed, the prompt, and the whole show to
//! scrub over.

use bevy::prelude::*;

use super::{
    actions::Action,
    clock_text::{minutes, times},
    icon::{Icon, icon_button},
    model_switch::ModelsAtHand,
    prompt_field::{self, NewPrompt, PromptField},
    scrub_bar::{self, Scrubbing},
};
use crate::{
    sets::InterfacePart,
    show::{
        CurrentShow, NextShow, Now, Transport,
        transport::{FASTEST, SLOWEST},
    },
    third_party::egui::{
        DrawInterface, Interface,
        colours::{PANEL, SOFT},
        egui::{Align, Area, Button, Frame, Id, Layout, Margin, RichText, Slider, Ui, pos2, vec2},
    },
};

/// Height of the bar, in logical pixels: the picture keeps what matters out of there.
pub const HEIGHT: f32 = 72.0;
/// Space around what is in it.
const MARGIN: i8 = 7;

/// Draws the bar.
pub struct TransportBarPlugin;

impl Plugin for TransportBarPlugin {
    fn build(&self, app: &mut App) {
        app.init_resource::<PromptField>()
            .init_resource::<ModelsAtHand>()
            .add_message::<NewPrompt>()
            .add_message::<Action>()
            .add_systems(DrawInterface, draw.in_set(InterfacePart::TransportBar));
    }
}

fn draw(
    mut interface: Interface,
    show: Option<Res<CurrentShow>>,
    (now, transport): (Res<Now>, Res<Transport>),
    models: Res<ModelsAtHand>,
    (mut field, mut next): (ResMut<PromptField>, ResMut<NextShow>),
    mut scrubbing: Local<Scrubbing>,
    mut actions: MessageWriter<Action>,
    mut prompts: MessageWriter<NewPrompt>,
) {
    let (Some(show), Ok(context)) = (show, interface.ctx_mut()) else {
        return;
    };
    let picture = context.content_rect();
    let margin = f32::from(MARGIN);
    let inner = vec2(picture.width(), HEIGHT) - vec2(2.0 * margin, 2.0 * margin);
    if inner.x < 60.0 || picture.height() < HEIGHT {
        return;
    }
    Area::new(Id::new("transport bar"))
        .fixed_pos(pos2(picture.left(), picture.bottom() - HEIGHT))
        .constrain(false)
        .show(context, |ui| {
            Frame::NONE
                .fill(PANEL)
                .inner_margin(Margin::same(MARGIN))
                .show(ui, |ui| {
                    ui.set_min_size(inner);
                    ui.set_max_size(inner);
                    ui.horizontal(|ui| {
                        clock(ui, &show, &transport, &mut actions);
                        speed(ui, &transport, &mut actions);
                        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                            if ui.button("?").on_hover_text("Keys and mouse (H)").clicked() {
                                actions.write(Action::ToggleHelp);
                            }
                            open(ui, &mut actions);
                            record(ui, &mut actions);
                            model(ui, &show, &models, &mut actions);
                            if ui.available_width() > 150.0 {
                                prompt_field::draw(ui, &mut field, &show, &mut next, &mut prompts);
                            }
                        });
                    });
                    scrub_bar::draw(ui, (&show, &now, &transport), &mut scrubbing, &mut actions);
                });
        });
}

/// Play, steps and time.
fn clock(
    ui: &mut Ui,
    show: &CurrentShow,
    transport: &Transport,
    actions: &mut MessageWriter<Action>,
) {
    let (play, words) = if transport.is_playing() {
        (Icon::Pause, "Pause (Space)")
    } else {
        (Icon::Play, "Play (Space)")
    };
    let buttons = [
        (play, words, Action::TogglePlaying),
        (Icon::Restart, "Restart (R)", Action::Restart),
        (Icon::Before, "Stage before (←)", Action::PreviousStage),
        (Icon::After, "Stage after (→)", Action::NextStage),
    ];
    for (icon, words, action) in buttons {
        if icon_button(ui, icon, words).clicked() {
            actions.write(action);
        }
    }
    let time = format!(
        "{} / {}",
        minutes(transport.time()),
        minutes(show.duration())
    );
    ui.label(RichText::new(time).monospace());
    ui.add_space(4.0);
}

/// Another model from a file.
fn open(ui: &mut Ui, actions: &mut MessageWriter<Action>) {
    if ui.available_width() < 230.0 {
        return;
    }
    let words = "Open a model from a file (Ctrl O)";
    if ui.button("Open…").on_hover_text(words).clicked() {
        actions.write(Action::ChooseFile);
    }
}

/// A film of the show.
fn record(ui: &mut Ui, actions: &mut MessageWriter<Action>) {
    if ui.available_width() < 330.0 {
        return;
    }
    if ui
        .button("Record…")
        .on_hover_text("Record a film (Ctrl R)")
        .clicked()
    {
        actions.write(Action::RecordFilm);
    }
}

/// Which model it is; a click shows the next.
fn model(
    ui: &mut Ui,
    show: &CurrentShow,
    models: &ModelsAtHand,
    actions: &mut MessageWriter<Action>,
) {
    let Some(next) = models.after(&show.settings.model) else {
        return;
    };
    if ui.available_width() < 600.0 {
        return;
    }
    let words = format!("Show {} (N)", next.name);
    if ui
        .button(show.settings.model.short_name())
        .on_hover_text(words)
        .clicked()
    {
        actions.write(Action::NextModel);
    }
}

fn speed(ui: &mut Ui, transport: &Transport, actions: &mut MessageWriter<Action>) {
    if ui.available_width() < 400.0 {
        return;
    }
    let mut speed = transport.speed();
    ui.spacing_mut().slider_width = 90.0;
    let slider = Slider::new(&mut speed, SLOWEST..=FASTEST)
        .logarithmic(true)
        .show_value(false);
    if ui.add(slider).on_hover_text("Speed (+ −)").changed() {
        actions.write(Action::SetSpeed(speed));
    }
    let words = RichText::new(times(transport.speed())).color(SOFT);
    let once = Button::new(words).frame(false).min_size(vec2(46.0, 0.0));
    if ui.add(once).on_hover_text("Back to 1×").clicked() {
        actions.write(Action::SetSpeed(1.0));
    }
}
