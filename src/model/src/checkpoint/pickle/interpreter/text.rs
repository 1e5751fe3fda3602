//! Texts, counted and in lines with escapes.

use super::Interpreter;
use crate::checkpoint::pickle::error::PickleError;
use crate::checkpoint::pickle::heap::Value;

impl Interpreter<'_> {
    pub(super) fn text(&mut self, code: u8) -> Result<(), PickleError> {
        let text: Box<str> = match code {
            // Python 2's texts of bytes, which for weights are plain letters
            b'S' => {
                let line = self.input.line()?.trim_end_matches('\r');
                let unquoted = |quote| line.strip_prefix(quote)?.strip_suffix(quote);
                let inner = unquoted('\'').or_else(|| unquoted('"'));
                let inner = inner.ok_or_else(|| self.input.malformed("a text is not quoted"))?;
                self.unescaped(inner, true)?.into()
            }
            b'V' => {
                // each byte is a character of Latin-1, others are escaped
                let line = self.input.line_bytes()?;
                let line: String = line.iter().copied().map(char::from).collect();
                self.unescaped(&line, false)?.into()
            }
            _ => {
                let width = match code {
                    b'U' | 0x8c => 1,
                    0x8d => 8,
                    _ => 4,
                };
                let bytes = self.input.counted(width)?;
                self.input.text(bytes)?.into()
            }
        };
        self.push(Value::Text(text))
    }

    /// A text with Python's escapes undone: `\uXXXX` and `\UXXXXXXXX`, and in quoted texts also those
    /// of a letter or of `\xXX`.
    fn unescaped(&self, text: &str, quoted: bool) -> Result<String, PickleError> {
        let wrong = || {
            self.input
                .malformed("a text has an escape that is not read")
        };
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('\\') {
            out.push_str(before);
            let escape = after.chars().next();
            let digits = match (escape, quoted) {
                (Some('u'), _) => 4,
                (Some('U'), _) => 8,
                (Some('x'), true) => 2,
                _ => 0,
            };
            if digits > 0 {
                let hex = after.get(1..=digits).ok_or_else(wrong)?;
                let number = u32::from_str_radix(hex, 16).map_err(|_| wrong())?;
                out.push(char::from_u32(number).ok_or_else(wrong)?);
                rest = &after[1 + digits..];
            } else if quoted {
                let escape = escape.ok_or_else(wrong)?;
                out.push(match escape {
                    'n' => '\n',
                    't' => '\t',
                    'r' => '\r',
                    '\\' | '\'' | '"' => escape,
                    _ => return Err(wrong()),
                });
                rest = &after[escape.len_utf8()..];
            } else {
                // in this form a backslash is written as an escape, so this one is just itself
                out.push('\\');
                rest = after;
            }
        }
        out.push_str(rest);
        Ok(out)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::result;

    #[test]
    fn texts_of_every_protocol_are_read() {
        for (pickle, expected) in [
            (&b"S'it\\'s \\x41'\n."[..], "Text(\"it's A\")"),
            (b"Va\\u00e9\\u000a\\\n.", "Text(\"a\u{e9}\\n\\\\\")"),
            (b"Va\\b\n.", "Text(\"a\\\\b\")"),
            (b"X\x02\0\0\0\xc3\xa9.", "Text(\"\u{e9}\")"),
            (b"\x8c\x02hi.", "Text(\"hi\")"),
            (b"\x8d\x02\0\0\0\0\0\0\0hi.", "Text(\"hi\")"),
            (b"U\x02hi.", "Text(\"hi\")"),
        ] {
            assert_eq!(result(pickle).unwrap(), expected);
        }
    }
}
