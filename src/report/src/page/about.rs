//! How to read the page, what it does not say, and how it was made.

use maud::{Markup, html};

use super::{Page, section};

pub fn about(page: &Page<'_>) -> Markup {
    section(
        "about",
        "About",
        html! {
            h3 { "How to read it" }
            ul {
                li { "Rows are tokens, columns are dimensions, units or tokens; blocks and heads are counted from 1 in words and from 0 in addresses such as " code { "block0.attention.1[3,2]" } "." }
                li { "Colours are on one scale for each kind of number, by the root of its share of the largest; negative numbers carry a minus wherever they are written." }
                li { "Point at a cell for its value, click it for the arithmetic that made it. The address in the browser's bar leads back to what is open." }
                li { "A direct share is not an effect: see " a href="#why" { "Why this token" } ". The column switched off is a run of the model without the part." }
                li { "A lens is what a stage would say if it were the last; where its trust line is above a uniform guess it says nothing." }
            }
            h3 { "What it is" }
            p { "Every number is the model's own, from one pass, in single precision; sums of the analysis are made in double precision from them. This file: " (page.pack.tier.words()) ". It asks nothing of any network: its content-security policy forbids it." }
            p data-script="" { button type="button" id="findings-json" { "What was found, as JSON" } }
            h3 { "Made by" }
            p { "GPT Orrery " (env!("CARGO_PKG_VERSION")) ", with" }
            pre { code { (page.request.command) } }
            p.quiet { "Lines of code are quoted from nanoGPT's model.py at commit 3adf61e1, MIT licence, © 2022 Andrej Karpathy." }
        },
    )
}
