//! Everything on the stage says where it comes from.

mod support;

use orrery_pipeline::{Show, StageKind};

fn each_show(check: impl Fn(&Show)) {
    for config in support::configurations() {
        check(&support::show(config, "to be or", &support::options()));
    }
    let options = orrery_pipeline::ShowOptions {
        tokens: 1,
        opened: [0].into(),
        ..support::options()
    };
    for config in support::large_configurations() {
        check(&support::large_show(config, 5, &options));
    }
}

#[test]
fn a_motion_knows_which_operation_made_it() {
    each_show(|show| {
        let mut moved = 0;
        for (index, segment) in show.timeline().segments().iter().enumerate() {
            let program = &show.programs()[segment.pass];
            let stage = &program.stages()[segment.stage];
            let scene = show.scene(index).expect("a scene");
            let now = || scene.groups.iter().filter(|g| g.pass == segment.pass);
            let of_this_stage = |motion: &&orrery_pipeline::motion::Motion| motion.window().1 > 0.0;
            for motion in now().flat_map(|group| group.motions.iter().filter(of_this_stage)) {
                let Some(operation) = motion.operation else {
                    continue;
                };
                let step = stage
                    .steps
                    .iter()
                    .position(|step| step.operations.contains(&operation));
                let step = step.unwrap_or_else(|| panic!("{operation} is not of {stage:?}"));
                assert!(
                    motion.window().0 >= show.steps(index)[step].start,
                    "{motion:?} begins before {:?}",
                    program.operations()[operation]
                );
                moved += 1;
            }
            if segment.kind == StageKind::BlockSummary {
                continue;
            }
            // what is made on the stage is made by somebody
            for &operation in stage.steps.iter().flat_map(|step| &step.operations) {
                let output = program.operations()[operation].output();
                let shown = now().any(|group| {
                    group
                        .layers
                        .iter()
                        .any(|layer| layer.operand == Some(output))
                });
                let moves = now().any(|group| {
                    let mut motions = group.motions.iter();
                    motions.any(|motion| motion.operation == Some(operation))
                });
                assert!(
                    moves || !shown,
                    "{:?} moves nothing",
                    program.operations()[operation]
                );
            }
        }
        assert!(moved > 100, "{moved}");
    });
}

#[test]
fn motions_stand_in_their_order() {
    each_show(|show| {
        for index in 0..show.timeline().segments().len() {
            for group in &show.scene(index).expect("a scene").groups {
                assert!(group.motions.is_sorted_by_key(|motion| motion.order));
            }
        }
    });
}
