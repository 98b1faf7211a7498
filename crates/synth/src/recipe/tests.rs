//! A method of its own goes through the whole trait as CONTRIBUTING.md says: columns drawn independently of one another.

#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use verdancy_table::{Column, ColumnSpec, Kind, Protection, Schema, Table};

use super::*;
use crate::adjust::{Answer, Fault, Symptoms};
use crate::encode::Encoder;
use crate::protect::Guard;
use crate::search::{Scale, dimension};
use crate::{BLOCK, Cancel, parameters};

parameters! {
    /// Parameters of independent columns.
    struct Params {
        /// Standard deviation of the normal scores.
        spread: f64 = 1.0, "0.1 to 1", |v| (0.1..=1.0).contains(v);
        /// Sweeps over the drawn rows.
        polish: u32 = 0, "0 to 2", |v| *v <= 2;
    }
}

const SEARCH: [Dimension; 1] = [dimension("spread", 0.1, 1.0, Scale::Linear)];

struct Independent {
    encoder: Encoder,
    spread: f32,
}

impl Model for Independent {
    fn sample_block(&self, seed: u64, block: u64) -> Result<Vec<Column>> {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(block);
        Ok((self.encoder.columns.iter())
            .map(|column| {
                let draws: Vec<f32> = (0..BLOCK).map(|_| rng.random()).collect();
                let scores: Vec<f32> = (draws.iter())
                    .map(|u| self.spread * crate::encode::quantile(f64::from(*u)) as f32)
                    .collect();
                let levels = column.slot_levels() as f32;
                let codes: Vec<u32> = draws.iter().map(|u| (u * levels) as u32).collect();
                let numbers = if column.has_number() {
                    scores
                } else {
                    Vec::new()
                };
                column.decode(&numbers, &codes, &draws)
            })
            .collect())
    }

    fn parts(&self) -> Parts {
        self.encoder.parts([("spread", &[self.spread])])
    }
}

impl Recipe for Params {
    common!();

    fn cost(&self, data: &Prepared) -> Cost {
        Cost {
            flops: data.train.rows() as f64,
            bytes: data.train.rows() as u64,
        }
    }

    fn fit(&self, data: &Prepared, _run: &mut Session<'_>) -> Result<Learned, Unfitted> {
        let model = Independent {
            encoder: data.encoder().clone(),
            spread: self.spread as f32,
        };
        Ok(Learned::of(model))
    }

    fn restore(&self, _form: &Schema, mut parts: Parts) -> Result<Box<dyn Model>> {
        let spread = parts.floats("spread", 1)?[0];
        let encoder = Encoder::take(&mut parts)?;
        Ok(Box::new(Independent { encoder, spread }))
    }

    fn adjust(&mut self, symptoms: &Symptoms) -> Answer {
        if symptoms.fault != Fault::LostCategories || self.spread == 1.0 {
            return Answer::Switch("Independent columns have no relations.");
        }
        self.spread = 1.0;
        Answer::Adjusted {
            warm: false,
            why: "The full distribution.",
        }
    }

    fn search(&self) -> &'static [Dimension] {
        &SEARCH
    }
}

fn table() -> Table {
    let spec = ColumnSpec {
        name: "size".into(),
        kind: Kind::Numerical { decimals: Some(1) },
        source: "text".into(),
        nullable: false,
        notation: None,
        part: None,
    };
    let sizes = (0..500).map(|i| f64::from(i * 7 % 500) / 10.0).collect();
    Table::new(
        Arc::new(Schema::of(vec![spec])),
        vec![Column::Numbers(sizes)],
    )
    .unwrap()
}

#[test]
fn a_method_is_what_its_recipe_says() {
    let train = table();
    let guard = Guard {
        protect: Protection::default(),
        seed: 1,
    };
    let data = Prepared::new(train.clone(), train.slice(0..0), guard);
    let mut params = Params::default();
    let recipe: &mut dyn Recipe = &mut params;
    recipe.set("spread", "0.5").unwrap();
    recipe.check().unwrap();
    assert!(recipe.set("width", "1").is_err());
    assert_eq!(Params::table()[0].default, "1.0");
    assert!(recipe.odd().is_empty() && recipe.polish() == 0);
    assert_eq!(recipe.cost(&data).bytes, 500);
    assert!(recipe.search().iter().all(|d| d.low < d.high));

    let clock = std::time::Duration::default;
    let mut run = Session {
        seed: 1,
        cancel: Cancel::default(),
        deadline: None,
        clock: &clock,
        start: None,
        peek: None,
        checkpoint: None,
        fingerprint: String::new(),
        listen: &mut |_| {},
    };
    let learned = recipe.fit(&data, &mut run).ok().unwrap();
    let rows = learned.model.sample_block(1, 3).unwrap();
    assert_eq!(rows[0].numbers().unwrap().len(), BLOCK);
    let again = recipe
        .restore(train.schema(), learned.model.parts())
        .unwrap();
    assert_eq!(again.sample_block(1, 3).unwrap(), rows);
    assert!(recipe.restore(train.schema(), Parts::default()).is_err());

    let lost = Symptoms::of(Fault::LostCategories);
    assert!(matches!(recipe.adjust(&lost), Answer::Adjusted { .. }));
    assert!(matches!(recipe.adjust(&lost), Answer::Switch(_)));
}
