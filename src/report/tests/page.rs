//! What a report's file is, without a browser: the same bytes every time, nothing that asks a network,
//! every number of the run, and its sizes.

mod support;

use std::collections::HashMap;
use std::fs;
use std::io::Read;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use orrery_model::{Generation, Gpt, GptConfig, NormPlacement, TensorId};
use orrery_report::publish::{Host, publish};
use orrery_report::{ReportError, Tier, Weights, report};
use serde_json::Value;
use sha2::{Digest, Sha256};
use support::{HOSTILE, bard, charlm, random, request};

/// The text of an element of the page.
fn element<'a>(html: &'a str, id: &str) -> &'a str {
    let begin = html.find(&format!("id=\"{id}\">")).expect(id);
    let rest = &html[begin..];
    let rest = &rest[rest.find('>').expect("it ends") + 1..];
    &rest[..rest.find("</script>").expect("it ends")]
}

/// Five characters are four bytes, in digits to the base 85.
fn bytes_of_text(text: &str) -> Vec<u8> {
    let digit = |c: u8| u64::from(c) - if c < b'<' { 40 } else { 41 };
    let groups = text.as_bytes().chunks(5).flat_map(|group| {
        let padded = group.iter().copied().chain([b'}'; 4]).take(5);
        let number = padded.fold(0, |number, c| 85 * number + digit(c));
        (number as u32)
            .to_be_bytes()
            .into_iter()
            .take(group.len() - 1)
            .collect::<Vec<u8>>()
    });
    groups.collect()
}

fn bytes(html: &str, chunk: &str) -> Vec<u8> {
    let packed = bytes_of_text(element(html, &format!("chunk-{chunk}")));
    let mut bytes = Vec::new();
    flate2::read::ZlibDecoder::new(packed.as_slice())
        .read_to_end(&mut bytes)
        .expect("it is deflated");
    bytes
}

fn numbers(html: &str, chunk: &str) -> Vec<f32> {
    let planes = bytes(html, chunk);
    let count = planes.len() / 4;
    let number =
        |at: usize| f32::from_le_bytes([0, 1, 2, 3].map(|plane| planes[plane * count + at]));
    (0..count).map(number).collect()
}

fn sizes(entry: &Value) -> Vec<usize> {
    let shape = entry["shape"].as_array().expect("it has a shape");
    shape
        .iter()
        .filter_map(Value::as_u64)
        .map(|size| size as usize)
        .collect()
}

/// Every tensor of the page as the page's own script reads it, if it is exact.
fn tensors(html: &str, config: &GptConfig) -> HashMap<String, Vec<f32>> {
    let manifest: Value = serde_json::from_str(element(html, "manifest")).expect("it is JSON");
    let mut chunks: HashMap<String, Vec<f32>> = HashMap::new();
    let mut made: HashMap<String, Vec<f32>> = HashMap::new();
    let mut waiting: Vec<Value> = manifest["tensors"].as_array().expect("a list").clone();
    // a block without entries lies as the one before it
    for block in 1..config.n_blocks {
        let (here, before) = (format!("block{block}"), format!("block{}", block - 1));
        let of = |name: &str, all: &[Value]| -> Vec<Value> {
            let starts = |entry: &&Value| {
                entry["name"]
                    .as_str()
                    .is_some_and(|own| own.starts_with(&format!("{name}.")))
            };
            all.iter().filter(starts).cloned().collect()
        };
        if !of(&here, &waiting).is_empty() {
            continue;
        }
        for mut entry in of(&before, &waiting) {
            for key in ["name", "of", "and", "chunk"] {
                if let Some(text) = entry[key].as_str() {
                    // what is of the block before that one is of that one now
                    let number = block.checked_sub(2).map(|two| format!("block{two}."));
                    let text = match number {
                        Some(two) if text.starts_with(&two) => {
                            text.replacen(&two, &format!("{before}."), 1)
                        }
                        _ => text.replacen(&before, &here, 1),
                    };
                    entry[key] = Value::from(text);
                }
            }
            waiting.push(entry);
        }
    }
    let d_head = config.d_head();
    while !waiting.is_empty() {
        let before = waiting.len();
        waiting.retain(|entry| {
            let text = |key: &str| entry[key].as_str().map(str::to_owned);
            let (name, layout) = (
                text("name").expect("named"),
                text("layout").unwrap_or_else(|| "full".to_owned()),
            );
            let shape = sizes(entry);
            let count: usize = shape.iter().product();
            let tokens = if shape.len() == 3 { shape[1] } else { shape[0] };
            let values = match text("of") {
                Some(of) => {
                    let Some(of) = made.get(&of) else { return true };
                    let factor = entry["factor"].as_f64().unwrap_or(1.0) as f32;
                    match layout.as_str() {
                        "same" => of.clone(),
                        "above" => of.iter().map(|&x| if x > 0.0 { x } else { 0.0 }).collect(),
                        "sum" => {
                            let and = text("and").expect("a second");
                            let Some(and) = made.get(&and) else {
                                return true;
                            };
                            of.iter().zip(and).map(|(a, b)| a + b).collect()
                        }
                        "scaled" => of.iter().map(|x| x * factor).collect(),
                        "mask" => (0..count)
                            .map(|at| {
                                if at % tokens > at / tokens % tokens {
                                    f32::NEG_INFINITY
                                } else {
                                    of[at]
                                }
                            })
                            .collect(),
                        _ => (0..count)
                            .map(|at| {
                                let (row, column) = (at / config.d_model, at % config.d_model);
                                of[(column / d_head * tokens + row) * d_head + column % d_head]
                            })
                            .collect(),
                    }
                }
                None => {
                    let chunk = text("chunk").expect("it lies somewhere");
                    let all = chunks
                        .entry(chunk.clone())
                        .or_insert_with(|| numbers(html, &chunk));
                    let offset = entry["offset"].as_u64().unwrap_or(0) as usize;
                    let stored = entry["count"].as_u64().map_or(count, |own| own as usize);
                    let own = &all[offset..offset + stored];
                    match layout.as_str() {
                        "full" => own.to_vec(),
                        "lower" => {
                            let mut next = own.iter();
                            (0..count)
                                .map(|at| {
                                    if at % tokens > at / tokens % tokens {
                                        0.0
                                    } else {
                                        *next.next().expect("enough")
                                    }
                                })
                                .collect()
                        }
                        _ => return false,
                    }
                }
            };
            made.insert(name, values);
            false
        });
        assert!(waiting.len() < before, "{waiting:?}");
    }
    made
}

#[test]
fn every_number_of_the_run_is_in_the_file_to_the_bit() {
    let mut changed = charlm();
    changed.interventions = "h1.head2=off, block2.input[3,*]=0.5"
        .parse()
        .expect("it is well formed");
    for request in [
        charlm(),
        bard(),
        changed,
        random(NormPlacement::Pre, &["a", "b", "c"], &[0, 1, 2, 2]),
    ] {
        let made = report(&request).expect("it can be made");
        assert_eq!(made.tier, Tier::Model);
        let trace = request
            .gpt
            .trace_with(&request.ids, &request.interventions, None)
            .expect("it can be run");
        let found = tensors(&made.html, request.gpt.config());
        for entry in trace.layout().entries() {
            let there = &found[&entry.id.to_string()];
            let known = &trace.values()[entry.range.clone()];
            assert_eq!(there.len(), known.len(), "{}", entry.id);
            assert!(
                there
                    .iter()
                    .zip(known)
                    .all(|(a, b)| a.to_bits() == b.to_bits()),
                "{}",
                entry.id
            );
        }
        assert_eq!(
            numbers(&made.html, "weights"),
            request.gpt.parameters().values()
        );
    }
}

#[test]
fn the_same_report_is_the_same_file() {
    let mut request = charlm();
    request.compare = Some(request.tokenizer.encode_lossy("what night").0);
    request.corpus = Some(request.tokenizer.encode_lossy(CORPUS).0);
    let first = report(&request).expect("it can be made");
    let second = report(&request).expect("it can be made");
    assert!(first.html == second.html);
    assert_eq!(first.findings, second.findings);
}

const CORPUS: &str = include_str!("../../../assets/corpus/shakespeare.txt");

#[test]
fn the_file_asks_nothing_of_any_network() {
    let html = report(&charlm()).expect("it can be made").html;
    let begin = html.rfind("<script>").expect("it has a script") + "<script>".len();
    let script = &html[begin..html.rfind("</script>").expect("it ends")];
    let hash = STANDARD.encode(Sha256::digest(script.as_bytes()));
    assert!(html.contains(&format!("script-src 'sha256-{hash}'")));
    assert!(html.contains("default-src 'none'"));
    for what in [
        "http://",
        "https://",
        "@import",
        "type=\"module\"",
        "eval(",
        "new Function",
        "<link",
        "<iframe",
        "fetch(",
        "XMLHttpRequest",
        "innerHTML",
        "onclick=\"",
    ] {
        let allowed = if what == "http://" {
            html.matches("http://www.w3.org/2000/svg").count()
        } else {
            0
        };
        assert_eq!(html.matches(what).count(), allowed, "{what}");
    }
}

#[test]
fn hostile_tokens_are_escaped() {
    let html = report(&random(NormPlacement::Post, &HOSTILE, &[0, 1, 2, 3, 4, 5]))
        .expect("it can be made")
        .html;
    assert!(!html.contains("<script>window.x"));
    assert!(!html.contains("<img"));
    assert!(!html.contains('\u{2028}') && !html.contains('\u{202e}'));
    assert!(html.contains("&lt;/script&gt;&lt;script&gt;window.x=1&lt;/script&gt;"));
    assert!(html.contains("⟨0x202E⟩turned"));
}

#[test]
fn the_core_is_there_without_a_script() {
    let request = charlm();
    let made = report(&request).expect("it can be made");
    let html = &made.html;
    let why = made.findings.why.last().expect("there is one");
    assert_eq!(why.token, made.findings.next[0].id);
    for section in ["top", "map", "surprise", "lens", "why", "logits", "about"] {
        assert!(
            html.contains(&format!("<section id=\"{section}\"")),
            "{section}"
        );
    }
    assert!(html.contains("79.7 %"), "the likeliest token's probability");
    assert!(html.contains("block 4, head 3") && html.contains("switched off"));
    assert!(html.contains("The shares below hold those divisors at the values of this run"));
    assert_eq!(html.matches("<li class=good>").count(), 4);
    assert!(!html.contains("<li class=bad>"));
}

#[test]
fn sizes_are_kept() {
    let mut small = charlm();
    // with the lens fitted and contexts found, as the command makes it
    small.corpus = Some(small.tokenizer.encode_lossy(CORPUS).0);
    let small = report(&small).expect("it can be made").html.len();
    assert!(small <= 600_000, "{small}");
    let mut request = bard();
    request.ids = request
        .tokenizer
        .encode_lossy("What light through yonder window breaks? It is the east, and Jul")
        .0;
    let all = report(&request).expect("it can be made");
    assert_eq!(all.tier, Tier::Model);
    assert!(all.html.len() <= 4_000_000, "{}", all.html.len());
    // whatever is allowed, what is made fits, and says what it is
    let mut tiers = vec![all.tier];
    for most in [3_000_000, 2_200_000, 1_800_000, 1_500_000] {
        request.max_size = most;
        let made = report(&request).expect("it can be made");
        assert!(made.html.len() <= most, "{most}");
        assert!(made.html.contains(made.tier.words()), "it says so");
        assert!(made.tier >= *tiers.last().expect("there is one"));
        tiers.push(made.tier);
    }
    assert!(tiers.contains(&Tier::Numbers), "{tiers:?}");
    assert!(tiers.last() >= Some(&Tier::Pictures), "{tiers:?}");
    request.max_size = 50_000;
    assert!(matches!(
        report(&request),
        Err(ReportError::TooLarge { .. })
    ));
    request.max_size = 3_000_000;
    request.weights = Weights::Yes;
    assert!(matches!(
        report(&request),
        Err(ReportError::WeightsTooLarge { .. })
    ));
}

/// GPT-2's size in miniature is too long for a test; this has its shape: many rows of vocabulary, wide.
#[test]
fn a_large_model_s_report_says_what_is_a_picture() {
    let config = GptConfig {
        vocab_size: 2000,
        context_length: 32,
        d_model: 192,
        n_heads: 6,
        n_blocks: 6,
        d_ff: 768,
        norm_placement: NormPlacement::Pre,
        final_norm: true,
        ..GptConfig::default()
    };
    let tokens: Vec<String> = (0..2000).map(|id| format!("w{id}")).collect();
    let tokenizer = orrery_model::Tokenizer::of_tokens(tokens).expect("they are fine");
    let mut request = request(Gpt::random(config, 3).expect("it is valid"), tokenizer, "");
    request.ids = (0..32).map(|at| at * 61).collect();
    request.max_size = 1_500_000;
    let made = report(&request).expect("it can be made");
    assert!(made.tier >= Tier::Pictures, "{:?}", made.tier);
    assert!(made.html.len() <= request.max_size);
    assert!(made.html.contains("pictures of 255 steps"));
    // of each row what all logits come to is there, so that the largest have their exact probabilities
    let manifest: Value =
        serde_json::from_str(element(&made.html, "manifest")).expect("it is JSON");
    let logits = manifest["tensors"].as_array().expect("a list").iter();
    let logits: Vec<&Value> = logits.filter(|entry| entry["name"] == "logits").collect();
    let trace = request.gpt.trace(&request.ids).expect("the ids are valid");
    let (all, probabilities) = (
        trace.matrix(TensorId::Logits).expect("there are some"),
        trace
            .matrix(TensorId::Probabilities)
            .expect("there are some"),
    );
    for row in 0..32 {
        let sum = logits[0]["log_sum_exp"][row].as_f64().expect("a number");
        for id in [0, 61, 1999] {
            let share = (f64::from(all[[row, id]]) - sum).exp();
            let known = f64::from(probabilities[[row, id]]);
            assert!(
                (share - known).abs() < 1e-6 * known.max(1e-3),
                "{share} {known}"
            );
        }
    }
}

#[test]
fn what_cannot_be_reported_is_said() {
    let mut request = charlm();
    request.ids.push(3);
    let error = report(&request).expect_err("the context is full");
    assert!(
        error.to_string().contains("17 tokens do not fit"),
        "{error}"
    );
    let mut request = charlm();
    request.interventions = "h9.head0=off".parse().expect("it is well formed");
    assert!(
        report(&request)
            .expect_err("there is no such block")
            .to_string()
            .contains("block9")
    );
    // one token is enough
    let mut request = charlm();
    request.ids.truncate(1);
    assert!(report(&request).is_ok());
}

/// Characters and words, white space alone, a question mark, one token, the same token throughout, a full context; one
/// token more is refused.
#[test]
fn texts_of_every_kind_have_a_report() {
    let words = ["knock", " ", "\n", "\t", "?", "who's", "…", "<PAD>"];
    let characters = ["a", "b", " ", "\n", "?", "é", "世", "∅"];
    let prompts: [&[usize]; 6] = [
        &[0],
        &[1, 2, 3],
        &[4],
        &[1],
        &[0, 0, 0, 0, 0, 0, 0, 0],
        &[0, 1, 2, 3, 4, 5, 6, 7],
    ];
    for tokens in [words, characters] {
        for norm in [NormPlacement::Pre, NormPlacement::Post] {
            for prompt in prompts {
                let request = random(norm, &tokens, prompt);
                let made = report(&request)
                    .unwrap_or_else(|error| panic!("{tokens:?} {prompt:?}: {error}"));
                let manifest: Value =
                    serde_json::from_str(element(&made.html, "manifest")).expect("it is JSON");
                let ids: Vec<usize> = manifest["ids"]
                    .as_array()
                    .expect("there are ids")
                    .iter()
                    .filter_map(Value::as_u64)
                    .map(|id| id as usize)
                    .collect();
                assert_eq!(ids, prompt);
                let exact = tensors(&made.html, request.gpt.config());
                let logits = &exact["logits"];
                assert_eq!(logits.len(), prompt.len() * tokens.len());
                assert!(logits.iter().all(|logit| logit.is_finite()));
                assert!(!made.html.contains("<li class=bad>"), "a check fails");
            }
            let request = random(norm, &tokens, &[0; 9]);
            let refused = report(&request).expect_err("there are 8 places");
            let words = refused.to_string();
            assert!(words.contains("9 tokens do not fit"), "{words}");
        }
    }
}

#[test]
fn two_prompts_have_a_patch_grid() {
    let mut request = charlm();
    request.ids = request.tokenizer.encode_lossy("what light").0;
    request.compare = Some(request.tokenizer.encode_lossy("the kin").0);
    let made = report(&request).expect("it can be made");
    let compare = made.findings.compare.expect("there is a second text");
    assert!(compare.question.is_some());
    // the stream's last row, at the last position, is all of the answer
    let last_stage = compare
        .rows
        .iter()
        .rposition(|row| row.starts_with("stream"))
        .expect("it is there");
    let moved = compare.moved[last_stage].last().expect("there is a pair");
    assert!((moved - 1.0).abs() < 1e-5, "{moved}");
    assert!(made.html.contains("id=\"compare\""));
}

/// Every pair of a text's and a paper's colour, light and dark: 4.5 to 1 at least.
#[test]
fn colours_can_be_told_apart() {
    let style = include_str!("../page/style.css");
    for block in style.split("--paper:").skip(1) {
        let text = format!("--paper:{}", &block[..block.find('}').expect("it ends")]);
        let colour = |name: &str| {
            let rest = text.split(&format!("--{name}:")).nth(1)?.trim_start();
            let hex = rest.strip_prefix('#')?.get(..6)?;
            u32::from_str_radix(hex, 16).ok()
        };
        let Some(paper) = colour("paper") else {
            continue;
        };
        let luminance = |colour: u32| {
            let part = |shift: u32| {
                let x = f64::from(colour >> shift & 255) / 255.0;
                if x <= 0.04045 {
                    x / 12.92
                } else {
                    ((x + 0.055) / 1.055).powf(2.4)
                }
            };
            0.2126 * part(16) + 0.7152 * part(8) + 0.0722 * part(0)
        };
        let contrast = |a: u32, b: u32| {
            let (a, b) = (luminance(a), luminance(b));
            (a.max(b) + 0.05) / (a.min(b) + 0.05)
        };
        for name in ["ink", "quiet", "accent", "warm", "good", "bad"] {
            let colour = colour(name).expect(name);
            assert!(contrast(colour, paper) >= 4.5, "{name} on {paper:06x}");
        }
        let soft = colour("soft").expect("soft");
        assert!(contrast(colour("quiet").expect("quiet"), soft) >= 4.5);
        assert!(contrast(colour("bar").expect("bar"), soft) >= 3.0);
    }
}

fn tree(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).expect("it is there").flatten() {
        let kind = entry.file_type().expect("it has one");
        assert!(!kind.is_symlink());
        if kind.is_dir() {
            all.extend(tree(&entry.path()));
        } else {
            all.push((
                entry.path().display().to_string(),
                fs::read(entry.path()).expect("it can be read"),
            ));
        }
    }
    all.sort();
    all
}

#[test]
fn publishing_twice_is_publishing_once() {
    let folder = tempfile::tempdir().expect("there is room");
    let root = folder.path();
    fs::create_dir(root.join(".git")).expect("it can be made");
    fs::write(root.join(".git/HEAD"), "ref: refs/heads/pages\n").expect("it can be written");
    let site = root.join("docs");
    let request = charlm();
    let made = report(&request).expect("it can be made");
    let published = publish(
        &site,
        ("what light?", None),
        &made,
        Some(b"a picture"),
        Some(Host::GitHub),
    )
    .expect("it can be published");
    assert_eq!(published.page, site.join("what-light/index.html"));
    assert_eq!(published.next_steps.len(), 3);
    let before = tree(root);
    publish(
        &site,
        ("what light?", None),
        &made,
        Some(b"a picture"),
        Some(Host::GitHub),
    )
    .expect("it can be published");
    assert_eq!(tree(root), before);
    let workflow = fs::read_to_string(root.join(".github/workflows/orrery-pages.yml"))
        .expect("it was written");
    assert!(
        workflow.contains("branches: ['pages']") && workflow.contains("path: 'docs'"),
        "{workflow}"
    );
    // another prompt of the same name stands beside it
    let other = publish(
        &site,
        ("what light!", Some("Light & more")),
        &made,
        None,
        None,
    )
    .expect("it can be published");
    assert!(
        other.page.starts_with(site.join("what-light"))
            || other.page.starts_with(site.join("what-light-2"))
    );
    let gallery = fs::read_to_string(site.join("index.html")).expect("it was written");
    assert!(gallery.contains("what-light/") && !gallery.contains("<script"));
    assert_eq!(gallery.matches("/card.png").count(), 1);
    // its title stands in the gallery; the one without has its prompt only
    assert_eq!(gallery.matches("<strong>").count(), 1);
    assert!(gallery.contains(">Light &amp; more</a>"));
    let facts = |page: &Path| -> Value {
        let text = fs::read_to_string(page.with_file_name("report.json")).expect("it is there");
        serde_json::from_str(&text).expect("it is JSON")
    };
    assert_eq!(facts(&other.page)["title"], "Light & more");
    assert!(site.join(".nojekyll").exists());
}

#[test]
fn a_workflow_of_somebody_else_stays() {
    let folder = tempfile::tempdir().expect("there is room");
    let root = folder.path();
    fs::create_dir_all(root.join(".github/workflows")).expect("it can be made");
    fs::create_dir(root.join(".git")).expect("it can be made");
    let theirs = root.join(".github/workflows/site.yml");
    fs::write(&theirs, "uses: actions/deploy-pages@v4\n").expect("it can be written");
    fs::write(root.join(".gitlab-ci.yml"), "test:\n").expect("it can be written");
    let made = report(&charlm()).expect("it can be made");
    for host in [Host::GitHub, Host::GitLab] {
        let published = publish(&root.join("site"), ("x", None), &made, None, Some(host))
            .expect("it can be published");
        assert_eq!(published.next_steps.len(), 1, "{:?}", published.next_steps);
    }
    assert!(!root.join(".github/workflows/orrery-pages.yml").exists());
    assert_eq!(
        fs::read_to_string(root.join(".gitlab-ci.yml")).expect("it is there"),
        "test:\n"
    );
}

#[test]
fn the_numbers_told_are_the_run_s() {
    let request = bard();
    let made = report(&request).expect("it can be made");
    let trace = request.gpt.trace(&request.ids).expect("the ids are valid");
    let last = request.ids.len() - 1;
    let logits = trace.matrix(TensorId::Logits).expect("it has some");
    let probabilities = trace.matrix(TensorId::Probabilities).expect("it has some");
    for next in &made.findings.next {
        assert_eq!(next.logit, logits[[last, next.id]]);
        assert_eq!(next.probability, probabilities[[last, next.id]]);
    }
    for why in &made.findings.why {
        let row = logits.row(why.position);
        let value = f64::from(row[why.token]) - f64::from(row[why.against]);
        assert!((value - why.value).abs() < 1e-9);
        assert!((why.sum - value).abs() < 1e-4);
    }
}

/// What is drawn beyond the first token is what `orrery generate` draws, and the page shows it.
#[test]
fn the_text_goes_on_as_generate_does() {
    for mut request in [charlm(), bard()] {
        request.tokens = 12;
        request.sampling.seed = 7;
        let made = report(&request).expect("it can be made");
        let ids = request.ids.clone();
        let never = request.tokenizer.special();
        let settings = request.sampling.clone();
        let generation =
            Generation::new(&request.gpt, ids, settings, never).expect("the ids are valid");
        let drawn: Vec<usize> = generation
            .take(12)
            .map(|step| step.expect("it goes on").draw.token_id)
            .collect();
        let found = &made.findings.continuation;
        assert_eq!(found.iter().map(|one| one.id).collect::<Vec<_>>(), drawn);
        assert_eq!(found[0].id, made.findings.drawn);
        for one in found {
            assert!(one.share > 0.0 && one.surprisal >= 0.0 && one.rank >= 1);
        }
        let begin = made
            .html
            .find("class=\"strip continuation\"")
            .expect("it is shown");
        let steps = made.html[begin..]
            .split("</section>")
            .next()
            .expect("it ends");
        assert_eq!(steps.matches("class=step").count(), 12);
    }
}
