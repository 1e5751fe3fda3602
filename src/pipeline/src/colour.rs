//! Colour means value: quantities and their scales, colour maps, palettes.

use serde::{Deserialize, Serialize};

/// What kind of number a matrix holds. One quantity has one scale in the whole show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Quantity {
    /// A trained weight.
    Weight,
    /// A value in or beside the residual stream.
    Activation,
    /// A number of a query, a key, a value, or of what a head found.
    HeadVector,
    /// A number of the feed-forward's hidden layer.
    Hidden,
    /// A query-key product.
    Score,
    /// A logit.
    Logit,
    /// A share of attention or a probability, 0…1.
    Probability,
    /// An exponential on its way to a probability, relative to the row's largest, 0…1.
    Exponential,
    /// The sum of a row of those.
    ExponentialSum,
    /// The mean of a row inside a layer norm.
    Mean,
    /// The variance of a row inside a layer norm: never negative.
    Variance,
    /// γ, the factors of a layer norm: around 1.
    Gain,
}

impl Quantity {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::Weight,
        Self::Activation,
        Self::HeadVector,
        Self::Hidden,
        Self::Score,
        Self::Logit,
        Self::Probability,
        Self::Exponential,
        Self::ExponentialSum,
        Self::Mean,
        Self::Variance,
        Self::Gain,
    ];

    /// The word in the legend.
    pub fn name(self) -> &'static str {
        match self {
            Self::Weight => "weights",
            Self::Activation => "activations",
            Self::HeadVector => "Q, K, V, heads",
            Self::Hidden => "hidden layer",
            Self::Score => "scores",
            Self::Logit => "logits",
            Self::Probability => "shares, probabilities",
            Self::Exponential => "exp, undivided",
            Self::ExponentialSum => "sums of exp",
            Self::Mean => "mean μ",
            Self::Variance => "variance σ²",
            Self::Gain => "γ, centred at 1",
        }
    }

    /// The number in the middle of its scale, where the colour is darkest.
    #[inline]
    pub fn centre(self) -> f32 {
        match self {
            Self::Gain => 1.0,
            _ => 0.0,
        }
    }

    /// Whether its numbers end at 1 by what they are.
    pub fn ends_at_one(self) -> bool {
        matches!(self, Self::Probability | Self::Exponential)
    }

    /// Signed quantities diverge from zero, shares rise from it.
    #[inline]
    pub fn map(self) -> ColourMap {
        match self {
            Self::Probability | Self::Exponential | Self::ExponentialSum | Self::Variance => {
                ColourMap::Sequential
            }
            _ => ColourMap::Diverging,
        }
    }
}

/// Which of a palette's two maps colours a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ColourMap {
    /// −1…+1, dark at zero.
    Diverging,
    /// 0…1, dark at zero.
    Sequential,
}

/// How numbers of one quantity become coordinates on a colour map: by the square root of their share of
/// the range. Most numbers of a GPT are small beside the largest few; on a straight scale they would all be
/// equally dark. The legend shows what number stands where.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scale {
    /// The quantity.
    pub quantity: Quantity,
    /// The number that gets the map's end; what lies beyond gets the same colour.
    pub range: f32,
}

impl Scale {
    /// Where a number lies on the map, and whether it is masked (−∞).
    #[inline]
    pub fn tint(self, value: f32) -> Tint {
        let masked = !value.is_finite();
        let share = (value - self.quantity.centre()) / self.range;
        let coordinate = match self.quantity.map() {
            _ if masked => 0.0,
            ColourMap::Diverging => share.abs().min(1.0).sqrt().copysign(share),
            ColourMap::Sequential => share.clamp(0.0, 1.0).sqrt(),
        };
        Tint {
            map: self.quantity.map(),
            coordinate,
            masked,
        }
    }

    /// The number that lies at a place on the map (−1…1 or 0…1): what a legend writes there.
    pub fn value_at(self, coordinate: f32) -> f32 {
        self.quantity.centre() + self.range * coordinate * coordinate.abs()
    }
}

/// A place on a colour map.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tint {
    /// The map.
    pub map: ColourMap,
    /// −1…1 or 0…1.
    pub coordinate: f32,
    /// Outside the scale: drawn hatched.
    pub masked: bool,
}

/// A pair of colour maps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Palette {
    /// Blue, dark, orange: safe for the usual colour-blindnesses.
    #[default]
    Ember,
    /// Blue, white, red.
    Classic,
    /// Green, dark, violet.
    Aurora,
    /// Cool grey, dark, warm white: nearly without hue, for print and for projectors that wash colours out.
    Moonlight,
}

/// Control colours at equal distances, sRGB 0…255.
type Stops = &'static [[f32; 3]];

const EMBER_DIVERGING: Stops = &[
    [156.0, 222.0, 255.0],
    [76.0, 168.0, 240.0],
    [46.0, 108.0, 196.0],
    [34.0, 60.0, 118.0],
    [40.0, 41.0, 50.0],
    [104.0, 50.0, 34.0],
    [186.0, 88.0, 36.0],
    [244.0, 148.0, 58.0],
    [255.0, 214.0, 138.0],
];
// a share of 0 is no zero of a signed scale: it is dark too, in a hue of its own
const EMBER_SEQUENTIAL: Stops = &[
    [52.0, 22.0, 60.0],
    [76.0, 36.0, 68.0],
    [140.0, 46.0, 66.0],
    [214.0, 92.0, 44.0],
    [250.0, 164.0, 60.0],
    [255.0, 232.0, 168.0],
];
const CLASSIC_DIVERGING: Stops = &[
    [20.0, 60.0, 200.0],
    [120.0, 160.0, 240.0],
    [240.0, 240.0, 240.0],
    [240.0, 140.0, 120.0],
    [200.0, 30.0, 30.0],
];
const CLASSIC_SEQUENTIAL: Stops = &[
    [68.0, 20.0, 110.0],
    [40.0, 90.0, 190.0],
    [60.0, 180.0, 170.0],
    [250.0, 230.0, 60.0],
];

const AURORA_DIVERGING: Stops = &[
    [206.0, 255.0, 196.0],
    [106.0, 226.0, 150.0],
    [36.0, 160.0, 116.0],
    [24.0, 86.0, 82.0],
    [38.0, 40.0, 50.0],
    [80.0, 46.0, 114.0],
    [146.0, 72.0, 190.0],
    [208.0, 124.0, 246.0],
    [246.0, 204.0, 255.0],
];
const AURORA_SEQUENTIAL: Stops = &[
    [14.0, 40.0, 70.0],
    [26.0, 66.0, 90.0],
    [22.0, 122.0, 126.0],
    [66.0, 190.0, 132.0],
    [174.0, 236.0, 130.0],
    [248.0, 255.0, 190.0],
];
const MOONLIGHT_DIVERGING: Stops = &[
    [150.0, 196.0, 232.0],
    [110.0, 150.0, 186.0],
    [74.0, 104.0, 134.0],
    [46.0, 62.0, 84.0],
    [38.0, 39.0, 48.0],
    [94.0, 88.0, 80.0],
    [156.0, 148.0, 132.0],
    [212.0, 204.0, 186.0],
    [255.0, 250.0, 236.0],
];
const MOONLIGHT_SEQUENTIAL: Stops = &[
    [54.0, 48.0, 32.0],
    [84.0, 80.0, 74.0],
    [128.0, 128.0, 130.0],
    [196.0, 194.0, 188.0],
    [255.0, 250.0, 236.0],
];

impl Palette {
    /// Every palette.
    pub const ALL: [Self; 4] = [Self::Ember, Self::Aurora, Self::Moonlight, Self::Classic];

    /// The one after it, and after the last the first.
    pub fn next(self) -> Self {
        let at = Self::ALL.iter().position(|&palette| palette == self);
        Self::ALL[at.map_or(0, |at| (at + 1) % Self::ALL.len())]
    }

    /// The name by which commands know it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ember => "ember",
            Self::Classic => "classic",
            Self::Aurora => "aurora",
            Self::Moonlight => "moonlight",
        }
    }

    /// The control colours of one of its maps.
    #[inline]
    fn stops(self, map: ColourMap) -> Stops {
        match (self, map) {
            (Self::Ember, ColourMap::Diverging) => EMBER_DIVERGING,
            (Self::Ember, ColourMap::Sequential) => EMBER_SEQUENTIAL,
            (Self::Classic, ColourMap::Diverging) => CLASSIC_DIVERGING,
            (Self::Classic, ColourMap::Sequential) => CLASSIC_SEQUENTIAL,
            (Self::Aurora, ColourMap::Diverging) => AURORA_DIVERGING,
            (Self::Aurora, ColourMap::Sequential) => AURORA_SEQUENTIAL,
            (Self::Moonlight, ColourMap::Diverging) => MOONLIGHT_DIVERGING,
            (Self::Moonlight, ColourMap::Sequential) => MOONLIGHT_SEQUENTIAL,
        }
    }

    /// The sRGB colour at a place on one of the maps.
    #[inline]
    pub fn colour(self, tint: Tint) -> [u8; 3] {
        let stops = self.stops(tint.map);
        let along = match tint.map {
            ColourMap::Diverging => (tint.coordinate + 1.0) * 0.5,
            ColourMap::Sequential => tint.coordinate,
        };
        let place = along.clamp(0.0, 1.0) * (stops.len() - 1) as f32;
        let below = (place as usize).min(stops.len() - 2);
        let part = place - below as f32;
        let (from, to) = (&stops[below], &stops[below + 1]);
        // to the nearest whole number; `round` is a call for every cell on a processor of any age
        let mixed = |i: usize| (from[i] + (to[i] - from[i]) * part + 0.5) as u8;
        [mixed(0), mixed(1), mixed(2)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn brightness(colour: [u8; 3]) -> u32 {
        colour.iter().map(|&c| u32::from(c)).sum()
    }

    #[test]
    fn a_share_of_nothing_is_told_from_a_signed_zero_and_from_a_mask() {
        let at_zero = |map| Tint {
            map,
            coordinate: 0.0,
            masked: false,
        };
        for palette in Palette::ALL {
            let [signed, share] = [ColourMap::Diverging, ColourMap::Sequential]
                .map(|map| palette.colour(at_zero(map)).map(f32::from));
            let pairs = signed.iter().zip(share);
            let distance = pairs.map(|(a, b)| (a - b).powi(2)).sum::<f32>().sqrt();
            assert!(distance > 22.0, "{palette:?}: {signed:?} {share:?}");
        }
    }

    #[test]
    fn all_but_classic_are_dark_at_zero_and_brighter_outwards() {
        let ways = [
            (ColourMap::Diverging, -1.0),
            (ColourMap::Diverging, 1.0),
            (ColourMap::Sequential, 1.0),
        ];
        for palette in Palette::ALL {
            if palette == Palette::Classic {
                continue;
            }
            for (map, sign) in ways {
                let steps: Vec<u32> = (0..=20)
                    .map(|i| {
                        brightness(palette.colour(Tint {
                            map,
                            coordinate: sign * i as f32 / 20.0,
                            masked: false,
                        }))
                    })
                    .collect();
                assert!(steps.is_sorted(), "{palette:?} {map:?} {sign}: {steps:?}");
                assert!(steps[0] < 135, "dark, but not as dark as the ground");
            }
        }
    }

    /// What an eye without one kind of cone sees of a colour, sRGB 0…1 (Viénot, Brettel and Mollon 1999,
    /// the matrices for linear light).
    fn without_cone(colour: [u8; 3], protan: bool) -> [f32; 3] {
        let [r, g, b] = colour.map(|c| (f32::from(c) / 255.0).powf(2.2));
        let (first, blue) = if protan {
            (0.112_38 * r + 0.887_62 * g, 0.004 * r - 0.004 * g + b)
        } else {
            (
                0.292_75 * r + 0.707_25 * g,
                -0.022_34 * r + 0.022_34 * g + b,
            )
        };
        [first, first, blue].map(|c| c.clamp(0.0, 1.0).powf(1.0 / 2.2))
    }

    #[test]
    fn the_default_tells_signs_apart_without_a_kind_of_cone() {
        for protan in [false, true] {
            for coordinate in [0.4, 0.7, 1.0] {
                let seen = |coordinate: f32| {
                    let tint = Tint {
                        map: ColourMap::Diverging,
                        coordinate,
                        masked: false,
                    };
                    without_cone(Palette::Ember.colour(tint), protan)
                };
                let (minus, plus) = (seen(-coordinate), seen(coordinate));
                let apart: f32 = minus.iter().zip(plus).map(|(a, b)| (a - b).abs()).sum();
                assert!(apart > 0.35, "±{coordinate} look alike: {minus:?} {plus:?}");
            }
        }
    }

    #[test]
    fn a_legend_reads_back_what_a_cell_was_given() {
        for quantity in Quantity::ALL {
            let scale = Scale {
                quantity,
                range: 3.0,
            };
            for value in [0.0, 0.1, 0.75, 2.9] {
                let back = scale.value_at(scale.tint(value).coordinate);
                assert!((back - value).abs() < 1e-5, "{quantity:?}: {back}");
            }
        }
    }

    #[test]
    fn a_masked_number_lies_outside_the_scale() {
        let scale = Scale {
            quantity: Quantity::Score,
            range: 2.0,
        };
        assert!(scale.tint(f32::NEG_INFINITY).masked);
        assert_eq!(scale.tint(0.5).coordinate, 0.5);
        assert_eq!(scale.tint(-0.5).coordinate, -0.5);
        assert_eq!(scale.tint(-9.0).coordinate, -1.0);
    }
}
