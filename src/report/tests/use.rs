//! The page in a real browser as a person has it: keys, links, names, paper, small windows, hostile
//! tokens, no scripts. Where no Chromium is installed these say so and check nothing; `scripts/test`
//! installs it.

mod support;

use orrery_model::{Address, NormPlacement};
use orrery_report::report;
use serde_json::{Value, json};
use support::browser::Browser;
use support::page::open;
use support::{HOSTILE, charlm, random};

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
    // nothing stands for what a cell does not have
    let words = browser.evaluate("document.getElementById('cell').innerText");
    assert!(!words.as_str().expect("text").contains("null"), "{words}");
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
        json!(request.ids.len() * (2 * request.gpt.config().n_blocks + 2))
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
    browser.until("saved.filter((blob) => blob.type === 'application/json').length >= 9");
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
    let data: Vec<Value> = texts
        .iter()
        .filter(|text| text.starts_with('{'))
        .map(|text| serde_json::from_str(text).expect("it is JSON"))
        .collect();
    assert!(data.len() >= 8, "a section each, and all: {}", data.len());
    assert!(
        data.iter()
            .any(|all| all["why"].is_array() && all["model"].is_string())
    );
    assert!(
        data.iter()
            .any(|part| part["heads"].is_array() && part["why"].is_null())
    );
    // tables are there for a spreadsheet, a line for each head
    let heads = texts
        .iter()
        .find(|text| text.starts_with("\"head\",\"label\""))
        .expect("the wall's table");
    assert_eq!(heads.lines().count(), 17);
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
    let corpus = include_str!("../../../assets/corpus/shakespeare.txt");
    request.corpus = Some(request.tokenizer.encode_lossy(corpus).0);
    request.tokens = 40;
    let Some(mut page) = open(&request, "") else {
        return;
    };
    let browser = &mut page.browser;
    browser.evaluate("(async () => { for (const details of document.querySelectorAll('details')) details.open = true; for (const matrix of report.matrices) await matrix.show(); for (const id of ['dimensions-panel', 'positions-panel', 'wall-panel', 'first-scores', 'draw-panel', 'live-panel', 'difference-panel', 'patch-panel', 'parts-panel', 'units-panel', 'writes-panel', 'walls-panel']) await report.showPanel(id); for (const details of document.querySelectorAll('details')) details.open = true; document.querySelector('#why tr[data-part=\"h1.head2\"] button').click(); await document.getElementById('why-panel').opened; return true; })()");
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
    let mut request = charlm();
    let corpus = include_str!("../../../assets/corpus/shakespeare.txt");
    request.corpus = Some(request.tokenizer.encode_lossy(corpus).0);
    let Some(mut page) = open(&request, "") else {
        return;
    };
    // with every table that is made when it is opened
    page.browser
        .evaluate("report.readyToPrint().then(() => true)");
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
    let seen = page.browser.evaluate("(() => { dispatchEvent(new Event('beforeprint')); const seen = [...document.querySelectorAll('#why table.waterfall tbody tr')].filter((row) => row.offsetHeight > 0).length; const rail = document.querySelector('nav.rail').offsetHeight; const empty = [...document.querySelectorAll('main details[data-fill]')].filter((details) => details.parentElement.checkVisibility() && !details.querySelector('tbody tr')?.offsetHeight).map((details) => details.dataset.fill); return [seen > 20, rail, empty]; })()");
    assert_eq!(seen, json!([true, 0, []]));
    let shut = page.browser.evaluate("(() => { dispatchEvent(new Event('afterprint')); return [...document.querySelectorAll('main details[data-fill]')].every((details) => !details.open); })()");
    assert_eq!(shut, json!(true));
}

#[test]
fn the_first_screen_waits_for_no_chunk() {
    let Some(mut page) = open(&charlm(), "") else {
        return;
    };
    // what is far below is neither read nor drawn, so that the first content comes at once
    let drawn = page.browser.evaluate(
        "report.matrices.filter((matrix) => matrix.canvas?.width > 0 && matrix.matrix).length",
    );
    let all = page.browser.evaluate("report.matrices.length");
    let count = |value: &Value| value.as_u64().expect("it is a number");
    assert!(count(&all) > 100, "{all}");
    assert!(count(&drawn) * 4 < count(&all), "{drawn} of {all}");
    // the scripts come last: the text is parsed, and can be painted, before one of them runs
    let html = std::fs::read_to_string(&page.file).expect("it is there");
    let script = html.rfind("<script>").expect("there is one");
    assert!(html.find("id=\"about\"").is_some_and(|at| at < script));
    assert!(!html.contains("<link") && !html.contains("@import"));
}

#[test]
fn it_computes_the_same_in_firefox() {
    use support::firefox::Firefox;
    let Some(mut firefox) = Firefox::start() else {
        return;
    };
    for request in [
        charlm(),
        random(NormPlacement::Pre, &["a", "b", "c", "d"], &[0, 1, 2, 3, 1]),
    ] {
        let folder = tempfile::tempdir().expect("there is room");
        let file = folder.path().join("report.html");
        let made = report(&request).expect("it can be made");
        std::fs::write(&file, made.html).expect("it can be written");
        firefox.open(&file);
        let worst = firefox
            .evaluate("report.loadModel().then(report.checkModel).then((found) => found.worst)");
        assert!(worst.as_f64().is_some_and(|worst| worst < 1e-4), "{worst}");
        // every chunk is whole and every matrix can be drawn
        let drawn = firefox.evaluate(
            "Promise.all(report.matrices.map((matrix) => matrix.show())).then((all) => all.length)",
        );
        assert!(drawn.as_u64().is_some_and(|count| count > 40), "{drawn}");
        // the terms of a cell give the cell
        let off = firefox.evaluate("(async () => { let worst = 0, count = 0; for (const matrix of report.matrices) for (const [row, column] of [[0, 0], [2, 1], [4, 0]]) { if (row >= matrix.matrix.rows || column >= matrix.matrix.columns) continue; const made = await report.derive(matrix.name, matrix.head, row, column); if (!made || made.kind !== 'sum' || !Number.isFinite(made.value)) continue; const sum = made.terms.reduce((sum, term) => sum + term.product, 0), size = made.terms.reduce((sum, term) => sum + Math.abs(term.product), 0); const off = Math.abs(sum - made.value) / Math.max(1, size); if (off > 1e-5) throw new Error(`${matrix.name} ${row} ${column} ${sum} ${made.value}`); worst = Math.max(worst, off); count++; } return [worst, count]; })()");
        assert!(off[0].as_f64().is_some_and(|off| off <= 1e-5), "{off}");
        assert!(off[1].as_u64().is_some_and(|count| count > 50), "{off}");
    }
}

/// A link leads to its cell and stays there while the page fills; arrows walk in the open window.
#[test]
fn a_link_stays_where_it_leads_and_arrows_walk_on() {
    let Some(mut page) = open(&charlm(), "#h2.att.3[14,9]") else {
        return;
    };
    let browser = &mut page.browser;
    browser
        .until("document.getElementById('cell-name')?.textContent === 'block2.attention.3[14,9]'");
    browser.press("ArrowUp");
    browser
        .until("document.getElementById('cell-name').textContent === 'block2.attention.3[13,9]'");
    browser.press("ArrowRight");
    browser
        .until("document.getElementById('cell-name').textContent === 'block2.attention.3[13,10]'");
    browser.press("Escape");
    browser.until("!document.getElementById('cell').open");
    // whatever is near is drawn, and the matrix is still in the window
    browser.evaluate("new Promise((done) => { let still = 0, before = 0; const look = () => { const now = document.documentElement.scrollHeight; still = now === before ? still + 1 : 0; before = now; if (still > 20) done(true); else requestAnimationFrame(look); }; look(); })");
    let there = browser.evaluate("(() => { const box = [...document.querySelectorAll('.matrix[data-tensor=\"block2.attention\"]')][3].getBoundingClientRect(); return [box.bottom > 0 && box.top < innerHeight, box.top]; })()");
    assert_eq!(there[0], json!(true), "{there}");
    // a weight has a window too, and a section's link opens no folded table
    browser.evaluate("(location.hash = '#block0_W_Q[3,2]', true)");
    browser.until("document.getElementById('cell').open && document.getElementById('cell-name').textContent === 'block0_W_Q[3,2]'");
    let value = browser.evaluate("report.weight('block0_W_Q').then((table) => report.shortest(table.values[3 * table.columns + 2]) === document.querySelector('#cell .value strong').textContent)");
    assert_eq!(value, json!(true));
    browser.evaluate("(location.hash = '#surprise', true)");
    browser.until("!document.getElementById('cell').open");
    assert_eq!(
        browser.evaluate("document.querySelector('#surprise details').open"),
        json!(false)
    );
    assert_eq!(browser.complaints(), Vec::<String>::new());
}

/// What is asked anew is answered whole: the sentence above, the sum below, and the mark of the token that is followed.
#[test]
fn what_is_drawn_anew_says_what_it_shows() {
    let request = charlm();
    let Some(mut page) = open(&request, "") else {
        return;
    };
    let browser = &mut page.browser;
    let at = 7;
    browser.until("document.querySelector('#why .tools button')");
    browser.evaluate("(async () => { await report.showPanel('wall-panel'); document.querySelectorAll('header.bar .chip')[7].click(); document.querySelectorAll('#wall figcaption button')[5].click(); const why = document.getElementById('why-position'); why.value = '7'; why.dispatchEvent(new Event('input')); return true; })()");
    browser.until("document.querySelector('#wall tr.followed') && document.getElementById('why-panel').why?.position === 7");
    let made = report(&request).expect("it can be made");
    let why = &made.findings.why[at];
    let told = format!("{:.3}", why.value).replace('-', "−");
    let texts = browser.evaluate("[document.getElementById('why-lead').textContent, document.querySelector('#why .foot').textContent, document.querySelector('#why-panel tfoot').textContent, document.querySelector('#why-panel tbody tr td.num').textContent]");
    assert!(
        texts[0]
            .as_str()
            .is_some_and(|text| text.contains("at position 7") && text.contains(&told)),
        "{texts}"
    );
    assert!(
        texts[1].as_str().is_some_and(|text| text.contains(&told)),
        "{texts}"
    );
    assert!(
        texts[2]
            .as_str()
            .is_some_and(|text| text.contains("sum") && text.contains(&told)),
        "{texts}"
    );
    let share = why.parts[0].share.expect("the token has one");
    assert_eq!(texts[3], json!(format!("{share:.3}").replace('-', "−")));
    // its row is lit in every matrix, at its height
    let lit = browser.evaluate("(async () => { const matrix = report.matrices.find((one) => one.name === 'embedded'); await matrix.show(); const lit = matrix.grid.querySelector('.lit').getBoundingClientRect(), grid = matrix.grid.getBoundingClientRect(); return [(lit.top - grid.top) / grid.height, lit.height / grid.height]; })()");
    let tokens = request.ids.len() as f64;
    assert!(
        (lit[0].as_f64().unwrap_or(9.0) - at as f64 / tokens).abs() < 0.01,
        "{lit}"
    );
    assert!(
        (lit[1].as_f64().unwrap_or(9.0) - 1.0 / tokens).abs() < 0.01,
        "{lit}"
    );
    // and the map has its looks
    let looks = browser.evaluate("(async () => { let wanted = 0; for (let block = 0; block < 4; block++) for (let head = 0; head < 4; head++) { const attention = await report.matrixOf(`block${block}.attention`, head); for (let at = 0; at < 7; at++) wanted += attention.at(7, at) > 0.1; } return [wanted, document.querySelectorAll('svg.map .look').length]; })()");
    assert_eq!(looks[0], looks[1]);
    // tables of the other blocks come when they are opened, with the findings' own numbers
    browser.evaluate("(document.querySelector('details[data-fill=neurons]').open = true)");
    browser.until("document.querySelector('details[data-fill=neurons] tbody tr')");
    let row = browser.evaluate("[...document.querySelector('details[data-fill=neurons] tbody tr').cells].slice(0, 2).map((cell) => cell.textContent)");
    let first = &made.findings.neurons[0];
    assert_eq!(row[0], json!(first.index.to_string()));
    // the state is in the address
    browser.evaluate("(location.hash = '#lens?kind=raw&t=6', true)");
    browser.until("document.querySelector('table.lens').position === 6 && document.querySelector('.rise polyline')");
    let lines = browser.evaluate("report.findings().then((found) => [new Set(found.lens.followed[6]).size, document.querySelectorAll('.rise polyline').length])");
    assert_eq!(lines[0], lines[1]);
    browser.evaluate("document.querySelector('table.lens tbody tr td:last-child').click()");
    browser.until("location.hash === '#lens?kind=raw&t=15'");
    browser.evaluate("(async () => { await report.showPanel('dimensions-panel'); const form = document.getElementById('form'); form.value = 'cloud'; form.dispatchEvent(new Event('input')); return true; })()");
    browser.until("location.hash === '#dimensions?d=0&form=cloud'");
    assert_eq!(browser.complaints(), Vec::<String>::new());
}

/// A norm's mean and variance are explained as what they are.
#[test]
fn every_matrix_has_its_own_formula_and_words() {
    let html = report(&charlm()).expect("it can be made").html;
    let begin = html.find("id=\"manifest\">").expect("there is one") + 14;
    let manifest: Value = serde_json::from_str(
        &html[begin..begin + html[begin..].find("</script>").expect("it ends")],
    )
    .expect("it is JSON");
    let operations = manifest["operations"].as_object().expect("it is an object");
    for (name, fact) in operations {
        assert_ne!(fact["words"], json!(""), "{name}");
        assert_ne!(fact["symbols"], json!(""), "{name}");
    }
    for (name, begins) in [
        ("norm1_mean", "μ[i] = "),
        ("norm2_variance", "σ²[i] = "),
        ("norm1", "norm_attn[i, j] = "),
        ("probabilities", "prob[i, j] = "),
    ] {
        let symbols = operations[name]["symbols"].as_str().expect("it is text");
        assert!(symbols.starts_with(begins), "{name}: {symbols}");
    }
}

/// Where cells would be narrower than four pixels a matrix is seen through a window: the cell under the pointer, the keys
/// and the links are those of the whole.
#[test]
fn a_wide_matrix_is_seen_through_a_window() {
    let Some(mut page) = open(&charlm(), "") else {
        return;
    };
    let browser = &mut page.browser;
    browser.resize(390, 800);
    browser.evaluate("(async () => { document.querySelector('#h0 details').open = true; globalThis.wide = report.matrices.find((matrix) => matrix.name === 'block0.ffn_hidden'); await wide.show(); wide.place.scrollIntoView({ block: 'center' }); return true; })()");
    let seen = browser.evaluate("[wide.across, wide.matrix.columns, wide.grid.getBoundingClientRect().width / wide.across >= 3.9, document.documentElement.scrollWidth]");
    assert_eq!(seen[1], json!(128));
    assert!(seen[0].as_u64() < Some(100), "{seen}");
    assert_eq!((&seen[2], &seen[3]), (&json!(true), &json!(390)));
    // the last column by keys: the window goes along
    browser.evaluate("wide.focus()");
    browser.press("End");
    let label = "document.activeElement.getAttribute('aria-label').split(':')[0]";
    let there = browser.evaluate(&format!("[{label}, wide.from + wide.across]"));
    assert_eq!(there, json!(["row 0 ‘w’, column 127", 128]));
    // the pointer finds the column that is drawn there
    let found = browser.evaluate("(() => { wide.look(20); const box = wide.grid.getBoundingClientRect(); wide.grid.dispatchEvent(new PointerEvent('pointermove', { clientX: box.left + 10.5 * box.width / wide.across, clientY: box.top + 2 })); return [wide.column, document.getElementById('tip').textContent.split(':')[0]]; })()");
    assert_eq!(found, json!([30, "row 0 ‘w’, column 30"]));
    // colours are those of the columns: the window's first is the whole's twentieth
    let same = browser.evaluate("(() => { const pixel = (canvas, column) => [...canvas.getContext('2d').getImageData(column, 3, 1, 1).data].join(); return [...Array(40).keys()].every((column) => pixel(wide.canvas, column) === pixel(wide.overview.firstChild, 20 + column)); })()");
    assert_eq!(same, json!(true));
    // paper, and a window with room, have the whole
    browser.resize(1440, 800);
    browser.until("wide.across === 128 && !wide.overview");
    assert_eq!(browser.complaints(), Vec::<String>::new());
}

/// The map marks what is read.
#[test]
fn the_map_marks_where_the_page_is() {
    let Some(mut page) = open(&charlm(), "#h2") else {
        return;
    };
    page.browser.until("[...document.querySelectorAll('svg.map a')].filter((row) => row.querySelector('.here')).map((row) => row.getAttribute('href')).join() === '#h2,#h2'");
    page.browser.evaluate("location.hash = '#logits'");
    page.browser.until(
        "document.querySelector('svg.map .here').parentElement.getAttribute('href') === '#logits'",
    );
}
