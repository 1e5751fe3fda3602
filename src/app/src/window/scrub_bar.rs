//! The whole show as a strip: its stages, its tokens, the present moment, and a way to go anywhere.

use bevy::prelude::MessageWriter;
use orrery_pipeline::{Segment, visible_token};

use super::{actions::Action, clock_text::minutes};
use crate::{
    show::{CurrentShow, Now, Transport},
    third_party::egui::{
        colours::{ACCENT, BUTTON_HOVERED, FIELD, LINE, SOFT, TEXT},
        egui::{
            Align2, Area, Color32, CornerRadius, FontId, Frame, Label, Order, Painter, Pos2,
            Rangef, Rect, Sense, Stroke, Ui, pos2, vec2,
        },
    },
};

const HEIGHT: f32 = 28.0;
const LETTERS: f32 = 14.0;
/// From the strip to the words about it: over the buttons.
const ABOVE: f32 = 44.0;

/// Whether the show played when the pointer took hold of the strip.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Scrubbing(Option<bool>);

/// Draws the strip over the whole width and lets the pointer scrub.
pub(super) fn draw(
    ui: &mut Ui,
    (show, now, transport): (&CurrentShow, &Now, &Transport),
    scrubbing: &mut Scrubbing,
    actions: &mut MessageWriter<Action>,
) {
    let size = vec2(ui.available_width(), HEIGHT);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click_and_drag());
    let strip = Strip::new(rect, show.duration());
    paint(ui.painter(), &strip, show, now);

    let held = response.is_pointer_button_down_on();
    if held {
        if scrubbing.0.is_none() {
            scrubbing.0 = Some(transport.is_playing());
            actions.write(Action::SetPlaying(false));
        }
        if let Some(pointer) = response.interact_pointer_pos() {
            actions.write(Action::Seek(strip.time(pointer.x)));
        }
    } else if let Some(played) = scrubbing.0.take() {
        actions.write(Action::SetPlaying(played));
    }

    let pointer = response.hover_pos().or(response.interact_pointer_pos());
    if let Some(pointer) = pointer.filter(|_| response.hovered() || held) {
        let time = strip.time(pointer.x);
        let line = Stroke::new(1.0, TEXT.gamma_multiply(0.6));
        ui.painter().vline(pointer.x, rect.y_range(), line);
        say(
            ui,
            pos2(pointer.x, rect.top() - ABOVE),
            describe(show, time),
        );
    }
}

/// Words above the bar, where they hide nothing of it.
fn say(ui: &Ui, place: Pos2, words: String) {
    Area::new(ui.id().with("scrub words"))
        .order(Order::Tooltip)
        .pivot(Align2::CENTER_BOTTOM)
        .fixed_pos(place)
        .interactable(false)
        .show(ui.ctx(), |ui| {
            Frame::popup(ui.style()).show(ui, |ui| {
                ui.add(Label::new(words).extend());
            });
        });
}

/// Times along a strip.
#[derive(Clone, Copy, Debug)]
struct Strip {
    rect: Rect,
    /// In seconds, above 0.
    duration: f64,
}

impl Strip {
    fn new(rect: Rect, duration: f64) -> Self {
        Self {
            rect,
            duration: duration.max(1e-3),
        }
    }

    fn x(&self, time: f64) -> f32 {
        self.rect.left() + (time / self.duration) as f32 * self.rect.width()
    }

    fn time(&self, x: f32) -> f64 {
        let share = (x - self.rect.left()) / self.rect.width().max(1.0);
        f64::from(share.clamp(0.0, 1.0)) * self.duration
    }

    fn part(&self, from: f64, to: f64) -> Rect {
        let (left, right) = (self.x(from), self.x(to));
        Rect::from_min_max(pos2(left, self.rect.top()), pos2(right, self.rect.bottom()))
    }
}

fn paint(painter: &Painter, strip: &Strip, show: &CurrentShow, now: &Now) {
    let timeline = show.show.timeline();
    let rect = strip.rect;
    painter.rect_filled(rect, CornerRadius::same(4), FIELD);
    for (index, segment) in timeline.segments().iter().enumerate() {
        let part = strip.part(segment.start, segment.end());
        if index == now.index {
            painter.rect_filled(part, CornerRadius::ZERO, BUTTON_HOVERED);
        }
        if segment.stage > 0 {
            painter.vline(part.left(), rect.y_range(), Stroke::new(1.0, LINE));
        }
    }
    let past = strip.part(0.0, now.time);
    painter.rect_filled(past, CornerRadius::same(4), ACCENT.gamma_multiply(0.13));

    let mut taken: Vec<Rangef> = Vec::new();
    for (start, end, token) in passes(show) {
        let part = strip.part(start, end);
        if start > 0.0 {
            let line = Stroke::new(2.0, ACCENT.gamma_multiply(0.8));
            painter.vline(part.left(), rect.y_range(), line);
        }
        label(
            painter,
            part,
            false,
            &format!("+{token}"),
            ACCENT,
            &mut taken,
        );
    }
    for (index, segment) in timeline.segments().iter().enumerate() {
        let part = strip.part(segment.start, segment.end());
        let colour = if index == now.index { TEXT } else { SOFT };
        label(
            painter,
            part,
            true,
            segment.kind.description().mark,
            colour,
            &mut taken,
        );
    }

    let x = strip.x(now.time);
    painter.vline(x, rect.y_range(), Stroke::new(2.0, ACCENT));
    painter.circle_filled(pos2(x, rect.top()), 4.0, ACCENT);
}

/// A word within a part of the strip, if there is room for it and no other word is there.
fn label(
    painter: &Painter,
    part: Rect,
    centred: bool,
    words: &str,
    colour: Color32,
    taken: &mut Vec<Rangef>,
) {
    const ROOM: f32 = 2.0;
    // so narrow that not even a letter fits: not worth asking the font
    if part.width() < 2.0 * ROOM + 4.0 {
        return;
    }
    let galley = painter.layout_no_wrap(words.to_owned(), FontId::proportional(LETTERS), colour);
    let width = galley.size().x;
    if width + 2.0 * ROOM > part.width() {
        return;
    }
    let align = if centred {
        Align2::CENTER_CENTER
    } else {
        Align2::LEFT_CENTER
    };
    let place = align.align_size_within_rect(galley.size(), part.shrink2(vec2(ROOM, 0.0)));
    let room = place.x_range().expand(ROOM);
    if taken.iter().any(|other| other.intersects(room)) {
        return;
    }
    taken.push(room);
    painter.galley(place.min, galley, colour);
}

/// Begin and end of each pass, in seconds of the show, and its token.
fn passes(show: &CurrentShow) -> impl Iterator<Item = (f64, f64, String)> {
    let segments = show.show.timeline().segments();
    let of_pass = move |pass: usize| segments.iter().filter(move |segment| segment.pass == pass);
    show.show
        .passes()
        .iter()
        .enumerate()
        .filter_map(move |(pass, drawn)| {
            let start = of_pass(pass).next()?.start;
            let end = of_pass(pass).next_back()?.end();
            Some((start, end, visible_token(drawn.drawn())))
        })
}

/// What is shown at a time.
fn describe(show: &CurrentShow, time: f64) -> String {
    let timeline = show.show.timeline();
    let Some(segment) = timeline
        .at(time)
        .and_then(|(index, _)| timeline.segments().get(index))
    else {
        return minutes(time);
    };
    let Segment {
        kind, block, pass, ..
    } = segment;
    let config = show.settings.model.gpt.config();
    let mut words = vec![(kind.description().title)(config).to_owned()];
    if let Some(block) = block {
        let blocks = config.n_blocks;
        words.push(format!("block {} of {blocks}", block + 1));
    }
    if let Some(drawn) = show.show.passes().get(*pass) {
        words.push(format!(
            "token {} of {}: {}",
            pass + 1,
            show.show.passes().len(),
            visible_token(drawn.drawn())
        ));
    }
    words.push(minutes(time));
    words.join(" · ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::small_show;

    #[test]
    fn times_and_places_on_the_strip_belong_together() {
        let rect = Rect::from_min_size(pos2(20.0, 5.0), vec2(500.0, HEIGHT));
        let strip = Strip::new(rect, 80.0);
        for time in [0.0, 13.25, 80.0] {
            assert!((strip.time(strip.x(time)) - time).abs() < 1e-3);
        }
        assert_eq!(strip.time(-100.0), 0.0);
        assert_eq!(strip.time(9_999.0), 80.0);
        assert!(Strip::new(rect, 0.0).x(0.0).is_finite());
    }

    #[test]
    fn passes_cover_the_show_and_every_time_has_words() {
        let show = small_show();
        let passes: Vec<_> = passes(&show).collect();
        assert_eq!(passes.len(), 2);
        assert_eq!(passes[0].0, 0.0);
        assert_eq!(passes[0].1, passes[1].0);
        assert_eq!(passes[1].1, show.duration());
        let words = describe(&show, passes[1].0 + 0.1);
        assert!(
            words.starts_with("The text as tokens · token 2 of 2: "),
            "{words}"
        );
    }
}
