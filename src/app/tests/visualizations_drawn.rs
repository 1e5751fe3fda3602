//! What every visualization owes where it is drawn: words that can be read, and nothing left behind.

#[allow(dead_code, reason = "no test file uses all of it")]
mod support;

use orrery::labels::LabelsOnScreen;
use orrery::looks::registry;
use orrery::show::{CurrentShow, ShowRenderer};
use support::{SIZE, renderer, shipped_model, show};

/// Every visualization and every script that ships.
fn names() -> Vec<String> {
    let (all, wrong) = registry::with_scripts(&[]).expect("no two of one name");
    assert_eq!(wrong, [""; 0], "the scripts that ship are good");
    all.all().map(|found| found.identifier.clone()).collect()
}

/// Instants of a show: in its first block, in another, at its end.
fn instants(show: &CurrentShow) -> Vec<f64> {
    let all = show.duration();
    [0.12, 0.19, 0.27, 0.48, 0.7, 0.86]
        .map(|part| all * part)
        .into()
}

/// How many entities there are.
fn entities(renderer: &mut ShowRenderer) -> u32 {
    renderer.renderer().world_mut().entities().count_spawned()
}

#[test]
fn words_lie_within_the_picture_and_apart_and_nothing_is_left_behind() {
    let show = show(shipped_model(), "what light", 1);
    let mut renderer = renderer(&show);
    let home = show.duration() * 0.27;
    let at_home = |renderer: &mut ShowRenderer| {
        renderer.choose(|chosen| chosen.choose_for_all("cubes"));
        // what is despawned goes with the frame
        for _ in 0..3 {
            renderer.picture(home).expect("a picture");
        }
        entities(renderer)
    };
    let before = at_home(&mut renderer);
    for name in names() {
        for time in instants(&show) {
            renderer.choose(|chosen| chosen.choose_for_all(&name));
            let picture = renderer.picture(time).expect("a picture");
            let first = picture.get_pixel(0, 0);
            assert!(
                picture.pixels().any(|pixel| pixel != first),
                "{name}: an empty picture"
            );
            let words = renderer
                .renderer()
                .world_mut()
                .resource::<LabelsOnScreen>()
                .0
                .clone();
            for (at, label) in words.iter().enumerate().filter(|(_, label)| !label.flies) {
                let rect = label.rect;
                let inside = rect.min.x >= -1.0
                    && rect.min.y >= -1.0
                    && rect.max.x <= SIZE.width as f32 + 1.0
                    && rect.max.y <= SIZE.height as f32 + 1.0;
                assert!(inside, "{name} at {time:.1}: '{}' at {rect:?}", label.text);
                assert!(
                    label.letters >= 13.0,
                    "{name}: '{}' is too small",
                    label.text
                );
                for other in words[..at].iter().filter(|other| !other.flies) {
                    let shared = rect.intersect(other.rect);
                    assert!(
                        shared.width().min(shared.height()) < 2.0,
                        "{name} at {time:.1}: '{}' lies on '{}'",
                        label.text,
                        other.text
                    );
                }
            }
        }
        assert_eq!(
            at_home(&mut renderer),
            before,
            "{name} has left something behind"
        );
    }
}
