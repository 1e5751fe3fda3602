//! How long opening a model takes against reading its file once, both from the page cache:
//! `cargo run --release --example opening_time -- FILE…`. Memory is the process's own highest.

use std::error::Error;
use std::hint::black_box;
use std::path::Path;
use std::time::Instant;

use orrery_model::checkpoint::{Assumptions, open};

fn main() -> Result<(), Box<dyn Error>> {
    for file in std::env::args().skip(1) {
        let file = Path::new(&file);
        for _ in 0..3 {
            let begin = Instant::now();
            let model = open(file, &Assumptions::default())?;
            let opening = begin.elapsed();
            black_box(&model.gpt);
            let weights = 4 * model.gpt.parameters().values().len();
            drop(model);
            let highest = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
            let highest = highest.lines().find(|line| line.starts_with("VmHWM"));
            let begin = Instant::now();
            black_box(std::fs::read(file)?);
            let reading = begin.elapsed();
            println!(
                "{}: opened in {opening:.2?}, read in {reading:.2?}: {:.2}; {} weights' bytes, {}",
                file.display(),
                opening.as_secs_f64() / reading.as_secs_f64(),
                weights,
                highest.unwrap_or("memory unknown").trim(),
            );
        }
    }
    Ok(())
}
