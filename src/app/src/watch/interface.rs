//! The words and the curve over the wall.

use bevy::prelude::*;
use indicatif::{HumanCount, HumanDuration};
use std::time::Duration;

use super::{
    feed::Snapshot,
    picture::{WITHIN_SCALE, Watched},
};
use crate::{
    render::camera::MainCamera,
    third_party::egui::{
        DrawInterface, Interface,
        colours::{ACCENT, LINE, PANEL, SOFT, TEXT},
        egui::{
            self, Align2, Area, Color32, FontId, Frame, Id, Margin, Pos2, Rect, RichText, Sense,
            Stroke, Ui, pos2, vec2,
        },
    },
};
use orrery_training::loss_curve::{Curve, ticks};

/// Colour of the training loss.
const TRAINING: Color32 = Color32::from_rgb(96, 168, 232);
/// Height of the curve, in logical pixels.
const CURVE_HEIGHT: f32 = 170.0;
/// Tensors narrower than this on the screen stay without a name, in logical pixels.
const NARROWEST: f32 = 34.0;
/// Characters of a sample that fit on its line.
const SAMPLE_CHARACTERS: usize = 110;

/// Draws them.
pub(super) struct WatchInterfacePlugin;

impl Plugin for WatchInterfacePlugin {
    fn build(&self, app: &mut App) {
        app.add_systems(DrawInterface, (name_tensors, draw).chain());
    }
}

/// The names over the tensors, and the blocks' numbers.
fn name_tensors(
    mut interface: Interface,
    watched: Res<Watched>,
    camera: Option<Single<(&Camera, &GlobalTransform), With<MainCamera>>>,
) {
    let (Some(camera), Ok(context)) = (camera, interface.ctx_mut()) else {
        return;
    };
    let (camera, stand) = camera.into_inner();
    let wall = &watched.wall;
    let place = |column: usize, row: usize| {
        let corner = Vec3::new(
            column as f32 - wall.width as f32 * 0.5,
            wall.height as f32 * 0.5 - row as f32,
            0.0,
        );
        let seen = camera.world_to_viewport(stand, corner).ok()?;
        Some(pos2(seen.x, seen.y))
    };
    let painter = context.layer_painter(egui::LayerId::background());
    let write = |at: Pos2, words: &str, size: f32, colour: Color32| {
        painter.text(
            at,
            Align2::LEFT_BOTTOM,
            words,
            FontId::proportional(size),
            colour,
        );
    };
    for tensor in &wall.tensors {
        let (left, right) = (
            place(tensor.left, tensor.top),
            place(tensor.left + tensor.width, tensor.top),
        );
        if let (Some(left), Some(right)) = (left, right)
            && left.distance(right) >= NARROWEST
        {
            write(left - vec2(0.0, 1.0), &tensor.name(), 11.0, SOFT);
        }
    }
    for (block, &(column, row)) in wall.blocks.iter().enumerate() {
        if let Some(at) = place(column, row) {
            write(
                at + vec2(0.0, 6.0),
                &format!("Block {}", block + 1),
                14.0,
                TEXT,
            );
        }
    }
}

fn draw(mut interface: Interface, watched: Res<Watched>) {
    let Ok(context) = interface.ctx_mut() else {
        return;
    };
    let picture = context.content_rect();
    let panel = Frame::NONE
        .fill(PANEL)
        .inner_margin(Margin::symmetric(14, 10));
    Area::new(Id::new("sample"))
        .fixed_pos(picture.left_top())
        .show(context, |ui| {
            panel.show(ui, |ui| {
                ui.set_width(picture.width() - 28.0);
                let sample: String = watched
                    .feed
                    .sample()
                    .chars()
                    .take(SAMPLE_CHARACTERS)
                    .collect();
                let (words, colour) = if sample.is_empty() {
                    (
                        "what it writes is shown after the first epoch".to_owned(),
                        SOFT,
                    )
                } else {
                    (sample, TEXT)
                };
                ui.horizontal(|ui| {
                    ui.label(RichText::new("It writes").color(SOFT));
                    ui.label(RichText::new(words).monospace().color(colour));
                });
            });
        });
    let Some(snapshot) = &watched.snapshot else {
        return;
    };
    Area::new(Id::new("training"))
        .fixed_pos(pos2(picture.left(), picture.bottom() - CURVE_HEIGHT - 20.0))
        .constrain(false)
        .show(context, |ui| {
            panel.show(ui, |ui| {
                ui.set_width(picture.width() - 28.0);
                ui.set_height(CURVE_HEIGHT);
                ui.horizontal(|ui| {
                    ui.vertical(|ui| {
                        ui.set_width(300.0);
                        figures(ui, &watched, snapshot);
                    });
                    curve(ui, snapshot);
                });
            });
        });
}

fn figures(ui: &mut Ui, watched: &Watched, snapshot: &Snapshot) {
    let progress = &snapshot.progress;
    let per_epoch = progress.steps_per_epoch.max(1) as f64;
    let state = if watched.feed.is_finished() {
        "done; the window can be closed".to_owned()
    } else {
        let left = Duration::from_secs_f64(progress.seconds_left.clamp(0.0, 1e8));
        format!("{} left", HumanDuration(left))
    };
    let last = snapshot.history.validation_points().last();
    let held_out = last.map_or_else(
        || "held out: after the first epoch".to_owned(),
        |point| {
            let share = point.accuracy * 100.0;
            format!("held out {:.4} nats, {share:.1} % right", point.loss)
        },
    );
    ui.label(RichText::new(state).color(ACCENT));
    ui.label(format!(
        "epoch {:.2} of {:.0}",
        progress.step as f64 / per_epoch,
        progress.total_steps as f64 / per_epoch
    ));
    ui.label(format!(
        "step {} of {}: loss {:.4} nats",
        HumanCount(progress.step),
        HumanCount(progress.total_steps),
        progress.loss
    ));
    ui.label(held_out);
    ui.label(format!(
        "{} tokens/s",
        HumanCount(progress.tokens_per_second as u64)
    ));
    let legend = format!(
        "Colours end at ±{:.2}: {WITHIN_SCALE} of 100 weights are smaller. A light frame marks what \
         changed most ({:.4}).",
        watched.range, watched.largest_change
    );
    ui.label(RichText::new(legend).small().color(SOFT));
}

fn curve(ui: &mut Ui, snapshot: &Snapshot) {
    let size = vec2(ui.available_width(), CURVE_HEIGHT);
    let (space, _) = ui.allocate_exact_size(size, Sense::hover());
    let plot = Rect::from_min_max(space.min + vec2(46.0, 4.0), space.max - vec2(8.0, 22.0));
    if plot.width() < 60.0 {
        return;
    }
    let progress = &snapshot.progress;
    let curve = Curve::new(&snapshot.history, progress.total_steps);
    let painter = ui.painter();
    let x = |step: f64| plot.left() + plot.width() * curve.across(step) as f32;
    let y = |loss: f64| plot.top() + plot.height() * curve.down(loss) as f32;
    let font = FontId::proportional(12.0);
    for loss in ticks(curve.lowest(), curve.highest(), 8) {
        painter.hline(plot.x_range(), y(loss), Stroke::new(1.0, LINE));
        let at = pos2(plot.left() - 6.0, y(loss));
        painter.text(
            at,
            Align2::RIGHT_CENTER,
            format!("{loss:.2}"),
            font.clone(),
            SOFT,
        );
    }
    let per_epoch = progress.steps_per_epoch.max(1) as f64;
    for epoch in ticks(0.0, progress.total_steps as f64 / per_epoch, 8) {
        let at = pos2(x(epoch * per_epoch), plot.bottom() + 4.0);
        let decimals = usize::from(epoch.fract() > 1e-9);
        painter.text(
            at,
            Align2::CENTER_TOP,
            format!("{epoch:.decimals$}"),
            font.clone(),
            SOFT,
        );
    }
    let inside = painter.with_clip_rect(plot);
    let history = &snapshot.history;
    let training = history.training_points().iter().map(|p| (p.step, p.loss));
    let validation = history.validation_points().iter().map(|p| (p.step, p.loss));
    let to_points = |points: &mut dyn Iterator<Item = (u64, f64)>| -> Vec<Pos2> {
        points
            .map(|(step, loss)| pos2(x(step as f64), y(loss)))
            .collect()
    };
    let lines = [
        (to_points(&mut { training }), TRAINING, "training"),
        (to_points(&mut { validation }), ACCENT, "held out"),
    ];
    for (row, (points, colour, name)) in lines.into_iter().enumerate() {
        if let [only] = points[..] {
            inside.circle_filled(only, 2.5, colour);
        }
        inside.line(points, Stroke::new(1.6, colour));
        let at = plot.right_top() + vec2(-4.0, 2.0 + 16.0 * row as f32);
        painter.text(
            at,
            Align2::RIGHT_TOP,
            format!("{name}, nats a token"),
            font.clone(),
            colour,
        );
    }
}
