//! Films, seen from outside.

mod built_in;
mod other_formats;
mod support;
