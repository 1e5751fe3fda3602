//! Reading `.npz` files without this crate's own reader.

use std::fs::File;
use std::io::{BufReader, Cursor, Read};
use std::path::Path;

use zip::ZipArchive;

/// Every array of a `.npz`, of floating-point numbers or i64, as f32, by key.
pub fn arrays(path: &Path) -> Vec<(String, Vec<usize>, Vec<f32>)> {
    let mut zip = ZipArchive::new(BufReader::new(File::open(path).unwrap())).unwrap();
    (0..zip.len())
        .map(|entry| {
            let mut file = zip.by_index(entry).unwrap();
            let key = file.name().unwrap().trim_end_matches(".npy").to_owned();
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes).unwrap();
            let npy = npyz::NpyFile::new(Cursor::new(bytes)).unwrap();
            let shape = npy.shape().iter().map(|&extent| extent as usize).collect();
            let values = match npy.try_data::<f32>() {
                Ok(numbers) => numbers.map(Result::unwrap).collect(),
                Err(npy) => {
                    let numbers = npy.data::<i64>().unwrap();
                    numbers.map(|number| number.unwrap() as f32).collect()
                }
            };
            (key, shape, values)
        })
        .collect()
}
