//! The few signs on the buttons, drawn from lines, so that they are sharp and alike.

use std::f32::consts::TAU;

use crate::third_party::egui::egui::{
    Color32, CornerRadius, Painter, Pos2, Rect, Response, Sense, Shape, Stroke, Ui, WidgetInfo,
    WidgetType, pos2, vec2,
};

/// A sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Icon {
    /// A triangle.
    Play,
    /// Two bars.
    Pause,
    /// A round arrow.
    Restart,
    /// A triangle to the left, at a bar.
    Before,
    /// A triangle to the right, at a bar.
    After,
}

/// A button with a sign; the words explain it.
pub(super) fn icon_button(ui: &mut Ui, icon: Icon, words: &str) -> Response {
    let (rect, response) = ui.allocate_exact_size(vec2(30.0, 26.0), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(WidgetType::Button, true, words));
    let look = ui.style().interact(&response);
    let painter = ui.painter();
    painter.rect_filled(rect, look.corner_radius, look.bg_fill);
    draw(painter, icon, rect.center(), look.text_color());
    response.on_hover_text(words)
}

fn draw(painter: &Painter, icon: Icon, centre: Pos2, colour: Color32) {
    let at = |x: f32, y: f32| pos2(centre.x + x, centre.y + y);
    let triangle = |from: f32, tip: f32| {
        Shape::convex_polygon(
            vec![at(from, -6.5), at(tip, 0.0), at(from, 6.5)],
            colour,
            Stroke::NONE,
        )
    };
    let bar = |left: f32, right: f32| {
        let rect = Rect::from_min_max(at(left, -6.5), at(right, 6.5));
        Shape::rect_filled(rect, CornerRadius::ZERO, colour)
    };
    match icon {
        Icon::Play => {
            painter.add(triangle(-4.0, 7.0));
        }
        Icon::Pause => {
            painter.add(bar(-5.0, -1.5));
            painter.add(bar(1.5, 5.0));
        }
        Icon::Before => {
            painter.add(triangle(5.0, -4.0));
            painter.add(bar(-6.5, -4.0));
        }
        Icon::After => {
            painter.add(triangle(-5.0, 4.0));
            painter.add(bar(4.0, 6.5));
        }
        Icon::Restart => {
            let around = |turn: f32| {
                let (sin, cos) = (turn * TAU).sin_cos();
                at(6.0 * cos, 6.0 * sin)
            };
            // from the upper left, against the clock, to the upper right
            let arc = (0..=24)
                .map(|i| around(-0.375 - 0.03125 * i as f32))
                .collect();
            painter.add(Shape::line(arc, Stroke::new(2.0, colour)));
            let tip = around(-0.375);
            let arrow = vec![
                pos2(tip.x + 4.5, tip.y - 2.5),
                pos2(tip.x + 2.0, tip.y + 4.5),
                pos2(tip.x - 3.5, tip.y - 2.0),
            ];
            painter.add(Shape::convex_polygon(arrow, colour, Stroke::NONE));
        }
    }
}
