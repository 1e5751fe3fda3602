//! Sequences that never quite repeat: elementary cellular automata and the Thue–Morse sequence.

/// The cells of an elementary cellular automaton on a ring of 64 after some generations (Wolfram's numbering).
pub fn generation(rule: u8, first: u64, generations: u32) -> u64 {
    let mut cells = first;
    for _ in 0..generations {
        let left = cells.rotate_right(1);
        let right = cells.rotate_left(1);
        let mut next = 0;
        for pattern in 0..8u32 {
            if rule >> pattern & 1 == 1 {
                let want = |bit: u32, cells: u64| {
                    if pattern >> bit & 1 == 1 {
                        cells
                    } else {
                        !cells
                    }
                };
                next |= want(2, left) & want(1, cells) & want(0, right);
            }
        }
        cells = next;
    }
    cells
}

/// The Thue–Morse sequence: whether a number has an odd number of ones.
pub fn thue_morse(number: i64) -> bool {
    number.count_ones() % 2 == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_those_of_the_books() {
        // rule 90 is the sum of both neighbours without carry
        let first = 0x0123_4567_89AB_CDEF_u64;
        assert_eq!(
            generation(90, first, 1),
            first.rotate_left(1) ^ first.rotate_right(1)
        );
        // rule 204 keeps everything
        assert_eq!(generation(204, first, 9), first);
        let sequence: Vec<bool> = (0..8).map(thue_morse).collect();
        assert_eq!(
            sequence,
            [false, true, true, false, true, false, false, true]
        );
    }
}
