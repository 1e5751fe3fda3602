//! The page in a real browser: its own arithmetic, its links, its keys, its looks. Where no Chromium is
//! installed these say so and check nothing; `scripts/test` installs it.

mod support;

use std::collections::BTreeSet;
use std::sync::Arc;

use orrery_model::{NormPlacement, SamplingSettings, TensorId, draw};
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
        let found = page.browser.evaluate("(() => { const off = document.getElementById('live-off'); for (const option of off.options) option.selected = ['h1.head2', 'h0.mlp'].includes(option.value); off.dispatchEvent(new Event('input')); return document.getElementById('live-panel').result.changed; })()");
        let found: Vec<f64> = serde_json::from_value(found).expect("they are numbers");
        assert_eq!(found.len(), last.len());
        for (found, known) in found.iter().zip(&last) {
            assert!((found - f64::from(*known)).abs() < 1e-4, "{found} {known}");
        }
    }
}

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
            for at in 0..3 {
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
}
