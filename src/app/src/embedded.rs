//! The large files that the program carries, so that it works from any folder. Each is a `static` in this one place:
//! a constant would be in the binary once for every part of the program that names it.

/// The corpus that comes with the program, works of Shakespeare: `assets/corpus/README.md` tells of it.
pub static CORPUS: &str = include_str!("../../../assets/corpus/shakespeare.txt");

/// The font for words.
pub static INTER_REGULAR: &[u8] = include_bytes!("../../../assets/fonts/Inter-Regular.otf");

/// The font for names.
pub static INTER_SEMI_BOLD: &[u8] = include_bytes!("../../../assets/fonts/Inter-SemiBold.otf");

/// The font for numbers, formulas and tokens.
pub static DEJAVU_SANS_MONO: &[u8] = include_bytes!("../../../assets/fonts/DejaVuSansMono.ttf");
