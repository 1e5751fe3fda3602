//! What a script gives: a place, a size and some light, for a matrix or for a cell.

use rhai::Engine;

/// Where a matrix or a cell is to be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Place {
    /// To the right, in units of a cell.
    pub x: f32,
    /// Upwards.
    pub y: f32,
    /// Towards the viewer.
    pub z: f32,
    /// Width, height and depth as shares of the usual size; of a matrix the first is its scale.
    pub size: [f32; 3],
    /// Extra light, 0…1.
    pub light: f32,
}

impl Place {
    /// There, as large as usual, without extra light.
    pub(crate) fn at(x: f32, y: f32, z: f32) -> Self {
        Self {
            x,
            y,
            z,
            size: [1.0; 3],
            light: 0.0,
        }
    }

    /// What is wrong with it, if something is.
    pub(crate) fn problem(&self) -> Option<&'static str> {
        /// Nothing is farther away, in units, or larger.
        const FAR: f32 = 20_000.0;
        const LARGE: f32 = 500.0;
        let places = [self.x, self.y, self.z];
        if places.iter().chain(&self.size).any(|n| n.is_nan()) || self.light.is_nan() {
            Some("gives a place that is no number (NaN)")
        } else if places.iter().any(|n| n.abs() > FAR) {
            Some("gives a place that is too far away")
        } else if self.size.iter().any(|&n| !(0.0..=LARGE).contains(&n)) {
            Some("gives a size that is negative or too large")
        } else {
            None
        }
    }
}

pub(crate) fn register(engine: &mut Engine) {
    let number = |n: i32| n as f32;
    engine
        .register_type_with_name::<Place>("Place")
        .register_fn("at", Place::at)
        // whole numbers are as good
        .register_fn("at", move |x: i32, y: i32, z: i32| {
            Place::at(number(x), number(y), number(z))
        })
        .register_fn("at", move |x: f32, y: f32, z: i32| {
            Place::at(x, y, number(z))
        })
        .register_fn("at", move |x: f32, y: i32, z: f32| {
            Place::at(x, number(y), z)
        })
        .register_fn("at", move |x: i32, y: f32, z: f32| {
            Place::at(number(x), y, z)
        })
        .register_fn("at", move |x: f32, y: i32, z: i32| {
            Place::at(x, number(y), number(z))
        })
        .register_fn("at", move |x: i32, y: f32, z: i32| {
            Place::at(number(x), y, number(z))
        })
        .register_fn("at", move |x: i32, y: i32, z: f32| {
            Place::at(number(x), number(y), z)
        })
        .register_fn("sized", |p: Place, width: f32, height: f32, depth: f32| {
            Place {
                size: [width, height, depth],
                ..p
            }
        })
        .register_fn("scaled", |p: Place, all: f32| Place {
            size: [all; 3],
            ..p
        })
        .register_fn("lit", |p: Place, light: f32| Place {
            light: light.clamp(0.0, 1.0),
            ..p
        })
        // a number between 0 and 1 that depends on the two alone: scatter that is the same in every picture
        .register_fn("noise", |a: i32, b: i32| {
            orrery_pipeline::easing::noise(a.unsigned_abs() as usize, b.unsigned_abs() as usize, 11)
        })
        .register_fn("mix", |a: f32, b: f32, t: f32| a + (b - a) * t)
        .register_fn("PI", || std::f32::consts::PI);
}
