//! Scripts shape the scenes of a show.

use std::sync::Arc;

use orrery_model::{Gpt, GptConfig, SamplingSettings, Tokenizer};
use orrery_pipeline::scene::Role;
use orrery_pipeline::shaping::{Setting, Shaping};
use orrery_pipeline::{Detail, Pacing, Pages, Show, ShowOptions};
use orrery_script::{Problem, Script, ScriptShaping, TablesTime};

fn show(config: GptConfig) -> Show {
    let gpt = Arc::new(Gpt::random(config, 11).expect("a valid configuration"));
    let tokenizer = Tokenizer::charlm();
    let ids = tokenizer.encode("to be or").expect("known characters");
    let options = ShowOptions {
        tokens: 1,
        sampling: SamplingSettings::default(),
        opened: [0].into(),
        later_tokens: Detail::Abbreviated,
        pages: Pages::default(),
        lens: false,
    };
    let pacing = Pacing::shipped().expect("the shipped table");
    Show::new(&gpt, &tokenizer, &ids, &pacing, &options).expect("a show")
}

fn shaping(text: &str) -> (ScriptShaping, Problem) {
    let script = Script::compile("test.rhai", text).expect("a good script");
    let problem = Problem::default();
    (
        ScriptShaping::new(Arc::new(script), problem.clone(), TablesTime::default()),
        problem,
    )
}

#[test]
fn cells_are_where_the_script_puts_them_and_their_numbers_are_the_models() {
    let show = show(GptConfig::default());
    let (shaping, problem) = shaping(
        "fn matrix(m) { at(100.0, 50.0, 0.0) }\n\
         fn cell(m, c) { at(c.column, -c.row, c.share).sized(1.0, 0.5, 1.0) }",
    );
    let setting = Setting::new(&show, 4).expect("a segment");
    let scene = shaping.scene(&setting);
    let s = scene.duration;
    let mut checked = 0;
    for (group, usual) in scene.groups.iter().zip(&setting.standard().groups) {
        for row in 0..group.rows {
            for column in 0..group.columns {
                let (pose, before) = (group.pose(row, column, s), usual.pose(row, column, s));
                assert_eq!(pose.tint, before.tint);
                if group.role == Role::Matrix && before.visible() && !before.ghost {
                    assert!((pose.position.x - 100.0 - column as f32).abs() < 1e-3);
                    assert!((pose.position.y - 50.0 + row as f32).abs() < 1e-3);
                    assert!((pose.size.y - 0.5 * before.size.y).abs() < 1e-4);
                    checked += 1;
                }
            }
        }
    }
    assert!(checked > 100 && problem.get().is_none(), "{checked}");
}

#[test]
fn key_times_move_cells_between_places() {
    let show = show(GptConfig::default());
    let (shaping, _) = shaping(
        "fn about() { #{ times: [0.0, 1.0] } }\nfn matrix(m) { at(10.0 * m.time, 0.0, 0.0) }",
    );
    let setting = Setting::new(&show, 1).expect("a segment");
    let scene = shaping.scene(&setting);
    let group = scene
        .groups
        .iter()
        .find(|group| group.role == Role::Matrix)
        .expect("a matrix");
    let x = |part: f32| group.pose(0, 0, scene.duration * part).position.x;
    assert!((x(1.0) - x(0.0) - 10.0).abs() < 1e-3);
    assert!((x(0.5) - x(0.0) - 5.0).abs() < 1e-3);
    assert!(group.changes_between(0.1, 0.2));
}

#[test]
fn a_scene_with_which_it_does_not_get_along_stays_as_it_is_and_the_problem_is_told() {
    let show = show(GptConfig::default());
    // the samples have at most 16 columns
    let (shaping, problem) = shaping(
        "fn cell(m, c) { if m.columns > 16 { return at(sqrt(-1.0), 0.0, 0.0); } at(c.x, c.y, 0.0) }",
    );
    let segments = show.timeline().segments().len();
    let settings = (0..segments).filter_map(|index| Setting::new(&show, index));
    let same = settings.filter(|setting| Arc::ptr_eq(&shaping.scene(setting), setting.standard()));
    assert!(same.count() > 0);
    let words = problem.get().expect("a problem").to_string();
    assert!(
        words.contains("NaN") && words.contains("test.rhai"),
        "{words}"
    );
}

#[test]
fn a_script_that_does_too_much_altogether_is_stopped() {
    let show = show(GptConfig {
        n_heads: 16,
        d_model: 256,
        d_ff: 1024,
        n_blocks: 1,
        ..GptConfig::default()
    });
    let (shaping, _) =
        shaping("fn cell(m, c) { let n = 0.0; for i in 0..8000 { n += 1.0; } at(c.x, c.y, 0.0) }");
    let segments = show.timeline().segments().len();
    let mut settings = (0..segments).filter_map(|index| Setting::new(&show, index));
    let error = settings.find_map(|setting| shaping.try_scene(&setting).err());
    let words = error.expect("it is stopped").words;
    assert!(words.contains("too long altogether"), "{words}");
}
