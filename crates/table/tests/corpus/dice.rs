//! Chance for invented files: the same seed gives the same cells on every machine.

/// 2023-01-01 in seconds since 1970.
pub const NEW_YEAR: i64 = 1_672_531_200;
/// Seconds of a day.
pub const DAY: i64 = 86_400;

/// Draws for one cell. Cells of one row that belong together draw from [`Dice::of`].
pub struct Dice {
    state: u64,
    seed: u64,
    /// The row, from 0.
    pub row: usize,
}

fn mixed(x: u64) -> u64 {
    let x = x.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// A number for a text, the same everywhere.
pub fn hash(text: &str) -> u64 {
    text.bytes()
        .fold(0xcbf2_9ce4_8422_2325, |h, b| mixed(h ^ u64::from(b)))
}

impl Dice {
    /// Draws for row `row` of a column of a file.
    pub fn new(file: &str, column: &str, row: usize) -> Dice {
        let seed = mixed(hash(file) ^ row as u64);
        Dice {
            state: mixed(seed ^ hash(column)),
            seed,
            row,
        }
    }

    /// Draws that all columns of this row share under the name `what`.
    pub fn of(&self, what: &str) -> Dice {
        Dice {
            state: mixed(self.seed ^ hash(what)),
            seed: self.seed,
            row: self.row,
        }
    }

    pub fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mixed(self.state)
    }

    /// A number from 0 to `n` - 1.
    pub fn below(&mut self, n: u64) -> u64 {
        (self.next() >> 11) % n
    }

    /// A whole number from `low` to `high`.
    pub fn int(&mut self, low: i64, high: i64) -> i64 {
        low + self.below((high - low + 1) as u64) as i64
    }

    /// A real number between `low` and `high`, evenly.
    pub fn real(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// A real number around `mean`.
    pub fn normal(&mut self, mean: f64, sd: f64) -> f64 {
        let sum: f64 = (0..12).map(|_| self.real(0.0, 1.0)).sum();
        mean + sd * (sum - 6.0)
    }

    /// A positive number, most of them small, some large.
    pub fn skewed(&mut self, scale: f64) -> f64 {
        scale * self.normal(0.0, 1.0).exp()
    }

    /// True in so many of a hundred cases.
    pub fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// One of `all`, the first ones more often.
    pub fn pick<'a>(&mut self, all: &[&'a str]) -> &'a str {
        let n = all.len() as u64;
        all[self.below(n).min(self.below(n)) as usize]
    }

    /// A second of the years 2022 to 2024.
    pub fn moment(&mut self) -> i64 {
        NEW_YEAR + self.int(-365 * DAY, 700 * DAY)
    }

    /// A text of `n` characters out of `alphabet`.
    pub fn chars(&mut self, alphabet: &str, n: usize) -> String {
        let all: Vec<char> = alphabet.chars().collect();
        (0..n)
            .map(|_| all[self.below(all.len() as u64) as usize])
            .collect()
    }

    /// Lower-case hexadecimal digits.
    pub fn hex(&mut self, n: usize) -> String {
        self.chars("0123456789abcdef", n)
    }

    /// Decimal digits, the first not zero.
    pub fn digits(&mut self, n: usize) -> String {
        self.chars("123456789", 1) + &self.chars("0123456789", n - 1)
    }

    /// A random UUID.
    pub fn uuid(&mut self) -> String {
        let groups = [8, 4, 4, 4, 12].map(|n| self.hex(n));
        groups.join("-")
    }
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const DAYS: [&str; 7] = [
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
    "Monday",
    "Tuesday",
    "Wednesday",
];

/// Year, month and day of a second.
pub fn civil(seconds: i64) -> (i64, i64, i64) {
    let z = seconds.div_euclid(DAY) + 719_468;
    let era = z.div_euclid(146_097);
    let doe = z.rem_euclid(146_097);
    let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let day = doy - (153 * mp + 2) / 5 + 1;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    (yoe + era * 400 + i64::from(month <= 2), month, day)
}

/// A second as `format` writes it: the usual letters of `strftime`, with `-` for no zero before.
pub fn date(format: &str, seconds: i64) -> String {
    let (year, month, day) = civil(seconds);
    let time = seconds.rem_euclid(DAY);
    let (hour, minute, second) = (time / 3600, time / 60 % 60, time % 60);
    let twelve = if hour % 12 == 0 { 12 } else { hour % 12 };
    let name = MONTHS[month as usize - 1];
    let weekday = DAYS[seconds.div_euclid(DAY).rem_euclid(7) as usize];
    let mut out = String::new();
    let mut chars = format.chars();
    while let Some(c) = chars.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        let mut letter = chars.next().unwrap_or('%');
        let flag = letter;
        if matches!(flag, '-' | '^') {
            letter = chars.next().unwrap_or('%');
        }
        let two = |n: i64| {
            if flag == '-' {
                n.to_string()
            } else {
                format!("{n:02}")
            }
        };
        let text = match letter {
            'Y' => year.to_string(),
            'y' => two(year % 100),
            'm' => two(month),
            'd' => two(day),
            'H' => two(hour),
            'I' => two(twelve),
            'M' => two(minute),
            'S' => two(second),
            'p' => (if hour < 12 { "AM" } else { "PM" }).to_owned(),
            'b' => name[..3].to_owned(),
            'B' => name.to_owned(),
            'a' => weekday[..3].to_owned(),
            'A' => weekday.to_owned(),
            other => other.to_string(),
        };
        out.push_str(&if flag == '^' {
            text.to_uppercase()
        } else {
            text
        });
    }
    out
}
