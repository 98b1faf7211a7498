//! Numbers and outcomes in words.

use verdancy_synth::Stop;

/// A count with thousands set apart.
pub fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out
}

/// A time as people say it.
pub fn seconds(s: f64) -> String {
    if !s.is_finite() || s < 0.0 {
        "?".to_owned()
    } else if s < 9.95 {
        format!("{s:.1} s")
    } else if s < 90.0 {
        format!("{s:.0} s")
    } else if s < 5400.0 {
        format!("{:.0} min", s / 60.0)
    } else {
        format!("{:.1} h", s / 3600.0)
    }
}

/// What a run is expected to take; `when` says when the training is.
pub fn estimate(training: f64, judging: f64, memory: u64, when: &str) -> String {
    let mut text = format!("about {} of training{when}", seconds(training));
    if judging > 0.0 {
        text += &format!(", {} of judging", seconds(judging));
    }
    text + &format!(", {} of memory", bytes(memory))
}

/// An amount of memory or of disk.
pub fn bytes(n: u64) -> String {
    let n = n as f64;
    if n < 1e3 {
        format!("{n:.0} B")
    } else if n < 1e6 {
        format!("{:.0} kB", n / 1e3)
    } else if n < 1e9 {
        format!("{:.0} MB", n / 1e6)
    } else {
        format!("{:.1} GB", n / 1e9)
    }
}

/// Why training ended, when there is something to say.
pub fn stop(stop: Stop) -> &'static str {
    match stop {
        Stop::Completed => "",
        Stop::Patience => "ended early: the validation loss did not improve any more",
        Stop::Copies => "ended early: samples began to copy training rows",
        Stop::TimeLimit => "ended by the time limit; the best checkpoint is used",
        Stop::Cancelled => "stopped by you; the best checkpoint is used",
        Stop::Green => "stopped early: samples drawn during training already passed every gate",
        Stop::Diverged => "ended: the loss was not finite",
        Stop::MemoryLimit => "not begun: it would have taken more memory than allowed",
    }
}

/// How people are divided, and by which column.
pub fn people(people: &verdancy_engine::People) -> String {
    let division = division(people.train, people.validation, people.test);
    format!("{division}, by {}", people.subject)
}

/// What a synthetic table is compared with.
pub fn compared(real: usize, held_out: usize, unseen: bool) -> String {
    format!(
        "with {} real rows; {} {}",
        count(real as u64),
        count(held_out as u64),
        if unseen {
            "held out"
        } else {
            "others give the floors"
        }
    )
}

/// How rows, or people, are divided.
pub fn division(train: usize, validation: usize, test: usize) -> String {
    format!(
        "{} to learn from, {} for choices, {} for the verdict",
        count(train as u64),
        count(validation as u64),
        count(test as u64)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        assert_eq!(count(0), "0");
        assert_eq!(count(1234567), "1,234,567");
        assert_eq!(seconds(0.04), "0.0 s");
        assert_eq!(seconds(3.21), "3.2 s");
        assert_eq!(seconds(75.0), "75 s");
        assert_eq!(seconds(600.0), "10 min");
        assert_eq!(seconds(f64::NAN), "?");
        assert_eq!(bytes(41_000_000), "41 MB");
    }
}
