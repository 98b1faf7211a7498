//! The few words of SVG that the figures speak.

use std::fmt::Write as _;

/// Text with the characters that XML reserves escaped, and those it forbids left out.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\t' | '\n' | '\r' => out.push(' '),
            c if c < ' ' || matches!(c, '\u{fffe}' | '\u{ffff}') => {}
            c => out.push(c),
        }
    }
    out
}

/// A coordinate with one decimal; what is not finite becomes 0.
pub fn at(x: f64) -> String {
    let x = if x.is_finite() {
        (x.clamp(-1e6, 1e6) * 10.0).round() / 10.0
    } else {
        0.0
    };
    format!("{}", x + 0.0)
}

/// An SVG under construction.
pub struct Svg(String);

impl Svg {
    /// Opens a figure of `width` by `height` with its title for screen readers.
    pub fn new(class: &str, width: f64, height: f64, title: &str) -> Svg {
        let mut s = String::with_capacity(1024);
        let _ = write!(
            s,
            "<svg class=\"fig {class}\" viewBox=\"0 0 {} {}\" role=\"img\"><title>{}</title>",
            at(width),
            at(height),
            escape(title)
        );
        Svg(s)
    }

    /// Bounds the width at which the figure is shown, in CSS pixels.
    pub fn at_most(mut self, width: f64) -> Svg {
        let style = format!(" style=\"max-width:{}px\" role=", at(width));
        self.0 = self.0.replacen(" role=", &style, 1);
        self
    }

    /// A rectangle.
    pub fn rect(&mut self, class: &str, x: f64, y: f64, w: f64, h: f64) -> &mut Svg {
        self.shape(class, x, y, w, h, "")
    }

    /// A rectangle with rounded corners.
    pub fn round(&mut self, class: &str, x: f64, y: f64, w: f64, h: f64, r: f64) -> &mut Svg {
        self.shape(class, x, y, w, h, &format!(" rx=\"{}\"", at(r)))
    }

    fn shape(&mut self, class: &str, x: f64, y: f64, w: f64, h: f64, more: &str) -> &mut Svg {
        let _ = write!(
            self.0,
            "<rect class=\"{class}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"{more}/>",
            at(x),
            at(y),
            at(w.max(0.0)),
            at(h.max(0.0))
        );
        self
    }

    /// A straight line.
    pub fn line(&mut self, class: &str, x1: f64, y1: f64, x2: f64, y2: f64) -> &mut Svg {
        let _ = write!(
            self.0,
            "<path class=\"{class}\" d=\"M{} {}L{} {}\"/>",
            at(x1),
            at(y1),
            at(x2),
            at(y2)
        );
        self
    }

    /// A path through `points`; nothing when there are none.
    pub fn path(&mut self, class: &str, points: &[(f64, f64)], closed: bool) -> &mut Svg {
        if points.is_empty() {
            return self;
        }
        let _ = write!(self.0, "<path class=\"{class}\" d=\"");
        for (i, (x, y)) in points.iter().enumerate() {
            let verb = if i == 0 { 'M' } else { 'L' };
            let _ = write!(self.0, "{verb}{} {}", at(*x), at(*y));
        }
        self.0.push_str(if closed { "Z\"/>" } else { "\"/>" });
        self
    }

    /// A circle.
    pub fn circle(&mut self, class: &str, x: f64, y: f64, r: f64) -> &mut Svg {
        let _ = write!(
            self.0,
            "<circle class=\"{class}\" cx=\"{}\" cy=\"{}\" r=\"{}\"/>",
            at(x),
            at(y),
            at(r)
        );
        self
    }

    /// Text; `class` also says how it is anchored (`mid`, `end`).
    pub fn text(&mut self, class: &str, x: f64, y: f64, text: &str) -> &mut Svg {
        let _ = write!(
            self.0,
            "<text class=\"{class}\" x=\"{}\" y=\"{}\">{}</text>",
            at(x),
            at(y),
            escape(text)
        );
        self
    }

    /// Anything else, already escaped.
    pub fn raw(&mut self, markup: &str) -> &mut Svg {
        self.0.push_str(markup);
        self
    }

    /// Closes the figure.
    pub fn finish(mut self) -> String {
        self.0.push_str("</svg>");
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coordinates_are_finite_and_short() {
        assert_eq!(at(f64::NAN), "0");
        assert_eq!(at(f64::INFINITY), "0");
        assert_eq!(at(-0.01), "0");
        assert_eq!(at(1.0 / 3.0), "0.3");
        assert_eq!(at(1e300), "1000000");
    }

    #[test]
    fn text_is_escaped_and_control_characters_go() {
        assert_eq!(
            escape("<a b=\"c\">&'\u{0}\u{8}\n"),
            "&lt;a b=&quot;c&quot;&gt;&amp;&#39; "
        );
    }
}
