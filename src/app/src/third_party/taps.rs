//! A tap is a click. Touch screens, pens, remote desktops and quick hands press and release within one
//! frame, and are elsewhere by its end. egui's widgets look at the pointer once a frame: what is down at
//! no time between two frames was never down for them. And bevy_egui hands over all movements of a frame
//! before all buttons, so that a press seems to happen where the pointer went afterwards. Here the order is
//! put right, and the release is handed over one frame after the press.

use bevy::{
    prelude::*,
    window::{RequestRedraw, WindowEvent},
};
use bevy_egui::{
    EguiInput, EguiPreUpdateSet, PrimaryEguiContext,
    egui::{Event, PointerButton, Pos2},
};

pub(super) fn plugin(app: &mut App) {
    app.add_systems(
        PreUpdate,
        spread_taps
            .after(EguiPreUpdateSet::ProcessInput)
            .before(EguiPreUpdateSet::BeginPass),
    );
}

/// What is remembered from frame to frame.
#[derive(Default)]
struct Pointer {
    /// Where it was at the end of the frame before.
    place: Option<Pos2>,
    /// What is handed over in the next frame.
    later: Vec<Event>,
}

fn spread_taps(
    mut happened: MessageReader<WindowEvent>,
    input: Option<Single<&mut EguiInput, With<PrimaryEguiContext>>>,
    mut pointer: Local<Pointer>,
    mut redraw: MessageWriter<RequestRedraw>,
) {
    let Some(mut input) = input else {
        happened.clear();
        return;
    };
    let Pointer { place, later } = &mut *pointer;
    put_in_order(happened.read(), &mut input.events, place);
    spread(&mut input.events, later);
    if !later.is_empty() {
        // a paused window would rest before that
        redraw.write(RequestRedraw);
    }
}

/// Gives what the mouse did the order in which it happened: a button goes down or up where the pointer is
/// at that moment. `place` is where the pointer was before, and becomes where it is now.
fn put_in_order<'a>(
    happened: impl Iterator<Item = &'a WindowEvent>,
    events: &mut [Event],
    place: &mut Option<Pos2>,
) {
    let given = |is: fn(&Event) -> bool| events.iter().filter(move |event| is(event)).cloned();
    let moves: Vec<Event> = given(|event| matches!(event, Event::PointerMoved(_))).collect();
    let buttons: Vec<Event> = given(|event| matches!(event, Event::PointerButton { .. })).collect();
    let (mut moves, mut buttons) = (moves.into_iter(), buttons.into_iter());
    let mut ordered = Vec::new();
    let mut at = *place;
    for event in happened {
        match event {
            WindowEvent::CursorMoved(_) => {
                let Some(event) = moves.next() else { return };
                if let Event::PointerMoved(to) = event {
                    at = Some(to);
                }
                ordered.push(event);
            }
            WindowEvent::MouseButtonInput(_) => {
                let Some(mut event) = buttons.next() else {
                    return;
                };
                if let (Event::PointerButton { pos, .. }, Some(at)) = (&mut event, at) {
                    *pos = at;
                }
                ordered.push(event);
            }
            _ => {}
        }
    }
    *place = at;
    // what comes from elsewhere too, from a finger, has its order already
    if moves.next().is_some() || buttons.next().is_some() {
        return;
    }
    let mut ordered = ordered.into_iter();
    for event in events {
        if matches!(event, Event::PointerMoved(_) | Event::PointerButton { .. })
            && let Some(next) = ordered.next()
        {
            *event = next;
        }
    }
}

/// Keeps the release of a button that is pressed in the same frame for the next one, and all that happens
/// after it.
fn spread(events: &mut Vec<Event>, later: &mut Vec<Event>) {
    events.splice(0..0, later.drain(..));
    let mut down: Vec<PointerButton> = Vec::new();
    let release = events.iter().position(|event| match event {
        Event::PointerButton {
            button, pressed, ..
        } if *pressed => {
            down.push(*button);
            false
        }
        Event::PointerButton { button, .. } => down.contains(button),
        _ => false,
    });
    if let Some(release) = release {
        *later = events.split_off(release);
    }
}

#[cfg(test)]
mod tests {
    use bevy::{
        input::{ButtonState, mouse::MouseButtonInput},
        window::CursorMoved,
    };
    use bevy_egui::egui::{Modifiers, pos2};

    use super::*;

    fn moved(x: f32) -> Event {
        Event::PointerMoved(pos2(x, 0.0))
    }

    fn button(x: f32, pressed: bool) -> Event {
        Event::PointerButton {
            pos: pos2(x, 0.0),
            button: PointerButton::Primary,
            pressed,
            modifiers: Modifiers::NONE,
        }
    }

    fn window_moved(x: f32) -> WindowEvent {
        WindowEvent::CursorMoved(CursorMoved {
            window: Entity::PLACEHOLDER,
            position: Vec2::new(x, 0.0),
            delta: None,
        })
    }

    fn window_button(state: ButtonState) -> WindowEvent {
        WindowEvent::MouseButtonInput(MouseButtonInput {
            button: MouseButton::Left,
            state,
            window: Entity::PLACEHOLDER,
        })
    }

    #[test]
    fn a_button_goes_down_and_up_where_the_pointer_was_then() {
        use ButtonState::{Pressed, Released};
        // there, pressed, dragged, released, and away: all moves come first, all buttons at the last place
        let mut events = vec![
            moved(1.0),
            moved(2.0),
            Event::Copy,
            moved(9.0),
            button(9.0, true),
            button(9.0, false),
        ];
        let happened = [
            window_moved(1.0),
            window_button(Pressed),
            window_moved(2.0),
            window_button(Released),
            window_moved(9.0),
        ];
        let mut place = None;
        put_in_order(happened.iter(), &mut events, &mut place);
        let wanted = [
            moved(1.0),
            button(1.0, true),
            Event::Copy,
            moved(2.0),
            button(2.0, false),
            moved(9.0),
        ];
        assert_eq!(events, wanted);

        // in the next frame it is pressed where it was, and goes on
        let mut events = vec![moved(20.0), button(20.0, true)];
        let happened = [window_button(Pressed), window_moved(20.0)];
        put_in_order(happened.iter(), &mut events, &mut place);
        assert_eq!(events, [button(9.0, true), moved(20.0)]);
        assert_eq!(place, Some(pos2(20.0, 0.0)));
    }

    #[test]
    fn what_a_finger_does_keeps_its_order() {
        let finger = vec![
            moved(3.0),
            button(3.0, true),
            button(3.0, false),
            Event::PointerGone,
        ];
        let mut events = finger.clone();
        put_in_order([].iter(), &mut events, &mut Some(pos2(7.0, 0.0)));
        assert_eq!(events, finger);
    }

    #[test]
    fn no_frame_sees_a_button_go_down_and_up() {
        let mut later = Vec::new();
        let mut frame = |mut events: Vec<Event>| {
            spread(&mut events, &mut later);
            events
        };
        // twice within a frame, and then the pointer is elsewhere
        let taps = vec![
            moved(1.0),
            button(1.0, true),
            button(1.0, false),
            button(1.0, true),
            button(1.0, false),
            moved(9.0),
        ];
        assert_eq!(frame(taps), [moved(1.0), button(1.0, true)]);
        assert_eq!(frame(Vec::new()), [button(1.0, false), button(1.0, true)]);
        assert_eq!(
            frame(vec![moved(10.0)]),
            [button(1.0, false), moved(9.0), moved(10.0)]
        );
        assert_eq!(frame(vec![button(10.0, true)]), [button(10.0, true)]);
        assert_eq!(frame(vec![button(11.0, false)]), [button(11.0, false)]);
    }
}
