//! Which labels are shown when there is no room for all: the more important ones first, none over another,
//! none over the words of the overlay, none beyond the edge of the picture.

use bevy::math::{Rect, Vec2};

/// A label that asks for room.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Candidate {
    /// Whose it is: returned with the answer.
    pub label: usize,
    /// Lower goes first.
    pub rank: u8,
    /// Where it could be, the best first. Logical pixels.
    pub places: Vec<Rect>,
    /// In how many of them, from the first on, it has its detail.
    pub detailed: usize,
}

/// A label that has room.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Standing {
    /// Whose it is.
    pub label: usize,
    /// Whether it has its detail there.
    pub detailed: bool,
    /// Where it is.
    pub rect: Rect,
}

/// Least distance between two labels, in logical pixels.
const APART: f32 = 2.0;

fn overlap(a: &Rect, b: &Rect) -> bool {
    a.min.x < b.max.x && b.min.x < a.max.x && a.min.y < b.max.y && b.min.y < a.max.y
}

/// Gives each candidate the first of its places that is free, in the order of ranks. `taken` are places
/// that nothing may touch.
pub(super) fn arrange(
    mut candidates: Vec<Candidate>,
    picture: Vec2,
    taken: &[Rect],
) -> Vec<Standing> {
    // stable: among equals the order of the scene decides
    candidates.sort_by_key(|candidate| candidate.rank);
    let mut standing: Vec<Standing> = Vec::new();
    // for each that stands its place without its detail, if it has one
    let mut bare: Vec<Option<Rect>> = Vec::new();
    let wide = |place: &Rect| Rect {
        min: place.min - APART,
        max: place.max + APART,
    };
    for candidate in candidates {
        let allowed = |place: &Rect| {
            let inside = place.min.cmpge(Vec2::ZERO).all() && place.max.cmple(picture).all();
            inside && !taken.iter().any(|other| overlap(&wide(place), other))
        };
        let in_the_way = |standing: &[Standing], place: &Rect| -> Vec<usize> {
            let others = standing.iter().enumerate();
            let others = others.filter(|(_, other)| overlap(&wide(place), &other.rect));
            others.map(|(at, _)| at).collect()
        };
        // a name says more than another's size
        let gives_way = |at: &usize, place: &Rect| {
            let without = bare[*at].filter(|_| standing[*at].detailed);
            without.is_some_and(|without| !overlap(&wide(place), &without))
        };
        let found = candidate.places.iter().enumerate().find_map(|(at, place)| {
            let in_the_way = in_the_way(&standing, place);
            let may_ask = at >= candidate.detailed.min(candidate.places.len() - 1);
            let room = in_the_way.is_empty()
                || may_ask && in_the_way.iter().all(|other| gives_way(other, place));
            (allowed(place) && room).then_some((at, in_the_way))
        });
        let Some((place, giving_way)) = found else {
            continue;
        };
        for at in giving_way {
            if let Some(without) = bare[at] {
                standing[at].rect = without;
                standing[at].detailed = false;
            }
        }
        standing.push(Standing {
            label: candidate.label,
            detailed: place < candidate.detailed,
            rect: candidate.places[place],
        });
        let aside = candidate.places[place].min - candidate.places[0].min;
        let alone = candidate.places.get(candidate.detailed);
        bare.push(alone.map(|alone| Rect::from_corners(alone.min + aside, alone.max + aside)));
    }
    standing
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const PICTURE: Vec2 = Vec2::new(200.0, 100.0);

    fn rect(x: f32, y: f32, width: f32, height: f32) -> Rect {
        Rect::new(x, y, x + width, y + height)
    }

    #[test]
    fn the_more_important_stands_and_the_other_shrinks_or_goes() {
        let candidates = vec![
            Candidate {
                label: 0,
                rank: 2,
                places: vec![rect(10.0, 10.0, 90.0, 14.0), rect(10.0, 10.0, 30.0, 14.0)],
                detailed: 1,
            },
            Candidate {
                label: 1,
                rank: 0,
                places: vec![rect(60.0, 8.0, 40.0, 20.0)],
                detailed: 1,
            },
            Candidate {
                label: 2,
                rank: 3,
                places: vec![rect(70.0, 12.0, 10.0, 10.0)],
                detailed: 1,
            },
        ];
        let standing = arrange(candidates, PICTURE, &[]);
        let places: Vec<_> = standing.iter().map(|s| (s.label, s.detailed)).collect();
        assert_eq!(places, [(1, true), (0, false)]);
    }

    #[test]
    fn a_name_takes_the_room_of_a_size() {
        let name = |label: usize, x: f32| Candidate {
            label,
            rank: 1,
            places: vec![rect(x, 10.0, 80.0, 14.0), rect(x, 10.0, 30.0, 14.0)],
            detailed: 1,
        };
        let all = |candidates| -> Vec<(usize, bool)> {
            let standing = arrange(candidates, PICTURE, &[]);
            standing.iter().map(|s| (s.label, s.detailed)).collect()
        };
        assert_eq!(all(vec![name(0, 10.0)]), [(0, true)]);
        // the second name lies on the first one's size, and a third on that of the second
        assert_eq!(
            all(vec![name(0, 10.0), name(1, 60.0)]),
            [(0, false), (1, false)]
        );
        let third = Candidate {
            rank: 3,
            places: vec![rect(70.0, 10.0, 10.0, 14.0)],
            ..name(2, 70.0)
        };
        assert_eq!(
            all(vec![name(0, 10.0), third.clone()]),
            [(0, false), (2, true)]
        );
        // where it lies on the name itself it leaves
        assert_eq!(all(vec![name(0, 60.0), third]), [(0, true)]);
    }

    proptest! {
        #[test]
        fn nothing_overlaps_and_nothing_leaves_the_picture(
            boxes in prop::collection::vec(
                (-20f32..210.0, -20f32..110.0, 1f32..80.0, 4f32..30.0, 0u8..4), 0..40),
        ) {
            let words = rect(0.0, 0.0, 60.0, 40.0);
            let candidates = boxes.iter().enumerate().map(|(label, &(x, y, w, h, rank))| Candidate {
                label, rank, places: vec![rect(x, y, w, h)], detailed: 1,
            }).collect();
            let standing = arrange(candidates, PICTURE, &[words]);
            for (at, one) in standing.iter().enumerate() {
                prop_assert!(!overlap(&one.rect, &words));
                prop_assert!(one.rect.min.min_element() >= 0.0);
                prop_assert!(one.rect.max.cmple(PICTURE).all());
                for other in &standing[..at] {
                    prop_assert!(!overlap(&one.rect, &other.rect));
                }
            }
        }
    }
}
