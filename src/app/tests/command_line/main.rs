//! The program as its user meets it: what each command prints, writes and refuses. No test opens a
//! window or draws.

#![allow(clippy::unwrap_used)]

mod evaluate;
mod explain;
mod generate;
mod help;
mod inspect;
mod own_model;
mod refusals;
mod report;
mod show;
mod support;
mod trace;
mod train;
mod words;
