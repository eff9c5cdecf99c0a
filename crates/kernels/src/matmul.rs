//! Matrix products of any shape and orientation, one thread. Training needs three a layer, with
//! weights that change at every step, so packing them as [`crate::pointwise`] does would not pay.

/// A matrix inside a slice, rows one after the other, or its transpose.
#[derive(Debug, Clone, Copy)]
pub struct Matrix<'a> {
    values: &'a [f32],
    rows: usize,
    columns: usize,
    /// From one row to the next, and from one column to the next.
    steps: [usize; 2],
}

impl<'a> Matrix<'a> {
    /// Of `columns` columns, row by row.
    pub fn new(values: &'a [f32], columns: usize) -> Self {
        assert!(
            columns > 0 && values.len().is_multiple_of(columns),
            "{} values fill no rows of {columns}",
            values.len()
        );
        Self {
            values,
            rows: values.len() / columns,
            columns,
            steps: [columns, 1],
        }
    }

    pub fn transposed(self) -> Self {
        Self {
            rows: self.columns,
            columns: self.rows,
            steps: [self.steps[1], self.steps[0]],
            ..self
        }
    }
}

/// `a b`, row by row.
pub fn product(a: Matrix, b: Matrix) -> Vec<f32> {
    assert_eq!(a.columns, b.rows, "the inner sides differ");
    let mut out = vec![0.0; a.rows * b.columns];
    let step = |steps: usize| steps as isize;
    // SAFETY: `Matrix::new` makes sure that rows × columns lie inside the values, transposing keeps
    // them there, and `out` was made for the product.
    unsafe {
        gemm::gemm(
            a.rows,
            b.columns,
            a.columns,
            out.as_mut_ptr(),
            1,
            step(b.columns),
            false,
            a.values.as_ptr(),
            step(a.steps[1]),
            step(a.steps[0]),
            b.values.as_ptr(),
            step(b.steps[1]),
            step(b.steps[0]),
            0.0,
            1.0,
            false,
            false,
            false,
            gemm::Parallelism::None,
        );
    }
    out
}
