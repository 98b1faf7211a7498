//! Reads a table and says what that took, for `bench/reading_part.py`: `reading FILE TIMES`. Each line is the
//! seconds of one reading, cells and inference, and what the table takes in memory.
#![allow(missing_docs, clippy::print_stdout)]

use std::path::Path;
use std::time::Instant;

use verdancy_table::{Column, infer, read};

fn bytes(column: &Column) -> usize {
    let text =
        |text: &Option<String>| size_of::<Option<String>>() + text.as_ref().map_or(0, String::len);
    match column {
        Column::Numbers(v) => size_of_val(v.as_slice()),
        Column::Integers(v) | Column::Instants(v) => size_of_val(v.as_slice()),
        Column::Levels(v) => size_of_val(v.codes.as_slice()),
        Column::Strings(v) => v.iter().map(text).sum(),
    }
}

fn main() -> verdancy_table::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let (Some(path), Some(times)) = (arguments.next(), arguments.next()) else {
        println!("reading FILE TIMES");
        return Ok(());
    };
    for _ in 0..times.parse().unwrap_or(1) {
        let began = Instant::now();
        let loaded = read::load(
            Path::new(&path),
            &Default::default(),
            &infer::Options::default(),
        )?;
        let seconds = began.elapsed().as_secs_f64();
        let size: usize = loaded.table.columns().iter().map(bytes).sum();
        println!("{seconds} {size}");
    }
    Ok(())
}
