//! Nothing that is said is false for the model that is shown: numbers make the number that is shown, at the digits that
//! are shown; the number that is told is the one that is lit; sentences hold under the conditions under which they stand.
//!
//! `ORRERY_INSTANTS=all` looks ten times a second at every stage; otherwise at some instants of each.

mod support;

use std::collections::BTreeSet;

use orrery_model::{Activation, Biases, GptConfig, NormPlacement, SamplingSettings};
use orrery_pipeline::operation::{Combination, Made, OperationKind};
use orrery_pipeline::scene::Role;
use orrery_pipeline::{Detail, Segment, Show, ShowOptions, StageKind};

/// The shows of all models that are looked at: random ones of each kind, the two that ship, and a model of words.
fn shows(prompt: &str) -> Vec<Show> {
    let random = configurations().into_iter();
    let mut all: Vec<Show> = random
        .map(|config| support::show(config, prompt, &options()))
        .collect();
    for (model, prompt) in support::trained_models() {
        all.push(support::show_of(&model, &prompt, &options()));
    }
    all
}

/// Random models: pre and post, tied and untied, with biases and without, one block and several, one head and several.
fn configurations() -> Vec<GptConfig> {
    let mut all = Vec::new();
    for (norm_placement, tied_head, biases, n_blocks, n_heads, activation) in [
        (
            NormPlacement::Post,
            true,
            Biases::CHARLM,
            2,
            4,
            Activation::Relu,
        ),
        (
            NormPlacement::Post,
            false,
            Biases::NONE,
            1,
            1,
            Activation::GeluTanh,
        ),
        (
            NormPlacement::Pre,
            true,
            Biases::NONE,
            2,
            4,
            Activation::GeluErf,
        ),
        (
            NormPlacement::Pre,
            false,
            Biases::GPT2,
            1,
            2,
            Activation::GeluErf,
        ),
        (
            NormPlacement::Pre,
            true,
            Biases {
                head: true,
                ..Biases::GPT2
            },
            3,
            1,
            Activation::Relu,
        ),
    ] {
        all.push(GptConfig {
            norm_placement,
            tied_head,
            biases,
            n_blocks,
            n_heads,
            activation,
            final_norm: norm_placement == NormPlacement::Pre,
            ..GptConfig::default()
        });
    }
    all
}

fn options() -> ShowOptions {
    ShowOptions {
        tokens: 2,
        sampling: SamplingSettings {
            temperature: 0.8,
            seed: 5,
            ..SamplingSettings::default()
        },
        opened: BTreeSet::from([0]),
        later_tokens: Detail::Abbreviated,
        ..support::options()
    }
}

/// Instants of a segment: ten a second, or some.
fn instants(segment: &Segment) -> Vec<f32> {
    let all = (segment.duration() * 10.0) as usize;
    let thorough = std::env::var("ORRERY_INSTANTS").is_ok_and(|which| which == "all");
    let step = if thorough { 1 } else { 7 };
    (0..=all).step_by(step).map(|at| at as f32 * 0.1).collect()
}

fn each_instant(check: impl Fn(&Show, usize, &Segment, f32)) {
    for show in shows("what light") {
        for (index, segment) in show.timeline().segments().iter().enumerate() {
            for s in instants(segment) {
                check(&show, index, segment, s);
            }
        }
    }
}

/// Reads the numbers of a piece of text, with their signs, in order.
fn read_number(text: &str) -> Option<f64> {
    text.trim_matches(|c| c == '(' || c == ')')
        .replace('−', "-")
        .parse()
        .ok()
}

#[test]
fn the_numbers_that_are_shown_make_the_number_that_is_shown() {
    let checked = std::cell::Cell::new(0);
    each_instant(|show, index, segment, s| {
        let Some((_, Some(formula))) = show.caption(index, s) else {
            return;
        };
        let line = formula.to_string();
        let (_, right) = line
            .split_once(" = ")
            .or_else(|| line.split_once(" ≈ "))
            .expect("a formula");
        // a sum of two or three numbers, read from the screen
        if formula.terms.combination == Combination::Sum
            && formula.terms.all.len() == 2
            && let Some((terms, value)) = right.rsplit_once(" = ")
        {
            let numbers: Option<Vec<f64>> = terms.split(" + ").map(read_number).collect();
            let (Some(numbers), Some(value)) = (numbers, read_number(value)) else {
                return;
            };
            let digits = right.rsplit_once('.').expect("a fraction").1.len() as i32;
            let sum: f64 = numbers.iter().sum();
            assert!(
                (sum - value).abs() < 0.51 * 10f64.powi(-digits),
                "{:?}: {line}",
                segment.kind
            );
            checked.set(checked.get() + 1);
        }
        // no number stands twice side by side
        let words: Vec<&str> = right.split(" = ").collect();
        assert!(words.windows(2).all(|pair| pair[0] != pair[1]), "{line}");
        // a minus behind an operator stands in brackets
        for operator in ["·−", "+ −", "− −", "/ −"] {
            assert!(!line.contains(operator), "{line}");
        }
        // the terms are the model's, and as many digits as are shown are enough, or it says “about”
        let (digits, shown, exact) = formula.terms.digits(formula.value);
        assert!((3..=6).contains(&digits) && shown <= digits);
        assert_eq!(line.contains('≈'), !exact, "{line}");
    });
    assert!(checked.get() > 20, "{}", checked.get());
}

#[test]
fn the_number_that_is_told_is_the_cell_that_is_lit_and_it_stays_to_be_read() {
    let told = std::cell::Cell::new(0);
    each_instant(|show, index, segment, s| {
        let scene = show.scene(index).expect("a scene");
        let Some((caption, Some(formula))) = show.caption(index, s) else {
            return;
        };
        let worked = caption.worked_at(s).expect("a cell");
        let window = worked.window;
        assert!(
            window.end - window.start >= 2.5 - 1e-2,
            "{:?}: {formula}",
            segment.kind
        );
        // while its light comes and goes there is nothing to compare
        if s < window.start + 0.8 || s > window.end - 0.3 {
            return;
        }
        told.set(told.get() + 1);
        let shown = worked.shown;
        let group = &scene.groups[shown.group];
        let pose = group.pose(shown.row, shown.column, s);
        assert!(
            pose.visible() && !pose.ghost,
            "{:?}: {formula} is not there",
            segment.kind
        );
        assert!(pose.glow > 0.9, "{:?}: {formula} is not lit", segment.kind);
        // what it shows is the number that is told
        if !matches!(worked.made, Made::Step(_)) {
            let at = orrery_pipeline::Cell::new(shown.row, shown.column);
            let explained = show.explain(index, s, shown.group, at).expect("a number");
            if explained.operation == caption.operation && caption.operation.is_some() {
                assert_eq!(explained.value, formula.value, "{formula}");
            }
        }
        // and nothing else is as bright
        for (at, group) in scene.groups.iter().enumerate() {
            for row in 0..group.rows {
                for column in 0..group.columns {
                    if (at, row, column) == (shown.group, shown.row, shown.column) {
                        continue;
                    }
                    let pose = group.pose(row, column, s);
                    let drawn = segment.kind == StageKind::Draw;
                    assert!(
                        !pose.visible() || pose.glow < 0.9 || drawn,
                        "{:?} at {s}: {formula}, but group {at} {row}, {column} is lit too",
                        segment.kind
                    );
                }
            }
        }
    });
    assert!(told.get() > 100, "{}", told.get());
}

/// A sentence, or a part of one, and the models for which it may be said.
type Claim = (&'static str, fn(&GptConfig) -> bool);

/// What is said of some models only.
const CLAIMS: [Claim; 25] = [
    ("LN(x + attention(x))", |c| {
        c.norm_placement == NormPlacement::Post
    }),
    ("x + attention(LN(x))", |c| {
        c.norm_placement == NormPlacement::Pre
    }),
    ("LN(X + attention(X))", |c| {
        c.norm_placement == NormPlacement::Post
    }),
    ("X + attention(LN(X))", |c| {
        c.norm_placement == NormPlacement::Pre
    }),
    ("as GPT-2 does", |c| c.norm_placement == NormPlacement::Pre),
    ("as the first transformer did", |c| {
        c.norm_placement == NormPlacement::Post
    }),
    ("one matrix, drawn twice", |c| c.tied_head),
    ("is another one", |c| !c.tied_head),
    ("row of E, which", |c| c.tied_head),
    ("W_U", |c| !c.tied_head),
    ("logits = LN(x)", |c| c.final_norm),
    ("logits = x·", |c| !c.final_norm),
    ("This model has no β", |c| !c.biases.layer_norm),
    ("γ scales and β shifts", |c| c.biases.layer_norm),
    ("β_attn[j]", |c| c.biases.layer_norm),
    ("b_Q", |c| c.biases.query),
    ("b_up", |c| c.biases.feed_forward_up),
    ("b_U", |c| c.biases.head),
    ("ReLU", |c| c.activation == Activation::Relu),
    ("GELU", |c| c.activation != Activation::Relu),
    ("but one head", |c| c.n_heads == 1),
    ("each head", |c| c.n_heads > 1),
    ("blocks on one beam", |c| c.n_blocks > 1),
    ("folded into stacks", |c| c.d_ff > c.d_model),
    ("Why the root?", |c| c.attention_scaling.by_width),
];

#[test]
fn every_claim_holds_for_the_model_that_is_shown() {
    let mut met = BTreeSet::new();
    for show in shows("what light") {
        let config = show.passes()[0].config().clone();
        for (index, segment) in show.timeline().segments().iter().enumerate() {
            let scene = show.scene(index).expect("a scene");
            let stage = segment.kind.description();
            let pass = &show.passes()[segment.pass];
            let mut said = vec![
                (stage.title)(pass.config()).to_owned(),
                (stage.remark)(pass),
            ];
            for caption in &scene.captions {
                said.push(caption.words.clone());
                said.push(caption.formula.to_string());
            }
            said.extend(scene.cards.iter().map(|card| card.text.clone()));
            said.extend(scene.labels.iter().map(|label| label.text.to_string()));
            for text in &said {
                assert!(
                    !text.contains("1 blocks") && !text.contains("1 heads"),
                    "{text}"
                );
                assert!(!text.contains("  1 tokens"), "{text}");
                for (claim, holds) in CLAIMS {
                    if text.contains(claim) {
                        met.insert(claim);
                        assert!(holds(&config), "“{text}” is said of {config:?}");
                    }
                }
            }
        }
    }
    for (claim, _) in CLAIMS {
        assert!(
            met.contains(claim),
            "“{claim}” is never said: is the table out of date?"
        );
    }
}

#[test]
fn the_symbols_name_what_the_operation_reads_and_makes() {
    for show in shows("to be") {
        for operation in show.programs()[0].operations() {
            let symbols = operation.symbols().to_string();
            let name = |operand: orrery_pipeline::Operand| operand.name().to_string();
            let output = name(operation.output());
            assert!(
                symbols.contains(&output) || operation.output().head.is_some(),
                "{symbols}"
            );
        }
    }
}

#[test]
fn every_cell_of_a_quantity_is_on_the_scale_that_the_legend_shows() {
    for show in shows("what light") {
        for index in 0..show.timeline().segments().len() {
            let scene = show.scene(index).expect("a scene");
            for group in &scene.groups {
                // marks in the picture stand for no number
                let name = group.layers[0].step_name();
                if name.is_some_and(|name| name.to_string() == "u") {
                    continue;
                }
                for layer in &group.layers {
                    let scale = layer.scale;
                    assert_eq!(scale.range, show.range(scale.quantity), "{:?}", layer.shows);
                }
            }
        }
    }
}

#[test]
fn the_legend_has_the_scales_of_all_that_is_seen() {
    /// So many stand beside each other at most.
    const MOST: usize = 6;
    let compared = std::cell::Cell::new(0);
    each_instant(|show, index, segment, s| {
        let scene = show.scene(index).expect("a scene");
        let Some(caption) = scene
            .caption(s)
            .filter(|caption| caption.operation.is_some())
        else {
            return;
        };
        let said = &caption.quantities;
        assert!(!said.is_empty() && said.len() <= MOST);
        for group in scene
            .groups
            .iter()
            .filter(|group| group.role == Role::Matrix)
        {
            for (row, column) in [(0, 0), (group.rows - 1, group.columns - 1)] {
                let pose = group.pose(row, column, s);
                let layer = group.layer_of(row, column, s).expect("a layer");
                if !pose.visible() || pose.ghost || said.len() == MOST {
                    continue;
                }
                compared.set(compared.get() + 1);
                assert!(
                    said.contains(&layer.scale.quantity),
                    "{:?} at {s:.1}: {:?} is seen, the legend has {said:?}: {}",
                    segment.kind,
                    layer.scale.quantity,
                    caption.words
                );
            }
        }
    });
    assert!(compared.get() > 10_000, "{}", compared.get());
}

#[test]
fn a_card_about_a_step_comes_with_the_step() {
    let about = [
        ("Why the root?", OperationKind::Scale),
        ("Scores of later tokens", OperationKind::Mask),
        ("P is learned too", OperationKind::LookUp),
    ];
    let mut met = BTreeSet::new();
    for show in shows("what light") {
        for (index, segment) in show.timeline().segments().iter().enumerate() {
            let scene = show.scene(index).expect("a scene");
            let operations = show.programs()[segment.pass].operations();
            for pair in scene.cards.windows(2) {
                assert!(pair[0].window.end <= pair[1].window.start + 1e-3);
            }
            for card in &scene.cards {
                let Some((text, kind)) = about.iter().find(|(text, _)| card.text.starts_with(text))
                else {
                    continue;
                };
                let told = scene.captions.iter().any(|caption| {
                    let of = caption.operation.map(|at| operations[at].kind());
                    let on = card.window.start < caption.window.end
                        && card.window.end > caption.window.start;
                    of == Some(*kind) && on && card.window.start >= caption.window.start - 1e-3
                });
                assert!(
                    told,
                    "{:?}: {text} from {:.1} s",
                    segment.kind, card.window.start
                );
                met.insert(*text);
            }
        }
    }
    assert_eq!(met.len(), about.len(), "{met:?}");
}
