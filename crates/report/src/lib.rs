//! Figures as SVG and the report page as HTML.
