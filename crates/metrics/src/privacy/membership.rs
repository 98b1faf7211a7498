//! The membership attack: can training rows be told from other real rows by the synthetic rows?
//!
//! Training rows are members, test rows are not; where the table names subjects, people are. The
//! members are halved; the attack on each half is chosen from the suite by how well it tells the
//! other half from the validation rows, so the choice costs no honesty and every member is attacked
//! once. The figure is how well the halves are told from the test rows, on average. Without
//! validation rows it is the greatest area over the attacks, and the floor is what such a maximum is
//! when the labels "training" and "test" are dealt at random.

use rand::seq::SliceRandom;
use rayon::prelude::*;

use super::attack::{Attack, Suite};
use super::people::People;
use crate::Score;
use crate::learn::design::Sparse;
use crate::learn::logistic;
use crate::learn::rank::{
    Estimate, Sides, auc, controlled_auc, difference_error, midranks, null_interval_left,
    null_power, power_at,
};
use crate::learn::{Rows, sample, stream};
use crate::prepared::{Part, Prepared};
use crate::score::absent;

/// Most members and most test rows; these four for up to sixteen columns.
const REAL: usize = 4_000;
/// Most validation rows.
const CHOICE: usize = 3_000;
/// Most synthetic rows that distances are measured to.
const SYNTHETIC: usize = 20_000;
/// Fewest validation people that a choice is based on.
const ENOUGH: usize = 20;
/// Fewest people on each side that an attack is learned from.
const LEARNS: usize = 100;
/// Standard errors above others from which an attack counts that is no plain one.
const SURE: f64 = 2.0;
/// How far from 1/2 the areas of attacks usually are.
const USUAL: f64 = 0.05;
/// Deals of the labels.
const DEALS: u64 = 200;
/// Columns that are named.
const NAMED: usize = 5;

/// `membership_auc` and `membership_tpr`.
pub(crate) fn scores(p: &Prepared) -> Vec<Score> {
    let drawn = Drawn::of(p);
    let attacked = if drawn.chooses {
        drawn.cross_fitted()
    } else {
        drawn.maximum(p.seed)
    };
    let Some(attacked) = attacked else {
        return ["membership_auc", "membership_tpr"]
            .map(|id| absent(id, "too few rows"))
            .to_vec();
    };
    vec![attacked.area(&drawn), attacked.power(&drawn)]
}

/// The sets of rows that are attacked, by place.
pub(super) const TEST: usize = 0;
const VALIDATION: usize = 1;
pub(super) const ONE: usize = 2;
const OTHER: usize = 3;

/// The attacks' scores of one set of people, attack by attack.
pub(super) type Views = [Vec<f64>; Attack::COUNT];

/// The people of each set and what the attacks say of them.
pub(super) struct Drawn {
    views: [Views; 4],
    controls: [[Vec<f64>; 2]; 4],
    /// Name and scores by single columns, of each set.
    columns: Vec<(String, [Vec<f64>; 4])>,
    /// True when there are validation people enough to choose by.
    chooses: bool,
}

impl Drawn {
    pub fn of(p: &Prepared) -> Drawn {
        let mut rng = stream(p.seed, 0x3E3B);
        // The search costs rows x rows x columns: fewer rows where there are many columns.
        let less = (16.0 / p.columns.len() as f64).sqrt().min(1.0);
        let [real, choice, synthetic] =
            [REAL, CHOICE, SYNTHETIC].map(|cap| (cap as f64 * less) as usize);
        let train = Rows::new(Part::Train, sample(p.rows.train, real, &mut rng));
        let test = Rows::new(Part::Test, sample(p.rows.test, real, &mut rng));
        let synthetic = Rows::new(
            Part::Synthetic,
            sample(p.rows.synthetic, synthetic, &mut rng),
        );
        let validation = Rows::new(
            Part::Validation,
            sample(p.rows.validation.unwrap_or(0), choice, &mut rng),
        );
        let members = People::of(p, &train);
        let chooses = members.count() >= 2 * ENOUGH
            && p.rows.validation.is_some()
            && People::of(p, &validation).count() >= ENOUGH;
        let cut = if chooses {
            members.count() / 2
        } else {
            members.count()
        };
        let (one, other) = members.split(&train.rows, cut);
        let sets = [
            test,
            validation,
            Rows::new(Part::Train, one),
            Rows::new(Part::Train, other),
        ];
        let [a, b, c, d] = &sets;
        let suite = Suite::new(p, &[&synthetic, a, b, c, d]);
        let people = sets.each_ref().map(|set| People::of(p, set));
        let mut starts = [0; 4];
        for i in 1..4 {
            starts[i] = starts[i - 1] + sets[i - 1].rows.len();
        }
        let of = |scores: &[f64]| -> [Vec<f64>; 4] {
            std::array::from_fn(|i| {
                people[i].mean(&scores[starts[i]..starts[i] + sets[i].rows.len()])
            })
        };
        let scores = suite.scores.each_ref().map(|s| of(s));
        let controls = suite.controls.each_ref().map(|s| of(s));
        let columns = (suite.columns.iter())
            .flat_map(|c| {
                [Some(&c.presence), c.gap.as_ref()]
                    .into_iter()
                    .flatten()
                    .map(|scores| (c.name.clone(), of(scores)))
            })
            .collect();
        Drawn {
            views: std::array::from_fn(|set| scores.each_ref().map(|s| s[set].clone())),
            controls: std::array::from_fn(|set| controls.each_ref().map(|s| s[set].clone())),
            columns,
            chooses,
        }
    }

    /// What the attacks say of a set.
    pub fn views(&self, set: usize) -> &Views {
        &self.views[set]
    }

    /// The scores of all members by one attack, and those of the test people.
    fn sides(&self, attack: usize) -> Sides {
        self.against_test(&[ONE, OTHER], attack)
    }

    /// The scores of some sets by one attack, and those of the test people.
    fn against_test(&self, sets: &[usize], attack: usize) -> Sides {
        let own = sets.iter().flat_map(|&set| &self.views[set][attack]);
        (own.copied().collect(), self.views[TEST][attack].clone())
    }

    /// Scores that know nothing of the synthetic rows.
    fn control(&self, yes: usize, no: usize, k: usize) -> Sides {
        let of = |set: usize| self.controls[set][k].clone();
        (of(yes), of(no))
    }

    /// The attack on each half chosen by the other half and the validation people.
    fn cross_fitted(&self) -> Option<Attacked> {
        let folds = [(ONE, OTHER), (OTHER, ONE)].map(|(on, choice)| self.chosen(on, choice));
        let mut names: Vec<&str> = folds.iter().map(|(name, _)| *name).collect();
        names.dedup();
        let told: Vec<Sides> = folds.iter().map(|(_, told)| told.clone()).collect();
        let controls: Vec<Vec<Sides>> = (0..2)
            .map(|k| [ONE, OTHER].map(|on| self.control(on, TEST, k)).into())
            .collect();
        let (area, left) = controlled_auc(&told, &controls)?;
        let (members, others) = (told.iter().map(|t| t.0.len()).sum(), told[0].1.len());
        Some(Attacked {
            note: format!(
                "strongest: {} (chosen on validation rows)",
                names.join(", ")
            ),
            area,
            floor: 0.5,
            fresh: null_interval_left(members, others, left),
            told,
        })
    }

    /// Name and scores of the attack that tells the members of `choice` from the validation people
    /// best, on the members of `on` and the test people.
    fn chosen(&self, on: usize, choice: usize) -> (&'static str, Sides) {
        let (yes, no) = (&self.views[choice], &self.views[VALIDATION]);
        let tilt = [0, 1].map(|k| self.control(choice, VALIDATION, k));
        let told = |a: usize| (self.views[on][a].clone(), self.views[TEST][a].clone());
        let varies = |a: &usize| yes[*a].iter().chain(&no[*a]).any(|x| *x != yes[*a][0]);
        let mut best = (Attack::ALL[0].name(), told(0));
        let mut most = f64::NEG_INFINITY;
        for a in (0..Attack::COUNT).filter(varies) {
            let attack = Attack::ALL[a];
            let strength = strength(&yes[a], &no[a], &tilt);
            if strength > most {
                most = strength;
                best = (attack.name(), told(a));
            }
        }
        if yes[0].len().min(no[0].len()) >= LEARNS {
            let sets = [&self.views[on], &self.views[TEST]];
            let (strength, told) = learned(yes, no, sets, &tilt);
            if strength > most {
                best = ("all attacks weighed by logistic regression", told);
            }
        }
        best
    }

    /// The attack with the greatest area on the test people themselves.
    fn maximum(&self, seed: u64) -> Option<Attacked> {
        let greatest = Greatest::of(self, &[ONE, OTHER])?;
        let (floor, fresh) = greatest.dealt(seed);
        let best = greatest.best;
        Some(Attacked {
            note: format!(
                "strongest: {} (the greatest on the test rows themselves; the floor is what the greatest is by chance)",
                Attack::ALL[best].name()
            ),
            area: greatest.areas[best],
            floor,
            fresh,
            told: vec![self.sides(best)],
        })
    }
}

/// The greatest area over the attacks. The more attacks, the more chance favours one of them; so those
/// that need other real rows, and variants, only count where they are surely above the others.
struct Greatest {
    /// Scores of all attacks, ranked over members and test people.
    ranks: Vec<Vec<f64>>,
    members: usize,
    others: usize,
    areas: Vec<Estimate>,
    /// How far above each other attack one that only counts where it is sure has to be.
    margins: Vec<Vec<f64>>,
    best: usize,
}

impl Greatest {
    /// With the people of `sets` as members.
    fn of(drawn: &Drawn, sets: &[usize]) -> Option<Greatest> {
        let sides: Vec<Sides> = (0..Attack::COUNT)
            .map(|a| drawn.against_test(sets, a))
            .collect();
        let areas: Vec<Estimate> = (sides.iter())
            .map(|(yes, no)| auc(yes, no))
            .collect::<Option<_>>()?;
        let margins = (sides.iter().zip(Attack::ALL))
            .map(|(one, attack)| match attack.is_plain() {
                true => Vec::new(),
                false => (sides.iter().zip(Attack::ALL))
                    .map(|(other, attack)| match attack.is_plain() {
                        true => SURE * difference_error(one, other),
                        false => f64::NEG_INFINITY,
                    })
                    .collect(),
            })
            .collect();
        let values: Vec<f64> = areas.iter().map(|a| a.value).collect();
        let mut greatest = Greatest {
            ranks: (sides.iter())
                .map(|(yes, no)| midranks(&[yes.as_slice(), no].concat()))
                .collect(),
            members: sides[0].0.len(),
            others: sides[0].1.len(),
            areas,
            margins,
            best: 0,
        };
        greatest.best = greatest.best_of(&values);
        Some(greatest)
    }

    /// The place of the greatest of `areas` that counts.
    fn best_of(&self, areas: &[f64]) -> usize {
        let counts = |&a: &usize| {
            let margins = &self.margins[a];
            (margins.iter().zip(areas)).all(|(margin, other)| areas[a] - other > *margin)
        };
        (0..areas.len())
            .filter(counts)
            .max_by(|&a, &b| areas[a].total_cmp(&areas[b]).then(b.cmp(&a)))
            .unwrap_or(0)
    }

    /// Mean and interval (95 %) of the greatest area when the labels are dealt at random.
    fn dealt(&self, seed: u64) -> (f64, (f64, f64)) {
        let pairs = self.members as f64 * self.others as f64;
        let least = (self.members * (self.members + 1)) as f64 / 2.0;
        let mut dealt: Vec<f64> = (0..DEALS)
            .into_par_iter()
            .map(|deal| {
                let mut order: Vec<usize> = (0..self.members + self.others).collect();
                let mut rng = stream(seed, 0x3E3C_0000 + deal);
                let (yes, _) = order.partial_shuffle(&mut rng, self.members);
                let areas: Vec<f64> = (self.ranks.iter())
                    .map(|ranks| yes.iter().map(|&i| ranks[i]).sum::<f64>())
                    .map(|sum| (sum - least) / pairs)
                    .collect();
                areas[self.best_of(&areas)]
            })
            .collect();
        dealt.sort_by(f64::total_cmp);
        let at = |share: f64| dealt[(share * (dealt.len() - 1) as f64).round() as usize];
        let mean = dealt.iter().sum::<f64>() / dealt.len() as f64;
        (mean, (at(0.025), at(0.975)))
    }
}

/// What the chosen attack found.
struct Attacked {
    note: String,
    area: Estimate,
    floor: f64,
    fresh: (f64, f64),
    /// Members and test people; one pair for each half.
    told: Vec<Sides>,
}

impl Attacked {
    /// The share of members found when `rate` of the test people are taken for members.
    fn found(&self, rate: f64) -> f64 {
        let members: usize = self.told.iter().map(|t| t.0.len()).sum();
        let found: f64 = (self.told.iter())
            .map(|(yes, no)| power_at(yes, no, rate) * yes.len() as f64)
            .sum();
        found / members.max(1) as f64
    }

    fn area(&self, drawn: &Drawn) -> Score {
        let found = [0.01, 0.001].map(|rate| self.found(rate));
        let mut parts = by_attack(drawn);
        if let Some(greatest) = Greatest::of(drawn, &[ONE, OTHER]) {
            let strongest = greatest.areas[greatest.best].value;
            parts.push(("strongest".to_owned(), strongest));
        }
        // One from outside takes every row that the run was given for a member, and has no others.
        let outside = (0..Attack::COUNT)
            .filter(|&a| Attack::ALL[a].is_plain())
            .filter_map(|a| {
                let (yes, no) = drawn.against_test(&[VALIDATION, ONE, OTHER], a);
                auc(&yes, &no).map(|area| area.value)
            })
            .max_by(f64::total_cmp);
        parts.extend(outside.map(|area| ("strongest.outside".to_owned(), area)));
        parts.push(("tpr_at_1pct".to_owned(), found[0]));
        parts.push(("tpr_at_0.1pct".to_owned(), found[1]));
        parts.extend(
            (self.risk().into_iter().enumerate())
                .map(|(bin, share)| (format!("risk.{bin}"), share)),
        );
        Score {
            id: "membership_auc".to_owned(),
            value: Some(self.area.value),
            floor: Some(self.floor),
            floor_interval: Some(self.fresh),
            interval: Some(self.area.interval()),
            note: Some(self.note.clone()),
            worst: by_column(drawn),
            parts,
        }
    }

    fn power(&self, drawn: &Drawn) -> Score {
        let members: usize = self.told.iter().map(|t| t.0.len()).sum();
        let others = drawn.views[TEST][0].len();
        let (floor, fresh) = null_power(members, others, 0.01);
        let found = self.found(0.01);
        let half = 1.96 * (found * (1.0 - found) / members.max(1) as f64).sqrt();
        // The threshold may let more test people through than it seems: with few of them, many more. From
        // there to 1 % the curve is no steeper than the line to the origin, for it is concave.
        let steep = (0.01 / fresh.1.max(1e-9)).min(1.0);
        Score {
            id: "membership_tpr".to_owned(),
            value: Some(found),
            floor: Some(floor),
            floor_interval: Some(fresh),
            interval: Some(((found - half).max(0.0) * steep, (found + half).min(1.0))),
            note: Some(self.note.clone()),
            worst: Vec::new(),
            parts: vec![("tpr_at_0.1pct".to_owned(), self.found(0.001))],
        }
    }

    /// Shares of the members in ten bins of their score's percentile among the test people.
    fn risk(&self) -> [f64; 10] {
        let mut bins = [0.0; 10];
        let mut members = 0.0;
        for (yes, no) in &self.told {
            let mut sorted = no.clone();
            sorted.sort_by(f64::total_cmp);
            let all = sorted.len().max(1) as f64;
            for &score in yes {
                let below = sorted.partition_point(|&x| x < score);
                let to = sorted.partition_point(|&x| x <= score);
                let share = (below + to) as f64 / 2.0 / all;
                bins[((share * 10.0) as usize).min(9)] += 1.0;
                members += 1.0;
            }
        }
        bins.map(|n| n / f64::max(members, 1.0))
    }
}

/// Area, its standard error and power of every attack that says anything, by name.
fn by_attack(drawn: &Drawn) -> Vec<(String, f64)> {
    let mut parts = Vec::new();
    for (a, attack) in Attack::ALL.into_iter().enumerate() {
        let (yes, no) = drawn.sides(a);
        let varies = yes.iter().chain(&no).any(|x| *x != yes[0]);
        let Some(area) = auc(&yes, &no).filter(|_| varies) else {
            continue;
        };
        let id = attack.id();
        parts.push((id.to_owned(), area.value));
        parts.push((format!("{id}.error"), area.error));
        for (name, rate) in [("tpr_at_1pct", 0.01), ("tpr_at_0.1pct", 0.001)] {
            parts.push((format!("{id}.{name}"), power_at(&yes, &no, rate)));
        }
    }
    parts
}

/// The columns that give members away, by the area that each reaches alone.
fn by_column(drawn: &Drawn) -> Vec<(String, f64)> {
    let mut areas: Vec<(String, f64)> = Vec::new();
    for (name, [test, _, one, other]) in &drawn.columns {
        let members = [one.as_slice(), other].concat();
        let Some(area) = auc(&members, test).map(|a| a.value) else {
            continue;
        };
        match areas.last_mut().filter(|(last, _)| last == name) {
            Some((_, most)) => *most = most.max(area),
            None => areas.push((name.clone(), area)),
        }
    }
    areas.sort_by(|a, b| b.1.total_cmp(&a.1));
    areas.truncate(NAMED);
    areas
}

/// How well an attack is likely to tell the two sides apart: the area above 1/2, shrunk by what is
/// not sure of it. By the area alone, a few dozen validation rows would choose the attack that chance
/// favours; by the area in standard errors, one that finds few members but never errs would hide one
/// that finds many.
fn strength(yes: &[f64], no: &[f64], tilt: &[Sides]) -> f64 {
    let tilt: Vec<Vec<Sides>> = tilt.iter().map(|t| vec![t.clone()]).collect();
    controlled_auc(&[(yes.to_vec(), no.to_vec())], &tilt).map_or(0.0, |(e, _)| {
        let usual = USUAL * USUAL;
        (e.value - 0.5) * usual / (usual + e.error * e.error)
    })
}

/// The suite's scores weighed by logistic regression, learned on the rows of the choice: its
/// strength there, cross-validated, and what it says of `sets`.
fn learned(yes: &Views, no: &Views, sets: [&Views; 2], tilt: &[Sides; 2]) -> (f64, Sides) {
    let scales: [(f64, f64); Attack::COUNT] = std::array::from_fn(|a| {
        let all = || yes[a].iter().chain(&no[a]);
        let n = all().count() as f64;
        let mean = all().sum::<f64>() / n;
        let sd = (all().map(|x| (x - mean).powi(2)).sum::<f64>() / n).sqrt();
        (mean, if sd > 0.0 { 1.0 / sd } else { 0.0 })
    });
    let rows = |views: &Views, keep: &dyn Fn(usize) -> bool| -> Vec<Vec<f64>> {
        (0..views[0].len())
            .filter(|&i| keep(i))
            .map(|i| {
                (views.iter().zip(scales))
                    .map(|(v, (mean, scale))| ((v[i] - mean) * scale).clamp(-10.0, 10.0))
                    .collect()
            })
            .collect()
    };
    let classify = |keep: &dyn Fn(usize) -> bool, on: Vec<Vec<f64>>| {
        let (a, b) = (rows(yes, keep), rows(no, keep));
        let y: Vec<bool> = (0..a.len() + b.len()).map(|i| i < a.len()).collect();
        let x = Sparse::dense(scales.len(), a.into_iter().chain(b));
        logistic::classify(&x, &y, &Sparse::dense(scales.len(), on), 1.0)
    };
    let fold_tilt = |keep: &dyn Fn(usize) -> bool| -> [Sides; 2] {
        let of = |all: &[f64]| -> Vec<f64> {
            (all.iter().enumerate())
                .filter(|(i, _)| keep(*i))
                .map(|(_, x)| *x)
                .collect()
        };
        tilt.each_ref().map(|(yes, no)| (of(yes), of(no)))
    };
    let folds = [0, 1].map(|fold| {
        let held = |i: usize| i % 2 == fold;
        let rest = |i: usize| i % 2 != fold;
        strength(
            &classify(&rest, rows(yes, &held)),
            &classify(&rest, rows(no, &held)),
            &fold_tilt(&held),
        )
    });
    let all = |_: usize| true;
    let told = (
        classify(&all, rows(sets[0], &all)),
        classify(&all, rows(sets[1], &all)),
    );
    ((folds[0] + folds[1]) / 2.0, told)
}
