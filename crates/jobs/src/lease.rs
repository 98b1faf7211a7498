//! A job that a worker takes, and in its hands: every write names the attempt and the owner, and is refused when
//! they are no longer those of the job.

use std::time::Instant;

use sqlx::{Any, Row, Transaction};

use crate::job::columns;
use crate::{Artifact, Error, Failure, Job, Queue, Result, fail_point};

macro_rules! end {
    () => {
        "UPDATE jobs SET state = $4, result = $5, error_code = $6, error = $7, finished_at = {now}, \
         owner = NULL, lease_until = NULL, last_event = last_event + $8 \
         WHERE id = $1 AND attempt = $2 AND owner = $3 AND "
    };
}

/// The right to work on a job.
#[derive(Debug, Clone)]
pub struct Lease {
    queue: Queue,
    job: String,
    attempt: i64,
    owner: String,
}

/// Something to be written into a job's events.
#[derive(Debug, Clone, PartialEq)]
pub struct Said {
    /// What kind.
    pub kind: String,
    /// JSON.
    pub body: String,
}

/// What a heartbeat brings.
#[derive(Debug, Clone, Default)]
pub struct Beat {
    /// Events since the last.
    pub said: Vec<Said>,
    /// The state of progress, JSON, when it changed.
    pub progress: Option<String>,
    /// A name for how far it has come that survives a death, when it changed.
    pub mark: Option<String>,
}

impl Queue {
    /// Takes the next job for `owner`, a random name made when its process began; none when there
    /// is nothing to do. A job whose workers died too often is never given out.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn claim(&self, owner: &str) -> Result<Option<(Job, Lease)>> {
        let began = Instant::now();
        let taken = self.take(owner).await;
        self.judge(began, matches!(taken, Err(Error::Database(_))));
        taken
    }

    async fn take(&self, owner: &str) -> Result<Option<(Job, Lease)>> {
        self.bury().await?;
        for project in self.waiting().await? {
            let Some(row) = self.take_of(owner, &project).await? else {
                // Another worker was faster.
                continue;
            };
            fail_point::pass("after-claim");
            let job = Job::of(&row)?;
            let lease = Lease::new(self, &job, owner);
            return Ok(Some((job, lease)));
        }
        Ok(None)
    }

    async fn take_of(&self, owner: &str, project: &str) -> Result<Option<sqlx::any::AnyRow>> {
        let mut tx = self.database().begin().await?;
        let row = sqlx::query(self.database().sql(concat!(
            "UPDATE jobs SET state = 'running', owner = $1, attempt = attempt + 1, mark = '', \
             lease_until = {now} + $2, started_at = {now} \
             WHERE id = (SELECT id FROM jobs WHERE project = $3 AND state = 'queued' AND run_after <= {now} \
             AND deaths < max_attempts ORDER BY priority DESC, created_at, id LIMIT 1 {skip}) \
             AND state = 'queued' RETURNING ",
            columns!()
        )))
        .bind(owner)
        .bind(self.rhythm().lease.as_secs_f64())
        .bind(project)
        .fetch_optional(&mut *tx)
        .await?;
        if row.is_none() {
            tx.rollback().await?;
            return Ok(None);
        }
        self.had_turn(&mut tx, project).await?;
        tx.commit().await?;
        Ok(row)
    }
}

impl Lease {
    fn new(queue: &Queue, job: &Job, owner: &str) -> Lease {
        Lease {
            queue: queue.clone(),
            job: job.id.clone(),
            attempt: job.attempt,
            owner: owner.to_owned(),
        }
    }

    /// The job's id.
    pub fn job(&self) -> &str {
        &self.job
    }

    /// The attempt: the fencing token.
    pub fn attempt(&self) -> i64 {
        self.attempt
    }

    /// The same lease through another queue (of the same database).
    #[must_use]
    pub fn through(&self, queue: Queue) -> Lease {
        Lease {
            queue,
            ..self.clone()
        }
    }

    pub(crate) fn queue(&self) -> &Queue {
        &self.queue
    }

    /// Renews the lease and writes what happened. Gives true when the job was asked to be cancelled.
    ///
    /// # Errors
    /// [`Error::LostLease`], [`Error::Database`].
    pub async fn beat(&self, beat: &Beat) -> Result<bool> {
        let database = self.queue.database();
        let mut tx = database.begin().await?;
        let row = sqlx::query(database.sql(
            "UPDATE jobs SET lease_until = {now} + $4, progress = coalesce($5, progress), \
             mark = coalesce($6, mark), last_event = last_event + $7 \
             WHERE id = $1 AND attempt = $2 AND owner = $3 AND state IN ('running', 'cancelling') \
             RETURNING state, last_event",
        ))
        .bind(&self.job)
        .bind(self.attempt)
        .bind(&self.owner)
        .bind(self.queue.rhythm().lease.as_secs_f64())
        .bind(beat.progress.as_deref())
        .bind(beat.mark.as_deref())
        .bind(beat.said.len() as i64)
        .fetch_optional(&mut *tx)
        .await?;
        let row = row.ok_or(Error::LostLease)?;
        let last: i64 = row.try_get(1)?;
        self.write(&mut tx, last, &beat.said).await?;
        tx.commit().await?;
        Ok(row.try_get::<String, _>(0)? == "cancelling")
    }

    async fn write(&self, tx: &mut Transaction<'_, Any>, last: i64, said: &[Said]) -> Result<()> {
        let first = last - said.len() as i64;
        for (i, said) in said.iter().enumerate() {
            sqlx::query(self.queue.database().sql(
                "INSERT INTO job_events (job, seq, at, kind, body) VALUES ($1, $2, {now}, $3, $4)",
            ))
            .bind(&self.job)
            .bind(first + 1 + i as i64)
            .bind(&said.kind)
            .bind(&said.body)
            .execute(&mut **tx)
            .await?;
        }
        Ok(())
    }

    /// Ends the job with a result and its files, whose contents are in the store already: all of it
    /// or nothing.
    ///
    /// # Errors
    /// [`Error::LostLease`]; [`Error::Cancelled`] when someone asked for the end before; [`Error::Database`].
    pub async fn succeed(&self, result: &str, files: &[Artifact], last: &[Said]) -> Result<()> {
        let mut tx = self
            .end("succeeded", "state = 'running'", Some(result), None, last)
            .await?;
        for file in files {
            sqlx::query(
                "INSERT INTO job_artifacts (job, name, hash, bytes, media_type) VALUES ($1, $2, $3, $4, $5)",
            )
            .bind(&self.job)
            .bind(&file.name)
            .bind(&file.hash)
            .bind(file.bytes as i64)
            .bind(&file.media_type)
            .execute(&mut *tx)
            .await?;
            fail_point::pass("during-commit");
        }
        tx.commit().await?;
        Ok(())
    }

    /// Ends the job without a result.
    ///
    /// # Errors
    /// [`Error::LostLease`], [`Error::Database`].
    pub async fn fail(&self, failure: &Failure, last: &[Said]) -> Result<()> {
        let tx = self
            .end(
                "failed",
                "state IN ('running', 'cancelling')",
                None,
                Some(failure),
                last,
            )
            .await?;
        Ok(tx.commit().await?)
    }

    /// Ends the job because someone asked for it.
    ///
    /// # Errors
    /// [`Error::LostLease`], [`Error::Database`].
    pub async fn cancelled(&self, last: &[Said]) -> Result<()> {
        let tx = self
            .end(
                "cancelled",
                "state IN ('running', 'cancelling')",
                None,
                None,
                last,
            )
            .await?;
        Ok(tx.commit().await?)
    }

    /// Gives the job back unfinished, for another worker to go on with; not counted as a death.
    ///
    /// # Errors
    /// [`Error::LostLease`], [`Error::Database`].
    pub async fn release(&self) -> Result<()> {
        let done = sqlx::query(self.queue.database().sql(
            "UPDATE jobs SET owner = NULL, lease_until = NULL, \
             finished_at = CASE WHEN state = 'cancelling' THEN {now} ELSE NULL END, \
             state = CASE WHEN state = 'cancelling' THEN 'cancelled' ELSE 'queued' END \
             WHERE id = $1 AND attempt = $2 AND owner = $3 AND state IN ('running', 'cancelling')",
        ))
        .bind(&self.job)
        .bind(self.attempt)
        .bind(&self.owner)
        .execute(self.queue.database().pool())
        .await?;
        if done.rows_affected() == 1 {
            Ok(())
        } else {
            Err(Error::LostLease)
        }
    }

    /// Says that the work on the job died, as if this worker had: the lease is over at once.
    ///
    /// # Errors
    /// [`Error::LostLease`], [`Error::Database`].
    pub async fn abandon(&self) -> Result<()> {
        let done = sqlx::query(
            "UPDATE jobs SET lease_until = 0 \
             WHERE id = $1 AND attempt = $2 AND owner = $3 AND state IN ('running', 'cancelling')",
        )
        .bind(&self.job)
        .bind(self.attempt)
        .bind(&self.owner)
        .execute(self.queue.database().pool())
        .await?;
        if done.rows_affected() == 1 {
            Ok(())
        } else {
            Err(Error::LostLease)
        }
    }

    async fn end(
        &self,
        state: &'static str,
        from: &'static str,
        result: Option<&str>,
        failure: Option<&Failure>,
        last: &[Said],
    ) -> Result<Transaction<'static, Any>> {
        let database = self.queue.database();
        let mut tx = database.begin().await?;
        let text = match from {
            "state = 'running'" => concat!(end!(), "state = 'running' RETURNING last_event"),
            _ => concat!(
                end!(),
                "state IN ('running', 'cancelling') RETURNING last_event"
            ),
        };
        let row = sqlx::query(database.sql(text))
            .bind(&self.job)
            .bind(self.attempt)
            .bind(&self.owner)
            .bind(state)
            .bind(result)
            .bind(failure.map(|f| f.code.as_str()))
            .bind(failure.map(|f| f.message.as_str()))
            .bind(last.len() as i64)
            .fetch_optional(&mut *tx)
            .await?;
        let Some(row) = row else {
            tx.rollback().await?;
            return Err(self.why_not().await?);
        };
        self.write(&mut tx, row.try_get(0)?, last).await?;
        Ok(tx)
    }

    /// Why a write was refused.
    async fn why_not(&self) -> Result<Error> {
        let row =
            sqlx::query("SELECT state FROM jobs WHERE id = $1 AND attempt = $2 AND owner = $3")
                .bind(&self.job)
                .bind(self.attempt)
                .bind(&self.owner)
                .fetch_optional(self.queue.database().pool())
                .await?;
        let state: Option<String> = row.map(|r| r.try_get(0)).transpose()?;
        Ok(match state.as_deref() {
            Some("cancelling") => Error::Cancelled,
            _ => Error::LostLease,
        })
    }
}
