//! How quick a report's page is in Chromium: `page_speed REPORT.html…`. Prints when the first content is painted, how
//! long each panel and each block takes to open, and how long the page is busy with an interaction.

use serde_json::Value;

#[path = "../tests/support/browser.rs"]
#[allow(dead_code)]
mod browser;

use browser::Browser;

/// What is done, and the expression that does it.
const INTERACTIONS: [(&str, &str); 15] = [
    ("another dimension", "set('dimension', 5)"),
    ("dimensions as a cloud", "set('form', 'cloud')"),
    ("where is a token", "set('where', names()[1])"),
    ("query at another position", "set('qk-i', 2)"),
    ("why at another position", "set('why-position', 3)"),
    (
        "why, largest first",
        "document.getElementById('why-sort').click()",
    ),
    (
        "why another token",
        "(document.getElementById('why-token').value = '#1', document.getElementById('why-token').dispatchEvent(new Event('change')))",
    ),
    (
        "a part of the waterfall, opened",
        "document.querySelector('#why tr[data-part] button').click()",
    ),
    ("what another head writes", "set('ov-head', 1)"),
    (
        "units by their weights alone",
        "document.getElementById('neurons-alone').click()",
    ),
    ("another temperature", "set('temperature', 1.3)"),
    (
        "the live model, a head off",
        "(document.getElementById('live-off').options[1].selected = true, document.getElementById('live-off').dispatchEvent(new Event('input')))",
    ),
    (
        "a cell",
        "report.openCell(report.parseAddress('block0.ffn_output[0,0]') ?? report.parseAddress('block0.output[0,0]'))",
    ),
    (
        "another palette",
        "(document.getElementById('cell').close(), set('palette', document.getElementById('palette').options[1].value))",
    ),
    (
        "follow a token",
        "document.querySelector('header.bar .chip').click()",
    ),
];

fn main() {
    for file in std::env::args().skip(1) {
        let Some(mut browser) = Browser::start() else {
            return;
        };
        let path = std::fs::canonicalize(&file).expect("the report is there");
        browser.open(&path, "");
        let paint = browser.evaluate("new Promise((done) => { const look = () => { const paint = performance.getEntriesByName('first-contentful-paint')[0]; if (paint) done([paint.startTime, performance.timing.loadEventEnd - performance.timing.navigationStart]); else requestAnimationFrame(look); }; look(); })");
        println!(
            "{file}\n  first content {:.0} ms, loaded {:.0} ms",
            number(&paint[0]),
            number(&paint[1])
        );
        browser.evaluate("(async () => { globalThis.tasks = []; new PerformanceObserver((list) => tasks.push(...list.getEntries().map((entry) => entry.duration))).observe({ type: 'longtask', buffered: true }); globalThis.vocabulary = await report.vocabulary(); globalThis.names = () => vocabulary; globalThis.set = (id, value) => { const control = document.getElementById(id); control.value = value; control.dispatchEvent(new Event('input')); }; return true; })()");
        // what a page does not have is said, not waited for
        let busy = |browser: &mut Browser, act: &str| {
            let there = browser.evaluate(&format!("(() => {{ const ids = [...{}.matchAll(/(?:set\\(|getElementById\\(|showPanel\\()'([^']+)'/g)].map((found) => found[1]); return ids.filter((id) => !document.getElementById(id) || document.getElementById(id).disabled); }})()", serde_json::json!(act)));
            if let Some(missing) = there.as_array().and_then(|all| all.first()) {
                return format!("not on this page, which has no {missing} or has it shut");
            }
            let timed = format!(
                "(async () => {{ await new Promise((done) => requestAnimationFrame(() => setTimeout(done, 30))); tasks.length = 0; const begun = performance.now(); try {{ await ({act}); }} catch (error) {{ return String(error.message ?? error); }} const handled = performance.now() - begun; await new Promise((done) => requestAnimationFrame(() => setTimeout(done, 0))); const seen = performance.now() - begun; await new Promise((done) => setTimeout(done, 250)); return [handled, seen, Math.max(0, ...tasks)]; }})()"
            );
            let found = browser.evaluate(&timed);
            if let Some(why) = found.as_str() {
                return format!("could not be done: {why}");
            }
            format!(
                "{:.0} ms, drawn after {:.0} ms, longest task {:.0} ms",
                number(&found[0]),
                number(&found[1]),
                number(&found[2])
            )
        };
        let during = browser
            .evaluate("new Promise((done) => setTimeout(() => done(Math.max(0, ...tasks)), 300))");
        println!("  longest task while it opened {:.0} ms", number(&during));
        for panel in [
            "dimensions-panel",
            "positions-panel",
            "wall-panel",
            "first-scores",
            "draw-panel",
            "live-panel",
            "parts-panel",
            "units-panel",
            "writes-panel",
        ] {
            let act = format!("report.showPanel('{panel}').then(() => true)");
            println!("  {panel}: {}", busy(&mut browser, &act));
        }
        let act = "(async () => { for (const matrix of report.matrices) if (matrix.name.startsWith('block0.')) await matrix.show(); return true; })()";
        println!("  block 1, all matrices: {}", busy(&mut browser, act));
        let act = "(async () => { for (const matrix of report.matrices) if (matrix.name.startsWith('block1.')) await matrix.show(); return true; })()";
        println!("  block 2, all matrices: {}", busy(&mut browser, act));
        for (what, act) in INTERACTIONS {
            println!("  {what}: {}", busy(&mut browser, act));
        }
        assert!(
            browser.complaints().is_empty(),
            "{:?}",
            browser.complaints()
        );
    }
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or(f64::NAN)
}
