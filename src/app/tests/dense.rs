//! Scenes of too many cells for entities: they are drawn as panels, and show the same.

#[allow(dead_code, reason = "no test file uses all of it")]
mod support;

use bevy::math::Vec3;
use orrery::show::CurrentShow;
use orrery_draw::{Matrix, MatrixCell};
use orrery_pipeline::{Palette, Quantity, Scale, StageKind};
use support::{SIZE, dense_show, renderer};

/// The scene of a kind of stage, with when it begins.
fn stage(show: &CurrentShow, kind: StageKind) -> (usize, f64) {
    let mut segments = show.show.timeline().segments().iter().enumerate();
    let (index, segment) = segments
        .rfind(|(_, segment)| segment.kind == kind)
        .expect("the stage");
    let scene = show.show.scene(index).expect("a scene");
    assert!(scene.is_dense(), "{kind:?} is not dense");
    (index, segment.start)
}

#[test]
fn a_dense_scene_has_no_entity_for_each_cell() {
    let show = dense_show();
    let mut renderer = renderer(&show);
    for (kind, seconds) in [
        (StageKind::QkvProjection, 6.0),
        (StageKind::FeedForward, 11.0),
    ] {
        let time = stage(&show, kind).1 + seconds;
        renderer.picture(time).expect("a picture");
        let world = renderer.renderer().world();
        let has = |e: &bevy::ecs::world::EntityRef| e.contains::<MatrixCell>();
        assert_eq!(world.iter_entities().filter(has).count(), 0, "{kind:?}");
        let matrices = world.iter_entities().filter(|e| e.contains::<Matrix>());
        assert!(matrices.count() > 2, "{kind:?}");
    }
}

#[test]
fn a_cell_of_a_dense_scene_has_the_colour_of_its_value() {
    let show = dense_show();
    let (index, start) = stage(&show, StageKind::BlockOutput);
    let scene = show.show.scene(index).expect("a scene");
    let time = start + f64::from(scene.duration) - 0.05;
    let picture = renderer(&show).picture(time).expect("a picture");
    let group = &scene.groups[0];
    let layer = group.final_layer().expect("numbers");
    let scale = Scale {
        quantity: Quantity::Activation,
        range: show.show.range(Quantity::Activation),
    };
    let (width, height) = (SIZE.width as f32, SIZE.height as f32);
    let field_of_view = orrery::camera::VERTICAL_FIELD_OF_VIEW;
    let framing = show.show.framing(time).expect("a framing");
    let pose = framing.fit(width / height, field_of_view);
    let half = (field_of_view * 0.5).tan();
    let place = group.final_placement();
    let mut wrong = 0;
    for row in 0..group.rows {
        for column in 0..group.columns {
            let face = place.position(row, column) + Vec3::Z * place.cell_size * 0.5;
            let seen = pose.rotation().inverse() * (face - pose.position());
            let x = (seen.x / -seen.z / half / (width / height) + 1.0) * 0.5 * width;
            let y = (1.0 - seen.y / -seen.z / half) * 0.5 * height;
            let pixel = picture.get_pixel(x as u32, y as u32).0;
            let wanted = Palette::Ember.colour(scale.tint(layer.values[(row, column)]));
            let off = pixel.iter().zip(wanted).map(|(a, b)| a.abs_diff(b)).max();
            wrong += usize::from(off.is_none_or(|off| off > 26));
        }
    }
    // a label may stand over some
    let most = group.cells() / 200;
    assert!(wrong <= most, "{wrong} of {} cells", group.cells());
}
