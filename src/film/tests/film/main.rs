//! Films, seen from outside.

#![allow(clippy::unwrap_used)]

mod built_in;
mod decoded;
mod other_formats;
mod support;
