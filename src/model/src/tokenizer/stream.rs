//! Text that grows token by token.

use super::Tokenizer;

/// Makes text of tokens that come one by one. What it gives out, put together, is what
/// [`Tokenizer::decode`] makes of all of them.
#[derive(Clone, Debug)]
pub struct TextStream<'a> {
    tokenizer: &'a Tokenizer,
    /// The beginning of a character whose other bytes are still to come
    pending: Vec<u8>,
    begun: bool,
    /// Of a tokenizer whose text depends on what stands before: all ids, and how much of their text has
    /// been given out
    ids: Vec<usize>,
    given: usize,
}

impl<'a> TextStream<'a> {
    /// Nothing yet.
    pub fn new(tokenizer: &'a Tokenizer) -> Self {
        Self {
            tokenizer,
            pending: Vec::new(),
            begun: false,
            ids: Vec::new(),
            given: 0,
        }
    }

    /// The text that this token adds; what is no whole character yet is held back.
    pub fn push(&mut self, id: usize) -> String {
        let first = !std::mem::replace(&mut self.begun, true);
        match self.tokenizer {
            Tokenizer::Character(_) => self.tokenizer.token(id).to_owned(),
            Tokenizer::Word(_) if first => self.tokenizer.token(id).to_owned(),
            Tokenizer::Word(_) => format!(" {}", self.tokenizer.token(id)),
            Tokenizer::Piece(tokenizer) => self.push_bytes(tokenizer.bytes(id)),
            Tokenizer::HuggingFace(tokenizer) => {
                self.ids.push(id);
                let text = tokenizer.decode(&self.ids);
                // a character that is not whole yet
                let whole = text.trim_end_matches('\u{fffd}').len();
                let new = text.get(self.given..whole).unwrap_or_default().to_owned();
                self.given = self.given.max(whole);
                new
            }
            Tokenizer::BytePair(tokenizer) => self.push_bytes(tokenizer.bytes(id)),
        }
    }

    /// The text that these bytes complete.
    fn push_bytes(&mut self, bytes: Vec<u8>) -> String {
        self.pending.extend(bytes);
        let whole = match std::str::from_utf8(&self.pending) {
            Ok(_) => self.pending.len(),
            Err(error) if error.error_len().is_none() => error.valid_up_to(),
            // bytes that no later ones can mend
            Err(_) => self.pending.len() - unfinished(&self.pending),
        };
        let rest = self.pending.split_off(whole);
        let ready = std::mem::replace(&mut self.pending, rest);
        String::from_utf8_lossy(&ready).into_owned()
    }

    /// What was held back, at the end.
    pub fn finish(self) -> String {
        if let Tokenizer::HuggingFace(tokenizer) = self.tokenizer {
            let text = tokenizer.decode(&self.ids);
            return text.get(self.given..).unwrap_or_default().to_owned();
        }
        String::from_utf8_lossy(&self.pending).into_owned()
    }
}

/// How many bytes at the end begin a character that could still be completed.
fn unfinished(bytes: &[u8]) -> usize {
    let longest = bytes.len().min(3);
    (1..=longest)
        .rev()
        .find(|&len| {
            let end = &bytes[bytes.len() - len..];
            std::str::from_utf8(end)
                .is_err_and(|error| error.valid_up_to() == 0 && error.error_len().is_none())
        })
        .unwrap_or(0)
}
