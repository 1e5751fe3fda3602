//! Models that do not fit the stage as a whole: what is shown is the model's own, says how much it is,
//! and stays within bounds.

mod support;

use orrery_model::{GptConfig, SamplingSettings};
use orrery_pipeline::label::LabelKind;
use orrery_pipeline::operation::Made;
use orrery_pipeline::part::{CANDIDATES, MOST_FEATURES, MOST_SYMBOLS};
use orrery_pipeline::scene::Role;
use orrery_pipeline::{Detail, Pacing, PagedAxis, Show, ShowOptions, Size, StageKind};

/// The most cells that one stage of a model with up to 96 dimensions and 64 tokens may have.
/// It bounds what is built and held; fewer would be better: 100,000 cells at once are not smooth on a software
/// rasterizer.
const MOST_CELLS: usize = 100_000;

fn options(temperature: f32) -> ShowOptions {
    ShowOptions {
        tokens: 1,
        sampling: SamplingSettings {
            temperature,
            top_k: None,
            top_p: None,
            seed: 5,
        },
        opened: [0].into(),
        later_tokens: Detail::Abbreviated,
        pages: orrery_pipeline::Pages::default(),
        lens: false,
    }
}

fn each_large_show(check: impl Fn(&GptConfig, &Show)) {
    for config in support::large_configurations() {
        for prompt in [5, config.context_length] {
            let show = support::large_show(config.clone(), prompt, &options(0.9));
            check(&config, &show);
        }
    }
}

#[test]
fn what_is_shown_of_a_matrix_is_the_models_own() {
    each_large_show(|_, show| {
        let mut parts = 0;
        for (index, segment) in show.timeline().segments().iter().enumerate() {
            let pass = &show.passes()[segment.pass];
            for group in &show.scene(index).expect("a scene").groups {
                for layer in &group.layers {
                    let Some(operand) = layer.operand().filter(|_| group.role == Role::Matrix)
                    else {
                        continue;
                    };
                    let whole = pass.matrix(operand).expect("a matrix of the model");
                    assert_eq!(group.whole, whole.dim().into(), "{operand:?}");
                    parts += usize::from(group.whole != group.size());
                    for ((row, column), &value) in layer.values.indexed_iter() {
                        let of_the_model =
                            whole[(group.whole_row(row), group.whole_column(column))];
                        assert_eq!(value, of_the_model, "{operand:?} at {row}, {column}");
                    }
                }
            }
        }
        let config = show.passes()[0].config();
        let too_large = config.vocab_size > MOST_SYMBOLS || config.d_model * config.d_ff > 9_216;
        assert_eq!(parts > 0, too_large, "{config:?}");
    });
}

#[test]
fn a_stage_has_no_more_cells_than_it_can_bear() {
    each_large_show(|config, show| {
        for (index, segment) in show.timeline().segments().iter().enumerate() {
            let scene = show.scene(index).expect("a scene");
            let cells: usize = scene.groups.iter().map(|group| group.cells()).sum();
            println!(
                "{} {} {:?} {cells}",
                config.d_model,
                show.prompt_tokens(),
                segment.kind
            );
            assert!(
                cells <= MOST_CELLS,
                "{config:?} {:?}: {cells} cells",
                segment.kind
            );
        }
    });
}

#[test]
fn a_part_is_named_as_a_part_and_said_to_be_one() {
    each_large_show(|config, show| {
        for (index, segment) in show.timeline().segments().iter().enumerate() {
            let scene = show.scene(index).expect("a scene");
            let of_the_stage = || {
                let matrices = scene.groups.iter().filter(|g| g.role == Role::Matrix);
                matrices.filter(|group| group.named && !group.vanishes())
            };
            let parts = of_the_stage()
                .filter(|group| group.whole != group.size())
                .count();
            let names: Vec<&str> = scene
                .labels
                .iter()
                .filter(|label| label.kind == LabelKind::Name)
                .map(|label| label.detail.as_str())
                .collect();
            let so_named = names
                .iter()
                .filter(|detail| detail.contains(" of "))
                .count();
            assert!(so_named >= parts, "{:?}: {names:?}", segment.kind);
            assert!(names.len() >= of_the_stage().count(), "{:?}", segment.kind);
            let speaks_of_the_whole =
                matches!(segment.kind, StageKind::Machine | StageKind::MachineAgain);
            if parts > 0 && !speaks_of_the_whole {
                let s = segment.appear + segment.compute * 0.5;
                let caption = scene.caption(s).expect("a caption");
                assert!(caption.words.contains("Shown: "), "{}", caption.words);
                let narrow = config.d_model <= MOST_FEATURES;
                let vocabulary = config.vocab_size > MOST_SYMBOLS;
                assert!(!narrow || vocabulary || segment.kind == StageKind::FeedForward);
            }
        }
    });
}

#[test]
fn the_text_is_in_the_table_and_the_drawn_token_among_the_candidates() {
    each_large_show(|config, show| {
        for (index, segment) in show.timeline().segments().iter().enumerate() {
            let pass = &show.passes()[segment.pass];
            let scene = show.scene(index).expect("a scene");
            let vocabulary = orrery_pipeline::part::AxisKind::Vocabulary;
            let Some(shown) = scene.parts.along(vocabulary) else {
                let shows = [
                    StageKind::Characters,
                    StageKind::Embedding,
                    StageKind::Unembedding,
                    StageKind::Draw,
                ];
                assert!(config.vocab_size <= MOST_SYMBOLS || !shows.contains(&segment.kind));
                continue;
            };
            assert!(shown.is_sorted(), "in the order of ids");
            match segment.kind {
                StageKind::Characters | StageKind::Embedding => {
                    let places = scene.parts.token_places();
                    let mut ids = places.iter().map(|&at| pass.trace.ids()[at]);
                    assert!(ids.all(|id| shown.contains(&id)));
                }
                StageKind::Unembedding | StageKind::Draw => {
                    assert!((CANDIDATES..=CANDIDATES + 1).contains(&shown.len()));
                    assert!(shown.contains(&pass.draw.token_id));
                    let logits = &pass.draw.scaled_logits;
                    let least = shown
                        .iter()
                        .filter(|&&id| id != pass.draw.token_id)
                        .map(|&id| logits[id])
                        .fold(f32::INFINITY, f32::min);
                    let better = logits.iter().filter(|&&logit| logit > least).count();
                    assert!(better <= CANDIDATES, "{better} are above the least shown");
                }
                _ => {}
            }
        }
    });
}

#[test]
fn pages_show_in_turn_all_that_is_too_long() {
    let config = support::large_configurations().pop().expect("the widest");
    let mut options = options(0.9);
    let show = support::large_show(config.clone(), config.context_length, &options);
    let pacing = Pacing::shipped().expect("the shipped table");
    let pass = &show.passes()[0];
    use orrery_pipeline::part::AxisKind;
    for (axis, kind, stage, whole) in [
        (
            PagedAxis::Features,
            AxisKind::Features,
            StageKind::Norm1,
            config.d_model,
        ),
        (
            PagedAxis::Heads,
            AxisKind::Heads,
            StageKind::Attention,
            config.d_model,
        ),
        (
            PagedAxis::Hidden,
            AxisKind::Hidden,
            StageKind::FeedForward,
            config.d_ff,
        ),
        (
            PagedAxis::Logits,
            AxisKind::Vocabulary,
            StageKind::Draw,
            config.vocab_size,
        ),
        (
            PagedAxis::Table,
            AxisKind::Vocabulary,
            StageKind::Embedding,
            config.vocab_size,
        ),
        (
            PagedAxis::Tokens,
            AxisKind::Tokens,
            StageKind::Residual2,
            config.context_length,
        ),
    ] {
        let mut seen = vec![false; whole];
        let pages = axis.page_count(pass);
        assert!(pages > 1, "{axis:?}");
        for page in 0..pages {
            options.pages = options.pages.with(axis, page);
            let turned = show.laid_out_anew(&pacing, &options);
            assert_eq!(
                turned.timeline().segments().len(),
                show.timeline().segments().len()
            );
            let segments = turned.timeline().segments().iter();
            let (index, segment) = segments
                .enumerate()
                .find(|(_, segment)| segment.kind == stage)
                .expect("the stage");
            let scene = turned.scene(index).expect("a scene");
            let shown = scene.parts.along(kind).as_ref().expect("a part");
            assert!(shown.is_sorted() && shown.len() < whole);
            shown.iter().for_each(|&index| seen[index] = true);
            let s = segment.appear + segment.compute * 0.5;
            let words = &scene.caption(s).expect("a caption").words;
            if axis != PagedAxis::Tokens {
                let said = format!("page {} of {pages}", page + 1);
                assert_eq!(words.contains(&said), page > 0, "{words}");
            }
        }
        assert!(seen.iter().all(|&seen| seen), "{axis:?}");
        options.pages = options.pages.with(axis, 0);
    }
}

#[test]
fn sums_beside_a_softmax_are_those_of_the_rows_that_are_shown() {
    let config = support::large_configurations().pop().expect("the widest");
    let show = support::large_show(config.clone(), config.context_length, &options(0.9));
    let mut compared = 0;
    for (index, segment) in show.timeline().segments().iter().enumerate() {
        if segment.kind != StageKind::Attention {
            continue;
        }
        let pass = &show.passes()[segment.pass];
        let scene = show.scene(index).expect("a scene");
        let places = scene.parts.token_places();
        assert!(places.len() < config.context_length);
        let named = |name| {
            let of_it = move |layer: &orrery_pipeline::scene::Layer| {
                layer
                    .step_name()
                    .is_some_and(|step| step.to_string() == name)
            };
            scene
                .groups
                .iter()
                .filter(move |group| group.layers.iter().any(of_it))
        };
        for (sums, scores) in named("Σ exp").zip(named("exp")) {
            let masked = scores
                .layers
                .iter()
                .filter_map(|layer| layer.operand())
                .nth(2);
            let masked = pass
                .matrix(masked.expect("masked scores"))
                .expect("its numbers");
            assert_eq!((sums.rows, sums.columns), (places.len(), 1));
            for (row, &place) in places.iter().enumerate() {
                let numbers = masked.row(place);
                let most = numbers.fold(f32::NEG_INFINITY, |a, &b| a.max(b));
                let sum: f32 = numbers.iter().map(|x| (x - most).exp()).sum();
                assert!((sums.layers[0].values[(row, 0)] - sum).abs() < 1e-4);
                compared += 1;
            }
        }
    }
    assert!(compared > 100, "{compared}");
}

#[test]
fn what_is_spoken_of_is_on_the_stage_on_every_page() {
    let config = support::large_configurations().pop().expect("the widest");
    let mut options = options(0.9);
    let show = support::large_show(config.clone(), config.context_length, &options);
    let pacing = Pacing::shipped().expect("the shipped table");
    let pages = PagedAxis::Heads.page_count(&show.passes()[0]);
    options.pages = options.pages.with(PagedAxis::Heads, pages - 1);
    let turned = show.laid_out_anew(&pacing, &options);
    let mut heads = 0;
    for (index, segment) in turned.timeline().segments().iter().enumerate() {
        let scene = turned.scene(index).expect("a scene");
        let shown = scene.parts.heads().heads();
        for at in scene
            .captions
            .iter()
            .filter_map(|caption| caption.operation)
        {
            let output = turned.programs()[segment.pass].operations()[at].output();
            if let Some(head) = output.head {
                assert!(shown.contains(&head) && !shown.contains(&0), "{head}");
                heads += 1;
            }
        }
    }
    assert!(heads > 3, "{heads}");
}

#[test]
fn the_whole_of_each_weight_is_told_in_dots_of_the_models_own_numbers() {
    each_large_show(|config, show| {
        for (index, segment) in show.timeline().segments().iter().enumerate() {
            let scene = show.scene(index).expect("a scene");
            let pass = &show.passes()[segment.pass];
            let overviews = scene.overviews(pass, 24);
            if segment.kind == StageKind::QkvProjection {
                let wide = config.d_model > MOST_FEATURES;
                assert_eq!(overviews.len(), if wide { 3 } else { 0 });
            }
            for overview in overviews {
                let (height, width) = overview.dots.dim();
                assert!(height.max(width) == 24 && height.min(width) >= 8);
                // as much of it is bright as stands on the stage
                let bright = overview.shown.iter().sum::<f32>() / (height * width) as f32;
                let part = scene.groups.iter().find(|group| {
                    let whole = [group.whole, group.whole.transposed()];
                    let operand = group.layers[0]
                        .operand()
                        .map(|operand| operand.canonical(config));
                    let named = operand.is_some_and(|operand| {
                        [operand.name(), operand.transposed().name()].contains(&overview.name)
                    });
                    named && whole.contains(&overview.whole)
                });
                let part = part.expect("the part").cells() as f32;
                let share = part / overview.whole.cells() as f32;
                assert!((bright - share).abs() < 0.02, "{bright} instead of {share}");
            }
        }
    });
    // which dots are bright: the first features, and of 16 heads the first columns of the first twelve
    let config = support::large_configurations().pop().expect("the widest");
    let show = support::large_show(config, 5, &options(0.9));
    let mut segments = show.timeline().segments().iter().enumerate();
    let (index, segment) = segments
        .find(|(_, segment)| segment.kind == StageKind::QkvProjection)
        .expect("the stage");
    let pass = &show.passes()[segment.pass];
    let scene = show.scene(index).expect("a scene");
    let overview = &scene.overviews(pass, 16)[0];
    let group = scene
        .groups
        .iter()
        .find(|group| group.whole == Size::new(256, 256));
    let group = group.expect("a weight");
    let operand = group.layers[0].operand().expect("an operand");
    let values = pass.matrix(operand).expect("its numbers");
    assert_eq!(overview.name, operand.name());
    for ((row, column), tint) in overview.dots.indexed_iter() {
        let number = values[(row * 16 + 8, column * 16 + 8)];
        assert_eq!(*tint, group.layers[0].scale.tint(number));
        // half of the columns of each head
        let bright = if row < 4 && column < 12 { 0.5 } else { 0.0 };
        assert_eq!(overview.shown[(row, column)], bright, "{row}, {column}");
    }
}

#[test]
fn formulas_are_those_of_cells_that_are_shown() {
    let compared = std::cell::Cell::new(0);
    each_large_show(|_, show| {
        for (index, segment) in show.timeline().segments().iter().enumerate() {
            let pass = &show.passes()[segment.pass];
            let scene = show.scene(index).expect("a scene");
            for window in show.steps(index) {
                for part in [0.2, 0.6, 0.95] {
                    let s = window.part(part, 1.0).start;
                    let (caption, formula) = show.caption(index, s).expect("a caption");
                    let (Some(formula), Some(at)) = (formula, caption.operation) else {
                        continue;
                    };
                    let operation = &show.programs()[segment.pass].operations()[at];
                    let of = match formula.made {
                        Made::Output => operation.output(),
                        Made::Side(side) => operation.side_outputs()[side],
                        Made::Step(_) => continue,
                    };
                    let whole = pass.matrix(of).expect("an output");
                    let (row, column) = (formula.at.row, formula.at.column);
                    assert_eq!(formula.value, whole[(row, column)]);
                    let (rows, columns) = scene.parts.of(of);
                    for (shown, at) in [(rows, row), (columns, column)] {
                        assert!(shown.as_ref().is_none_or(|shown| shown.contains(&at)));
                    }
                    compared.set(compared.get() + 1);
                }
            }
        }
    });
    assert!(compared.get() > 100, "{}", compared.get());
}

#[test]
fn everything_that_acts_is_framed_in_large_models_too() {
    each_large_show(|_, show| support::framing::assert_all_framed(show));
}
