//! What makes tokens of a piece of text.

use std::collections::HashMap;

/// A model of tokens.
#[derive(Clone, Debug)]
pub enum Model {
    BytePairs(BytePairs),
    /// A token for each piece
    Words {
        ids: HashMap<String, usize>,
        unknown: Option<usize>,
    },
    /// The longest tokens from the left, all but the first with a sign before
    WordPieces {
        ids: HashMap<String, usize>,
        unknown: Option<usize>,
        prefix: String,
        most: usize,
    },
}

/// Pairs that are merged, the earliest first.
#[derive(Clone, Debug)]
pub struct BytePairs {
    pub ids: HashMap<String, usize>,
    /// The rank and the result of merging two tokens
    pub merges: HashMap<(usize, usize), (usize, usize)>,
    pub unknown: Option<usize>,
    pub fuse_unknown: bool,
    /// What is put behind the last character of a piece
    pub suffix: String,
    /// A character that is no token becomes its bytes' tokens `<0xE2>`
    pub byte_fallback: bool,
    /// A piece that is a token is one, whatever the merges say
    pub ignore_merges: bool,
}

impl Model {
    /// All tokens with their ids.
    pub fn tokens(&self) -> impl Iterator<Item = (&str, usize)> {
        let ids = match self {
            Self::BytePairs(pairs) => &pairs.ids,
            Self::Words { ids, .. } | Self::WordPieces { ids, .. } => ids,
        };
        ids.iter().map(|(token, &id)| (token.as_str(), id))
    }

    /// Appends the tokens of a piece. Characters that nothing stands for are given to `unknown`.
    pub fn encode(&self, piece: &str, out: &mut Vec<usize>, unknown: &mut dyn FnMut(char)) {
        match self {
            Self::BytePairs(pairs) => pairs.encode(piece, out, unknown),
            Self::Words {
                ids,
                unknown: token,
            } => match ids.get(piece).or(token.as_ref()) {
                Some(&id) => out.push(id),
                None => piece.chars().for_each(unknown),
            },
            Self::WordPieces {
                ids,
                unknown: token,
                prefix,
                most,
            } => {
                let begin = out.len();
                let mut start = 0;
                let known = piece.chars().count() <= *most;
                while start < piece.len() && known {
                    let ends = piece[start..]
                        .char_indices()
                        .map(|(at, c)| start + at + c.len_utf8());
                    let ends: Vec<usize> = ends.collect();
                    let found = ends.iter().rev().find_map(|&end| {
                        let part = &piece[start..end];
                        let id = match start {
                            0 => ids.get(part),
                            _ => ids.get(&format!("{prefix}{part}")),
                        };
                        Some((*id?, end))
                    });
                    match found {
                        Some((id, end)) => {
                            out.push(id);
                            start = end;
                        }
                        None => break,
                    }
                }
                if start < piece.len() {
                    // all of it is unknown then
                    out.truncate(begin);
                    match token {
                        Some(id) => out.push(*id),
                        None => piece.chars().for_each(unknown),
                    }
                }
            }
        }
    }
}

impl BytePairs {
    fn encode(&self, piece: &str, out: &mut Vec<usize>, unknown: &mut dyn FnMut(char)) {
        if self.ignore_merges
            && let Some(&id) = self.ids.get(piece)
        {
            out.push(id);
            return;
        }
        let mut parts: Vec<usize> = Vec::new();
        let mut before_unknown = false;
        let mut letters = piece.chars().peekable();
        while let Some(letter) = letters.next() {
            let mut token = letter.to_string();
            if letters.peek().is_none() {
                token.push_str(&self.suffix);
            }
            if let Some(&id) = self.ids.get(&token) {
                parts.push(id);
                before_unknown = false;
                continue;
            }
            let mut buffer = [0; 4];
            let bytes = letter.encode_utf8(&mut buffer).bytes();
            let fallback: Option<Vec<usize>> = bytes
                .map(|byte| self.ids.get(&format!("<0x{byte:02X}>")).copied())
                .collect();
            match (self.byte_fallback, fallback, self.unknown) {
                (true, Some(bytes), _) => {
                    parts.extend(bytes);
                    before_unknown = false;
                }
                (_, _, Some(_)) if self.fuse_unknown && before_unknown => {}
                (_, _, Some(id)) => {
                    parts.push(id);
                    before_unknown = true;
                }
                (_, _, None) => unknown(letter),
            }
        }
        self.merge(&mut parts);
        out.extend(parts);
    }

    /// Merges neighbours, at each step the pair of the lowest rank, from the left.
    fn merge(&self, parts: &mut Vec<usize>) {
        use std::cmp::Reverse;
        use std::collections::BinaryHeap;

        const GONE: usize = usize::MAX;
        let count = parts.len();
        let mut next: Vec<usize> = (1..=count).collect();
        let mut previous: Vec<usize> = (0..count).map(|at| at.wrapping_sub(1)).collect();
        let mut queue = BinaryHeap::new();
        let rank = |a: usize, b: usize| self.merges.get(&(a, b)).copied();
        for at in 1..count {
            if let Some((rank, _)) = rank(parts[at - 1], parts[at]) {
                queue.push(Reverse((rank, at - 1, parts[at - 1], parts[at])));
            }
        }
        while let Some(Reverse((_, at, left, right))) = queue.pop() {
            let behind = next[at];
            // what was merged in the meantime is no longer this pair
            if parts[at] != left || behind >= count || parts[behind] != right {
                continue;
            }
            let Some((_, merged)) = rank(left, right) else {
                continue;
            };
            parts[at] = merged;
            parts[behind] = GONE;
            next[at] = next[behind];
            if next[at] < count {
                previous[next[at]] = at;
                if let Some((rank, _)) = rank(merged, parts[next[at]]) {
                    queue.push(Reverse((rank, at, merged, parts[next[at]])));
                }
            }
            let before = previous[at];
            if before < count
                && let Some((rank, _)) = rank(parts[before], merged)
            {
                queue.push(Reverse((rank, before, parts[before], merged)));
            }
        }
        parts.retain(|&part| part != GONE);
    }
}
