//! Which tokens of two texts belong together.

/// The positions `(a, b)` of the longest common subsequence of two texts, in order.
pub fn alignment(a: &[usize], b: &[usize]) -> Vec<(usize, usize)> {
    // longest[i][j]: of what follows i and j
    let mut longest = vec![vec![0_usize; b.len() + 1]; a.len() + 1];
    for i in (0..a.len()).rev() {
        for j in (0..b.len()).rev() {
            longest[i][j] = if a[i] == b[j] {
                longest[i + 1][j + 1] + 1
            } else {
                longest[i + 1][j].max(longest[i][j + 1])
            };
        }
    }
    let (mut i, mut j, mut pairs) = (0, 0, Vec::new());
    while i < a.len() && j < b.len() {
        if a[i] == b[j] {
            pairs.push((i, j));
            (i, j) = (i + 1, j + 1);
        } else if longest[i + 1][j] >= longest[i][j + 1] {
            i += 1;
        } else {
            j += 1;
        }
    }
    pairs
}

/// The same, and between these what stands in each other's place: where as many tokens of the one lie between two
/// pairs as of the other, they are paired one by one.
pub fn alignment_with_exchanges(a: &[usize], b: &[usize]) -> Vec<(usize, usize)> {
    let mut all = Vec::new();
    let (mut from_a, mut from_b) = (0, 0);
    for (to_a, to_b) in alignment(a, b).into_iter().chain([(a.len(), b.len())]) {
        if to_a - from_a == to_b - from_b {
            all.extend((from_a..to_a).zip(from_b..to_b));
        }
        if to_a < a.len() {
            all.push((to_a, to_b));
        }
        (from_a, from_b) = (to_a + 1, to_b + 1);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_exchanged_belongs_together_too() {
        assert_eq!(
            alignment_with_exchanges(&[1, 2, 3, 4], &[1, 9, 3, 8]),
            [(0, 0), (1, 1), (2, 2), (3, 3)]
        );
        assert_eq!(
            alignment_with_exchanges(&[1, 2, 3], &[2, 3]),
            [(1, 0), (2, 1)]
        );
        assert_eq!(alignment_with_exchanges(&[5, 6, 1], &[1, 7]), [(2, 0)]);
    }

    #[test]
    fn what_both_have_in_order_belongs_together() {
        assert_eq!(
            alignment(&[1, 2, 3, 4], &[1, 9, 3, 4]),
            [(0, 0), (2, 2), (3, 3)]
        );
        assert_eq!(alignment(&[1, 2, 3], &[2, 3]), [(1, 0), (2, 1)]);
        assert_eq!(alignment(&[1], &[2]), []);
        assert_eq!(alignment(&[], &[2]), []);
    }
}
