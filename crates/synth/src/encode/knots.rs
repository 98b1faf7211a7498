//! Knots of a quantile function, each an aggregate of at least `k` people.
//!
//! A value that `k` people share is exact: a flat piece. All other values are sorted, cut into
//! groups of at least `k` people, and known by the mean of each group alone; between means the
//! function is linear. What lies beyond the mean of an outermost group is drawn from a law whose
//! size and shape follow from the means of the last three groups (a generalised Pareto law between
//! a uniform and an exponential tail), so no smallest or largest value is kept. In a mean of an
//! outermost group nobody counts for more than all others of the group together (the dominance rule
//! of statistical disclosure control).

use super::quantile::Quantile;

/// Groups that a large table has at most, and twice the values that keep a flat piece.
const GROUPS: usize = 1024;
/// A value with fewer than so many times the needed people may be grouped with rare neighbours.
const SPARE: usize = 3;
/// Survival shares within an outermost group at which its law gets a knot.
const TAIL: [f64; 9] = [0.8, 0.6, 0.45, 0.32, 0.22, 0.14, 0.08, 0.04, 0.01];
/// The ratio of the last two distances of group means in an exponential tail; 1 in a uniform one.
const EXPONENTIAL: f64 = 2.65;
/// Bounds that columns have by nature, where no value is beyond them.
const NATURAL: [f64; 2] = [1.0, 100.0];

/// Sorted values, each with its person.
type Cells<'a> = &'a [(f64, u32)];

/// Rows of one value.
#[derive(Clone, Copy)]
struct Run {
    from: usize,
    to: usize,
    heavy: bool,
}

/// Counts different people; one stamp for each person, so that counting costs no clearing.
pub struct Census {
    stamps: Vec<u32>,
    stamp: u32,
}

impl Census {
    /// For people numbered below `people`.
    pub fn new(people: usize) -> Census {
        Census {
            stamps: vec![0; people],
            stamp: 0,
        }
    }

    /// Begins a new count.
    pub fn clear(&mut self) {
        self.stamp += 1;
    }

    /// True when `person` is new to this count.
    pub fn is_new(&mut self, person: u32) -> bool {
        match self.stamps.get_mut(person as usize) {
            Some(seen) if *seen == self.stamp => false,
            Some(seen) => {
                *seen = self.stamp;
                true
            }
            None => true,
        }
    }

    /// How many different people there are among `of`.
    pub fn count(&mut self, of: impl Iterator<Item = u32>) -> usize {
        self.clear();
        of.filter(|&person| self.is_new(person)).count()
    }
}

impl Quantile {
    /// Learns from `cells` (finite values, each with the number of its person) so that at least
    /// `k` people stand behind each knot. `half` is half a step of the column's grid, 0 without
    /// one. `None` when there are fewer than `k` people.
    pub fn protected(mut cells: Vec<(f64, u32)>, k: usize, half: f64) -> Option<Quantile> {
        cells.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let people = cells.iter().map(|c| c.1 as usize + 1).max()?;
        let mut census = Census::new(people);
        if census.count(cells.iter().map(|c| c.1)) < k {
            return None;
        }
        let n = cells.len();
        let runs = runs(&cells, k, &mut census);
        let fit = Fit {
            cells: &cells,
            k,
            half,
            least_rows: n.div_ceil(GROUPS),
            bounds: bounds(cells[0].0, cells[n - 1].0, half),
        };
        Some(fit.knots(&runs, &mut census))
    }
}

/// What may be said of the ends of `cells`: the means of the values of the `k` outermost people on
/// each side. `None` when there are fewer people.
pub fn ends(mut cells: Vec<(f64, u32)>, k: usize) -> Option<(f64, f64)> {
    cells.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let people = cells.iter().map(|c| c.1 as usize + 1).max()?;
    let mut census = Census::new(people);
    let order: Vec<u32> = cells.iter().map(|c| c.1).collect();
    let low = reach(order.iter(), k, &mut census)?;
    let high = cells.len() - reach(order.iter().rev(), k, &mut census)?;
    Some((
        -capped(&cells[..low], -1.0).0,
        capped(&cells[high..], 1.0).0,
    ))
}

/// How many of `people`, from the first on, are `k` different ones.
fn reach<'a>(
    mut people: impl Iterator<Item = &'a u32>,
    k: usize,
    census: &mut Census,
) -> Option<usize> {
    let mut seen = 0;
    census.clear();
    let last = people.position(|&person| {
        seen += usize::from(census.is_new(person));
        seen >= k
    })?;
    Some(last + 1)
}

/// The runs of equal values, and which of them are exact: rare ones between exact ones need `k`
/// people together, or a neighbour joins them.
fn runs(cells: Cells<'_>, k: usize, census: &mut Census) -> Vec<Run> {
    let least = k.max(cells.len().div_ceil(GROUPS / 2));
    let mut at = 0;
    let mut runs: Vec<Run> = (cells.chunk_by(|a, b| a.0 == b.0))
        .map(|run| {
            let from = at;
            at += run.len();
            Run {
                from,
                to: at,
                heavy: run.len() >= least && census.count(run.iter().map(|c| c.1)) >= k,
            }
        })
        .collect();
    loop {
        let sparse = sparse(&runs, cells, k, census);
        let mut changed = false;
        for (from, to) in sparse {
            let beside = [from.checked_sub(1), (to < runs.len()).then_some(to)];
            let weakest = (beside.into_iter().flatten())
                .filter(|&i| runs[i].heavy)
                .min_by_key(|&i| runs[i].to - runs[i].from);
            if let Some(i) = weakest
                && runs[i].to - runs[i].from < SPARE * least
            {
                runs[i].heavy = false;
                changed = true;
            }
        }
        if !changed {
            return runs;
        }
    }
}

/// Stretches of rare runs with fewer than `k` people together, as ranges of runs.
fn sparse(runs: &[Run], cells: Cells<'_>, k: usize, census: &mut Census) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut from = 0;
    while from < runs.len() {
        if runs[from].heavy {
            from += 1;
            continue;
        }
        let mut to = from;
        while to < runs.len() && !runs[to].heavy {
            to += 1;
        }
        let within = &cells[runs[from].from..runs[to - 1].to];
        if census.count(within.iter().map(|c| c.1)) < k {
            found.push((from, to));
        }
        from = to;
    }
    found
}

/// What a column's values cannot go beyond: 0 where all have one sign, and 1 or 100.
fn bounds(least: f64, most: f64, half: f64) -> (f64, f64) {
    let (mut low, mut high) = (f64::NEG_INFINITY, f64::INFINITY);
    if least >= 0.0 {
        low = if least > 0.0 { half } else { -half };
        if let Some(bound) = NATURAL.into_iter().find(|&b| most <= b) {
            high = bound + half;
        }
    }
    if most <= 0.0 {
        high = if most < 0.0 { -half } else { half };
    }
    (low, high)
}

/// The mean of some people's values, and how many rows they have.
#[derive(Clone, Copy)]
struct Group {
    from: usize,
    to: usize,
    mean: f64,
}

struct Fit<'a> {
    cells: Cells<'a>,
    k: usize,
    half: f64,
    least_rows: usize,
    bounds: (f64, f64),
}

/// Ranks and values, while they are collected.
struct Knots<'a> {
    ranks: Vec<f64>,
    values: Vec<f64>,
    cells: Cells<'a>,
    half: f64,
}

impl Knots<'_> {
    /// Adds an exact value.
    fn exact(&mut self, rank: f64, value: f64) {
        // Rounding must not turn the order round.
        let rank = self.ranks.last().map_or(rank, |&r| rank.max(r));
        let value = self.values.last().map_or(value, |&v| value.max(v));
        self.ranks.push(rank);
        self.values.push(value.clamp(f64::MIN, f64::MAX));
    }

    /// Adds an aggregate. One that is somebody's value by chance is moved a little, so that nobody
    /// has to ask whether it is one.
    fn push(&mut self, rank: f64, value: f64) {
        let is_own = self
            .cells
            .binary_search_by(|c| c.0.total_cmp(&value))
            .is_ok();
        self.exact(rank, if is_own { self.beside(value) } else { value });
    }

    /// Beside a value, towards 0.
    fn beside(&self, value: f64) -> f64 {
        let step = self.half / 8.0;
        match value {
            v if v > step && v - step < v => v - step,
            v if v < -step && v + step > v => v + step,
            v if v > 0.0 => v.next_down(),
            v => v.next_up(),
        }
    }
}

impl Fit<'_> {
    fn knots(&self, runs: &[Run], census: &mut Census) -> Quantile {
        let n = self.cells.len();
        let mut knots = Knots {
            ranks: Vec::new(),
            values: Vec::new(),
            cells: self.cells,
            half: self.half,
        };
        let mut at = 0;
        // The last exact value, from which rare ones of too few people may have to be counted.
        let mut below = None;
        while at < runs.len() {
            let (from, mut to) = (at, at);
            while to < runs.len() && !runs[to].heavy {
                to += 1;
            }
            at = to + 1;
            let above = runs.get(to).map(|r| self.cells[r.from].0);
            let cells = (runs[from].from, runs.get(to).map_or(n, |r| r.from));
            let mut start = cells.1;
            if cells.0 < cells.1 {
                if self.people(cells, census) < self.k {
                    start = self.shared(cells, below, above);
                    if let Some(value) = below {
                        knots.exact(self.rank(start), value);
                    }
                } else {
                    self.stretch(cells, (below, above), census, &mut knots);
                }
            }
            if let Some(value) = above {
                knots.exact(self.rank(start), value);
                knots.exact(self.rank(runs[to].to), value);
            }
            below = above;
        }
        Quantile {
            ranks: knots.ranks,
            values: knots.values,
        }
    }

    fn rank(&self, row: usize) -> f64 {
        row as f64 / self.cells.len() as f64
    }

    fn of(&self, group: &Group) -> Cells<'_> {
        &self.cells[group.from..group.to]
    }

    fn people(&self, (from, to): (usize, usize), census: &mut Census) -> usize {
        census.count(self.cells[from..to].iter().map(|c| c.1))
    }

    /// Where rows of too few people are divided between the exact values beside them: each to the
    /// nearer one.
    fn shared(&self, (from, to): (usize, usize), below: Option<f64>, above: Option<f64>) -> usize {
        match (below, above) {
            (Some(low), Some(high)) => {
                let middle = low / 2.0 + high / 2.0;
                from + self.cells[from..to].partition_point(|c| c.0 <= middle)
            }
            (Some(_), None) => to,
            _ => from,
        }
    }

    /// Knots of a stretch of rare values between two exact ones, or up to an end of the column.
    fn stretch(
        &self,
        cells: (usize, usize),
        (below, above): (Option<f64>, Option<f64>),
        census: &mut Census,
        knots: &mut Knots<'_>,
    ) {
        let n = self.cells.len() as f64;
        let mut groups = self.groups(cells, census);
        let low = below.map_or(self.bounds.0, |v| v + self.half);
        let high = above.map_or(self.bounds.1, |v| v - self.half);
        let middle = |g: &Group| self.rank(g.from) / 2.0 + self.rank(g.to) / 2.0;
        let [first, .., last] = &mut groups[..] else {
            for group in &groups {
                let (mean, width) = self.spread(group);
                let mean = mean.clamp(low, high);
                knots.push(self.rank(cells.0), (mean - width).max(low));
                knots.push(middle(group), mean);
                knots.push(self.rank(cells.1), (mean + width).min(high));
            }
            return;
        };
        first.mean = -capped(self.of(first), -1.0).0;
        last.mean = capped(self.of(last), 1.0).0;
        let (first, last) = (*first, *last);
        let means: Vec<f64> = groups.iter().map(|g| g.mean).collect();
        let mirrored: Vec<f64> = means.iter().rev().map(|m| -m).collect();
        let lower = Tail::of(&mirrored, -low);
        let upper = Tail::of(&means, high);
        for (place, p) in places(below.is_some()).rev() {
            let rows = (first.to - first.from) as f64 * place;
            knots.push((first.from as f64 + rows) / n, -lower.at(p));
        }
        knots.push(self.rank(first.to), -lower.start);
        for group in &groups[1..groups.len() - 1] {
            knots.push(middle(group), group.mean);
        }
        knots.push(self.rank(last.from), upper.start);
        for (place, p) in places(above.is_some()) {
            let rows = (last.to - last.from) as f64 * place;
            knots.push((last.to as f64 - rows) / n, upper.at(p));
        }
    }

    /// Cuts the rows `from..to` into groups of at least `k` people, about equal in rows.
    fn groups(&self, (from, to): (usize, usize), census: &mut Census) -> Vec<Group> {
        let rows = to - from;
        let people = self.people((from, to), census);
        let most = (people / self.k).min(rows / self.least_rows.max(1)).max(1);
        let mut groups: Vec<Group> = Vec::new();
        let mut start = from;
        let mut seen = 0;
        census.clear();
        for row in from..to {
            seen += usize::from(census.is_new(self.cells[row].1));
            let due = from + (groups.len() + 1) * rows / most;
            if seen >= self.k && row + 1 >= due {
                groups.push(Group {
                    from: start,
                    to: row + 1,
                    mean: 0.0,
                });
                (start, seen) = (row + 1, 0);
                census.clear();
            }
        }
        match groups.last_mut() {
            // What is left has too few people for itself.
            Some(last) => last.to = to,
            None => groups.push(Group {
                from,
                to,
                mean: 0.0,
            }),
        }
        for group in &mut groups {
            let own = persons(self.of(group));
            group.mean = own.iter().map(|v| v / own.len() as f64).sum();
        }
        groups
    }

    /// Centre and half width of a single group, capped in both directions.
    fn spread(&self, group: &Group) -> (f64, f64) {
        let up = capped(self.of(group), 1.0);
        let down = capped(self.of(group), -1.0);
        let mean = up.0 / 2.0 - down.0 / 2.0;
        let n = up.1.len() as f64;
        let apart =
            |values: &[f64], at: f64| values.iter().map(|v| (v - at).abs() / n).sum::<f64>();
        let width = apart(&up.1, mean).min(apart(&down.1, -mean)) * 2.0;
        (mean, if width.is_finite() { width } else { 0.0 })
    }
}

/// The mean value of each person, so that many rows give nobody more weight.
fn persons(cells: Cells<'_>) -> Vec<f64> {
    let mut cells = cells.to_vec();
    cells.sort_by_key(|c| c.1);
    (cells.chunk_by(|a, b| a.1 == b.1))
        .map(|own| own.iter().map(|c| c.0 / own.len() as f64).sum())
        .collect()
}

/// The mean over people in the direction `sign`, where nobody adds more to it than all others do;
/// and the values as they were counted.
fn capped(cells: Cells<'_>, sign: f64) -> (f64, Vec<f64>) {
    let mut own: Vec<f64> = persons(cells).iter().map(|v| v * sign).collect();
    own.sort_by(f64::total_cmp);
    if let [least, .., last] = own[..] {
        let others: f64 = own[..own.len() - 1].iter().map(|v| v - least).sum();
        if last - least > others {
            let end = own.len() - 1;
            own[end] = least + others;
        }
    }
    let mean = own.iter().map(|v| v / own.len() as f64).sum();
    (mean, own)
}

/// Where an outermost group gets knots: the share of it that lies beyond, in ranks and in its law.
/// The last knot is its end; towards an exact value (`inside`) the end is enough.
fn places(inside: bool) -> impl DoubleEndedIterator<Item = (f64, f64)> {
    let end = TAIL.len() - 1;
    let share = move |i: usize| if i == end { 0.0 } else { TAIL[i] };
    (if inside { end } else { 0 }..=end).map(move |i| (share(i), TAIL[i]))
}

/// The law of values above `start`, the lower end of an outermost group.
struct Tail {
    start: f64,
    /// Mean excess.
    mean: f64,
    /// Shape of the generalised Pareto law, at most 0.
    shape: f64,
}

impl Tail {
    /// From the means of groups, the outermost last (at least two), and what no value exceeds.
    fn of(means: &[f64], most: f64) -> Tail {
        let [.., before, last] = *means else {
            return Tail {
                start: means.first().copied().unwrap_or_default(),
                mean: 0.0,
                shape: 0.0,
            };
        };
        let near = last - before;
        let far = match means {
            [.., third, _, _] => before - third,
            _ => near,
        };
        let start = before + near.min(1.4 * far) / 2.0;
        let mean = last - start;
        let mut shape = if far > 0.0 {
            ((near / far - 1.0) / (EXPONENTIAL - 1.0) - 1.0).clamp(-1.0, 0.0)
        } else {
            0.0
        };
        let room = (most - start) / mean;
        if !(room > 1.0 && mean.is_finite()) {
            return Tail {
                start: last.min(most),
                mean: 0.0,
                shape,
            };
        }
        if room.is_finite() {
            shape = shape.min(1.0 / (1.0 - room));
        }
        Tail { start, mean, shape }
    }

    /// The value that the share `p` of the group exceeds.
    fn at(&self, p: f64) -> f64 {
        if self.mean == 0.0 {
            return self.start;
        }
        let s = -self.shape;
        let excess = if s < 1e-9 {
            -p.ln()
        } else {
            (1.0 + s) / s * (1.0 - p.powf(s))
        };
        self.start + self.mean * excess
    }
}
