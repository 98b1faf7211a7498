//! A finished tree: a walk from the root to a leaf, and the distribution there.

/// Where a branch leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Branch {
    /// To an inner node.
    Node(u32),
    /// To a leaf.
    Leaf(u32),
}

/// Which bins go left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Test {
    /// Those below.
    Below(u16),
    /// Those in the set of bits that begins at this word.
    Among(u32),
}

/// An inner node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Node {
    /// The feature that is tested.
    pub feature: u32,
    /// Which of its bins go left.
    pub test: Test,
    /// Left and right.
    pub to: [Branch; 2],
    /// The leaves below: they are numbered from left to right.
    pub leaves: [u32; 2],
}

/// The inner nodes of a tree. Without nodes it is one leaf.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Shape {
    /// Inner nodes; a node comes before those below it.
    pub nodes: Vec<Node>,
    /// Bits of the sets.
    pub sets: Vec<u64>,
}

impl Shape {
    /// Leaves: one more than nodes.
    pub fn leaves(&self) -> u32 {
        self.nodes.len() as u32 + 1
    }

    fn root(&self) -> Branch {
        if self.nodes.is_empty() {
            Branch::Leaf(0)
        } else {
            Branch::Node(0)
        }
    }

    /// True when a bin goes left.
    pub fn goes_left(&self, test: Test, bin: u16) -> bool {
        match test {
            Test::Below(at) => bin < at,
            Test::Among(word) => {
                let word = word as usize + usize::from(bin / 64);
                self.sets
                    .get(word)
                    .is_some_and(|w| w >> (bin % 64) & 1 == 1)
            }
        }
    }

    /// The leaf of a row whose bins `bin` gives; `path` gets the nodes on the way.
    pub fn leaf(&self, bin: impl Fn(u32) -> u16, path: &mut Vec<u32>) -> u32 {
        path.clear();
        let mut at = self.root();
        loop {
            match at {
                Branch::Leaf(leaf) => return leaf,
                Branch::Node(i) => {
                    path.push(i);
                    let node = &self.nodes[i as usize];
                    at = node.to[usize::from(!self.goes_left(node.test, bin(node.feature)))];
                }
            }
        }
    }

    /// The nodes from the root to leaf `leaf`, into `path`.
    pub fn path(&self, leaf: u32, path: &mut Vec<u32>) {
        path.clear();
        let mut at = self.root();
        while let Branch::Node(i) = at {
            path.push(i);
            let to = self.nodes[i as usize].to;
            let left_ends = match to[0] {
                Branch::Leaf(last) => last + 1,
                Branch::Node(below) => self.nodes[below as usize].leaves[1],
            };
            at = to[usize::from(leaf >= left_ends)];
        }
    }
}

/// How often each class occurs in each leaf.
#[derive(Debug, Clone, PartialEq)]
pub struct Shares {
    /// Where the classes of each leaf begin, and the end.
    pub starts: Vec<u32>,
    /// Classes, leaf by leaf, ascending in a leaf.
    pub classes: Vec<u16>,
    /// Rows so far, over all leaves, after each class.
    pub rows: Vec<u32>,
}

impl Shares {
    /// Counts classes; `leaves` gives the rows of each leaf in turn, `class` that of a row, if it has one.
    pub fn count<'a>(
        leaves: impl Iterator<Item = &'a [u32]>,
        classes: usize,
        class: impl Fn(u32) -> Option<u16>,
    ) -> Shares {
        let mut shares = Shares {
            starts: vec![0],
            classes: Vec::new(),
            rows: Vec::new(),
        };
        let (mut counts, mut seen) = (vec![0_u32; classes], Vec::new());
        let mut sum = 0;
        for rows in leaves {
            for class in rows.iter().filter_map(|&row| class(row)) {
                if counts[usize::from(class)] == 0 {
                    seen.push(class);
                }
                counts[usize::from(class)] += 1;
            }
            seen.sort_unstable();
            for class in seen.drain(..) {
                sum += std::mem::take(&mut counts[usize::from(class)]);
                shares.classes.push(class);
                shares.rows.push(sum);
            }
            shares.starts.push(shares.classes.len() as u32);
        }
        shares
    }

    /// Rows before leaf `leaf`.
    fn before(&self, leaf: u32) -> u32 {
        match self.starts[leaf as usize] {
            0 => 0,
            start => self.rows[start as usize - 1],
        }
    }

    /// Rows in the leaves `leaves[0]..leaves[1]`.
    pub fn weight(&self, leaves: [u32; 2]) -> u32 {
        self.before(leaves[1]) - self.before(leaves[0])
    }

    /// The leaf that holds the share `u` of the rows of `leaves`.
    pub fn among(&self, leaves: [u32; 2], u: f64) -> u32 {
        let row = self.before(leaves[0]) + (u * f64::from(self.weight(leaves))) as u32;
        let entry = self.rows.partition_point(|&r| r <= row) as u32;
        let leaf = self.starts.partition_point(|&s| s <= entry) as u32;
        (leaf.max(1) - 1).clamp(leaves[0], leaves[1] - 1)
    }

    /// Each class of leaf `leaf` with its rows, ascending.
    pub fn of(&self, leaf: u32) -> impl Iterator<Item = (u16, u32)> + '_ {
        let (start, end) = (self.starts[leaf as usize], self.starts[leaf as usize + 1]);
        let mut before = self.before(leaf);
        (start as usize..end as usize).map(move |entry| {
            let rows = self.rows[entry];
            (
                self.classes[entry],
                rows - std::mem::replace(&mut before, rows),
            )
        })
    }

    /// Into `sums`: rows times the weight of their class, summed up class by class of leaf `leaf`.
    pub fn sums(&self, leaf: u32, weights: &[f32], sums: &mut Vec<f64>) {
        sums.clear();
        let mut sum = 0.0;
        sums.extend(self.of(leaf).map(|(class, rows)| {
            sum += f64::from(rows) * f64::from(weights[usize::from(class)]);
            sum
        }));
    }

    /// As [`Shares::class`], where classes have the sums that [`Shares::sums`] gives.
    pub fn weighted(&self, leaf: u32, sums: &[f64], u: f64) -> (u16, f64) {
        let at = u * sums.last().copied().unwrap_or(0.0);
        let entry = sums
            .partition_point(|&s| s <= at)
            .min(sums.len().max(1) - 1);
        let low = if entry == 0 { 0.0 } else { sums[entry - 1] };
        let width = sums.get(entry).map_or(1.0, |s| s - low);
        let class = (self.classes).get(self.starts[leaf as usize] as usize + entry);
        let within = ((at - low) / width).clamp(0.0, 1.0 - 1e-9);
        (class.copied().unwrap_or(0), within)
    }

    /// The class at share `u` of leaf `leaf`, and where in the class's own share that lies.
    pub fn class(&self, leaf: u32, u: f64) -> (u16, f64) {
        let from = self.before(leaf);
        let all = f64::from(self.weight([leaf, leaf + 1]));
        let at = f64::from(from) + u * all;
        let (start, end) = (self.starts[leaf as usize], self.starts[leaf as usize + 1]);
        let own = &self.rows[start as usize..end as usize];
        let entry = own
            .partition_point(|&r| f64::from(r) <= at)
            .min(own.len().max(1) - 1);
        let low = if entry == 0 { from } else { own[entry - 1] };
        let width = f64::from(own.get(entry).map_or(1, |r| r - low).max(1));
        let class = self.classes.get(start as usize + entry).copied();
        (
            class.unwrap_or(0),
            ((at - f64::from(low)) / width).clamp(0.0, 1.0 - 1e-9),
        )
    }
}
