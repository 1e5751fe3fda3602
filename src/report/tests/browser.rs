//! The arithmetic of the page in a real browser, held against the program. Where no Chromium is
//! installed these say so and check nothing; `scripts/test` installs it.

mod support;

use std::collections::BTreeSet;
use std::sync::Arc;

use orrery_analysis::circuits::{mean_own_place, output_value, score_split};
use orrery_analysis::directions::components;
use orrery_analysis::patch_grid::patch_grid;
use orrery_analysis::{Against, Part, Question, Run, SwitchOff, attribution, effects, lens_values};
use orrery_model::{BlockTensor, NormPlacement, SamplingSettings, TensorId, WeightId, draw};
use orrery_pipeline::operand::{Operand, Source};
use orrery_pipeline::operation::Made;
use orrery_pipeline::{Cell, OperationKind, Pass, Program, ProgramOptions, Size};
use orrery_report::Request;
use serde_json::{Value, json};
use support::page::open;
use support::{bard, charlm, random};

#[test]
fn the_page_gives_the_run_s_numbers_and_asks_for_nothing() {
    for request in [
        charlm(),
        bard(),
        random(NormPlacement::Pre, &["a", "b", "c", "d"], &[0, 1, 2, 3, 1]),
    ] {
        let Some(mut page) = open(&request, "") else {
            return;
        };
        let worst = page
            .browser
            .evaluate("report.loadModel().then(report.checkModel).then((found) => found.worst)");
        assert!(worst.as_f64().is_some_and(|worst| worst < 1e-4), "{worst}");
        for panel in [
            "dimensions-panel",
            "positions-panel",
            "wall-panel",
            "first-scores",
            "draw-panel",
            "live-panel",
            "parts-panel",
            "units-panel",
        ] {
            page.browser
                .evaluate(&format!("report.showPanel('{panel}').then(() => true)"));
        }
        page.browser.evaluate(
            "Promise.all(report.matrices.map((matrix) => matrix.show())).then(() => true)",
        );
        assert_eq!(page.browser.complaints(), Vec::<String>::new());
        let own = format!("file://{}", page.file.display());
        assert!(
            page.browser
                .requests()
                .iter()
                .all(|address| *address == own),
            "{:?}",
            page.browser.requests()
        );
    }
}

/// The same run with a head off, in the page and in the program.
#[test]
fn a_head_that_is_off_in_the_page_is_off_as_in_the_program() {
    for request in [charlm(), bard()] {
        let Some(mut page) = open(&request, "") else {
            return;
        };
        let changed = request
            .gpt
            .trace_with(
                &request.ids,
                &"h1.head2=off, h0.mlp=off"
                    .parse()
                    .expect("it is well formed"),
                None,
            )
            .expect("it can be done");
        let logits = changed.matrix(TensorId::Logits).expect("it has some");
        let last: Vec<f32> = logits.row(request.ids.len() - 1).to_vec();
        page.browser
            .evaluate("report.showPanel('live-panel').then(() => true)");
        let found = page.browser.evaluate("(() => { const off = document.getElementById('live-off'); for (const option of off.options) option.selected = ['h1.head2', 'h0.mlp'].includes(option.value); off.dispatchEvent(new Event('input')); return document.getElementById('live-panel').done.then(() => document.getElementById('live-panel').result.changed); })()");
        let found: Vec<f64> = serde_json::from_value(found).expect("they are numbers");
        assert_eq!(found.len(), last.len());
        for (found, known) in found.iter().zip(&last) {
            assert!((found - f64::from(*known)).abs() < 1e-4, "{found} {known}");
        }
    }
}

/// How many cells of each operation's output are asked for.
const CELLS: usize = 18;

/// Cells of every kind: the page's terms add up to the number, and its list of what a cell was made of is
/// that of the program's operation table.
#[test]
fn a_cell_is_made_of_what_the_operation_table_says() {
    for placement in [NormPlacement::Pre, NormPlacement::Post] {
        let request = random(placement, &["a", "b", "c", "d", "e"], &[0, 1, 2, 3, 1]);
        let Some(mut page) = open(&request, "") else {
            return;
        };
        let trace = request.gpt.trace(&request.ids).expect("the ids are valid");
        let last = trace
            .matrix(TensorId::Logits)
            .expect("it has some")
            .row(4)
            .to_vec();
        let pass = Pass {
            gpt: request.gpt.clone(),
            draw: draw(&last, &request.sampling, 0, &[]).expect("one can be drawn"),
            trace,
            sampling: request.sampling.clone(),
            never_drawn: Arc::new([]),
            tokens: vec![String::new(); 5],
            vocabulary: Arc::new([]),
            text: String::new(),
            text_after: String::new(),
            lenses: Box::default(),
        };
        let options = ProgramOptions {
            opened: [0, 1].into(),
            ..ProgramOptions::first_block()
        };
        let program = Program::new(&pass, &options);
        let (mut asked, mut known) = (Vec::new(), Vec::new());
        for operation in program.operations() {
            let output = operation.output();
            let Source::Value(id) = output.source else {
                continue;
            };
            // the page has a head's Q, K and V from the projection itself
            let shared_out = operation.kind() == OperationKind::SplitHeads;
            if output.transposed || output.last_row || shared_out {
                continue;
            }
            let inputs: Vec<Operand> = operation.inputs();
            let views: Vec<_> = inputs
                .iter()
                .map(|&input| pass.matrix(input).expect("it is there"))
                .collect();
            let sizes: Vec<Size> = views.iter().map(|view| view.dim().into()).collect();
            let whole = pass.matrix(output).expect("it is there");
            // over both placements more than two thousand cells
            for at in 0..CELLS {
                let cell = Cell::new((at * 2 + 1) % whole.nrows(), (at * 7 + 3) % whole.ncols());
                let made_of: BTreeSet<String> = operation
                    .dependencies(&sizes, Made::Output, cell)
                    .into_iter()
                    .filter_map(|dependency| {
                        let input = inputs[dependency.input].canonical(request.gpt.config());
                        let (mut row, mut column) = (dependency.cell.row, dependency.cell.column);
                        if input.transposed {
                            std::mem::swap(&mut row, &mut column);
                        }
                        let name = match input.source {
                            Source::Weight(id) => id.to_string(),
                            Source::Value(id) => id.to_string(),
                            _ => return None,
                        };
                        let head = input.head.map_or(String::new(), |head| format!(".{head}"));
                        Some(format!("{name}{head}[{row},{column}]"))
                    })
                    .collect();
                asked.push(json!([id.to_string(), output.head, cell.row, cell.column]));
                known.push((operation.kind(), made_of, whole[[cell.row, cell.column]]));
            }
        }
        let expression = format!(
            "(async () => {{ const out = []; for (const [name, head, row, column] of {}) {{ const made = await report.derive(name, head, row, column); out.push(made && {{ sum: made.kind === 'sum' ? made.terms.reduce((sum, term) => sum + term.product, 0) : made.kind === 'softmax' ? made.terms[made.chosen].product / made.total : made.value, size: made.terms.reduce((sum, term) => sum + Math.abs(term.product), 0), value: made.value, from: report.dependencies(made) }}); }} return out; }})()",
            Value::from(asked.clone())
        );
        let found = page.browser.evaluate(&expression);
        let found = found.as_array().expect("it is a list");
        let mut kinds = BTreeSet::new();
        for ((found, (kind, made_of, value)), asked) in found.iter().zip(&known).zip(&asked) {
            assert!(!found.is_null(), "{asked} is not explained");
            kinds.insert(format!("{kind:?}"));
            if value.is_finite() {
                let sum = found["sum"].as_f64().expect("it is a number");
                let size = found["size"].as_f64().unwrap_or(0.0);
                assert!(
                    (sum - f64::from(*value)).abs() <= 1e-5 * size.max(1.0),
                    "{asked}: {sum} {value}"
                );
            }
            let config = request.gpt.config();
            let theirs: BTreeSet<String> = found["from"]
                .as_array()
                .expect("it is a list")
                .iter()
                .filter_map(Value::as_str)
                // the table computes mean and variance within the norm
                .filter(|name| !name.contains("_mean[") && !name.contains("_variance["))
                .map(|name| canonical(name, config))
                .collect();
            assert_eq!(&theirs, made_of, "{placement:?} {asked}");
        }
        assert!(kinds.len() >= 9, "{kinds:?}");
        assert!(asked.len() > 1000, "{} cells", asked.len());
    }
}

/// The name under which a number was made.
fn canonical(address: &str, config: &orrery_model::GptConfig) -> String {
    let (name, cell) = address.split_once('[').expect("it has a cell");
    match name.parse::<TensorId>() {
        Ok(id) => match Operand::from(id).canonical(config).source {
            Source::Value(id) => format!("{id}[{cell}"),
            _ => address.to_owned(),
        },
        Err(_) => address.to_owned(),
    }
}

#[test]
fn the_draw_is_the_program_s() {
    let request = bard();
    let Some(mut page) = open(&request, "") else {
        return;
    };
    let trace = request.gpt.trace(&request.ids).expect("the ids are valid");
    let logits = trace
        .matrix(TensorId::Logits)
        .expect("it has some")
        .row(request.ids.len() - 1)
        .to_vec();
    for number in 0..100_u64 {
        let settings = SamplingSettings {
            temperature: [0.0, 0.3, 0.8, 1.0, 2.5][number as usize % 5],
            top_k: (number % 3 == 1).then_some(1 + number as usize % 20),
            top_p: (number % 4 == 2).then_some(0.1 + 0.03 * (number % 30) as f32),
            seed: number * 0x9e37_79b9_7f4a_7c15 % (1 << 60),
        };
        let known = draw(&logits, &settings, number % 7, request.tokenizer.special())
            .expect("one can be drawn");
        let found = page.browser.evaluate(&format!(
            "(() => {{ const found = report.drawToken({}, {{ temperature: {}, topK: {}, topP: {}, seed: {}n, step: {}n }}, {}); return [found.id, found.u, found.begin, found.end]; }})()",
            json!(logits), settings.temperature, json!(settings.top_k), json!(settings.top_p), settings.seed, number % 7, json!(request.tokenizer.special())
        ));
        assert_eq!(found[0], json!(known.token_id), "{settings:?}");
        let u = found[1].as_f64();
        // JSON's digits may be read one bit off
        let same = match (u, known.u) {
            (Some(found), Some(known)) => (found - known).abs() < 1e-15,
            (found, known) => found.is_none() && known.is_none(),
        };
        assert!(same, "{settings:?}: {u:?} {:?}", known.u);
        assert!((found[2].as_f64().unwrap_or(0.0) - known.share_begin).abs() < 1e-12);
        assert!((found[3].as_f64().unwrap_or(0.0) - known.share_end).abs() < 1e-12);
    }
}

/// Why any token and not any other, at any position: the page's own book-keeping is the analysis's.
#[test]
fn any_two_tokens_can_be_held_against_each_other() {
    let random = |placement| random(placement, &["a", "b", "c", "d", "e"], &[0, 1, 2, 3, 1]);
    for request in [
        charlm(),
        bard(),
        random(NormPlacement::Pre),
        random(NormPlacement::Post),
    ] {
        let Some(mut page) = open(&request, "") else {
            return;
        };
        let browser = &mut page.browser;
        let trace = request.gpt.trace(&request.ids).expect("the ids are valid");
        let run = Run::new(&request.gpt, &trace).expect("it is its own");
        let count = request.tokenizer.vocab_size();
        let last = request.ids.len() - 1;
        for (token, against, position) in [(1, 2, last), (count - 1, 0, last / 2), (2, 1, 0)] {
            let question = Question {
                token,
                against: Against::Token(against),
                position,
            };
            let known = attribution(&run, question).expect("it can be asked");
            let found = browser.evaluate(&format!(
                "report.directShares({token}, {against}, {position}).then((parts) => parts.map((part) => part.share))"
            ));
            let found: Vec<f64> = serde_json::from_value(found).expect("they are numbers");
            let shares = known.shares.iter().map(|share| share.share);
            let shares: Vec<f64> = shares.chain([known.bias()]).collect();
            assert_near(&found, &shares, 1e-4);
            let found =
                browser.evaluate(&format!("report.lensSteps({token}, {against}, {position})"));
            let found: Vec<f64> = serde_json::from_value(found).expect("they are numbers");
            let known = lens_values(&run, &question).expect("it can be asked");
            let known: Vec<f64> = known.into_iter().map(|(_, value)| value).collect();
            assert_near(&found, &known, 1e-4);
            // and the link to it, typed as the page writes its tokens
            browser.evaluate(&format!(
                "(location.hash = '#why?' + new URLSearchParams({{ a: '#{token}', b: '#{against}', t: {position} }}), true)"
            ));
            browser.until(&format!(
                "(() => {{ const why = document.getElementById('why-panel').why; return why?.token === {token} && why.against === {against} && why.position === {position} && why.whole; }})()"
            ));
            let parts = [Part::Head { block: 0, head: 1 }, Part::Mlp(0)];
            let never = request.tokenizer.special();
            let known = effects(&run, &[question], &parts, SwitchOff::Zero, never)
                .expect("it can be asked");
            for (name, known) in ["h0.head1", "h0.mlp"].into_iter().zip(&known[0]) {
                let found = browser.evaluate(&format!(
                    "(() => {{ const part = document.getElementById('why-panel').why.parts.find((part) => part.part === '{name}'); return [part.effect, part.without.id, part.without.value]; }})()"
                ));
                assert_near(
                    &[found[0].as_f64().unwrap_or(f64::NAN)],
                    &[known.effect],
                    1e-4,
                );
                assert_eq!(found[1], json!(known.top.0), "{name}");
            }
        }
        // alone, and less the mean of all; and off by the mean over the text
        for (text, against, held) in [
            ("(nothing)", "'nothing'", Against::Nothing),
            ("(mean of all)", "'mean'", Against::Mean),
        ] {
            let question = Question {
                token: 1,
                against: held,
                position: last,
            };
            let known = attribution(&run, question).expect("it can be asked");
            let found = browser.evaluate(&format!("Promise.all([report.directShares(1, {against}, {last}).then((parts) => parts.map((part) => part.share)), report.lensSteps(1, {against}, {last})])"));
            let [found, steps]: [Vec<f64>; 2] =
                serde_json::from_value(found).expect("they are numbers");
            let shares = known.shares.iter().map(|share| share.share);
            let shares: Vec<f64> = shares.chain([known.bias()]).collect();
            assert_near(&found, &shares, 1e-4);
            let known = lens_values(&run, &question).expect("it can be asked");
            let known: Vec<f64> = known.into_iter().map(|(_, value)| value).collect();
            assert_near(&steps, &known, 1e-4);
            browser.evaluate(&format!("(document.getElementById('why-off').value = 'mean', location.hash = '#why?' + new URLSearchParams({{ a: '#1', b: '{text}', t: {last} }}), true)"));
            browser.until(&format!("(() => {{ const why = document.getElementById('why-panel').why; return why?.against === {against} && why.whole; }})()"));
            let parts = [Part::Head { block: 0, head: 1 }, Part::Mlp(0)];
            let never = request.tokenizer.special();
            let known = effects(&run, &[question], &parts, SwitchOff::Mean, never)
                .expect("it can be asked");
            for (name, known) in ["h0.head1", "h0.mlp"].into_iter().zip(&known[0]) {
                let found = browser.evaluate(&format!("document.getElementById('why-panel').why.parts.find((part) => part.part === '{name}').effect"));
                assert_near(&[found.as_f64().unwrap_or(f64::NAN)], &[known.effect], 1e-4);
            }
        }
        let said = browser.evaluate("document.getElementById('why').textContent");
        let said = said.as_str().expect("it is text");
        assert!(
            said.contains("less the mean of all logits") && said.contains("mean over the rows")
        );
        assert_eq!(browser.complaints(), Vec::<String>::new());
    }
}

fn assert_near(found: &[f64], known: &[f64], tolerance: f64) {
    assert_eq!(found.len(), known.len());
    for (found, known) in found.iter().zip(known) {
        let near = (found - known).abs() <= tolerance * known.abs().max(1.0);
        assert!(near, "{found} {known}");
    }
}

/// `charlm`, and random models with every bias.
fn models_of_both_norms() -> [Request; 3] {
    let random = |placement| random(placement, &["a", "b", "c", "d", "e"], &[0, 1, 2, 3, 1]);
    [
        charlm(),
        random(NormPlacement::Pre),
        random(NormPlacement::Post),
    ]
}

/// The four-way split of every score behind a bar of the attention wall.
#[test]
fn scores_are_split_as_the_analysis_splits_them() {
    for request in models_of_both_norms() {
        let Some(mut page) = open(&request, "") else {
            return;
        };
        let trace = request.gpt.trace(&request.ids).expect("the ids are valid");
        let run = Run::new(&request.gpt, &trace).expect("it is its own");
        for (block, head, row) in [(0, 0, 3), (1, 2, 4)] {
            let found = page
                .browser
                .evaluate(&format!("report.scoreSplit({block}, {head}, {row})"));
            let found: Vec<Vec<f64>> = serde_json::from_value(found).expect("they are numbers");
            assert_eq!(found.len(), row + 1);
            for (key, found) in found.iter().enumerate() {
                let known = score_split(&run, (block, head), row, key).expect("it can be asked");
                let four = [(0, 0), (0, 1), (1, 0), (1, 1)].map(|(q, k)| known.terms[q][k]);
                assert_near(&found[..4], &four, 1e-4);
                let sum: f64 = found.iter().sum();
                assert_near(&[sum], &[known.score], 1e-9);
            }
        }
        page.browser.evaluate("report.showPanel('wall-panel').then((place) => { place.querySelector('figcaption button').click(); return true; })");
        page.browser
            .until("document.querySelectorAll('#wall-panel table.split tbody tr').length");
        assert_eq!(page.browser.complaints(), Vec::<String>::new());
    }
}

/// Another prompt than the report's, typed into the live model.
#[test]
fn a_second_prompt_runs_as_in_the_program() {
    for (request, text) in [(charlm(), "the king"), (bard(), "My lord, the")] {
        let Some(mut page) = open(&request, "") else {
            return;
        };
        let ids = request.tokenizer.encode(text).expect("it knows the text");
        let trace = request.gpt.trace(&ids).expect("the ids are valid");
        let logits = trace.matrix(TensorId::Logits).expect("it has some");
        let known: Vec<f64> = logits
            .row(ids.len() - 1)
            .iter()
            .map(|&logit| f64::from(logit))
            .collect();
        page.browser
            .evaluate("report.showPanel('live-panel').then(() => true)");
        let found = page.browser.evaluate(&format!(
            "(() => {{ const text = document.getElementById('live-text'); text.value = {}; text.dispatchEvent(new Event('input')); return document.getElementById('live-panel').done.then(() => document.getElementById('live-panel').result.base); }})()",
            json!(text)
        ));
        let found: Vec<f64> = serde_json::from_value(found).expect("they are numbers");
        assert_near(&found, &known, 1e-4);
    }
}

/// The patch grid of two tokens of the reader's choice, and the difference of any matrix: from the page's own runs.
#[test]
fn two_prompts_are_held_against_each_other_as_in_the_program() {
    let mut request = charlm();
    request.ids = request.tokenizer.encode_lossy("what light").0;
    request.compare = Some(request.tokenizer.encode_lossy("what night").0);
    let Some(mut page) = open(&request, "") else {
        return;
    };
    let browser = &mut page.browser;
    let other = request.compare.clone().expect("it was set");
    let trace = request.gpt.trace(&request.ids).expect("the ids are valid");
    let there = Arc::new(request.gpt.trace(&other).expect("the ids are valid"));
    let run = Run::new(&request.gpt, &trace).expect("it is its own");
    let last = request.ids.len() - 1;
    // the exchanged letter has a column of its own
    let pairs: Vec<(usize, usize)> = (0..=last).map(|at| (at, at)).collect();
    let asked = Question {
        token: 3,
        against: Against::Token(8),
        position: last,
    };
    let known = patch_grid(&run, &there, &pairs, asked, last).expect("it can be asked");
    browser.evaluate("report.showPanel('patch-panel').then((place) => { document.getElementById('patch-token').value = '#3'; const against = document.getElementById('patch-against'); against.value = '#8'; against.dispatchEvent(new Event('change')); return place.done.then(() => true); })");
    let found = browser.evaluate("document.getElementById('patch-panel').moved");
    let found: Vec<Vec<f64>> = serde_json::from_value(found).expect("they are numbers");
    assert_eq!(found.len(), known.moved.len());
    for (found, known) in found.iter().zip(&known.moved) {
        assert_near(found, known, 1e-3);
    }
    let run_there = Run::new(&request.gpt, &there).expect("it is its own");
    let here = run.head(2, BlockTensor::Attention, 1);
    let other = run_there.head(2, BlockTensor::Attention, 1);
    // every head of both: how much of its attention goes elsewhere
    let moved = browser.evaluate("report.showPanel('walls-panel').then((place) => place.moved)");
    let moved: Vec<f64> = serde_json::from_value(moved).expect("they are numbers");
    for (at, moved) in moved.iter().enumerate() {
        let (block, head) = (at / 4, at % 4);
        let id = TensorId::Block(block, BlockTensor::Attention);
        let (a, b) = (trace.head(id, head, 4), there.head(id, head, 4));
        let (a, b) = (a.expect("it has one"), b.expect("it has one"));
        let mut known = 0.0;
        for &(here, other) in &pairs {
            for &(x, y) in pairs.iter().filter(|&&(x, y)| x <= here && y <= other) {
                known += f64::from((a[[here, x]] - b[[other, y]]).abs()) / 2.0 / pairs.len() as f64;
            }
        }
        assert!((moved - known).abs() < 1e-5, "{moved} {known}");
    }
    assert_eq!(moved.len(), 16);
    browser.evaluate("report.showPanel('difference-panel').then((place) => { document.getElementById('difference-head').value = '1'; const which = document.getElementById('difference-tensor'); which.value = 'block2.attention'; which.dispatchEvent(new Event('input')); return place.done.then(() => true); })");
    let found = browser.evaluate("[[9, 5], [7, 6]].map(([row, column]) => document.getElementById('difference-panel').difference(row, column))");
    let known = [[9, 5], [7, 6]].map(|at| f64::from(other[at]) - f64::from(here[at]));
    let found: Vec<f64> = serde_json::from_value(found).expect("they are numbers");
    assert_near(&found, &known, 1e-5);
    assert_eq!(browser.complaints(), Vec::<String>::new());
    // beside a changed run the page, which makes unchanged ones, has nothing to say of B
    request.interventions = "h1.head0=off".parse().expect("it is well formed");
    let Some(mut page) = open(&request, "") else {
        return;
    };
    let said = page.browser.evaluate("Promise.all(['patch-panel', 'difference-panel'].map((id) => report.showPanel(id))).then((places) => places.map((place) => place.textContent.includes('The run was changed')))");
    assert_eq!(said, json!([true, true]));
}

/// Directions that are no token: the page's principal components are the analysis's.
#[test]
fn directions_are_the_analysis_s() {
    let request = bard();
    let Some(mut page) = open(&request, "") else {
        return;
    };
    let trace = request.gpt.trace(&request.ids).expect("the ids are valid");
    let run = Run::new(&request.gpt, &trace).expect("it is its own");
    let table = run.weight(WeightId::Embedding).expect("it has one");
    let never = request.tokenizer.special();
    assert!(never.is_empty(), "every row counts");
    let known = &components(table, 1)[0];
    let found = page.browser.evaluate("report.showPanel('dimensions-panel').then(async (place) => { document.getElementById('direction').value = 'component 1'; const { of } = await place.values(); const all = Array.from({ length: report.manifest.config.vocab_size }, (_, id) => of(id)), mean = all.reduce((a, b) => a + b, 0) / all.length; return all.map((x) => x - mean); })");
    let mut found: Vec<f64> = serde_json::from_value(found).expect("they are numbers");
    // either sign is right
    if found[0] * known.places[0] < 0.0 {
        found.iter_mut().for_each(|x| *x = -*x);
    }
    assert_near(&found, &known.places, 1e-3);
    for (direction, there) in [
        ("head 2.1", true),
        ("component 3", true),
        ("component 99", false),
        // any unit, whether or not it is among the largest
        ("neuron 1.0", true),
        ("neuron 4.255", true),
        ("neuron 4.256", false),
        ("neuron 5.0", false),
    ] {
        let title = page.browser.evaluate(&format!("report.showPanel('dimensions-panel').then(async (place) => {{ document.getElementById('direction').value = {}; return (await place.values())?.title ?? null; }})", json!(direction)));
        let known = if there { json!(direction) } else { Value::Null };
        assert_eq!(title, known);
    }
}

/// Every product of a part of a query and a part of a key, and every unit's direct share, in the page and in the program.
#[test]
fn products_of_parts_and_shares_of_units_are_the_analysis_s() {
    for request in models_of_both_norms() {
        let Some(mut page) = open(&request, "") else {
            return;
        };
        let trace = request.gpt.trace(&request.ids).expect("the ids are valid");
        let run = Run::new(&request.gpt, &trace).expect("it is its own");
        for (block, head, query, key) in [(0, 1, 3, 2), (1, 2, 4, 0), (1, 0, 4, 4)] {
            let found = page.browser.evaluate(&format!(
                "report.partProducts({block}, {head}, {query}, {key}).then((found) => found.terms)"
            ));
            let found: Vec<Vec<f64>> = serde_json::from_value(found).expect("they are numbers");
            let known = score_split(&run, (block, head), query, key).expect("it can be asked");
            assert_eq!(found.len(), known.terms.len());
            for (found, known) in found.iter().zip(&known.terms) {
                assert_near(found, known, 1e-4);
            }
        }
        let question = Question {
            token: 1,
            against: Against::Token(2),
            position: 4,
        };
        let known = attribution(&run, question).expect("it can be asked");
        let pieces = &known.of(Part::Mlp(1)).expect("it has one").pieces;
        let found = page
            .browser
            .evaluate("report.unitShares(1, 2, 4, 1).then((units) => units.sort((a, b) => a.unit - b.unit).map((one) => one.share))");
        let found: Vec<f64> = serde_json::from_value(found).expect("they are numbers");
        assert_near(&found, pieces, 1e-4);
        page.browser.evaluate("Promise.all(['parts-panel', 'units-panel'].map((id) => report.showPanel(id))).then(() => true)");
        assert_eq!(page.browser.complaints(), Vec::<String>::new());
    }
}

/// What any token writes through any head, in the page and in the program, and how much the head copies.
#[test]
fn what_any_token_writes_is_the_analysis_s() {
    for request in models_of_both_norms() {
        let Some(mut page) = open(&request, "") else {
            return;
        };
        let trace = request.gpt.trace(&request.ids).expect("the ids are valid");
        let run = Run::new(&request.gpt, &trace).expect("it is its own");
        let never = request.tokenizer.special();
        let last = request.ids.len() - 1;
        for (block, head, token, source, row) in [(0, 1, 2, 0, 3), (1, 2, 3, 4, 4), (1, 0, 1, 2, 2)]
        {
            let found = page.browser.evaluate(&format!(
                "report.writesOf({block}, {head}, {source}, {row}).then((of) => [...of({token})])"
            ));
            let found: Vec<f64> = serde_json::from_value(found).expect("they are numbers");
            let known = output_value(&run, (block, head), (token, source), row);
            assert_near(&found, &known, 1e-4);
        }
        let mean = page.browser.evaluate("report.showPanel('writes-panel').then(async (place) => { const head = document.getElementById('ov-head'); head.value = 1; head.dispatchEvent(new Event('input')); await place.done; return place.copies; })");
        let size = request.gpt.config().vocab_size;
        let tokens: Vec<usize> = (0..size).filter(|id| !never.contains(id)).collect();
        let known = mean_own_place(&run, (0, 1), &tokens, (last, last), never);
        assert_near(&[mean.as_f64().expect("it is a number")], &[known], 1e-9);
        // every head has its line in the table
        let lines = page.browser.evaluate("(async () => { const place = document.getElementById('writes-panel'), details = place.querySelector('details'); details.open = true; await new Promise((done) => setTimeout(done)); await place.copying; return details.querySelectorAll('tbody tr').length; })()");
        let config = request.gpt.config();
        assert_eq!(lines, json!(config.n_blocks * config.n_heads));
        assert_eq!(page.browser.complaints(), Vec::<String>::new());
    }
}

/// A part of the waterfall, opened: the dimensions of its share, its source tokens or its units are the analysis's.
#[test]
fn a_part_opens_into_what_it_is_made_of() {
    for request in models_of_both_norms() {
        let Some(mut page) = open(&request, "") else {
            return;
        };
        let trace = request.gpt.trace(&request.ids).expect("the ids are valid");
        let run = Run::new(&request.gpt, &trace).expect("it is its own");
        let question = Question {
            token: 1,
            against: Against::Token(2),
            position: 4,
        };
        let known = attribution(&run, question).expect("it can be asked");
        let parts = [
            ("token", Part::Token),
            ("position", Part::Position),
            ("h0.head1", Part::Head { block: 0, head: 1 }),
            ("h1.head2", Part::Head { block: 1, head: 2 }),
            ("h1.mlp", Part::Mlp(1)),
        ];
        for (name, part) in parts {
            let known = known.of(part).expect("it has a share");
            let found = page.browser.evaluate(&format!("report.directShares(1, 2, 4).then((parts) => {{ const one = parts.find((part) => part.part === '{name}'); return [one.dimensions(), one.sources?.() ?? []]; }})"));
            let [dimensions, sources]: [Vec<f64>; 2] =
                serde_json::from_value(found).expect("they are numbers");
            assert_near(&dimensions, &known.dimensions, 1e-4);
            if matches!(part, Part::Head { .. }) {
                assert_near(&sources, &known.pieces[..sources.len()], 1e-4);
            }
        }
        // by hand: the part's name is a button, and what opens adds up to its share
        page.browser
            .until("document.querySelector('#why tr[data-part=\"h1.mlp\"] button')");
        page.browser
            .evaluate("document.querySelector('#why tr[data-part=\"h1.mlp\"] button').click()");
        page.browser
            .until("document.querySelectorAll('#why-inside tfoot').length === 2");
        let told = page.browser.evaluate("[...document.querySelectorAll('#why-inside tfoot td.num')].map((cell) => cell.textContent)");
        let share = page.browser.evaluate(
            "document.querySelector('#why tr[data-part=\"h1.mlp\"]').children[2].textContent",
        );
        assert_eq!(told[0], share);
        assert_eq!(told[1], share);
        assert_eq!(page.browser.complaints(), Vec::<String>::new());
    }
}

/// Of a large vocabulary the file has the largest logits only: probabilities and draws that are shown are exact, or the page
/// says what they hang on.
#[test]
fn of_a_large_vocabulary_the_probabilities_are_exact() {
    let config = orrery_model::GptConfig {
        vocab_size: 1500,
        context_length: 8,
        d_model: 16,
        n_heads: 2,
        n_blocks: 2,
        d_ff: 32,
        ..orrery_model::GptConfig::default()
    };
    let names: Vec<String> = (0..1500).map(|id| format!("w{id}")).collect();
    let tokenizer = orrery_model::Tokenizer::of_tokens(names).expect("they are fine");
    let gpt = orrery_model::Gpt::random(config, 5).expect("it is valid");
    let mut request = support::request(gpt, tokenizer, "");
    request.ids = vec![3, 700, 1499, 20, 5];
    let trace = request.gpt.trace(&request.ids).expect("the ids are valid");
    let known = trace.matrix(TensorId::Probabilities).expect("it has some");
    for weights in [orrery_report::Weights::No, orrery_report::Weights::Yes] {
        request.weights = weights;
        let Some(mut page) = open(&request, "") else {
            return;
        };
        let browser = &mut page.browser;
        // the terms of a probability come to the sum over the whole vocabulary
        let found = browser.evaluate("(async () => { const top = (await report.findings()).next[0].id, made = await report.derive('probabilities', null, 4, top); return [top, made.terms[made.chosen].product / made.total, made.terms.reduce((sum, term) => sum + term.product, 0) / made.total]; })()");
        let top = found[0].as_u64().expect("an id") as usize;
        let numbers: Vec<f64> =
            serde_json::from_value(json!([found[1], found[2]])).expect("they are numbers");
        assert_near(&numbers, &[f64::from(known[[4, top]]), 1.0], 1e-6);
        // at temperature 1 every share is the model's own; with the weights inside the draw is too
        let set = "const set = (id, value) => { const control = document.getElementById(id); control.value = value; control.dispatchEvent(new Event('input')); };";
        let shares = browser.evaluate(&format!("report.showPanel('draw-panel').then((place) => {{ {set} set('temperature', 1); set('top-k', ''); set('top-p', ''); return place.shares ?? place.drawn.shares.slice(0, 12); }})"));
        let shares: Vec<(usize, f64)> = serde_json::from_value(shares).expect("they are shares");
        for &(id, share) in &shares[..12] {
            assert_near(&[share], &[f64::from(known[[4, id]])], 1e-6);
        }
        let said = browser.evaluate("document.getElementById('draw-panel').textContent");
        let hangs = said
            .as_str()
            .expect("text")
            .contains("are not in this file");
        assert_eq!(hangs, weights == orrery_report::Weights::No);
        // among the largest it is exact without them
        let drawn = browser.evaluate(&format!("report.showPanel('draw-panel').then((place) => {{ {set} set('temperature', 0.7); set('top-k', 40); set('seed', 9); return place.drawn.id; }})"));
        let settings = SamplingSettings {
            temperature: 0.7,
            top_k: Some(40),
            seed: 9,
            ..SamplingSettings::default()
        };
        let logits = trace.matrix(TensorId::Logits).expect("it has some");
        let there = draw(&logits.row(4).to_vec(), &settings, 0, &[]).expect("it can be drawn");
        assert_eq!(drawn, json!(there.token_id));
        // two tokens of which neither is among the largest
        if weights == orrery_report::Weights::Yes {
            let order = browser.evaluate("report.tensor('logits').then((all) => [...all.values.subarray(4 * 1500)].findIndex(Number.isNaN))");
            let least = order.as_u64().expect("there is one") as usize;
            let value = browser.evaluate(&format!(
                "report.lensSteps({least}, {top}, 4).then((values) => values.at(-1))"
            ));
            let there = f64::from(logits[[4, least]]) - f64::from(logits[[4, top]]);
            assert_near(&[value.as_f64().expect("a number")], &[there], 1e-5);
            // what heads write has a line for each token of the text, with its place among all
            let own = browser.evaluate("report.showPanel('writes-panel').then((place) => [...place.querySelectorAll('table.sortable tbody')[0].rows].map((row) => [row.cells[0].textContent, Number(row.cells[1].textContent), row.cells[2].children.length]))");
            let own: Vec<(String, usize, usize)> = serde_json::from_value(own).expect("rows");
            assert_eq!(own.len(), 5);
            let run = Run::new(&request.gpt, &trace).expect("it is its own");
            let effect = output_value(&run, (0, 0), (700, 4), 4);
            let above = effect.iter().filter(|&&x| x > effect[700]).count();
            assert_eq!(own[1], ("w700".to_owned(), 1 + above, 20));
        }
        assert_eq!(browser.complaints(), Vec::<String>::new());
    }
}
