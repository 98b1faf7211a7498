//! Figures for Prometheus: what this process counts, and what the database knows of all processes. No
//! label holds a name that a user gave, and none a cell's value.

use std::sync::PoisonError;
use std::sync::atomic::{AtomicU64, Ordering};

use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;
use verdancy_jobs::Result;

use crate::app::App;
use crate::{order, sample};

type Label = [(&'static str, String); 1];

fn label(name: &'static str, value: &str) -> Label {
    [(name, value.to_owned())]
}

fn family<'a>(
    registry: &mut Registry,
    name: &'static str,
    help: &str,
    label_name: &'static str,
    values: impl IntoIterator<Item = (&'a str, u64)>,
) {
    let family = Family::<Label, Counter>::default();
    registry.register(name, help, family.clone());
    for (value, count) in values {
        family
            .get_or_create(&label(label_name, value))
            .inc_by(count);
    }
}

fn counter(registry: &mut Registry, name: &'static str, help: &str, value: u64) {
    let counter = Counter::<u64>::default();
    counter.inc_by(value);
    registry.register(name, help, counter);
}

fn gauge(registry: &mut Registry, name: &'static str, help: &str, value: f64) {
    let gauge = Gauge::<f64, AtomicU64>::default();
    gauge.set(value);
    registry.register(name, help, gauge);
}

/// Everything in the text format of OpenMetrics.
pub(crate) async fn text(app: &App) -> Result<String> {
    let mut all = Registry::with_prefix("verdancy");
    of_runs(app, &mut all).await?;
    let [datasets, rows, bytes] = app.records.totals().await?;
    gauge(&mut all, "datasets", "Datasets", datasets as f64);
    gauge(&mut all, "dataset_rows", "Rows of datasets", rows as f64);
    gauge(&mut all, "dataset_bytes", "Bytes of datasets", bytes as f64);
    of_this_process(app, &mut all);
    let mut out = String::new();
    // Writing to a string does not fail.
    let _ = encode(&mut out, &all);
    Ok(out)
}

async fn of_runs(app: &App, all: &mut Registry) -> Result<()> {
    let kinds = [
        ("runs", "Runs by state", order::KIND),
        ("samples", "Samples of runs by state", sample::KIND),
    ];
    for (name, help, kind) in kinds {
        let states = Family::<Label, Gauge>::default();
        all.register(name, help, states.clone());
        for (state, count) in app.queue.counts(kind).await? {
            states
                .get_or_create(&label("state", state.name()))
                .set(count);
        }
    }
    let sums = app.records.sums(order::KIND).await?;
    let count = |all: &mut Registry, name, help, value: f64| {
        counter(all, name, help, value.max(0.0) as u64);
    };
    count(
        all,
        "run_claims",
        "Times that a worker began a run",
        sums.claims,
    );
    count(
        all,
        "run_deaths",
        "Times that a worker died with a run",
        sums.deaths,
    );
    gauge(
        all,
        "run_wait_seconds",
        "Age of the oldest queued run",
        sums.wait,
    );
    gauge(
        all,
        "run_seconds",
        "Mean time of the runs that succeeded",
        sums.seconds,
    );
    gauge(
        all,
        "artifact_bytes",
        "Bytes of files of runs and of their samples",
        sums.artifacts,
    );
    let failures = app.records.failures(order::KIND).await?;
    let failures = failures.iter().map(|(code, n)| (code.as_str(), *n));
    family(all, "run_failures", "Failed runs by code", "code", failures);
    Ok(())
}

fn of_this_process(app: &App, all: &mut Registry) {
    const CLASSES: [&str; 6] = ["0xx", "1xx", "2xx", "3xx", "4xx", "5xx"];
    let counts = &app.counts;
    let load = |n: &AtomicU64| n.load(Ordering::Relaxed);
    let answers = CLASSES
        .into_iter()
        .zip(counts.answers.iter().map(load))
        .skip(1);
    family(
        all,
        "answers",
        "Answers by class of status",
        "class",
        answers,
    );
    let errors = counts.errors.lock().unwrap_or_else(PoisonError::into_inner);
    let errors = errors.iter().map(|(code, n)| (code.as_str(), *n));
    family(
        all,
        "errors",
        "Answers that are errors, by code",
        "code",
        errors,
    );
    counter(
        all,
        "uploads",
        "Uploads that arrived whole",
        load(&counts.uploads),
    );
    counter(
        all,
        "upload_bytes",
        "Bytes of uploads",
        load(&counts.upload_bytes),
    );
    counter(
        all,
        "sent_bytes",
        "Bytes of files sent",
        load(&counts.sent_bytes),
    );
    let free = app.uploads.free();
    gauge(all, "upload_places", "Free places for uploads", free as f64);
    let free = app.readers.free();
    gauge(
        all,
        "reader_places",
        "Free places for children that read",
        free as f64,
    );
    let watching = app.watchers.taken();
    gauge(all, "watchers", "Open streams of events", watching as f64);
}
