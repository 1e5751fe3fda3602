//! What a viewer must be told of axes that are not shown as a whole.

use super::{AxisKind, Parts};

/// `3–9`, `3` where there is but one; counted from 0.
fn range(indices: &[usize]) -> String {
    match (indices.first(), indices.last()) {
        (Some(first), Some(last)) if first != last => format!("{first}–{last}"),
        (Some(only), _) => only.to_string(),
        _ => String::new(),
    }
}

impl Parts {
    /// What is shown of an axis of this kind, in a few words; none where all is.
    fn words(&self, kind: AxisKind) -> Option<String> {
        let shown = self.along(kind).as_ref()?;
        let (count, whole) = (shown.len(), &self.whole);
        Some(match kind {
            AxisKind::Vocabulary if self.by_text => {
                format!("{count} of {} rows of the table", whole.vocabulary)
            }
            AxisKind::Vocabulary => format!("{count} of {} tokens, by logit", whole.vocabulary),
            AxisKind::Hidden => format!(
                "{count} of {} hidden columns, by activity for the last token",
                whole.hidden
            ),
            AxisKind::Positions => format!("{count} of {} positions", whole.positions),
            AxisKind::Features => format!("features {} of {}", range(shown), whole.features),
            AxisKind::Tokens => format!("tokens {} of {}", range(shown), whole.tokens),
            AxisKind::Heads | AxisKind::Head => {
                let (heads, d_head) = (self.heads.n_heads(), self.heads.d_head());
                let columns = self.heads.of_each().as_ref();
                let columns = columns.map(|c| format!("columns {} of {d_head}", range(c)));
                let some = self.heads.heads();
                match (some.len() < heads, columns) {
                    (false, Some(columns)) => format!("{columns} of each head"),
                    (true, columns) => {
                        // heads are numbered from 1
                        let numbers: Vec<usize> = some.iter().map(|head| head + 1).collect();
                        let which = format!("heads {} of {heads}", range(&numbers));
                        columns.map_or(which.clone(), |columns| {
                            format!("{which}, {columns} of each")
                        })
                    }
                    (false, None) => return None,
                }
            }
            AxisKind::Other => return None,
        })
    }

    /// What a viewer must be told where axes of these kinds are on the stage; empty where all is shown.
    pub fn remark(&self, kinds: impl Fn(AxisKind) -> bool) -> String {
        use AxisKind::{Features, Head, Heads, Hidden, Positions, Tokens, Vocabulary};
        let of_heads = if kinds(Heads) { Heads } else { Head };
        let words: Vec<String> = [Vocabulary, of_heads, Hidden, Features, Tokens, Positions]
            .into_iter()
            .filter(|&kind| kinds(kind))
            .filter_map(|kind| Some(self.words(kind)? + &self.page(kind)))
            .collect();
        if words.is_empty() {
            return String::new();
        }
        format!(" Shown: {}; sums go over all.", words.join("; "))
    }

    /// Which page it is, where this is the axis that is paged here. Of the first the words before say enough: who sees a
    /// film turns no pages.
    fn page(&self, kind: AxisKind) -> String {
        match self.paged {
            Some((axis, page, pages)) if page > 0 && axis.counts(kind) => {
                format!(" (page {} of {pages})", page + 1)
            }
            _ => String::new(),
        }
    }
}
