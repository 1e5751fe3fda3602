//! What is said, lower left, about what goes on beside the show: what a held file would do, that a file is
//! being opened, how far the next show is, how a file was read, or why it is not shown.

use bevy::prelude::*;

use super::{open_model::ModelOpening, transport_bar::HEIGHT};
use crate::{
    sets::InterfacePart,
    show::NextShow,
    third_party::egui::{
        DrawInterface, Interface,
        colours::{ACCENT, ERROR, POPUP},
        egui::{Align2, Area, Color32, Frame, Id, Margin, ProgressBar, RichText, Stroke, Ui, vec2},
    },
};

/// Says it.
pub struct NoticePlugin;

impl Plugin for NoticePlugin {
    fn build(&self, app: &mut App) {
        app.init_resource::<ModelOpening>()
            .add_systems(DrawInterface, draw.in_set(InterfacePart::Notice));
    }
}

/// One thing that is said.
struct Notice {
    words: String,
    colour: Color32,
    /// What a button takes it away with.
    button: Option<&'static str>,
    /// How far it is, 0…1.
    done: Option<f32>,
}

fn notices(opening: &ModelOpening, next: &NextShow) -> Vec<Notice> {
    const CANCEL: &str = "Cancel (Esc)";
    let notice = |words: String, button, done| Notice {
        words,
        colour: ACCENT,
        button,
        done,
    };
    if opening.hovers() {
        return vec![notice("Drop it to open this model".into(), None, None)];
    }
    let file = opening
        .name()
        .map(|name| notice(format!("Opening {name}…"), Some(CANCEL), None));
    let show = next
        .words()
        .map(|(words, done)| notice(words, Some(CANCEL), Some(done)));
    const CLOSE: &str = "Close (Esc)";
    let told =
        (!opening.told().is_empty()).then(|| notice(opening.told().join("\n"), Some(CLOSE), None));
    let problem = opening.problem().map(|problem| Notice {
        colour: ERROR,
        ..notice(problem.to_owned(), Some(CLOSE), None)
    });
    [file, show, told, problem].into_iter().flatten().collect()
}

fn draw(mut interface: Interface, mut opening: ResMut<ModelOpening>, mut next: ResMut<NextShow>) {
    let notices = notices(&opening, &next);
    let (false, Ok(context)) = (notices.is_empty(), interface.ctx_mut()) else {
        return;
    };
    let mut dismissed = false;
    Area::new(Id::new("notices"))
        // the words of the show are above, its legend is at the right
        .anchor(Align2::LEFT_BOTTOM, vec2(12.0, -HEIGHT - 8.0))
        .show(context, |ui| {
            for notice in &notices {
                dismissed |= say(ui, notice);
            }
        });
    if dismissed {
        opening.dismiss();
        next.dismiss();
    }
}

/// Says one thing; whether it is to be taken away.
fn say(ui: &mut Ui, notice: &Notice) -> bool {
    Frame::NONE
        .fill(POPUP)
        .stroke(Stroke::new(1.0, notice.colour))
        .corner_radius(6)
        .inner_margin(Margin::symmetric(14, 10))
        .show(ui, |ui| {
            ui.set_max_width(560.0);
            ui.label(RichText::new(&notice.words).color(notice.colour));
            if let Some(done) = notice.done {
                ui.add(ProgressBar::new(done).desired_height(6.0));
            }
            notice
                .button
                .is_some_and(|button| ui.button(button).clicked())
        })
        .inner
}
