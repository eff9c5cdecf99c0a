//! The best head in the space of the samples, by L-BFGS, in portions.

use kernels::LANES;
use kernels::linear;
use kernels::pointwise::Pointwise;

use super::{packed, rows};
use crate::curvature::{Memory, Turn, Vector, dot};

/// What is minimised, over the coefficients of the samples in the weights.
pub struct Problem {
    n: usize,
    classes: usize,
    /// Classes rounded up: what a kernel computes at once.
    lanes: usize,
    /// `[n, n]`
    kernel: Vec<f32>,
    labels: Vec<usize>,
    l2: f64,
}

/// Coefficients and bias, or a direction or gradient of them. Its inner product is that of the weights.
#[derive(Clone, Default)]
pub struct Point {
    /// `[n, lanes]`
    pub coefficients: Vec<f32>,
    /// Kernel × coefficients: of the head's own, the logits without the bias.
    image: Vec<f32>,
    /// `[lanes]`
    pub bias: Vec<f32>,
}

impl Point {
    fn minus(&self, other: &Self) -> Self {
        let mut difference = self.clone();
        difference.add(-1.0, other);
        difference
    }
}

impl Vector for Point {
    fn dot(&self, other: &Self) -> f64 {
        dot(&self.coefficients, &other.image) + dot(&self.bias, &other.bias)
    }

    fn add(&mut self, factor: f64, other: &Self) {
        let factor = factor as f32;
        linear::add(&mut self.coefficients, factor, &other.coefficients);
        linear::add(&mut self.image, factor, &other.image);
        linear::add(&mut self.bias, factor, &other.bias);
    }

    fn scale(&mut self, factor: f64) {
        let factor = factor as f32;
        for part in [&mut self.coefficients, &mut self.image, &mut self.bias] {
            part.iter_mut().for_each(|v| *v *= factor);
        }
    }

    fn len(&self) -> usize {
        2 * self.coefficients.len()
    }
}

/// Steps that L-BFGS remembers.
pub const MEMORY: usize = 8;
const STEPS: usize = 100;
/// The gradient's length, of what it was at the start, at which the optimum is found.
const ENOUGH: f64 = 1e-3;

impl Problem {
    pub fn new(kernel: Vec<f32>, labels: Vec<usize>, classes: usize, l2: f64) -> Self {
        Self {
            n: labels.len(),
            classes,
            lanes: classes.next_multiple_of(LANES),
            kernel,
            labels,
            l2,
        }
    }

    fn zero(&self) -> Point {
        Point {
            coefficients: vec![0.0; self.n * self.lanes],
            image: vec![0.0; self.n * self.lanes],
            bias: vec![0.0; self.lanes],
        }
    }

    /// The objective, and softmax minus truth over `n`, `[n, lanes]`.
    fn loss(&self, at: &Point) -> (f64, Vec<f32>) {
        let mut loss = 0.0;
        let mut errors = vec![0.0; self.n * self.lanes];
        let rows = at.image.chunks_exact(self.lanes).zip(&self.labels);
        for ((row, label), errors) in rows.zip(errors.chunks_exact_mut(self.lanes)) {
            let errors = &mut errors[..self.classes];
            let logits = row.iter().zip(&at.bias).map(|(image, bias)| image + bias);
            errors.iter_mut().zip(logits).for_each(|(e, l)| *e = l);
            let max = errors.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            let of_label = errors[*label];
            errors.iter_mut().for_each(|e| *e = (*e - max).exp());
            let sum: f32 = errors.iter().sum();
            loss += f64::from(sum.ln() + max - of_label);
            errors.iter_mut().for_each(|e| *e /= sum);
            errors[*label] -= 1.0;
            errors.iter_mut().for_each(|e| *e /= self.n as f32);
        }
        let penalty = self.l2 / (2.0 * self.n as f64) * dot(&at.coefficients, &at.image);
        (loss / self.n as f64 + penalty, errors)
    }
}

/// The gradient at a point, while its image is computed.
struct Slope {
    at: Point,
    loss: f64,
    gradient: Point,
    /// Its coefficients, turned for the product.
    packed: Pointwise,
    /// Rows of the image that are there.
    rows: usize,
}

impl Slope {
    fn new(problem: &Problem, at: Point, loss: f64, errors: Vec<f32>) -> Self {
        let (n, lanes) = (problem.n, problem.lanes);
        let mut bias = vec![0.0; lanes];
        let all = errors.chunks_exact(lanes);
        all.for_each(|row| linear::add(&mut bias, 1.0, row));
        let mut coefficients = errors;
        linear::add(
            &mut coefficients,
            (problem.l2 / n as f64) as f32,
            &at.coefficients,
        );
        // [n, lanes] -> [lanes, n]
        let mut turned = vec![0.0; n * lanes];
        for (sample, row) in coefficients.chunks_exact(lanes).enumerate() {
            let column = turned[sample..].iter_mut().step_by(n);
            column.zip(row).for_each(|(to, s)| *to = *s);
        }
        Self {
            at,
            loss,
            packed: packed(&turned, lanes),
            gradient: Point {
                coefficients,
                image: vec![0.0; n * lanes],
                bias,
            },
            rows: 0,
        }
    }

    /// Some more rows of the image; true when all are there.
    fn advance(&mut self, problem: &Problem) -> bool {
        let (n, lanes) = (problem.n, problem.lanes);
        let until = (self.rows + rows(n * lanes)).min(n);
        let kernel = &problem.kernel[self.rows * n..until * n];
        let image = &mut self.gradient.image[self.rows * lanes..until * lanes];
        let places: Vec<u32> = (0..(until - self.rows) as u32).collect();
        self.packed.run(kernel, None, image, &places);
        self.rows = until;
        until == n
    }
}

/// A problem on the way to its solution.
pub struct Solving {
    problem: Problem,
    at: Point,
    loss: f64,
    gradient: Point,
    /// The gradient's square at the start; none before it is known.
    start: Option<f64>,
    memory: Memory<Point>,
    steps: usize,
    stage: Stage,
}

enum Stage {
    Slope(Box<Slope>),
    Turn(Turn<Point>),
    /// Before the first step, and when there is none any more.
    Rest,
}

impl Solving {
    pub fn new(problem: Problem) -> Self {
        let zero = problem.zero();
        let (loss, errors) = problem.loss(&zero);
        let slope = Slope::new(&problem, zero, loss, errors);
        Self {
            problem,
            at: Point::default(),
            loss,
            gradient: Point::default(),
            start: None,
            memory: Memory::new(MEMORY),
            steps: 0,
            stage: Stage::Slope(Box::new(slope)),
        }
    }

    /// A portion of the work; the solution, when it is found.
    pub fn advance(&mut self) -> Option<Point> {
        match std::mem::replace(&mut self.stage, Stage::Rest) {
            Stage::Slope(mut slope) => {
                match slope.advance(&self.problem) {
                    true => self.arrive(*slope),
                    false => self.stage = Stage::Slope(slope),
                }
                None
            }
            Stage::Turn(mut turn) => {
                match turn.advance(&self.memory) {
                    true => return self.set_out(&turn.direction()),
                    false => self.stage = Stage::Turn(turn),
                }
                None
            }
            Stage::Rest => Some(std::mem::take(&mut self.at)),
        }
    }

    /// The slope at a lower point is known.
    fn arrive(&mut self, slope: Slope) {
        let Slope {
            at, loss, gradient, ..
        } = slope;
        if self.start.is_some() {
            let (step, change) = (at.minus(&self.at), gradient.minus(&self.gradient));
            self.memory.remember(step, change);
            self.steps += 1;
        }
        (self.at, self.loss, self.gradient) = (at, loss, gradient);
        let square = self.gradient.dot(&self.gradient);
        let start = *self.start.get_or_insert(square);
        if self.steps < STEPS && square > ENOUGH * ENOUGH * start {
            self.stage = Stage::Turn(Turn::new(self.gradient.clone()));
        }
    }

    /// Goes as far in a direction as is worth it; the solution, where nothing is.
    fn set_out(&mut self, direction: &Point) -> Option<Point> {
        let slope = self.gradient.dot(direction);
        let start = self.start.unwrap_or(1.0);
        // Halved until it is worth it (Armijo 1966). Without images to compute, a try is cheap.
        let mut step = match self.memory.is_empty() {
            true => 1.0 / start.sqrt().max(1.0),
            false => 1.0,
        };
        while step >= 1e-10 {
            let mut to = self.at.clone();
            to.add(step, direction);
            let (lower, errors) = self.problem.loss(&to);
            if lower <= self.loss + 1e-4 * step * slope {
                let slope = Slope::new(&self.problem, to, lower, errors);
                self.stage = Stage::Slope(Box::new(slope));
                return None;
            }
            step *= 0.5;
        }
        // As low as f32 goes.
        Some(std::mem::take(&mut self.at))
    }
}
