//! Which parameters of a method a search goes through: their ranges, and how values lie in them.

/// A parameter between two values.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Dimension {
    /// Parameter.
    pub name: &'static str,
    /// Least value.
    pub low: f64,
    /// Greatest value.
    pub high: f64,
    /// How values lie between them.
    pub scale: Scale,
}

/// How values lie between the ends, and how they are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    /// Any number.
    Linear,
    /// Any positive number, by ratio.
    Log,
    /// Whole numbers.
    Whole,
    /// Whole numbers, by ratio.
    Count,
    /// Powers of two, by ratio.
    Power,
    /// Multiples of 32, by ratio.
    Width,
}

pub(crate) const fn dimension(name: &'static str, low: f64, high: f64, scale: Scale) -> Dimension {
    Dimension {
        name,
        low,
        high,
        scale,
    }
}

impl Dimension {
    fn is_ratio(&self) -> bool {
        !matches!(self.scale, Scale::Linear | Scale::Whole)
    }

    /// From a value to the line that is searched.
    pub fn inner(&self, x: f64) -> f64 {
        if self.is_ratio() { x.ln() } else { x }
    }

    /// From that line to a value as users write it.
    pub fn text(&self, u: f64) -> String {
        let x = if self.is_ratio() { u.exp() } else { u };
        match self.scale {
            Scale::Linear => format!("{}", (x * 1000.0).round() / 1000.0),
            Scale::Log => format!("{}", (x * 1e6).round() / 1e6),
            Scale::Whole | Scale::Count => format!("{}", x.round()),
            Scale::Power => format!("{}", x.log2().round().exp2()),
            Scale::Width => format!("{}", (x / 32.0).round().max(1.0) * 32.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_written_on_their_scale() {
        let said = |scale, x: f64| {
            let of = dimension("x", 1.0, 1000.0, scale);
            of.text(of.inner(x))
        };
        assert_eq!(said(Scale::Linear, 0.12345), "0.123");
        assert_eq!(said(Scale::Log, 0.001_234_567), "0.001235");
        assert_eq!(said(Scale::Whole, 2.6), "3");
        assert_eq!(said(Scale::Count, 41.2), "41");
        assert_eq!(said(Scale::Power, 100.0), "128");
        assert_eq!(said(Scale::Width, 100.0), "96");
        assert_eq!(said(Scale::Width, 1.0), "32");
    }
}
