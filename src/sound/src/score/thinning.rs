//! Too many at once are thinned: of each motion, and of each stage, the most important of every tenth of a second
//! stay. Where anything acts, something is heard.

/// A note that may be.
#[derive(Clone, Copy, Debug)]
pub(super) struct Candidate {
    /// Seconds of the stage.
    pub at: f32,
    /// The higher, the sooner it stays.
    pub importance: f32,
    /// Whose it is: notes of one owner are thinned among themselves first.
    pub owner: (u32, u32),
    pub row: u32,
    pub column: u32,
    /// How many it stands for, itself included.
    pub stands_for: f32,
    /// How many are more important in the same tenth of a second.
    pub rank: u16,
}

/// Tenths of a second.
const PER_SECOND: f32 = 10.0;

fn bucket(candidate: &Candidate) -> i64 {
    libm::floorf(candidate.at * PER_SECOND) as i64
}

/// Keeps at most so many in a second. The order of what is kept is by time and then by importance.
pub(super) fn thin(candidates: &mut Vec<Candidate>, most_per_second: u32) {
    let most = ((most_per_second as f32 / PER_SECOND) as usize).max(1);
    candidates.sort_by(|a, b| {
        let by_time = bucket(a).cmp(&bucket(b));
        by_time
            .then(b.importance.total_cmp(&a.importance))
            .then((a.owner, a.row, a.column).cmp(&(b.owner, b.row, b.column)))
    });
    let mut kept: Vec<Candidate> = Vec::with_capacity(candidates.len().min(4096));
    for together in candidates.chunk_by(|a, b| bucket(a) == bucket(b)) {
        let all: f32 = together.iter().map(|candidate| candidate.stands_for).sum();
        let stay = together.len().min(most);
        let own: f32 = together[..stay]
            .iter()
            .map(|candidate| candidate.stands_for)
            .sum();
        for (rank, candidate) in together[..stay].iter().enumerate() {
            kept.push(Candidate {
                stands_for: candidate.stands_for * all / own,
                rank: rank as u16,
                ..*candidate
            });
        }
    }
    *candidates = kept;
}

/// How much louder one is that stands for many: by half the decibels of their number's root, at most twice.
pub(super) fn louder(stands_for: f32) -> f32 {
    libm::sqrtf(libm::sqrtf(stands_for.max(1.0))).min(2.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn thinning_keeps_the_most_important_and_never_falls_silent(
            all in prop::collection::vec((0.0f32..5.0, 0.0f32..1.0), 1..400), most in 1u32..200,
        ) {
            let mut candidates: Vec<Candidate> = all.iter().enumerate().map(|(at, &(time, importance))| Candidate {
                at: time, importance, owner: (0, 0), row: at as u32, column: 0, stands_for: 1.0, rank: 0,
            }).collect();
            let before = candidates.clone();
            thin(&mut candidates, most);
            let count = |of: &[Candidate], tenth| of.iter().filter(|c| bucket(c) == tenth).count();
            for tenth in 0..50 {
                let (was, is) = (count(&before, tenth), count(&candidates, tenth));
                prop_assert_eq!(is, was.min((most as usize / 10).max(1)));
                let best = |of: &[Candidate]| of.iter().filter(|c| bucket(c) == tenth)
                    .map(|c| c.importance).fold(-1.0, f32::max);
                prop_assert_eq!(best(&before), best(&candidates));
                let stands: f32 = candidates.iter().filter(|c| bucket(c) == tenth).map(|c| c.stands_for).sum();
                prop_assert!((stands - was as f32).abs() < 0.01 * was as f32 + 1e-3);
            }
        }
    }
}
