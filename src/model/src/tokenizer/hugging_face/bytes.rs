//! How GPT-2 writes bytes as letters, so that every token is a text.

use std::collections::HashMap;

/// The letter of each byte: those that can be seen stand for themselves, the others for the letters from
/// 256 on, in their order.
pub fn letters_of_bytes() -> [char; 256] {
    let visible = |byte: u8| matches!(byte, b'!'..=b'~' | 0xa1..=0xac | 0xae..=0xff);
    let mut next = 256;
    let mut letters = ['\0'; 256];
    for byte in 0..=u8::MAX {
        letters[usize::from(byte)] = if visible(byte) {
            char::from(byte)
        } else {
            next += 1;
            char::from_u32(next - 1).unwrap_or('\u{fffd}')
        };
    }
    letters
}

/// The byte of each letter.
pub fn bytes_of_letters() -> HashMap<char, u8> {
    letters_of_bytes().into_iter().zip(0..=u8::MAX).collect()
}

/// The bytes that a token stands for, if all of its letters stand for one.
pub fn bytes_of(token: &str, table: &HashMap<char, u8>) -> Option<Vec<u8>> {
    token
        .chars()
        .map(|letter| table.get(&letter).copied())
        .collect()
}
