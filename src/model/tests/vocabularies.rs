//! The tables of tokens that people have, in every form that they have them.

#![allow(clippy::unwrap_used)]

mod support;

use std::path::Path;

use orrery_model::Tokenizer;
use orrery_model::checkpoint::vocabulary_from;
use support::pickles::{Value, pickle, text};

fn of(value: Value) -> Result<Tokenizer, String> {
    vocabulary_from(&pickle(&value), Path::new("meta.pkl")).map_err(|error| error.to_string())
}

fn itos(tokens: &[(i64, Value)]) -> Value {
    let pairs = tokens
        .iter()
        .map(|(id, token)| (Value::Int(*id), token.clone()))
        .collect();
    Value::Dict(vec![(text("itos"), Value::Dict(pairs))])
}

fn letters() -> Vec<(i64, Value)> {
    vec![(0, text("a")), (1, text("b")), (2, text("c"))]
}

/// NumPy's scalar of this format, as NumPy 2 writes it in protocol 2.
fn scalar(format: &str, order: &str, size: i32, bytes: &[u8]) -> Value {
    let mut out = b"cnumpy._core.multiarray\nscalar\n(cnumpy\ndtype\n(".to_vec();
    let value = |value: Value, out: &mut Vec<u8>| {
        let pickled = pickle(&value);
        out.extend(&pickled[2..pickled.len() - 1]);
    };
    value(text(format), &mut out);
    out.extend(b"\x89\x88tR(K\x03");
    value(text(order), &mut out);
    out.extend(b"NNN");
    out.push(b'J');
    out.extend(size.to_le_bytes());
    out.extend(b"J\xff\xff\xff\xffK\0tb");
    // bytes, in a protocol that has none
    out.extend(b"c_codecs\nencode\n(");
    let latin: String = bytes.iter().copied().map(char::from).collect();
    value(text(&latin), &mut out);
    value(text("latin1"), &mut out);
    out.extend(b"tRtR");
    Value::Raw(out)
}

#[test]
fn numbers_and_texts_of_numpy_are_numbers_and_texts() {
    let id = |id: u8| scalar("i8", "<", -1, &[id, 0, 0, 0, 0, 0, 0, 0]);
    let letter = |letter: char| scalar("U1", "<", 4, &u32::from(letter).to_le_bytes());
    let pairs = "abc"
        .chars()
        .zip(0..)
        .map(|(c, at)| (id(at), letter(c)))
        .collect();
    let found = of(Value::Dict(vec![
        (text("vocab_size"), id(3)),
        (text("itos"), Value::Dict(pairs)),
    ]));
    assert_eq!(found.unwrap().encode("cab").unwrap(), [2, 0, 1]);
    // an array of letters, each as wide as the widest
    let mut bytes = Vec::new();
    for letter in "abc".chars() {
        bytes.extend(u32::from(letter).to_le_bytes());
    }
    let mut array =
        b"cnumpy._core.multiarray\n_reconstruct\n(cnumpy\nndarray\nK\0\x85C\x01btR(K\x01K\x03\x85"
            .to_vec();
    array.extend(
        b"cnumpy\ndtype\n(X\x02\0\0\0U1\x89\x88tR(K\x03X\x01\0\0\0<NNNK\x04K\x04K\x08tb\x89C\x0c",
    );
    array.extend(&bytes);
    array.extend(b"tb");
    let found = of(Value::Dict(vec![(text("itos"), Value::Raw(array))]));
    assert_eq!(found.unwrap().encode("cab").unwrap(), [2, 0, 1]);
}

#[test]
fn a_table_may_be_bare_and_have_holes() {
    let dict = Value::Dict(
        letters()
            .into_iter()
            .map(|(id, token)| (Value::Int(id), token))
            .collect(),
    );
    let by_token = Value::Dict(
        letters()
            .into_iter()
            .map(|(id, token)| (token, Value::Int(id)))
            .collect(),
    );
    let list = Value::List(letters().into_iter().map(|(_, token)| token).collect());
    for table in [
        dict.clone(),
        by_token.clone(),
        list.clone(),
        Value::Dict(vec![(text("stoi"), by_token.clone())]),
        Value::Dict(vec![(text("char2idx"), by_token)]),
        Value::Dict(vec![(text("chars"), list)]),
        Value::Dict(vec![(text("chars"), text("abc"))]),
    ] {
        let found = of(table.clone()).unwrap();
        assert_eq!(found.encode("cab").unwrap(), [2, 0, 1], "{table:?}");
    }
    let found = of(itos(&[(0, text("a")), (3, text("b"))])).unwrap();
    assert_eq!((found.vocab_size(), found.special()), (4, &[1, 2][..]));
    assert_eq!(found.encode("ba").unwrap(), [3, 0]);
}

#[test]
fn bytes_and_numbers_are_tokens_too() {
    let number = |id: i64| (id, Value::Int(id + 97));
    let found = of(itos(&[number(0), number(1), number(2)])).unwrap();
    assert_eq!(found.encode("cab").unwrap(), [2, 0, 1]);
    let bytes = |bytes: &[u8]| {
        let mut out = vec![b'C', bytes.len() as u8];
        out.extend(bytes);
        Value::Raw(out)
    };
    let found = of(itos(&[
        (0, bytes(b"a")),
        (1, bytes(b"\xc3")),
        (2, bytes(b"\xa9")),
        (3, bytes(b"aa")),
    ]));
    let found = found.unwrap();
    assert_eq!(found.encode("aa\u{e9}a").unwrap(), [3, 1, 2, 0]);
    assert_eq!(found.decode(&[3, 1, 2, 0]), "aa\u{e9}a");
    assert_eq!(found.decode(&[1, 0]), "\u{fffd}a");
    let all = Tokenizer::bytes().unwrap();
    assert_eq!(all.encode("\u{e9}\n").unwrap(), [0xc3, 0xa9, 10]);
    // numbers above 255 are characters
    let found = of(itos(&[(0, Value::Int(97)), (1, Value::Int(0x3b1))])).unwrap();
    assert_eq!(found.encode("\u{3b1}a").unwrap(), [1, 0]);
}

#[test]
fn pieces_are_matched_longest_first_and_joined_without_blanks() {
    let pieces = ["ACG", "TTT", "GCA", "AAC"];
    let tokens: Vec<(i64, Value)> = (0..)
        .zip(pieces)
        .map(|(id, token)| (id, text(token)))
        .collect();
    let found = of(itos(&tokens)).unwrap();
    assert_eq!(found.encode("ACGTTTGCAAAC").unwrap(), [0, 1, 2, 3]);
    assert_eq!(found.decode(&[0, 1, 2, 3]), "ACGTTTGCAAAC");
    let error = found.encode("ACGTT").unwrap_err().to_string();
    assert!(error.contains("'T'") && error.contains('4'), "{error}");
    let special = of(itos(&[
        (0, text("a")),
        (1, text("EOS")),
        (2, text("_PAD_")),
        (3, text("E")),
    ]))
    .unwrap();
    assert_eq!(
        (special.unit(), special.special()),
        ("character", &[1, 2][..])
    );
    assert_eq!(special.encode("Ea").unwrap(), [3, 0]);
}

#[test]
fn what_is_no_table_of_tokens_is_refused_and_nothing_is_run() {
    let call = Value::Raw(b"cos\nsystem\n(X\x01\0\0\0xtR".to_vec());
    for wrong in [
        itos(&[(0, text("a")), (-1, text("b"))]),
        itos(&[(0, text("a")), (1 << 40, text("b"))]),
        itos(&[(0, text("a")), (0, text("b"))]),
        itos(&[(0, text("a")), (1, call.clone())]),
        itos(&[(0, text("a")), (1, Value::None)]),
        Value::Dict(vec![(text("vocab_size"), Value::Int(3))]),
        Value::Dict(vec![(text("itos"), Value::Dict(Vec::new()))]),
        call,
        Value::Int(5),
    ] {
        let error = of(wrong.clone()).unwrap_err();
        assert!(error.contains("meta.pkl"), "{wrong:?}: {error}");
    }
}

#[test]
fn two_tables_may_stand_without_names_and_a_text_is_its_letters() {
    let by_id = |letters: &str| {
        let pairs = letters.chars().zip(0..);
        Value::Dict(
            pairs
                .map(|(c, id)| (Value::Int(id), text(&c.to_string())))
                .collect(),
        )
    };
    let by_token = |letters: &str| {
        let pairs = letters.chars().zip(0..);
        Value::Dict(
            pairs
                .map(|(c, id)| (text(&c.to_string()), Value::Int(id)))
                .collect(),
        )
    };
    for table in [
        Value::List(vec![by_token("abc"), by_id("abc")]),
        Value::List(vec![by_id("abc"), by_token("abc")]),
        Value::List(vec![by_id("abc")]),
        text("abc"),
    ] {
        let found = of(table.clone()).unwrap();
        assert_eq!(found.encode("cab").unwrap(), [2, 0, 1], "{table:?}");
    }
    // tables that contradict each other are believed neither way
    for table in [
        Value::List(vec![by_token("abc"), by_id("acb")]),
        Value::Dict(vec![
            (text("itos"), by_id("abc")),
            (text("stoi"), by_token("cba")),
        ]),
    ] {
        let error = of(table).unwrap_err();
        assert!(
            error.contains("contradict") && error.contains("--meta"),
            "{error}"
        );
    }
    // a name more for a token is no contradiction
    let Value::Dict(mut more) = by_token("abc") else {
        unreachable!()
    };
    more.push((text("A"), Value::Int(0)));
    let both = Value::Dict(vec![
        (text("itos"), by_id("abc")),
        (text("stoi"), Value::Dict(more)),
    ]);
    assert_eq!(of(both).unwrap().encode("cab").unwrap(), [2, 0, 1]);
}

#[test]
fn what_protocol_two_calls_int_is_no_reason_to_refuse() {
    // defaultdict(int, {'a': 0, 'b': 1}), as Python 3 writes it in protocol 2
    let mut table = b"ccollections\ndefaultdict\nc__builtin__\nlong\n\x85R".to_vec();
    table.extend(b"(X\x01\0\0\0aK\0X\x01\0\0\0bK\x01u");
    let found = of(Value::Dict(vec![(text("stoi"), Value::Raw(table))]));
    assert_eq!(found.unwrap().encode("ba").unwrap(), [1, 0]);
}
