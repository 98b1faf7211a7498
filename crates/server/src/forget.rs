//! Forgetting: runs, datasets and projects with everything that was made from them, when someone asks for it
//! or when a project's time is over. What still runs is asked to end and goes when it has.

use std::collections::HashSet;
use std::time::Duration;

use axum::http::StatusCode;
use sqlx::Row;
use verdancy_jobs::{Filter, Result, State};

use crate::app::App;
use crate::order::Order;
use crate::problem::Problem;
use crate::records::{Dataset, Project};
use crate::sample;

/// Runs that are looked at in one go.
const LOOKED: i64 = 500;
/// Age of a file that is taken away at once; a newer one may be another upload of the same content, and goes with
/// the next sweep.
const SETTLED: Duration = Duration::from_secs(60);

/// Forgets a run that has ended.
pub(crate) async fn run(app: &App, id: &str) -> std::result::Result<(), Problem> {
    if !one(app, id).await? {
        return Err(Problem::new(
            StatusCode::CONFLICT,
            "server/run-not-ended",
            "The run has not ended.",
            "Cancel it first.",
        ));
    }
    contents(app).await?;
    Ok(())
}

/// Forgets a sample that has ended.
pub(crate) async fn sample(app: &App, id: &str) -> std::result::Result<(), Problem> {
    if !alone(app, id).await? {
        return Err(Problem::new(
            StatusCode::CONFLICT,
            "server/run-not-ended",
            "The sample has not ended.",
            "Cancel it first.",
        ));
    }
    contents(app).await?;
    Ok(())
}

/// Forgets a run or a sample with its folder; false when it has not ended.
async fn alone(app: &App, id: &str) -> Result<bool> {
    if !app.queue.forget(id).await? {
        return Ok(false);
    }
    let _ = std::fs::remove_dir_all(app.work_folder().join(id));
    kept_answers(app, id).await?;
    Ok(true)
}

/// The same with the samples of a run; those that are at work end and go when they have ended.
async fn one(app: &App, id: &str) -> Result<bool> {
    if !alone(app, id).await? {
        return Ok(false);
    }
    orphans(app).await?;
    Ok(true)
}

/// Ends the samples of runs that are forgotten, and forgets those that have ended; true when there was one.
async fn orphans(app: &App) -> Result<bool> {
    let mut gone = false;
    for id in app.queue.orphans().await? {
        gone |= match orphan(app, &id).await {
            // Another was faster: a request and the sweep may see the same sample.
            Err(verdancy_jobs::Error::Unknown) => false,
            gone => gone?,
        };
    }
    Ok(gone)
}

/// Ends a sample whose run is forgotten, and forgets it; false while it is at work.
async fn orphan(app: &App, id: &str) -> Result<bool> {
    Ok(app.queue.cancel(id).await?.is_final() && alone(app, id).await?)
}

/// Answers that are kept for requests sent twice.
async fn kept_answers(app: &App, id: &str) -> Result<()> {
    sqlx::query("DELETE FROM answered WHERE body LIKE $1")
        .bind(format!("%{id}%"))
        .execute(app.queue.database().pool())
        .await?;
    Ok(())
}

/// Ends a run if need be, and forgets it now or when it has ended.
async fn doom(app: &App, id: &str) -> Result<()> {
    app.queue.cancel(id).await?;
    if !one(app, id).await? {
        sqlx::query("INSERT INTO doomed (job) VALUES ($1) ON CONFLICT (job) DO NOTHING")
            .bind(id)
            .execute(app.queue.database().pool())
            .await?;
    }
    Ok(())
}

/// Forgets runs and samples that were to be forgotten when they end, and projects that wait for them.
pub(crate) async fn doomed(app: &App) -> Result<()> {
    let mut gone = orphans(app).await?;
    let pool = app.queue.database().pool();
    let rows = sqlx::query("SELECT job FROM doomed")
        .fetch_all(pool)
        .await?;
    for row in rows {
        let id: String = row.try_get(0)?;
        let over = match one(app, &id).await {
            Err(verdancy_jobs::Error::Unknown) => true,
            over => over?,
        };
        if over {
            gone = true;
            sqlx::query("DELETE FROM doomed WHERE job = $1")
                .bind(&id)
                .execute(pool)
                .await?;
        }
    }
    let ending = sqlx::query("SELECT project FROM project_rules WHERE ending = 1")
        .fetch_all(pool)
        .await?;
    for row in ending {
        let id: String = row.try_get(0)?;
        empty(app, &id).await?;
        gone = true;
    }
    if gone {
        contents(app).await?;
    }
    Ok(())
}

/// Forgets a dataset, the samples around its cells, and the runs made from it unless they are to be kept.
pub(crate) async fn dataset(app: &App, dataset: &Dataset, keep_runs: bool) -> Result<()> {
    for (id, kind) in made_of(app, dataset).await? {
        if !keep_runs || kind == sample::KIND {
            doom(app, &id).await?;
        }
    }
    kept_answers(app, &dataset.id).await?;
    sqlx::query("DELETE FROM datasets WHERE id = $1")
        .bind(&dataset.id)
        .execute(app.queue.database().pool())
        .await?;
    app.readings.forget();
    contents(app).await
}

/// The runs that were made from a dataset and the samples around its cells, each with its kind; others of the same content
/// are others'.
async fn made_of(app: &App, dataset: &Dataset) -> Result<Vec<(String, String)>> {
    let mut all = Vec::new();
    for id in app.queue.needing(&dataset.hash).await? {
        let job = app.queue.get(&id).await?;
        let from = match job.kind.as_str() {
            sample::KIND => serde_json::from_str::<sample::Order>(&job.payload)
                .ok()
                .and_then(|order| order.dataset),
            _ => (serde_json::from_str::<Order>(&job.payload).ok()).map(|o| o.run.dataset),
        };
        if from.as_ref() == Some(&dataset.id) {
            all.push((id, job.kind));
        }
    }
    Ok(all)
}

/// Forgets a project: its keys end at once, and everything of it goes.
pub(crate) async fn project(app: &App, project: &Project) -> Result<()> {
    let pool = app.queue.database().pool();
    sqlx::query(
        "INSERT INTO project_rules (project, ending) VALUES ($1, 1) \
         ON CONFLICT (project) DO UPDATE SET ending = 1",
    )
    .bind(&project.id)
    .execute(pool)
    .await?;
    sqlx::query(
        "DELETE FROM sessions WHERE api_key IN (SELECT hash FROM api_keys WHERE project = $1)",
    )
    .bind(&project.id)
    .execute(pool)
    .await?;
    for text in [
        "DELETE FROM sessions WHERE hash IN (SELECT hash FROM session_people WHERE project = $1)",
        "DELETE FROM session_people WHERE project = $1",
        "DELETE FROM api_keys WHERE project = $1",
        "DELETE FROM datasets WHERE project = $1",
    ] {
        sqlx::query(text).bind(&project.id).execute(pool).await?;
    }
    kept_answers(app, &project.id).await?;
    app.readings.forget();
    app.queue.cancel_all(&project.id).await?;
    empty(app, &project.id).await?;
    contents(app).await
}

/// Forgets what has ended of a project that ends, and the project with its last run.
async fn empty(app: &App, id: &str) -> Result<()> {
    let pool = app.queue.database().pool();
    loop {
        let ended = app.queue.ended(id, 0.0).await?;
        if ended.is_empty() {
            break;
        }
        for run in ended {
            one(app, &run).await?;
        }
    }
    let filter = Filter {
        projects: Some(vec![id.to_owned()]),
        limit: Some(1),
        ..Filter::default()
    };
    if !app.queue.list(&filter).await?.is_empty() {
        return Ok(());
    }
    for text in [
        "DELETE FROM datasets WHERE project = $1",
        "DELETE FROM api_keys WHERE project = $1",
        "DELETE FROM project_rules WHERE project = $1",
        "DELETE FROM job_turns WHERE project = $1",
        "DELETE FROM projects WHERE id = $1",
    ] {
        sqlx::query(text).bind(id).execute(pool).await?;
    }
    Ok(())
}

/// Sets the days after which a project's datasets and runs are forgotten.
pub(crate) async fn retain(app: &App, project: &str, days: Option<f64>) -> Result<()> {
    sqlx::query(
        "INSERT INTO project_rules (project, retention_days, ending) VALUES ($1, $2, 0) \
         ON CONFLICT (project) DO UPDATE SET retention_days = excluded.retention_days",
    )
    .bind(project)
    .bind(days)
    .execute(app.queue.database().pool())
    .await?;
    Ok(())
}

/// Forgets what is older than its project keeps things.
pub(crate) async fn overdue(app: &App) -> Result<()> {
    let database = app.queue.database();
    let rows = sqlx::query(
        "SELECT project, retention_days FROM project_rules WHERE retention_days IS NOT NULL",
    )
    .fetch_all(database.pool())
    .await?;
    let mut gone = false;
    for row in rows {
        let (id, days): (String, f64) = (row.try_get(0)?, row.try_get(1)?);
        let age = days * 86_400.0;
        for run in app.queue.ended(&id, age).await? {
            gone |= one(app, &run).await?;
        }
        let old = sqlx::query(database.sql(
            "SELECT id FROM datasets WHERE project = $1 AND created_at <= {now} - $2 ORDER BY id LIMIT 100",
        ))
        .bind(&id)
        .bind(age)
        .fetch_all(database.pool())
        .await?;
        for row in old {
            let dataset_id: String = row.try_get(0)?;
            let scope = crate::scope::Scope::Project(id.clone());
            let Some(found) = app.records.dataset(&scope, &dataset_id).await? else {
                continue;
            };
            if !is_at_work(app, &found).await? {
                dataset(app, &found, false).await?;
                gone = true;
            }
        }
    }
    if gone {
        contents(app).await?;
    }
    Ok(())
}

async fn is_at_work(app: &App, dataset: &Dataset) -> Result<bool> {
    let filter = Filter {
        projects: Some(vec![dataset.project.clone()]),
        states: vec![State::Queued, State::Running, State::Cancelling],
        limit: Some(LOOKED),
        ..Filter::default()
    };
    let open: HashSet<String> = (app.queue.list(&filter).await?.into_iter())
        .map(|job| job.id)
        .collect();
    let made = made_of(app, dataset).await?;
    Ok(made.iter().any(|(id, _)| open.contains(id)))
}

/// Takes away the contents that nothing names any more.
async fn contents(app: &App) -> Result<()> {
    app.sweep(SETTLED.min(app.settings.sweep)).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use verdancy_jobs::NewJob;

    use crate::actor::Actor;
    use crate::api::enqueue;
    use crate::scope::Scope;
    use crate::settings::Limits;
    use crate::trial::app;

    /// A dataset of `project` and a run made from it.
    async fn made(app: &App, project: &str) -> (Dataset, String) {
        let hash = app.store.put_bytes(b"a\n1\n").unwrap().hash;
        let new = Dataset {
            id: String::new(),
            project: project.to_owned(),
            name: "t.csv".to_owned(),
            bytes: 4,
            rows: 100,
            columns: 1,
            schema_toml: "# of this test\n".to_owned(),
            inspection: String::new(),
            hash,
            actor: "test".to_owned(),
            created_at: 0.0,
        };
        let dataset = app.records.add_dataset(&new).await.unwrap();
        let order = serde_json::from_str(&format!("{{\"dataset\":\"{}\"}}", dataset.id)).unwrap();
        let run = enqueue(app, &Actor::local(), order).await.unwrap();
        (dataset, run.id)
    }

    fn at_once() -> Limits {
        Limits::default()
    }

    async fn trial() -> (tempfile::TempDir, App) {
        let (folder, _) = app(true, at_once()).await;
        let mut settings = crate::trial::settings(folder.path(), true, at_once());
        settings.sweep = Duration::ZERO;
        (folder, App::open(settings).await.unwrap())
    }

    async fn count(app: &App, table: &'static str) -> i64 {
        let text = sqlx::AssertSqlSafe(format!("SELECT count(*) FROM {table}"));
        let row = sqlx::query(text)
            .fetch_one(app.queue.database().pool())
            .await;
        row.unwrap().try_get(0).unwrap()
    }

    #[tokio::test]
    async fn a_dataset_goes_with_what_was_made_from_it_and_others_stay() {
        let (_folder, app) = trial().await;
        let one = app.records.add_project("one").await.unwrap().unwrap();
        let two = app.records.add_project("two").await.unwrap().unwrap();
        let (first, queued) = made(&app, &one.id).await;
        let (other, others) = made(&app, &two.id).await;
        assert_eq!(first.hash, other.hash, "of the same content");
        assert!(run(&app, &queued).await.is_err(), "it has not ended");
        dataset(&app, &first, false).await.unwrap();
        assert!(app.queue.get(&queued).await.is_err());
        assert!(app.queue.get(&others).await.is_ok());
        assert!(app.store.has(&other.hash), "another needs it");

        // A run in hand is cancelled and goes when it has ended.
        let (_, lease) = app.queue.claim("w").await.unwrap().unwrap();
        dataset(&app, &other, false).await.unwrap();
        assert_eq!(
            app.queue.get(&others).await.unwrap().state,
            State::Cancelling
        );
        lease.cancelled(&[]).await.unwrap();
        doomed(&app).await.unwrap();
        assert!(app.queue.get(&others).await.is_err());
        assert!(!app.store.has(&other.hash), "nobody needs it");
        assert_eq!(
            (count(&app, "doomed").await, count(&app, "datasets").await),
            (0, 0)
        );
    }

    /// A sample of `run`, around the cells of `given`.
    async fn sample_of(app: &App, run: &str, given: Option<&Dataset>) -> String {
        let order = sample::Order {
            run: run.to_owned(),
            asked: r#"{"rows":5,"seed":1}"#.to_owned(),
            model: Vec::new(),
            given: given.map(|dataset| sample::Lent {
                name: "t.csv".to_owned(),
                hash: dataset.hash.clone(),
            }),
            dataset: given.map(|dataset| dataset.id.clone()),
        };
        let new = NewJob {
            project: app.queue.get(run).await.unwrap().project,
            kind: sample::KIND.to_owned(),
            payload: serde_json::to_string(&order).unwrap(),
            holds: order.holds(),
            parent: Some(run.to_owned()),
            ..NewJob::default()
        };
        app.queue.enqueue(&new).await.unwrap()
    }

    #[tokio::test]
    async fn samples_go_with_their_run_also_those_at_work() {
        let (_folder, app) = trial().await;
        let one = app.records.add_project("one").await.unwrap().unwrap();
        let (_, first) = made(&app, &one.id).await;
        let (_, second) = made(&app, &one.id).await;
        for run in [&first, &second] {
            app.queue.cancel(run).await.unwrap();
        }
        let at_work = sample_of(&app, &first, None).await;
        let (job, lease) = app.queue.claim("w").await.unwrap().unwrap();
        assert_eq!(job.id, at_work);
        let queued = sample_of(&app, &first, None).await;
        let others = sample_of(&app, &second, None).await;
        assert!(sample(&app, &queued).await.is_err(), "it has not ended");
        run(&app, &first).await.unwrap();
        assert!(app.queue.get(&queued).await.is_err());
        let state = app.queue.get(&at_work).await.unwrap().state;
        assert_eq!(state, State::Cancelling);
        lease.cancelled(&[]).await.unwrap();
        doomed(&app).await.unwrap();
        assert!(app.queue.get(&at_work).await.is_err());
        assert!(app.queue.get(&others).await.is_ok());
        assert_eq!(count(&app, "job_parents").await, 1);
        app.queue.cancel(&others).await.unwrap();
        sample(&app, &others).await.unwrap();
        assert!(app.queue.get(&second).await.is_ok(), "the run stays");
    }

    #[tokio::test]
    async fn what_was_drawn_around_cells_of_a_dataset_goes_with_it() {
        let (_folder, app) = trial().await;
        let one = app.records.add_project("one").await.unwrap().unwrap();
        let (_, learned) = made(&app, &one.id).await;
        let (given, own) = made(&app, &one.id).await;
        app.queue.cancel(&learned).await.unwrap();
        let around = sample_of(&app, &learned, Some(&given)).await;
        let other = sample_of(&app, &learned, None).await;
        assert!(is_at_work(&app, &given).await.unwrap());
        // Its cells are in the sample as they are, and go also where its runs stay.
        dataset(&app, &given, true).await.unwrap();
        assert!(app.queue.get(&around).await.is_err());
        for kept in [&learned, &other, &own] {
            assert!(app.queue.get(kept).await.is_ok());
        }
    }

    #[tokio::test]
    async fn a_project_goes_with_its_keys_and_everything() {
        let (_folder, app) = trial().await;
        let one = app.records.add_project("one").await.unwrap().unwrap();
        let (_, running) = made(&app, &one.id).await;
        let key = app.records.add_key("k", "hash", Some(&one.id), true, None);
        key.await.unwrap();
        let (_, lease) = app.queue.claim("w").await.unwrap().unwrap();
        made(&app, &one.id).await;
        project(&app, &one).await.unwrap();
        assert!(
            app.records
                .project(&Scope::All, "one")
                .await
                .unwrap()
                .is_none()
        );
        assert!(app.records.key("hash").await.unwrap().is_none());
        assert_eq!(count(&app, "jobs").await, 1, "the one that runs");
        lease.cancelled(&[]).await.unwrap();
        doomed(&app).await.unwrap();
        assert!(app.queue.get(&running).await.is_err());
        for table in ["jobs", "datasets", "api_keys", "project_rules", "job_turns"] {
            assert_eq!(count(&app, table).await, 0, "{table}");
        }
        let names = app.records.projects(&Scope::All).await.unwrap();
        assert_eq!(names.len(), 1, "the first project is still there");
    }

    #[tokio::test]
    async fn what_is_older_than_its_project_keeps_it_goes() {
        let (_folder, app) = trial().await;
        let one = app.records.add_project("one").await.unwrap().unwrap();
        let (old, done) = made(&app, &one.id).await;
        app.queue.cancel(&done).await.unwrap();
        overdue(&app).await.unwrap();
        retain(&app, &one.id, Some(1.0)).await.unwrap();
        overdue(&app).await.unwrap();
        assert!(app.queue.get(&done).await.is_ok(), "not yet");
        for text in [
            "UPDATE jobs SET finished_at = finished_at - 90000",
            "UPDATE datasets SET created_at = created_at - 90000",
        ] {
            sqlx::query(text)
                .execute(app.queue.database().pool())
                .await
                .unwrap();
        }
        overdue(&app).await.unwrap();
        assert!(app.queue.get(&done).await.is_err());
        let scope = Scope::All;
        assert!(
            app.records
                .dataset(&scope, &old.id)
                .await
                .unwrap()
                .is_none()
        );
        let kept = app.records.project(&scope, "one").await.unwrap().unwrap();
        assert_eq!(kept.retention_days, Some(1.0));
    }
}
