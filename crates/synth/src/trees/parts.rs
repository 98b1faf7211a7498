//! Trees as tensors of a model file. What is read back is checked through: a walk through a restored
//! tree ends in a leaf, and each leaf has a distribution.

use super::features::Bins;
use super::tree::{Branch, Node, Shape, Shares, Test};
use crate::encode::{ColumnEncoder, Encoder};
use crate::parts::Tensor;

/// Numbers of a stored node: feature, test, where it begins, left, right.
const FIELDS: usize = 5;
/// Levels of a slot at most: bins are 16 bits.
const MOST: usize = 60_000;

/// The nodes of a tree as tensors.
pub fn store_shape(shape: &Shape) -> [(&'static str, Tensor); 2] {
    let to = |branch: Branch| match branch {
        Branch::Node(i) => i64::from(i),
        Branch::Leaf(i) => -1 - i64::from(i),
    };
    let nodes: Vec<i64> = (shape.nodes.iter())
        .flat_map(|n| {
            let (kind, at) = match n.test {
                Test::Below(bin) => (0, i64::from(bin)),
                Test::Among(word) => (1, i64::from(word)),
            };
            [i64::from(n.feature), kind, at, to(n.to[0]), to(n.to[1])]
        })
        .collect();
    let sets: Vec<i64> = shape.sets.iter().map(|&w| w as i64).collect();
    [
        ("nodes", Tensor::I64(vec![shape.nodes.len(), FIELDS], nodes)),
        ("sets", Tensor::I64(vec![sets.len()], sets)),
    ]
}

/// The distributions of its leaves as tensors.
pub fn store_shares(shares: &Shares) -> [(&'static str, Tensor); 2] {
    let entries: Vec<f32> = (shares.classes.iter().zip(&shares.rows))
        .flat_map(|(&class, &rows)| [f32::from(class), rows as f32])
        .collect();
    let starts: Vec<i64> = shares.starts.iter().map(|&s| i64::from(s)).collect();
    [
        ("starts", Tensor::I64(vec![starts.len()], starts)),
        (
            "entries",
            Tensor::F32(vec![shares.classes.len(), 2], entries),
        ),
    ]
}

/// The bins of each column, from its encoder and the stored number.
pub fn bins(encoder: &Encoder, numbers: &[usize]) -> Option<Vec<Bins>> {
    let fits = numbers.len() == encoder.columns.len()
        && encoder.levels.iter().all(|&l| l <= MOST)
        && (numbers.iter().zip(&encoder.number_slot))
            .all(|(&n, slot)| (n > 0) == slot.is_some() && n <= MOST);
    fits.then(|| {
        (0..numbers.len())
            .map(|i| Bins {
                codes: encoder.code_slot[i].map_or(0, |slot| encoder.levels[slot] + 1),
                ordered: matches!(encoder.columns[i], ColumnEncoder::Discrete { .. }),
                numbers: numbers[i],
            })
            .collect()
    })
}

fn whole(tensor: Option<Tensor>) -> Option<Vec<i64>> {
    match tensor {
        Some(Tensor::I64(_, v)) => Some(v),
        _ => None,
    }
}

/// The distributions of `leaves` leaves over so many classes.
pub fn restore_shares(
    mut take: impl FnMut(&str) -> Option<Tensor>,
    classes: usize,
    leaves: u32,
) -> Option<Shares> {
    let starts = whole(take("starts"))?;
    let Some(Tensor::F32(_, entries)) = take("entries") else {
        return None;
    };
    let mut shares = Shares {
        starts: (starts.iter().map(|&s| u32::try_from(s).ok())).collect::<Option<_>>()?,
        classes: Vec::new(),
        rows: Vec::new(),
    };
    for entry in entries.chunks_exact(2) {
        let whole = |x: f32| (x >= 0.0 && x.fract() == 0.0 && x < 1e9).then_some(x as u32);
        let (class, rows) = (whole(entry[0])?, whole(entry[1])?);
        let before = shares.rows.last().copied().unwrap_or(0);
        if class as usize >= classes || rows <= before {
            return None;
        }
        shares.classes.push(class as u16);
        shares.rows.push(rows);
    }
    let fits = shares.starts.len() == leaves as usize + 1
        && shares.starts[0] == 0
        && shares.starts.windows(2).all(|w| w[0] <= w[1])
        && shares.starts[leaves as usize] as usize == shares.classes.len();
    fits.then_some(shares)
}

/// A tree over features with so many bins each. A node is below one that comes before it, and leaves are
/// numbered from left to right.
pub fn restore_shape(
    mut take: impl FnMut(&str) -> Option<Tensor>,
    shapes: &[usize],
) -> Option<Shape> {
    let (stored, sets) = (whole(take("nodes"))?, whole(take("sets"))?);
    let mut shape = Shape {
        nodes: Vec::new(),
        sets: sets.iter().map(|&w| w as u64).collect(),
    };
    if stored.len() % FIELDS != 0 {
        return None;
    }
    let count = stored.len() / FIELDS;
    for fields in stored.chunks_exact(FIELDS) {
        let [feature, kind, at, left, right] = *fields else {
            return None;
        };
        let bins = *shapes.get(usize::try_from(feature).ok()?)?;
        let test = match kind {
            0 => Test::Below(u16::try_from(at).ok()?),
            1 => {
                let word = usize::try_from(at).ok()?;
                (word.checked_add(bins.div_ceil(64))? <= shape.sets.len()).then_some(())?;
                Test::Among(u32::try_from(word).ok()?)
            }
            _ => return None,
        };
        let to = |to: i64| match u32::try_from(to) {
            Ok(i) if (i as usize) < count => Some(Branch::Node(i)),
            Ok(_) => None,
            Err(_) => Some(Branch::Leaf(u32::try_from(-1 - to).ok()?)),
        };
        shape.nodes.push(Node {
            feature: u32::try_from(feature).ok()?,
            test,
            to: [to(left)?, to(right)?],
            leaves: [0; 2],
        });
    }
    number(&mut shape)?;
    Some(shape)
}

/// Checks that a walk from left to right meets each node and each leaf once, in order, and notes which
/// leaves are below each node.
fn number(shape: &mut Shape) -> Option<()> {
    let (mut next_node, mut next_leaf) = (0_u32, 0_u32);
    let root = if shape.nodes.is_empty() {
        Branch::Leaf(0)
    } else {
        Branch::Node(0)
    };
    // A node is opened, then closed once all below it is done.
    let mut open = vec![(root, false)];
    while let Some((at, done)) = open.pop() {
        match at {
            Branch::Leaf(i) => {
                (i == next_leaf).then_some(())?;
                next_leaf += 1;
            }
            Branch::Node(i) if done => shape.nodes[i as usize].leaves[1] = next_leaf,
            Branch::Node(i) => {
                (i == next_node).then_some(())?;
                next_node += 1;
                let node = &mut shape.nodes[i as usize];
                node.leaves[0] = next_leaf;
                let to = node.to;
                open.extend([(at, true), (to[1], false), (to[0], false)]);
            }
        }
    }
    (next_leaf == shape.leaves() && next_node as usize == shape.nodes.len()).then_some(())
}
