//! Finding the interval of a normal score among sorted cut points in constant expected time.

/// Guide bins over -`EDGE` to `EDGE`.
const BINS: usize = 512;
const EDGE: f64 = 4.0;
const PER_UNIT: f64 = BINS as f64 / (2.0 * EDGE);
/// Below this many cut points, or steps inside a bin, a plain scan is used.
const SCAN: usize = 8;

/// Sorted cut points with a guide table.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Cuts {
    cuts: Vec<f64>,
    guide: Vec<u32>,
}

impl Cuts {
    /// Prepares `cuts`, which are sorted and not NaN.
    pub fn new(cuts: Vec<f64>) -> Cuts {
        let mut guide = Vec::new();
        if cuts.len() > SCAN {
            guide.reserve(BINS + 1);
            guide.push(0);
            for bin in 1..BINS {
                let edge = bin as f64 / PER_UNIT - EDGE;
                guide.push(cuts.partition_point(|&c| c <= edge) as u32);
            }
            guide.push(cuts.len() as u32);
        }
        Cuts { cuts, guide }
    }

    /// The cut points.
    pub fn points(&self) -> &[f64] {
        &self.cuts
    }

    /// How many cut points are at or below `z`.
    #[inline]
    pub fn find(&self, z: f64) -> usize {
        if self.guide.is_empty() {
            return self.cuts.iter().map(|&c| usize::from(c <= z)).sum();
        }
        let bin = (((z + EDGE) * PER_UNIT).max(0.0) as usize).min(BINS - 1);
        // A rounded bin may miss by one cut at its edges; the scans below look past both.
        let (mut low, high) = (self.guide[bin] as usize, self.guide[bin + 1] as usize);
        if high - low > SCAN {
            low += self.cuts[low..high].partition_point(|&c| c <= z);
        }
        while low > 0 && self.cuts[low - 1] > z {
            low -= 1;
        }
        while low < self.cuts.len() && self.cuts[low] <= z {
            low += 1;
        }
        low
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_a_binary_search() {
        for n in [0, 1, 3, 9, 100, 5000] {
            let points: Vec<f64> = (0..n)
                .map(|i| ((i * 7919) % 1000) as f64 / 100.0 - 5.0)
                .collect();
            let mut points = points;
            points.sort_by(f64::total_cmp);
            let cuts = Cuts::new(points.clone());
            for i in -700..700 {
                for z in [
                    f64::from(i) / 100.0,
                    f64::from(i) / 128.0,
                    f64::from(i) * 1e5,
                ] {
                    let want = points.partition_point(|&c| c <= z);
                    assert_eq!(cuts.find(z), want, "{n} cuts, {z}");
                }
            }
        }
    }
}
