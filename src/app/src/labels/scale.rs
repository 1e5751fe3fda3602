//! How large the interface is in the picture: all its sizes are given for a picture of 720 lines and scaled to the lines
//! there are, so that a picture of any size is the picture of its shape, only sharper or less sharp.

use bevy::prelude::*;

use crate::{
    render::camera::MainCamera, third_party::egui::Typing,
    window::transport_bar::HEIGHT as TRANSPORT_BAR,
};

/// The lines for which sizes are given.
pub(crate) const LINES: f32 = 720.0;
/// A picture narrower than this, in pixels, has room for the stage's name and one sentence alone.
const NARROW: f32 = 640.0;
/// Letters are not smaller than this in such a picture, in pixels, where that does not make them too large.
const LEAST_PIXELS: f32 = 11.0;

/// Which words have room in the picture.
#[derive(Resource, Clone, Copy, Debug, PartialEq)]
pub(crate) struct Room {
    /// Only the name of the stage and what happens.
    pub narrow: bool,
    /// How much larger those are written then.
    pub letters: f32,
    /// Height of the timeline at the foot, or of the transport bar of a window, which does not shrink with it; in
    /// pixels of a picture of 720 lines.
    pub foot: f32,
}

/// Height of the timeline of a picture.
const TIMELINE: f32 = 56.0;

impl Default for Room {
    fn default() -> Self {
        Self {
            narrow: false,
            letters: 1.0,
            foot: TIMELINE,
        }
    }
}

impl Room {
    /// In a picture of so many pixels.
    fn of(pixels: Vec2) -> Self {
        let lines = pixels.y.max(1.0) / LINES;
        let narrow = pixels.x < NARROW || pixels.x / lines < NARROW;
        let letters = if narrow {
            (LEAST_PIXELS / (16.5 * lines)).clamp(1.1, 1.8)
        } else {
            1.0
        };
        Self {
            narrow,
            letters,
            foot: TIMELINE,
        }
    }
}

/// Fits the interface to the picture of the main camera, before anything is laid out.
pub(super) fn fit(
    camera: Query<&Camera, With<MainCamera>>,
    mut scale: ResMut<UiScale>,
    mut room: ResMut<Room>,
    in_window: Option<Res<Typing>>,
) {
    let Ok(camera) = camera.single() else {
        return;
    };
    let (Some(logical), Some(physical)) = (
        camera.logical_viewport_size(),
        camera.physical_viewport_size(),
    ) else {
        return;
    };
    if logical.min_element() < 1.0 {
        return;
    }
    let wanted = logical.y / LINES;
    if scale.0 != wanted {
        scale.0 = wanted;
    }
    // keys are read in windows alone, and those have a transport bar
    let foot = match in_window {
        Some(_) => (TRANSPORT_BAR / wanted.max(1e-3)).max(TIMELINE),
        None => TIMELINE,
    };
    room.set_if_neq(Room {
        foot,
        ..Room::of(physical.as_vec2())
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn narrow_pictures_have_room_for_little() {
        let narrow = |width, height| Room::of(Vec2::new(width, height)).narrow;
        assert!(!narrow(640.0, 360.0) && !narrow(7680.0, 4320.0) && !narrow(1080.0, 1080.0));
        assert!(narrow(480.0, 270.0) && narrow(1080.0, 1920.0));
        assert_eq!(Room::of(Vec2::new(1280.0, 720.0)), Room::default());
    }
}
