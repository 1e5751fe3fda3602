//! Films, seen from outside.

mod built_in;
mod decoded;
mod other_formats;
mod support;
