//! From red, green and blue to luma and colour difference, by ITU-R BT.709 in limited range. All in whole numbers, so that
//! every machine makes the same film of the same pictures.

/// Black, and no colour.
pub(crate) const BLACK: u8 = 16;
pub(crate) const COLOURLESS: u8 = 128;

// Whole numbers of so many binary places, each less than 2^15: so processors multiply eight of them at once.
const LUMA_PLACES: u32 = 14;
const COLOUR_PLACES: u32 = 18;

/// A number with so many binary places.
const fn fixed(number: f64, places: u32) -> i32 {
    (number * (1 << places) as f64 + 0.5) as i32
}

/// What red, green and blue give to brightness (ITU-R BT.709-6, item 3.2).
const BRIGHTNESS: [f64; 3] = [0.2126, 0.7152, 0.0722];

/// What a byte of each colour gives to luma: 16 is black and 235 is white (ITU-R BT.709-6, items 3.2 and 3.4).
const LUMA: [i32; 3] = {
    let share = 219.0 / 255.0;
    let [red, green, blue] = BRIGHTNESS;
    [
        fixed(share * red, LUMA_PLACES),
        fixed(share * green, LUMA_PLACES),
        fixed(share * blue, LUMA_PLACES),
    ]
};

/// What a byte of each of four pixels gives to Cb or Cr (ITU-R BT.709-6, items 3.3 and 3.4), with its sign; `own` is the
/// colour from which brightness is taken away.
const fn difference(own: usize, range: f64) -> [i32; 3] {
    let share = 224.0 / 255.0 / 4.0 / range;
    let mut all = [0; 3];
    let mut rest = 0;
    let mut at = 0;
    while at < 3 {
        if at != own {
            let part = fixed(share * BRIGHTNESS[at], COLOUR_PLACES);
            all[at] = -part;
            rest += part;
        }
        at += 1;
    }
    // grey has no colour at all
    all[own] = rest;
    all
}

const CB: [i32; 3] = difference(2, 1.8556);
const CR: [i32; 3] = difference(0, 1.5748);

/// What is added before the binary places are cut off: half of the last number kept, and the number that means none.
const fn before_the_cut(none: u8, places: u32) -> i32 {
    ((none as i32) << places) + (1 << (places - 1))
}

const LUMA_START: i32 = before_the_cut(BLACK, LUMA_PLACES);
const COLOUR_START: i32 = before_the_cut(COLOURLESS, COLOUR_PLACES);

/// Two rows of pixels and where they go.
pub(crate) struct RowPair<'a> {
    /// Red, green, blue and opacity of the upper and the lower row, `[2][4 · width]`.
    pub pixels: [&'a [u8]; 2],
    /// Luma of each row, `[2][width]`.
    pub luma: [&'a mut [u8]; 2],
    /// Cb and Cr of each four pixels, `[2][width / 2]`.
    pub colour: [&'a mut [u8]; 2],
}

impl RowPair<'_> {
    /// Converts the rows; the width is even.
    pub fn convert(mut self) {
        let done = registers::convert(&mut self);
        self.convert_from(done);
    }

    /// Converts what lies right of the first columns, an even number, on any processor.
    fn convert_from(&mut self, columns: usize) {
        let [upper, lower] = self.pixels.map(|row| row[4 * columns..].as_chunks::<8>().0);
        let [upper_luma, lower_luma] = &mut self.luma;
        let [cb, cr] = &mut self.colour;
        for (at, (upper, lower)) in (columns / 2..).zip(upper.iter().zip(lower)) {
            let pixels = [upper, lower].map(|two| {
                let pixel = |at: usize| [0, 1, 2].map(|c| i32::from(two[at + c]));
                [pixel(0), pixel(4)]
            });
            let luma = |pixel| ((weighed(pixel, LUMA) + LUMA_START) >> LUMA_PLACES) as u8;
            let [[a, b], [c, d]] = pixels;
            upper_luma[2 * at..][..2].copy_from_slice(&[luma(a), luma(b)]);
            lower_luma[2 * at..][..2].copy_from_slice(&[luma(c), luma(d)]);
            let sum = [0, 1, 2].map(|i| a[i] + b[i] + c[i] + d[i]);
            let colour = |by| ((weighed(sum, by) + COLOUR_START) >> COLOUR_PLACES) as u8;
            cb[at] = colour(CB);
            cr[at] = colour(CR);
        }
    }
}

fn weighed([red, green, blue]: [i32; 3], by: [i32; 3]) -> i32 {
    red * by[0] + green * by[1] + blue * by[2]
}

/// Sixteen columns at once, in registers that every processor of this kind has: a third of the time. The compiler does not
/// see by itself that it can.
#[cfg(target_arch = "x86_64")]
mod registers {
    use std::arch::x86_64::__m128i;
    use std::array;

    use bytemuck::cast;
    use pulp::core_arch::x86::{Sse, Sse2};

    use super::{CB, COLOUR_PLACES, COLOUR_START, CR, LUMA, LUMA_PLACES, LUMA_START, RowPair};

    /// Four pixels, each number in 16 bits: red and blue, green and opacity.
    type Four = [__m128i; 2];

    /// What is multiplied with [`Four`].
    #[derive(Clone, Copy)]
    struct Weights(Four);

    /// Converts as many columns as there are whole blocks of, and returns their number.
    pub fn convert(rows: &mut RowPair<'_>) -> usize {
        let (Some(sse), Some(sse2)) = (Sse::try_new(), Sse2::try_new()) else {
            return 0;
        };
        let registers = Registers { sse, sse2 };
        let [by_luma, by_cb, by_cr] = [LUMA, CB, CR].map(|by| registers.weights(by));
        let pixels = rows.pixels.map(|row| row.as_chunks::<64>().0);
        let [upper_luma, lower_luma] = rows.luma.each_mut().map(|row| row.as_chunks_mut().0);
        let [cb, cr] = rows.colour.each_mut().map(|row| row.as_chunks_mut().0);
        let luma = upper_luma.iter_mut().zip(lower_luma);
        let colour = cb.iter_mut().zip(cr);
        let blocks = pixels[0].iter().zip(pixels[1]).zip(luma).zip(colour);
        for (((upper, lower), (upper_luma, lower_luma)), (cb, cr)) in blocks {
            let [upper, lower] = [upper, lower].map(|block| registers.split(block));
            *upper_luma = registers.luma(upper, by_luma);
            *lower_luma = registers.luma(lower, by_luma);
            let sums = array::from_fn(|i| {
                let half = |h: usize| sse2._mm_add_epi16(upper[i][h], lower[i][h]);
                [half(0), half(1)]
            });
            *cb = registers.colour(sums, by_cb);
            *cr = registers.colour(sums, by_cr);
        }
        16 * pixels[0].len()
    }

    #[derive(Clone, Copy)]
    struct Registers {
        sse: Sse,
        sse2: Sse2,
    }

    impl Registers {
        #[inline(always)]
        fn weights(self, [red, green, blue]: [i32; 3]) -> Weights {
            let low = 0xffff;
            Weights([
                self.sse2._mm_set1_epi32(blue << 16 | red & low),
                self.sse2._mm_set1_epi32(green & low),
            ])
        }

        #[inline(always)]
        fn split(self, block: &[u8; 64]) -> [Four; 4] {
            cast::<_, [__m128i; 4]>(*block).map(|four| {
                let low = self.sse2._mm_set1_epi16(0xff);
                [
                    self.sse2._mm_and_si128(four, low),
                    self.sse2._mm_srli_epi16::<8>(four),
                ]
            })
        }

        #[inline(always)]
        fn weighed(self, [even, odd]: Four, Weights(by): Weights) -> __m128i {
            let sse2 = self.sse2;
            sse2._mm_add_epi32(
                sse2._mm_madd_epi16(even, by[0]),
                sse2._mm_madd_epi16(odd, by[1]),
            )
        }

        #[inline(always)]
        fn luma(self, block: [Four; 4], by: Weights) -> [u8; 16] {
            let sse2 = self.sse2;
            let start = sse2._mm_set1_epi32(LUMA_START);
            let [a, b, c, d] = block.map(|four| {
                let sum = sse2._mm_add_epi32(self.weighed(four, by), start);
                sse2._mm_srai_epi32::<{ LUMA_PLACES as i32 }>(sum)
            });
            let halves = [sse2._mm_packs_epi32(a, b), sse2._mm_packs_epi32(c, d)];
            cast(sse2._mm_packus_epi16(halves[0], halves[1]))
        }

        /// Of sums of an upper and a lower row.
        #[inline(always)]
        fn colour(self, block: [Four; 4], by: Weights) -> [u8; 8] {
            let sse2 = self.sse2;
            let start = sse2._mm_set1_epi32(COLOUR_START);
            let [a, b, c, d] = block.map(|four| cast(self.weighed(four, by)));
            let four = |a, b| {
                let left = cast(self.sse._mm_shuffle_ps::<0b10_00_10_00>(a, b));
                let right = cast(self.sse._mm_shuffle_ps::<0b11_01_11_01>(a, b));
                let sum = sse2._mm_add_epi32(sse2._mm_add_epi32(left, right), start);
                sse2._mm_srai_epi32::<{ COLOUR_PLACES as i32 }>(sum)
            };
            let words = sse2._mm_packs_epi32(four(a, b), four(c, d));
            let [bytes, _] = cast::<_, [[u8; 8]; 2]>(sse2._mm_packus_epi16(words, words));
            bytes
        }
    }
}

#[cfg(not(target_arch = "x86_64"))]
mod registers {
    pub fn convert(_: &mut super::RowPair<'_>) -> usize {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn registers_convert_as_plain_numbers_do() {
        for width in [2, 16, 30, 64, 70] {
            let pixels: Vec<u8> = (0..8 * width as u32)
                .map(|i| ((i * i * 37) >> 3) as u8)
                .collect();
            let converted = |with: fn(RowPair<'_>)| {
                let mut luma = vec![0; 2 * width];
                let mut colour = vec![0; width];
                let (upper, lower) = luma.split_at_mut(width);
                let (cb, cr) = colour.split_at_mut(width / 2);
                with(RowPair {
                    pixels: pixels.split_at(4 * width).into(),
                    luma: [upper, lower],
                    colour: [cb, cr],
                });
                (luma, colour)
            };
            let plain = converted(|mut rows| rows.convert_from(0));
            assert_eq!(converted(|rows| rows.convert()), plain, "{width} columns");
        }
    }

    #[test]
    fn ends_of_the_range_are_reached_and_not_left() {
        let (white, black) = ([255; 16], [0, 0, 0, 255].repeat(4));
        for (pixels, expected) in [(&white[..], 235), (&black[..], 16)] {
            let (mut luma, mut colour) = ([0; 4], [0; 2]);
            let (upper, lower) = luma.split_at_mut(2);
            let (cb, cr) = colour.split_at_mut(1);
            RowPair {
                pixels: pixels.split_at(8).into(),
                luma: [upper, lower],
                colour: [cb, cr],
            }
            .convert();
            assert_eq!((luma, colour), ([expected; 4], [COLOURLESS; 2]));
        }
    }
}
