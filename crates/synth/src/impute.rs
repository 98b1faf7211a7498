//! Multiple imputation by chained equations with trees: each column with missing cells is drawn anew, round after
//! round, from a tree on all other columns that was grown on a bootstrap sample of the rows in which it is known
//! (van Buuren and Groothuis-Oudshoorn 2011, "mice"; Burgette and Reiter 2010 for trees; Doove, van Buuren and
//! Dusseldorp 2014). Only missing cells are drawn; cells that are there never change.

use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use verdancy_table::{Column, ColumnSpec, Protection, Table};

use crate::encode::{Encoded, Encoder, modelled};
use crate::trees::{
    BINS_OF, Bins, Feature, Features, Grower, Limits, Shape, Shares, Slot, Target, column,
};
use crate::{Error, Result};

/// Rounds before the first draw is taken.
const BURN_IN: usize = 4;
/// Chains, if there are as many draws.
const CHAINS: usize = 4;
/// Most rows that a tree is grown on.
const ROWS: usize = 30_000;
/// Draws come from many trees, so that each may be deep.
const LIMITS: Limits = Limits {
    least: 5.0,
    gain: 3.0,
    depth: 24,
};

/// A column with missing cells.
struct Gap {
    /// Position among the modelled columns.
    column: usize,
    /// Rows in which it is missing.
    rows: Vec<u32>,
    code: Option<Target>,
    number: Option<Target>,
}

/// True for a cell that is empty, and not a text in the place of a number (`<0.5`).
pub fn is_gap(spec: &ColumnSpec, column: &Column, row: usize) -> bool {
    let marked = || match (column, &spec.notation) {
        (Column::Numbers(v), Some(notation)) => notation.exception(v[row]).is_some(),
        _ => false,
    };
    column.is_missing(row) && !marked()
}

/// What all chains share.
struct Shared<'a> {
    table: &'a Table,
    encoder: Encoder,
    /// Positions of the modelled columns in the schema.
    places: Vec<usize>,
    gaps: Vec<Gap>,
}

/// `draws` versions of `table` in which the missing cells of columns that models learn are filled. A column without any
/// cell stays as it is. The same table and seed give the same draws on any number of threads.
///
/// # Errors
/// `impute/no-gaps` when there is nothing to fill.
pub fn impute(table: &Table, draws: usize, seed: u64) -> Result<Vec<Table>> {
    let shared = Shared::of(table);
    if shared.gaps.is_empty() {
        return Err(Error::input(
            "impute/no-gaps",
            "No column that can be filled has missing cells.",
            "Check how missing cells are written (`verdancy inspect`), and name further forms with --na.",
        ));
    }
    let chains = draws.clamp(1, CHAINS);
    let drawn: Vec<Vec<Table>> = (0..chains)
        .into_par_iter()
        .map(|chain| {
            let own = draws / chains + usize::from(chain < draws % chains);
            shared.chain(own, seed, chain as u64)
        })
        .collect::<Result<_>>()?;
    Ok(drawn.into_iter().flatten().collect())
}

impl Shared<'_> {
    fn of(table: &Table) -> Shared<'_> {
        let encoder = Encoder::fit(table, Protection::OFF);
        let encoded = encoder.encode(table);
        let places = modelled(table);
        let features = Features::learn(&encoder, &encoded, BINS_OF, 1);
        let mut gaps: Vec<Gap> = (0..places.len())
            .filter_map(|at| {
                let column = table.column(places[at]);
                let spec = &table.schema().columns[places[at]];
                let rows: Vec<u32> = (0..table.rows())
                    .filter(|row| is_gap(spec, column, *row))
                    .map(|row| row as u32)
                    .collect();
                let some = !rows.is_empty() && column.missing() < table.rows();
                some.then(|| Gap::of(at, rows, column, (&encoder, &encoded, &features)))
            })
            .collect();
        gaps.sort_by_key(|gap| (gap.rows.len(), gap.column));
        Shared {
            table,
            encoder,
            places,
            gaps,
        }
    }

    fn chain(&self, draws: usize, seed: u64, chain: u64) -> Result<Vec<Table>> {
        let mut rng = ChaCha8Rng::seed_from_u64(seed ^ 0x696d_7075);
        rng.set_stream(chain);
        let mut columns: Vec<Column> = (self.places.iter())
            .map(|place| self.table.column(*place).clone())
            .collect();
        for gap in &self.gaps {
            columns[gap.column] = begun(&columns[gap.column], &gap.rows, &mut rng);
        }
        let filled = self.with(&columns)?;
        let mut features =
            Features::learn(&self.encoder, &self.encoder.encode(&filled), BINS_OF, 1);
        let mut out = Vec::with_capacity(draws);
        for round in 0..BURN_IN + draws {
            for gap in &self.gaps {
                let column = self.redrawn(gap, &features, &mut rng)?;
                let encoder = &self.encoder.columns[gap.column];
                features.replace(
                    gap.column,
                    features.bins[gap.column].again(encoder, &column),
                );
                columns[gap.column] = column;
            }
            if round >= BURN_IN {
                out.push(self.with(&columns)?);
            }
        }
        Ok(out)
    }

    /// A column with new values in its gap.
    fn redrawn(&self, gap: &Gap, features: &Features, rng: &mut ChaCha8Rng) -> Result<Column> {
        let others: Vec<usize> = (0..self.places.len())
            .filter(|at| *at != gap.column)
            .collect();
        let grower = Grower {
            limits: LIMITS,
            features: features.of(&others),
            people: None,
        };
        let encoder = &self.encoder.columns[gap.column];
        let draw = |slot: Slot, rows: &[u32], rng: &mut ChaCha8Rng| {
            let target = match slot {
                Slot::Code => &gap.code,
                Slot::Number => &gap.number,
            };
            let Some(target) = target else {
                return vec![(0, 0.0); rows.len()];
            };
            let target = target.resampled(ROWS, rng);
            let grown = grower.tree(&target);
            let shares = grown.shares(&target);
            let rows = rows.iter().map(|row| gap.rows[*row as usize]);
            classes((&grown.shape, &shares), &grower.features, rows, rng)
        };
        // Classes are bins of the cells that are known; features count the filled ones, too.
        let known = gap.number.as_ref().map_or(0, |target| target.classes);
        let bins = Bins {
            numbers: known,
            ..features.bins[gap.column]
        };
        let drawn = column(encoder, bins, gap.rows.len(), draw, rng);
        placed(
            self.table.column(self.places[gap.column]),
            &drawn,
            &gap.rows,
        )
    }

    /// The table with these modelled columns.
    fn with(&self, columns: &[Column]) -> Result<Table> {
        let all = (self.table.columns().iter().enumerate())
            .map(
                |(at, own)| match self.places.iter().position(|p| *p == at) {
                    Some(place) => columns[place].clone(),
                    None => own.clone(),
                },
            )
            .collect();
        Table::new(self.table.schema().clone(), all)
    }
}

impl Gap {
    fn of(
        column: usize,
        rows: Vec<u32>,
        cells: &Column,
        (encoder, encoded, features): (&Encoder, &Encoded, &Features),
    ) -> Gap {
        let known = |target: Target| Target {
            rows: (target.rows.iter().copied())
                .filter(|row| !cells.is_missing(*row as usize))
                .collect(),
            ..target
        };
        Gap {
            column,
            rows,
            code: Target::code(encoder, encoded, column, 1).map(known),
            number: (Target::number(encoder, encoded, column, features.bins[column].numbers, 1)
                .map(known))
            .filter(|target| !target.rows.is_empty()),
        }
    }
}

impl Target {
    /// The same target on a bootstrap sample of its rows, at most `most`.
    fn resampled(&self, most: usize, rng: &mut impl Rng) -> Target {
        let rows = (0..self.rows.len().min(most))
            .map(|_| self.rows[rng.random_range(0..self.rows.len())])
            .collect();
        Target {
            rows,
            class: self.class.clone(),
            classes: self.classes,
            scores: self.scores.clone(),
        }
    }
}

/// A class for each of `rows`, and a place within it.
fn classes(
    (shape, shares): (&Shape, &Shares),
    features: &[&Feature],
    rows: impl Iterator<Item = u32>,
    rng: &mut impl Rng,
) -> Vec<(u16, f64)> {
    let mut path = Vec::new();
    rows.map(|row| {
        let leaf = shape.leaf(|f| features[f as usize].of[row as usize], &mut path);
        shares.class(leaf, rng.random())
    })
    .collect()
}

/// A column whose missing cells are those of other rows, by chance.
fn begun(column: &Column, gap: &[u32], rng: &mut impl Rng) -> Column {
    let known: Vec<usize> = (0..column.len())
        .filter(|row| !column.is_missing(*row))
        .collect();
    let mut from: Vec<usize> = (0..column.len()).collect();
    for &row in gap {
        from[row as usize] = known[rng.random_range(0..known.len())];
    }
    column.take(&from)
}

/// `column` with the cells `drawn` in `rows`.
fn placed(column: &Column, drawn: &Column, rows: &[u32]) -> Result<Column> {
    let n = column.len();
    let mut from: Vec<usize> = (0..n).collect();
    for (at, row) in rows.iter().enumerate() {
        from[*row as usize] = n + at;
    }
    let storage = match column {
        Column::Numbers(_) => verdancy_table::Storage::Numbers,
        Column::Integers(_) => verdancy_table::Storage::Integers,
        Column::Levels(_) => verdancy_table::Storage::Levels,
        Column::Instants(_) => verdancy_table::Storage::Instants,
        Column::Strings(_) => verdancy_table::Storage::Strings,
    };
    Ok(Column::concat(storage, vec![column.clone(), drawn.clone()])?.take(&from))
}
