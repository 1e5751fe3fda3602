//! The page: one HTML file that asks nothing of any network. Each section is a file here; what moves in
//! them is `page/*.js`, whose one script the content-security policy names by its hash.

mod about;
mod bars;
mod blocks;
mod circuits;
mod compare;
mod embedding;
mod lens;
mod live;
mod logits;
mod map;
mod neurons;
mod squeezed;
mod surprise;
mod top;
mod wall;
mod why;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use orrery_analysis::Run;
use orrery_model::Draw;
use sha2::{Digest, Sha256};

use crate::findings::Findings;
use crate::pack::Pack;
use crate::request::{ReportError, Request};
use crate::token_text::{readable, visible};

/// All scripts, in the order in which they stand in the page's one script element.
const SCRIPT: &str = concat!(
    "(()=>{'use strict';\n",
    include_str!("../../page/data.js"),
    include_str!("../../page/address.js"),
    include_str!("../../page/derive.js"),
    include_str!("../../page/matrix.js"),
    include_str!("../../page/cell.js"),
    include_str!("../../page/exports.js"),
    include_str!("../../page/direct.js"),
    include_str!("../../page/panels.js"),
    include_str!("../../page/folded.js"),
    include_str!("../../page/lens.js"),
    include_str!("../../page/circuits.js"),
    include_str!("../../page/why.js"),
    include_str!("../../page/sampling.js"),
    include_str!("../../page/model.js"),
    include_str!("../../page/live.js"),
    include_str!("../../page/compare.js"),
    include_str!("../../page/main.js"),
    "})();\n",
);

/// The page's looks.
pub(crate) const STYLE: &str = include_str!("../../page/style.css");

/// What every section is made of.
pub(crate) struct Page<'a> {
    request: &'a Request,
    run: &'a Run<'a>,
    draw: &'a Draw,
    findings: &'a Findings,
    pack: &'a Pack,
}

impl Page<'_> {
    /// A token as people can read it.
    fn token(&self, id: usize) -> String {
        visible(self.request.token(id))
    }

    /// A token of the text in a chip, which names its position.
    fn chip(&self, position: usize) -> Markup {
        let id = self.run.trace().ids()[position];
        let before = position
            .checked_sub(1)
            .and_then(|at| self.findings.positions.get(at));
        let surprisal = before
            .and_then(|position| position.surprisal)
            .unwrap_or(0.0);
        html! {
            span.chip data-position=(position) style=[nearness(fullness(surprisal))] title={ "position " (position) ", id " (id) } { (self.token(id)) }
        }
    }

    /// A token by its id.
    fn glyph(&self, id: usize) -> Markup {
        html! { bdi title={ "id " (id) } { (self.token(id)) } }
    }

    /// The same where there are many.
    fn plain(&self, id: usize) -> Markup {
        html! { bdi { (self.token(id)) } }
    }

    /// The last position.
    fn last(&self) -> usize {
        self.run.tokens() - 1
    }
}

/// A number as it is read: three digits behind the point, or as many more, up to five, as its first two that count.
pub(crate) fn number(value: f64) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    let size = value.abs();
    let text = if !value.is_finite() {
        return if value.is_nan() {
            "–".to_owned()
        } else if value > 0.0 {
            "∞".to_owned()
        } else {
            "−∞".to_owned()
        };
    } else if size >= 1000.0 {
        format!("{value:.0}")
    } else if size >= 100.0 {
        format!("{value:.1}")
    } else if size >= 0.01 {
        format!("{value:.3}")
    } else if size >= 0.001 {
        format!("{value:.4}")
    } else if size >= 1e-4 {
        format!("{value:.5}")
    } else {
        format!("{value:.1e}")
    };
    text.replace('-', "−")
}

/// How full a token is for its surprisal in bits: full from 10 on, on every page alike.
fn fullness(bits: f64) -> f64 {
    (bits / 10.0).clamp(0.0, 1.0)
}

/// How full a cell is, 0 to 1, for the style sheet; 0 is not said.
fn nearness(near: f64) -> Option<String> {
    let text = format!("{near:.2}");
    let short = text.strip_prefix('0').unwrap_or(&text);
    let short = short.strip_suffix(".00").unwrap_or(short);
    (text != "0.00").then(|| format!("--near:{short}"))
}

/// A probability.
pub(crate) fn percent(value: f64) -> String {
    match value {
        p if p >= 0.0995 => format!("{:.1} %", 100.0 * p),
        p if p >= 0.001 => format!("{:.2} %", 100.0 * p),
        p => format!("{} %", number(100.0 * p)),
    }
}

/// What the page makes of the findings when it is opened: it looks like the last of its kind, which is in the text.
fn folded(findings: &str, block: usize, summary: &str) -> Markup {
    html! { details data-fill=(findings) data-block=(block) data-script="" { summary { (summary) } } }
}

/// A section with its heading.
fn section(id: &str, heading: &str, body: Markup) -> Markup {
    html! {
        section id=(id) aria-labelledby={ (id) "-heading" } {
            h2 id={ (id) "-heading" } { a href={ "#" (id) } { (heading) } }
            (body)
        }
    }
}

/// Puts the page together.
pub(crate) fn page(
    request: &Request,
    run: &Run<'_>,
    draw: &Draw,
    findings: &Findings,
    pack: &Pack,
) -> Result<String, ReportError> {
    let page = Page {
        request,
        run,
        draw,
        findings,
        pack,
    };
    let text = readable(&request.tokenizer.decode(run.trace().ids()));
    let title = request.title.clone().unwrap_or_else(|| {
        format!(
            "{text} – why “{}”",
            page.token(findings.next.first().map_or(draw.token_id, |next| next.id))
        )
    });
    let script = squeezed::script(SCRIPT);
    let hash = STANDARD.encode(Sha256::digest(script.as_bytes()));
    let policy = format!(
        "default-src 'none'; script-src 'sha256-{hash}'; style-src 'unsafe-inline'; img-src data: blob:; base-uri 'none'; form-action 'none'"
    );
    let blocks: Vec<usize> = (0..run.config().n_blocks).collect();
    let compared = findings.compare.is_some();
    let sections = html! {
        noscript { p.note { "Without JavaScript the matrices, the live model, search, the details of single cells and most folded tables (circuits and neurons of all blocks but the last, those behind why) are missing; the words, bars and the other tables are here." } }
        (top::top(&page, &text))
        (map::map(&page))
        (surprise::surprise(&page))
        (embedding::embedding(&page))
        (embedding::dimensions(&page))
        (embedding::positions(&page))
        @for &block in &blocks { (blocks::block(&page, block)) }
        (wall::wall(&page))
        (lens::lens(&page))
        (why::why(&page))
        (circuits::circuits(&page))
        (neurons::neurons(&page))
        (logits::logits(&page))
        (compare::compare(&page))
        (live::live(&page))
        (about::about(&page))
    };
    let markup = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(policy);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="generator" content={ "GPT Orrery " (env!("CARGO_PKG_VERSION")) };
                meta name="description" content={ "Why a GPT goes on so: every number of one run, and what follows from it." };
                meta property="og:title" content=(title);
                @if let Some(card) = &request.card {
                    meta property="og:image" content=(card);
                    meta name="twitter:card" content="summary_large_image";
                }
                title { (title) }
                style { (PreEscaped(squeezed::style(STYLE))) }
            }
            body {
                a.skip href="#top" { "To the report" }
                header.bar {
                    strong { "GPT Orrery" }
                    div.tokens role="group" aria-label="Follow a token" {
                        @for position in 0..run.tokens() { (page.chip(position)) }
                    }
                    div.tools {
                        button type="button" id="search-button" data-script="" { "Search " kbd { "/" } }
                        label { span.sr { "Colours" } select id="palette" data-script="" {} }
                        label.hatch title="Negative cells are hatched" { input type="checkbox" id="hatch" data-script=""; " ∓" span.sr { "Hatch negative cells" } }
                        button type="button" id="open-all" data-script="" { "Open all" }
                        button type="button" id="theme" data-script="" { "Light / dark" }
                        button type="button" id="help-button" data-script="" aria-label="Keys" { "?" }
                    }
                    nav.rail aria-label="Sections" {
                        details open { summary { "Sections" }
                            ol {
                                li { a href="#top" { "Next token" } }
                                li { a href="#map" { "Map" } }
                                li { a href="#surprise" { "Surprise" } }
                                li { a href="#embedding" { "Embedding" } }
                                li { a href="#dimensions" { "Dimensions" } }
                                li { a href="#positions" { "Positions" } }
                                @for block in &blocks { li { a href={ "#h" (block) } { "Block " (block + 1) } } }
                                li { a href="#wall" { "Attention wall" } }
                                li { a href="#lens" { "Lens" } }
                                li { a href="#why" { "Why this token" } }
                                li { a href="#circuits" { "Circuits" } }
                                li { a href="#neurons" { "Neurons" } }
                                li { a href="#logits" { "Logits" } }
                                @if compared { li { a href="#compare" { "Two prompts" } } }
                                li { a href="#live" { "Live model" } }
                                li { a href="#about" { "About" } }
                            }
                        }
                    }
                }
                main { (PreEscaped(squeezed::markup(&sections.into_string()))) }
                dialog id="cell" aria-labelledby="cell-name" {}
                dialog id="search" aria-label="Search" {}
                dialog id="help" aria-label="Keys" {}
                div id="tip" role="status" hidden {}
                div.sr id="said" aria-live="polite" {}
                script type="application/json" id="manifest" { (PreEscaped(&pack.manifest)) }
                @for chunk in &pack.chunks {
                    script type="application/octet-stream" id={ "chunk-" (chunk.name) } { (PreEscaped(&chunk.text)) }
                }
                script { (PreEscaped(&script)) }
            }
        }
    };
    let html = markup.into_string();
    if html.len() > request.max_size {
        return Err(ReportError::TooLarge {
            size: html.len(),
            most: request.max_size,
        });
    }
    Ok(html)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short_and_signed_with_a_minus() {
        assert_eq!(number(-0.51234), "−0.512");
        assert_eq!(number(0.0), "0");
        assert_eq!(number(1234.5), "1234");
        assert_eq!(number(f64::NEG_INFINITY), "−∞");
        assert_eq!(number(0.005_04), "0.0050");
        assert_eq!(number(0.000_123), "0.00012");
        assert_eq!(number(0.000_012_3), "1.2e−5");
        assert_eq!(percent(0.8), "80.0 %");
    }
}
