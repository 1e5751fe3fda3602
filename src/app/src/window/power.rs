//! How often the window draws: all the time while something moves, and when nothing does only when
//! something happens to it. Nothing in the picture counts frames, so a rest loses nothing.

use std::time::Duration;

use bevy::{
    input::{
        keyboard::KeyboardInput,
        mouse::{MouseButtonInput, MouseWheel},
        touch::TouchInput,
    },
    prelude::*,
    window::{
        CursorMoved, FileDragAndDrop, WindowFocused, WindowOccluded, WindowResized,
        WindowScaleFactorChanged,
    },
    winit::{UpdateMode, WinitSettings},
};

use super::open_model::ModelOpening;
use crate::{
    camera::ProjectionInUse,
    looks::Swap,
    render::camera::MainCamera,
    show::{CurrentShow, NextShow, Now, Transport, current::PaletteInUse},
};

/// After the last thing that happened it goes on drawing for so long: glyphs are still on their way
/// to the graphics card, a tooltip waits for the pointer to be still. In real seconds.
const LINGER: f64 = 0.6;
/// And after the start for so long, in real seconds.
const START: f64 = 3.0;
/// The longest rest between two frames.
const REST: Duration = Duration::from_secs(2);

/// Lets the window rest.
pub struct PowerPlugin;

impl Plugin for PowerPlugin {
    fn build(&self, app: &mut App) {
        app.insert_resource(WinitSettings::continuous())
            .add_systems(Last, choose);
    }
}

/// What happened to the window since the last frame.
#[derive(bevy::ecs::system::SystemParam)]
struct Happenings<'w, 's> {
    keys: MessageReader<'w, 's, KeyboardInput>,
    buttons: MessageReader<'w, 's, MouseButtonInput>,
    wheel: MessageReader<'w, 's, MouseWheel>,
    pointer: MessageReader<'w, 's, CursorMoved>,
    touches: MessageReader<'w, 's, TouchInput>,
    files: MessageReader<'w, 's, FileDragAndDrop>,
    resized: MessageReader<'w, 's, WindowResized>,
    scaled: MessageReader<'w, 's, WindowScaleFactorChanged>,
    focused: MessageReader<'w, 's, WindowFocused>,
    occluded: MessageReader<'w, 's, WindowOccluded>,
}

impl Happenings<'_, '_> {
    fn any(&mut self) -> bool {
        let count = self.keys.read().count()
            + self.buttons.read().count()
            + self.wheel.read().count()
            + self.pointer.read().count()
            + self.touches.read().count()
            + self.files.read().count()
            + self.resized.read().count()
            + self.scaled.read().count()
            + self.focused.read().count()
            + self.occluded.read().count();
        count > 0
    }
}

fn choose(
    time: Res<Time<Real>>,
    mut happenings: Happenings,
    transport: Res<Transport>,
    show: Option<Res<CurrentShow>>,
    now: Res<Now>,
    palette: Res<PaletteInUse>,
    projection: Res<ProjectionInUse>,
    (opening, next, swap): (Option<Res<ModelOpening>>, Res<NextShow>, Option<Res<Swap>>),
    camera: Query<(), (With<MainCamera>, Changed<Transform>)>,
    mut settings: ResMut<WinitSettings>,
    mut awake_until: Local<Option<f64>>,
) {
    let clock = time.elapsed_secs_f64();
    let until = awake_until.get_or_insert(clock + START);
    let changed = transport.is_changed()
        || show.is_some_and(|show| show.is_changed())
        || now.is_changed()
        || palette.is_changed()
        || projection.is_changed()
        || opening.is_some_and(|opening| opening.is_changed())
        || next.is_changed()
        || swap.is_some_and(|swap| swap.is_under_way())
        || !camera.is_empty();
    if happenings.any() || changed || transport.is_playing() {
        *until = until.max(clock + LINGER);
    }
    let mode = if clock < *until {
        UpdateMode::Continuous
    } else {
        UpdateMode::reactive_low_power(REST)
    };
    if settings.focused_mode != mode || settings.unfocused_mode != mode {
        settings.focused_mode = mode;
        settings.unfocused_mode = mode;
    }
}
