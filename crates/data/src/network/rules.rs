//! What a network must be like, so that everything here can run it. A description out of a file is judged before anything
//! is made from it.

use std::collections::HashSet;

use super::{ConvOp, Kind, Op};
use crate::limits::{LONGEST_NAME, product};

/// The kernels compute so many channels together: every convolution gives a multiple of it.
pub const CHANNELS: usize = 8;
/// The input is red, green and blue.
const RGB: usize = 3;
/// More than any network here has, and few enough that no sum of sizes leaves 32 bits.
const MOST_OPS: usize = 1000;
const MOST_CHANNELS: usize = 8192;
/// The most weights that all convolutions together may have: 256 MB as f32.
const MOST_WEIGHTS: usize = 64 << 20;

/// Why a list of ops is no network that can be run here.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NetworkProblem {
    #[error("its network has {0} steps, more than {most}", most = MOST_OPS)]
    TooLong(usize),
    #[error("its network has more than {most} weights", most = MOST_WEIGHTS)]
    TooLarge,
    #[error(
        "its network does not begin with a convolution of a picture and end with the mean of a ReLU6"
    )]
    Ends,
    #[error("a layer of its network has no name of its own: {0}")]
    Name(String),
    #[error("{name} has {channels} channels, not a multiple of {of} up to {most}", of = CHANNELS, most = MOST_CHANNELS)]
    Channels { name: String, channels: usize },
    #[error("{name} reads {inputs} channels, but is given {given}")]
    Inputs {
        name: String,
        inputs: usize,
        given: usize,
    },
    #[error("there is nothing here that computes the convolution {0}")]
    Conv(String),
    #[error("step {0} of its network adds what does not fit")]
    Add(usize),
}

/// Whether every executor can run these ops.
pub fn check(ops: &[Op]) -> Result<(), NetworkProblem> {
    if ops.len() > MOST_OPS {
        return Err(NetworkProblem::TooLong(ops.len()));
    }
    let [Op::Conv(first), .., Op::Conv(last), Op::MeanPool] = ops else {
        return Err(NetworkProblem::Ends);
    };
    if first.inputs != RGB || !first.is_relu6() || !last.is_relu6() {
        return Err(NetworkProblem::Ends);
    }
    let mut names = Names::default();
    let mut weights = 0_usize;
    let (mut given, mut halvings, mut values) = (RGB, 0_usize, vec![(RGB, 0)]);
    // Results that an addition took over.
    let mut taken = HashSet::new();
    for (i, op) in ops.iter().enumerate() {
        match op {
            Op::Conv(conv) => {
                names.take(conv, i)?;
                shape(conv, given, i == 0)?;
                given = conv.outputs;
                halvings += usize::from(conv.stride > 1);
                let more = product(&conv.shape()).ok_or(NetworkProblem::TooLarge)?;
                weights = weights.saturating_add(more);
                if weights > MOST_WEIGHTS {
                    return Err(NetworkProblem::TooLarge);
                }
            }
            Op::Add { from } => {
                // A value of the same size, which entered the block or is of it, added to a matrix's result.
                let linear = matches!(&ops[i - 1], Op::Conv(conv) if conv.kind() == Kind::Dense && !conv.is_relu6());
                let fits = values.get(*from) == Some(&(given, halvings));
                taken.insert(i);
                if !linear || !fits || *from < names.block || taken.contains(from) {
                    return Err(NetworkProblem::Add(i));
                }
            }
            Op::MeanPool if i + 1 < ops.len() => return Err(NetworkProblem::Ends),
            Op::MeanPool => {}
        }
        values.push((given, halvings));
    }
    Ok(())
}

/// The names so far.
#[derive(Default)]
struct Names<'a> {
    layers: HashSet<&'a str>,
    blocks: HashSet<&'a str>,
    /// The block under way, and the op that it begins with.
    now: &'a str,
    block: usize,
}

impl<'a> Names<'a> {
    fn take(&mut self, conv: &'a ConvOp, op: usize) -> Result<(), NetworkProblem> {
        let wrong = || NetworkProblem::Name(crate::limits::shortened(&conv.name));
        let plain = |c: u8| c.is_ascii_alphanumeric() || b"._-".contains(&c);
        let is_name = (1..=LONGEST_NAME).contains(&conv.name.len()) && conv.name.bytes().all(plain);
        if !is_name || !self.layers.insert(&conv.name) {
            return Err(wrong());
        }
        if op == 0 || self.now != conv.block() {
            (self.now, self.block) = (conv.block(), op);
            // A block that was left does not come again.
            if !self.blocks.insert(conv.block()) {
                return Err(wrong());
            }
        }
        Ok(())
    }
}

fn shape(conv: &ConvOp, given: usize, first: bool) -> Result<(), NetworkProblem> {
    let name = || conv.name.clone();
    if !conv.outputs.is_multiple_of(CHANNELS) || !(1..=MOST_CHANNELS).contains(&conv.outputs) {
        let channels = conv.outputs;
        return Err(NetworkProblem::Channels {
            name: name(),
            channels,
        });
    }
    if conv.inputs != given {
        let inputs = conv.inputs;
        return Err(NetworkProblem::Inputs {
            name: name(),
            inputs,
            given,
        });
    }
    let size = (conv.kernel, conv.stride);
    let known = match (first, conv.groups) {
        (true, 1) => matches!(size, (3 | 5, 1 | 2)),
        (false, 1) => size == (1, 1),
        (false, groups) => {
            let alone = groups == conv.inputs && groups == conv.outputs;
            alone && matches!(size, (3 | 5, 1 | 2)) && conv.is_relu6()
        }
        (true, _) => false,
    };
    match known {
        true => Ok(()),
        false => Err(NetworkProblem::Conv(name())),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Activation, Network, lite};
    use super::*;

    fn ops() -> Vec<Op> {
        let lite0 = lite::published("efficientnet-lite0").expect("it is in the table");
        lite0.ops().to_vec()
    }

    /// Lite0 with one convolution changed.
    fn with(i: usize, change: impl FnOnce(&mut ConvOp)) -> Result<(), NetworkProblem> {
        let mut ops = ops();
        let Op::Conv(conv) = &mut ops[i] else {
            panic!("op {i} is no convolution")
        };
        change(conv);
        Network::new(ops).map(|_| ())
    }

    #[test]
    fn what_no_executor_runs_is_refused_by_name() {
        assert_eq!(with(0, |_| {}), Ok(()));
        for (i, change) in [
            (0, (|conv| conv.inputs = 4) as fn(&mut ConvOp)),
            (0, |conv| conv.kernel = 7),
            (0, |conv| conv.activation = Activation::Linear),
            (1, |conv| conv.kernel = 4),
            (1, |conv| conv.stride = 3),
            (1, |conv| conv.groups = 0),
            (1, |conv| conv.groups = 16),
            (1, |conv| conv.activation = Activation::Linear),
            (2, |conv| conv.kernel = 3),
            (2, |conv| conv.stride = 2),
            (2, |conv| conv.outputs = 20),
            (2, |conv| conv.outputs = 0),
            (2, |conv| conv.outputs = 1 << 40),
            (2, |conv| conv.outputs = 24),
            (2, |conv| conv.inputs = 8),
            (2, |conv| conv.name = "stem".into()),
            (2, |conv| conv.name = String::new()),
            (2, |conv| conv.name = "blocks.0.pro ject".into()),
            // The block of the first convolution once more.
            (2, |conv| conv.name = "stem.more".into()),
        ] {
            let refused = with(i, change);
            assert!(refused.is_err(), "op {i}: {:?}", refused);
        }
        let channels = with(2, |conv| conv.outputs = 20).expect_err("20 is no multiple of 8");
        assert_eq!(
            channels.to_string(),
            "blocks.0.project has 20 channels, not a multiple of 8 up to 8192"
        );
    }

    #[test]
    fn additions_stay_in_their_block_and_fit() {
        let at = ops().iter().position(|op| matches!(op, Op::Add { .. }));
        let at = at.expect("Lite0 has additions");
        let adding = |from: usize| {
            let mut ops = ops();
            ops[at] = Op::Add { from };
            Network::new(ops).map(|_| ())
        };
        assert_eq!(adding(at - 3), Ok(()));
        // Itself, what it is added to, wider ones, those of other blocks, and what comes later.
        let refused = (0..ops().len() + 2).filter(|from| adding(*from).is_err());
        let allowed: Vec<usize> = (0..ops().len() + 2)
            .filter(|from| !refused.clone().any(|refused| refused == *from))
            .collect();
        assert_eq!(allowed, [at - 3]);
        let mut twice = ops();
        twice.insert(at, Op::Add { from: at - 3 });
        assert!(
            Network::new(twice).is_err(),
            "only a matrix's result is added to"
        );
    }

    #[test]
    fn a_network_has_both_ends_and_a_limit() {
        assert_eq!(Network::new(Vec::new()), Err(NetworkProblem::Ends));
        assert_eq!(
            Network::new(vec![Op::MeanPool; 3]),
            Err(NetworkProblem::Ends)
        );
        let mut ops = ops();
        ops.insert(5, Op::MeanPool);
        assert_eq!(Network::new(ops.clone()), Err(NetworkProblem::Ends));
        ops.resize(2000, Op::MeanPool);
        assert_eq!(Network::new(ops), Err(NetworkProblem::TooLong(2000)));
    }
}
