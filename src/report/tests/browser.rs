//! The page in a real browser: its own arithmetic, its links, its keys, its looks. Where no Chromium is
//! installed these say so and check nothing; `scripts/test` installs it.

mod support;

use std::collections::BTreeSet;
use std::sync::Arc;

use orrery_analysis::circuits::score_split;
use orrery_analysis::{Against, Part, Question, Run, SwitchOff, attribution, effects, lens_values};
use orrery_model::{Address, NormPlacement, SamplingSettings, TensorId, draw};
use orrery_pipeline::operand::{Operand, Source};
use orrery_pipeline::operation::Made;
use orrery_pipeline::{Cell, OperationKind, Pass, Program, ProgramOptions, Size};
use orrery_report::{Request, report};
use serde_json::{Value, json};
use support::browser::Browser;
use support::{HOSTILE, bard, charlm, random};

/// A page of a report, open in a browser.
struct Page {
    browser: Browser,
    file: std::path::PathBuf,
    _folder: tempfile::TempDir,
}

fn open(request: &Request, fragment: &str) -> Option<Page> {
    let mut browser = Browser::start()?;
    let folder = tempfile::tempdir().expect("there is room");
    let file = folder.path().join("report.html");
    let made = report(request).expect("it can be made");
    std::fs::write(&file, made.html).expect("it can be written");
    browser.open(&file, fragment);
    Some(Page {
        browser,
        file,
        _folder: folder,
    })
}

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

/// The four-way split of every score behind a bar of the attention wall.
#[test]
fn scores_are_split_as_the_analysis_splits_them() {
    let random = |placement| random(placement, &["a", "b", "c", "d", "e"], &[0, 1, 2, 3, 1]);
    for request in [
        charlm(),
        random(NormPlacement::Pre),
        random(NormPlacement::Post),
    ] {
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

#[test]
fn hostile_tokens_stay_text() {
    let request = random(NormPlacement::Pre, &HOSTILE, &[0, 1, 2, 3, 4, 0]);
    let Some(mut page) = open(&request, "") else {
        return;
    };
    page.browser.evaluate("Promise.all([...report.matrices.map((matrix) => matrix.show()), report.showPanel('dimensions-panel'), report.showPanel('live-panel'), report.showPanel('wall-panel')]).then(() => true)");
    page.browser
        .evaluate("report.openCell(report.parseAddress('logits[0,1]')).then(() => true)");
    assert_eq!(page.browser.evaluate("typeof window.x"), json!("undefined"));
    assert_eq!(
        page.browser
            .evaluate("document.querySelectorAll('main img').length"),
        json!(0)
    );
    let chip = page
        .browser
        .evaluate("document.querySelector('header.bar .chip').textContent");
    assert_eq!(chip, json!("</script><script>window.x=1</script>"));
    assert_eq!(page.browser.complaints(), Vec::<String>::new());
}

#[test]
fn keys_alone_reach_a_cell_and_come_back() {
    let Some(mut page) = open(&charlm(), "#h1") else {
        return;
    };
    let browser = &mut page.browser;
    browser.until("document.querySelector('#h1 > details').open");
    // as if tabbed there: the grid has one stop, arrows walk within it
    browser.evaluate("(async () => { const place = [...document.querySelectorAll('.matrix[data-tensor=\"block1.attention\"]')][1]; await place.matrix.show(); place.matrix.focus(); return true; })()");
    for _ in 0..5 {
        browser.press("ArrowDown");
    }
    for _ in 0..3 {
        browser.press("ArrowRight");
    }
    let label = browser.evaluate("document.activeElement.getAttribute('aria-label')");
    assert!(
        label
            .as_str()
            .is_some_and(|label| label.starts_with("row 5 ") && label.contains(" 3: ")),
        "{label}"
    );
    browser.press("Enter");
    browser.until("document.getElementById('cell').open && document.getElementById('cell-name')");
    assert_eq!(
        browser.evaluate("document.getElementById('cell-name').textContent"),
        json!("block1.attention.1[5,3]")
    );
    assert_eq!(
        browser.evaluate("location.hash"),
        json!("#block1.attention.1[5,3]")
    );
    // its link leads to the same cell from anywhere
    let there =
        browser.evaluate("[location.href, document.querySelector('#cell .value').textContent]");
    let copied = browser.evaluate("(async () => { const texts = []; Object.defineProperty(navigator, 'clipboard', { value: { writeText: async (text) => { texts.push(text); } } }); [...document.querySelectorAll('#cell .tools button')].find((button) => button.textContent === 'copy link').click(); return texts[0]; })()");
    assert_eq!(copied, there[0]);
    browser.press("Escape");
    browser.until("!document.getElementById('cell').open");
    browser.until("document.activeElement.getAttribute('role') === 'gridcell'");
    browser.press("/");
    browser.until("document.getElementById('search').open");
    for key in ["w", "a", "l", "l"] {
        browser.press(key);
    }
    browser.until("document.querySelector('#search a')");
    browser.press("Enter");
    browser.until("location.hash === '#wall'");
    assert_eq!(browser.complaints(), Vec::<String>::new());
    // in a window of its own
    let Some(mut other) = Browser::start() else {
        return;
    };
    other.open(&page.file, "#block1.attention.1[5,3]");
    other.until("document.getElementById('cell').open && document.querySelector('#cell .value')");
    let again =
        other.evaluate("[location.href, document.querySelector('#cell .value').textContent]");
    assert_eq!(again, there);
}

/// What a reader without scripts has: the answer, the map, the surprise, why, and the logits.
#[test]
fn without_scripts_the_core_has_its_numbers() {
    let request = charlm();
    let Some(mut page) = open(&request, "") else {
        return;
    };
    let (browser, file) = (&mut page.browser, &page.file);
    browser.ask(
        "Emulation.setScriptExecutionDisabled",
        json!({ "value": true }),
    );
    browser.open(file, "");
    assert_eq!(browser.evaluate("typeof report"), json!("undefined"));
    let numbers = |section: &str| {
        format!("(document.getElementById('{section}').innerText.match(/\\d[.]\\d/g) ?? []).length")
    };
    for (section, least) in [("top", 20), ("surprise", 10), ("why", 40), ("logits", 100)] {
        let found = browser.evaluate(&numbers(section));
        assert!(found.as_u64() >= Some(least), "{section}: {found}");
    }
    let nodes = browser.evaluate("document.querySelectorAll('#map circle').length");
    assert_eq!(
        nodes,
        json!(request.ids.len() * 2 * request.gpt.config().n_blocks)
    );
    let shown = browser.evaluate("[document.querySelector('noscript').innerText.includes('Without JavaScript'), document.querySelector('#why table.waterfall').offsetHeight > 100]");
    assert_eq!(shown, json!([true, true]));
}

/// Charts and what was found leave the page as files.
#[test]
fn charts_are_exported_as_they_are_seen() {
    let Some(mut page) = open(&charlm(), "") else {
        return;
    };
    let browser = &mut page.browser;
    browser.until("document.querySelector('#why .tools button')");
    browser.evaluate("(async () => { globalThis.saved = []; const make = URL.createObjectURL; URL.createObjectURL = (blob) => { saved.push(blob); return make(blob); }; HTMLAnchorElement.prototype.click = () => {}; await report.showPanel('dimensions-panel'); for (const button of document.querySelectorAll('main button.export')) button.click(); document.querySelector('#why .tools button').click(); document.getElementById('findings-json').click(); return true; })()");
    browser.until("saved.length >= 5");
    let texts = browser.evaluate("Promise.all(saved.map((blob) => blob.text()))");
    let texts: Vec<String> = serde_json::from_value(texts).expect("they are texts");
    let charts: Vec<&String> = texts
        .iter()
        .filter(|text| text.starts_with("<svg"))
        .collect();
    assert!(charts.len() >= 4, "{}", charts.len());
    for chart in charts {
        assert!(chart.contains("xmlns=\"http://www.w3.org/2000/svg\""));
        assert!(
            !chart.contains("var(") && chart.contains("fill="),
            "{chart}"
        );
    }
    let found = texts
        .iter()
        .find(|text| text.starts_with('{'))
        .expect("there is JSON");
    let found: Value = serde_json::from_str(found).expect("it is JSON");
    assert!(found["why"].is_array());
    assert_eq!(browser.complaints(), Vec::<String>::new());
}

#[test]
fn links_lead_to_what_they_name() {
    let request = charlm();
    let Some(mut page) = open(&request, "#h0.att.2[5,3]") else {
        return;
    };
    let browser = &mut page.browser;
    browser.until("document.getElementById('cell').open && document.getElementById('cell-name')");
    assert_eq!(
        browser.evaluate("document.getElementById('cell-name').textContent"),
        json!("block0.attention.2[5,3]")
    );
    // the program reads and writes the same addresses
    let layout = orrery_model::trace_layout(request.gpt.config(), request.ids.len());
    for entry in layout.entries() {
        let head = if entry.shape.len() == 3 { ".3" } else { "" };
        let column = entry.shape.get(1).map_or(0, |_| 1);
        let text = format!("{}{head}[4,{column}]", entry.id);
        let ours: orrery_model::Address = text.parse().expect("it is an address");
        let back = browser.evaluate(&format!(
            "report.formatAddress(report.parseAddress({}))",
            json!(text)
        ));
        assert_eq!(back, json!(ours.to_string()));
    }
    for nothing in [
        "block9.attention",
        "block0.attention.7[0,0]",
        "embedded[99,0]",
        "x",
        "embedded[1",
    ] {
        assert!(
            browser
                .evaluate(&format!("report.parseAddress({})", json!(nothing)))
                .is_null(),
            "{nothing}"
        );
    }
    // and five hundred cells, wherever they are
    let entries = layout.entries();
    let mut random = 1_usize;
    let mut next = |below: usize| {
        random = random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (random >> 33) % below
    };
    let cells: Vec<String> = (0..500)
        .map(|_| {
            let entry = &entries[next(entries.len())];
            let mut address = Address::whole(entry.id);
            let (rows, columns) = match *entry.shape.as_slice() {
                [heads, rows, columns] => {
                    address = address.of_head(next(heads));
                    (rows, columns)
                }
                [rows, columns] => (rows, columns),
                _ => (entry.shape[0], 1),
            };
            address.cell(next(rows), next(columns)).to_string()
        })
        .collect();
    let back = browser.evaluate(&format!(
        "{}.map((text) => report.formatAddress(report.parseAddress(text)))",
        json!(cells)
    ));
    assert_eq!(back, json!(cells));
    for (hash, condition) in [
        (
            "#wall",
            "Math.abs(document.getElementById('wall').getBoundingClientRect().top) < innerHeight",
        ),
        (
            "#lens?kind=raw",
            "document.getElementById('lens-raw')?.checked ?? true",
        ),
        (
            "#lens?kind=fitted&t=7",
            "document.getElementById('lens-fitted')?.checked ?? true",
        ),
        (
            "#dimensions?d=7&form=table",
            "document.getElementById('dimension')?.value === '7' && document.getElementById('form').value === 'table'",
        ),
        (
            "#h2.resid_post[4,*]",
            "document.getElementById('h2').querySelector('details').open && document.activeElement.getAttribute('aria-label')?.startsWith('row 4 ')",
        ),
        (
            "#why?a=g&b=s&t=15",
            "document.getElementById('why-token').value === 'g' && document.getElementById('why-against').value === 's'",
        ),
    ] {
        browser.evaluate(&format!(
            "(document.getElementById('cell').close(), location.hash = {}, true)",
            json!(hash)
        ));
        browser.until(condition);
        assert_eq!(
            browser.evaluate("decodeURIComponent(location.hash)"),
            json!(hash)
        );
    }
    browser.evaluate("(document.getElementById('cell').close(), location.hash = '#why?t=3', true)");
    browser.until("document.getElementById('why-position').value === '3'");
    browser.evaluate("(location.hash = '#nothing', true)");
    browser.until("document.getElementById('said').textContent.includes('nothing called')");
    assert_eq!(browser.complaints(), Vec::<String>::new());
}

#[test]
fn everything_has_a_name_and_nothing_is_wider_than_the_window() {
    let mut request = charlm();
    request.compare = Some(request.tokenizer.encode_lossy("what night throu").0);
    let Some(mut page) = open(&request, "") else {
        return;
    };
    let browser = &mut page.browser;
    browser.evaluate("(async () => { for (const details of document.querySelectorAll('details')) details.open = true; for (const matrix of report.matrices) await matrix.show(); for (const id of ['dimensions-panel', 'positions-panel', 'wall-panel', 'first-scores', 'draw-panel', 'live-panel']) await report.showPanel(id); return true; })()");
    for width in [360, 390, 768, 1440] {
        browser.resize(width, 900);
        browser.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))");
        let wide = browser.evaluate("[document.documentElement.scrollWidth, innerWidth]");
        assert!(wide[0].as_f64() <= wide[1].as_f64(), "{width}: {wide}");
    }
    let levels = browser.evaluate("[...document.querySelectorAll('main h1, main h2, main h3, main h4')].map((heading) => Number(heading.tagName[1]))");
    let levels: Vec<i64> = serde_json::from_value(levels).expect("they are numbers");
    assert!(
        levels.windows(2).all(|pair| pair[1] <= pair[0] + 1),
        "{levels:?}"
    );
    let stops = browser.evaluate("Math.max(...[...document.querySelectorAll('[role=grid]')].map((grid) => grid.querySelectorAll('[tabindex=\"0\"]').length))");
    assert_eq!(stops, json!(1));
    let tree = browser.ask("Accessibility.getFullAXTree", json!({}));
    let nodes = tree["nodes"].as_array().expect("it is a list");
    let nameless: Vec<&Value> = nodes
        .iter()
        .filter(|node| node["ignored"] != json!(true))
        .filter(|node| {
            let focusable = node["properties"].as_array().is_some_and(|all| {
                all.iter()
                    .any(|one| one["name"] == "focusable" && one["value"]["value"] == json!(true))
            });
            let role = node["role"]["value"].as_str().unwrap_or_default();
            focusable
                && !["RootWebArea", "dialog"].contains(&role)
                && node["name"]["value"].as_str().is_none_or(str::is_empty)
        })
        .collect();
    assert!(
        nameless.is_empty(),
        "{:?}",
        nameless.iter().take(3).collect::<Vec<_>>()
    );
}

#[test]
fn it_prints_on_a_few_pages() {
    let Some(mut page) = open(&charlm(), "") else {
        return;
    };
    let printed = page
        .browser
        .ask("Page.printToPDF", json!({ "preferCSSPageSize": true }));
    use base64::Engine;
    let pdf = base64::engine::general_purpose::STANDARD
        .decode(printed["data"].as_str().expect("it is text"))
        .expect("it is base64");
    let text = String::from_utf8_lossy(&pdf);
    let pages = text
        .matches("/Type /Page\n")
        .count()
        .max(text.matches("/Type /Page ").count());
    assert!((1..=15).contains(&pages), "{pages} pages");
    // text, not a picture of it
    assert!(text.contains("/ToUnicode"));
    page.browser
        .ask("Emulation.setEmulatedMedia", json!({ "media": "print" }));
    let seen = page.browser.evaluate("(() => { dispatchEvent(new Event('beforeprint')); const seen = [...document.querySelectorAll('#why table.waterfall tbody tr')].filter((row) => row.offsetHeight > 0).length; const rail = document.querySelector('nav.rail').offsetHeight; dispatchEvent(new Event('afterprint')); return [seen > 20, rail]; })()");
    assert_eq!(seen, json!([true, 0]));
}
