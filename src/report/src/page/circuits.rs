//! Circuits: why each head looks where it looks, and what it writes from there.

use maud::{Markup, html};

use super::{Page, number, section};

pub fn circuits(page: &Page<'_>) -> Markup {
    let ids = page.run.trace().ids();
    let findings = page.findings;
    let blocks = 0..page.run.config().n_blocks;
    section(
        "circuits",
        "Circuits",
        html! {
            h3 { "Why it looks there: scores, split" }
            p { "The strongest look of the last token in each head. A score is a product of a query and a key, and each of these is a sum over the parts that wrote into them; so the score falls into products of parts. Divisors of norms are held at this run's values; in the first block of a model without a norm before the attention nothing is held." }
            @if findings.scores.is_empty() { p.quiet { "Left out: the model is large." } }
            @for block in blocks.clone().filter(|_| !findings.scores.is_empty()) { @if block + 1 < blocks.end { (super::folded("scores", block, &format!("Block {}", block + 1))) } @else { details open { summary { "Block " (block + 1) } div.scroll { table {
                thead { tr { th scope="col" { "head" } th scope="col" { "looks at" } th.num scope="col" { "score" } th scope="col" { "largest products: query part × key part" } } }
                tbody { @for score in findings.scores.iter().filter(|score| score.block == block) {
                    tr {
                        th scope="row" { a href={ "#block" (score.block) ".scores." (score.head) "[" (score.query) "," (score.key) "]" } { "block " (score.block + 1) ", head " (score.head + 1) } }
                        td data-position=(score.key) { (page.glyph(ids[score.key])) " " small { "at " (score.key) } }
                        td.num { (number(score.score)) }
                        td { ul.terms {
                            @for (query, key, term) in &score.terms { li { b { (number(*term)) } " " (query) " × " (key) } }
                            @if score.rest.0 > 0 { li { b { (number(score.rest.1)) } " " small { "and " (score.rest.0) " more; all together " (number(score.sum)) } } }
                        } }
                    }
                } }
            } } } } }
            h3 { "Any score, all products" }
            div id="parts-panel" data-script="" {}
            h3 { "The first block's scores for any two tokens" }
            p { "What enters the first block depends on a token and its position only, so these scores are exact for any pair of tokens at any pair of positions." }
            div id="first-scores" data-script="" {}
            h3 { "What queries, keys and values are made of" }
            p { "Of each head the last token's query, and the key and the value of the token that it looks at most. A share is how far a part reaches along the whole, divided by the whole's length; all shares add up to 1, and a part that points the other way is below 0. Divisors of norms are held." }
            @for block in blocks.clone().filter(|_| !findings.projections.is_empty()) { @if block + 1 < blocks.end { (super::folded("projections", block, &format!("Block {}", block + 1))) } @else { details open { summary { "Block " (block + 1) } div.scroll { table {
                thead { tr { th scope="col" { "head" } th scope="col" { "row" } th.num scope="col" { "length" } th scope="col" { "largest shares" } } }
                tbody { @for row in findings.projections.iter().filter(|row| row.block == block) {
                    tr {
                        th scope="row" { a href={ "#block" (row.block) "." (row.letter.to_ascii_lowercase()) "." (row.head) "[" (row.position) ",*]" } { "block " (row.block + 1) ", head " (row.head + 1) ": " (row.letter) } }
                        td data-position=(row.position) { (page.glyph(ids[row.position])) " " small { "at " (row.position) } }
                        td.num { (number(row.length)) }
                        td { ul.terms {
                            @for (words, share) in &row.shares { li { b { (number(*share)) } " " (words) } }
                            @if row.rest.0 > 0 { li { b { (number(row.rest.1)) } " " small { "and " (row.rest.0) " more" } } }
                        } }
                    }
                } }
            } } } } }
            h3 { "What it writes from there" }
            p { "Each head, if the last token looked at nothing but the token it looks at most: the direct effect of that token's value on the logits, with the divisors of later norms held, without b_V." }
            div.scroll { table.sortable {
                thead { tr { th scope="col" { "head" } th scope="col" { "from" } th.num scope="col" { "attention here" } th scope="col" { "raises" } th scope="col" { "lowers" } th.num scope="col" { "own place" } th.num scope="col" { "mean own place" } } }
                tbody { @for write in &findings.writes {
                    tr { th scope="row" { "block " (write.block + 1) ", head " (write.head + 1) } td data-position=(write.source) { (page.glyph(ids[write.source])) " " small { "at " (write.source) } }
                        td.num { (number(write.attention)) }
                        td { @for token in &write.raises { (page.plain(token.id)) " " small { (number(token.value)) } " " } }
                        td { @for token in &write.lowers { (page.plain(token.id)) " " small { (number(token.value)) } " " } }
                        td.num { (write.own_rank + 1) }
                        td.num { @if let Some(place) = write.mean_own_place { (number(place)) } }
                    }
                } }
            } }
            @if findings.writes.len() < findings.heads.len() { p.quiet { "The model is large: only the first heads are here." } }
            p.quiet { "Own place 1 means that the head copies: of all tokens it raises the one that it looks at most. Mean own place says the same of any token in that one's place: near 1 the head copies whatever it looks at, about half the vocabulary is chance; in blocks after the first an approximation, as if nothing had been written before." }
            h3 { "What it would write from any token" }
            div id="writes-panel" data-script="" {}
        },
    )
}
