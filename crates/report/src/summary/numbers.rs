//! Common bins for two samples of numbers.
//!
//! The range is that of the training rows after leaving out, at either end, half a per cent of
//! them and at least as many as protection asks for; it is then widened to round numbers. What lies
//! outside is counted in the end bins, and their labels say so. Inside, neighbouring bins of fewer
//! training rows are drawn at their mean. So neither an edge nor a bin tells of a single row.

use crate::figures::Bins;
use crate::number::short;

/// What the numbers are, which fixes the steps and the labels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Real numbers.
    Real,
    /// Whole numbers.
    Whole,
    /// Microseconds since 1970-01-01.
    Instant,
    /// Microseconds since midnight.
    Clock,
    /// Seconds that something took.
    Duration,
}

const MINUTE: f64 = 60e6;
const DAY: f64 = 1440.0 * MINUTE;

/// Bins of equal width with round edges.
#[derive(Debug, Clone, Copy)]
pub struct Frame {
    /// Where the first bin begins, in scaled values.
    first: f64,
    step: f64,
    number: usize,
    /// What whole numbers are shifted by, so that bins lie around them.
    shift: f64,
    scale: f64,
    unit: Unit,
    /// What a single bin is called by.
    low: f64,
    spread: bool,
}

impl Frame {
    /// Bins for `real` rows, about `wanted` of them (by the number of rows when not given), each end with at
    /// least `least` rows; `None` without a finite value.
    pub fn of(real: &[f64], unit: Unit, least: usize, wanted: Option<f64>) -> Option<Frame> {
        let mut sorted: Vec<f64> = real.iter().copied().filter(|v| v.is_finite()).collect();
        if sorted.is_empty() {
            return None;
        }
        sorted.sort_by(f64::total_cmp);
        let n = sorted.len();
        let cut = ((n as f64 * 0.005).ceil() as usize)
            .max(least)
            .min((n - 1) / 3);
        // An eighth is exact and keeps the difference of the greatest numbers finite.
        let scale = if (sorted[n - 1] - sorted[0]).is_finite() {
            1.0
        } else {
            0.125
        };
        let (low, high) = (sorted[cut] * scale, sorted[n - 1 - cut] * scale);
        let wanted = wanted.unwrap_or_else(|| (n as f64).sqrt().clamp(8.0, 32.0));
        let step = step((high - low) / wanted, low, unit);
        let shift = if unit == Unit::Whole && step < 1e6 {
            0.5
        } else {
            0.0
        };
        let (first, number) = if high > low {
            let first = (low / step).floor() * step - shift;
            (
                first,
                (((high - first) / step).floor() as usize + 1).clamp(1, 64),
            )
        } else {
            (low - step / 2.0, 1)
        };
        Some(Frame {
            first,
            step,
            number,
            shift,
            scale,
            unit,
            low,
            spread: high > low,
        })
    }

    /// Number of bins.
    pub fn bins(&self) -> usize {
        self.number
    }

    /// The bin of a finite value; what lies outside is in the end bins.
    pub fn bin(&self, value: f64) -> usize {
        let k = ((value * self.scale - self.first) / self.step).floor();
        k.clamp(0.0, (self.number - 1) as f64) as usize
    }

    fn last(&self) -> f64 {
        self.first + self.step * self.number as f64
    }

    fn edge(&self, k: usize) -> f64 {
        self.first + self.shift + self.step * k as f64
    }

    /// A scaled value as the axis names it.
    fn label(&self, value: f64) -> String {
        label(
            (value / self.scale).clamp(f64::MIN, f64::MAX),
            self.unit,
            (self.last() - self.first) / self.scale,
        )
    }

    /// Where bin `k` begins, as the axis names it.
    pub fn name(&self, k: usize) -> String {
        self.label(if self.number == 1 && !self.spread {
            self.low
        } else {
            self.edge(k)
        })
    }
}

/// Counts both samples in common bins, each of at least `least` training rows; values that are not
/// finite are left out.
pub fn bins(real: &[f64], synthetic: &[f64], unit: Unit, least: usize) -> Bins {
    let Some(frame) = Frame::of(real, unit, least, None) else {
        return Bins::default();
    };
    let Frame {
        first,
        step,
        number,
        scale,
        ..
    } = frame;
    let count = |values: &[f64]| {
        let mut rows = vec![0.0; number];
        for v in values.iter().filter(|v| v.is_finite()) {
            rows[frame.bin(*v)] += 1.0;
        }
        rows
    };
    let last = frame.last();
    let beyond = |outside: &dyn Fn(f64) -> bool| {
        real.iter()
            .chain(synthetic)
            .any(|v| v.is_finite() && outside(v * scale))
    };
    let (below, above) = (beyond(&|v| v < first), beyond(&|v| v >= last));
    let name = |k: usize| frame.name(k);
    let mut ticks: Vec<(f64, String)> = if number == 1 {
        vec![(0.5, name(0))]
    } else if unit == Unit::Whole && step <= 1.0 {
        let at = |k: usize| ((k as f64 + 0.5) / number as f64, name(k));
        let parts = if number <= 10 { number - 1 } else { 3 };
        (0..=parts).map(|i| at(i * (number - 1) / parts)).collect()
    } else {
        let middle = number / 2;
        [0, middle, number]
            .iter()
            .map(|k| (*k as f64 / number as f64, name(*k)))
            .collect()
    };
    if number > 1 {
        if let (true, Some(t)) = (below, ticks.first_mut()) {
            t.1 = format!("≤ {}", t.1);
        }
        if let (true, Some(t)) = (above, ticks.last_mut()) {
            t.1 = format!("≥ {}", t.1);
        }
    }
    Bins {
        real: shares(pooled(&count(real), least)),
        synthetic: shares(count(synthetic)),
        ticks,
    }
}

fn shares(rows: Vec<f64>) -> Vec<f64> {
    let total = rows.iter().sum::<f64>().max(1.0);
    rows.into_iter().map(|r| r / total).collect()
}

/// The counts with each run of neighbouring bins that would tell of fewer than `least` rows drawn
/// at its mean: a bin with rows joins the emptier of its neighbours until the run is large enough.
fn pooled(rows: &[f64], least: usize) -> Vec<f64> {
    let mut runs: Vec<(usize, f64)> = rows.iter().map(|r| (1, *r)).collect();
    while let Some(i) = runs
        .iter()
        .position(|(_, r)| *r > 0.0 && *r < least as f64)
        .filter(|_| runs.len() > 1)
    {
        let mean = |j: usize| runs.get(j).map_or(f64::INFINITY, |(n, r)| r / *n as f64);
        let left = i.checked_sub(1).map_or(f64::INFINITY, mean);
        let at = if left <= mean(i + 1) { i - 1 } else { i };
        let (n, r) = runs.remove(at + 1);
        runs[at] = (runs[at].0 + n, runs[at].1 + r);
    }
    runs.into_iter()
        .flat_map(|(n, r)| std::iter::repeat_n(r / n as f64, n))
        .collect()
}

/// The least round step that is at least `rough`.
fn step(rough: f64, near: f64, unit: Unit) -> f64 {
    if matches!(unit, Unit::Instant | Unit::Clock) {
        let days = [1.0, 2.0, 7.0, 14.0, 30.0, 60.0, 90.0, 180.0, 365.0];
        let minutes = [1.0, 5.0, 15.0, 30.0, 60.0, 180.0, 360.0, 720.0];
        let fixed = minutes
            .iter()
            .map(|m| m * MINUTE)
            .chain(days.iter().map(|d| d * DAY));
        for s in fixed {
            if s >= rough {
                return s;
            }
        }
        return 365.0 * DAY * round_up(rough / (365.0 * DAY), &[1.0, 2.0, 5.0, 10.0]);
    }
    if unit == Unit::Duration {
        let seconds = [1.0, 2.0, 5.0, 10.0, 15.0, 30.0];
        let minutes = [
            1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 180.0, 360.0, 720.0,
        ];
        let fixed = (seconds.into_iter()).chain(minutes.into_iter().map(|m| m * 60.0));
        let day = 86_400.0;
        return fixed
            .into_iter()
            .find(|s| *s >= rough)
            .unwrap_or_else(|| day * round_up((rough / day).max(1.0), &[1.0, 2.0, 5.0, 10.0]));
    }
    if rough <= 0.0 || !rough.is_normal() {
        return if unit == Unit::Whole {
            1.0
        } else {
            (near.abs() * 0.1).max(1e-9)
        };
    }
    match unit {
        Unit::Whole => round_up(rough, &[1.0, 2.0, 5.0, 10.0]).max(1.0),
        _ => round_up(rough, &[1.0, 2.0, 2.5, 5.0, 10.0]),
    }
}

fn round_up(rough: f64, steps: &[f64]) -> f64 {
    let power = 10_f64.powf(rough.log10().floor());
    steps
        .iter()
        .map(|m| m * power)
        .find(|s| *s >= rough)
        .unwrap_or(power * 10.0)
}

fn label(value: f64, unit: Unit, span: f64) -> String {
    if unit == Unit::Clock {
        let minutes = (value / MINUTE).round().clamp(-1e9, 1e9) as i64;
        return format!(
            "{:02}:{:02}",
            minutes.div_euclid(60),
            minutes.rem_euclid(60)
        );
    }
    if unit == Unit::Duration {
        // Hours and minutes, or minutes and seconds, by what the axis spans.
        let (size, name) = if span >= 7200.0 {
            (60.0, "h")
        } else {
            (1.0, "min")
        };
        let parts = (value.abs() / size).round().min(1e12) as u64;
        let sign = if value < 0.0 && parts > 0 { "-" } else { "" };
        return format!("{sign}{}:{:02} {name}", parts / 60, parts % 60);
    }
    if unit != Unit::Instant {
        return short(value);
    }
    let format = if span < 3.0 * DAY {
        "%Y-%m-%d %H:%M"
    } else if span < 1500.0 * DAY {
        "%Y-%m-%d"
    } else {
        "%Y-%m"
    };
    jiff::Timestamp::from_microsecond(value as i64)
        .map(|t| {
            t.to_zoned(jiff::tz::TimeZone::UTC)
                .strftime(format)
                .to_string()
        })
        .unwrap_or_else(|_| "–".to_owned())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;

    #[test]
    fn durations_are_told_in_hours_or_minutes() {
        let minutes = |n: u32| -> Vec<f64> { (0..400).map(|i| f64::from(i % n) * 60.0).collect() };
        let names = |seconds: &[f64]| -> Vec<String> {
            let bins = bins(seconds, seconds, Unit::Duration, 5);
            bins.ticks.into_iter().map(|t| t.1).collect()
        };
        let long = names(&minutes(60 * 36).iter().map(|s| s * 5.0).collect::<Vec<_>>());
        assert!(long.iter().all(|t| t.ends_with(" h")), "{long:?}");
        let short = names(&minutes(60));
        assert!(short.iter().all(|t| t.ends_with(" min")), "{short:?}");
        assert_eq!(label(-5400.0, Unit::Duration, 90_000.0), "-1:30 h");
        assert_eq!(label(104_786.0, Unit::Duration, 90_000.0), "29:06 h");
        assert_eq!(step(0.0, 60.0, Unit::Duration), 1.0);
        assert_eq!(step(100_000.0, 0.0, Unit::Duration), 172_800.0);
    }

    fn sums_to_one(shares: &[f64]) {
        assert!((shares.iter().sum::<f64>() - 1.0).abs() < 1e-9);
    }

    #[test]
    fn both_samples_are_counted_in_full() {
        let real: Vec<f64> = (0..1000).map(|i| f64::from(i) * 0.01).collect();
        let synthetic: Vec<f64> = (0..500).map(|i| f64::from(i) * 0.05 - 3.0).collect();
        let b = bins(&real, &synthetic, Unit::Real, 5);
        sums_to_one(&b.real);
        sums_to_one(&b.synthetic);
        assert_eq!(b.real.len(), b.synthetic.len());
        assert!(b.ticks[0].1.starts_with('≤') && b.ticks[2].1.starts_with('≥'));
    }

    #[test]
    fn the_ends_hold_at_least_five_training_rows_and_hide_the_extremes() {
        let mut real: Vec<f64> = (0..400).map(|i| 20.0 + f64::from(i % 60)).collect();
        real.extend([117.0, -44.0]);
        let b = bins(&real, &real, Unit::Whole, 5);
        let n = real.len() as f64;
        assert!(b.real[0] * n >= 4.999 && b.real[b.real.len() - 1] * n >= 4.999);
        assert!(
            b.ticks
                .iter()
                .all(|(_, l)| !l.contains("117") && !l.contains("44"))
        );
    }

    #[test]
    fn bins_of_few_rows_are_drawn_at_the_mean_of_their_run() {
        assert_eq!(pooled(&[40.0, 9.0, 0.0, 5.0], 5), [40.0, 9.0, 0.0, 5.0]);
        assert_eq!(
            pooled(&[40.0, 3.0, 0.0, 3.0, 50.0], 5),
            [40.0, 2.0, 2.0, 2.0, 50.0]
        );
        assert_eq!(pooled(&[40.0, 2.0, 6.0], 5), [40.0, 4.0, 4.0]);
        assert_eq!(pooled(&[1.0, 0.0], 5), [0.5, 0.5]);
        assert_eq!(pooled(&[0.0, 0.0], 5), [0.0, 0.0]);
        assert!(pooled(&[], 5).is_empty());
    }

    #[test]
    fn few_whole_numbers_get_a_bin_each() {
        let real: Vec<f64> = (0..100).map(|i| f64::from(i % 4)).collect();
        let b = bins(&real, &real, Unit::Whole, 5);
        assert_eq!(b.real, [0.25; 4]);
        let labels: Vec<&str> = b.ticks.iter().map(|t| t.1.as_str()).collect();
        assert_eq!(labels, ["0", "1", "2", "3"]);
    }

    #[test]
    fn dates_are_labelled_as_dates() {
        let real: Vec<f64> = (0..365).map(|i| f64::from(i) * DAY).collect();
        let b = bins(&real, &real, Unit::Instant, 5);
        assert!(b.ticks[0].1.ends_with("1970-01-01"), "{:?}", b.ticks);
    }

    #[test]
    fn times_of_day_are_labelled_as_times() {
        let real: Vec<f64> = (0..400).map(|i| f64::from(i) * 3.0 * MINUTE).collect();
        let b = bins(&real, &real, Unit::Clock, 5);
        assert!(b.ticks.iter().all(|t| t.1.contains(':')), "{:?}", b.ticks);
        assert!(b.ticks[0].1.ends_with("00:00"), "{:?}", b.ticks);
    }

    #[test]
    fn extremes_do_no_harm() {
        let nan = f64::NAN;
        for real in [
            vec![],
            vec![nan, nan],
            vec![1.0],
            vec![0.0; 9],
            vec![1e308, -1e308, 0.0, 1e308, -1e308],
            vec![f64::MAX; 40],
            [f64::MAX, f64::MIN].repeat(30),
            (0..50).map(|i| 9.2e18 + f64::from(i) * 1024.0).collect(),
            vec![5e-324; 3],
            vec![f64::INFINITY, 1.0],
        ] {
            for unit in [Unit::Real, Unit::Whole, Unit::Instant, Unit::Clock] {
                let b = bins(&real, &[nan, 0.0, 1e308, -1e308], unit, 5);
                assert!(b.real.len() <= 64);
                assert!(b.real.iter().chain(&b.synthetic).all(|v| v.is_finite()));
                assert!(b.ticks.iter().all(|t| t.0.is_finite()));
                let svg = crate::figures::histogram("t", &b);
                crate::figures::check::well_formed(&svg, "path");
            }
        }
    }
}
