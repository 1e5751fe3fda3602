//! What is done behind the model: how tokens become text, and which ids are put around them.

use serde_json::Value;

use super::{Part, not_known, sequence};
use crate::tokenizer::hugging_face::MOST;
use crate::tokenizer::hugging_face::decode::Decoder;

pub(super) fn decoder(value: &Value) -> Result<Decoder, String> {
    let part = Part::of(value).ok_or("its decoder is no object")?;
    Ok(match part.kind {
        "ByteLevel" => Decoder::byte_level(),
        "WordPiece" => Decoder::WordPieces {
            prefix: part.text("prefix").unwrap_or("##").to_owned(),
        },
        "Metaspace" => Decoder::Metaspace {
            sign: part.sign(),
            strip: part.text("prepend_scheme") != Some("never")
                && part.flag("add_prefix_space", true),
        },
        "BPEDecoder" => Decoder::Suffix(part.text("suffix").unwrap_or("</w>").to_owned()),
        "Fuse" => Decoder::Joined,
        "Sequence" => {
            let parts = part.parts("decoders");
            let kinds: Vec<&str> = parts
                .iter()
                .filter_map(|part| Some(Part::of(part)?.kind))
                .collect();
            let known =
                |kind: &&str| matches!(*kind, "Replace" | "ByteFallback" | "Fuse" | "Strip");
            let strips = kinds.contains(&"Strip");
            if kinds.contains(&"ByteLevel") {
                Decoder::byte_level()
            } else if kinds.iter().all(&known) {
                let replaced = parts.iter().find(|part| part.get("pattern").is_some());
                let sign = replaced.and_then(|part| part.get("pattern")?.get("String")?.as_str());
                Decoder::Bytes {
                    sign: sign
                        .and_then(|sign| sign.chars().next())
                        .unwrap_or('\u{2581}'),
                    strip: strips,
                }
            } else {
                let kind = kinds
                    .into_iter()
                    .find(|kind| !known(kind))
                    .unwrap_or_default();
                return Err(not_known("decoder", kind));
            }
        }
        kind => return Err(not_known("decoder", kind)),
    })
}

pub(super) fn around(value: &Value) -> Result<[Vec<usize>; 2], String> {
    let part = Part::of(value).ok_or("its post_processor is no object")?;
    let id = |value: &Value| {
        let id = value.as_u64().and_then(|id| usize::try_from(id).ok());
        id.filter(|&id| id < MOST)
            .ok_or_else(|| "its post_processor names a token without an id".to_owned())
    };
    let pair = |name: &str| {
        let pair = part.members.get(name).and_then(Value::as_array);
        id(pair.and_then(|pair| pair.get(1)).unwrap_or(&Value::Null))
    };
    Ok(match part.kind {
        "ByteLevel" => [Vec::new(), Vec::new()],
        "BertProcessing" | "RobertaProcessing" => [vec![pair("cls")?], vec![pair("sep")?]],
        "TemplateProcessing" => {
            let mut around = [Vec::new(), Vec::new()];
            let mut behind = 0;
            for item in part.parts("single") {
                if item.get("Sequence").is_some() {
                    behind = 1;
                } else if let Some(name) =
                    item.get("SpecialToken").and_then(|token| token.get("id"))
                {
                    let tokens = part.members.get("special_tokens");
                    let token = tokens.and_then(|tokens| tokens.get(name.as_str()?));
                    let ids = token.and_then(|token| token.get("ids")?.as_array());
                    for value in ids.ok_or("its post_processor names a token that is not there")? {
                        around[behind].push(id(value)?);
                    }
                }
            }
            around
        }
        "Sequence" => {
            let mut all = [Vec::new(), Vec::new()];
            for [before, behind] in sequence(&part, "processors", around)? {
                all[0].splice(0..0, before);
                all[1].extend(behind);
            }
            all
        }
        kind => return Err(not_known("post-processor", kind)),
    })
}
