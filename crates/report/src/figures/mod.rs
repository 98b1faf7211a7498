//! Figures as SVG: pure functions from data to a string, without a font, script or colour of
//! their own. Colours come from the classes in [`STYLE`], so a figure follows the page it stands
//! in, light or dark; [`standalone`] makes a file of its own out of one.
//!
//! All numbers are made finite before they are written: an attribute is never `NaN` or `inf`.

mod bars;
mod bullet;
mod grid;
mod heatmap;
mod histogram;
mod line;
mod risk;
mod svg;

pub use bars::{Bar, bars};
pub use bullet::{Bullet, Mark, bullet};
pub use grid::{Grids, grid};
pub use heatmap::{Heatmap, Scale, heatmap};
pub use histogram::{Bins, histogram};
pub use line::{Line, LineChart, Tone, line_chart};
pub use risk::risk;

/// The style rules of all figures; they read the page's colour variables.
pub const STYLE: &str = include_str!("../../templates/figures.css");

/// The colour variables, light and dark.
pub const COLOURS: &str = include_str!("../../templates/colours.css");

/// `figure` as a file of its own, with its style inside.
pub fn standalone(figure: &str) -> String {
    match figure.split_once('>') {
        Some((head, rest)) => {
            format!(
                "{head} xmlns=\"http://www.w3.org/2000/svg\"><style>{COLOURS}{STYLE}</style>{rest}"
            )
        }
        None => figure.to_owned(),
    }
}

#[cfg(test)]
pub(crate) mod check {
    //! What every figure must be.

    use quick_xml::Reader;
    use quick_xml::events::Event;

    /// Panics unless `svg` is well-formed XML with one root, a title, and finite numbers only;
    /// returns how many elements are called `name`.
    pub fn well_formed(svg: &str, name: &str) -> usize {
        let mut reader = Reader::from_str(svg);
        let (mut depth, mut roots, mut found, mut titles) = (0_i64, 0, 0, 0);
        loop {
            match reader.read_event().expect("not XML") {
                Event::Start(e) => {
                    roots += usize::from(depth == 0);
                    depth += 1;
                    attributes(&e);
                    found += usize::from(AsRef::<str>::as_ref(&e.name()) == name);
                    titles += usize::from(AsRef::<str>::as_ref(&e.name()) == "title");
                }
                Event::Empty(e) => {
                    attributes(&e);
                    found += usize::from(AsRef::<str>::as_ref(&e.name()) == name);
                }
                Event::End(_) => depth -= 1,
                Event::Eof => break,
                _ => {}
            }
        }
        assert_eq!((depth, roots), (0, 1));
        assert!(titles >= 1, "a figure needs a title");
        found
    }

    fn attributes(e: &quick_xml::events::BytesStart<'_>) {
        for a in e.attributes() {
            let a = a.expect("bad attribute");
            let value = a.value.as_ref();
            assert!(
                !value.contains("NaN") && !value.contains("inf"),
                "not finite: {value}"
            );
        }
    }
}
