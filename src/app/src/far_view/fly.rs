//! Who asks for the far view, and where the flight to it stands.

use bevy::{camera::visibility::RenderLayers, prelude::*};
use orrery_pipeline::{
    Bounds,
    easing::cubic_in_out,
    machine::{Flight, stage_place},
};
use orrery_plugin_api::StagePlace;

use super::panels::{MACHINE_LAYER, MachineOn, STAGE_LAYER};
use crate::{
    camera::{CameraControl, VERTICAL_FIELD_OF_VIEW, control::FLIGHT_SECONDS, guided},
    render::{camera::MainCamera, ground::Floor},
    show::{CurrentShow, Now},
};

/// How long the flight takes that a user asks for, in real seconds.
const SECONDS: f32 = 1.5;
/// The flight begins after a rest of the window, or on a slow machine: it is shown all the same.
const LONGEST_FRAME: f32 = 0.1;

/// Whether the whole model is looked at. The show asks for it at its beginning and its end, a user at any
/// time. While the camera is the user's, the view stays as it is.
#[derive(Resource, Clone, Copy, Debug, Default, PartialEq)]
pub struct FarView {
    /// Whether the user asks for it.
    wanted: bool,
    /// How far the user's flight has come, 0…1, in even steps of real time.
    flown: f32,
    /// How much of it is shown, 0…1, eased.
    shown: f32,
    /// How much was shown when the user last held the camera.
    held: f32,
}

impl FarView {
    /// The user has asked for it, and the flight is over: for pictures without a clock.
    pub const THERE: Self = Self {
        wanted: true,
        flown: 1.0,
        shown: 1.0,
        held: 0.0,
    };

    /// The user wants to see the whole, or the stage again.
    pub fn toggle(&mut self) {
        self.wanted = !self.wanted;
    }

    /// How much of the whole model is shown, 0…1.
    pub fn shown(&self) -> f32 {
        self.shown
    }

    /// Real time passes; `asked` is how much the show itself shows of the whole.
    fn advance(&mut self, passed: f32, asked: f32, control: &CameraControl) {
        let goal = if self.wanted { 1.0 } else { 0.0 };
        let step = passed / SECONDS;
        self.flown += (goal - self.flown).clamp(-step, step);
        let wanted = 1.0 - (1.0 - asked) * (1.0 - cubic_in_out(self.flown));
        match *control {
            CameraControl::Guided => self.shown = wanted,
            CameraControl::User => self.held = self.shown,
            CameraControl::Returning { seconds, .. } => {
                let back = cubic_in_out(seconds / FLIGHT_SECONDS);
                self.shown = self.held + (wanted - self.held) * back;
            }
        }
    }
}

/// The flight as it is now, none while the stage is seen and nothing of the whole; and the floor under the
/// whole.
#[derive(Resource, Clone, Copy, Debug, Default, PartialEq)]
pub struct FlightOn(pub Option<Flight>, Floor);

impl FlightOn {
    /// How visible the words of the stage are, 0…1.
    pub fn stage_words(&self) -> f32 {
        self.0.map_or(1.0, |flight| flight.stage_words())
    }

    /// The floor, if `near` is the stage's own.
    pub fn floor(&self, near: Floor) -> Floor {
        let mix = |a: f32, b: f32| a + (b - a) * self.0.map_or(0.0, |flight| flight.amount());
        Floor {
            height: mix(near.height, self.1.height),
            field: mix(near.field, self.1.field),
            reach: mix(near.reach, self.1.reach),
        }
    }

    /// Whether more of the whole model is seen than of the stage.
    pub fn is_far(&self) -> bool {
        self.0.is_some_and(|flight| flight.amount() > 0.5)
    }
}

pub(super) fn fly(
    time: Option<Res<Time<Real>>>,
    now: Res<Now>,
    control: Res<CameraControl>,
    mut far: ResMut<FarView>,
) {
    let passed = time.map_or(0.0, |time| time.delta_secs().min(LONGEST_FRAME));
    let mut next = *far;
    next.advance(passed, now.overview, &control);
    far.set_if_neq(next);
}

pub(super) fn find_flight(
    show: Option<Res<CurrentShow>>,
    now: Res<Now>,
    far: Res<FarView>,
    machine: Option<Res<MachineOn>>,
    camera: Query<&Camera, With<MainCamera>>,
    mut flight: ResMut<FlightOn>,
) {
    let found = || {
        let (show, machine) = (show?, machine?);
        let aspect = guided::aspect(camera.single().ok()?)?;
        let framing = now.framing?;
        let near = framing.fit(aspect, VERTICAL_FIELD_OF_VIEW);
        let whole =
            orrery_pipeline::machine::pose(machine.machine(), aspect, VERTICAL_FIELD_OF_VIEW);
        let pass = now.pass(&show)?;
        let time = stage_place(pass.config(), &now.segment?, now.seconds);
        let place = machine.machine().route.at(time);
        let Bounds { least, most } = machine.machine().bounds;
        let wide = most.x - least.x;
        let under = Floor {
            height: least.y - 0.03 * wide,
            field: wide / 40.0,
            reach: wide * 3.0,
        };
        let flight = Flight::new(far.shown(), &framing, place, near, whole);
        Some(FlightOn(Some(flight), under))
    };
    flight.set_if_neq(found().unwrap_or_default());
}

/// Puts the stage where the flight wants it and decides what of both the camera sees.
pub(super) fn place_stage(
    mut commands: Commands,
    flight: Res<FlightOn>,
    mut place: ResMut<StagePlace>,
    camera: Query<(Entity, Option<&RenderLayers>), With<MainCamera>>,
) {
    let (now, layers) = match flight.0 {
        Some(flight) => {
            let (scale, offset) = flight.stage();
            let seen = if scale > 0.0 {
                [STAGE_LAYER, MACHINE_LAYER].as_slice()
            } else {
                &[MACHINE_LAYER]
            };
            let place = StagePlace { offset, scale };
            (place, RenderLayers::from_layers(seen))
        }
        None => (StagePlace::default(), RenderLayers::layer(STAGE_LAYER)),
    };
    place.set_if_neq(now);
    for (entity, old) in &camera {
        if *old.unwrap_or(&RenderLayers::layer(STAGE_LAYER)) != layers {
            commands.entity(entity).insert(layers.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_view_stays_while_the_camera_is_the_users_and_eases_back() {
        let mut far = FarView::default();
        far.toggle();
        let mut last = 0.0;
        for _ in 0..60 {
            far.advance(0.05, 0.0, &CameraControl::Guided);
            assert!(far.shown() >= last && far.shown() - last < 0.15);
            last = far.shown();
        }
        assert_eq!(far.shown(), 1.0);
        // the show goes on to where it would fly in, but the user turns the machine
        far.toggle();
        for _ in 0..60 {
            far.advance(0.05, 0.0, &CameraControl::User);
        }
        assert_eq!(far.shown(), 1.0);
        let from = orrery_pipeline::camera::CameraPose {
            target: Vec3::ZERO,
            yaw: 0.0,
            pitch: 0.0,
            distance: 1.0,
            height: 1.0,
        };
        for frame in 0..=20 {
            let seconds = frame as f32 * 0.05;
            far.advance(0.05, 0.0, &CameraControl::Returning { from, seconds });
            assert!(last - far.shown() < 0.2 && far.shown() <= last);
            last = far.shown();
        }
        far.advance(0.05, 0.0, &CameraControl::Guided);
        assert_eq!(far.shown(), 0.0);
    }

    #[test]
    fn the_show_can_ask_for_it_too() {
        let mut far = FarView::default();
        far.advance(0.0, 1.0, &CameraControl::Guided);
        assert_eq!(far.shown(), 1.0);
        far.advance(0.0, 0.25, &CameraControl::Guided);
        assert_eq!(far.shown(), 0.25);
    }
}
