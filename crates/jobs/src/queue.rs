//! The queue: what anyone may ask of it. What only the holder of a job may do is in [`crate::Lease`].

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use sqlx::Row;

use crate::job::columns;
use crate::{Artifact, Database, Dialect, Error, EventRow, Filter, Job, NewJob, Result, State};

/// No answer is called slow that took less.
const SLOW: Duration = Duration::from_millis(1500);

/// How long a lease lasts and how often it is renewed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rhythm {
    /// A lease that was not renewed for so long is over.
    pub lease: Duration,
    /// Time between renewals.
    pub beat: Duration,
    /// Time between writes of what happened, when something did.
    pub flush: Duration,
}

impl Default for Rhythm {
    fn default() -> Rhythm {
        Rhythm {
            lease: Duration::from_secs(30),
            beat: Duration::from_secs(5),
            flush: Duration::from_millis(700),
        }
    }
}

/// The queue.
#[derive(Debug, Clone)]
pub struct Queue {
    database: Database,
    rhythm: Rhythm,
    /// When the database last failed to answer in time.
    outage: Arc<Mutex<Option<Instant>>>,
}

impl Queue {
    /// The queue in a database.
    pub fn new(database: Database, rhythm: Rhythm) -> Queue {
        Queue {
            database,
            rhythm,
            outage: Arc::default(),
        }
    }

    /// Its database.
    pub fn database(&self) -> &Database {
        &self.database
    }

    /// Its rhythm.
    pub fn rhythm(&self) -> Rhythm {
        self.rhythm
    }

    /// Queues a job and gives its id; that of the job there is, when its key is taken.
    ///
    /// # Errors
    /// [`Error::Unknown`] when its parent is not there; [`Error::Database`].
    pub async fn enqueue(&self, new: &NewJob) -> Result<String> {
        self.line_up(&new.project).await?;
        let id = uuid::Uuid::now_v7().simple().to_string();
        let mut tx = self.database.begin().await?;
        if let Some(parent) = &new.parent
            && !self.hold(&mut tx, parent).await?
        {
            tx.rollback().await?;
            return Err(Error::Unknown);
        }
        let made = sqlx::query(self.database.sql(
            "INSERT INTO jobs (id, project, kind, actor, payload, state, priority, attempt, deaths, \
             max_attempts, mark, death_mark, last_event, created_at, run_after, unique_key) \
             VALUES ($1, $2, $3, $4, $5, 'queued', $6, 0, 0, $7, '', '', 0, {now}, {now} + $8, $9) \
             ON CONFLICT (unique_key) DO NOTHING",
        ))
        .bind(&id)
        .bind(&new.project)
        .bind(&new.kind)
        .bind(&new.actor)
        .bind(&new.payload)
        .bind(new.priority)
        .bind(if new.max_attempts > 0 { new.max_attempts } else { 3 })
        .bind(new.delay)
        .bind(new.unique_key.as_deref())
        .execute(&mut *tx)
        .await?;
        if made.rows_affected() == 1 {
            self.note(&mut tx, &id, new).await?;
            tx.commit().await?;
            return Ok(id);
        }
        tx.rollback().await?;
        let there = sqlx::query("SELECT id FROM jobs WHERE unique_key = $1")
            .bind(new.unique_key.as_deref())
            .fetch_one(self.database.pool())
            .await?;
        Ok(there.try_get(0)?)
    }

    /// Remembers an outage when the database failed, or was slower than heartbeats may be.
    pub(crate) fn judge(&self, began: Instant, failed: bool) {
        if failed || began.elapsed() > self.rhythm.beat.max(SLOW) {
            let mut outage = self.outage.lock().unwrap_or_else(PoisonError::into_inner);
            *outage = Some(Instant::now());
        }
    }

    /// True so soon after an outage that a healthy worker may not have renewed its lease yet.
    fn is_blind(&self) -> bool {
        let outage = self.outage.lock().unwrap_or_else(PoisonError::into_inner);
        outage.is_some_and(|at| at.elapsed() < self.rhythm.lease)
    }

    /// Takes jobs away from workers whose leases are over: back to the queue, or to their end. Gives
    /// how many. After an outage of the database that this process saw, everyone has the time of one
    /// lease to renew his own before anybody is taken for dead.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn bury(&self) -> Result<u64> {
        if self.is_blind() {
            return Ok(0);
        }
        let dead = sqlx::query(self.database.sql(
            "SELECT count(*) FROM jobs WHERE state IN ('running', 'cancelling') AND lease_until < {now}",
        ))
        .fetch_one(self.database.pool())
        .await?;
        if dead.try_get::<i64, _>(0)? == 0 {
            return Ok(0);
        }
        let began = Instant::now();
        let mut tx = self.database.begin().await?;
        self.judge(began, false);
        if self.is_blind() {
            // Whoever kept us waiting kept the heartbeats waiting too.
            tx.rollback().await?;
            return Ok(0);
        }
        let mut buried = 0;
        for text in [
            "UPDATE jobs SET state = 'cancelled', finished_at = {now}, owner = NULL, lease_until = NULL \
             WHERE state = 'cancelling' AND lease_until < {now}",
            "UPDATE jobs SET state = 'failed', finished_at = {now}, owner = NULL, lease_until = NULL, \
             deaths = deaths + 1, error_code = 'jobs/worker-died', \
             error = 'The worker died twice at the same place, probably out of memory.' \
             WHERE state = 'running' AND lease_until < {now} AND mark <> '' AND mark = death_mark",
            "UPDATE jobs SET state = 'failed', finished_at = {now}, owner = NULL, lease_until = NULL, \
             deaths = deaths + 1, error_code = 'jobs/worker-died', \
             error = 'The worker died as often as the job allows.' \
             WHERE state = 'running' AND lease_until < {now} AND deaths + 1 >= max_attempts",
            "UPDATE jobs SET state = 'queued', deaths = deaths + 1, death_mark = mark, owner = NULL, \
             lease_until = NULL WHERE state = 'running' AND lease_until < {now}",
        ] {
            let done = sqlx::query(self.database.sql(text))
                .execute(&mut *tx)
                .await?;
            buried += done.rows_affected();
        }
        tx.commit().await?;
        Ok(buried)
    }

    /// A job.
    ///
    /// # Errors
    /// [`Error::Unknown`], [`Error::Database`].
    pub async fn get(&self, id: &str) -> Result<Job> {
        let row = sqlx::query(concat!("SELECT ", columns!(), " FROM jobs WHERE id = $1"))
            .bind(id)
            .fetch_optional(self.database.pool())
            .await?;
        row.as_ref().map_or(Err(Error::Unknown), Job::of)
    }

    /// Jobs, the newest first.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn list(&self, filter: &Filter) -> Result<Vec<Job>> {
        let states: Vec<&str> = filter.states.iter().map(|s| s.name()).collect();
        let states = (!states.is_empty()).then_some(states);
        let (projects, states) = (json(&filter.projects), json(&states));
        let text = match self.database.dialect() {
            Dialect::Sqlite => concat!(
                "SELECT ",
                columns!(),
                " FROM jobs WHERE ($1 = 'null' OR project IN (SELECT value FROM json_each($1))) \
                 AND ($2 IS NULL OR id < $2) AND ($3 = 'null' OR state IN (SELECT value FROM json_each($3))) \
                 AND ($4 IS NULL OR actor = $4) AND ($6 IS NULL OR id IN (SELECT job FROM job_labels \
                 WHERE words LIKE $6 ESCAPE '!')) AND ($7 IS NULL OR kind = $7) ORDER BY id DESC LIMIT $5"
            ),
            Dialect::Postgres => concat!(
                "SELECT ",
                columns!(),
                " FROM jobs WHERE ($1 = 'null' OR project IN \
                 (SELECT jsonb_array_elements_text(CASE WHEN $1 = 'null' THEN '[]' ELSE $1 END::jsonb))) \
                 AND ($2::text IS NULL OR id < $2) AND ($3 = 'null' OR state IN \
                 (SELECT jsonb_array_elements_text(CASE WHEN $3 = 'null' THEN '[]' ELSE $3 END::jsonb))) \
                 AND ($4::text IS NULL OR actor = $4) AND ($6::text IS NULL OR id IN (SELECT job FROM job_labels \
                 WHERE words LIKE $6 ESCAPE '!')) AND ($7::text IS NULL OR kind = $7) ORDER BY id DESC LIMIT $5"
            ),
        };
        let rows = sqlx::query(text)
            .bind(projects)
            .bind(filter.before.as_deref())
            .bind(states)
            .bind(filter.actor.as_deref())
            .bind(filter.most())
            .bind(filter.pattern())
            .bind(filter.kind.as_deref())
            .fetch_all(self.database.pool())
            .await?;
        rows.iter().map(Job::of).collect()
    }

    /// How many jobs of a kind stand in each state.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn counts(&self, kind: &str) -> Result<Vec<(State, i64)>> {
        let rows = sqlx::query("SELECT state, count(*) FROM jobs WHERE kind = $1 GROUP BY state")
            .bind(kind)
            .fetch_all(self.database.pool())
            .await?;
        let mut all: Vec<(State, i64)> = State::ALL.into_iter().map(|s| (s, 0)).collect();
        for row in rows {
            let (name, count): (String, i64) = (row.try_get(0)?, row.try_get(1)?);
            if let Some(slot) = all.iter_mut().find(|(s, _)| s.name() == name) {
                slot.1 = count;
            }
        }
        Ok(all)
    }

    /// Asks for a job's end. Gives its state now: cancelled when it had not begun, cancelling while a
    /// worker holds it, and what it was when it had ended.
    ///
    /// # Errors
    /// [`Error::Unknown`], [`Error::Database`].
    pub async fn cancel(&self, id: &str) -> Result<State> {
        sqlx::query(self.database.sql(
            "UPDATE jobs SET finished_at = CASE WHEN state = 'queued' THEN {now} ELSE NULL END, \
             state = CASE WHEN state = 'queued' THEN 'cancelled' ELSE 'cancelling' END \
             WHERE id = $1 AND state IN ('queued', 'running')",
        ))
        .bind(id)
        .execute(self.database.pool())
        .await?;
        Ok(self.get(id).await?.state)
    }

    /// Events of a job after number `after`, in order, at most `limit`.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn events(&self, id: &str, after: i64, limit: i64) -> Result<Vec<EventRow>> {
        let rows = sqlx::query(
            "SELECT seq, at, kind, body FROM job_events WHERE job = $1 AND seq > $2 ORDER BY seq LIMIT $3",
        )
        .bind(id)
        .bind(after)
        .bind(limit)
        .fetch_all(self.database.pool())
        .await?;
        rows.iter()
            .map(|row| {
                Ok(EventRow {
                    seq: row.try_get(0)?,
                    at: row.try_get(1)?,
                    kind: row.try_get(2)?,
                    body: row.try_get(3)?,
                })
            })
            .collect()
    }

    /// The files that a job left, by name.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn artifacts(&self, id: &str) -> Result<Vec<Artifact>> {
        let rows = sqlx::query(
            "SELECT name, hash, bytes, media_type FROM job_artifacts WHERE job = $1 ORDER BY name",
        )
        .bind(id)
        .fetch_all(self.database.pool())
        .await?;
        rows.iter()
            .map(|row| {
                Ok(Artifact {
                    name: row.try_get(0)?,
                    hash: row.try_get(1)?,
                    bytes: row.try_get::<i64, _>(2)? as u64,
                    media_type: row.try_get(3)?,
                })
            })
            .collect()
    }
}

/// A list of names as the database takes it; `null` for all.
fn json(names: &Option<Vec<impl serde::Serialize>>) -> String {
    serde_json::to_string(names).unwrap_or_default()
}
