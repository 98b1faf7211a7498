//! Coefficients as people write them: short decimals, and fractions of small numbers.

use crate::threshold::shortest;

/// Largest denominators of fractions beside decimals of three or four digits, and of five and more.
const DENOMINATORS: [i32; 2] = [12, 100];

/// The simplest number in a range; 0 where that lies in it.
pub(crate) fn simple(low: f64, high: f64) -> f64 {
    let decimal = match (low > 0.0, high < 0.0) {
        (true, _) => shortest(low, high),
        (_, true) => -shortest(-high, -low),
        _ => return 0.0,
    };
    let most = match digits(decimal) {
        0..=2 => return decimal,
        3..=4 => DENOMINATORS[0],
        _ => DENOMINATORS[1],
    };
    let fraction = (2..=most).find_map(|q| {
        let q = f64::from(q);
        let p = (0.5 * (low + high) * q).round();
        (p / q >= low && p / q <= high).then_some(p / q)
    });
    fraction.unwrap_or(decimal)
}

/// True for a number of one digit, and for a whole number's reciprocal: thousandths, sixtieths.
pub(crate) fn is_plain(x: f64) -> bool {
    let whole = 1.0 / x;
    digits(x) == 1 || (whole - whole.round()).abs() <= 1e-9 * whole.abs()
}

/// How many digits a number has, zeros at its ends left out.
fn digits(x: f64) -> usize {
    let text = format!("{:e}", x.abs());
    let mantissa = text.split('e').next().unwrap_or_default();
    mantissa.chars().filter(char::is_ascii_digit).count()
}

/// The number in words: a fraction where its decimals do not end.
pub(crate) fn spoken(x: f64) -> String {
    let is_fraction = |q: &i32| {
        let p = x * f64::from(*q);
        p.fract() == 0.0 || (p - p.round()).abs() <= f64::EPSILON * p.abs()
    };
    match (2..=DENOMINATORS[1]).find(is_fraction) {
        Some(q) if digits(x) > 4 => format!("{}/{q}", (x * f64::from(q)).round()),
        _ => x.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coefficients_are_simple() {
        assert_eq!(simple(1.79, 1.82), 1.8);
        assert_eq!(simple(-0.335, -0.332), -1.0 / 3.0);
        assert_eq!(simple(0.666_6, 0.666_7), 2.0 / 3.0);
        assert_eq!(simple(0.027_777_77, 0.027_777_79), 1.0 / 36.0);
        assert_eq!(simple(2.539_9, 2.540_1), 2.54);
        assert_eq!(simple(-0.1, 0.2), 0.0);
        assert_eq!(
            [0.001, 1.0 / 60.0, 0.02, 0.0098].map(is_plain),
            [true, true, true, false]
        );
        assert_eq!((digits(1_200.0), digits(0.05), digits(1.25)), (2, 1, 3));
    }

    #[test]
    fn fractions_are_said_where_decimals_do_not_end() {
        let said = [0.5, -2.0 / 3.0, 1.0 / 36.0, 0.453_592_37, 1_000.0].map(spoken);
        assert_eq!(said, ["0.5", "-2/3", "1/36", "0.45359237", "1000"]);
    }
}
