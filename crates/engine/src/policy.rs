//! The numbers that the engine's decisions stand on, each in this one place.

/// Training has this share of what a time limit leaves once judging is taken off; the rest is for
/// sampling, writing, and for estimates that are too short.
pub(crate) const TRAINING_SHARE: f64 = 0.7;
/// The same where nothing is judged.
pub(crate) const FIT_SHARE: f64 = 0.9;
/// Counted operations ([`verdancy_metrics::Size`]) of a judgement above which speed mode takes its first answer
/// without judging others.
pub(crate) const SPEED_JUDGING: f64 = 60.0;
/// Seconds of judging above which a user is told why a run cannot end in seconds.
pub(crate) const LONG_JUDGING: f64 = 30.0;
/// Fewer validation rows than this are no ground for a choice between attempts.
pub(crate) const LEAST_VALIDATION: usize = 5;
/// Balanced mode takes a green first answer when a boosted-tree C2ST on validation rows is no higher: a
/// longer training has little left to win then.
pub(crate) const TOLD_APART: f64 = 0.6;
/// Trees are grown finer, where a table is not small, when boosted trees tell their rows apart better than this.
pub(crate) const FINER: f64 = 0.55;
/// All attempts together may plan so many times the work of the mode, ...
pub(crate) const ATTEMPTS_WORK: f64 = 2.2;
/// ... and so many times that of the first attempt (of the defaults, where it was asked to do
/// less): small tables do not fill the mode's budget, and users expect their answer in seconds.
pub(crate) const ATTEMPTS_COST: f64 = 3.0;
/// Tables with fewer training rows are small: balanced mode may end their training early, since
/// more passes cost privacy.
pub(crate) const SMALL: usize = 5_000;
