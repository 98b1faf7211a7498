//! What a job asks for: a run, or rows of the model that a run left. They are begun, followed and ended alike; what
//! differs is here.

use serde::de::DeserializeOwned;
use verdancy_jobs::{Artifact, Error, Failure, Job, Result};

use super::events::Telling;
use super::place::Place;
use super::results;
use crate::app::App;
use crate::{child, order, sample};

/// What is asked for.
pub(super) enum Asked {
    Run(Box<order::Order>),
    Sample(sample::Order),
}

fn of<T: DeserializeOwned>(job: &Job) -> Result<T> {
    serde_json::from_str(&job.payload).map_err(|e| Error::Row(e.to_string()))
}

impl Asked {
    /// What the payload of a job says.
    pub(super) fn of(job: &Job) -> Result<Asked> {
        match job.kind.as_str() {
            sample::KIND => of(job).map(Asked::Sample),
            _ => of(job).map(|order| Asked::Run(Box::new(order))),
        }
    }

    /// True when it has a time limit of its own.
    pub(super) fn bounded(&self) -> bool {
        matches!(self, Asked::Run(order) if order.run.time_limit.is_some())
    }

    /// The files that a child left, into the store, and what is said of them in lists.
    pub(super) async fn collect(
        &self,
        app: &App,
        place: &Place,
        telling: &Telling,
    ) -> Result<(String, Vec<Artifact>)> {
        match self {
            Asked::Run(_) => results::of_run(app, &place.output).await,
            Asked::Sample(_) => results::of_sample(app, &place.output, telling.drawn()).await,
        }
    }

    /// Why a child ended without a result. Of a sample all of it is kept, as data; sealed where contents are, since it may
    /// quote what was asked for.
    pub(super) fn failure(&self, app: &App, telling: &Telling) -> Failure {
        let told = match (self, telling.refusal()) {
            (Asked::Sample(_), Some(refusal)) => refusal,
            _ => return telling.failure(),
        };
        let body = child::body(told.clone());
        let text = serde_json::to_string(&body).unwrap_or_default();
        match app.records.sealed(&text) {
            Ok(message) => Failure {
                code: body.code,
                message,
            },
            Err(_) => telling.failure(),
        }
    }
}
