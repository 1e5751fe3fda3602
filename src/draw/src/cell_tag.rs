//! How one cell looks, packed in the 32 bits that the shaders read.

use orrery_pipeline::{CellPose, Palette, Tint};

/// Position and width of each field in the packed word. The cell shader repeats these numbers; a
/// test holds the two together.
pub mod bits {
    /// Shift of the red channel (8 bits, sRGB); green and blue follow at +8 and +16.
    pub const RED: u32 = 0;
    /// Shift of the green channel (8 bits, sRGB).
    pub const GREEN: u32 = 8;
    /// Shift of the blue channel (8 bits, sRGB).
    pub const BLUE: u32 = 16;
    /// Shift of the glow (4 bits).
    pub const GLOW: u32 = 24;
    /// Shift of the style (2 bits).
    pub const STYLE: u32 = 28;
    /// Bit that draws a bright frame around the cell's faces.
    pub const HIGHLIGHTED: u32 = 30;
    /// Bit that darkens the cell, so that others stand out.
    pub const DIMMED: u32 = 31;
    /// The largest glow.
    pub const GLOW_MAX: u32 = 15;
}

/// What kind of thing a cell stands for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum CellStyle {
    /// A number: a bevelled cube in its colour.
    #[default]
    Solid,
    /// A number that is closed off by the mask: a hatched face, never part of a colour scale.
    Masked,
    /// A place where a number will be: a small faint dot.
    Ghost,
}

/// How a cell stands to what the viewer should follow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Focus {
    /// Neither in nor out of focus.
    #[default]
    Neutral,
    /// Framed: it takes part in what is shown now.
    Highlighted,
    /// Darkened: something else is shown now.
    Dimmed,
}

/// What the shader gets of a full glow, of the 15 that it knows.
const MOST_SHOWN: f32 = 2.0;

/// The look of one cell: colour, glow, style and focus.
///
/// Packed, bits 0–23 hold the sRGB colour (red lowest), 24–27 the glow, 28–29 the style, 30 the
/// highlight, 31 the dimming. Fading is done by size (the transform's scale), for cells are opaque and
/// so need no sorting.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct CellTag {
    /// Colour in sRGB, 8 bits per channel: red, green, blue. A face that looks at the viewer shows
    /// this colour, so that it can be read off a legend.
    pub colour: [u8; 3],
    /// Light of its own, 0 (none) to 15 (a white-hot pulse); larger values count as 15.
    pub glow: u8,
    /// What the cell stands for.
    pub style: CellStyle,
    /// How it stands to what the viewer should follow.
    pub focus: Focus,
}

impl CellTag {
    /// A plain solid cell in the given sRGB colour.
    pub const fn solid(colour: [u8; 3]) -> Self {
        Self {
            colour,
            glow: 0,
            style: CellStyle::Solid,
            focus: Focus::Neutral,
        }
    }

    /// The same cell with light of its own, 0 to 15.
    pub const fn with_glow(self, glow: u8) -> Self {
        Self { glow, ..self }
    }

    /// The same cell in another style.
    pub const fn with_style(self, style: CellStyle) -> Self {
        Self { style, ..self }
    }

    /// The same cell in or out of focus.
    pub const fn with_focus(self, focus: Focus) -> Self {
        Self { focus, ..self }
    }

    /// The 32 bits the shader reads.
    #[inline]
    pub const fn pack(self) -> u32 {
        let [red, green, blue] = self.colour;
        let glow = if self.glow as u32 > bits::GLOW_MAX {
            bits::GLOW_MAX
        } else {
            self.glow as u32
        };
        let style = match self.style {
            CellStyle::Solid => 0,
            CellStyle::Masked => 1,
            CellStyle::Ghost => 2,
        };
        let focus = match self.focus {
            Focus::Neutral => 0,
            Focus::Highlighted => 1 << bits::HIGHLIGHTED,
            Focus::Dimmed => 1 << bits::DIMMED,
        };
        (red as u32) << bits::RED
            | (green as u32) << bits::GREEN
            | (blue as u32) << bits::BLUE
            | glow << bits::GLOW
            | style << bits::STYLE
            | focus
    }

    /// Reads the 32 bits back. Style 3 is reserved and reads as [`CellStyle::Solid`]; with both
    /// focus bits set the highlight wins, as in the shader.
    pub const fn unpack(word: u32) -> Self {
        let style = match (word >> bits::STYLE) & 3 {
            1 => CellStyle::Masked,
            2 => CellStyle::Ghost,
            _ => CellStyle::Solid,
        };
        let focus = if word & (1 << bits::HIGHLIGHTED) != 0 {
            Focus::Highlighted
        } else if word & (1 << bits::DIMMED) != 0 {
            Focus::Dimmed
        } else {
            Focus::Neutral
        };
        Self {
            colour: [
                (word >> bits::RED) as u8,
                (word >> bits::GREEN) as u8,
                (word >> bits::BLUE) as u8,
            ],
            glow: ((word >> bits::GLOW) & bits::GLOW_MAX) as u8,
            style,
            focus,
        }
    }
}

/// The look of a cell in this pose.
pub fn tag_of(pose: &CellPose, palette: Palette) -> CellTag {
    let tag = if pose.ghost {
        CellTag::solid([86, 94, 112]).with_style(CellStyle::Ghost)
    } else {
        tag_of_tint(pose.tint, palette)
    };
    // with more light its colour would be that of another number: the one that is told has a frame as well
    tag.with_glow((pose.glow.clamp(0.0, 1.0) * MOST_SHOWN).round() as u8)
}

/// The look of a cell that rests.
#[inline]
pub fn tag_of_tint(tint: Tint, palette: Palette) -> CellTag {
    if tint.masked {
        CellTag::solid([58, 62, 74]).with_style(CellStyle::Masked)
    } else {
        CellTag::solid(palette.colour(tint))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_survives_packing() {
        for style in [CellStyle::Solid, CellStyle::Masked, CellStyle::Ghost] {
            for focus in [Focus::Neutral, Focus::Highlighted, Focus::Dimmed] {
                for glow in 0..=15 {
                    for colour in [[0, 0, 0], [1, 2, 3], [255, 128, 7], [255, 255, 255]] {
                        let tag = CellTag {
                            colour,
                            glow,
                            style,
                            focus,
                        };
                        assert_eq!(CellTag::unpack(tag.pack()), tag);
                    }
                }
            }
        }
    }

    #[test]
    fn fields_lie_where_the_documentation_says() {
        assert_eq!(CellTag::solid([0x11, 0x22, 0x33]).pack(), 0x0033_2211);
        assert_eq!(CellTag::default().with_glow(15).pack(), 0x0f00_0000);
        assert_eq!(
            CellTag::default().with_style(CellStyle::Masked).pack(),
            1 << 28
        );
        assert_eq!(
            CellTag::default().with_style(CellStyle::Ghost).pack(),
            2 << 28
        );
        assert_eq!(
            CellTag::default().with_focus(Focus::Highlighted).pack(),
            1 << 30
        );
        assert_eq!(CellTag::default().with_focus(Focus::Dimmed).pack(), 1 << 31);
    }

    #[test]
    fn too_much_glow_is_the_most_glow_and_spills_into_no_other_field() {
        let tag = CellTag::solid([9, 8, 7]).with_glow(200);
        assert_eq!(CellTag::unpack(tag.pack()), tag.with_glow(15));
    }

    #[test]
    fn a_cell_has_the_colour_of_its_value() {
        use bevy::math::Vec3;
        use orrery_pipeline::{Quantity, Scale};
        let scale = Scale {
            quantity: Quantity::Activation,
            range: 2.0,
        };
        for value in [-3.0, -0.7, 0.0, 0.4, 2.0] {
            let pose = CellPose {
                position: Vec3::ZERO,
                size: Vec3::ONE,
                tint: scale.tint(value),
                glow: 0.0,
                ghost: false,
            };
            let tag = tag_of(&pose, Palette::Ember);
            assert_eq!(tag.colour, Palette::Ember.colour(scale.tint(value)));
            assert_eq!(tag.style, CellStyle::Solid);
        }
    }
}
