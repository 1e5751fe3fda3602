//! The fonts, embedded, so that the program reads the same on every machine.

use bevy::prelude::*;

/// The three fonts of the picture.
#[derive(Resource, Clone, Debug)]
pub struct Fonts {
    /// For words.
    pub regular: Handle<Font>,
    /// For names.
    pub bold: Handle<Font>,
    /// For numbers, formulas and tokens.
    pub mono: Handle<Font>,
}

pub(super) fn plugin(app: &mut App) {
    let mut fonts = app.world_mut().resource_mut::<Assets<Font>>();
    let mut add = |bytes: &[u8]| fonts.add(Font::from_bytes(bytes.to_vec()));
    let fonts = Fonts {
        regular: add(include_bytes!("../../../../assets/fonts/Inter-Regular.otf")),
        bold: add(include_bytes!(
            "../../../../assets/fonts/Inter-SemiBold.otf"
        )),
        mono: add(include_bytes!(
            "../../../../assets/fonts/DejaVuSansMono.ttf"
        )),
    };
    app.insert_resource(fonts);
}
