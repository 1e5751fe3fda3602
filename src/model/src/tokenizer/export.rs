//! A tokenizer as a `tokenizer.json`, for programs that read Hugging Face's format.

use std::collections::HashMap;

use serde_json::{Map, Value, json};

use super::byte_pair::GPT2_TOKENS;
use super::hugging_face::letters_of_bytes;
use super::word::is_word;
use super::{Tokenizer, Vocabulary};

impl Tokenizer {
    /// The contents of a `tokenizer.json` that cuts and joins text as this tokenizer does; `None` for
    /// tokens that are bytes, which that format has no plain way to describe.
    pub fn to_hugging_face(&self) -> Option<Value> {
        match self {
            Self::HuggingFace(tokenizer) => Some(tokenizer.json().clone()),
            Self::BytePair(tokenizer) => Some(gpt2(|id| tokenizer.bytes(id))),
            Self::Character(tokenizer) => {
                let mut normalizers = Vec::new();
                if tokenizer.newline_is_space {
                    let pattern = json!({"String": "\n"});
                    normalizers
                        .push(json!({"type": "Replace", "pattern": pattern, "content": " "}));
                }
                if tokenizer.lower_case {
                    normalizers.push(json!({"type": "Lowercase"}));
                }
                let normalizer = match normalizers.is_empty() {
                    true => Value::Null,
                    false => json!({"type": "Sequence", "normalizers": normalizers}),
                };
                let cut = cut_by("[\\s\\S]");
                Some(of_words(
                    &tokenizer.vocabulary,
                    normalizer,
                    cut,
                    json!({"type": "Fuse"}),
                ))
            }
            Self::Word(tokenizer) => {
                let mut pattern: Vec<String> =
                    tokenizer.whole().iter().map(|token| whole(token)).collect();
                pattern.extend([r"\w+".to_owned(), r"[^\w\s]".to_owned()]);
                let cut = cut_by(&pattern.join("|"));
                Some(of_words(
                    &tokenizer.vocabulary,
                    Value::Null,
                    cut,
                    Value::Null,
                ))
            }
            Self::Piece(tokenizer) if tokenizer.is_of_bytes() => None,
            Self::Piece(tokenizer) => {
                let vocabulary = &tokenizer.vocabulary;
                let mut pieces = texts(vocabulary);
                pieces.sort_by_key(|(piece, _)| std::cmp::Reverse(piece.len()));
                let pattern: Vec<String> = pieces
                    .iter()
                    .map(|(piece, _)| regex::escape(piece))
                    .collect();
                let cut = cut_by(&pattern.join("|"));
                Some(of_words(
                    vocabulary,
                    Value::Null,
                    cut,
                    json!({"type": "Fuse"}),
                ))
            }
        }
    }
}

/// The tokens that stand for text, with their ids.
fn texts(vocabulary: &Vocabulary) -> Vec<(&str, usize)> {
    let special = vocabulary.special();
    let tokens = vocabulary.tokens().iter().enumerate();
    tokens
        .filter(|(id, _)| special.binary_search(id).is_err())
        .map(|(id, token)| (token.as_str(), id))
        .collect()
}

/// A token that the usual cutting would take apart; one that ends in a word ends where the word ends.
fn whole(token: &str) -> String {
    let escaped = regex::escape(token);
    match token.ends_with(is_word) {
        true => format!(r"{escaped}\b"),
        false => escaped,
    }
}

/// What matches is a piece, what stands between is left out.
fn cut_by(pattern: &str) -> Value {
    json!({"type": "Split", "pattern": {"Regex": pattern}, "behavior": "Removed", "invert": true})
}

fn of_words(vocabulary: &Vocabulary, normalizer: Value, cut: Value, decoder: Value) -> Value {
    let table: Map<String, Value> = texts(vocabulary)
        .into_iter()
        .map(|(token, id)| (token.to_owned(), id.into()))
        .collect();
    // padding and the like stand for no text; rows without a token are nothing at all
    let named = |id: &usize| !vocabulary.tokens()[*id].starts_with("<unused ");
    let added: Vec<Value> = vocabulary
        .special()
        .iter()
        .filter(|id| named(id))
        .map(|&id| added(id, &vocabulary.tokens()[id]))
        .collect();
    json!({
        "version": "1.0",
        "truncation": null,
        "padding": null,
        "added_tokens": added,
        "normalizer": normalizer,
        "pre_tokenizer": cut,
        "post_processor": null,
        "decoder": decoder,
        // what is in no table is never asked for by a text that was cut, but the format wants a name
        "model": {"type": "WordLevel", "vocab": table, "unk_token": "<unk>"},
    })
}

fn added(id: usize, content: &str) -> Value {
    json!({
        "id": id, "content": content, "single_word": false, "lstrip": false, "rstrip": false,
        "normalized": false, "special": true,
    })
}

/// GPT-2's byte pairs. Its table knows tokens only; which two each is merged of follows from merging its
/// bytes with all merges before it.
fn gpt2(bytes: impl Fn(usize) -> Vec<u8>) -> Value {
    let letters = letters_of_bytes();
    let end = GPT2_TOKENS - 1;
    let tokens: Vec<Vec<u8>> = (0..end).map(bytes).collect();
    let ranks: HashMap<&[u8], usize> = tokens.iter().map(Vec::as_slice).zip(0..).collect();
    let written = |bytes: &[u8]| -> String {
        bytes
            .iter()
            .map(|&byte| letters[usize::from(byte)])
            .collect()
    };
    let mut merges = Vec::with_capacity(tokens.len());
    for (rank, token) in tokens
        .iter()
        .enumerate()
        .filter(|(_, token)| token.len() > 1)
    {
        // the ends of the parts
        let mut ends: Vec<usize> = (0..=token.len()).collect();
        while ends.len() > 3 {
            let merged = |at: usize| ranks.get(&token[ends[at]..ends[at + 2]]).copied();
            let best = (0..ends.len() - 2)
                .filter_map(|at| Some((merged(at)?, at)))
                .min();
            match best {
                Some((before, at)) if before < rank => {
                    ends.remove(at + 1);
                }
                _ => break,
            }
        }
        if let [start, middle, end] = *ends {
            merges.push([written(&token[start..middle]), written(&token[middle..end])]);
        }
    }
    let mut table: Map<String, Value> = tokens
        .iter()
        .enumerate()
        .map(|(id, token)| (written(token), id.into()))
        .collect();
    table.insert("<|endoftext|>".to_owned(), end.into());
    let level = |blank: bool| {
        json!({
            "type": "ByteLevel", "add_prefix_space": blank, "trim_offsets": true, "use_regex": true,
        })
    };
    json!({
        "version": "1.0",
        "truncation": null,
        "padding": null,
        "added_tokens": [added(end, "<|endoftext|>")],
        "normalizer": null,
        "pre_tokenizer": level(false),
        "post_processor": null,
        "decoder": level(true),
        "model": {"type": "BPE", "vocab": table, "merges": merges},
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_cuts_and_joins_as_before() {
        let words = ["who", "is", "'", "?", "don't", "<|endoftext|>", "s"]
            .map(str::to_owned)
            .to_vec();
        let kmers = ["ACG", "CGT", "TTT", "GAA"].map(str::to_owned).to_vec();
        for (tokenizer, text) in [
            (Tokenizer::charlm(), "Who is\nit?"),
            (Tokenizer::characters("abc \n".chars()).unwrap(), "a b\nc"),
            (
                Tokenizer::of_tokens(words).unwrap(),
                "who's  don't ?<|endoftext|> is",
            ),
            (Tokenizer::of_tokens(kmers).unwrap(), "ACGTTT"),
            (
                Tokenizer::gpt2(50257).unwrap(),
                "Hello, world's   na\u{ef}ve\n\n<|endoftext|>!",
            ),
        ] {
            let json = tokenizer.to_hugging_face().unwrap();
            let again = Tokenizer::hugging_face(json).unwrap();
            let ids = tokenizer.encode(text).unwrap();
            assert_eq!(again.encode(text).unwrap(), ids, "{text:?}");
            assert_eq!(again.decode(&ids), tokenizer.decode(&ids), "{text:?}");
        }
        assert!(Tokenizer::bytes().unwrap().to_hugging_face().is_none());
    }
}
