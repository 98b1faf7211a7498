//! Matrix products on row-major slices: the only door to the `gemm` crate.

/// A row-major matrix view, or its transpose.
#[derive(Clone, Copy)]
pub(super) struct Mat<'a> {
    data: &'a [f32],
    pub(super) rows: usize,
    pub(super) cols: usize,
    row_stride: isize,
    col_stride: isize,
}

impl<'a> Mat<'a> {
    /// The first `rows * cols` values of `data`, row by row.
    pub(super) fn new(data: &'a [f32], rows: usize, cols: usize) -> Mat<'a> {
        Mat {
            data: &data[..rows * cols],
            rows,
            cols,
            row_stride: cols as isize,
            col_stride: 1,
        }
    }

    /// The transpose.
    pub(super) fn t(self) -> Mat<'a> {
        Mat {
            rows: self.cols,
            cols: self.rows,
            row_stride: self.col_stride,
            col_stride: self.row_stride,
            ..self
        }
    }
}

/// `out = a b`, or `out += a b` when `add`; `out` is row-major, `a.rows x b.cols`.
#[allow(unsafe_code)]
pub(super) fn product(out: &mut [f32], a: Mat<'_>, b: Mat<'_>, add: bool) {
    assert_eq!(a.cols, b.rows);
    let (m, n, k) = (a.rows, b.cols, a.cols);
    let out = &mut out[..m * n];
    if m == 0 || n == 0 {
        return;
    }
    if k == 0 {
        if !add {
            out.fill(0.0);
        }
        return;
    }
    // SAFETY: each pointer comes from a slice whose length is the product of the two sizes it is
    // read or written with (checked above and in `Mat::new`), strides address exactly those
    // elements, and `out` is borrowed mutably, so it overlaps neither operand.
    unsafe {
        ::gemm::gemm(
            m,
            n,
            k,
            out.as_mut_ptr(),
            1,
            n as isize,
            add,
            a.data.as_ptr(),
            a.col_stride,
            a.row_stride,
            b.data.as_ptr(),
            b.col_stride,
            b.row_stride,
            1.0,
            1.0,
            false,
            false,
            false,
            ::gemm::Parallelism::None,
        );
    }
}
