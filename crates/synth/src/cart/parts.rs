//! The trees as parts of a model file.

use serde::{Deserialize, Serialize};

use super::features::Bins;
use super::model::{Cart, ColumnTrees};
use super::params::Params;
use super::tree::{Branch, Node, Test, Tree};
use crate::encode::{ColumnEncoder, Encoder};
use crate::file::{Parts, Tensor, damaged};
use crate::{Model, Result};

/// Numbers of a stored node: feature, test, where it begins, left, right.
const FIELDS: usize = 5;
/// Levels of a slot at most: bins are 16 bits.
const MOST: usize = 60_000;

/// The trees' part of the manifest.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    /// Bins of the numeric slot of each column, 0 without one.
    bins: Vec<usize>,
    columns: Vec<Stored>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    column: usize,
    code: bool,
    number: bool,
}

fn name(column: usize, slot: &str, what: &str) -> String {
    format!("{slot}.{column}.{what}")
}

/// The parts of a model.
pub fn take_apart(model: &Cart) -> Parts {
    let mut parts = Parts::default();
    let encoder = model.encoder.store(&mut parts);
    for trees in &model.columns {
        for (slot, tree) in [("code", &trees.code), ("number", &trees.number)] {
            for (what, tensor) in tree.iter().flat_map(store) {
                (parts.tensors).insert(name(trees.column, slot, what), tensor);
            }
        }
    }
    let head = Head {
        bins: model.bins.iter().map(|b| b.numbers).collect(),
        columns: (model.columns.iter())
            .map(|t| Stored {
                column: t.column,
                code: t.code.is_some(),
                number: t.number.is_some(),
            })
            .collect(),
    };
    parts.head = serde_json::json!({ "encoder": encoder, "model": head });
    parts
}

fn store(tree: &Tree) -> [(&'static str, Tensor); 4] {
    let to = |branch: Branch| match branch {
        Branch::Node(i) => i64::from(i),
        Branch::Leaf(i) => -1 - i64::from(i),
    };
    let nodes: Vec<i64> = (tree.nodes.iter())
        .flat_map(|n| {
            let (kind, at) = match n.test {
                Test::Below(bin) => (0, i64::from(bin)),
                Test::Among(word) => (1, i64::from(word)),
            };
            [i64::from(n.feature), kind, at, to(n.to[0]), to(n.to[1])]
        })
        .collect();
    let entries: Vec<f32> = (tree.classes.iter().zip(&tree.rows))
        .flat_map(|(&class, &rows)| [f32::from(class), rows as f32])
        .collect();
    let whole = |v: Vec<i64>| Tensor::I64(vec![v.len()], v);
    [
        ("nodes", Tensor::I64(vec![tree.nodes.len(), FIELDS], nodes)),
        ("sets", whole(tree.sets.iter().map(|&w| w as i64).collect())),
        (
            "starts",
            whole(tree.starts.iter().map(|&s| i64::from(s)).collect()),
        ),
        ("entries", Tensor::F32(vec![tree.classes.len(), 2], entries)),
    ]
}

/// Rebuilds a model from its parts.
///
/// # Errors
/// `model/damaged` when they do not fit together.
pub(crate) fn from_parts(p: &Params, mut parts: Parts) -> Result<Box<dyn Model>> {
    let mut part = |name: &str| {
        (parts.head.get_mut(name))
            .map(serde_json::Value::take)
            .ok_or_else(damaged)
    };
    let (encoder, head) = (part("encoder")?, part("model")?);
    let head: Head = serde_json::from_value(head).map_err(|_| damaged())?;
    let encoder = Encoder::restore(encoder, &mut parts)?;
    let bins = bins(&encoder, &head.bins).ok_or_else(damaged)?;
    let mut seen = vec![false; encoder.columns.len()];
    let (mut shapes, mut columns) = (Vec::<usize>::new(), Vec::new());
    for stored in &head.columns {
        let at = stored.column;
        if seen.get(at) != Some(&false) {
            return Err(damaged());
        }
        seen[at] = true;
        let own = bins[at];
        let mut tree = |slot: &str, stored: bool, classes: usize| {
            if stored != (classes > 0) {
                return Err(damaged());
            }
            let take = |what: &str| parts.tensors.remove(&name(at, slot, what));
            (stored.then(|| restore(take, classes, &shapes).ok_or_else(damaged))).transpose()
        };
        columns.push(ColumnTrees {
            column: at,
            code: tree("code", stored.code, own.codes.max(1) - 1)?,
            number: tree("number", stored.number, own.numbers)?,
        });
        shapes.extend(own.shapes().map(|(bins, _)| bins));
    }
    if seen.contains(&false) {
        return Err(damaged());
    }
    Ok(Box::new(Cart::new(p, encoder, bins, columns)))
}

/// The bins of each column, from its encoder and the stored number.
fn bins(encoder: &Encoder, numbers: &[usize]) -> Option<Vec<Bins>> {
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

/// A tree over features with so many bins each.
fn restore(
    mut take: impl FnMut(&str) -> Option<Tensor>,
    classes: usize,
    shapes: &[usize],
) -> Option<Tree> {
    let mut whole = |what: &str| match take(what) {
        Some(Tensor::I64(_, v)) => Some(v),
        _ => None,
    };
    let (stored, sets, starts) = (whole("nodes")?, whole("sets")?, whole("starts")?);
    let Some(Tensor::F32(_, entries)) = take("entries") else {
        return None;
    };
    let mut tree = Tree {
        nodes: Vec::new(),
        sets: sets.iter().map(|&w| w as u64).collect(),
        starts: (starts.iter().map(|&s| u32::try_from(s).ok())).collect::<Option<_>>()?,
        classes: Vec::new(),
        rows: Vec::new(),
    };
    for entry in entries.chunks_exact(2) {
        let whole = |x: f32| (x >= 0.0 && x.fract() == 0.0 && x < 1e9).then_some(x as u32);
        let (class, rows) = (whole(entry[0])?, whole(entry[1])?);
        let before = tree.rows.last().copied().unwrap_or(0);
        if class as usize >= classes || rows <= before {
            return None;
        }
        tree.classes.push(class as u16);
        tree.rows.push(rows);
    }
    let leaves = tree.starts.len().checked_sub(1).filter(|&l| l > 0)? as u32;
    let fits = tree.starts[0] == 0
        && tree.starts.windows(2).all(|w| w[0] < w[1])
        && tree.starts[leaves as usize] as usize == tree.classes.len();
    if !fits || stored.len() % FIELDS != 0 {
        return None;
    }
    nodes(&mut tree, &stored, shapes, leaves)?;
    Some(tree)
}

/// Reads the nodes: each is below one that comes before it, and leaves are numbered from left to right.
fn nodes(tree: &mut Tree, stored: &[i64], shapes: &[usize], leaves: u32) -> Option<()> {
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
                (word.checked_add(bins.div_ceil(64))? <= tree.sets.len()).then_some(())?;
                Test::Among(u32::try_from(word).ok()?)
            }
            _ => return None,
        };
        let to = |to: i64| match u32::try_from(to) {
            Ok(i) if (i as usize) < count => Some(Branch::Node(i)),
            Ok(_) => None,
            Err(_) => Some(Branch::Leaf(u32::try_from(-1 - to).ok()?)),
        };
        tree.nodes.push(Node {
            feature: u32::try_from(feature).ok()?,
            test,
            to: [to(left)?, to(right)?],
            leaves: [0; 2],
        });
    }
    number(tree, leaves)
}

/// Checks that a walk from left to right meets each node and each leaf once, in order, and notes which
/// leaves are below each node.
fn number(tree: &mut Tree, leaves: u32) -> Option<()> {
    let (mut next_node, mut next_leaf) = (0_u32, 0_u32);
    let root = if tree.nodes.is_empty() {
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
            Branch::Node(i) if done => tree.nodes[i as usize].leaves[1] = next_leaf,
            Branch::Node(i) => {
                (i == next_node).then_some(())?;
                next_node += 1;
                let node = &mut tree.nodes[i as usize];
                node.leaves[0] = next_leaf;
                let to = node.to;
                open.extend([(at, true), (to[1], false), (to[0], false)]);
            }
        }
    }
    (next_leaf == leaves && next_node as usize == tree.nodes.len()).then_some(())
}
