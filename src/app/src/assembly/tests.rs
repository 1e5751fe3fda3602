//! The whole app, the parts of its window included, without a window.

use std::collections::HashMap;

use bevy::ecs::schedule::SystemKey;

use super::*;
use crate::{render::QualityChoice, test_support::small_show};

/// Everything of the show's window but the window.
fn all_but_the_window(size: PictureSize) -> HeadlessRenderer {
    HeadlessRenderer::new(size, QualityChoice::Software, |app| {
        let assembly = Assembly::of_show(small_show(), PictureSettings::default());
        assembly.add_picture(app);
        assembly.add_window(app);
        assembly.subject.put_into(app.world_mut());
    })
    .unwrap()
}

/// Two of our systems that touch the same data must have an order; else the picture would depend on how the
/// program was built. Bevy answers for its own.
#[test]
fn no_order_of_systems_is_left_to_chance() {
    let size = PictureSize {
        width: 320,
        height: 180,
    };
    let mut renderer = all_but_the_window(size);
    // a schedule is laid out when it first runs
    for _ in 0..3 {
        renderer.update().unwrap();
    }
    let world = renderer.world();
    let (mut ours, mut unordered) = (0, Vec::new());
    for (label, schedule) in world.resource::<Schedules>().iter() {
        let Ok(systems) = schedule.systems() else {
            continue;
        };
        let names: HashMap<SystemKey, String> = systems
            .map(|(key, system)| (key, system.name().to_string()))
            .filter(|(_, name)| name.starts_with("orrery"))
            .collect();
        ours += names.len();
        let pairs = schedule.graph().conflicting_systems();
        unordered.extend(pairs.iter().filter_map(|(a, b, _)| {
            let (a, b) = (names.get(a)?, names.get(b)?);
            Some(format!("{label:?}: {a} and {b}"))
        }));
    }
    assert!(ours > 60, "only {ours} systems have our names");
    assert!(unordered.is_empty(), "{}", unordered.join("\n"));
}
